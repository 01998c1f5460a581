//! A node's way out: messages, timers, its status, the log.

use std::time::Duration;

use crate::{Failure, Message, NodeInfo, host};

/// What a node can do during a call. What it sends leaves when the call has ended well.
#[derive(Debug)]
pub struct Out(());

/// Colours of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Something is wrong.
    Red,
    /// All is well.
    Green,
    /// Something is under way.
    Yellow,
    /// Of its own meaning.
    Blue,
    /// At rest.
    Grey,
}

/// Shapes of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Filled.
    Dot,
    /// Empty inside.
    Ring,
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Data lost, or somebody must act.
    Error,
    /// Something to look after.
    Warn,
    /// Worth knowing.
    Info,
    /// For whoever looks for a fault.
    Debug,
    /// Everything.
    Trace,
}

impl Out {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Sends a message along every wire of an output port, counted from 0. A kept message is done with that.
    pub fn send(&mut self, port: u32, message: Message) {
        host::emit(port, message.0);
    }

    /// The node is done with a message that it kept.
    pub fn done(&mut self, message: Message) {
        host::done(message.0);
    }

    /// The node could not do what a message that it kept asks for: a catch node gets it.
    pub fn fail(&mut self, message: Message, failure: Failure) {
        host::fail(message.0, failure);
    }

    /// Calls [`Node::on_timer`](crate::Node::on_timer) with `token` after this time, once; a timer of the same token that is
    /// not due yet is replaced.
    pub fn after(&mut self, time: Duration, token: u32) {
        host::set_timer(u32::try_from(time.as_millis()).unwrap_or(u32::MAX), token);
    }

    /// Cancels a timer.
    pub fn cancel(&mut self, token: u32) {
        host::cancel_timer(token);
    }

    /// Shows a line under the node.
    pub fn status(&mut self, fill: Fill, shape: Shape, text: impl Into<String>) {
        host::set_status(Some((fill, shape, text.into())));
    }

    /// Takes the line under the node away.
    pub fn clear_status(&mut self) {
        host::set_status(None);
    }

    /// Says something in the log.
    pub fn log(&mut self, level: Level, text: impl AsRef<str>) {
        host::log(level, text.as_ref());
    }

    /// Who the node is.
    pub fn node(&self) -> NodeInfo {
        host::node()
    }
}
