//! Passwords that were tried: whoever tries too many has to wait.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Wrong passwords from one address within [`TIME`]; more are refused unread.
const MOST: usize = 10;
const TIME: Duration = Duration::from_secs(60);
/// Addresses whose wrong passwords are remembered.
const MOST_ADDRESSES: usize = 10_000;

/// When each address tried a password.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<IpAddr, Vec<Instant>>>);

impl Attempts {
    /// Whether an address may try a password: too many wrong ones make it wait.
    pub(crate) fn may_try(&self, address: IpAddr) -> bool {
        let mut attempts = self.lock();
        let Some(times) = attempts.get_mut(&address) else { return true };
        times.retain(|time| time.elapsed() < TIME);
        times.len() < MOST
    }

    /// Counts a try. Called before the password is looked at, so that many at once count as well.
    pub(crate) fn count(&self, address: IpAddr) {
        let mut attempts = self.lock();
        if attempts.len() >= MOST_ADDRESSES {
            attempts.retain(|_, times| times.last().is_some_and(|time| time.elapsed() < TIME));
        }
        attempts.entry(address).or_default().push(Instant::now());
    }

    /// The password was right: earlier tries are forgotten.
    pub(crate) fn forget(&self, address: IpAddr) {
        self.lock().remove(&address);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Vec<Instant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_wrong_passwords_make_wait() {
        let attempts = Attempts::default();
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
        for _ in 0..MOST {
            assert!(attempts.may_try(one));
            attempts.count(one);
        }
        assert!(!attempts.may_try(one) && attempts.may_try(other));
        attempts.forget(one);
        assert!(attempts.may_try(one));
    }
}
