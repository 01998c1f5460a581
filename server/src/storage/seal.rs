//! Seals credentials one by one: XChaCha20-Poly1305, bound to the node and the field that each belongs to.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::Credentials;
use super::key::{SealKey, random};
use crate::failure::{Failure, Result};

/// Sealed credentials: node id -> property -> base64 of nonce, ciphertext and tag.
pub(super) type Sealed = BTreeMap<String, BTreeMap<String, String>>;

const NONCE_BYTES: usize = 24;

/// Seals all of them.
///
/// # Errors
/// The system has no randomness.
pub(super) fn seal(credentials: &Credentials, key: &SealKey) -> Result<Sealed> {
    let cipher = XChaCha20Poly1305::new(&key.bytes.into());
    let mut sealed = Sealed::new();
    for (node, values) in credentials {
        for (field, value) in values {
            let nonce = random::<NONCE_BYTES>()?;
            let plain = value.to_string();
            let payload = Payload { msg: plain.as_bytes(), aad: &place(node, field) };
            let body = cipher.encrypt(&XNonce::from(nonce), payload);
            let body = body.map_err(|error| Failure::key("storage.key-unmade").with("reason", error))?;
            let text = STANDARD.encode([&nonce[..], &body].concat());
            sealed.entry(node.clone()).or_default().insert(field.clone(), text);
        }
    }
    Ok(sealed)
}

/// Opens all of them.
///
/// # Errors
/// One was changed, cut, or moved to another node or field; `path` is the file that is named then.
pub(super) fn open(sealed: &Sealed, key: &SealKey, path: &Path) -> Result<Credentials> {
    let cipher = XChaCha20Poly1305::new(&key.bytes.into());
    let mut credentials = Credentials::new();
    for (node, values) in sealed {
        for (field, text) in values {
            let value = open_one(&cipher, text, &place(node, field)).ok_or_else(|| {
                let failure = Failure::key("storage.credential-damaged").with("path", path.display());
                failure.with("field", field).with("node", node)
            })?;
            credentials.entry(node.clone()).or_default().insert(field.clone(), value);
        }
    }
    Ok(credentials)
}

fn open_one(cipher: &XChaCha20Poly1305, text: &str, place: &[u8]) -> Option<serde_json::Value> {
    let bytes = STANDARD.decode(text).ok()?;
    let (nonce, body) = bytes.split_at_checked(NONCE_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    let plain = cipher.decrypt(&XNonce::from(nonce), Payload { msg: body, aad: place }).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// What a credential is bound to; the length keeps two names from running into each other.
fn place(node: &str, field: &str) -> Vec<u8> {
    let mut place = b"wireloom credential 1\0".to_vec();
    place.extend((node.len() as u64).to_le_bytes());
    place.extend(node.as_bytes());
    place.extend(field.as_bytes());
    place
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::storage::key::Keys;

    fn credentials() -> Credentials {
        serde_json::from_value(json!({ "a": { "user": "ann", "map": { "KEY": "hush", "has_KEY": true } }, "b": { "user": "bob" } }))
            .unwrap()
    }

    #[test]
    fn a_sealed_credential_opens_where_it_belongs_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = Keys::of(folder.path(), None).to_seal(None).unwrap();
        let sealed = seal(&credentials(), &key).unwrap();
        assert!(!format!("{sealed:?}").contains("hush"));
        let path = Path::new("c.json");
        assert_eq!(open(&sealed, &key, path).unwrap(), credentials());

        let text = sealed["a"]["user"].clone();
        let (mut moved, mut renamed, mut changed, mut cut) =
            (sealed.clone(), sealed.clone(), sealed.clone(), sealed.clone());
        moved.get_mut("b").unwrap().insert("user".into(), text.clone());
        renamed.get_mut("a").unwrap().insert("password".into(), text.clone());
        let other = if text.ends_with('A') { "B" } else { "A" };
        changed.get_mut("a").unwrap().insert("user".into(), format!("{other}{}", &text[1..]));
        cut.get_mut("a").unwrap().insert("user".into(), text[..8].into());
        for (sealed, words) in [
            (moved, "credential user of the node b"),
            (renamed, "credential password of the node a"),
            (changed, "credential user of the node a"),
            (cut, "credential user of the node a"),
        ] {
            let error = open(&sealed, &key, path).unwrap_err().to_string();
            assert!(error.contains("c.json") && error.contains(words), "{error}");
        }
    }

    #[test]
    fn names_that_run_into_each_other_are_told_apart() {
        assert_ne!(place("ab", "c"), place("a", "bc"));
    }
}
