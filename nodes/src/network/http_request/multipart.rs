//! Bodies of several parts (RFC 7578).

use bytes::Bytes;
use engine::js;
use engine::{Object, Value};

/// A body with a part for each property, and its content type.
pub(super) fn body(parts: &Object) -> (String, Bytes) {
    // Long enough that no content holds it by chance.
    let boundary = format!("wireloom-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let mut body = Vec::new();
    for (name, value) in parts.iter() {
        for value in value.as_array().unwrap_or(std::slice::from_ref(value)) {
            if !value.is_nullish() {
                write(&boundary, name, value, &mut body);
            }
        }
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body.into())
}

fn write(boundary: &str, name: &str, value: &Value, body: &mut Vec<u8>) {
    let (content, options) = match value.get("value") {
        Some(content) => (content, value.get("options")),
        None => (value, None),
    };
    // Options may also be just the file's name.
    let option = |name: &str| options.and_then(|options| options.get(name)).and_then(Value::as_str);
    let file_name = option("filename").or_else(|| options.and_then(Value::as_str));
    let is_buffer = matches!(content, Value::Buffer(_));
    let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name));
    if let Some(file_name) = file_name {
        head.push_str(&format!("; filename=\"{}\"", quoted(file_name)));
    }
    let binary = (is_buffer || file_name.is_some()).then_some("application/octet-stream");
    if let Some(content_type) = option("contentType").or(binary) {
        // A line break would begin another header.
        let content_type: String = content_type.chars().filter(|c| !c.is_control()).collect();
        head.push_str(&format!("\r\nContent-Type: {content_type}"));
    }
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(b"\r\n\r\n");
    match content {
        Value::Buffer(bytes) => body.extend_from_slice(bytes),
        Value::String(text) => body.extend_from_slice(text.as_bytes()),
        other => body.extend_from_slice(js::stringify(other, 0).unwrap_or_default().as_bytes()),
    }
    body.extend_from_slice(b"\r\n");
}

/// As browsers write names (HTML, section 4.10.21.8).
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}
