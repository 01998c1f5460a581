//! What was granted, ready to be asked at every call.

use model::text::Text;
use model::topic::{is_filter, is_topic};
use url::Url;

use crate::capability::Capabilities;

/// Grants with their rules parsed.
#[derive(Debug, Default)]
pub(crate) struct Access {
    pub(crate) hosts: Hosts,
    pub(crate) publish: Vec<String>,
    pub(crate) subscribe: Vec<String>,
    /// The config node of the connection for MQTT.
    pub(crate) broker: Option<String>,
    pub(crate) clock_resolution_ms: f64,
}

impl Access {
    /// Parses grants. Gives with them what is wrong: each a path in the grants and a text; what is wrong grants nothing.
    pub(crate) fn of(grants: &Capabilities) -> (Self, Vec<(String, Text)>) {
        let mut problems = Vec::new();
        let mut rules = Vec::new();
        for (at, host) in grants.http.iter().flat_map(|http| &http.hosts).enumerate() {
            match Rule::parse(host) {
                Some(rule) => rules.push(rule),
                None => {
                    let text = Text::key("plugin.bad-host").with("host", host);
                    problems.push((format!("http.hosts[{at}]"), text));
                }
            }
        }
        let mut filters = |name: &str, given: Option<&Vec<String>>| {
            let mut sound = Vec::new();
            for (at, filter) in given.into_iter().flatten().enumerate() {
                if is_filter(filter) {
                    sound.push(filter.clone());
                } else {
                    let text = Text::key("plugin.bad-filter").with("filter", filter);
                    problems.push((format!("mqtt.{name}[{at}]"), text));
                }
            }
            sound
        };
        let access = Self {
            hosts: Hosts(rules),
            publish: filters("publish", grants.mqtt.as_ref().map(|mqtt| &mqtt.publish)),
            subscribe: filters("subscribe", grants.mqtt.as_ref().map(|mqtt| &mqtt.subscribe)),
            broker: grants.mqtt.as_ref().and_then(|mqtt| mqtt.broker.clone()),
            clock_resolution_ms: grants.clock.as_ref().map_or(1, |clock| clock.resolution_ms.max(1)).into(),
        };
        (access, problems)
    }

    /// Whether a topic may be published to.
    pub(crate) fn may_publish(&self, topic: &str) -> bool {
        is_topic(topic) && self.publish.iter().any(|filter| covers(filter, topic))
    }

    /// Whether a filter may be subscribed to: whether all that it matches is allowed by one rule.
    pub(crate) fn may_subscribe(&self, filter: &str) -> bool {
        is_filter(filter) && self.subscribe.iter().any(|allowed| covers(allowed, filter))
    }
}

/// The hosts that may be asked.
#[derive(Debug, Default)]
pub(crate) struct Hosts(Vec<Rule>);

#[derive(Debug, PartialEq)]
enum Rule {
    /// Every host and port.
    Any,
    /// This host.
    Host(String, Option<u16>),
    /// Every name that ends like this, a dot in front.
    Below(String, Option<u16>),
}

impl Hosts {
    /// Whether an address may be asked.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        // Without a port in the rule, the scheme's own: `url` drops it where it stands in the address.
        let fits = |port: &Option<u16>| match port {
            Some(port) => url.port_or_known_default() == Some(*port),
            None => url.port().is_none(),
        };
        self.0.iter().any(|rule| match rule {
            Rule::Any => true,
            Rule::Host(name, port) => name == host && fits(port),
            Rule::Below(end, port) => host.len() > end.len() && host.ends_with(end.as_str()) && fits(port),
        })
    }
}

impl Rule {
    /// Parses `api.example.org`, `*.example.org:8080`, `[fd00::5]` or `*`.
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let (name, is_below) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text, false),
        };
        if name.contains(['/', '?', '#', '@', '*', '\\']) || name.chars().any(char::is_whitespace) {
            return None;
        }
        // With a scheme whose port is none of the usual ones, so that a port is never dropped.
        let url = Url::parse(&format!("http://{name}/")).ok()?;
        let port = match name.rsplit_once(':') {
            Some((_, digits)) if !digits.contains(']') => {
                Some(digits.parse::<u16>().ok().filter(|port| *port > 0)?)
            }
            _ => None,
        };
        let host = url.host_str()?.to_owned();
        let is_address = matches!(url.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)));
        match (is_below, is_address) {
            (true, true) => None,
            (true, false) => Some(Self::Below(format!(".{host}"), port)),
            (false, _) => Some(Self::Host(host, port)),
        }
    }
}

/// Whether `allowed` matches every topic that `wanted`, a topic or a filter, stands for. Wildcards at the front do not match
/// what begins with `$`, which is the broker's own.
fn covers(allowed: &str, wanted: &str) -> bool {
    if wanted.starts_with('$') && allowed.starts_with(['+', '#']) {
        return false;
    }
    let (mut allowed, mut wanted) = (allowed.split('/'), wanted.split('/'));
    loop {
        match (allowed.next(), wanted.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(level), Some(other)) if level == other => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{HttpAccess, MqttAccess};

    fn hosts(rules: &[&str]) -> Hosts {
        let hosts = rules.iter().map(|rule| (*rule).to_owned()).collect();
        let (access, problems) =
            Access::of(&Capabilities { http: Some(HttpAccess { hosts }), ..Capabilities::default() });
        assert!(problems.is_empty(), "{problems:?}");
        access.hosts
    }

    #[test]
    fn only_the_hosts_and_ports_of_the_rules_are_allowed() {
        let hosts =
            hosts(&["api.example.org", "*.example.net", "localhost:8080", "192.168.1.5", "[fd00::5]:81"]);
        let is_allowed = |url: &str| hosts.allow(&Url::parse(url).unwrap());
        for url in [
            "https://api.example.org/x",
            "http://API.example.org:80/",
            "https://a.b.example.net/",
            "http://localhost:8080/",
            "http://192.168.1.5/",
            "http://0xc0a80105/",
            "http://[fd00:0::5]:81/",
        ] {
            assert!(is_allowed(url), "{url}");
        }
        for url in [
            "https://api.example.org:8443/",
            "http://api.example.org:443/",
            "https://example.net/",
            "https://badexample.net/",
            "https://api.example.org.evil.test/",
            "https://evil.test/?api.example.org",
            "http://localhost/",
            "http://127.0.0.1:8080/",
            "http://api.example.org./",
        ] {
            assert!(!is_allowed(url), "{url}");
        }
        assert!(Hosts(vec![Rule::Any]).allow(&Url::parse("http://anything:1/").unwrap()));
    }

    #[test]
    fn a_rule_that_says_nothing_clear_grants_nothing() {
        for rule in [
            "",
            "http://a.b",
            "a.b/c",
            "user@a.b",
            "*.192.168.1.5",
            "a b",
            "a.b:0",
            "a.b:99999",
            "*.*.a",
            "a.b:",
        ] {
            assert_eq!(Rule::parse(rule), None, "{rule}");
        }
        let grants = Capabilities {
            http: Some(HttpAccess { hosts: vec!["ok.test".into(), "a/b".into()] }),
            mqtt: Some(MqttAccess { publish: vec!["a#".into()], ..MqttAccess::default() }),
            ..Capabilities::default()
        };
        let (access, problems) = Access::of(&grants);
        let paths: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["http.hosts[1]", "mqtt.publish[0]"]);
        assert!(access.publish.is_empty() && !access.may_publish("a"));
    }

    #[test]
    fn topics_and_filters_stay_inside_of_what_is_allowed() {
        for (allowed, wanted, is_covered) in [
            ("a/#", "a/b/c", true),
            ("a/#", "a", true),
            ("a/#", "b", false),
            ("a/+/c", "a/b/c", true),
            ("a/+/c", "a/+/c", true),
            ("a/+/c", "a/#", false),
            ("a/+", "a/b/c", false),
            ("a/b", "a/+", false),
            ("#", "a/b", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true),
            ("+", "#", false),
        ] {
            assert_eq!(covers(allowed, wanted), is_covered, "{allowed} {wanted}");
        }
    }
}
