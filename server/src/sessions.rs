//! Sessions of the administrator: tokens that last a week, kept over a restart.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::storage::Storage;

/// How long a token lasts, in seconds: 7 days, as in Node-RED.
pub(crate) const LIFETIME_SECONDS: u64 = 7 * 24 * 60 * 60;
/// The name of the session cookie.
pub(crate) const COOKIE: &str = "wireloom_session";
/// Sessions at once at most; a new one ends the one that ends first.
const MOST_SESSIONS: usize = 1000;
/// Wrong passwords from one address within [`ATTEMPT_TIME`]; more are refused unread.
const MOST_ATTEMPTS: usize = 10;
const ATTEMPT_TIME: Duration = Duration::from_secs(60);
/// Addresses whose wrong passwords are remembered.
const MOST_ADDRESSES: usize = 10_000;
const NAME: &str = "sessions";

/// The sessions: what is kept of a token is its hash, with the second since 1970 at which it ends.
pub(crate) struct Sessions {
    storage: Arc<dyn Storage>,
    ends: Mutex<BTreeMap<String, u64>>,
    attempts: Mutex<HashMap<IpAddr, Vec<Instant>>>,
}

impl Sessions {
    /// The sessions that the storage keeps; none where they cannot be read.
    pub(crate) fn load(storage: Arc<dyn Storage>) -> Self {
        let text = storage.text(NAME).ok().flatten().unwrap_or_default();
        let ends = serde_json::from_str(&text).unwrap_or_default();
        Self { storage, ends: Mutex::new(ends), attempts: Mutex::default() }
    }

    /// Begins a session and gives its token; none where the system has no randomness.
    pub(crate) fn begin(&self) -> Option<String> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).ok()?;
        let token = URL_SAFE_NO_PAD.encode(random);
        let mut ends = lock(&self.ends);
        let now = now();
        ends.retain(|_, end| *end > now);
        if ends.len() >= MOST_SESSIONS
            && let Some(first) = ends.iter().min_by_key(|(_, end)| **end).map(|(hash, _)| hash.clone())
        {
            ends.remove(&first);
        }
        ends.insert(hash(&token), now + LIFETIME_SECONDS);
        self.keep(&ends);
        Some(token)
    }

    /// Whether a token is of a session that goes on.
    pub(crate) fn is_valid(&self, token: &str) -> bool {
        lock(&self.ends).get(&hash(token)).is_some_and(|end| *end > now())
    }

    /// Ends a session.
    pub(crate) fn end(&self, token: &str) {
        let mut ends = lock(&self.ends);
        if ends.remove(&hash(token)).is_some() {
            self.keep(&ends);
        }
    }

    /// Whether an address may try a password: too many wrong ones make it wait.
    pub(crate) fn may_try(&self, address: IpAddr) -> bool {
        let mut attempts = lock(&self.attempts);
        let Some(times) = attempts.get_mut(&address) else { return true };
        times.retain(|time| time.elapsed() < ATTEMPT_TIME);
        times.len() < MOST_ATTEMPTS
    }

    /// Counts a try. Called before the password is looked at, so that many at once count as well.
    pub(crate) fn count_attempt(&self, address: IpAddr) {
        let mut attempts = lock(&self.attempts);
        if attempts.len() >= MOST_ADDRESSES {
            attempts.retain(|_, times| times.last().is_some_and(|time| time.elapsed() < ATTEMPT_TIME));
        }
        attempts.entry(address).or_default().push(Instant::now());
    }

    /// The password was right: earlier tries are forgotten.
    pub(crate) fn forget_attempts(&self, address: IpAddr) {
        lock(&self.attempts).remove(&address);
    }

    fn keep(&self, ends: &BTreeMap<String, u64>) {
        let text = serde_json::to_string(ends).unwrap_or_default();
        if let Err(failure) = self.storage.set_text(NAME, &text) {
            tracing::warn!("sessions will not outlast a restart: {failure}");
        }
    }
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
        let storage = storage::open(folder.path(), 1).unwrap();
        let sessions = Sessions::load(storage.clone());
        let (token, other) = (sessions.begin().unwrap(), sessions.begin().unwrap());
        assert!(sessions.is_valid(&token) && !sessions.is_valid("x"));
        let sessions = Sessions::load(storage);
        assert!(sessions.is_valid(&token));
        sessions.end(&token);
        assert!(!sessions.is_valid(&token) && sessions.is_valid(&other));
        let kept = std::fs::read_to_string(folder.path().join("sessions.json")).unwrap();
        assert!(!kept.contains(&other), "the file holds a token");
    }

    #[test]
    fn too_many_wrong_passwords_make_wait() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::load(storage::open(folder.path(), 1).unwrap());
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
        for _ in 0..MOST_ATTEMPTS {
            assert!(sessions.may_try(one));
            sessions.count_attempt(one);
        }
        assert!(!sessions.may_try(one) && sessions.may_try(other));
        sessions.forget_attempts(one);
        assert!(sessions.may_try(one));
    }
}
