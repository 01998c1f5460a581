//! What happens, told to whoever shows or records it.

use std::sync::Arc;

use ecow::EcoString;
use model::text::Text;

use crate::error::NodeError;
use crate::message::Message;
use crate::node::NodeInfo;
use crate::value::Value;

/// A node's status: the line under it in the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// `red`, `green`, `yellow`, `blue` or `grey`; a CSS colour otherwise. Empty for none.
    pub fill: EcoString,
    /// `dot` or `ring`; empty for none.
    pub shape: EcoString,
    /// The words; empty for none.
    pub text: Text,
}

impl Status {
    /// A status of this colour and shape.
    pub fn new(fill: &str, shape: &str, text: Text) -> Self {
        Self { fill: fill.into(), shape: shape.into(), text }
    }

    /// No status: clears what is shown.
    pub fn clear() -> Self {
        Self::new("", "", Text::literal(""))
    }

    /// Whether this clears the status.
    pub fn is_clear(&self) -> bool {
        self == &Self::clear()
    }
}

/// How grave a log entry is; the numbers are Node-RED's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Fatal = 10,
    Error = 20,
    Warn = 30,
    Info = 40,
    Debug = 50,
    Trace = 60,
}

/// What a debug node shows.
#[derive(Clone, Debug)]
pub struct DebugEntry {
    /// The message's `topic`.
    pub topic: Option<Value>,
    /// Which property is shown, such as `payload`; `None` for the whole message.
    pub property: Option<EcoString>,
    /// The message's `_msgid`.
    pub message_id: Option<EcoString>,
    /// What is shown; a cheap reference.
    pub value: Value,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A node's status changed.
    Status(Arc<NodeInfo>, Status),
    /// A debug node shows something.
    Debug(Arc<NodeInfo>, DebugEntry),
    /// A log entry; without a node it is the engine's own.
    Log(Level, Option<Arc<NodeInfo>>, Text),
}

/// Receives what happens, in order per node. Called on the flows' threads: it must return at once.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event);

    /// A node failed. What no catch node heard is an entry in the log.
    fn error(&self, node: &Arc<NodeInfo>, error: NodeError, is_caught: bool) {
        if !is_caught {
            self.event(Event::Log(Level::Error, Some(node.clone()), error.into_fault().text));
        }
    }

    /// The message that a node failed with, where no catch node heard of it. Told before [`Observer::error`].
    fn failed(&self, _node: &Arc<NodeInfo>, _error: &NodeError, _message: &Message) {}
}

/// Hears nothing.
impl Observer for () {
    fn event(&self, _event: Event) {}
}
