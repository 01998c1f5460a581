//! Why a call of a plugin was ended by force.

use std::time::Duration;

use engine::NodeError;
use model::text::Text;
use wasmtime::Trap;

/// What a plugin did wrong. It costs the instance, and nothing else.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A call took longer than this.
    #[error("the call took more than {0:?}")]
    Time(Duration),
    /// Went too deep.
    #[error("the call went too deep")]
    Depth,
    /// Wanted more memory than this.
    #[error("more than {0} bytes of memory")]
    Memory(usize),
    /// Called the host more often than this.
    #[error("more than {0} calls of the host")]
    HostCalls(u32),
    /// Handed over more bytes than this.
    #[error("more than {0} bytes of output")]
    Output(usize),
    /// Emitted more messages than this.
    #[error("more than {0} messages")]
    Messages(usize),
    /// Holds more bytes in messages of its own than this.
    #[error("more than {0} bytes in messages held")]
    Held(usize),
    /// Has handles of more messages than this.
    #[error("more than {0} messages held")]
    Handles(usize),
    /// Keeps more messages than this.
    #[error("more than {0} messages kept")]
    Kept(usize),
    /// Has more timers than this.
    #[error("more than {0} timers")]
    Timers(usize),
    /// Asked for more random bytes at once than this.
    #[error("more than {0} random bytes")]
    Random(u32),
    /// Did something that it may do only when it runs.
    #[error("{0} before the node runs")]
    TooEarly(&'static str),
    /// Used a message that it had given away.
    #[error("a message that it no longer has")]
    NoMessage,
    /// Let go of a message that it said it would keep.
    #[error("a message that it kept was dropped")]
    Dropped,
    /// Something that the machine trapped on.
    #[error("{0}")]
    Trap(String),
}

impl Fault {
    /// What wasmtime says, as what it was. `refused` says whether memory was refused before, and how much there may be.
    pub(crate) fn of(error: &wasmtime::Error, refused: Option<usize>) -> Self {
        if let Some(fault) = error.downcast_ref::<Self>() {
            return fault.clone();
        }
        if let Some(limit) = refused {
            return Self::Memory(limit);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => Self::Depth,
            Some(trap) => Self::Trap(trap.to_string()),
            None => Self::Trap(error.root_cause().to_string()),
        }
    }

    /// The error that a catch node gets.
    pub(crate) fn error(&self, plugin: &str) -> NodeError {
        NodeError::from(self.text().with("plugin", plugin)).coded(self.code())
    }

    fn text(&self) -> Text {
        let key = Text::key(self.key());
        match self {
            Self::Time(limit) => key.with("limit", limit.as_millis()),
            Self::Memory(limit) | Self::Output(limit) | Self::Held(limit) => key.with("limit", limit >> 20),
            Self::HostCalls(limit) | Self::Random(limit) => key.with("limit", limit),
            Self::Messages(limit) | Self::Handles(limit) | Self::Kept(limit) | Self::Timers(limit) => {
                key.with("limit", limit)
            }
            Self::TooEarly(what) => key.with("what", what),
            Self::Trap(reason) => key.with("reason", reason),
            Self::Depth | Self::NoMessage | Self::Dropped => key,
        }
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Time(_) => "plugin.time",
            Self::Depth => "plugin.depth",
            Self::Memory(_) => "plugin.memory",
            Self::HostCalls(_) => "plugin.host-calls",
            Self::Output(_) => "plugin.output",
            Self::Messages(_) => "plugin.messages",
            Self::Held(_) => "plugin.held",
            Self::Handles(_) => "plugin.handles",
            Self::Kept(_) => "plugin.kept",
            Self::Timers(_) => "plugin.timers",
            Self::Random(_) => "plugin.random",
            Self::TooEarly(_) => "plugin.too-early",
            Self::NoMessage => "plugin.no-message",
            Self::Dropped => "plugin.dropped",
            Self::Trap(_) => "plugin.trap",
        }
    }

    /// For programs: a catch node may tell them apart by `error.code`.
    fn code(&self) -> &'static str {
        match self {
            Self::Time(_) => "PLUGIN_TIME",
            Self::Memory(_) => "PLUGIN_MEMORY",
            Self::Depth => "PLUGIN_DEPTH",
            Self::Trap(_) => "PLUGIN_TRAP",
            Self::TooEarly(_) | Self::NoMessage | Self::Dropped => "PLUGIN_MISUSE",
            _ => "PLUGIN_LIMIT",
        }
    }
}
