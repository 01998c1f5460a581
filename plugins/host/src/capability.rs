//! What plugins ask for beyond their messages, and what administrators grant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that a plugin can be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// Requests to allowed hosts.
    Http,
    /// Publishing and subscribing to allowed topics.
    Mqtt,
    /// Values kept on disk.
    Kv,
    /// The time.
    Clock,
    /// Randomness.
    Random,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Http, Self::Mqtt, Self::Kv, Self::Clock, Self::Random];

    /// Its name: of the interface in the contract, in settings, and in the editor.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mqtt => "mqtt",
            Self::Kv => "kv",
            Self::Clock => "clock",
            Self::Random => "random",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A set of capabilities with their limits: what a plugin asks for, or what it is granted.
///
/// As JSON and in settings, what is absent is not asked for or not granted:
/// `{"http": {"hosts": ["api.example.org"]}, "kv": {}, "clock": {"resolutionMs": 1}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capabilities {
    /// Requests, and to which hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpAccess>,
    /// Publishing and subscribing, and to which topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mqtt: Option<MqttAccess>,
    /// Values kept on disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kv: Option<KvAccess>,
    /// The time, and how fine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockAccess>,
    /// Randomness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomAccess>,
}

/// Requests to hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpAccess {
    /// Each as `api.example.org` (ports 80 and 443), `api.example.org:8080`, `*.example.org` (every name below, not the
    /// name itself), an address (`192.168.1.5`, `[fd00::5]:8080`), or `*` (every host and port: also those inside the
    /// administrator's own network).
    pub hosts: Vec<String>,
}

/// Publishing and subscribing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MqttAccess {
    /// Filters; a topic that one of them matches may be published to.
    pub publish: Vec<String>,
    /// Filters; one that matches no more than one of these may be subscribed to.
    pub subscribe: Vec<String>,
    /// The id of the `mqtt-broker` config node whose connection is used; none for the embedded broker. For the
    /// administrator to say; what a plugin asks for has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<String>,
}

/// Values kept on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KvAccess {}

/// The time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ClockAccess {
    /// Times are whole multiples of this many milliseconds.
    pub resolution_ms: u32,
}

impl Default for ClockAccess {
    fn default() -> Self {
        Self { resolution_ms: 1 }
    }
}

/// Randomness.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomAccess {}

impl Capabilities {
    /// Whether a capability is in the set, with whatever limits.
    pub fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::Http => self.http.is_some(),
            Capability::Mqtt => self.mqtt.is_some(),
            Capability::Kv => self.kv.is_some(),
            Capability::Clock => self.clock.is_some(),
            Capability::Random => self.random.is_some(),
        }
    }

    /// The capabilities in the set.
    pub fn names(&self) -> impl Iterator<Item = Capability> + '_ {
        Capability::ALL.into_iter().filter(|capability| self.has(*capability))
    }

    /// What is asked for here and not granted there at all.
    pub fn missing_in(&self, grants: &Self) -> Vec<Capability> {
        self.names().filter(|capability| !grants.has(*capability)).collect()
    }
}
