//! Request bodies: read up to a limit, and understood by their content type as Node-RED does.

use std::fmt::Display;
use std::io::{self, Read};
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
    let too_large = || too_large(limit);
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

fn too_large(limit: usize) -> Refusal {
    (StatusCode::PAYLOAD_TOO_LARGE, Text::key("http-in.too-large").with("limit", limit))
}

/// Undoes the content encoding of a body, and stops where more than `limit` bytes come out.
///
/// # Errors
/// 413 when there are more, 400 when the body is not compressed as it says, 415 for an encoding that is unknown.
pub fn inflate(bytes: Bytes, headers: &HeaderMap, limit: usize) -> Result<Bytes, Refusal> {
    let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|_| !bytes.is_empty()) else {
        return Ok(bytes);
    };
    let encoding = encoding.to_str().unwrap_or_default();
    let from = &bytes[..];
    let mut inflated = Vec::new();
    // One byte more tells that there is more.
    let wanted = limit as u64 + 1;
    let outcome: io::Result<usize> = match encoding.trim().to_ascii_lowercase().as_str() {
        "identity" | "" => return Ok(bytes),
        "gzip" | "x-gzip" => {
            flate2::bufread::MultiGzDecoder::new(from).take(wanted).read_to_end(&mut inflated)
        }
        "deflate" => flate2::bufread::ZlibDecoder::new(from).take(wanted).read_to_end(&mut inflated),
        "br" => brotli_decompressor::Decompressor::new(from, 4096).take(wanted).read_to_end(&mut inflated),
        _ => {
            let text = Text::key("http-in.encoding").with("encoding", encoding);
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
    };
    match outcome {
        Ok(length) if length > limit => Err(too_large(limit)),
        Ok(_) => Ok(inflated.into()),
        Err(error) => {
            let text = Text::key("http-in.not-encoded").with("encoding", encoding).with("reason", error);
            Err((StatusCode::BAD_REQUEST, text))
        }
    }
}

/// Understands a body by its content type: JSON, an urlencoded form, text, else a buffer. With
/// `takes_uploads` a multipart form is taken apart, too.
///
/// # Errors
/// 400 when it is not what its content type says.
pub async fn parse(bytes: Bytes, headers: &HeaderMap, takes_uploads: bool) -> Result<Parsed, Refusal> {
    let header = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let content_type = header(CONTENT_TYPE).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, subtype) = media_type.split_once('/').unwrap_or(("text", "plain"));
    let body = match (kind, subtype) {
        ("application", "json") if bytes.is_empty() => Value::object(),
        ("application", "json") => json(&bytes)?,
        ("application", "x-www-form-urlencoded") => query::parse(&String::from_utf8_lossy(&bytes)).into(),
        ("multipart", "form-data") if takes_uploads => return Box::pin(multipart(bytes, content_type)).await,
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
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            let (status, _) = parse(body.into(), &headers, true).await.unwrap_err();
            assert_eq!(status.as_u16(), expected, "{value}");
        }
    }

    /// What comes out of a body with this content encoding.
    fn inflated(encoding: &str, bytes: Vec<u8>, limit: usize) -> Result<Bytes, u16> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, encoding.parse().unwrap())]);
        inflate(bytes.into(), &headers, limit).map_err(|(status, _)| status.as_u16())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn inflates_what_is_compressed() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut zlib, b"hello").unwrap();
        // As the `brotli` command writes it.
        let brotli = b"\x0b\x02\x80hello\x03".to_vec();
        for (encoding, bytes) in [
            ("gzip", gzip(b"hello")),
            ("GZIP", gzip(b"hello")),
            ("deflate", zlib.finish().unwrap()),
            ("br", brotli),
            ("identity", b"hello".to_vec()),
            ("gzip", Vec::new()),
        ] {
            let expected = if bytes.is_empty() { "" } else { "hello" };
            assert_eq!(inflated(encoding, bytes, 100), Ok(expected.into()), "{encoding}");
        }
        assert_eq!(inflated("compress", b"hello".to_vec(), 100), Err(415));
        for encoding in ["gzip", "deflate", "br"] {
            assert_eq!(inflated(encoding, b"hello".to_vec(), 100), Err(400), "{encoding}");
        }
        let cut_short = gzip(b"hello")[..15].to_vec();
        assert_eq!(inflated("gzip", cut_short, 100), Err(400));
    }

    #[test]
    fn a_bomb_is_too_large() {
        let limit = 100_000;
        assert_eq!(inflated("gzip", gzip(&vec![0; limit]), limit).map(|bytes| bytes.len()), Ok(limit));
        let bomb = gzip(&vec![0; 50_000_000]);
        assert!(bomb.len() < limit);
        assert_eq!(inflated("gzip", bomb, limit), Err(413));
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
