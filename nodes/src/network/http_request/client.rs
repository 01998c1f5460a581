//! Asking: connections, redirects, time limits, and errors in words and codes.

use std::collections::HashMap;
use std::error::Error;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use engine::NodeError;
use engine::env::Env;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::cookie::{CookieStore, Jar};
use reqwest::{Client, Response, Url};

use super::answer::{Answer, Redirect};
use super::question::Question;
use crate::network::http::proxy::{ProxyRules, without_login};
use crate::network::http_proxy::HttpProxy;
use crate::network::tls_config::{self, TlsConfig};

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
    /// By how a server is reached.
    made: Mutex<HashMap<Way, Client>>,
}

/// How a server is reached.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Way {
    rejects_unauthorized: bool,
    /// The URL of a proxy; none for a direct way.
    proxy: Option<String>,
}

impl Means {
    /// The proxy for a URL: the node's own, or what the environment says.
    pub(super) fn proxy_for(&self, url: &str, env: &Env) -> Option<String> {
        ProxyRules::default().proxy_for(url, &|name| self.variable(name, env))
    }

    /// The same, if there were no exceptions.
    pub(super) fn proxy_without_exceptions(&self, url: &str, env: &Env) -> Option<String> {
        let variable = |name: &str| match name.to_ascii_lowercase().ends_with("no_proxy") {
            true => None,
            false => self.variable(name, env),
        };
        ProxyRules::default().proxy_for(url, &variable)
    }

    fn variable(&self, name: &str, env: &Env) -> Option<String> {
        match &self.proxy {
            Some(proxy) => proxy.variable(name),
            None => Some(engine::js::to_text(&env.get(name)?).into()),
        }
    }
}

impl Clients {
    pub(super) fn new(means: Means) -> Self {
        Self { means, made: Mutex::default() }
    }

    pub(super) fn means(&self) -> &Means {
        &self.means
    }

    /// Sends a request and reads the whole answer, redirects followed.
    pub(super) async fn ask(&self, question: Question, env: &Env) -> Result<Answer, NodeError> {
        let (url, timeout) = (question.url.to_string(), question.timeout);
        tokio::time::timeout(timeout, ask(self, question, env)).await.unwrap_or_else(|_| {
            let error = NodeError::key("common.notification.errors.no-response").with("url", url);
            Err(error.with("seconds", timeout.as_secs_f64()).coded("ETIMEDOUT"))
        })
    }

    fn client(&self, way: Way) -> Result<Client, NodeError> {
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made().get(&way) {
            return Ok(client.clone());
        }
        let client = self.make(&way)?;
        Ok(made().entry(way).or_insert(client).clone())
    }

    fn make(&self, way: &Way) -> Result<Client, NodeError> {
        // Taken where no other part of the program chose one before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(if self.means.is_persistent { usize::MAX } else { 0 })
            .pool_idle_timeout(IDLE_WAIT)
            .user_agent(concat!("wireloom/", env!("CARGO_PKG_VERSION")))
            .http1_ignore_invalid_headers_in_responses(self.means.forgives)
            .http1_allow_spaces_after_header_name_in_responses(self.means.forgives)
            .http1_allow_obsolete_multiline_headers_in_responses(self.means.forgives)
            // Which proxy is used, we say.
            .no_proxy();
        let no_tls = |text| NodeError::key("http-request.tls").with("reason", text);
        builder = match &self.means.tls {
            Some(tls) if way.rejects_unauthorized => builder.tls_backend_preconfigured((*tls.client).clone()),
            Some(tls) => builder.tls_backend_preconfigured(tls.trusting_anybody()),
            None if way.rejects_unauthorized => builder,
            None => builder.tls_backend_preconfigured(tls_config::anybody().map_err(no_tls)?),
        };
        if let Some(url) = &way.proxy {
            builder = builder.proxy(self.proxy(url)?);
        }
        builder.build().map_err(|error| NodeError::key("http-request.tls").with("reason", chain(&error)))
    }

    fn proxy(&self, url: &str) -> Result<reqwest::Proxy, NodeError> {
        let proxy = reqwest::Proxy::all(url).map_err(|error| {
            let error = NodeError::key("http-request.proxy").with("reason", chain(&error));
            error.with("url", without_login(url))
        })?;
        Ok(match self.means.proxy.as_ref().and_then(|proxy| proxy.login()) {
            Some((user, password)) => proxy.basic_auth(user, password),
            None => proxy,
        })
    }
}

async fn ask(clients: &Clients, question: Question, env: &Env) -> Result<Answer, NodeError> {
    let Question { mut method, mut url, mut headers, mut body, mut digest, .. } = question;
    let mut redirects = Vec::new();
    // What servers on the way set is sent to them again, as browsers do.
    let jar = Jar::default();
    loop {
        let client = clients.client(Way {
            rejects_unauthorized: question.rejects_unauthorized,
            proxy: clients.means.proxy_for(url.as_str(), env),
        })?;
        let sent = with_cookies(&headers, jar.cookies(&url));
        let mut request = client.request(method.clone(), url.clone()).headers(sent);
        if let Some(body) = &body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|error| error_of(&url, &error))?;
        jar.set_cookies(&mut response.headers().get_all(SET_COOKIE).iter(), &url);
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(digest) = &mut digest
            && let Some(answer) = digest.answer(&method, &url, response.headers())
        {
            let answer = answer.map_err(|reason| {
                NodeError::key("http-request.digest").with("url", &url).with("reason", reason)
            })?;
            headers.insert(AUTHORIZATION, answer);
            continue;
        }
        let target = question.follows_redirects.then(|| redirect_target(&url, &response)).flatten();
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

/// The headers with more cookies; of one name, the server's own counts.
fn with_cookies(headers: &HeaderMap, of_servers: Option<HeaderValue>) -> HeaderMap {
    let mut headers = headers.clone();
    let Some(of_servers) = of_servers else { return headers };
    let mut pairs: Vec<Vec<u8>> = Vec::new();
    let name_of = |pair: &[u8]| pair.split(|byte| *byte == b'=').next().unwrap_or_default().to_vec();
    for value in headers.get_all(COOKIE).iter().chain([&of_servers]) {
        for pair in value.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii) {
            pairs.retain(|known| name_of(known) != name_of(pair));
            pairs.push(pair.to_vec());
        }
    }
    if let Ok(value) = HeaderValue::from_bytes(&pairs.join(&b"; "[..])) {
        headers.insert(COOKIE, value);
    }
    headers
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
    headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok())
}
