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
    ("plugin.cache", "the folder {folder} for compiled plugins cannot be used: {reason}"),
    ("plugin.engine", "plugins cannot run on this machine: {reason}"),
    // Of nodes.
    (
        "plugin.not-granted",
        "the plugin {plugin} asks for {capabilities}, which an administrator has not granted; grant it in the palette manager or the settings, or use another node",
    ),
    (
        "plugin.bad-host",
        "{host} is no host; write api.example.org, api.example.org:8080, *.example.org, an address or *",
    ),
    ("plugin.bad-filter", "{filter} is no topic filter; + and # stand for whole levels, # at the end alone"),
    ("plugin.workers", "a number from 1 to {limit} is needed here"),
    ("plugin.not-started", "the plugin {plugin} was not started"),
    ("plugin.replaced", "an instance of the plugin {plugin} was replaced: {reason}"),
    (
        "plugin.hidden-logs",
        "the plugin {plugin} logged {count} more {count|line|lines} in one call, which are not shown",
    ),
    // Faults.
    (
        "plugin.time",
        "the plugin {plugin} took more than {limit} ms for one call and was stopped; it was started anew",
    ),
    ("plugin.depth", "the plugin {plugin} went too deep into itself and was stopped; it was started anew"),
    (
        "plugin.memory",
        "the plugin {plugin} wanted more than its {limit} MiB of memory and was stopped; it was started anew",
    ),
    (
        "plugin.host-calls",
        "the plugin {plugin} called the server more than {limit} times in one call and was stopped; it was started anew",
    ),
    (
        "plugin.output",
        "the plugin {plugin} handed over more than {limit} MiB in one call and was stopped; it was started anew",
    ),
    (
        "plugin.messages",
        "the plugin {plugin} sent more than {limit} messages in one call and was stopped; it was started anew",
    ),
    (
        "plugin.held",
        "the plugin {plugin} holds more than {limit} MiB in messages and was stopped; it was started anew",
    ),
    (
        "plugin.handles",
        "the plugin {plugin} does not let go of messages: it had {limit} and was stopped; it was started anew",
    ),
    ("plugin.kept", "the plugin {plugin} keeps {limit} messages already, and may keep no more"),
    (
        "plugin.timers",
        "the plugin {plugin} set more than {limit} timers and was stopped; it was started anew",
    ),
    (
        "plugin.random",
        "the plugin {plugin} wanted more than {limit} random bytes at once and was stopped; it was started anew",
    ),
    ("plugin.too-early", "the plugin {plugin} wanted {what} before its node ran, which is not allowed"),
    ("plugin.no-message", "the plugin {plugin} used a message that it had let go of; it was started anew"),
    ("plugin.dropped", "the plugin {plugin} dropped a message that it said it would keep"),
    ("plugin.trap", "the plugin {plugin} failed inside: {reason}; it was started anew"),
    // What plugins are told.
    ("plugin.long-path", "the path that begins with {start} is too long; {limit} characters are allowed"),
    ("plugin.bad-json", "the text is no JSON: {reason}"),
    ("plugin.no-object", "a message is made of a JSON object"),
    ("plugin.no-context", "there is no context yet"),
    ("plugin.context-full", "a node may keep {limit} MiB in contexts; delete something first"),
    ("plugin.no-service", "this server has nothing that does {capability} for plugins"),
    ("plugin.kv-key", "a key has at most {limit} bytes"),
    ("plugin.kv-value", "a value has at most {limit} bytes"),
    ("plugin.http-timeout", "no answer within {seconds} s"),
    ("plugin.http-bad-request", "the {what} {value} cannot be used: {reason}"),
    ("plugin.http-not-allowed", "{host} is not allowed; an administrator can add it to the plugin's hosts"),
    ("plugin.mqtt-not-allowed", "{topic} is not allowed; an administrator can add it to the plugin's topics"),
    ("plugin.subscriptions", "a node may have {limit} subscriptions"),
];
