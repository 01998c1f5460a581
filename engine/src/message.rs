//! Messages: what travels along wires.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ecow::EcoString;

use crate::delivery::Delivery;
use crate::value::{Object, Value};

/// What travels along a wire: named properties, and the [`Delivery`] of the event that it came of.
///
/// Cloning is O(1). A message made from another with [`Message::derive`] shares its delivery; a node that
/// makes a new message out of one it received must use it, or the source believes the work done too early.
#[derive(Clone, Default)]
pub struct Message {
    properties: Object,
    delivery: Option<Delivery>,
}

impl Message {
    /// A message with a fresh `_msgid` and no delivery: for sources.
    pub fn new() -> Self {
        Self::from_object(Object::from_iter([("_msgid", Value::String(new_id()))]))
    }

    /// A message with a fresh `_msgid` and this payload.
    pub fn with_payload(payload: impl Into<Value>) -> Self {
        let mut message = Self::new();
        message.set("payload", payload);
        message
    }

    /// A message of these properties and no delivery; gets a fresh `_msgid` if it has none.
    pub fn from_object(properties: impl Into<Object>) -> Self {
        let mut message = Self::bare(properties);
        message.ensure_id();
        message
    }

    /// A message of these properties as they are: without a `_msgid` if they have none.
    pub fn bare(properties: impl Into<Object>) -> Self {
        Self { properties: properties.into(), delivery: None }
    }

    /// A message of these properties which came of this one: shares its delivery, and its `_msgid` unless
    /// the properties have one of their own.
    pub fn derive(&self, properties: impl Into<Object>) -> Self {
        let mut message = Self { properties: properties.into(), delivery: self.delivery.clone() };
        if !message.properties().contains_key("_msgid") {
            match self.get("_msgid") {
                Some(id) => message.set("_msgid", id.clone()),
                None => message.ensure_id(),
            };
        }
        message
    }

    /// The property `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.properties().get(key)
    }

    /// `payload`, undefined if there is none.
    pub fn payload(&self) -> &Value {
        self.get("payload").unwrap_or(&Value::Undefined)
    }

    /// `topic` if it is text.
    pub fn topic(&self) -> Option<&str> {
        self.get("topic").and_then(Value::as_str)
    }

    /// Sets the property `key`; in place when this message is the only holder.
    pub fn set(&mut self, key: impl Into<EcoString> + AsRef<str>, value: impl Into<Value>) {
        self.properties.insert(key, value);
    }

    /// Removes the property `key`.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.properties.remove(key)
    }

    /// All properties.
    #[inline]
    pub fn properties(&self) -> &Object {
        &self.properties
    }

    /// All properties, for writing.
    #[inline]
    pub fn properties_mut(&mut self) -> &mut Object {
        &mut self.properties
    }

    /// The message as an object value; O(1).
    pub fn to_value(&self) -> Value {
        Value::Object(Arc::new(self.properties.clone()))
    }

    /// Moves the message out and leaves an empty one without delivery: how a node passes on what it was lent.
    #[must_use]
    #[inline]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Its properties and its delivery.
    pub fn into_parts(self) -> (Object, Option<Delivery>) {
        (self.properties, self.delivery)
    }

    /// Whether nothing is in it (it was taken).
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.properties().is_empty()
    }

    /// Whether another message holds the same properties, so that a write may copy them.
    pub fn is_shared(&mut self) -> bool {
        self.properties.is_shared()
    }

    /// For who is about to make many copies: those that change something copy less then.
    pub(crate) fn settle(&mut self) {
        self.properties.settle("payload");
    }

    /// The delivery that it belongs to.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.delivery.as_ref()
    }

    /// Puts the message under a delivery; its former one no longer waits for it.
    pub fn set_delivery(&mut self, delivery: Option<Delivery>) {
        self.delivery = delivery;
    }

    /// The same message under a delivery.
    #[must_use]
    pub fn under(mut self, delivery: Delivery) -> Self {
        self.delivery = Some(delivery);
        self
    }

    fn ensure_id(&mut self) {
        if !self.properties().contains_key("_msgid") {
            self.set("_msgid", new_id());
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Message")
            .field("properties", self.properties())
            .field("delivery", &self.delivery)
            .finish()
    }
}

/// A new `_msgid`: 16 hex digits, as Node-RED's.
pub fn new_id() -> EcoString {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    // Unique in this process by the counter, between processes by the seed; splitmix64 (Steele, Lea and
    // Flood, 2014) spreads them over all digits. Not a secret.
    let seed = *SEED.get_or_init(|| {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(std::process::id())
    });
    let mut mixed =
        seed.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let mut digits = [0; 16];
    for (at, digit) in digits.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(mixed >> (60 - 4 * at)) as usize & 15];
    }
    EcoString::from(std::str::from_utf8(&digits).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_on_write() {
        let first = Message::with_payload(1);
        let mut second = first.clone();
        second.set("payload", 2);
        assert_eq!(first.payload(), &Value::from(1));
        assert_eq!(second.payload(), &Value::from(2));
        assert_eq!(first.get("_msgid"), second.get("_msgid"));
    }

    #[test]
    fn ids_are_16_hex_digits_and_differ() {
        let (a, b) = (new_id(), new_id());
        assert_ne!(a, b);
        assert!(a.len() == 16 && a.bytes().all(|digit| digit.is_ascii_hexdigit()));
    }
}
