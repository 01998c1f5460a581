//! What comes in, cut into payloads.

use base64::Engine as _;
use engine::Value;

/// Bytes that are kept at most while the end of a payload has not come.
pub(crate) const KEPT_LIMIT: usize = 16 * 1024 * 1024;

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataType {
    Buffer,
    Utf8,
    Base64,
}

impl DataType {
    /// The type of a name in flow files.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "" | "buffer" => Self::Buffer,
            "utf8" | "string" => Self::Utf8,
            "base64" => Self::Base64,
            _ => return None,
        })
    }

    /// Bytes as a payload.
    pub(crate) fn payload(self, bytes: &[u8]) -> Value {
        match self {
            Self::Buffer => Value::buffer(bytes.to_vec()),
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned().into(),
            Self::Base64 => base64::engine::general_purpose::STANDARD.encode(bytes).into(),
        }
    }
}

/// How payloads are cut.
#[derive(Clone, Debug)]
pub(crate) struct Framing {
    pub(crate) data_type: DataType,
    /// Payloads come as they arrive, or at `newline`; otherwise there is one, when the connection ends.
    pub(crate) is_stream: bool,
    /// Where texts are cut; empty for nowhere.
    pub(crate) newline: String,
    /// Whether payloads keep it.
    pub(crate) keeps_newline: bool,
}

/// More came than may be kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Cuts what one connection sends.
pub(crate) struct Framer {
    rules: Framing,
    kept: Vec<u8>,
}

impl Framer {
    pub(crate) fn new(rules: Framing) -> Self {
        Self { rules, kept: Vec::new() }
    }

    fn cuts_at_newline(&self) -> bool {
        self.rules.is_stream && self.rules.data_type == DataType::Utf8 && !self.rules.newline.is_empty()
    }

    /// The payloads that are complete now.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<Vec<Value>, TooLong> {
        let Framing { data_type, is_stream, .. } = self.rules;
        if is_stream && data_type != DataType::Utf8 {
            return Ok(vec![data_type.payload(chunk)]);
        }
        let searched = self.kept.len();
        self.kept.extend_from_slice(chunk);
        let payloads = if self.cuts_at_newline() {
            self.lines(searched)
        } else if is_stream {
            self.whole_characters().into_iter().collect()
        } else {
            Vec::new()
        };
        if self.kept.len() > KEPT_LIMIT { Err(TooLong) } else { Ok(payloads) }
    }

    fn lines(&mut self, searched: usize) -> Vec<Value> {
        let newline = self.rules.newline.as_bytes();
        let (mut lines, mut start) = (Vec::new(), 0);
        let mut at = searched.saturating_sub(newline.len() - 1);
        while at + newline.len() <= self.kept.len() {
            if &self.kept[at..at + newline.len()] == newline {
                let end = if self.rules.keeps_newline { at + newline.len() } else { at };
                lines.push(DataType::Utf8.payload(&self.kept[start..end]));
                at += newline.len();
                start = at;
            } else {
                at += 1;
            }
        }
        self.kept.drain(..start);
        lines
    }

    /// All but a character at the end of which only a part came.
    fn whole_characters(&mut self) -> Option<Value> {
        let end = match std::str::from_utf8(&self.kept) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.kept.len(),
        };
        let rest = self.kept.split_off(end);
        let text = std::mem::replace(&mut self.kept, rest);
        (!text.is_empty()).then(|| DataType::Utf8.payload(&text))
    }

    /// The last payload, when the connection has ended.
    pub(crate) fn finish(&mut self) -> Option<Value> {
        let rest = std::mem::take(&mut self.kept);
        (!rest.is_empty()).then(|| self.rules.data_type.payload(&rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(data_type: DataType, is_stream: bool, newline: &str, keeps: bool, chunks: &[&[u8]]) -> Vec<Value> {
        let rules = Framing { data_type, is_stream, newline: newline.into(), keeps_newline: keeps };
        let mut framer = Framer::new(rules);
        let mut payloads = Vec::new();
        for chunk in chunks {
            payloads.extend(framer.push(chunk).unwrap());
        }
        payloads.extend(framer.finish());
        payloads
    }

    #[test]
    fn cuts_as_it_is_told() {
        use DataType::{Base64, Buffer, Utf8};
        let texts = |texts: &[&str]| texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>();
        assert_eq!(cut(Utf8, true, "\n", false, &[b"a\nb", b"c\n\nd"]), texts(&["a", "bc", "", "d"]));
        assert_eq!(cut(Utf8, true, "\r\n", true, &[b"a\r", b"\nb"]), texts(&["a\r\n", "b"]));
        assert_eq!(cut(Utf8, true, "", false, &[b"a", "ä".as_bytes()]), texts(&["a", "ä"]));
        assert_eq!(cut(Utf8, true, "", false, &[b"\xc3", b"\xa4"]), texts(&["ä"]));
        assert_eq!(cut(Utf8, false, "\n", false, &[b"a\n", b"b"]), texts(&["a\nb"]));
        assert_eq!(cut(Base64, true, "\n", false, &[b"hi", b"ho"]), texts(&["aGk=", "aG8="]));
        assert_eq!(cut(Base64, false, "", false, &[b"h", b"i"]), texts(&["aGk="]));
        assert_eq!(cut(Buffer, true, "", false, &[b"h", b"i"]), [Value::buffer("h"), Value::buffer("i")]);
        assert_eq!(cut(Buffer, false, "", false, &[]), []);
    }

    #[test]
    fn keeps_no_more_than_it_may() {
        let rules = Framing {
            data_type: DataType::Utf8,
            is_stream: true,
            newline: "\n".into(),
            keeps_newline: false,
        };
        let mut framer = Framer::new(rules);
        assert!(framer.push(&vec![b'x'; KEPT_LIMIT]).is_ok());
        assert_eq!(framer.push(b"x"), Err(TooLong));
    }
}
