//! What plugins ask for: in words, and as it is written on the command line.

use model::text::Text;
use plugins::{Capabilities, Capability, ClockAccess, HttpAccess, KvAccess, MqttAccess, RandomAccess};

use crate::failure::{Failure, Result};

/// What a plugin asks for or was granted, in words, with the capability that each belongs to.
pub(crate) fn asked(capabilities: &Capabilities) -> Vec<(Capability, Text)> {
    let list = |names: &[String]| names.join(", ");
    let mut words = Vec::new();
    if let Some(http) = &capabilities.http {
        let is_all = http.hosts.iter().any(|host| host == "*");
        words.push((
            Capability::Http,
            match is_all {
                true => Text::key("plugins.words.http-all"),
                false => Text::key("plugins.words.http").with("hosts", list(&http.hosts)),
            },
        ));
    }
    if let Some(mqtt) = &capabilities.mqtt {
        for (key, topics) in
            [("plugins.words.publish", &mqtt.publish), ("plugins.words.subscribe", &mqtt.subscribe)]
        {
            if !topics.is_empty() {
                words.push((Capability::Mqtt, Text::key(key).with("topics", list(topics))));
            }
        }
        if let Some(id) = &mqtt.broker {
            words.push((Capability::Mqtt, Text::key("plugins.words.broker").with("id", id)));
        }
    }
    if capabilities.kv.is_some() {
        words.push((Capability::Kv, Text::key("plugins.words.kv")));
    }
    if let Some(clock) = &capabilities.clock {
        words.push((Capability::Clock, Text::key("plugins.words.clock").with("ms", clock.resolution_ms)));
    }
    if capabilities.random.is_some() {
        words.push((Capability::Random, Text::key("plugins.words.random")));
    }
    words
}

/// Grants without the capabilities that nobody asked for.
pub(super) fn within(asked: &Capabilities, granted: Capabilities) -> Capabilities {
    Capabilities {
        http: granted.http.filter(|_| asked.http.is_some()),
        mqtt: granted.mqtt.filter(|_| asked.mqtt.is_some()),
        kv: granted.kv.filter(|_| asked.kv.is_some()),
        clock: granted.clock.filter(|_| asked.clock.is_some()),
        random: granted.random.filter(|_| asked.random.is_some()),
    }
}

/// All that is asked for, on the broker that was chosen before.
pub(super) fn all_of(asked: &Capabilities, former: Option<&Capabilities>) -> Capabilities {
    let mut granted = asked.clone();
    if let (Some(mqtt), Some(former)) = (&mut granted.mqtt, former.and_then(|former| former.mqtt.as_ref())) {
        mqtt.broker.clone_from(&former.broker);
    }
    granted
}

/// Reads grants as they are written on the command line, such as `http=api.example.org,localhost:8080` and `kv`.
///
/// # Errors
/// One of them is none.
pub(super) fn parse(grants: &[String]) -> Result<Capabilities> {
    let mut granted = Capabilities::default();
    for grant in grants {
        let no_grant = || Failure::key("plugins.grant").with("grant", grant);
        let (name, value) =
            grant.split_once('=').map_or((grant.as_str(), None), |(name, value)| (name, Some(value)));
        let parts = || {
            value
                .into_iter()
                .flat_map(|value| value.split(','))
                .map(str::trim)
                .filter(|part| !part.is_empty())
        };
        match (name.trim(), value) {
            ("http", Some(_)) => {
                let http = granted.http.get_or_insert_with(HttpAccess::default);
                http.hosts.extend(parts().map(str::to_owned));
            }
            ("mqtt", Some(_)) => {
                let mqtt = granted.mqtt.get_or_insert_with(MqttAccess::default);
                for part in parts() {
                    match part.split_once(':') {
                        Some(("publish", topic)) => mqtt.publish.push(topic.to_owned()),
                        Some(("subscribe", topic)) => mqtt.subscribe.push(topic.to_owned()),
                        Some(("broker", id)) => mqtt.broker = Some(id.to_owned()),
                        _ => return Err(no_grant()),
                    }
                }
            }
            ("kv", None) => granted.kv = Some(KvAccess::default()),
            ("clock", None) => granted.clock = Some(ClockAccess::default()),
            ("clock", Some(value)) => {
                let resolution_ms = value.trim().parse().map_err(|_| no_grant())?;
                granted.clock = Some(ClockAccess { resolution_ms });
            }
            ("random", None) => granted.random = Some(RandomAccess::default()),
            _ => return Err(no_grant()),
        }
    }
    Ok(granted)
}

/// Grants as [`parse`] reads them.
pub(super) fn written(granted: &Capabilities) -> String {
    let mut parts = Vec::new();
    if let Some(http) = &granted.http {
        parts.push(format!("http={}", http.hosts.join(",")));
    }
    if let Some(mqtt) = &granted.mqtt {
        let topics = mqtt.publish.iter().map(|topic| format!("publish:{topic}"));
        let topics = topics.chain(mqtt.subscribe.iter().map(|topic| format!("subscribe:{topic}")));
        let topics = topics.chain(mqtt.broker.iter().map(|id| format!("broker:{id}")));
        parts.push(format!("mqtt={}", topics.collect::<Vec<_>>().join(",")));
    }
    if granted.kv.is_some() {
        parts.push("kv".into());
    }
    match &granted.clock {
        Some(clock) if *clock == ClockAccess::default() => parts.push("clock".into()),
        Some(clock) => parts.push(format!("clock={}", clock.resolution_ms)),
        None => {}
    }
    if granted.random.is_some() {
        parts.push("random".into());
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_read_as_they_are_written() {
        let all = "http=api.example.org,*.example.com:8080 mqtt=publish:a/#,subscribe:b/+,broker:b1 kv clock=10 random";
        let grants: Vec<String> = all.split(' ').map(str::to_owned).collect();
        let granted = parse(&grants).unwrap();
        assert_eq!(written(&granted), all);
        assert_eq!(granted.http.as_ref().unwrap().hosts, ["api.example.org", "*.example.com:8080"]);
        assert_eq!(asked(&granted).len(), 7);
        assert_eq!(
            within(&Capabilities { kv: granted.kv.clone(), ..Default::default() }, granted.clone())
                .names()
                .count(),
            1
        );
        let asked = Capabilities { mqtt: Some(MqttAccess::default()), ..Default::default() };
        assert_eq!(all_of(&asked, None), asked);
        assert_eq!(all_of(&asked, Some(&granted)).mqtt.unwrap().broker.as_deref(), Some("b1"));
        for wrong in ["http", "kv=1", "mqtt=a/#", "clock=soon", "files", ""] {
            assert!(parse(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
