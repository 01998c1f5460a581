//! `credentials.json`: the sealed credentials of the flows in force and, during a save, of the flows before.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::key::{Keys, Mark};
use super::{Credentials, files, seal};
use crate::failure::{Failure, Result};

/// The file: sets of credentials by the `rev` of the flows that they belong to, newest last. Two files cannot
/// change in one step; with a set for either flow file there is no moment at which the two do not match.
#[derive(Debug, Default)]
pub(super) struct CredentialFile {
    sets: Vec<Set<Credentials>>,
    node_red: Option<Seen>,
    /// The key that it is sealed with; none for one that is not sealed.
    mark: Option<Mark>,
}

/// The credential file of Node-RED as it was when it was last looked at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    /// SHA-256 of the file, in hex digits.
    pub(super) digest: String,
    /// What was in it.
    pub(super) credentials: Credentials,
}

#[derive(Debug, Serialize, Deserialize)]
struct Set<T> {
    rev: String,
    credentials: T,
}

/// The file as it stands on disk. Without `sealedWith` its credentials are plain: versions of Wireloom before the
/// seal wrote it so.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnDisk {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed_with: Option<Mark>,
    sets: Vec<Set<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node_red: Option<SeenOnDisk>,
}

#[derive(Serialize, Deserialize)]
struct SeenOnDisk {
    digest: String,
    credentials: Value,
}

impl CredentialFile {
    /// Reads the file at `path`; empty where there is none.
    pub(super) fn read(path: &Path, keys: &Keys) -> Result<Self> {
        let Some(text) = files::read_text(path)? else { return Ok(Self::default()) };
        let on_disk: OnDisk = serde_json::from_str(&text).map_err(|error| broken(path, error))?;
        let key = on_disk.sealed_with.as_ref().map(|mark| keys.that_sealed(path, mark)).transpose()?;
        let open = |credentials: Value| match &key {
            None => typed(path, credentials),
            Some(key) => seal::open(&typed(path, credentials)?, key, path),
        };
        let sets =
            on_disk.sets.into_iter().map(|set| Ok(Set { rev: set.rev, credentials: open(set.credentials)? }));
        let sets = sets.collect::<Result<_>>()?;
        let node_red = match on_disk.node_red {
            Some(seen) => Some(Seen { digest: seen.digest, credentials: open(seen.credentials)? }),
            None => None,
        };
        Ok(Self { sets, node_red, mark: on_disk.sealed_with })
    }

    /// The credentials of the flows with this `rev`; of the newest where the flows were changed by hand.
    pub(super) fn of(&self, rev: &str) -> Credentials {
        let set = self.sets.iter().rev().find(|set| set.rev == rev).or(self.sets.last());
        set.map(|set| set.credentials.clone()).unwrap_or_default()
    }

    /// What was last seen of Node-RED's credentials.
    pub(super) fn node_red(&self) -> Option<&Seen> {
        self.node_red.as_ref()
    }

    /// Notes what was seen of Node-RED's credentials; false where that changes nothing.
    pub(super) fn note(&mut self, seen: Option<&Seen>) -> bool {
        if seen.is_none() || self.node_red.as_ref() == seen {
            return false;
        }
        self.node_red = seen.cloned();
        true
    }

    /// Puts the credentials of new flows at the end; false where that changes nothing.
    pub(super) fn add(&mut self, rev: &str, credentials: &Credentials) -> bool {
        if self
            .sets
            .last()
            .map_or(credentials.is_empty(), |set| set.rev == rev && &set.credentials == credentials)
        {
            return false;
        }
        self.sets.retain(|set| set.rev != rev);
        self.sets.push(Set { rev: rev.to_owned(), credentials: credentials.clone() });
        true
    }

    /// Drops all sets but that of the flows in force; false where that changes nothing.
    pub(super) fn forget_all_but(&mut self, rev: &str) -> bool {
        let count = self.sets.len();
        self.sets.retain(|set| set.rev == rev);
        self.sets.len() != count
    }

    /// Whether it is to be written even if nothing in it changed: it is plain, or sealed with a key that was
    /// replaced.
    pub(super) fn is_sealed_wrong(&self, keys: &Keys) -> bool {
        self.holds_any() && !self.mark.as_ref().is_some_and(|mark| keys.would_seal_with(mark))
    }

    fn holds_any(&self) -> bool {
        self.node_red.is_some() || self.sets.iter().any(|set| !set.credentials.is_empty())
    }

    /// The text of the file, sealed; without a credential in it no key is needed, and none is made.
    pub(super) fn write(&mut self, keys: &Keys) -> Result<String> {
        let key = match self.holds_any() {
            true => Some(keys.to_seal(self.mark.as_ref())?),
            false => None,
        };
        let sealed = |credentials: &Credentials| -> Result<Value> {
            let sealed = match &key {
                Some(key) => seal::seal(credentials, key)?,
                None => Default::default(),
            };
            Ok(serde_json::to_value(sealed).unwrap_or_default())
        };
        let sets = self
            .sets
            .iter()
            .map(|set| Ok(Set { rev: set.rev.clone(), credentials: sealed(&set.credentials)? }));
        let on_disk = OnDisk {
            sealed_with: key.as_ref().map(|key| key.mark.clone()),
            sets: sets.collect::<Result<_>>()?,
            node_red: match &self.node_red {
                Some(Seen { digest, credentials }) => {
                    Some(SeenOnDisk { digest: digest.clone(), credentials: sealed(credentials)? })
                }
                None => None,
            },
        };
        self.mark = key.map(|key| key.mark);
        // Texts in maps and lists cannot fail to be written.
        Ok(serde_json::to_string_pretty(&on_disk).unwrap_or_default())
    }
}

fn broken(path: &Path, reason: serde_json::Error) -> Failure {
    Failure::file("storage.not-credentials", path, reason)
}

fn typed<T: DeserializeOwned>(path: &Path, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| broken(path, error))
}
