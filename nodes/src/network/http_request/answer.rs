//! An answer, and how it is put into the message.

use bytes::Bytes;
use engine::{Message, Object, Value};
use http::{HeaderMap, StatusCode};
use reqwest::Url;

use super::client::set_cookies;
use crate::network::http::routes::headers_of;
use crate::network::http::{FINGERPRINT_HEADER, fingerprint, percent_decode};

/// An answer, read to its end.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Where it came from, after redirects.
    pub url: Url,
    pub redirects: Vec<Redirect>,
}

/// A redirect on the way.
pub(super) struct Redirect {
    pub location: String,
    pub headers: HeaderMap,
}

impl Answer {
    /// The message with the answer in it, and why the body is not the JSON that was asked for, if it is not.
    pub(super) fn put_into(self, mut message: Message, form: &str) -> (Message, Option<String>) {
        let mut headers = headers_of(&self.headers);
        headers.insert(FINGERPRINT_HEADER, fingerprint(&headers));
        let mut misread = None;
        let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
        let payload = match form {
            "bin" => Value::buffer(self.body),
            // There is no content, so there is nothing in it.
            "obj" if self.status == StatusCode::NO_CONTENT => Value::object(),
            "obj" => serde_json::from_slice(&self.body).unwrap_or_else(|error| {
                misread = Some(error.to_string());
                text(&self.body)
            }),
            _ => text(&self.body),
        };
        let redirects = self.redirects.iter().map(|redirect| {
            let mut object = Object::from_iter([("location", Value::from(redirect.location.as_str()))]);
            let cookies = cookies(&redirect.headers);
            if !cookies.is_empty() {
                object.insert("cookies", cookies);
            }
            Value::from(object)
        });
        message.set("payload", payload);
        message.set("statusCode", f64::from(self.status.as_u16()));
        message.set("headers", headers);
        message.set("responseUrl", self.url.as_str());
        message.set("responseCookies", cookies(&self.headers));
        message.set("redirectList", redirects.collect::<Value>());
        // Nothing is tried twice; flows of Node-RED may look.
        message.set("retry", 0.0);
        (message, misread)
    }
}

/// The cookies that are set, by name: `{value, Path, Max-Age, ...}`, attributes as they are written.
fn cookies(headers: &HeaderMap) -> Object {
    let mut cookies = Object::new();
    for header in set_cookies(headers) {
        let mut parts = header.split(';');
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
        let value = percent_decode(value.trim()).unwrap_or_else(|| value.trim().to_owned());
        let mut cookie = Object::from_iter([("value", Value::from(value))]);
        for part in parts {
            match part.split_once('=') {
                Some((attribute, value)) => cookie.insert(attribute.trim(), value.trim()),
                None => cookie.insert(part.trim(), true),
            };
        }
        cookies.insert(name.trim(), cookie);
    }
    cookies
}
