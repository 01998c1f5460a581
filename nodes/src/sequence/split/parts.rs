//! The parts of a value, made one at a time.

use bytes::Bytes;
use ecow::EcoString;
use engine::{Object, Value};

/// Where texts and buffers are split.
pub(super) enum Cut {
    /// At these bytes; `shown` is what `parts.ch` tells of them.
    At { separator: Vec<u8>, shown: Value },
    /// Every so many UTF-16 units or bytes.
    Every(usize),
}

/// A text or bytes; a slice of it is O(1).
pub(super) enum Content {
    Text(Bytes),
    Bytes(Bytes),
}

/// What a value is split into.
pub(super) enum Parts {
    Pieces { content: Content, cut: CutAt, count: usize, made: usize, from: usize },
    Elements { items: Value, length: usize, at: usize },
    Properties(Box<dyn Iterator<Item = (EcoString, Value)> + Send>, usize),
}

/// As [`Cut`], owned.
pub(super) enum CutAt {
    Separator(Bytes),
    Length(usize),
}

impl Content {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            // It was cut between characters, never inside of one.
            Self::Text(bytes) => String::from_utf8_lossy(&bytes).as_ref().into(),
            Self::Bytes(bytes) => Value::buffer(bytes),
        }
    }

    /// Splits a stream's text or bytes into what can be split now, and the rest that more may follow on.
    pub(super) fn split_off_rest(whole: &Value, cut: &Cut) -> (Option<Self>, Self) {
        let whole = Self::of(whole);
        let cut = CutAt::of(cut);
        let mut from = 0;
        let mut end_of_last = None;
        while let Some((end, next)) = cut.next(&whole, from) {
            end_of_last = Some((end, next));
            from = next;
        }
        match end_of_last {
            Some((end, next)) => (Some(whole.slice(0, end)), whole.slice(next, whole.bytes().len())),
            None => (None, whole),
        }
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(Bytes::copy_from_slice(text.as_bytes())),
            Value::Buffer(bytes) => Self::Bytes(bytes.as_ref().clone()),
            _ => Self::Bytes(Bytes::new()),
        }
    }

    fn bytes(&self) -> &Bytes {
        let (Self::Text(bytes) | Self::Bytes(bytes)) = self;
        bytes
    }

    fn slice(&self, from: usize, to: usize) -> Self {
        match self {
            Self::Text(bytes) => Self::Text(bytes.slice(from..to)),
            Self::Bytes(bytes) => Self::Bytes(bytes.slice(from..to)),
        }
    }
}

impl CutAt {
    fn of(cut: &Cut) -> Self {
        match cut {
            Cut::At { separator, .. } => Self::Separator(Bytes::copy_from_slice(separator)),
            Cut::Every(length) => Self::Length(*length),
        }
    }

    /// Where the piece that begins at `from` ends, and where the next begins; `None` when it is the last and not
    /// known to be whole.
    fn next(&self, content: &Content, from: usize) -> Option<(usize, usize)> {
        let rest = &content.bytes()[from..];
        match (self, content) {
            (Self::Separator(separator), _) => {
                let at = find(rest, separator)? + from;
                Some((at, at + separator.len()))
            }
            (Self::Length(length), Content::Bytes(_)) => {
                (rest.len() >= *length).then_some((from + length, from + length))
            }
            (Self::Length(length), Content::Text(_)) => {
                let (mut units, mut end) = (0, from);
                while let Some(first) = content.bytes().get(end) {
                    // A character's first byte tells its length; one of two units is not torn apart.
                    end += match first {
                        0..0x80 => 1,
                        0x80..0xe0 => 2,
                        0xe0..0xf0 => 3,
                        _ => 4,
                    };
                    units += if *first < 0xf0 { 1 } else { 2 };
                    if units >= *length {
                        return Some((end, end));
                    }
                }
                None
            }
        }
    }
}

impl Parts {
    /// The parts of a whole value; `None` for what has none.
    pub(super) fn of(value: Value, cut: &Cut, array_length: usize) -> Option<Self> {
        match value {
            Value::String(_) => Some(Self::new(Content::of(&value), cut)),
            Value::Buffer(_) => Some(Self::new_whole_buffer(Content::of(&value), cut)),
            Value::Array(_) => Some(Self::Elements { items: value, length: array_length, at: 0 }),
            Value::Object(object) => {
                let count = object.len();
                let entries = std::sync::Arc::unwrap_or_clone(object).into_iter();
                Some(Self::Properties(Box::new(entries), count))
            }
            _ => None,
        }
    }

    /// The pieces of a text or bytes.
    pub(super) fn new(content: Content, cut: &Cut) -> Self {
        let cut = CutAt::of(cut);
        let count = count(&content, &cut);
        Self::Pieces { content, cut, count, made: 0, from: 0 }
    }

    /// A separator at a buffer's end closes its last piece; at a text's end an empty piece follows it.
    fn new_whole_buffer(content: Content, cut: &Cut) -> Self {
        let mut pieces = Self::new(content, cut);
        if let Self::Pieces { content, cut: CutAt::Separator(separator), count, .. } = &mut pieces
            && (content.is_empty() || content.bytes().ends_with(separator))
        {
            *count -= 1;
        }
        pieces
    }

    /// How many there are in all.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Pieces { count, content, cut: CutAt::Length(_), .. } if content.is_empty() => {
                // One empty piece, which Node-RED counts as none.
                count - 1
            }
            Self::Pieces { count, .. } | Self::Properties(_, count) => *count,
            Self::Elements { items, length, .. } => {
                items.as_array().map_or(0, <[Value]>::len).div_ceil(*length)
            }
        }
    }

    pub(super) fn is_text_or_bytes(&self) -> bool {
        matches!(self, Self::Pieces { .. })
    }

    /// Writes what `msg.parts` tells of all parts.
    pub(super) fn describe(&self, sequence: &mut Object, cut: &Cut, array_length: usize) {
        let type_name = match self {
            Self::Pieces { content: Content::Text(_), .. } => "string",
            Self::Pieces { .. } => "buffer",
            Self::Elements { .. } => "array",
            Self::Properties(..) => "object",
        };
        sequence.insert("type", type_name);
        match (self, cut) {
            (Self::Pieces { .. }, Cut::At { shown, .. }) => {
                sequence.insert("ch", shown.clone());
            }
            (Self::Pieces { content, .. }, Cut::Every(length)) => {
                if matches!(content, Content::Text(_)) {
                    sequence.insert("ch", "");
                }
                sequence.insert("len", *length);
            }
            (Self::Elements { .. }, _) => {
                sequence.insert("len", array_length);
            }
            (Self::Properties(..), _) => {}
        }
    }

    /// The next part, with its key if it is an object's property.
    pub(super) fn next(&mut self) -> Option<(Option<EcoString>, Value)> {
        match self {
            Self::Pieces { content, cut, count, made, from } => {
                if made == count {
                    return None;
                }
                *made += 1;
                let length = content.bytes().len();
                let (end, next) = cut.next(content, *from).unwrap_or((length, length));
                let piece = content.slice(*from, end);
                *from = next;
                Some((None, piece.into_value()))
            }
            Self::Elements { items, length, at } => {
                let items = items.as_array()?;
                if *at >= items.len() {
                    return None;
                }
                let end = (*at + *length).min(items.len());
                let part =
                    if *length == 1 { items[*at].clone() } else { items[*at..end].iter().cloned().collect() };
                *at = end;
                Some((None, part))
            }
            Self::Properties(entries, _) => entries.next().map(|(key, value)| (Some(key), value)),
        }
    }
}

/// How many pieces there are; at least one.
fn count(content: &Content, cut: &CutAt) -> usize {
    let length = content.bytes().len();
    if let (CutAt::Length(piece), Content::Bytes(_)) = (cut, content) {
        return length.div_ceil(*piece).max(1);
    }
    let (mut count, mut from) = (0, 0);
    while let Some((_, next)) = cut.next(content, from) {
        count += 1;
        from = next;
    }
    // What is left after the last cut is a piece, and after a separator even nothing is.
    match cut {
        CutAt::Separator(_) => count + 1,
        CutAt::Length(_) => (count + usize::from(from < length)).max(1),
    }
}

/// The first place of `wanted`.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first) {
        if bytes[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}
