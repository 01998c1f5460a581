//! JSON that a plugin hands over, and what it costs.

use ecow::EcoString;
use engine::value::Object;
use engine::{NodeError, Value};

/// Bytes that an element of an array or an object takes, names and allocation included; rounded up.
pub(crate) const ENTRY: usize = 48;

/// The value that a text says. Buffers are made of what they were written as.
pub(crate) fn parse(text: &str) -> Result<Value, NodeError> {
    let mut value: Value = serde_json::from_str(text)
        .map_err(|error| NodeError::key("plugin.bad-json").with("reason", error))?;
    if text.contains("\"Buffer\"") {
        revive(&mut value);
    }
    Ok(value)
}

/// How many bytes the value of a JSON text may take, counted without parsing it.
pub(crate) fn weight(text: &str) -> usize {
    let entries = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    text.len().saturating_add(entries.saturating_mul(ENTRY))
}

/// Turns `{"type":"Buffer","data":[...]}` into buffers. Texts that serde_json reads are at most 128 levels deep, so this is.
fn revive(value: &mut Value) {
    if let Some(bytes) = value.as_object().and_then(buffer) {
        *value = Value::buffer(bytes);
        return;
    }
    if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(revive);
    } else if let Some(object) = value.as_object_mut() {
        let names: Vec<EcoString> = object.keys().cloned().collect();
        for name in names {
            if let Some(inner) = object.get_mut(&name) {
                revive(inner);
            }
        }
    }
}

fn buffer(object: &Object) -> Option<Vec<u8>> {
    if object.len() != 2 || object.get("type")?.as_str() != Some("Buffer") {
        return None;
    }
    let byte = |value: &Value| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && (0.0..256.0).contains(&number)).then_some(number as u8)
    };
    object.get("data")?.as_array()?.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_and_what_only_looks_alike_does_not() {
        let written = r#"{"a":[{"type":"Buffer","data":[1,255]}],"b":{"type":"Buffer","data":[256]},"c":{"type":"Buffer"}}"#;
        let value = parse(written).unwrap();
        let first = &value.get("a").unwrap().as_array().unwrap()[0];
        assert_eq!(first.as_buffer().unwrap().as_ref(), [1, 255]);
        assert!(value.get("b").unwrap().as_object().is_some());
        assert!(value.get("c").unwrap().as_object().is_some());
        assert_eq!(serde_json::to_string(&value).unwrap(), written);
    }

    #[test]
    fn many_small_things_weigh_more_than_their_text() {
        assert!(weight("[[],[],[]]") > 3 * ENTRY);
        assert!(weight(r#""a long text""#) < 2 * ENTRY);
        assert_eq!(parse("[1,").unwrap_err().text.key, "plugin.bad-json");
    }
}
