//! The trait that a plugin implements.

use crate::{About, Config, Failure, Message, Out, Problems, host};

/// A node type. One plugin is one.
///
/// Each node of a flow is one value of it, and its calls never overlap. A call that takes longer than its budget (50 ms
/// as a rule), panics or takes too much memory costs the node its state: the message becomes an error that can be caught,
/// and the node is configured anew.
pub trait Node: Sized + 'static {
    /// What can be set; `#[derive(Config)]`.
    type Settings: Config;

    /// What the plugin is.
    fn about() -> About;

    /// Makes a node. Called for a check of the settings too: it must do nothing but look at them.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    fn configure(settings: Self::Settings, setup: &Setup) -> Result<Self, Problems>;

    /// The node runs: its wires are there.
    ///
    /// # Errors
    /// Why it cannot do its work; shown at the node, and it can be caught.
    fn start(&mut self, out: &mut Out) -> Result<(), Failure> {
        let _ = out;
        Ok(())
    }

    /// A message arrived: change it and send it on, or let go of it.
    ///
    /// # Errors
    /// Why its work could not be done; a catch node gets it.
    fn on_message(&mut self, message: Message, out: &mut Out) -> Result<Progress, Failure>;

    /// A timer set with [`Out::after`] is due.
    ///
    /// # Errors
    /// What went wrong; it can be caught.
    fn on_timer(&mut self, token: u32, out: &mut Out) -> Result<(), Failure> {
        let _ = (token, out);
        Ok(())
    }

    /// The node is about to go away. Messages that it still keeps are handed to its successor.
    fn stop(&mut self, out: &mut Out) {
        let _ = out;
    }
}

/// Whether a node is done with a message when `on_message` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is done.
    Done,
    /// It holds the message on, and ends it later with [`Out::send`], [`Out::done`] or [`Out::fail`].
    Kept,
}

/// What a node is made with, beside its settings.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub(crate) credentials: Vec<(String, String)>,
}

impl Setup {
    /// A credential; empty where it is not set.
    pub fn credential(&self, name: &str) -> &str {
        self.credentials.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Who the node is.
    pub fn node(&self) -> NodeInfo {
        host::node()
    }
}

/// Who a node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeInfo {
    /// Its id; unique among what runs.
    pub id: String,
    /// Its type.
    pub type_name: String,
    /// The name that its author gave it; may be empty.
    pub name: String,
    /// The id of the tab or subflow instance that it is in.
    pub flow: String,
}
