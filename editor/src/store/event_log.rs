//! What happened to the flows as a whole, with times: deploys, the connection, errors of nodes. Newest last.

use std::collections::VecDeque;
use std::sync::Arc;

use model::text::Text;

use super::Id;
use super::debug_log::{Level, Message};

/// Entries kept; an older one goes when a newer one comes.
pub const MOST_ENTRIES: usize = 500;
/// Letters of an error that are kept: the rest is in the debug panel.
const MOST_LETTERS: usize = 400;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// What sort of thing.
    pub kind: Kind,
    /// In words.
    pub words: Text,
    /// The node it is about, and what that was called then.
    pub node: Option<(Id, String)>,
}

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The connection to the server was made.
    Connected,
    /// It was lost.
    Lost,
    /// Flows were deployed or started again.
    Deploy,
    /// A node failed, or could not be started.
    Error,
    /// A node warns.
    Warning,
    /// The server tells something.
    Notice,
}

/// Which entries are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// All.
    #[default]
    All,
    /// What failed: nodes and connections.
    Trouble,
    /// Deploys.
    Deploys,
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts all entries since the page was loaded.
    pub number: u64,
    /// When it happened last, in milliseconds since midnight, local time.
    pub time_ms: u32,
    /// How often in a row it happened.
    pub count: u32,
    /// What.
    pub what: Happening,
}

/// The log.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    entries: VecDeque<Arc<Entry>>,
    next_number: u64,
}

impl Happening {
    /// Something about the flows as a whole.
    pub fn new(kind: Kind, words: Text) -> Self {
        Self { kind, words, node: None }
    }

    /// What a node logs; none for the output of a debug node.
    pub fn of_message(message: &Message, name: String) -> Option<Self> {
        let kind = match message.level {
            Level::Debug => return None,
            Level::Warning => Kind::Warning,
            Level::Error => Kind::Error,
        };
        let words: String = message.text.chars().take(MOST_LETTERS).collect();
        let node = (!message.id.is_empty()).then(|| (message.id.as_str().into(), name));
        Some(Self { kind, words: Text::literal(words), node })
    }
}

impl Kind {
    /// Its icon's name.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Connected => "plug",
            Self::Lost => "unplug",
            Self::Deploy => "rocket",
            Self::Error => "circle-alert",
            Self::Warning => "triangle-alert",
            Self::Notice => "info",
        }
    }
}

impl Shown {
    /// All, with a name and the key of a title.
    pub const ALL: [(Self, &str, &str); 3] = [
        (Self::All, "all", "events.all"),
        (Self::Trouble, "trouble", "events.trouble"),
        (Self::Deploys, "deploys", "events.deploys"),
    ];

    /// The one of a name.
    pub fn named(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|(_, known, _)| *known == name)
            .map(|(shown, ..)| shown)
            .unwrap_or_default()
    }

    fn holds(self, kind: Kind) -> bool {
        match self {
            Self::All => true,
            Self::Trouble => matches!(kind, Kind::Lost | Kind::Error | Kind::Warning),
            Self::Deploys => kind == Kind::Deploy,
        }
    }
}

impl EventLog {
    /// Adds an entry. One that is just as the one before is counted there.
    pub fn add(&mut self, time_ms: u32, what: Happening) {
        let mut count = 1;
        // A connection that was made twice was lost between.
        let repeats =
            |last: &&Arc<Entry>| last.what == what && matches!(what.kind, Kind::Error | Kind::Warning);
        if let Some(last) = self.entries.back().filter(repeats) {
            count = last.count.saturating_add(1);
            self.entries.pop_back();
        } else if self.entries.len() == MOST_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(Arc::new(Entry { number: self.next_number, time_ms, count, what }));
        self.next_number += 1;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The entries that are shown, newest first.
    pub fn newest(&self, shown: Shown) -> Vec<Arc<Entry>> {
        self.entries.iter().rev().filter(|entry| shown.holds(entry.what.kind)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, level: Level) -> Message {
        Message { id: "n".into(), text: text.into(), level, ..Message::default() }
    }

    fn error(text: &str) -> Happening {
        Happening::of_message(&message(text, Level::Error), "pump".into()).unwrap()
    }

    fn plain(kind: Kind) -> Happening {
        Happening::new(kind, Text::literal(""))
    }

    #[test]
    fn errors_in_a_row_are_counted_and_the_newest_comes_first() {
        let mut log = EventLog::default();
        for (time, what) in [
            (1, plain(Kind::Connected)),
            (2, error("hot")),
            (3, error("hot")),
            (4, plain(Kind::Deploy)),
            (5, plain(Kind::Deploy)),
            (6, error("hot")),
        ] {
            log.add(time, what);
        }
        let seen =
            |shown| log.newest(shown).iter().map(|entry| (entry.time_ms, entry.count)).collect::<Vec<_>>();
        assert_eq!(seen(Shown::All), [(6, 1), (5, 1), (4, 1), (3, 2), (1, 1)]);
        assert_eq!(seen(Shown::Trouble), [(6, 1), (3, 2)]);
        assert_eq!(seen(Shown::Deploys), [(5, 1), (4, 1)]);
        assert_eq!(Shown::named("deploys"), Shown::Deploys);
    }

    #[test]
    fn what_debug_nodes_show_is_no_event_and_long_words_are_cut() {
        assert_eq!(Happening::of_message(&message("7", Level::Debug), String::new()), None);
        let long = error(&"ä".repeat(2 * MOST_LETTERS));
        assert_eq!(long.words.render(None).chars().count(), MOST_LETTERS);
        assert_eq!(long.node, Some(("n".into(), "pump".to_owned())));
    }

    #[test]
    fn the_oldest_goes_first() {
        let mut log = EventLog::default();
        (0..MOST_ENTRIES + 3).for_each(|at| log.add(at as u32, plain(Kind::Deploy)));
        let all = log.newest(Shown::All);
        assert_eq!((all.len(), all[MOST_ENTRIES - 1].time_ms), (MOST_ENTRIES, 3));
        log.clear();
        assert!(log.newest(Shown::All).is_empty());
    }
}
