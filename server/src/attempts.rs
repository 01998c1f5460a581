//! Passwords that were tried: whoever tries too many has to wait.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Wrong passwords from one address within [`TIME`]; more are refused unread.
const MOST: usize = 10;
const TIME: Duration = Duration::from_secs(60);
/// Addresses whose wrong passwords are remembered.
const MOST_ADDRESSES: usize = 10_000;

/// When each address tried a password. Of IPv6 the network counts (RFC 4291, section 2.5.1: 64 bits): who has one has all
/// addresses in it.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<IpAddr, Vec<Instant>>>);

impl Attempts {
    /// Whether an address may try a password: too many wrong ones make it wait.
    pub(crate) fn may_try(&self, address: IpAddr) -> bool {
        let mut attempts = self.lock();
        let Some(times) = attempts.get_mut(&network(address)) else { return true };
        times.retain(|time| time.elapsed() < TIME);
        times.len() < MOST
    }

    /// Counts a try. Called before the password is looked at, so that many at once count as well.
    pub(crate) fn count(&self, address: IpAddr) {
        let mut attempts = self.lock();
        if attempts.len() >= MOST_ADDRESSES {
            attempts.retain(|_, times| times.last().is_some_and(|time| time.elapsed() < TIME));
        }
        if attempts.len() >= MOST_ADDRESSES
            && let Some(oldest) = attempts.iter().min_by_key(|(_, times)| times.last().copied())
        {
            let oldest = *oldest.0;
            attempts.remove(&oldest);
        }
        attempts.entry(network(address)).or_default().push(Instant::now());
    }

    /// The password was right: earlier tries are forgotten.
    pub(crate) fn forget(&self, address: IpAddr) {
        self.lock().remove(&network(address));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Vec<Instant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address, or the network of an IPv6 one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
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

    #[test]
    fn who_has_many_addresses_has_no_more_tries_and_fills_no_memory() {
        let attempts = Attempts::default();
        for number in 0..MOST {
            attempts.count(format!("2001:db8::{number}").parse().unwrap());
        }
        assert!(!attempts.may_try("2001:db8::ffff".parse().unwrap()));
        assert!(attempts.may_try("2001:db8:0:1::1".parse().unwrap()));
        for number in 0..MOST_ADDRESSES as u32 + 100 {
            attempts.count(IpAddr::from(number.to_be_bytes()));
        }
        assert_eq!(attempts.lock().len(), MOST_ADDRESSES);
        assert!(attempts.may_try("2001:db8::ffff".parse().unwrap()), "the oldest gave way");
    }
}
