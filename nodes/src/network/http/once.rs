//! One HTTP exchange, for what is no node: no redirects, no cookies, a limit on time and size.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use engine::NodeError;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::text::Catalogue;
use reqwest::{Client, Url};

use super::proxy::ProxyRules;

/// The texts of this module.
pub const TEXTS: Catalogue = &[
    ("http-once.bad-request", "the request cannot be sent: {reason}"),
    ("http-once.unreachable", "{url} cannot be reached: {reason}"),
    ("http-once.timeout", "{url} did not answer within {seconds} s"),
    ("http-once.too-large", "the answer of {url} is larger than {limit} bytes"),
];

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Such as `GET`.
    pub method: String,
    /// Where.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent; empty for nothing.
    pub body: Bytes,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// The largest body that is taken.
    pub body_limit: usize,
}

/// What is answered, whatever its status.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Such as 200.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Makes one exchange, through the proxy that the environment names for the URL, if any.
///
/// # Errors
/// With the codes `BAD_REQUEST`, `UNREACHABLE`, `TIMEOUT` and `TOO_LARGE`.
pub async fn ask(asked: Asked) -> Result<Answered, NodeError> {
    let (url, timeout) = (asked.url.clone(), asked.timeout);
    tokio::time::timeout(timeout, exchange(asked)).await.unwrap_or_else(|_| {
        let error = NodeError::key("http-once.timeout").with("url", url);
        Err(error.with("seconds", timeout.as_secs_f64()).coded("TIMEOUT"))
    })
}

async fn exchange(asked: Asked) -> Result<Answered, NodeError> {
    let method = Method::from_bytes(asked.method.as_bytes()).map_err(|error| bad_request(&error))?;
    let url: Url = asked.url.parse().map_err(|error| bad_request(&error))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &asked.headers {
        let name: HeaderName = name.parse().map_err(|error| bad_request(&error))?;
        headers.append(name, HeaderValue::from_str(value).map_err(|error| bad_request(&error))?);
    }
    let unreachable = |error: &reqwest::Error| {
        let error =
            NodeError::key("http-once.unreachable").with("url", &asked.url).with("reason", chain(error));
        error.coded("UNREACHABLE")
    };
    let mut request = client(&url)?.request(method, url.clone()).headers(headers);
    if !asked.body.is_empty() {
        request = request.body(asked.body.clone());
    }
    let mut response = request.send().await.map_err(|error| unreachable(&error))?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > asked.body_limit {
            let error = NodeError::key("http-once.too-large").with("url", &asked.url);
            return Err(error.with("limit", asked.body_limit).coded("TOO_LARGE"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answered { status: response.status().as_u16(), headers, body: body.freeze() })
}

/// The connections, shared; through a proxy, one of its own.
fn client(url: &Url) -> Result<Client, NodeError> {
    static DIRECT: OnceLock<Client> = OnceLock::new();
    let proxy = ProxyRules::default().proxy_for(url.as_str(), &|name| std::env::var(name).ok());
    match (proxy, DIRECT.get()) {
        (None, Some(client)) => Ok(client.clone()),
        (proxy, _) => {
            let is_direct = proxy.is_none();
            let made = make(proxy)?;
            Ok(if is_direct { DIRECT.get_or_init(|| made).clone() } else { made })
        }
    }
}

fn make(proxy: Option<String>) -> Result<Client, NodeError> {
    // Taken where no other part of the program chose one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("wireloom/", env!("CARGO_PKG_VERSION")))
        .no_proxy();
    if let Some(proxy) = proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(|error| bad_request(&error))?);
    }
    builder.build().map_err(|error| bad_request(&error))
}

fn bad_request(reason: &dyn std::fmt::Display) -> NodeError {
    NodeError::key("http-once.bad-request").with("reason", reason).coded("BAD_REQUEST")
}

/// An error with the reasons behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut behind = error.source();
    while let Some(reason) = behind {
        words.push_str(": ");
        words.push_str(&reason.to_string());
        behind = reason.source();
    }
    words
}
