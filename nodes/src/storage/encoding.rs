//! Text encodings by the names that Node-RED's file nodes use.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::{EncoderResult, Encoding as Table};
use model::text::Text;

mod code_pages;

use code_pages::CodePage;

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
    /// One that browsers do not know.
    Page(&'static CodePage),
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
            _ => named_by_others(name, &plain).ok_or_else(|| Text::key(UNKNOWN.0).with("name", name))?,
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
            Self::Page(page) => {
                let characters = page.characters();
                bytes.iter().map(|byte| characters[usize::from(*byte)]).collect()
            }
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
            Self::Table(table) => encode_by_table(table, text),
            Self::Page(page) => encode_by_page(page, text),
        }
    }
}

/// The names of systems and standards: `cp1252`, `win1252`, `ibm850`, `TIS-620`.
fn named_by_others(name: &str, plain: &str) -> Option<Encoding> {
    let prefixes = ["windows", "win", "csibm", "ibm", "cp", "dos", "oem"];
    let number = prefixes.iter().find_map(|prefix| plain.strip_prefix(prefix)).unwrap_or(plain);
    let number = Some(number).filter(|number| number.bytes().all(|digit| digit.is_ascii_digit()));
    let page = CodePage::named(plain).or_else(|| CodePage::named(&format!("cp{}", number?)));
    if let Some(page) = page {
        return Some(Encoding::Page(page));
    }
    let label = match (number, plain) {
        (Some("932"), _) => "shift_jis",
        (Some("936"), _) | (_, "euccn") => "gbk",
        (Some("949"), _) | (_, "ksc5601") => "euc-kr",
        (Some("950"), _) | (_, "big5hkscs") => "big5",
        (_, "tis620") => "windows-874",
        _ => name,
    };
    let windows = number.map(|number| format!("windows-{number}"));
    let labels = [Some(label), Some(plain), windows.as_deref()];
    labels.into_iter().flatten().find_map(|label| Table::for_label(label.as_bytes())).map(Encoding::Table)
}

fn encode_by_table(table: &'static Table, text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut encoder, mut rest) = (table.new_encoder(), text);
    let mut buffer = [0; 4096];
    loop {
        let (result, read, written) = encoder.encode_from_utf8_without_replacement(rest, &mut buffer, true);
        bytes.extend_from_slice(&buffer[..written]);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return bytes,
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(_) => bytes.push(b'?'),
        }
    }
}

fn encode_by_page(page: &CodePage, text: &str) -> Vec<u8> {
    let known = page.characters().into_iter().zip(0..=u8::MAX);
    // Of two bytes for a character the first is written.
    let bytes: HashMap<char, u8> = known.rev().collect();
    text.chars().map(|character| bytes.get(&character).copied().unwrap_or(b'?')).collect()
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
            ("cp437", "±", &[0xf1]),
            ("IBM850", "×", &[0x9e]),
            ("dos-858", "€", &[0xd5]),
            ("maccroatian", "ž", &[0xbe]),
            ("koi8-t", "ҷ", &[0x8d]),
            ("viscii", "Ẳ", &[0x02]),
            ("iso646jp", "¥", &[0x5c]),
            ("armscii8", "(", b"("),
            ("Windows949", "한", &[0xc7, 0xd1]),
            ("tis620", "ก", &[0xa1]),
        ] {
            let encoding = Encoding::named(name).unwrap();
            assert_eq!(encoding.encode(text), bytes, "{name}");
            assert_eq!(encoding.decode(bytes), text, "{name}");
        }
        for name in ["windows-1252", "cp437", "iso646cn"] {
            assert_eq!(Encoding::named(name).unwrap().encode("a中b"), b"a?b", "{name}");
        }
        assert!(Encoding::named("nonsense").is_err());
        assert!(Encoding::named("cp999").is_err());
    }

    #[test]
    fn whatever_flow_files_name_is_known() {
        let names = "none utf8 ucs2 utf-16le ascii binary base64 hex utf-16be Shift_JIS Windows-31j Windows932 EUC-JP \
            GB2312 GBK GB18030 Windows936 EUC-CN KS_C_5601 Windows949 EUC-KR Big5 Big5-HKSCS Windows950 cp874 cp1250 \
            cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 ISO-8859-1 ISO-8859-2 ISO-8859-3 ISO-8859-4 \
            ISO-8859-5 ISO-8859-6 ISO-8859-7 ISO-8859-8 ISO-8859-9 ISO-8859-10 ISO-8859-11 ISO-8859-13 ISO-8859-14 \
            ISO-8859-15 ISO-8859-16 cp437 cp737 cp775 cp808 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp866 \
            cp869 cp922 cp1046 cp1124 cp1125 cp1129 cp1133 cp1161 cp1162 cp1163 maccroatian maccyrillic macgreek \
            maciceland macroman macromania macthai macturkish macukraine maccenteuro macintosh koi8-r koi8-u koi8-ru \
            koi8-t armscii8 rk1048 tcvn georgianacademy georgianps pt154 viscii iso646cn iso646jp hproman8 tis620";
        for name in names.split_whitespace() {
            let encoding = Encoding::named(name).unwrap_or_else(|text| panic!("{name}: {text}"));
            if !matches!(encoding, Encoding::Base64 | Encoding::Hex) {
                assert_eq!(encoding.decode(&encoding.encode("Test 1")), "Test 1", "{name}");
            }
        }
    }
}
