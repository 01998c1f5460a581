//! Between MQTT's bytes and properties and a message's values, both ways.

use bytes::Bytes;
use engine::{Message, NodeError, Object, Value, js};
use model::topic;

use super::publication::{Properties, Publication, Quality};

/// What a payload becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataType {
    /// JSON as what it says, other text as text, everything else as a buffer.
    AutoDetect,
    /// Text as text, everything else as a buffer.
    Auto,
    /// A buffer.
    Buffer,
    /// Text; what is not UTF-8 is replaced.
    Utf8,
    /// What the JSON says; else an error.
    Json,
    /// Base64 text.
    Base64,
}

impl DataType {
    const NAMES: [(Self, &'static str); 6] = [
        (Self::AutoDetect, "auto-detect"),
        (Self::Auto, "auto"),
        (Self::Buffer, "buffer"),
        (Self::Utf8, "utf8"),
        (Self::Json, "json"),
        (Self::Base64, "base64"),
    ];

    /// Its name in flows and messages.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The data type of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(known, _)| *known)
    }
}

/// What a media type says about bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Json,
    Binary,
}

/// Makes the message of a publication that came in. `with_v5` adds what MQTT 5 has.
///
/// # Errors
/// The payload is not what it has to be; the message holds it as it came.
pub(crate) fn to_message(
    publication: &Publication,
    data_type: DataType,
) -> Result<Message, Box<(NodeError, Message)>> {
    let properties = publication.properties.as_deref();
    let payload = value_of(&publication.payload, data_type, properties);
    let mut message = Message::new();
    message.set("topic", Value::from(publication.topic.clone()));
    let failed = match payload {
        Ok(payload) => {
            message.set("payload", payload);
            None
        }
        Err(error) => {
            message.set("payload", Value::buffer(publication.payload.clone()));
            Some(error)
        }
    };
    message.set("qos", publication.quality.number());
    message.set("retain", publication.retain);
    if let Some(properties) = properties {
        add_properties(properties, &mut message);
    }
    match failed {
        None => Ok(message),
        Some(error) => Err(Box::new((error, message))),
    }
}

/// What an mqtt out node sends by default; unset means that the message decides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preset {
    pub(crate) topic: String,
    pub(crate) quality: Option<Quality>,
    pub(crate) retain: Option<bool>,
    pub(crate) properties: Properties,
}

/// Makes a publication of a message; `None` when there is nothing to publish (no payload at all).
///
/// # Errors
/// What of the message cannot be published.
pub(crate) fn from_message(
    message: &Message,
    preset: &Preset,
    is_v5: bool,
) -> Result<Option<Publication>, NodeError> {
    let Some(payload) = message.get("payload") else { return Ok(None) };
    let topic =
        if preset.topic.is_empty() { message.topic().unwrap_or_default() } else { preset.topic.as_str() };
    if !topic::is_topic(topic) {
        return Err(
            NodeError::key("mqtt.invalid-topic").with("topic", if topic.is_empty() { "\"\"" } else { topic })
        );
    }
    let quality = match preset.quality {
        Some(quality) => quality,
        None => quality_of(message.get("qos"))?.unwrap_or_default(),
    };
    let retain = preset.retain.unwrap_or_else(|| is_true(message.get("retain")));
    let properties = if is_v5 { properties_of(message, &preset.properties)?.boxed() } else { None };
    Ok(Some(Publication { topic: topic.into(), payload: bytes_of(payload), quality, retain, properties }))
}

/// A payload's bytes: buffers as they are, text as UTF-8, everything else as JSON.
pub(crate) fn bytes_of(payload: &Value) -> Bytes {
    match payload {
        Value::Buffer(bytes) => bytes.as_ref().clone(),
        Value::String(text) => Bytes::copy_from_slice(text.as_bytes()),
        Value::Undefined | Value::Number(_) => Bytes::copy_from_slice(js::to_text(payload).as_bytes()),
        // A value can always be written as JSON.
        other => serde_json::to_vec(other).unwrap_or_default().into(),
    }
}

/// A quality of service as messages hold it: a number, or a text that is one.
///
/// # Errors
/// It is neither 0, 1 nor 2.
pub(crate) fn quality_of(value: Option<&Value>) -> Result<Option<Quality>, NodeError> {
    let number = match value {
        None | Some(Value::Undefined | Value::Null) => return Ok(None),
        Some(Value::Number(number)) => Some(*number),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match number.and_then(Quality::from_number) {
        Some(quality) => Ok(Some(quality)),
        None => {
            Err(NodeError::key("mqtt.invalid-quality")
                .with("value", plain(value.unwrap_or(&Value::Undefined))))
        }
    }
}

/// Whether a value is true, or the text that says so.
pub(crate) fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

fn value_of(bytes: &Bytes, data_type: DataType, properties: Option<&Properties>) -> Result<Value, NodeError> {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    Ok(match data_type {
        DataType::Buffer => Value::buffer(bytes.clone()),
        DataType::Utf8 => text().into(),
        DataType::Base64 => base64(bytes).into(),
        DataType::Json => json(bytes)?,
        DataType::Auto | DataType::AutoDetect => {
            let detects = data_type == DataType::AutoDetect;
            let said = properties.and_then(|properties| properties.content_type.as_deref()).and_then(kind_of);
            let is_text = properties.and_then(|properties| properties.is_utf8) == Some(true);
            match said {
                Some(Kind::Binary) => Value::buffer(bytes.clone()),
                // What is said to be JSON must be.
                Some(Kind::Json) => match json(bytes)? {
                    value if detects => value,
                    _ => text().into(),
                },
                Some(Kind::Text) => text().into(),
                None if is_text || std::str::from_utf8(bytes).is_ok() => {
                    let parsed = if detects { serde_json::from_slice(bytes).ok() } else { None };
                    parsed.unwrap_or_else(|| text().into())
                }
                None => Value::buffer(bytes.clone()),
            }
        }
    })
}

fn json(bytes: &[u8]) -> Result<Value, NodeError> {
    serde_json::from_slice(bytes).map_err(|error| NodeError::key("mqtt.invalid-json").with("reason", error))
}

/// What a media type says; `None` for one that says nothing to us.
fn kind_of(content_type: &str) -> Option<Kind> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/json" => Some(Kind::Json),
        "application/xml" | "application/yaml" | "application/javascript" => Some(Kind::Text),
        "application/octet-stream"
        | "application/cbor"
        | "application/pdf"
        | "application/zip"
        | "application/gzip"
        | "application/x-protobuf" => Some(Kind::Binary),
        other if other.ends_with("+json") => Some(Kind::Json),
        other if other.starts_with("text/") || other.ends_with("+xml") => Some(Kind::Text),
        other if ["image/", "audio/", "video/", "font/"].iter().any(|start| other.starts_with(start)) => {
            Some(Kind::Binary)
        }
        _ => None,
    }
}

fn add_properties(properties: &Properties, message: &mut Message) {
    if let Some(topic) = &properties.response_topic {
        message.set("responseTopic", topic.as_str());
    }
    if let Some(data) = &properties.correlation_data {
        message.set("correlationData", Value::buffer(data.clone()));
    }
    if let Some(content_type) = &properties.content_type {
        message.set("contentType", content_type.as_str());
    }
    if let Some(seconds) = properties.message_expiry {
        message.set("messageExpiryInterval", seconds);
    }
    if let Some(is_utf8) = properties.is_utf8 {
        message.set("payloadFormatIndicator", is_utf8);
    }
    if !properties.user.is_empty() {
        let mut pairs = Object::default();
        for (name, value) in &properties.user {
            let value = Value::from(value.as_str());
            // A name may come several times.
            match pairs.get_mut(name) {
                Some(Value::Array(values)) => std::sync::Arc::make_mut(values).push(value),
                Some(first) => *first = Value::from(vec![first.clone(), value]),
                None => {
                    pairs.insert(name.as_str(), value);
                }
            }
        }
        message.set("userProperties", pairs);
    }
}

fn properties_of(message: &Message, preset: &Properties) -> Result<Properties, NodeError> {
    let bad = |property: &'static str, reason: &'static str| {
        NodeError::key("mqtt.invalid-property").with("property", property).with("reason", reason)
    };
    let text = |property: &'static str| match message.get(property) {
        None | Some(Value::Undefined | Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok((!text.is_empty()).then(|| text.to_string())),
        Some(_) => Err(bad(property, "a text is needed")),
    };
    let response_topic = preset.response_topic.clone().or(text("responseTopic")?);
    if response_topic.as_deref().is_some_and(|topic| !topic::is_topic(topic)) {
        return Err(bad("responseTopic", "it must not hold + or #"));
    }
    let message_expiry = match message.get("messageExpiryInterval") {
        None | Some(Value::Undefined | Value::Null) => None,
        Some(value) => {
            let seconds = match value {
                Value::Number(number) => Some(*number),
                Value::String(text) => text.trim().parse().ok(),
                _ => None,
            };
            let seconds = seconds.filter(|seconds: &f64| (0.0..=f64::from(u32::MAX)).contains(seconds));
            Some(seconds.ok_or_else(|| bad("messageExpiryInterval", "a number of seconds is needed"))? as u32)
        }
    };
    let correlation_data = match message.get("correlationData") {
        None | Some(Value::Undefined | Value::Null) => None,
        Some(data) => Some(bytes_of(data)),
    };
    let user = match message.get("userProperties") {
        None | Some(Value::Undefined | Value::Null) => Vec::new(),
        Some(Value::Object(pairs)) => pairs
            .iter()
            .flat_map(|(name, value)| {
                let values = if let Value::Array(values) = value {
                    values.as_slice()
                } else {
                    std::slice::from_ref(value)
                };
                values.iter().map(|value| (name.to_string(), plain(value)))
            })
            .collect(),
        Some(_) => return Err(bad("userProperties", "an object is needed")),
    };
    Ok(Properties {
        content_type: preset.content_type.clone().or(text("contentType")?),
        response_topic,
        correlation_data: preset.correlation_data.clone().or(correlation_data),
        message_expiry: preset.message_expiry.or(message_expiry),
        is_utf8: message.get("payloadFormatIndicator").and_then(Value::as_bool),
        user: if preset.user.is_empty() { user } else { preset.user.clone() },
    })
}

/// A value as a text without quotes.
fn plain(value: &Value) -> String {
    String::from_utf8_lossy(&bytes_of(value)).into_owned()
}

/// RFC 4648 base64 with padding.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(bytes: &[u8], data_type: DataType, content_type: Option<&str>) -> Result<Value, String> {
        let properties = Properties { content_type: content_type.map(str::to_owned), ..Default::default() };
        let publication = Publication {
            topic: "a".into(),
            payload: Bytes::copy_from_slice(bytes),
            properties: properties.boxed(),
            ..Default::default()
        };
        match to_message(&publication, data_type) {
            Ok(message) => Ok(message.payload().clone()),
            Err(failed) => {
                let (error, message) = *failed;
                assert_eq!(message.payload(), &Value::buffer(bytes.to_vec()));
                Err(error.into_fault().text.key.into_owned())
            }
        }
    }

    #[test]
    fn a_payload_becomes_what_the_data_type_says() {
        let binary = b"\xff\x00".as_slice();
        let object: Value = serde_json::from_str(r#"{"a":1}"#).unwrap();
        for (bytes, data_type, content_type, expected) in [
            (b"{\"a\":1}".as_slice(), DataType::AutoDetect, None, Ok(object.clone())),
            (b"21.5", DataType::AutoDetect, None, Ok(21.5.into())),
            (b"on", DataType::AutoDetect, None, Ok("on".into())),
            (b"", DataType::AutoDetect, None, Ok("".into())),
            (binary, DataType::AutoDetect, None, Ok(Value::buffer(binary.to_vec()))),
            (b"{\"a\":1}", DataType::Auto, None, Ok("{\"a\":1}".into())),
            (binary, DataType::Auto, None, Ok(Value::buffer(binary.to_vec()))),
            (b"on", DataType::Buffer, None, Ok(Value::buffer(b"on".to_vec()))),
            (binary, DataType::Utf8, None, Ok("\u{fffd}\0".into())),
            (binary, DataType::Base64, None, Ok("/wA=".into())),
            (b"{\"a\":1}", DataType::Json, None, Ok(object.clone())),
            (b"on", DataType::Json, None, Err("mqtt.invalid-json".to_owned())),
            (b"{\"a\":1}", DataType::AutoDetect, Some("text/plain"), Ok("{\"a\":1}".into())),
            (b"{\"a\":1}", DataType::AutoDetect, Some("Application/JSON; charset=utf-8"), Ok(object)),
            (b"{", DataType::AutoDetect, Some("application/json"), Err("mqtt.invalid-json".to_owned())),
            (b"{", DataType::Auto, Some("application/json"), Err("mqtt.invalid-json".to_owned())),
            (b"{}", DataType::Auto, Some("application/json"), Ok("{}".into())),
            (
                b"on",
                DataType::AutoDetect,
                Some("application/octet-stream"),
                Ok(Value::buffer(b"on".to_vec())),
            ),
            (b"7", DataType::AutoDetect, Some("application/x-own"), Ok(7.into())),
        ] {
            assert_eq!(
                payload(bytes, data_type, content_type),
                expected,
                "{bytes:?} {data_type:?} {content_type:?}"
            );
        }
    }

    #[test]
    fn properties_go_there_and_back() {
        let properties = Properties {
            content_type: Some("text/plain".into()),
            response_topic: Some("answer".into()),
            correlation_data: Some(b"\x01".as_slice().into()),
            message_expiry: Some(60),
            is_utf8: Some(true),
            user: vec![("a".into(), "1".into()), ("b".into(), "2".into()), ("b".into(), "3".into())],
        };
        let publication = Publication {
            topic: "a/b".into(),
            payload: b"on".as_slice().into(),
            quality: Quality::AtLeastOnce,
            retain: true,
            properties: properties.boxed(),
        };
        let message = to_message(&publication, DataType::AutoDetect).unwrap();
        assert_eq!(from_message(&message, &Preset::default(), true).unwrap(), Some(publication.clone()));
        let old = from_message(&message, &Preset::default(), false).unwrap();
        assert_eq!(old, Some(Publication { properties: None, ..publication }));
    }

    #[test]
    fn the_node_wins_over_the_message() {
        let mut message = Message::with_payload(Value::from(true));
        message.set("topic", "of/message");
        message.set("qos", "2");
        let preset =
            Preset { topic: "of/node".into(), quality: Some(Quality::AtLeastOnce), ..Preset::default() };
        let sent = |preset: &Preset| from_message(&message, preset, false).unwrap().unwrap();
        assert_eq!((sent(&preset).topic.as_str(), sent(&preset).quality), ("of/node", Quality::AtLeastOnce));
        let free = sent(&Preset::default());
        assert_eq!((free.topic.as_str(), free.quality), ("of/message", Quality::ExactlyOnce));
        assert_eq!(free.payload, "true");
    }

    #[test]
    fn what_cannot_be_published_is_an_error() {
        for (property, value, key) in [
            ("topic", Value::from("a/+"), "mqtt.invalid-topic"),
            ("topic", Value::Undefined, "mqtt.invalid-topic"),
            ("qos", Value::from(3), "mqtt.invalid-quality"),
            ("qos", Value::from("high"), "mqtt.invalid-quality"),
            ("responseTopic", Value::from("a/#"), "mqtt.invalid-property"),
            ("messageExpiryInterval", Value::from(-1), "mqtt.invalid-property"),
            ("userProperties", Value::from("a"), "mqtt.invalid-property"),
            ("contentType", Value::from(1), "mqtt.invalid-property"),
        ] {
            let mut message = Message::with_payload("x");
            message.set("topic", "a");
            message.set(property, value);
            let error = from_message(&message, &Preset::default(), true).unwrap_err();
            assert_eq!(error.text.key, key, "{property}");
        }
        let mut nothing = Message::new();
        nothing.set("topic", "a");
        assert_eq!(from_message(&nothing, &Preset::default(), true).unwrap(), None);
    }

    #[test]
    fn values_are_written_as_javascript_would() {
        for (value, text) in [
            (Value::from(1.0), "1"),
            (Value::from(0.5), "0.5"),
            (Value::from(f64::NAN), "NaN"),
            (Value::from(f64::NEG_INFINITY), "-Infinity"),
            (Value::Null, "null"),
            (Value::Undefined, "undefined"),
            (Value::from(vec![Value::from("a")]), "[\"a\"]"),
        ] {
            assert_eq!(bytes_of(&value), text);
        }
    }
}
