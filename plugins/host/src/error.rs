//! What can be wrong with a plugin, and the texts for it.

use model::text::{Catalogue, Text};

/// Why a file is no plugin that can run here. Each names what to mend.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct LoadError {
    /// What is wrong and how to mend it; the key says which, such as `plugin.too-large`.
    pub text: Text,
}

impl LoadError {
    /// An error with a text of the catalogue.
    pub(crate) fn key(key: &'static str) -> Self {
        Self { text: Text::key(key) }
    }

    /// The same error with a place of its text filled.
    pub(crate) fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.text = self.text.with(name, value);
        self
    }
}

/// The texts of this crate; [`engine::registry::Registry::add_texts`] takes them.
pub const TEXTS: Catalogue = &[
    (
        "plugin.too-large",
        "the plugin has {size} bytes, and {limit} are allowed; build it for size and strip it",
    ),
    ("plugin.malformed", "the file is no WebAssembly component, or a damaged one: {reason}"),
    (
        "plugin.core-module",
        "the file is a core WebAssembly module; make a component of it, as `wireloom plugin build` does",
    ),
    (
        "plugin.no-node",
        "the component exports no {wanted}, so it is no plugin for Wireloom; build it against plugins/wit/node.wit",
    ),
    (
        "plugin.wrong-contract",
        "the plugin was built for version {found} of the contract and this server has {wanted}; take the plugin's release for this server, or another server",
    ),
    (
        "plugin.foreign-import",
        "the plugin wants {import}, which no plugin gets; build it without WASI and whatever else is not in plugins/wit/node.wit",
    ),
    (
        "plugin.bad-interface",
        "the plugin does not meet the contract: {reason}; build it anew against plugins/wit/node.wit",
    ),
    ("plugin.describe-failed", "the plugin could not say what it is: {reason}"),
    ("plugin.bad-description", "the plugin's description does not fit at {path}: {reason}"),
    ("plugin.cache", "the folder for compiled plugins cannot be used: {reason}"),
    ("plugin.engine", "plugins cannot run on this machine: {reason}"),
];
