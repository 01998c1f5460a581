//! What is said about plugins.

use model::text::Catalogue;

/// The texts of these modules.
pub(crate) const TEXTS: Catalogue = &[
    (
        "plugins.not-records",
        "{path} does not hold records of plugins: {reason}; put back a copy of it, or move it away and approve the plugins anew",
    ),
    (
        "plugins.newer-records",
        "{path} was written by a newer Wireloom (version {reason} of the file); run that one, or move the file away and approve the plugins anew",
    ),
    ("plugins.not-removed", "cannot remove {path}: {reason}; remove it by hand"),
    (
        "plugins.waiting",
        "the plugin {name} asks for what nobody granted yet ({capabilities}); an administrator approves it in the palette manager, or with `wireloom plugin add --grant`",
    ),
    (
        "plugins.changed",
        "the file of the plugin {name} is another than the one that was installed; if you put it there, approve it in the palette manager or with `wireloom plugin add`; else put back the former one",
    ),
    (
        "plugins.missing",
        "the file {path} of the plugin {name} is gone; put it back, or remove the plugin with `wireloom plugin remove {name}`",
    ),
    (
        "plugins.clash",
        "the plugin {name} brings the node type {type}, which {owner} brings already; remove one of the two",
    ),
    (
        "plugins.built-in",
        "the plugin brings the node type {type}, which is built in; its author has to give it another name",
    ),
    (
        "plugins.no-such-file",
        "no plugin with the hash {sha256} was uploaded or lies in the folder; upload it again",
    ),
    (
        "plugins.not-granted",
        "the plugin {name} cannot run without {capabilities}; grant all that it asks for, or do not install it",
    ),
    ("plugins.name-taken", "there is another plugin called {name}; remove or rename {path}"),
    (
        "plugins.name",
        "{name} is no name for a plugin: use letters, digits, dots, dashes and underscores, at most 64",
    ),
    ("plugins.unreadable", "cannot read {path}: {reason}"),
    ("plugins.not-loaded", "{path}: {reason}"),
    ("plugins.no-components", "{path} holds no file NAME.wasm; name a folder with plugins, or a plugin"),
    (
        "plugins.watch",
        "the folder {path} cannot be watched: {reason}; plugins that are put there are seen at the next start",
    ),
    ("plugins.too-many-staged", "too many uploads wait to be confirmed; confirm or give up others first"),
    (
        "plugins.grant",
        "{grant} is no grant: write http=HOST,HOST, mqtt=publish:TOPIC,subscribe:TOPIC,broker:ID, kv, clock, clock=MILLISECONDS, or random",
    ),
    ("plugins.none", "there is no plugin {name}; `wireloom plugin list` names them"),
    (
        "plugins.values-full",
        "the plugin keeps as much as it may, which is {limit} bytes; let it delete something",
    ),
    (
        "plugins.values",
        "the values that the plugin keeps cannot be used: {path}: {reason}; put back a copy of the file, or move it away",
    ),
    ("plugins.no-broker", "there is no embedded MQTT broker: it is switched off in the settings"),
    (
        "plugins.no-broker-node",
        "no mqtt-broker node {id} runs, whose connection the plugin was granted; deploy one, or grant it another",
    ),
    ("plugins.words.http", "send requests to {hosts}"),
    ("plugins.words.http-all", "send requests to every host, those of your own network included"),
    ("plugins.words.publish", "publish to the MQTT topics {topics}"),
    ("plugins.words.subscribe", "read the MQTT topics {topics}"),
    ("plugins.words.broker", "do so by the connection of the mqtt-broker node {id}"),
    ("plugins.words.kv", "keep up to 1 MiB of values on disk"),
    ("plugins.words.clock", "read the time, to {ms} ms"),
    ("plugins.words.random", "draw random numbers"),
    ("plugins.words.nothing", "nothing but its messages and the context of flows"),
];
