//! What went wrong in a node: catchable by catch nodes.

use std::fmt;
use std::ops::{Deref, DerefMut};

use ecow::EcoString;
use model::text::Text;

use crate::value::Value;

/// An error of a node. A catch node sees it as `msg.error`; unhandled, it is logged and shown at the node.
///
/// As small as a pointer: every call of a node may give one, and hardly any does.
#[derive(Clone, Debug)]
pub struct NodeError(Box<Fault>);

/// What a [`NodeError`] tells.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What is wrong and how to mend it.
    pub text: Text,
    /// A machine-readable code, such as `ECONNREFUSED`.
    pub code: Option<EcoString>,
    /// A script's stack trace.
    pub stack: Option<EcoString>,
    /// What the error was made of, such as an answer's body or the object that a script threw.
    pub cause: Option<Value>,
}

impl Deref for NodeError {
    type Target = Fault;

    fn deref(&self) -> &Fault {
        &self.0
    }
}

impl DerefMut for NodeError {
    fn deref_mut(&mut self) -> &mut Fault {
        &mut self.0
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(out)
    }
}

impl std::error::Error for NodeError {}

impl NodeError {
    /// An error with a text of the catalogue.
    pub fn key(key: &'static str) -> Self {
        Text::key(key).into()
    }

    /// An error whose words come from outside: a script, a database, an operating system.
    pub fn literal(text: impl Into<EcoString>) -> Self {
        Text::literal(text).into()
    }

    /// The same error with a place of its text filled.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.text.add(name, value);
        self
    }

    /// The same error with a machine-readable code.
    #[must_use]
    pub fn coded(mut self, code: impl Into<EcoString>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same error with what it was made of.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Value>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What it tells, on its own.
    pub fn into_fault(self) -> Fault {
        *self.0
    }
}

impl From<Text> for NodeError {
    #[cold]
    fn from(text: Text) -> Self {
        Self(Box::new(Fault { text, code: None, stack: None, cause: None }))
    }
}

/// The engine's own texts.
pub const TEXTS: model::text::Catalogue = &[
    ("engine.panic", "the node failed inside: {reason}; its state was made anew. Please report this"),
    ("engine.bad-property", "the property {path} does not fit: {reason}"),
    (
        "engine.config-node-unset",
        "no config node is chosen for {property}; open the node and choose or add one",
    ),
    (
        "engine.config-node-missing",
        "the config node {id} in {property} does not exist or could not start; open the node and choose another",
    ),
    (
        "engine.config-node-type",
        "the config node {id} in {property} is of another type; open the node and choose another",
    ),
    (
        "engine.broken",
        "the node could not be started, so the message was not handled; see the problem shown at the node",
    ),
    ("engine.build-panic", "the node's settings made it fail inside: {reason}. Please report this"),
    (
        "engine.unknown-type",
        "the node type {type} is not known here; install the plugin that brings it, or replace the node",
    ),
    ("engine.unknown-subflow", "the subflow {id} does not exist; import it, or remove this node"),
    ("engine.subflow-recursion", "the subflow {name} contains itself; take the inner one out"),
    ("engine.bad-variable", "the environment variable {name} is no {type}: {reason}"),
    ("engine.stopped", "the node was stopped"),
    (
        "engine.catch-loop",
        "an error was caught {count} times on its way round; the message was dropped. Break the loop between the catch node and the node that fails",
    ),
    ("engine.link-call.timeout", "timeout"),
    (
        "engine.link-call.no-answer",
        "no answer came back within {seconds} s; end the called flow with a link out node in return mode",
    ),
    (
        "engine.link-call.no-target",
        "target link-in node '{target}' not found; name one by its name or its id",
    ),
    (
        "engine.link-call.ambiguous",
        "Multiple link-in nodes named '{target}' found; give them names of their own, or use the id",
    ),
    (
        "engine.link-out.no-caller",
        "the message was not sent by a link call node, so there is nowhere to return it to",
    ),
];
