//! An open HTTP exchange: a request that waits for its answer, as `msg.res`.

use std::any::Any;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use engine::value::Handle;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use sha1::{Digest, Sha1};
use tokio::sync::oneshot;

/// A request that waits for its answer. Dropping the last reference to one that is not answered tells the
/// waiting side that there will be none.
pub struct Exchange {
    /// Gone once it is answered.
    open: Mutex<Option<Open>>,
}

/// What it takes to answer a request.
struct Open {
    responder: oneshot::Sender<Response<Bytes>>,
    method: Method,
    /// Some decide whether the client has the answer already.
    headers: HeaderMap,
}

impl Exchange {
    /// Opens an exchange for a request; its answer comes out of the receiver.
    pub fn open(method: Method, headers: HeaderMap) -> (Arc<Self>, oneshot::Receiver<Response<Bytes>>) {
        let (responder, answer) = oneshot::channel();
        (Arc::new(Self { open: Mutex::new(Some(Open { responder, method, headers })) }), answer)
    }

    /// Answers: adds the length and an ETag, leaves the body out where HTTP wants none, and says 304 where the
    /// client has it already. A client that went away is no error.
    ///
    /// # Errors
    /// When the exchange is answered already.
    pub fn answer(&self, answer: Response<Bytes>) -> Result<(), AnsweredAlready> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Open { responder, method, headers } = open.ok_or(AnsweredAlready)?;
        // Whoever asked may have gone away; there is nobody to tell then.
        let _ = responder.send(finish(answer, &method, &headers));
        Ok(())
    }
}

/// An exchange takes one answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the request is answered already")]
pub struct AnsweredAlready;

impl Handle for Exchange {
    fn kind(&self) -> &'static str {
        "http-response"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What Express's `send` does at the end.
fn finish(answer: Response<Bytes>, method: &Method, request: &HeaderMap) -> Response<Bytes> {
    let (mut head, mut body) = answer.into_parts();
    // The length is what is sent; a header that says otherwise would break the connection.
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove(TRANSFER_ENCODING);
    if !head.headers.contains_key(ETAG)
        && let Some(etag) = weak_etag(&body)
    {
        head.headers.insert(ETAG, etag);
    }
    let may_be_cached = (method == Method::GET || method == Method::HEAD) && head.status.is_success();
    if may_be_cached && is_fresh(request, &head.headers) {
        head.status = StatusCode::NOT_MODIFIED;
    }
    match head.status {
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => {
            head.headers.remove(CONTENT_TYPE);
            body = Bytes::new();
        }
        StatusCode::RESET_CONTENT => {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            body = Bytes::new();
        }
        _ => {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
    }
    if method == Method::HEAD {
        body = Bytes::new();
    }
    Response::from_parts(head, body)
}

/// The ETag that Express gives: length in hex and the first 27 characters of the SHA-1 in base64.
fn weak_etag(body: &[u8]) -> Option<HeaderValue> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    // 20 bytes are 27 characters.
    let mut hash = [0; 27];
    STANDARD_NO_PAD.encode_slice(Sha1::digest(body), &mut hash).ok()?;
    let mut etag = Vec::with_capacity(hash.len() + 16);
    // A vector takes all that is written to it.
    write!(etag, "W/\"{:x}-", body.len()).ok()?;
    etag.extend(hash);
    etag.push(b'"');
    HeaderValue::from_bytes(&etag).ok()
}

/// RFC 9110, section 13.2.2, for safe methods.
fn is_fresh(request: &HeaderMap, answer: &HeaderMap) -> bool {
    if !request.contains_key(IF_NONE_MATCH) && !request.contains_key(IF_MODIFIED_SINCE) {
        return false;
    }
    let text = |headers: &HeaderMap, name| {
        headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned)
    };
    if text(request, CACHE_CONTROL).is_some_and(|control| control.contains("no-cache")) {
        return false;
    }
    if let Some(known) = text(request, IF_NONE_MATCH) {
        let Some(etag) = text(answer, ETAG) else { return false };
        let strong = |etag: &str| etag.trim().trim_start_matches("W/").to_owned();
        return known.trim() == "*" || known.split(',').any(|known| strong(known) == strong(&etag));
    }
    let time = |text: Option<String>| httpdate::parse_http_date(&text?).ok();
    match (time(text(request, IF_MODIFIED_SINCE)), time(text(answer, LAST_MODIFIED))) {
        (Some(known), Some(modified)) => modified <= known,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(method: Method, known: Option<&str>, status: u16, body: &'static str) -> Response<Bytes> {
        let mut headers = HeaderMap::new();
        if let Some(known) = known {
            headers.insert(IF_NONE_MATCH, known.parse().unwrap());
        }
        let (exchange, mut answer) = Exchange::open(method, headers);
        let response = Response::builder()
            .status(status)
            .header("content-length", "999")
            .body(Bytes::from_static(body.as_bytes()));
        exchange.answer(response.unwrap()).unwrap();
        assert!(exchange.answer(Response::default()).is_err(), "a second answer");
        answer.try_recv().unwrap()
    }

    #[test]
    fn sets_length_and_the_etag_that_express_sets() {
        let answer = answered(Method::GET, None, 200, "hello");
        assert_eq!(answer.headers()[CONTENT_LENGTH], "5");
        // As printed by Express 4 for the body "hello".
        assert_eq!(answer.headers()[ETAG], "W/\"5-qvTGHdzF6KLavt4PO0gs2a6pQ00\"");
        let empty = answered(Method::GET, None, 200, "");
        assert_eq!(empty.headers()[ETAG], "W/\"0-2jmj7l5rSw0yVb/vlWAYkK/YBwk\"");
    }

    #[test]
    fn leaves_out_what_http_wants_left_out() {
        let etag = Some("\"x\", \"5-qvTGHdzF6KLavt4PO0gs2a6pQ00\"");
        let known = answered(Method::GET, etag, 200, "hello");
        assert_eq!((known.status().as_u16(), known.body().len()), (304, 0));
        assert!(!known.headers().contains_key(CONTENT_LENGTH));
        assert_eq!(answered(Method::POST, etag, 200, "hello").status(), 200);
        assert_eq!(answered(Method::GET, etag, 500, "hello").status(), 500);
        assert_eq!(answered(Method::GET, None, 204, "hello").body().len(), 0);
        let head = answered(Method::HEAD, None, 200, "hello");
        assert_eq!((head.body().len(), &head.headers()[CONTENT_LENGTH]), (0, &HeaderValue::from(5)));
    }

    #[test]
    fn the_last_reference_dropped_ends_the_exchange() {
        let (exchange, mut answer) = Exchange::open(Method::GET, HeaderMap::new());
        let second = exchange.clone();
        drop(exchange);
        assert_eq!(answer.try_recv().unwrap_err(), oneshot::error::TryRecvError::Empty);
        drop(second);
        assert_eq!(answer.try_recv().unwrap_err(), oneshot::error::TryRecvError::Closed);
    }
}
