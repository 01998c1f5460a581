//! The keys of Node-RED's texts: what its specs see in place of words.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value as Json;

/// Its catalogues, in the checkout that is the working folder.
const CATALOGUES: [&str; 2] = [
    "packages/node_modules/@node-red/nodes/locales/en-US/messages.json",
    "packages/node_modules/@node-red/runtime/locales/en-US/runtime.json",
];

/// All keys of Node-RED's catalogues; none where there are no catalogues.
pub(super) fn of_node_red() -> HashSet<String> {
    let mut keys = HashSet::new();
    for path in CATALOGUES {
        match read(Path::new(path)) {
            Ok(catalogue) => collect(&catalogue, "", &mut keys),
            Err(reason) => tracing::warn!("no keys from {path}: {reason}"),
        }
    }
    keys
}

fn read(path: &Path) -> Result<Json, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn collect(catalogue: &Json, prefix: &str, keys: &mut HashSet<String>) {
    match catalogue {
        Json::Object(entries) => {
            for (name, entry) in entries {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                collect(entry, &key, keys);
            }
        }
        _ => drop(keys.insert(prefix.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_way_to_each_text() {
        let mut keys = HashSet::new();
        collect(&serde_json::json!({ "a": { "b": "x", "c": { "d": "y" } }, "e": "z" }), "", &mut keys);
        assert_eq!(keys, HashSet::from(["a.b".into(), "a.c.d".into(), "e".into()]));
    }
}
