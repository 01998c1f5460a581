//! Sessions of users: tokens that last a while, kept over a restart.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::attempts::Attempts;
use crate::storage::Storage;
use crate::users::Permissions;

/// The name of the session cookie.
pub(crate) const COOKIE: &str = "wireloom_session";
/// Sessions at once at most; a new one ends the one that ends first.
const MOST_SESSIONS: usize = 1000;
const NAME: &str = "sessions";

/// A session: whose it is, and how far it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The user's name.
    pub(crate) user: String,
    /// What it was asked for; never more than the user may do.
    pub(crate) scope: Permissions,
    /// The second since 1970 at which it ends.
    end: u64,
}

/// The sessions, by the hash of their token: the token itself is kept nowhere.
pub(crate) struct Sessions {
    storage: Arc<dyn Storage>,
    lifetime: Duration,
    sessions: Mutex<BTreeMap<String, Session>>,
    /// Log-ins that were tried.
    pub(crate) attempts: Attempts,
}

impl Sessions {
    /// The sessions that the storage keeps; none where they cannot be read. New ones last for `lifetime`.
    pub(crate) fn load(storage: Arc<dyn Storage>, lifetime: Duration) -> Self {
        let text = storage.text(NAME).ok().flatten().unwrap_or_default();
        let sessions = serde_json::from_str(&text).unwrap_or_default();
        Self { storage, lifetime, sessions: Mutex::new(sessions), attempts: Attempts::default() }
    }

    /// How long a new session lasts.
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Begins a session and gives its token; none where the system has no randomness.
    pub(crate) fn begin(&self, user: &str, scope: Permissions) -> Option<String> {
        let token = new_token()?;
        let mut sessions = lock(&self.sessions);
        let now = now();
        sessions.retain(|_, session| session.end > now);
        if sessions.len() >= MOST_SESSIONS
            && let Some(first) = sessions.iter().min_by_key(|(_, session)| session.end)
        {
            let first = first.0.clone();
            sessions.remove(&first);
        }
        let end = now + self.lifetime.as_secs();
        sessions.insert(hash(&token), Session { user: user.to_owned(), scope, end });
        self.keep(&sessions);
        Some(token)
    }

    /// The session of a token, if it goes on.
    pub(crate) fn of(&self, token: &str) -> Option<Session> {
        lock(&self.sessions).get(&hash(token)).filter(|session| session.end > now()).cloned()
    }

    /// Ends a session.
    pub(crate) fn end(&self, token: &str) {
        let mut sessions = lock(&self.sessions);
        if sessions.remove(&hash(token)).is_some() {
            self.keep(&sessions);
        }
    }

    fn keep(&self, sessions: &BTreeMap<String, Session>) {
        let text = serde_json::to_string(sessions).unwrap_or_default();
        if let Err(failure) = self.storage.set_text(NAME, &text) {
            tracing::warn!("sessions will not outlast a restart: {failure}");
        }
    }
}

/// A text that nobody can guess; none where the system has no randomness.
pub(crate) fn new_token() -> Option<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).ok()?;
    Some(URL_SAFE_NO_PAD.encode(random))
}

fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage;

    #[test]
    fn a_session_lasts_over_a_restart_until_it_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage::open(storage::Options::of(folder.path(), 1)).unwrap();
        let week = Duration::from_secs(604_800);
        let sessions = Sessions::load(storage.clone(), week);
        let begin = |user| sessions.begin(user, Permissions::all()).unwrap();
        let (token, other) = (begin("ann"), begin("bob"));
        assert_eq!(sessions.of("x"), None);
        let sessions = Sessions::load(storage.clone(), week);
        let session = sessions.of(&token).unwrap();
        assert_eq!((session.user.as_str(), session.scope), ("ann", Permissions::all()));
        sessions.end(&token);
        assert_eq!(sessions.of(&token), None);
        assert_eq!(sessions.of(&other).unwrap().user, "bob");
        let kept = std::fs::read_to_string(folder.path().join("sessions.json")).unwrap();
        assert!(!kept.contains(&other), "the file holds a token");

        let brief = Sessions::load(storage, Duration::ZERO);
        let token = brief.begin("ann", Permissions::all()).unwrap();
        assert_eq!(brief.of(&token), None, "its time is over");
    }
}
