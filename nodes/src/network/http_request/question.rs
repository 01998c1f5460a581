//! What to ask: a request made of the node's settings and a message.

use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use engine::js::path::PropertyPath;
use engine::node::{NodeHandle, TaskOut};
use engine::observe::Level;
use engine::{Message, NodeError, Object, Value};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use model::text::Text;
use reqwest::Url;

use super::digest::Digest;
use super::{Config, HeaderRow, Settings, multipart};
use crate::mustache::{Filling, Outside};
use crate::network::http::proxy::without_login;
use crate::network::http::{FINGERPRINT_HEADER, percent_encode, plain_text, unchanged_answer_headers};

/// A day: longer is no timeout.
const TIMEOUT_LIMIT_MS: f64 = 86_400_000.0;

/// A request, ready to be sent.
#[derive(Debug)]
pub(super) struct Question {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    pub follows_redirects: bool,
    pub rejects_unauthorized: bool,
    pub timeout: Duration,
    /// Who we are, if the server asks for a digest of it.
    pub digest: Option<Digest>,
}

impl Question {
    pub(super) fn new(settings: &Settings, message: &Message, out: &TaskOut) -> Result<Self, NodeError> {
        let Settings { config, authorization, .. } = settings;
        let method = method(config, message)?;
        let mut url = url(settings, message, out.node())?;
        let mut headers = headers(&config.headers, message)?;
        add_cookies(&mut headers, message)?;
        if !url.username().is_empty() {
            let decode =
                |text: &str| crate::network::http::percent_decode(text).unwrap_or_else(|| text.into());
            let value = basic(&decode(url.username()), &decode(url.password().unwrap_or_default()));
            // A URL that can have a host can have these removed.
            let _ = (url.set_username(""), url.set_password(None));
            insert(&mut headers, AUTHORIZATION.as_str(), &value)?;
        }
        if let Some(authorization) = authorization {
            insert(&mut headers, AUTHORIZATION.as_str(), authorization)?;
        }
        let has_body = match (method.as_str(), config.paytoqs.as_str()) {
            ("GET", "query") => {
                append_query(&mut url, message.payload())?;
                false
            }
            ("GET", "body") => true,
            ("GET" | "HEAD", _) => false,
            _ => true,
        };
        let body = if has_body { body(&mut headers, message.payload())? } else { None };
        // Its own length is sent; one from the message may be another's.
        headers.remove(CONTENT_LENGTH);
        Ok(Self {
            method,
            url,
            headers,
            body,
            follows_redirects: message.get("followRedirects").is_none_or(engine::js::is_truthy),
            rejects_unauthorized: rejects_unauthorized(message, out),
            timeout: timeout(message, out).unwrap_or(settings.timeout),
            digest: settings.digest.clone(),
        })
    }
}

/// `Basic` and the credentials in base64.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

/// The time limit that the message sets, if it sets one.
fn timeout(message: &Message, out: &TaskOut) -> Option<Duration> {
    let milliseconds = engine::js::to_number(message.get("requestTimeout")?);
    let key = match milliseconds {
        number if number.is_nan() => "httpin.errors.timeout-isnan",
        number if number < 1.0 => "httpin.errors.timeout-isnegative",
        number => return Some(Duration::from_secs_f64(number.min(TIMEOUT_LIMIT_MS) / 1000.0)),
    };
    out.log(Level::Warn, Text::key(key));
    None
}

/// Whether the server's certificate is checked.
fn rejects_unauthorized(message: &Message, out: &TaskOut) -> bool {
    match message.get("rejectUnauthorized") {
        None => true,
        Some(Value::Bool(rejects)) => *rejects,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => true,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => false,
        Some(_) => {
            out.log(Level::Warn, Text::key("httpin.errors.rejectunauthorized-invalid"));
            true
        }
    }
}

fn method(config: &Config, message: &Message) -> Result<Method, NodeError> {
    let name = match config.method.as_str() {
        "USE" => {
            message.get("method").and_then(Value::as_str).filter(|name| !name.is_empty()).unwrap_or("GET")
        }
        fixed => fixed,
    };
    Method::from_bytes(name.to_ascii_uppercase().as_bytes())
        .map_err(|_| NodeError::key("http-request.method").with("method", name))
}

fn url(settings: &Settings, message: &Message, node: &NodeHandle) -> Result<Url, NodeError> {
    let text = match &settings.url {
        None => message.get("url").and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
        Some(template) => {
            let outside = |outside: &Outside| match outside {
                Outside::Env(name) => node.env.get(name).into(),
                Outside::Context(scope, key) => node.contexts.get(*scope, &node.info, key),
            };
            let filling = Filling { message: message.properties(), escapes_json: false, outside: &outside };
            template.render(&filling)
        }
    };
    if text.is_empty() {
        return Err(NodeError::key("httpin.errors.no-url"));
    }
    let scheme = if settings.is_secure { "https" } else { "http" };
    let text = if text.contains("://") { text } else { format!("{scheme}://{text}") };
    let url: Url = with_escapes(&text).parse().map_err(|error| {
        NodeError::key("http-request.url").with("url", without_login(&text)).with("reason", error)
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(NodeError::key("httpin.errors.invalid-transport").with("url", without_login(&text)));
    }
    Ok(url)
}

/// The URL with a `%25` for each percent sign of its query that begins no escape.
fn with_escapes(text: &str) -> String {
    let Some((path, query)) = text.split_once('?') else { return text.to_owned() };
    let mut pieces = query.split('%');
    let mut escaped = format!("{path}?{}", pieces.next().unwrap_or_default());
    for piece in pieces {
        let is_escape = piece.len() >= 2 && piece.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
        escaped.push_str(if is_escape { "%" } else { "%25" });
        escaped.push_str(piece);
    }
    escaped
}

/// The message's headers, then the node's, which win.
fn headers(rows: &[HeaderRow], message: &Message) -> Result<HeaderMap, NodeError> {
    let mut headers = HeaderMap::new();
    // What the last answer brought is not sent to the next server.
    let from_message = message.get("headers").filter(|headers| !unchanged_answer_headers(headers));
    for (name, value) in from_message.and_then(Value::as_object).into_iter().flat_map(Object::iter) {
        if name != FINGERPRINT_HEADER && !value.is_nullish() {
            insert(&mut headers, name, &plain_text(value))?;
        }
    }
    let property = |path: &str| {
        let path = PropertyPath::parse_message(path).ok()?;
        path.get(message.properties()).map(|value| plain_text(&value))
    };
    for row in rows {
        let name = match row.key_type.as_str() {
            "other" | "" => row.key_value.clone(),
            "msg" => property(&row.key_value).unwrap_or_default(),
            name => name.to_owned(),
        };
        let value = match row.value_type.as_str() {
            "other" | "" => row.value_value.clone(),
            "msg" => property(&row.value_value).unwrap_or_default(),
            value => value.to_owned(),
        };
        if name.is_empty() {
            continue;
        }
        if value.is_empty() {
            headers.remove(&name);
        } else {
            insert(&mut headers, &name, &value)?;
        }
    }
    Ok(headers)
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), NodeError> {
    let refused =
        |reason: String| NodeError::key("http-request.header").with("name", name).with("reason", reason);
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|error| refused(error.to_string()))?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| refused(error.to_string()))?;
    headers.insert(header, value);
    Ok(())
}

fn add_cookies(headers: &mut HeaderMap, message: &Message) -> Result<(), NodeError> {
    let mut pairs = Vec::new();
    if let Some(already) = headers.get(COOKIE).and_then(|value| value.to_str().ok()) {
        pairs.push(already.to_owned());
    }
    for (name, cookie) in message.get("cookies").and_then(Value::as_object).into_iter().flat_map(Object::iter)
    {
        let (value, is_encoded) = match cookie.as_object() {
            Some(object) => (object.get("value"), object.get("encode") == Some(&Value::Bool(false))),
            None => (Some(cookie), false),
        };
        let Some(value) = value.filter(|value| !value.is_nullish()) else { continue };
        let text = plain_text(value);
        pairs.push(format!("{name}={}", if is_encoded { text } else { percent_encode(&text) }));
    }
    if pairs.is_empty() { Ok(()) } else { insert(headers, COOKIE.as_str(), &pairs.join("; ")) }
}

fn append_query(url: &mut Url, payload: &Value) -> Result<(), NodeError> {
    match payload {
        Value::Undefined | Value::Null => Ok(()),
        Value::Object(object) => {
            let query = form(object);
            let all = match url.query().filter(|query| !query.is_empty()) {
                Some(before) => format!("{before}&{query}"),
                None => query,
            };
            url.set_query(Some(&all).filter(|all| !all.is_empty()).map(String::as_str));
            Ok(())
        }
        _ => Err(NodeError::key("httpin.errors.invalid-payload")),
    }
}

/// An urlencoded form, as Node.js's `querystring`: an array gives its name once for each element.
fn form(object: &Object) -> String {
    let mut pairs = Vec::new();
    for (name, value) in object.iter() {
        for value in value.as_array().unwrap_or(std::slice::from_ref(value)) {
            let text = match value {
                // As `querystring` does with what is no plain value.
                Value::Object(_) | Value::Array(_) | Value::Handle(_) => String::new(),
                plain => plain_text(plain),
            };
            pairs.push(format!("{}={}", percent_encode(name), percent_encode(&text)));
        }
    }
    pairs.join("&")
}

fn body(headers: &mut HeaderMap, payload: &Value) -> Result<Option<Bytes>, NodeError> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form = content_type.starts_with("application/x-www-form-urlencoded");
    if let (true, Value::Object(parts)) = (content_type.starts_with("multipart/form-data"), payload) {
        let (content_type, body) = multipart::body(parts);
        insert(headers, CONTENT_TYPE.as_str(), &content_type)?;
        return Ok(Some(body));
    }
    Ok(Some(match payload {
        Value::Undefined => return Ok(None),
        Value::String(text) => Bytes::copy_from_slice(text.as_bytes()),
        Value::Buffer(bytes) => bytes.as_ref().clone(),
        Value::Number(_) => plain_text(payload).into(),
        Value::Object(object) if is_form => form(object).into(),
        other => {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            let json = serde_json::to_vec(other)
                .map_err(|error| NodeError::key("http-request.payload").with("reason", error))?;
            json.into()
        }
    }))
}
