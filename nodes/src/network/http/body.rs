//! Request bodies: read up to a limit, and understood by their content type as Node-RED does.

use std::fmt::Display;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use engine::{Object, Value};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use http_body::Body;
use model::text::Text;

use super::query;

/// A body that was not taken: the status to answer with, and why.
pub type Refusal = (StatusCode, Text);

/// A body as a flow sees it.
#[derive(Debug, Default, PartialEq)]
pub struct Parsed {
    /// `msg.req.body`: an object, text, or a buffer.
    pub body: Value,
    /// `msg.req.files` of a multipart form.
    pub files: Option<Value>,
}

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// 413 when there is more, 400 when the client breaks off.
pub async fn read<B: Body<Data = Bytes>>(body: B, headers: &HeaderMap, limit: usize) -> Result<Bytes, Refusal>
where
    B::Error: Display,
{
    let too_large = || (StatusCode::PAYLOAD_TOO_LARGE, Text::key("http-in.too-large").with("limit", limit));
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut body = pin!(body);
    let mut all = BytesMut::new();
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let frame = frame.map_err(|error| {
            (StatusCode::BAD_REQUEST, Text::key("http-in.broken-off").with("reason", error))
        })?;
        if let Ok(data) = frame.into_data() {
            if all.len() + data.len() > limit {
                return Err(too_large());
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(all.freeze())
}

/// Understands a body by its content type: JSON, an urlencoded form, text, else a buffer. With
/// `takes_uploads` a multipart form is taken apart, too.
///
/// # Errors
/// 400 when it is not what its content type says, 415 for a content encoding.
pub async fn parse(bytes: Bytes, headers: &HeaderMap, takes_uploads: bool) -> Result<Parsed, Refusal> {
    let header = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if let Some(encoding) =
        header(CONTENT_ENCODING).filter(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    {
        let text = Text::key("http-in.encoding").with("encoding", encoding);
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    let content_type = header(CONTENT_TYPE).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, subtype) = media_type.split_once('/').unwrap_or(("text", "plain"));
    let body = match (kind, subtype) {
        ("application", "json") if bytes.is_empty() => Value::object(),
        ("application", "json") => json(&bytes)?,
        ("application", "x-www-form-urlencoded") => query::parse(&String::from_utf8_lossy(&bytes)).into(),
        ("multipart", "form-data") if takes_uploads => return multipart(bytes, content_type).await,
        ("text", _) => text(&bytes),
        (_, subtype) if subtype == "xml" || subtype.ends_with("+xml") => text(&bytes),
        ("application", "octet-stream" | "cbor" | "x-protobuf") => Value::buffer(bytes),
        ("application", _) if std::str::from_utf8(&bytes).is_ok() => text(&bytes),
        _ => Value::buffer(bytes),
    };
    Ok(Parsed { body, files: None })
}

fn text(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// As Express's parser in its strict mode: an object or an array.
fn json(bytes: &[u8]) -> Result<Value, Refusal> {
    let refused =
        |reason: String| (StatusCode::BAD_REQUEST, Text::key("http-in.json").with("reason", reason));
    match serde_json::from_slice(bytes) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(value),
        Ok(_) => Err(refused("an object or an array is needed".into())),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// Takes a form apart: fields into `body`, files into `files` as `multer` for Express gives them.
async fn multipart(bytes: Bytes, content_type: &str) -> Result<Parsed, Refusal> {
    let refused = |error: multer::Error| {
        (StatusCode::BAD_REQUEST, Text::key("http-in.multipart").with("reason", error))
    };
    let boundary = multer::parse_boundary(content_type).map_err(refused)?;
    let stream = futures_util::stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(bytes)));
    let mut form = multer::Multipart::new(stream, boundary);
    let (mut fields, mut files) = (Object::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(refused)? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file_name) = field.file_name().map(str::to_owned) else {
            let value = Value::from(field.text().await.map_err(refused)?);
            match fields.get_mut(&name) {
                Some(Value::Array(items)) => std::sync::Arc::make_mut(items).push(value),
                Some(single) => *single = vec![single.clone(), value].into(),
                None => {
                    fields.insert(name, value);
                }
            }
            continue;
        };
        let media_type = field.content_type().map_or("application/octet-stream".into(), ToString::to_string);
        let content = field.bytes().await.map_err(refused)?;
        files.push(Value::from(Object::from_iter([
            ("fieldname", Value::from(name)),
            ("originalname", file_name.into()),
            ("encoding", "7bit".into()),
            ("mimetype", media_type.into()),
            ("size", content.len().into()),
            ("buffer", content.into()),
        ])));
    }
    Ok(Parsed { body: fields.into(), files: Some(files.into()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(content_type: &str, body: &'static [u8], expected: Value) {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        }
        let parsed =
            parse(Bytes::from_static(body), &headers, true).await.map_err(|(status, _)| status.as_u16());
        assert_eq!(parsed.map(|parsed| parsed.body), Ok(expected), "{content_type}");
    }

    #[tokio::test]
    async fn understands_bodies_by_content_type() {
        let object = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        check("application/json; charset=utf-8", b"{\"a\":[1]}", object(r#"{"a":[1]}"#)).await;
        check("application/json", b"", Value::object()).await;
        check("application/x-www-form-urlencoded", b"a=1&b[]=2", object(r#"{"a":"1","b":["2"]}"#)).await;
        check("", b"hello", "hello".into()).await;
        check("text/csv", b"1;2", "1;2".into()).await;
        check("image/svg+xml", b"<svg/>", "<svg/>".into()).await;
        check("application/ld+json", b"{}", "{}".into()).await;
        check("application/octet-stream", b"text", Value::buffer(&b"text"[..])).await;
        check("application/zip", b"\xff\xfe", Value::buffer(&b"\xff\xfe"[..])).await;
        check("image/png", b"png", Value::buffer(&b"png"[..])).await;
    }

    #[tokio::test]
    async fn refuses_what_is_not_as_announced() {
        for (name, value, body, expected) in [
            ("content-type", "application/json", "{", 400),
            ("content-type", "application/json", "1", 400),
            ("content-type", "multipart/form-data", "x", 400),
            ("content-encoding", "gzip", "x", 415),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            let (status, _) = parse(body.into(), &headers, true).await.unwrap_err();
            assert_eq!(status.as_u16(), expected, "{value}");
        }
    }

    #[tokio::test]
    async fn takes_a_multipart_form_apart() {
        let form = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X\r\nContent-Disposition: \
                    form-data; name=\"f\"; filename=\"t.bin\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--X--\r\n";
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "multipart/form-data; boundary=X".parse().unwrap());
        let parsed = parse(form.into(), &headers, true).await.unwrap();
        assert_eq!(parsed.body.get("a"), Some(&"1".into()));
        let files = parsed.files.unwrap();
        let file = &files.as_array().unwrap()[0];
        assert_eq!(file.get("originalname"), Some(&"t.bin".into()));
        assert_eq!(file.get("mimetype"), Some(&"image/png".into()));
        assert_eq!(file.get("buffer"), Some(&Value::buffer(&b"PNG"[..])));
    }
}
