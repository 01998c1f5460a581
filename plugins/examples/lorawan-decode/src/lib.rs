//! `lorawan decode`: reads LoRaWAN frames and Cayenne LPP payloads.

mod frame;
mod lpp;
mod secure;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wireloom_sdk::prelude::*;

use secure::Key;

#[derive(Config)]
struct Settings {
    /// # Input
    #[config(default = Input::Frame)]
    input: Input,
    /// # Texts are
    /// How bytes are written where the property holds a text.
    #[config(default = Encoding::Base64)]
    encoding: Encoding,
    /// # Payload is
    #[config(default = Format::Lpp)]
    format: Format,
    /// # Property
    /// Of the message, such as `payload`.
    #[config(default = "payload", required)]
    property: Property,
}

#[derive(Clone, Copy, Config, PartialEq)]
enum Input {
    /// # A whole frame (PHYPayload)
    Frame,
    /// # The payload of an application alone
    Payload,
}

#[derive(Clone, Copy, Config, PartialEq)]
enum Encoding {
    /// # Base64
    Base64,
    /// # Hexadecimal
    Hex,
}

#[derive(Clone, Copy, Config, PartialEq)]
enum Format {
    /// # Cayenne LPP
    Lpp,
    /// # Left as bytes
    Bytes,
}

struct Decode {
    settings: Settings,
    network_key: Option<Key>,
    application_key: Option<Key>,
}

impl Node for Decode {
    type Settings = Settings;

    fn about() -> About {
        let key = |name, title| Credential { name, title, secret: true };
        about!("lorawan decode")
            .category("parser")
            .colour("#debd5c")
            .icon("radio-tower")
            .credential(key("nwkSKey", "Network session key, 32 hexadecimal digits (checks frames)"))
            .credential(key("appSKey", "Application session key, 32 hexadecimal digits (decrypts payloads)"))
            .help(include_str!("help.md"))
            .parallel()
    }

    fn configure(settings: Settings, setup: &Setup) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut key = |name| match Key::parse(setup.credential(name)) {
            Ok(key) => key,
            Err(text) => {
                problems.add(name, text);
                None
            }
        };
        let (network_key, application_key) = (key("nwkSKey"), key("appSKey"));
        problems.settle(Self { settings, network_key, application_key })
    }

    fn on_message(&mut self, mut message: Message, out: &mut Out) -> Result<Progress, Failure> {
        let property = &*self.settings.property;
        let bytes = match message.get(property)? {
            Value::Bytes(bytes) => bytes,
            Value::Text(text) => self.settings.encoding.bytes(&text)?,
            _ => return Err(bad(format!("msg.{property} is neither a buffer nor a text"))),
        };
        let payload = match self.settings.input {
            Input::Payload => Some(bytes),
            Input::Frame => {
                let frame = frame::Frame::parse(&bytes)?;
                let (header, payload) = self.open(&frame, &bytes)?;
                message.set("lorawan", header)?;
                payload
            }
        };
        match payload {
            Some(payload) if self.settings.format == Format::Lpp => {
                message.set(property, lpp::decode(&payload)?)?
            }
            payload => message.set(property, payload)?,
        }
        out.send(0, message);
        Ok(Progress::Done)
    }
}

impl Decode {
    /// What the header says, and the payload in the clear where there is one that can be read.
    fn open(&self, frame: &frame::Frame, bytes: &[u8]) -> Result<(Json, Option<Vec<u8>>), Failure> {
        let mut header = frame.to_json();
        let frame::Content::Data(data) = &frame.content else { return Ok((header, None)) };
        if let Some(key) = &self.network_key {
            let expected = key.check(data, &bytes[..bytes.len() - 4]);
            if expected != frame.mic {
                return Err(Failure::new(
                    "the frame was changed on its way, or the network key is another one",
                )
                .code("BAD_MIC"));
            }
            header["checked"] = true.into();
        }
        let key = match data.port {
            // Commands of the network itself.
            Some(0) => &self.network_key,
            Some(_) => &self.application_key,
            None => return Ok((header, None)),
        };
        let payload = key.as_ref().map(|key| key.decrypt(data));
        header["decrypted"] = payload.is_some().into();
        match (payload, data.port) {
            (Some(commands), Some(0)) => {
                header["commands"] = Value::Bytes(commands).to_json();
                Ok((header, None))
            }
            (None, Some(0)) => Ok((header, None)),
            (None, _) if self.settings.format == Format::Lpp => Err(Failure::new(
                "the payload is encrypted; give the node the application session key, or leave it as bytes",
            )
            .code("NO_KEY")),
            (payload, _) => Ok((header, Some(payload.unwrap_or_else(|| data.payload.clone())))),
        }
    }
}

impl Encoding {
    fn bytes(self, text: &str) -> Result<Vec<u8>, Failure> {
        let text: String = text.split_whitespace().collect();
        match self {
            Self::Base64 => {
                STANDARD.decode(text).map_err(|error| bad(format!("the text is no Base64: {error}")))
            }
            Self::Hex => {
                hexadecimal(&text).ok_or_else(|| bad("the text is not made of pairs of hexadecimal digits"))
            }
        }
    }
}

/// The bytes that pairs of hexadecimal digits say.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |letter: u8| char::from(letter).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

fn bad(text: impl Into<String>) -> Failure {
    Failure::new(text).code("BAD_INPUT")
}

wireloom_sdk::export!(Decode);

#[cfg(test)]
mod tests;
