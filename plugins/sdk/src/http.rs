//! Capability: requests to the hosts that an administrator allowed. Ask for it with [`About::http`](crate::About::http).

use std::time::Duration;

use crate::{Failure, Json, host};

/// A request in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// `http` or `https`.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Vec<u8>>,
    /// How long to wait; none for 10 seconds.
    pub timeout: Option<Duration>,
    /// How many redirects to follow.
    pub redirects: u32,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// Where it came from in the end.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// What was sent.
    pub body: Vec<u8>,
}

impl Request {
    /// A request with a method of its own.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout: None,
            redirects: 5,
        }
    }

    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A POST request.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With JSON as its body, and the header that says so.
    #[must_use]
    pub fn json(self, json: &Json) -> Self {
        self.header("content-type", "application/json").body(json.to_string())
    }

    /// Waits no longer than this.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends it and waits for the answer. The time spent waiting does not count against the budget of the call.
    ///
    /// # Errors
    /// With the codes `NOT_ALLOWED`, `TIMEOUT`, `TOO_LARGE`, `BAD_REQUEST` and `UNREACHABLE`.
    pub fn send(self) -> Result<Response, Failure> {
        host::fetch(self)
    }
}

impl Response {
    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Json, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}
