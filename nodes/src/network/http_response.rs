//! `http response`: answers the request that an http in node took.

use bytes::Bytes;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use http::header::{CONTENT_TYPE, HeaderName, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::http::exchange::{AnsweredAlready, Exchange};
use super::http::{cookie, plain_text, unchanged_answer_headers};

/// The node type.
pub const NODE: NodeType = NodeType { name: "http response", describe, build, texts: TEXTS };

#[derive(Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Status code
    /// Empty: `msg.statusCode`, or 200.
    #[schemars(with = "String", extend("format" = "integer", "minimum" = 100, "maximum" = 999, "default" = ""))]
    status_code: Value,
    /// # Headers
    /// These win over those of `msg.headers`.
    #[schemars(with = "std::collections::BTreeMap<String, String>", extend("default" = {}))]
    headers: Value,
}

const TEXTS: Catalogue = &[
    ("http-response.label", "http"),
    (
        "http-response.no-exchange",
        "the message has no open request in msg.res; it must come from an http in node, and msg.res be kept",
    ),
    (
        "http-response.twice",
        "the request is answered already; send only one message to http response nodes for each request",
    ),
    ("http-response.status", "{status} is not an HTTP status code: a number from 200 to 999 is needed"),
    ("http-response.header", "the header {name} cannot be sent: {reason}"),
    ("http-response.cookie", "the cookie {name} cannot be sent: its {part} is not allowed in a header"),
];

const HELP: &str = "\
Answers the request that an **http in** node took.

**Takes**
- `msg.payload`: the body. Text is sent as HTML unless a content type is set, a buffer as it is, objects, \
arrays and truth values as JSON.
- `msg.statusCode`: the status, 200 by default.
- `msg.headers`: headers by name; an array sends one of them for each element.
- `msg.cookies`: cookies by name: a value, `{value, maxAge, expires, path, domain, httpOnly, secure, \
sameSite}`, or null to clear one.
- `msg.res`: the open exchange, as the http in node sent it.

The node is done when the answer is handed to the connection. A second answer to the same request is an \
error that a catch node can take.

**Example**: a template node that makes `payload` a page, then this node.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "network".into(),
        colour: "#e7e7ae".into(),
        icon: "reply".into(),
        inputs: 1,
        outputs: Outputs::Fixed(0),
        label: Label {
            properties: vec!["name".into(), "statusCode".into()],
            fallback: Text::key("http-response.label"),
        },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Vec::new();
    let status = match plain_text(&config.status_code).trim() {
        "" => None,
        text => status_of(text)
            .map_err(|error| problems.push(("statusCode".to_owned(), error.into_fault().text)))
            .ok(),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in config.headers.as_object().into_iter().flat_map(|headers| headers.iter()) {
        if let Err(error) = add_header(&mut headers, name, value) {
            problems.push((format!("headers.{name}"), error.into_fault().text));
        }
    }
    if !problems.is_empty() {
        return Err(BuildError { problems });
    }
    Built::function(HttpResponse { status, headers })
}

struct HttpResponse {
    status: Option<StatusCode>,
    headers: HeaderMap,
}

impl FunctionNode for HttpResponse {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        // Node-RED keeps the exchange in `msg.res._res`; flows that build it so work, too.
        let exchange = message.get("res").map(|res| res.get("_res").unwrap_or(res).clone());
        let exchange = exchange.as_ref().and_then(Value::as_handle::<Exchange>);
        let exchange = exchange.ok_or_else(|| NodeError::key("http-response.no-exchange"))?;
        let answer = self.answer(message)?;
        exchange.answer(answer).map_err(|AnsweredAlready| NodeError::key("http-response.twice"))?;
        out.give_way();
        Ok(Progress::Done)
    }
}

impl HttpResponse {
    fn answer(&self, message: &Message) -> Result<Response<Bytes>, NodeError> {
        let status = match (self.status, message.get("statusCode")) {
            (Some(status), _) => status,
            (None, Some(status)) if !status.is_nullish() => status_of(&plain_text(status))?,
            _ => StatusCode::OK,
        };
        let mut headers = self.headers.clone();
        // What an http request node received is not sent on by accident, its length and encoding least of all.
        let from_message = message.get("headers").filter(|headers| !unchanged_answer_headers(headers));
        for (name, value) in from_message.and_then(Value::as_object).into_iter().flat_map(|all| all.iter()) {
            if !self.headers.contains_key(name.as_str()) {
                add_header(&mut headers, name, value)?;
            }
        }
        for (name, value) in
            message.get("cookies").and_then(Value::as_object).into_iter().flat_map(|all| all.iter())
        {
            add_header(&mut headers, SET_COOKIE.as_str(), &cookie::set_cookie(name, value)?.into())?;
        }
        let (body, default_type) = match message.payload() {
            Value::Undefined => (Bytes::new(), None),
            Value::String(text) => (Bytes::copy_from_slice(text.as_bytes()), Some("text/html")),
            Value::Number(_) => (plain_text(message.payload()).into(), Some("text/html")),
            Value::Buffer(bytes) => (bytes.as_ref().clone(), Some("application/octet-stream")),
            other => {
                let json =
                    serde_json::to_vec(other).map_err(|error| NodeError::literal(error.to_string()))?;
                (json.into(), Some("application/json"))
            }
        };
        let is_text = !matches!(message.payload(), Value::Buffer(_));
        set_content_type(&mut headers, default_type, is_text);
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// A content type where there is none; text is said to be the UTF-8 that it is.
fn set_content_type(headers: &mut HeaderMap, default_type: Option<&'static str>, is_text: bool) {
    if !headers.contains_key(CONTENT_TYPE) {
        // The usual ones need not be put together.
        let whole = match (default_type, is_text) {
            (None, _) => return,
            (Some("text/html"), true) => "text/html; charset=utf-8",
            (Some("application/json"), true) => "application/json; charset=utf-8",
            (Some(other), _) => other,
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(whole));
        return;
    }
    let set = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(media_type) = set.as_deref() else { return };
    let value = if is_text {
        let parts = media_type.split(';').map(str::trim);
        let kept = parts.filter(|part| !part.to_ascii_lowercase().starts_with("charset="));
        kept.chain(["charset=utf-8"]).collect::<Vec<_>>().join("; ")
    } else {
        media_type.to_owned()
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(CONTENT_TYPE, value);
    }
}

/// 1xx are not for flows to send: they announce an answer, they are none.
fn status_of(text: &str) -> Result<StatusCode, NodeError> {
    text.trim()
        .parse::<u16>()
        .ok()
        .filter(|status| *status >= 200)
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or_else(|| NodeError::key("http-response.status").with("status", text))
}

fn add_header(headers: &mut HeaderMap, name: &str, value: &Value) -> Result<(), NodeError> {
    let refused =
        |reason: String| NodeError::key("http-response.header").with("name", name).with("reason", reason);
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|error| refused(error.to_string()))?;
    let single = std::slice::from_ref(value);
    for value in value.as_array().unwrap_or(single).iter().filter(|value| !value.is_nullish()) {
        let value = HeaderValue::from_bytes(plain_text(value).as_bytes())
            .map_err(|error| refused(error.to_string()))?;
        headers.append(header.clone(), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(config: &str, message: &str) -> Result<Response<Bytes>, NodeError> {
        let config: Config = serde_json::from_str(config).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in config.headers.as_object().into_iter().flat_map(|headers| headers.iter()) {
            add_header(&mut headers, name, value).unwrap();
        }
        let status = status_of(&plain_text(&config.status_code)).ok();
        let properties: engine::Object = serde_json::from_str(message).unwrap();
        HttpResponse { status, headers }.answer(&Message::from_object(properties))
    }

    /// Status, content type and body.
    fn check(config: &str, message: &str, expected: (u16, &str, &str)) {
        let answer = answer(config, message).unwrap();
        let content_type = answer.headers().get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap());
        let body = std::str::from_utf8(answer.body()).unwrap();
        assert_eq!((answer.status().as_u16(), content_type, body), expected, "{config} {message}");
    }

    #[test]
    fn payloads_and_content_types_are_as_in_express() {
        let json = "application/json; charset=utf-8";
        let html = "text/html; charset=utf-8";
        check("{}", r#"{"payload":"hi"}"#, (200, html, "hi"));
        check("{}", r#"{"payload":1.5}"#, (200, html, "1.5"));
        check("{}", r#"{"payload":{"a":[1]}}"#, (200, json, r#"{"a":[1]}"#));
        check("{}", r#"{"payload":null}"#, (200, json, "null"));
        check("{}", r#"{"payload":true}"#, (200, json, "true"));
        check("{}", "{}", (200, "", ""));
        check(r#"{"statusCode":"201"}"#, r#"{"payload":"","statusCode":404}"#, (201, html, ""));
        check("{}", r#"{"payload":"","statusCode":"404"}"#, (404, html, ""));
        check(
            r#"{"headers":{"Content-Type":"text/plain"}}"#,
            r#"{"payload":"x","headers":{"content-type":"text/css"}}"#,
            (200, "text/plain; charset=utf-8", "x"),
        );
        check(
            "{}",
            r#"{"payload":"x","headers":{"content-type":"text/css; charset=latin1; q=1"}}"#,
            (200, "text/css; q=1; charset=utf-8", "x"),
        );
    }

    #[test]
    fn headers_and_cookies_may_be_several() {
        let answer = answer(
            "{}",
            r#"{"payload":"","headers":{"x-a":["1","2"],"x-b":3},"cookies":{"a":"1","b":null}}"#,
        )
        .unwrap();
        let all = |name: &str| {
            answer
                .headers()
                .get_all(name)
                .iter()
                .map(|value| value.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(all("x-a"), ["1", "2"]);
        assert_eq!(all("x-b"), ["3"]);
        assert_eq!(all("set-cookie"), ["a=1; Path=/", "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/"]);
    }

    #[test]
    fn what_cannot_be_sent_is_an_error() {
        for message in [
            r#"{"statusCode":99}"#,
            r#"{"statusCode":"x"}"#,
            r#"{"statusCode":101}"#,
            r#"{"headers":{"x":"a\r\nb"}}"#,
            r#"{"headers":{"a b":"x"}}"#,
            r#"{"cookies":{"a;b":"x"}}"#,
        ] {
            assert!(answer("{}", message).is_err(), "{message}");
        }
    }
}
