//! What debug nodes received: a list with a largest length, newest last.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use model::json::Json;

use super::Id;

/// Entries kept; an older one goes when a newer one comes.
pub const MOST_ENTRIES: usize = 1_000;

/// One message of a debug node, as the server sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The debug node; empty for a message of the runtime itself.
    pub id: String,
    /// Its tab.
    pub container: String,
    /// Its name; may be empty.
    pub name: String,
    /// The message's topic; may be empty.
    pub topic: String,
    /// Which property is shown, such as `payload`; may be empty.
    pub property: String,
    /// What `text` is: `string[12]`, `number`, `Object`, `array[3]`, `buffer[4]`, `error`, ...
    pub format: String,
    /// The value: plain text, or JSON for objects and arrays.
    pub text: String,
    /// Set for what nodes log: `warn` or `error`.
    pub level: Level,
}

/// How much a message matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Output of a debug node.
    #[default]
    Debug,
    /// A node warns.
    Warning,
    /// A node failed.
    Error,
}

/// A message in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts all entries since the page was loaded.
    pub number: u64,
    /// When it arrived, in milliseconds since midnight, local time.
    pub time_ms: u32,
    /// How often in a row it came.
    pub count: u32,
    /// The message.
    pub message: Message,
}

/// Whose entries are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    #[default]
    All,
    /// Those of nodes on this tab.
    Tab(Id),
    /// Those of these nodes.
    Nodes(Vec<Id>),
}

impl Scope {
    fn holds(&self, message: &Message) -> bool {
        match self {
            Self::All => true,
            Self::Tab(tab) => message.container == tab.as_ref(),
            Self::Nodes(nodes) => nodes.iter().any(|node| message.id == node.as_ref()),
        }
    }
}

/// The list.
#[derive(Clone, Debug, Default)]
pub struct DebugLog {
    entries: VecDeque<Arc<Entry>>,
    next_number: u64,
}

impl Message {
    /// Reads the server's `{id, z, name, topic, property, msg, format}`.
    pub fn read(data: &Json) -> Option<Self> {
        let field = |key: &str| match data.get(key) {
            Some(Json::String(text)) => text.as_str().to_owned(),
            None | Some(Json::Null) => String::new(),
            Some(other) => other.to_js_string(),
        };
        data.as_object()?;
        let format = field("format");
        let level = match data.get("level").and_then(Json::as_f64) {
            Some(30.0) => Level::Warning,
            Some(level) if level <= 20.0 => Level::Error,
            _ if format == "error" => Level::Error,
            _ => Level::Debug,
        };
        Some(Self {
            id: field("id"),
            container: field("z"),
            name: field("name"),
            topic: field("topic"),
            property: field("property"),
            text: field("msg"),
            format,
            level,
        })
    }

    /// Whether the value is JSON that can be unfolded.
    pub fn is_structured(&self) -> bool {
        self.format.eq_ignore_ascii_case("object")
            || self.format.starts_with("array")
            || self.format == "error"
    }

    /// Whether `filter` (lower case) stands in what is shown of it.
    pub fn holds(&self, filter: &str) -> bool {
        [&self.name, &self.topic, &self.property, &self.text, &self.id]
            .iter()
            .any(|text| text.to_lowercase().contains(filter))
    }
}

impl DebugLog {
    /// The nodes with an error in the list.
    pub fn failing(&self) -> BTreeSet<Id> {
        let errors = self.entries.iter().filter(|entry| entry.message.level == Level::Error);
        errors
            .filter(|entry| !entry.message.id.is_empty())
            .map(|entry| entry.message.id.as_str().into())
            .collect()
    }

    /// How many messages there were, those that are forgotten among them.
    pub fn total(&self) -> u64 {
        self.next_number
    }

    /// Adds messages in the order in which they arrived. One that is just as the one before is counted there.
    pub fn extend(&mut self, messages: impl IntoIterator<Item = (u32, Message)>) {
        for (time_ms, message) in messages {
            let mut count = 1;
            if let Some(last) = self.entries.back().filter(|last| last.message == message) {
                count = last.count.saturating_add(1);
                self.entries.pop_back();
            } else if self.entries.len() == MOST_ENTRIES {
                self.entries.pop_front();
            }
            self.entries.push_back(Arc::new(Entry { number: self.next_number, time_ms, count, message }));
            self.next_number += 1;
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether there is an entry of this node.
    pub fn has_of(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.message.id == id)
    }

    /// Those of `scope` that hold `filter` (any case; empty for all), oldest first.
    pub fn filtered(&self, filter: &str, scope: &Scope) -> Vec<Arc<Entry>> {
        let filter = filter.trim().to_lowercase();
        let keeps = |entry: &&Arc<Entry>| {
            scope.holds(&entry.message) && (filter.is_empty() || entry.message.holds(&filter))
        };
        self.entries.iter().filter(keeps).cloned().collect()
    }
}

/// A time of day as `hh:mm:ss.mmm`.
pub fn clock(time_ms: u32) -> String {
    let (seconds, milliseconds) = (time_ms / 1_000, time_ms % 1_000);
    format!("{:02}:{:02}:{:02}.{milliseconds:03}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message { text: text.into(), ..Message::default() }
    }

    #[test]
    fn the_oldest_goes_first_and_numbers_go_on() {
        let mut log = DebugLog::default();
        log.extend((0..MOST_ENTRIES + 5).map(|number| (0, message(&format!("{number}")))));
        assert_eq!(log.len(), MOST_ENTRIES);
        let entries = log.filtered("", &Scope::All);
        assert_eq!(entries[0].message.text, "5");
        assert_eq!(entries[MOST_ENTRIES - 1].number, MOST_ENTRIES as u64 + 4);
        log.clear();
        log.extend([(0, message("x"))]);
        assert_eq!(log.filtered("", &Scope::All)[0].number, MOST_ENTRIES as u64 + 5);
    }

    #[test]
    fn filters_by_any_field_in_any_case() {
        let mut log = DebugLog::default();
        log.extend([(0, message("Car 7")), (0, Message { topic: "mobile".into(), ..message("x") })]);
        assert_eq!(log.filtered(" CAR ", &Scope::All).len(), 1);
        assert_eq!(log.filtered("mobile", &Scope::All).len(), 1);
        assert!(log.filtered("boat", &Scope::All).is_empty());
    }

    #[test]
    fn what_comes_again_is_counted_and_scopes_are_kept_apart() {
        let of =
            |id: &str, text: &str| Message { id: id.into(), container: format!("tab-{id}"), ..message(text) };
        let mut log = DebugLog::default();
        log.extend([(1, of("a", "x")), (2, of("a", "x")), (3, of("b", "x")), (4, of("a", "x"))]);
        let shown: Vec<_> =
            log.filtered("", &Scope::All).iter().map(|entry| (entry.count, entry.time_ms)).collect();
        assert_eq!(shown, [(2, 2), (1, 3), (1, 4)]);
        assert_eq!(log.filtered("", &Scope::Tab("tab-b".into())).len(), 1);
        assert_eq!(log.filtered("", &Scope::Nodes(vec!["a".into()])).len(), 2);
        assert!(log.has_of("b") && !log.has_of("c"));
    }

    #[test]
    fn reads_what_the_server_sends() {
        let data =
            r#"{"id":"n","z":"t","name":"in","topic":7,"property":"payload","msg":"{}","format":"Object"}"#;
        let read = Message::read(&Json::parse(data).unwrap()).unwrap();
        assert_eq!((read.topic.as_str(), read.container.as_str(), read.level), ("7", "t", Level::Debug));
        assert!(read.is_structured());
        let warning = Message::read(&Json::parse(r#"{"msg":"hot","level":30}"#).unwrap()).unwrap();
        assert_eq!(warning.level, Level::Warning);
        assert_eq!(Message::read(&Json::Null), None);
    }

    #[test]
    fn the_clock_reads_as_people_do() {
        assert_eq!(clock(0), "00:00:00.000");
        assert_eq!(clock(((13 * 60 + 5) * 60 + 9) * 1_000 + 42), "13:05:09.042");
    }
}
