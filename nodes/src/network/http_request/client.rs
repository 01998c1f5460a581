//! Asking: connections, redirects, time limits, and errors in words and codes.

use std::error::Error;
use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use engine::NodeError;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Client, Response, Url};

use super::answer::{Answer, Redirect};
use super::question::Question;
use crate::network::http_proxy::HttpProxy;
use crate::network::tls_config::TlsConfig;

/// Redirects that are followed; as in Node-RED.
const REDIRECT_LIMIT: usize = 21;
/// The largest body of an answer.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;
/// How long an unused connection is kept.
const IDLE_WAIT: Duration = Duration::from_secs(15);

/// How servers are reached.
pub(super) struct Means {
    /// Connections are kept for the next request.
    pub is_persistent: bool,
    /// Takes headers of answers that are not well-formed.
    pub forgives: bool,
    pub tls: Option<Arc<TlsConfig>>,
    pub proxy: Option<Arc<HttpProxy>>,
}

/// The connections of one node; made when first used.
pub(super) struct Clients {
    means: Means,
    /// Checks certificates.
    strict: OnceLock<Client>,
    /// Takes any certificate.
    lenient: OnceLock<Client>,
}

impl Clients {
    pub(super) fn new(means: Means) -> Self {
        Self { means, strict: OnceLock::new(), lenient: OnceLock::new() }
    }

    /// Sends a request and reads the whole answer, redirects followed.
    pub(super) async fn ask(&self, question: Question) -> Result<Answer, NodeError> {
        let client = self.client(question.rejects_unauthorized)?;
        let (url, timeout) = (question.url.to_string(), question.timeout);
        let asking = ask(&client, question);
        tokio::time::timeout(timeout, asking).await.unwrap_or_else(|_| {
            let error = NodeError::key("http-request.timeout").with("url", url);
            Err(error.with("seconds", timeout.as_secs_f64()).coded("ETIMEDOUT"))
        })
    }

    fn client(&self, rejects_unauthorized: bool) -> Result<Client, NodeError> {
        let place = if rejects_unauthorized { &self.strict } else { &self.lenient };
        if let Some(client) = place.get() {
            return Ok(client.clone());
        }
        // Taken where no other part of the program chose one before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(if self.means.is_persistent { usize::MAX } else { 0 })
            .pool_idle_timeout(IDLE_WAIT)
            .user_agent(concat!("wireloom/", env!("CARGO_PKG_VERSION")))
            .http1_ignore_invalid_headers_in_responses(self.means.forgives)
            .http1_allow_spaces_after_header_name_in_responses(self.means.forgives)
            .http1_allow_obsolete_multiline_headers_in_responses(self.means.forgives);
        builder = match &self.means.tls {
            Some(tls) if rejects_unauthorized => builder.tls_backend_preconfigured((*tls.client).clone()),
            Some(tls) => builder.tls_backend_preconfigured(tls.trusting_anybody()),
            None => builder.tls_danger_accept_invalid_certs(!rejects_unauthorized),
        };
        if let Some(proxy) = &self.means.proxy {
            let proxy = proxy.for_requests().map_err(|error| {
                NodeError::key("http-request.proxy").with("url", &proxy.url).with("reason", chain(&error))
            })?;
            builder = builder.proxy(proxy);
        }
        let client = builder
            .build()
            .map_err(|error| NodeError::key("http-request.tls").with("reason", chain(&error)))?;
        Ok(place.get_or_init(|| client).clone())
    }
}

async fn ask(client: &Client, question: Question) -> Result<Answer, NodeError> {
    let Question { mut method, mut url, mut headers, mut body, follows_redirects, mut digest, .. } = question;
    let mut redirects = Vec::new();
    loop {
        let mut request = client.request(method.clone(), url.clone()).headers(headers.clone());
        if let Some(body) = &body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|error| error_of(&url, &error))?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(digest) = digest.take()
            && let Some(answer) = digest.answer(&method, &url, response.headers())
        {
            let answer = answer.map_err(|reason| {
                NodeError::key("http-request.digest").with("url", &url).with("reason", reason)
            })?;
            headers.insert(AUTHORIZATION, answer);
            continue;
        }
        let target = follows_redirects.then(|| redirect_target(&url, &response)).flatten();
        let Some(target) = target else {
            return Ok(Answer {
                status: response.status(),
                headers: response.headers().clone(),
                body: read(&url, response).await?,
                url,
                redirects,
            });
        };
        if redirects.len() == REDIRECT_LIMIT {
            let error =
                NodeError::key("http-request.redirects").with("url", url).with("limit", REDIRECT_LIMIT);
            return Err(error.coded("ERR_TOO_MANY_REDIRECTS"));
        }
        redirects.push(Redirect { location: target.to_string(), headers: response.headers().clone() });
        if becomes_get(&method, response.status()) {
            method = Method::GET;
            body = None;
            for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING] {
                headers.remove(name);
            }
        }
        if target.origin() != url.origin() {
            // Secrets are for the server that they were meant for.
            for name in [AUTHORIZATION, COOKIE] {
                headers.remove(name);
            }
            digest = None;
        }
        url = target;
    }
}

fn redirect_target(url: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    let target = url.join(std::str::from_utf8(location.as_bytes()).ok()?).ok()?;
    matches!(target.scheme(), "http" | "https").then_some(target)
}

/// RFC 9110, sections 15.4.2 to 15.4.4.
fn becomes_get(method: &Method, status: StatusCode) -> bool {
    match status {
        StatusCode::SEE_OTHER => *method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        _ => false,
    }
}

async fn read(url: &Url, mut response: Response) -> Result<Bytes, NodeError> {
    let mut body = bytes::BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error_of(url, &error))? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(NodeError::key("http-request.large").with("url", url).with("limit", ANSWER_LIMIT));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The error in words, with Node.js's code for it.
fn error_of(url: &Url, error: &reqwest::Error) -> NodeError {
    let mut source: Option<&dyn Error> = Some(error);
    let mut kind = None;
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            kind = Some(error.kind());
        }
        source = cause.source();
    }
    let reason = chain(error);
    let failed = || NodeError::key("http-request.failed").with("url", url).with("reason", &reason);
    match kind {
        Some(ErrorKind::ConnectionRefused) => {
            NodeError::key("http-request.refused").with("url", url).coded("ECONNREFUSED")
        }
        Some(ErrorKind::TimedOut) => failed().coded("ETIMEDOUT"),
        Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof) => {
            failed().coded("ECONNRESET")
        }
        Some(ErrorKind::HostUnreachable) => failed().coded("EHOSTUNREACH"),
        Some(ErrorKind::NetworkUnreachable) => failed().coded("ENETUNREACH"),
        _ if reason.contains("dns error") => {
            NodeError::key("http-request.not-found").with("url", url).coded("ENOTFOUND")
        }
        _ if reason.contains("certificate") => failed().coded("ERR_TLS_CERT"),
        // The server hung up before it answered.
        _ if reason.contains("connection closed") => failed().coded("ECONNRESET"),
        _ => failed(),
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        source = cause.source();
    }
    parts.join(": ")
}

/// The headers of a redirect carry cookies, too.
pub(super) fn set_cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(http::header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok())
}
