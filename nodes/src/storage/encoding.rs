//! Text encodings by the names that Node-RED's file nodes use.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding as Table;
use model::text::Text;

/// How text is written as bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Encoding {
    Utf8,
    Utf16 {
        is_big_endian: bool,
        has_mark: bool,
    },
    /// One byte a character, up to U+00FF.
    Latin1,
    Base64,
    Hex,
    /// One of the WHATWG Encoding Standard.
    Table(&'static Table),
}

/// The text for a name that is none.
pub(super) const UNKNOWN: (&str, &str) =
    ("file.encoding", "the encoding {name} is not known; choose utf8, or one that the list offers");

impl Encoding {
    /// The encoding of this name; `none` and the empty name are UTF-8.
    pub(super) fn named(name: &str) -> Result<Self, Text> {
        let plain: String =
            name.to_ascii_lowercase().chars().filter(|character| character.is_ascii_alphanumeric()).collect();
        Ok(match plain.as_str() {
            "" | "none" | "utf8" | "unicode11utf8" => Self::Utf8,
            "utf16le" | "ucs2" => Self::Utf16 { is_big_endian: false, has_mark: false },
            "utf16be" => Self::Utf16 { is_big_endian: true, has_mark: false },
            "utf16" => Self::Utf16 { is_big_endian: false, has_mark: true },
            "binary" | "latin1" | "iso88591" | "ascii" | "usascii" => Self::Latin1,
            "base64" => Self::Base64,
            "hex" => Self::Hex,
            _ => {
                // `cp1252` and `win1252` are what others call `windows-1252`.
                let digits = plain.strip_prefix("cp").or_else(|| plain.strip_prefix("win"));
                let windows = digits.map(|digits| format!("windows-{digits}"));
                let table = Table::for_label(name.as_bytes())
                    .or_else(|| Table::for_label(plain.as_bytes()))
                    .or_else(|| Table::for_label(windows?.as_bytes()));
                Self::Table(table.ok_or_else(|| Text::key(UNKNOWN.0).with("name", name))?)
            }
        })
    }

    /// Bytes as text; what does not fit becomes U+FFFD, and a byte order mark is left out.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => {
                let text = String::from_utf8_lossy(bytes);
                text.strip_prefix('\u{feff}').map_or_else(|| text.to_string(), str::to_owned)
            }
            Self::Utf16 { is_big_endian, .. } => {
                let is_big_endian = match bytes {
                    [0xfe, 0xff, ..] => true,
                    [0xff, 0xfe, ..] => false,
                    _ => is_big_endian,
                };
                let units = bytes.chunks_exact(2).map(|pair| {
                    let pair = [pair[0], pair[1]];
                    if is_big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
                });
                let text: String = char::decode_utf16(units)
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned)
            }
            Self::Latin1 => bytes.iter().copied().map(char::from).collect(),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Table(table) => table.decode(bytes).0.into_owned(),
        }
    }

    /// Text as bytes; what has no form becomes `?`, and what is no Base64 or hex is left out.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.into(),
            Self::Utf16 { is_big_endian, has_mark } => {
                let mark = has_mark.then_some(0xfeff);
                let bytes = |unit: u16| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
                mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
            }
            Self::Latin1 => {
                text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
            }
            Self::Base64 => {
                let digits: String = text.split_whitespace().collect();
                STANDARD.decode(digits).unwrap_or_default()
            }
            Self::Hex => {
                let digits: Vec<u8> =
                    text.chars().filter_map(|digit| Some(digit.to_digit(16)? as u8)).collect();
                digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
            }
            Self::Table(table) => {
                let mut bytes = Vec::with_capacity(text.len());
                let (mut encoder, mut rest) = (table.new_encoder(), text);
                let mut buffer = [0; 4096];
                loop {
                    let (result, read, written) =
                        encoder.encode_from_utf8_without_replacement(rest, &mut buffer, true);
                    bytes.extend_from_slice(&buffer[..written]);
                    rest = &rest[read..];
                    match result {
                        encoding_rs::EncoderResult::InputEmpty => break,
                        encoding_rs::EncoderResult::OutputFull => {}
                        encoding_rs::EncoderResult::Unmappable(_) => bytes.push(b'?'),
                    }
                }
                bytes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bytes() {
        for (name, text, bytes) in [
            ("none", "é", &[0xc3, 0xa9][..]),
            ("utf16le", "é", &[0xe9, 0]),
            ("UTF-16BE", "é", &[0, 0xe9]),
            ("utf-16", "é", &[0xff, 0xfe, 0xe9, 0]),
            ("binary", "é", &[0xe9]),
            ("windows-1252", "€", &[0x80]),
            ("cp1251", "Ж", &[0xc6]),
            ("Shift_JIS", "あ", &[0x82, 0xa0]),
            ("EUC-JP", "あ", &[0xa4, 0xa2]),
            ("GBK", "中", &[0xd6, 0xd0]),
            ("base64", "aGk=", b"hi"),
            ("hex", "6869", b"hi"),
        ] {
            let encoding = Encoding::named(name).unwrap();
            assert_eq!(encoding.encode(text), bytes, "{name}");
            assert_eq!(encoding.decode(bytes), text, "{name}");
        }
        assert_eq!(Encoding::named("windows-1252").unwrap().encode("a中b"), b"a?b");
        assert!(Encoding::named("nonsense").is_err());
    }
}
