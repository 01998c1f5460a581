//! What the palette manager shows: the plugins of the server, and one that is looked at before it comes in.

use model::text::Text;
use serde_json::Value as Json;

use crate::texts::language;

pub use model::api::{
    GRANT_LISTS as LISTS, InstalledPlugin as Installed, PluginCandidate as Candidate, PluginState as State,
};

/// Key of the word for a state, and the colour that it is shown in.
pub fn state_word(state: State) -> (&'static str, &'static str) {
    match state {
        State::Running => ("plugins.state.running", "green"),
        State::Waiting => ("plugins.state.waiting", "yellow"),
        State::Changed => ("plugins.state.changed", "red"),
        State::Broken => ("plugins.state.broken", "red"),
        State::Missing => ("plugins.state.missing", "red"),
    }
}

/// Equal while a plugin is shown the same.
pub fn row_key(one: &Installed) -> String {
    format!(
        "{} {} {:?} {} {} {:?} {:?}",
        one.name, one.sha256, one.state, one.enabled, one.used, one.granted, one.problem
    )
}

/// A list of grants as it is typed.
pub fn list_text(grants: &Json, place: &str) -> Option<String> {
    let list = grants.pointer(place)?.as_array()?;
    Some(list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", "))
}

/// Takes a list of grants as it was typed.
pub fn set_list(grants: &mut Json, place: &str, typed: &str) {
    let parts = typed.split([',', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty());
    if let Some(list) = grants.pointer_mut(place) {
        *list = parts.collect();
    }
}

/// A size in words.
pub fn size_text(bytes: usize) -> Text {
    let key = if bytes < 1024 * 1024 { "plugins.kilobytes" } else { "plugins.megabytes" };
    let size = if bytes < 1024 * 1024 {
        format!("{}", bytes.div_ceil(1024))
    } else {
        language().decimal(&format!("{:.1}", bytes as f64 / f64::from(1024 * 1024)))
    };
    Text::key(key).with("size", size)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn installed() -> Installed {
        let text = json!({ "key": "plugins.waiting", "args": { "name": "weather" } });
        serde_json::from_value(json!({
            "name": "weather", "type": "weather", "version": "1.1.0", "state": "waiting", "enabled": true,
            "problem": { "message": "it waits", "text": text }, "sha256": "00ff", "size": 2048, "used": 2,
            "installedBy": "ann", "granted": null, "pinned": "0a", "runs": null,
            "asks": [{ "capability": "http", "message": "send requests to a.example", "text": { "key": "x.y" } }],
            "requests": { "http": { "hosts": ["a.example", "b.example"] }, "kv": {} },
            "grants": { "http": { "hosts": ["a.example"] } },
            "about": { "description": "Asks for the weather." },
            "descriptor": {
                "type": "weather", "role": "node", "category": "network", "colour": "#aabbcc", "icon": "cloud",
                "inputs": 1, "outputs": 1, "schema": {}, "help": "Helps.",
                "label": { "properties": ["name"], "fallback": { "args": { "text": "weather" } } }
            }
        }))
        .unwrap()
    }

    #[test]
    fn what_the_server_says_is_read() {
        let one = installed();
        assert_eq!(one.problem.as_ref().unwrap().message, "it waits");
        assert_eq!(one.asks[0].message, "send requests to a.example");
        assert!(one.state.can_be_approved());
    }

    #[test]
    fn what_was_granted_before_stays_as_narrow() {
        let candidate = Candidate::of(&installed()).unwrap();
        let mut grants = candidate.first_grants();
        assert_eq!(grants, json!({ "http": { "hosts": ["a.example"] }, "kv": {} }));
        assert_eq!(list_text(&grants, LISTS[0]).unwrap(), "a.example");
        assert_eq!(list_text(&grants, LISTS[1]), None);
        set_list(&mut grants, LISTS[0], " a.example,c.example:8080  ");
        assert_eq!(grants["http"]["hosts"], json!(["a.example", "c.example:8080"]));
        set_list(&mut grants, LISTS[2], "x/#");
        assert_eq!(grants.get("mqtt"), None);
    }

    #[test]
    fn sizes_are_told_in_words() {
        assert_eq!(crate::texts::show(&size_text(1)), "1 KB");
        assert_eq!(crate::texts::show(&size_text(12 * 1024 * 1024)), "12.0 MB");
    }
}
