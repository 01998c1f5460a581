//! `credentials.json`: the credentials of the flows in force and, during a save, of the flows before.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Credentials, files};
use crate::failure::{Failure, Result};

/// The file: sets of credentials by the `rev` of the flows that they belong to, newest last. Two files cannot
/// change in one step; with a set for either flow file there is no moment at which the two do not match.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct CredentialFile {
    sets: Vec<Set>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Set {
    rev: String,
    credentials: Credentials,
}

impl CredentialFile {
    /// Reads the file at `path`; empty where there is none.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let Some(text) = files::read_text(path)? else { return Ok(Self::default()) };
        serde_json::from_str(&text).map_err(|error| Failure::file("storage.not-credentials", path, error))
    }

    /// The credentials of the flows with this `rev`; of the newest where the flows were changed by hand.
    pub(super) fn of(mut self, rev: &str) -> Credentials {
        let position =
            self.sets.iter().rposition(|set| set.rev == rev).unwrap_or(self.sets.len().wrapping_sub(1));
        if position < self.sets.len() {
            self.sets.swap_remove(position).credentials
        } else {
            Credentials::new()
        }
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

    pub(super) fn to_text(&self) -> String {
        // Texts in maps and lists cannot fail to be written.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
