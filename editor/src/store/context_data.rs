//! Context data as the server shows it: `{store: {key: {msg, format}}}`.

use model::json::{Json, Object};

use super::Id;

/// Whose data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All flows'.
    Global,
    /// A flow's.
    Flow(Id),
    /// A node's.
    Node(Id),
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The store that keeps it.
    pub store: String,
    /// Its key.
    pub key: String,
    /// The value, as far as the server sent it.
    pub value: Json,
}

impl Scope {
    /// Its address; `encode` makes a part of an address of an id.
    pub fn path(&self, encode: impl Fn(&str) -> String) -> String {
        match self {
            Self::Global => "context/global".to_owned(),
            Self::Flow(id) => format!("context/flow/{}", encode(id)),
            Self::Node(id) => format!("context/node/{}", encode(id)),
        }
    }

    /// What stands before a key where a setting names it: `flow.`, `global.`; nothing for a node's own.
    pub fn prefix(&self) -> &'static str {
        match self {
            Self::Global => "global.",
            Self::Flow(_) => "flow.",
            Self::Node(_) => "",
        }
    }
}

/// The values of an answer, by store and key in order.
pub fn read(answer: &Json) -> Vec<Kept> {
    let stores = answer.as_object().into_iter().flat_map(Object::iter);
    let mut kept: Vec<Kept> = stores
        .flat_map(|(store, values)| {
            let values = values.as_object().into_iter().flat_map(Object::iter);
            values.map(move |(key, shown)| Kept {
                store: store.to_owned(),
                key: key.to_owned(),
                value: value(shown),
            })
        })
        .collect();
    kept.sort_by(|a, b| (&a.store, &a.key).cmp(&(&b.store, &b.key)));
    kept
}

/// A value from the text that stands for it: `{msg, format}`.
pub fn value(shown: &Json) -> Json {
    let text = shown.get("msg").and_then(Json::as_str).unwrap_or_default();
    let format = shown.get("format").and_then(Json::as_str).unwrap_or_default();
    let is_text = format.starts_with("string");
    match Json::parse(text) {
        Ok(value) if !is_text => value,
        _ => Json::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_order() {
        let answer = Json::parse(
            r#"{"memory":{"b":{"msg":"12","format":"number"},"a":{"msg":"12","format":"string[2]"}},
                "file":{"c":{"msg":"{\"x\":1}","format":"Object"},"d":{"msg":"(undefined)","format":"undefined"}}}"#,
        );
        let kept = read(&answer.unwrap());
        let shown: Vec<_> =
            kept.iter().map(|one| (one.store.as_str(), one.key.as_str(), one.value.to_js_string())).collect();
        assert_eq!(shown[0], ("file", "c", r#"{"x":1}"#.to_owned()));
        assert_eq!(shown[2], ("memory", "a", r#""12""#.to_owned()));
        assert_eq!(shown[3], ("memory", "b", "12".to_owned()));
        assert!(read(&Json::Null).is_empty());
        assert_eq!(Scope::Node("a/b".into()).path(|id| id.replace('/', "%2F")), "context/node/a%2Fb");
        assert_eq!((Scope::Global.prefix(), Scope::Flow("x".into()).prefix()), ("global.", "flow."));
    }
}
