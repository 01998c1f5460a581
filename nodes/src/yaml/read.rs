//! YAML text to values.

use std::collections::HashMap;

use base64::Engine as _;
use engine::{NodeError, Object, Value, js};
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{DEPTH_LIMIT, scalar};

/// A collection that is not finished.
struct Open {
    anchor: usize,
    kind: Kind,
    /// For its tag, which is looked at when it is finished.
    tag: Option<String>,
}

enum Kind {
    Sequence(Vec<Value>),
    /// A mapping; the key that waits for its value; what `<<` brought.
    Mapping(Object, Option<Value>, Vec<Value>),
}

/// The one document of a text; undefined when there is none.
///
/// # Errors
/// What is wrong, and in which line.
pub(crate) fn parse(text: &str) -> Result<Value, NodeError> {
    let mut builder = Builder { open: Vec::new(), anchors: HashMap::new(), document: None };
    for event in Parser::new_from_str(text.trim_start_matches('\u{feff}')) {
        let (event, span) = event.map_err(|error| {
            NodeError::key("yaml.invalid")
                .with("reason", error.info())
                .with("line", error.marker().line())
                .with("column", error.marker().col() + 1)
        })?;
        builder.take(event, span)?;
    }
    Ok(builder.document.unwrap_or_default())
}

struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    document: Option<Value>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), NodeError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| name(&tag));
                let value = scalar_value(&text, style, tag.as_deref(), line)?;
                let is_merge = style == ScalarStyle::Plain && tag.is_none() && text == "<<";
                self.add(value, anchor, is_merge, line)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(Kind::Sequence(Vec::new()), anchor, tag.map(|tag| name(&tag)))?;
            }
            Event::MappingStart(anchor, tag) => {
                let kind = Kind::Mapping(Object::new(), None, Vec::new());
                self.begin(kind, anchor, tag.map(|tag| name(&tag)))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { anchor, kind, tag }) = self.open.pop() else { return Ok(()) };
                self.add(finish(kind, tag.as_deref(), line)?, anchor, false, line)?;
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                let unfinished = || NodeError::key("yaml.alias").with("line", line);
                self.add(value.ok_or_else(unfinished)?, 0, false, line)?;
            }
            Event::DocumentStart(_) if self.document.is_some() => {
                return Err(NodeError::key("yaml.several"));
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind, anchor: usize, tag: Option<String>) -> Result<(), NodeError> {
        if self.open.len() >= DEPTH_LIMIT {
            return Err(NodeError::key("yaml.too-deep").with("limit", DEPTH_LIMIT));
        }
        self.open.push(Open { anchor, kind, tag });
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, value: Value, anchor: usize, is_merge: bool, line: usize) -> Result<(), NodeError> {
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.document = Some(value),
            Some(Kind::Sequence(items)) => items.push(value),
            Some(Kind::Mapping(_, key @ None, _)) => {
                // An undefined key stands for `<<`.
                *key = Some(if is_merge { Value::Undefined } else { value });
            }
            Some(Kind::Mapping(object, key @ Some(_), merged)) => match key.take() {
                Some(Value::Undefined) => match value {
                    Value::Object(_) => merged.push(value),
                    Value::Array(items) if items.iter().all(|item| item.as_object().is_some()) => {
                        merged.extend(items.iter().cloned());
                    }
                    _ => return Err(NodeError::key("yaml.merge").with("line", line)),
                },
                key => {
                    let key = js::to_text(&key.unwrap_or_default());
                    if object.contains_key(&key) {
                        let error = NodeError::key("yaml.duplicate-key").with("key", key);
                        return Err(error.with("line", line));
                    }
                    object.insert(key, value);
                }
            },
        }
        Ok(())
    }
}

/// A tag as it is written: `!!str`, `!mine`.
fn name(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        format!("{}{}", tag.handle, tag.suffix)
    }
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&str>, line: usize) -> Result<Value, NodeError> {
    let unfit = || NodeError::key("yaml.tag").with("tag", tag.unwrap_or_default()).with("line", line);
    let resolved = || scalar::resolve(text);
    match tag {
        None if style == ScalarStyle::Plain => Ok(resolved().unwrap_or_else(|| text.into())),
        None | Some("!" | "!!str") => Ok(text.into()),
        Some("!!null") => resolved().filter(|value| matches!(value, Value::Null)).ok_or_else(unfit),
        Some("!!bool") => resolved().filter(|value| value.as_bool().is_some()).ok_or_else(unfit),
        Some("!!int" | "!!float") => scalar::number(text).map(Value::Number).ok_or_else(unfit),
        Some("!!timestamp") => resolved().filter(|value| matches!(value, Value::Date(_))).ok_or_else(unfit),
        Some("!!binary") => {
            let digits: String = text.split_whitespace().collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(digits);
            bytes.map(Value::buffer).map_err(|_| unfit())
        }
        Some(_) => Err(unfit()),
    }
}

fn finish(kind: Kind, tag: Option<&str>, line: usize) -> Result<Value, NodeError> {
    let unfit = || NodeError::key("yaml.tag").with("tag", tag.unwrap_or_default()).with("line", line);
    match kind {
        Kind::Mapping(mut object, _, merged) => {
            for from in merged.iter().filter_map(Value::as_object) {
                for (key, value) in
                    from.iter().filter(|(key, _)| !object.contains_key(key)).collect::<Vec<_>>()
                {
                    object.insert(key.clone(), value.clone());
                }
            }
            match tag {
                None | Some("!!map" | "!!set") => Ok(object.into()),
                Some(_) => Err(unfit()),
            }
        }
        Kind::Sequence(items) => match tag {
            None | Some("!!seq" | "!!omap") => Ok(items.into()),
            Some("!!pairs") => items
                .iter()
                .map(|item| {
                    let pair = item.as_object().filter(|pair| pair.len() == 1)?.iter().next()?;
                    Some([Value::from(pair.0.clone()), pair.1.clone()].into_iter().collect())
                })
                .collect::<Option<Vec<Value>>>()
                .map(Value::from)
                .ok_or_else(unfit),
            Some(_) => Err(unfit()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn reads_what_people_write() {
        for (yaml, expected) in [
            (
                "a: 1\nb: [x, 'y', true, ~]\nc:\n  - d: \"e\\n\"\n",
                r#"{"a":1,"b":["x","y",true,null],"c":[{"d":"e\n"}]}"#,
            ),
            (
                "base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  y: 3\n",
                r#"{"base":{"x":1,"y":2},"mine":{"y":3,"x":1}}"#,
            ),
            (
                "text: |\n  one\n  two\nfolded: >-\n  one\n  two\n",
                r#"{"text":"one\ntwo\n","folded":"one two"}"#,
            ),
            ("1: a\ntrue: b\n", r#"{"1":"a","true":"b"}"#),
            ("!!str 5", r#""5""#),
            ("--- 5\n", "5"),
        ] {
            assert_eq!(parse(yaml).unwrap(), json(expected), "{yaml}");
        }
        assert_eq!(parse("").unwrap(), Value::Undefined);
        assert_eq!(parse("!!binary aGk=").unwrap(), Value::buffer("hi"));
    }

    #[test]
    fn says_what_is_wrong() {
        for (yaml, key) in [
            ("a: 1\na: 2", "yaml.duplicate-key"),
            ("a: [", "yaml.invalid"),
            ("a: 1\n---\nb: 2", "yaml.several"),
            ("!mine x", "yaml.tag"),
            ("<<: 5", "yaml.merge"),
            ("&a [*a]", "yaml.alias"),
        ] {
            assert_eq!(parse(yaml).unwrap_err().text.key, key, "{yaml}");
        }
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_err());
    }
}
