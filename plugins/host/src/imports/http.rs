//! `http`: requests to allowed hosts, redirects included.

use std::time::Duration;

use bytes::Bytes;
use engine::NodeError;
use url::Url;

use crate::access::Hosts;
use crate::bindings::Failure;
use crate::bindings::http::{Host, Request, Response};
use crate::services::{Http, HttpRequest, HttpResponse};
use crate::state::State;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);
const MOST_REDIRECTS: u32 = 10;

/// Headers that the transport sets.
const OF_THE_TRANSPORT: &[&str] =
    &["connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// Headers that tell who asks: for the host that they were meant for.
const OF_THE_ASKER: &[&str] = &["authorization", "cookie", "proxy-authorization"];

impl Host for State {
    async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<Response, Failure>> {
        self.enter_waiting("http.fetch")?;
        let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let body = request.body.as_ref().map_or(0, Vec::len);
        self.charge(request.url.len() + headers + body)?;
        let Some(service) = self.shared.services.http.clone() else {
            return Ok(Err(self.failure(&self.absent("http"))));
        };
        let limit = self.shared.limits.output_bytes;
        let access = self.shared.access.clone();
        let answer = follow(service.as_ref(), &access.hosts, request, limit).await;
        self.budget.resume();
        Ok(answer.map_err(|error| self.failure(&error)))
    }
}

/// Makes the exchanges of one request.
async fn follow(
    service: &dyn Http,
    hosts: &Hosts,
    request: Request,
    body_limit: usize,
) -> Result<Response, NodeError> {
    let timeout = request.timeout_milliseconds.map_or(DEFAULT_TIMEOUT, |milliseconds| {
        Duration::from_millis(milliseconds.into()).min(LONGEST_TIMEOUT)
    });
    let mut left = request.redirects.min(MOST_REDIRECTS);
    let mut at = address(&request.url, hosts)?;
    let mut next = HttpRequest {
        method: checked_method(request.method)?,
        url: at.to_string(),
        headers: checked_headers(request.headers)?,
        body: request.body.map(Bytes::from),
        timeout,
        body_limit,
    };
    let exchanges = async {
        loop {
            let answer = service.exchange(next.clone()).await?;
            let target = location(&answer).filter(|_| left > 0);
            let Some(target) = target else { return Ok(response(answer, &at)) };
            left -= 1;
            let to = at.join(target).map_err(|error| bad_request("url", target, &error.to_string()))?;
            let to = address(to.as_str(), hosts)?;
            redirect(&mut next, answer.status, &at, &to);
            at = to;
        }
    };
    let timed_out =
        |_| NodeError::key("plugin.http-timeout").with("seconds", timeout.as_secs_f64()).coded("TIMEOUT");
    tokio::time::timeout(timeout, exchanges).await.map_err(timed_out)?
}

/// An address that may be asked.
fn address(text: &str, hosts: &Hosts) -> Result<Url, NodeError> {
    let mut url = Url::parse(text).map_err(|error| bad_request("url", text, &error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad_request("url", text, "only http and https can be asked"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad_request("url", text, "it must name no user; use the authorization header"));
    }
    url.set_fragment(None);
    if !hosts.allow(&url) {
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let error = NodeError::key("plugin.http-not-allowed");
        return Err(error.with("host", format!("{host}{port}")).coded("NOT_ALLOWED"));
    }
    Ok(url)
}

/// Where an answer leads on to.
fn location(answer: &HttpResponse) -> Option<&str> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    answer.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.as_str())
}

/// The next request, by the rules of the fetch standard.
fn redirect(request: &mut HttpRequest, status: u16, from: &Url, to: &Url) {
    let becomes_get = match status {
        303 => request.method != "GET" && request.method != "HEAD",
        301 | 302 => request.method == "POST",
        _ => false,
    };
    if becomes_get {
        request.method = "GET".into();
        request.body = None;
        request.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
    }
    if from.origin() != to.origin() {
        request.headers.retain(|(name, _)| !OF_THE_ASKER.contains(&name.to_ascii_lowercase().as_str()));
    }
    request.url = to.to_string();
}

fn checked_method(method: String) -> Result<String, NodeError> {
    match method.len() <= 32 && is_token(&method) && !method.eq_ignore_ascii_case("connect") {
        true => Ok(method),
        false => Err(bad_request("method", &method, "it is none that can be sent")),
    }
}

fn checked_headers(headers: Vec<(String, String)>) -> Result<Vec<(String, String)>, NodeError> {
    for (name, value) in &headers {
        if !is_token(name) {
            return Err(bad_request("header", name, "it is no name of a header"));
        }
        if OF_THE_TRANSPORT.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(bad_request("header", name, "it is set by the server"));
        }
        let is_clean = value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f));
        if !is_clean {
            return Err(bad_request("header", name, "its value has control characters"));
        }
    }
    Ok(headers)
}

/// Whether a text is a token of RFC 9110.
fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

fn bad_request(what: &'static str, value: &str, reason: &str) -> NodeError {
    let value: String = value.chars().take(200).collect();
    let error = NodeError::key("plugin.http-bad-request").with("what", what).with("value", value);
    error.with("reason", reason).coded("BAD_REQUEST")
}

fn response(answer: HttpResponse, at: &Url) -> Response {
    Response {
        status: answer.status,
        url: at.to_string(),
        headers: answer.headers,
        body: answer.body.to_vec(),
    }
}
