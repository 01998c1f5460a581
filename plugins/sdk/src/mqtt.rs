//! Capability: the topics that an administrator allowed, on the broker that the administrator chose. Ask for it with
//! [`About::mqtt`](crate::About::mqtt).

use crate::{Failure, host};

/// Quality of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qos {
    /// 0.
    AtMostOnce,
    /// 1.
    AtLeastOnce,
    /// 2.
    ExactlyOnce,
}

/// Publishes, and waits until the broker has it.
///
/// # Errors
/// With the codes `NOT_ALLOWED`, `UNREACHABLE` and `BAD_REQUEST`.
pub fn publish(topic: &str, payload: &[u8], qos: Qos, retain: bool) -> Result<(), Failure> {
    host::publish(topic, payload, qos, retain)
}

/// Subscribes, from `start` on. What comes reaches `on_message` with `topic`, `payload` (a buffer), `qos`, `retain` and
/// `subscription` (the filter). The subscription ends with the node.
///
/// # Errors
/// With the codes `NOT_ALLOWED`, `UNREACHABLE` and `BAD_REQUEST`.
pub fn subscribe(filter: &str, qos: Qos) -> Result<(), Failure> {
    host::subscribe(filter, qos)
}

/// Ends a subscription.
///
/// # Errors
/// With the code `UNREACHABLE`.
pub fn unsubscribe(filter: &str) -> Result<(), Failure> {
    host::unsubscribe(filter)
}
