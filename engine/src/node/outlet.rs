//! An output port as it is known outside of its cell: how much leaves it, and, while somebody watches, what.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Counters;
use crate::message::Message;
use crate::value::{Handle, Object, Value};

/// So many of the last messages are kept of a port that is watched.
pub const KEPT_MESSAGES: usize = 64;
/// Something alive may stand so deep in a message; deeper ones are kept alive by a watched port.
const HANDLE_DEPTH: usize = 4;

/// An output port of a running node.
#[derive(Default)]
pub struct Outlet {
    sent: AtomicU64,
    watchers: AtomicU32,
    /// What was sent; nothing while nobody watches.
    kept: Mutex<Option<Box<Kept>>>,
}

/// Above the number of every message that any port kept. A port that is watched anew, or made anew by a deploy, goes on
/// from here: so a number names no other message later on.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

struct Kept {
    /// The number of the next message.
    next: u64,
    messages: VecDeque<Seen>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { next: NEXT_NUMBER.load(Ordering::Relaxed), messages: VecDeque::new() }
    }
}

/// A message that left a port.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Counts on by 1 while the port is watched. No other message of the port has it, as long as the process lives.
    pub number: u64,
    /// When it left, in milliseconds since 1970 (UTC).
    pub time: u64,
    /// The message, shared with whoever has it now; what was alive in it, such as an open HTTP exchange, is a
    /// stand-in that holds nothing open.
    pub message: Value,
}

impl Seen {
    /// A message as it is at this moment.
    pub(crate) fn now(number: u64, message: Value) -> Self {
        Self { number, time: now(), message }
    }
}

/// Somebody's watch over a port; it ends when this is dropped.
pub struct Watched(Arc<Outlet>);

impl Outlet {
    /// Messages that went along its wires, counted once for all of them.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Keeps the last messages from now on, as long as the answer lives.
    pub fn watch(self: &Arc<Self>) -> Watched {
        // Counted first: while somebody watches, the messages of another who stops stay.
        self.watchers.fetch_add(1, Ordering::AcqRel);
        self.kept().get_or_insert_default();
        Watched(self.clone())
    }

    /// A message is about to leave.
    #[inline]
    pub(crate) fn pass(&self, message: &Message) {
        Counters::add(&self.sent, 1);
        self.pass_by(message);
    }

    /// A message ends here, for the port has no wire: it is not counted, and kept for those who watch.
    #[inline]
    pub(crate) fn pass_by(&self, message: &Message) {
        if self.watchers.load(Ordering::Relaxed) > 0 {
            // A copy: by reference, no message could stay in registers on its way to the queue.
            self.keep(message.clone());
        }
    }

    #[cold]
    fn keep(&self, message: Message) {
        let message = at_rest(&message);
        let mut kept = self.kept();
        let Some(kept) = kept.as_mut() else { return };
        if kept.messages.len() == KEPT_MESSAGES {
            kept.messages.pop_front();
        }
        kept.messages.push_back(Seen::now(kept.next, message));
        kept.next += 1;
        NEXT_NUMBER.fetch_max(kept.next, Ordering::Relaxed);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Box<Kept>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    /// The port.
    pub fn outlet(&self) -> &Arc<Outlet> {
        &self.0
    }

    /// The number of the oldest message that is kept; that of the next one where none is.
    pub fn first(&self) -> u64 {
        let kept = self.0.kept();
        kept.as_ref().map_or(0, |kept| kept.messages.front().map_or(kept.next, |seen| seen.number))
    }

    /// The messages from number `from` on as far as they are kept, in the order in which they left; and the number
    /// of the next one.
    pub fn since(&self, from: u64) -> (Vec<Seen>, u64) {
        let kept = self.0.kept();
        let Some(kept) = kept.as_ref() else { return (Vec::new(), 0) };
        let skipped = kept.messages.iter().take_while(|seen| seen.number < from).count();
        (kept.messages.iter().skip(skipped).cloned().collect(), kept.next)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut kept = self.0.kept();
        if self.0.watchers.fetch_sub(1, Ordering::AcqRel) == 1 {
            *kept = None;
        }
    }
}

/// A message as it is kept to be looked at: shared with whoever has it, and without what was alive in it, such as an
/// open HTTP exchange; a stand-in that holds nothing open is in its place.
pub fn at_rest(message: &Message) -> Value {
    without_handles(&message.to_value(), HANDLE_DEPTH).unwrap_or_else(|| message.to_value())
}

/// What a handle leaves behind in a message that is only looked at.
struct Shadow(&'static str);

impl Handle for Shadow {
    fn kind(&self) -> &'static str {
        self.0
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// The value with a [`Shadow`] for every handle; `None` where there is none. Lists are passed over: none of them
/// holds any, and they can be long.
fn without_handles(value: &Value, depth: usize) -> Option<Value> {
    match value {
        Value::Handle(handle) => Some(Value::Handle(Arc::new(Shadow(handle.kind())))),
        Value::Object(object) if depth > 0 => {
            let mut changed: Option<Object> = None;
            for (key, entry) in object.iter() {
                if let Some(entry) = without_handles(entry, depth - 1) {
                    changed.get_or_insert_with(|| (**object).clone()).insert(key.clone(), entry);
                }
            }
            changed.map(Value::from)
        }
        _ => None,
    }
}

fn now() -> u64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(seen: &[Seen]) -> Vec<f64> {
        seen.iter().filter_map(|seen| seen.message.get("payload")?.as_f64()).collect()
    }

    #[test]
    fn keeps_the_last_messages_while_it_is_watched_and_none_otherwise() {
        let outlet = Arc::<Outlet>::default();
        outlet.pass(&Message::with_payload(0));
        assert!(outlet.kept().is_none());
        let (one, other) = (outlet.watch(), outlet.watch());
        let start = one.first();
        (0..100).for_each(|number| outlet.pass(&Message::with_payload(number)));
        let (seen, next) = one.since(0);
        assert_eq!(payloads(&seen), (36..100).map(f64::from).collect::<Vec<_>>());
        assert_eq!((next, one.first()), (start + 100, start + 36));
        assert_eq!(payloads(&one.since(start + 98).0), [98.0, 99.0]);
        drop(one);
        assert_eq!(other.since(start + 99).0.len(), 1);
        drop(other);
        assert!(outlet.kept().is_none());
        assert_eq!(outlet.sent(), 101);
    }

    #[test]
    fn a_number_names_one_message_whoever_watches_and_after_a_deploy_too() {
        let number = |outlet: &Arc<Outlet>| {
            let watched = outlet.watch();
            outlet.pass(&Message::with_payload(1));
            watched.since(0).0[0].number
        };
        let outlet = Arc::<Outlet>::default();
        let (first, again) = (number(&outlet), number(&outlet));
        // The outlet of a node that was built anew.
        let anew = number(&Arc::default());
        assert!(first < again && again < anew, "{first} {again} {anew}");
    }

    #[test]
    fn what_is_kept_holds_nothing_open() {
        struct Exchange(#[allow(dead_code)] Arc<()>);
        impl Handle for Exchange {
            fn kind(&self) -> &'static str {
                "http-response"
            }
            fn as_any(&self) -> &dyn std::any::Any {
                self
            }
        }
        let open = Arc::new(());
        let mut message = Message::with_payload(1);
        let handle = Value::Handle(Arc::new(Exchange(open.clone())));
        message.set("res", Object::from_iter([("_res", handle)]));
        let outlet = Arc::<Outlet>::default();
        let watched = outlet.watch();
        outlet.pass(&message);
        drop(message);
        assert_eq!(Arc::strong_count(&open), 1);
        let (seen, _) = watched.since(0);
        assert_eq!(format!("{:?}", seen[0].message.get("res")), r#"Some({"_res": <http-response>})"#);
    }
}
