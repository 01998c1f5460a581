//! Messages that nodes failed with, as the server keeps them.

use model::json::Json;

use super::encoded::{is_cut, shown};

/// All of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailedList {
    /// The messages, oldest first.
    pub failed: Vec<FailedOne>,
    /// How many older ones the server let go.
    pub lost: u64,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedOne {
    /// Names it.
    pub number: u64,
    /// The running node.
    pub node: String,
    /// What the user calls it.
    pub name: String,
    /// When, in milliseconds since 1970.
    pub timestamp: f64,
    /// What went wrong.
    pub error: String,
    /// The message, as far as the server shows it.
    pub message: Json,
    /// Some of it is not shown.
    pub is_cut: bool,
}

impl FailedList {
    /// Reads what `GET /failed` answers.
    pub fn read(answer: &Json) -> Self {
        let failed = answer.get("failed").and_then(Json::as_array).unwrap_or_default();
        let lost = answer.get("lost").and_then(Json::as_f64).unwrap_or_default() as u64;
        Self { failed: failed.iter().filter_map(FailedOne::read).collect(), lost }
    }

    /// The same with the names that `name` gives from id and name.
    #[must_use]
    pub fn named(mut self, name: impl Fn(&str, &str) -> String) -> Self {
        for one in &mut self.failed {
            one.name = name(&one.node, &one.name);
        }
        self
    }
}

impl FailedOne {
    fn read(one: &Json) -> Option<Self> {
        let text = |key: &str| one.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let number = |key: &str| one.get(key).and_then(Json::as_f64);
        let message = shown(one.get("msg")?);
        Some(Self {
            number: number("number")? as u64,
            node: text("node"),
            name: text("name"),
            timestamp: number("timestamp").unwrap_or_default(),
            error: text("error"),
            is_cut: is_cut(&message),
            message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_server_keeps() {
        let answer = r#"{"failed":[{"number":3,"node":"f","name":"","type":"function","timestamp":5,"error":"no such car",
            "msg":"{\"payload\":1}","format":"Object"},{"node":"x"}],"lost":2}"#;
        let list = FailedList::read(&Json::parse(answer).unwrap()).named(|id, _| format!("node {id}"));
        assert_eq!((list.failed.len(), list.lost), (1, 2));
        let one = &list.failed[0];
        assert_eq!((one.number, one.name.as_str(), one.error.as_str()), (3, "node f", "no such car"));
        assert_eq!(one.message.get("payload"), Some(&Json::from(1.0)));
        assert_eq!(FailedList::read(&Json::Null), FailedList::default());
    }
}
