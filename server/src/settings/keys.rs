//! The table of settings: each once, with its flag, default and help.

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`; the flag alone means `true`.
    Switch,
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// A port, or `off`.
    PortOrOff,
    /// An IP address.
    Address,
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its place in `wireloom.toml`, a dot between table and key.
    pub(crate) path: &'static str,
    /// Its flag, without dashes; the environment variable is `WIRELOOM_` and this in capitals.
    pub(crate) flag: &'static str,
    /// What a value must look like.
    pub(crate) kind: Kind,
    /// What counts when nothing is set.
    pub(crate) default: &'static str,
    /// Whether its value is shown as dots.
    pub(crate) secret: bool,
    /// What it does.
    pub(crate) help: &'static str,
}

const PORTS: Kind = Kind::Number(0, 65535);

const fn key(path: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Key {
    Key { path, flag: path, kind, default, secret: false, help }
}

/// Every setting but the data folder, which says where the settings are.
pub(crate) const KEYS: &[Key] = &[
    key(
        "host",
        Kind::Address,
        "127.0.0.1",
        "Address of editor, API and HTTP nodes; another than loopback needs a password",
    ),
    key("port", PORTS, "1880", "Port of editor, API and HTTP nodes; 0 takes a free one"),
    key(
        "mqtt-host",
        Kind::Address,
        "127.0.0.1",
        "Address of the MQTT broker; another than loopback needs mqtt-user",
    ),
    key(
        "mqtt-port",
        Kind::PortOrOff,
        "1883",
        "Port of the MQTT broker; 0 takes a free one, `off` starts none",
    ),
    key("mqtt-user", Kind::Text, "", "User name that MQTT clients must give; empty lets everybody in"),
    Key { secret: true, ..key("mqtt-password", Kind::Text, "", "Password of mqtt-user, or its argon2 hash") },
    key("headless", Kind::Switch, "false", "Serve no editor"),
    key(
        "log",
        Kind::Text,
        "info,mqtt5=warn",
        "What is logged: error, warn, info, debug or trace, or a filter such as `warn,flow=debug`",
    ),
    Key { flag: "admin-user", ..key("admin.user", Kind::Text, "admin", "Name of the administrator") },
    Key {
        flag: "admin-password",
        secret: true,
        ..key(
            "admin.password",
            Kind::Text,
            "",
            "Hash of the administrator's password; `wireloom passwd` sets it; more users stand under [[users]]",
        )
    },
    key(
        "allowed-hosts",
        Kind::Text,
        "",
        "Names under which browsers reach this server, with commas between; IP addresses and localhost always may",
    ),
    key(
        "anonymous-permissions",
        Kind::Text,
        "",
        "What somebody may do who is not logged in, such as `read`; counts only if there are users",
    ),
    key("session-seconds", Kind::Number(60, 31_536_000), "604800", "How long a log-in lasts"),
    key(
        "http-node-root",
        Kind::Text,
        "/",
        "Path that the paths of HTTP nodes and WebSockets of flows stand under",
    ),
    key("http-node-user", Kind::Text, "", "User name that HTTP nodes ask for; empty lets everybody in"),
    Key {
        secret: true,
        ..key("http-node-password", Kind::Text, "", "Hash of the password of http-node-user")
    },
    key(
        "flow-file",
        Kind::Text,
        "",
        "File of the flows, in the data folder; empty takes flows.json, or Node-RED's flows_<host>.json",
    ),
    Key {
        secret: true,
        ..key(
            "credential-key",
            Kind::Text,
            "",
            "Text that seals credentials; empty keeps a key in the data folder",
        )
    },
    Key {
        secret: true,
        ..key(
            "node-red-secret",
            Kind::Text,
            "",
            "The credentialSecret of Node-RED, to read its credential file; needed only if it stands in no file of its folder",
        )
    },
    key(
        "context-stores",
        Kind::Text,
        "",
        "Stores of context as `name=kind`, with commas between; kinds are memory and localfilesystem, and `default=<name>` says which is the default",
    ),
    key(
        "context-flush-seconds",
        Kind::Number(0, 86_400),
        "30",
        "After how long a change of a store on disk is written at the latest",
    ),
    key("revisions-kept", Kind::Number(1, 100_000), "100", "How many revisions of the flows are kept"),
    key(
        "drain-timeout-seconds",
        Kind::Number(0, 3600),
        "15",
        "How long a stop or deploy waits for messages on their way",
    ),
    key(
        "credits-per-cell",
        Kind::Number(1, 1_000_000),
        "1024",
        "Messages that may be on their way in one connected piece of a flow",
    ),
    key(
        "runtime-state",
        Kind::Switch,
        "true",
        "Let flows be stopped and started, by the editor and by POST /flows/state; without, flows that were stopped run again after a restart",
    ),
    key("function-modules", Kind::Switch, "true", "Let function nodes use modules of Node.js and packages"),
    key(
        "buffer-limit",
        Kind::Number(1, 10_000_000),
        "100000",
        "Messages that one node keeps at most: delayed, or waiting for the rest of their sequence",
    ),
    key("worker-threads", Kind::Number(0, 1024), "0", "Threads for flows; 0 is two per processor"),
    key(
        "files-folder",
        Kind::Text,
        "",
        "Folder that file nodes look for files in; empty for the one that the server was started in",
    ),
    key(
        "http-request-timeout-seconds",
        Kind::Number(1, 86_400),
        "120",
        "How long http request nodes wait for an answer, unless a message says otherwise",
    ),
    key(
        "tcp-queue",
        Kind::Number(1, 1_000_000),
        "1000",
        "Messages that wait for one connection of a tcp request node",
    ),
];

impl Key {
    /// Its environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("WIRELOOM_{}", self.flag.to_uppercase().replace('-', "_"))
    }
}

impl Kind {
    /// Whether `value` looks as it must.
    pub(crate) fn fits(self, value: &str) -> bool {
        let in_range = |low, high| value.parse().is_ok_and(|number| (low..=high).contains(&number));
        match self {
            Kind::Text => true,
            Kind::Switch => matches!(value, "true" | "false"),
            Kind::Number(low, high) => in_range(low, high),
            Kind::PortOrOff => value == "off" || in_range(0, 65535),
            Kind::Address => value.parse::<std::net::IpAddr>().is_ok(),
        }
    }

    /// What it must look like, in words.
    pub(crate) fn expected(self) -> String {
        match self {
            Kind::Text => "a text".into(),
            Kind::Switch => "true or false".into(),
            Kind::Number(low, high) => format!("a whole number from {low} to {high}"),
            Kind::PortOrOff => "a port from 0 to 65535, or off".into(),
            Kind::Address => "an IP address such as 127.0.0.1 or 0.0.0.0".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_fits_and_no_flag_stands_twice() {
        for (position, key) in KEYS.iter().enumerate() {
            assert!(key.kind.fits(key.default), "{}", key.path);
            assert!(KEYS[..position].iter().all(|other| other.flag != key.flag), "{}", key.flag);
        }
    }

    #[test]
    fn a_table_and_key_make_one_variable() {
        let key = KEYS.iter().find(|key| key.path == "admin.password").unwrap();
        assert_eq!(key.variable(), "WIRELOOM_ADMIN_PASSWORD");
    }
}
