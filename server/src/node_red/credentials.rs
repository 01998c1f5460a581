//! The credential file of Node-RED: read, never written to but by an export.

use std::fs;
use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::cipher;
use crate::failure::{Failure, Result};
use crate::storage::Credentials;

/// The credential file of a Node-RED user folder, and what may open it.
#[derive(Clone, Debug)]
pub(crate) struct NodeRedCredentials {
    path: PathBuf,
    secrets: Secrets,
}

/// The secrets that may have sealed a credential file.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// Most likely first.
    pub(super) known: Vec<String>,
    /// Where the known ones stand, or why there is none; for people.
    pub(super) origin: String,
}

/// A secret is shown nowhere.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} secrets ({})", self.known.len(), self.origin)
    }
}

/// The property that holds what is sealed.
const SEALED: &str = "$";

impl NodeRedCredentials {
    /// The file at `path`, which need not be there.
    pub(crate) fn of(path: PathBuf, secrets: Secrets) -> Self {
        Self { path, secrets }
    }

    /// The file's digest and text; none where there is no file.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read(&self) -> Result<Option<(String, String)>> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::file("storage.unreadable", &self.path, error)),
        };
        let digest = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some((digest, text)))
    }

    /// The credentials in the file's text.
    ///
    /// # Errors
    /// It has another form, or none of the secrets opens it.
    pub(crate) fn open(&self, text: &str) -> Result<Credentials> {
        let broken =
            |reason: &dyn std::fmt::Display| Failure::file("node-red.not-credentials", &self.path, reason);
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Ok(Credentials::new());
        }
        let file: Map<String, Value> = serde_json::from_str(text).map_err(|error| broken(&error))?;
        let Some(sealed) = file.get(SEALED) else {
            return parse(file).map_err(|error| broken(&error));
        };
        let sealed = sealed.as_str().ok_or_else(|| broken(&Failure::key("node-red.sealed-form")))?;
        let opened = self.secrets.known.iter().find_map(|secret| cipher::open(sealed, secret));
        let opened = opened.ok_or_else(|| {
            let key =
                if self.secrets.known.is_empty() { "node-red.no-secret" } else { "node-red.wrong-secret" };
            Failure::file(key, &self.path, &self.secrets.origin)
        })?;
        serde_json::from_str(&opened).and_then(parse).map_err(|error| broken(&error))
    }
}

/// Nodes without an object are left out, as Node-RED never writes one.
fn parse(file: Map<String, Value>) -> serde_json::Result<Credentials> {
    let nodes = file.into_iter().filter(|(_, values)| values.is_object());
    nodes.map(|(id, values)| Ok((id, serde_json::from_value(values)?))).collect()
}

/// The text of a credential file; plain without a secret. None where the system has no randomness.
pub(super) fn to_text(credentials: &Credentials, secret: Option<&str>) -> Option<String> {
    // Texts in maps cannot fail to be written.
    let plain = serde_json::to_string(credentials).unwrap_or_default();
    let file = match secret {
        None => serde_json::from_str(&plain).unwrap_or_default(),
        Some(secret) => serde_json::json!({ SEALED: cipher::seal(&plain, secret)? }),
    };
    serde_json::to_string_pretty(&file).ok()
}

/// Brings together what Wireloom keeps and what Node-RED keeps: what Node-RED changed since `before` counts,
/// everything else stays as Wireloom has it.
pub(crate) fn merge(own: &Credentials, theirs: &Credentials, before: &Credentials) -> Credentials {
    let mut merged = own.clone();
    let fields = |all: &Credentials| -> Vec<(String, String)> {
        let pairs =
            all.iter().flat_map(|(id, values)| values.keys().map(|field| (id.clone(), field.clone())));
        pairs.collect()
    };
    for (id, field) in fields(theirs).into_iter().chain(fields(before)) {
        let value_in = |all: &Credentials| all.get(&id).and_then(|values| values.get(&field)).cloned();
        let now = value_in(theirs);
        if now == value_in(before) {
            continue;
        }
        let values = merged.entry(id.clone()).or_default();
        match now {
            Some(value) => values.insert(field.clone(), value),
            None => values.remove(&field),
        };
    }
    merged.retain(|_, values| !values.is_empty());
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn credentials(json: Value) -> Credentials {
        serde_json::from_value(json).unwrap()
    }

    fn file(known: &[&str]) -> NodeRedCredentials {
        let known = known.iter().map(|secret| (*secret).to_owned()).collect();
        NodeRedCredentials::of("flows_cred.json".into(), Secrets { known, origin: "settings.js".into() })
    }

    #[test]
    fn a_file_is_read_as_it_is_written() {
        let all = credentials(json!({ "a": { "user": "ann", "map": { "KEY": "k", "has_KEY": true } } }));
        for secret in [None, Some("one")] {
            let text = to_text(&all, secret).unwrap();
            assert_eq!(text.contains("ann"), secret.is_none(), "{text}");
            assert_eq!(file(&["other", "one"]).open(&text).unwrap(), all);
        }
        assert!(file(&[]).open("").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_opened_is_named_with_the_mend() {
        let sealed = to_text(&Credentials::new(), Some("one")).unwrap();
        for (file, text, words) in [
            (file(&[]), sealed.as_str(), "set node-red-secret"),
            (file(&["other"]), &sealed, "settings.js"),
            (file(&["one"]), r#"{"$":"00"}"#, "settings.js"),
            (file(&["one"]), r#"{"$":7}"#, "`$` is no text"),
            (file(&["one"]), "[]", "flows_cred.json"),
        ] {
            let error = file.open(text).unwrap_err().to_string();
            assert!(error.starts_with("flows_cred.json") && error.contains(words), "{error}");
        }
    }

    #[test]
    fn what_node_red_changed_counts_and_the_rest_stays() {
        let before = credentials(json!({ "a": { "kept": 1, "changed": 1, "gone": 1 }, "b": { "ours": 1 } }));
        let theirs = credentials(json!({ "a": { "kept": 1, "changed": 2, "new": 2 }, "b": { "ours": 1 } }));
        let own = credentials(
            json!({ "a": { "kept": 1, "changed": 1, "gone": 1, "added": 3 }, "b": { "ours": 3 }, "c": { "x": 3 } }),
        );
        let merged = credentials(
            json!({ "a": { "kept": 1, "changed": 2, "new": 2, "added": 3 }, "b": { "ours": 3 }, "c": { "x": 3 } }),
        );
        assert_eq!(merge(&own, &theirs, &before), merged);
        assert_eq!(merge(&Credentials::new(), &theirs, &Credentials::new()), theirs);
    }
}
