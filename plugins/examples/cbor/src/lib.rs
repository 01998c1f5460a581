//! `cbor`: values into CBOR and back.

mod convert;

use wireloom_sdk::prelude::*;

/// How deep arrays and maps may stand inside each other.
const DEPTH_LIMIT: usize = 128;

#[derive(Config)]
struct Settings {
    /// # Action
    #[config(default = Action::Either)]
    action: Action,
    /// # Property
    /// Of the message, such as `payload`.
    #[config(default = "payload", required)]
    property: Property,
}

#[derive(Clone, Copy, Config, PartialEq)]
enum Action {
    /// # Whichever fits
    Either,
    /// # Value to CBOR
    Encode,
    /// # CBOR to value
    Decode,
}

struct Cbor(Settings);

impl Node for Cbor {
    type Settings = Settings;

    fn about() -> About {
        about!("cbor")
            .category("parser")
            .colour("#debd5c")
            .icon("binary")
            .help(include_str!("help.md"))
            .parallel()
    }

    fn configure(settings: Settings, _: &Setup) -> Result<Self, Problems> {
        Ok(Self(settings))
    }

    fn on_message(&mut self, mut message: Message, out: &mut Out) -> Result<Progress, Failure> {
        let Settings { action, property } = &self.0;
        let result = match (message.get(property)?, action) {
            (Value::Undefined, _) => return Err(bad(format!("msg.{property} is not there"))),
            (Value::Bytes(bytes), Action::Either | Action::Decode) => decode(&bytes)?,
            (_, Action::Decode) => return Err(bad(format!("msg.{property} is no buffer"))),
            (value, Action::Either | Action::Encode) => Value::Bytes(encode(&value.to_json())?),
        };
        message.set(property, result)?;
        out.send(0, message);
        Ok(Progress::Done)
    }
}

fn bad(text: impl Into<String>) -> Failure {
    Failure::new(text).code("BAD_INPUT")
}

fn encode(value: &Json) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&convert::from_json(value), &mut bytes)?;
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Result<Value, Failure> {
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH_LIMIT);
    let value: ciborium::Value =
        value.map_err(|error| bad(format!("the buffer is no CBOR: {}", reason(&error))))?;
    match rest.len() {
        0 => Ok(Value::from(convert::to_json(value))),
        count => Err(bad(format!("{count} bytes are left over behind the value"))),
    }
}

fn reason<T>(error: &ciborium::de::Error<T>) -> String {
    use ciborium::de::Error;
    match error {
        Error::Io(_) => "it ends too soon".into(),
        Error::Syntax(at) => format!("byte {at} begins nothing"),
        Error::Semantic(_, text) => text.clone(),
        Error::RecursionLimitExceeded => format!("it is more than {DEPTH_LIMIT} deep"),
    }
}

wireloom_sdk::export!(Cbor);

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(settings: Json, payload: Json) -> Result<Json, String> {
        let mut node = Harness::<Cbor>::new(settings).unwrap();
        let sent = node.send(json!({ "payload": payload })).map_err(|failure| failure.text)?;
        Ok(sent[0].1["payload"].clone())
    }

    fn buffer(bytes: &[u8]) -> Json {
        json!({ "type": "Buffer", "data": bytes })
    }

    #[test]
    fn there_and_back() {
        for value in [
            json!({ "name": "sensor", "values": [1, -2, 1.5, null, true], "raw": buffer(&[0, 255]) }),
            json!("text"),
            json!(4_294_967_296_u64),
            json!([]),
        ] {
            let bytes = answer(json!({}), value.clone()).unwrap();
            assert_eq!(answer(json!({}), bytes), Ok(value));
        }
    }

    #[test]
    fn the_examples_of_the_standard() {
        // From appendix A of RFC 8949.
        for (value, bytes) in [
            (json!(23), &[0x17][..]),
            (json!(-100), &[0x38, 0x63]),
            (json!(1.5), &[0xf9, 0x3e, 0x00]),
            (json!([1, [2, 3]]), &[0x82, 0x01, 0x82, 0x02, 0x03]),
            (json!({ "a": 1 }), &[0xa1, 0x61, 0x61, 0x01]),
        ] {
            assert_eq!(answer(json!({ "action": "encode" }), value.clone()), Ok(buffer(bytes)));
            assert_eq!(answer(json!({ "action": "decode" }), buffer(bytes)), Ok(value));
        }
    }

    #[test]
    fn what_json_lacks() {
        for (bytes, value) in [
            // Undefined, a map of numbers, a tagged date, an array and a text of unknown length.
            (&[0xf7][..], json!(null)),
            (&[0xa1, 0x01, 0x02], json!({ "1": 2 })),
            (&[0xc1, 0x01], json!(1)),
            (&[0x9f, 0x01, 0xff], json!([1])),
            (&[0x7f, 0x61, 0x61, 0x61, 0x62, 0xff], json!("ab")),
        ] {
            assert_eq!(answer(json!({}), buffer(bytes)), Ok(value));
        }
    }

    #[test]
    fn what_is_no_cbor_says_why() {
        let text = |settings, payload| answer(settings, payload).unwrap_err();
        assert_eq!(text(json!({}), buffer(&[0x82, 0x01])), "the buffer is no CBOR: it ends too soon");
        assert_eq!(text(json!({}), buffer(&[0x01, 0x02])), "1 bytes are left over behind the value");
        assert_eq!(text(json!({}), buffer(&[0x81; 200])), "the buffer is no CBOR: it is more than 128 deep");
        assert_eq!(text(json!({ "action": "decode" }), json!(1)), "msg.payload is no buffer");
        assert_eq!(text(json!({ "property": "x" }), json!(1)), "msg.x is not there");
    }
}
