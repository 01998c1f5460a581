//! Sequences that a node holds until they are complete.

use ecow::EcoString;
use engine::js;
use engine::node::Out;
use engine::{Message, NodeError, Value};
use indexmap::IndexMap;

use crate::config::{buffer_limit, park};

/// Sequences under way, by `parts.id`, the oldest first.
#[derive(Default)]
pub(crate) struct Sequences {
    groups: IndexMap<EcoString, Group>,
    count: usize,
}

#[derive(Default)]
struct Group {
    messages: Vec<Message>,
    /// How many there will be, once a message has told.
    target: Option<f64>,
}

/// Whether `msg.parts` says which sequence the message is of, and where in it.
pub(crate) fn is_part(message: &Message) -> bool {
    message.get("parts").is_some_and(|parts| parts.get("id").is_some() && parts.get("index").is_some())
}

impl Sequences {
    /// Messages of sequences that are not complete.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Takes a message; gives the sequence if that completes it, in the order of arrival. When the node then keeps
    /// more than it may, the oldest sequences are given up: each of their messages fails with `too_many`.
    pub(crate) fn add(
        &mut self,
        message: &mut Message,
        too_many: &'static str,
        out: &mut Out<'_>,
    ) -> Option<Vec<Message>> {
        let parts = message.get("parts")?;
        let id = parts.get("id").map(js::to_text).unwrap_or_default();
        let count = parts.get("count").map(js::to_number);
        let group = self.groups.entry(id.clone()).or_default();
        group.target = count.or(group.target);
        park(message);
        group.messages.push(message.take());
        self.count += 1;
        if group.target != Some(group.messages.len() as f64) {
            self.give_up(too_many, out);
            return None;
        }
        let Group { mut messages, target } = self.groups.shift_remove(&id)?;
        self.count -= messages.len();
        for message in &mut messages {
            set_part(message, "count", target.unwrap_or_default().into());
        }
        Some(messages)
    }

    fn give_up(&mut self, too_many: &'static str, out: &mut Out<'_>) {
        let limit = buffer_limit(out);
        while self.count > limit
            && let Some((_, group)) = self.groups.shift_remove_index(0)
        {
            self.count -= group.messages.len();
            for message in group.messages {
                out.error(NodeError::key(too_many).with("limit", limit), Some(message));
            }
        }
    }
}

/// What the text of a node's `too_many` says.
pub(crate) const TOO_MANY: &str = "the node keeps {limit} messages of unfinished sequences at most; this one was given up \
    with the oldest sequence. Make the sequences shorter, or see to it that all their messages arrive";

/// Sets an entry of `msg.parts`, if that is an object.
pub(crate) fn set_part(message: &mut Message, name: &str, value: Value) {
    if let Some(parts) = message.properties_mut().get_mut("parts").and_then(Value::as_object_mut) {
        parts.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::Outcome;
    use engine::node::Services;
    use serde_json::json;

    use crate::config::BufferLimit;
    use crate::testing::{Bench, until};

    #[tokio::test]
    async fn the_oldest_sequence_is_given_up_beyond_the_limit() {
        let limit = Arc::new(BufferLimit::default());
        let mut services = Services::default();
        services.insert(limit.clone());
        let flow = json!([
            { "id": "n", "type": "sort", "targetType": "seq", "seqKey": "payload", "order": "ascending", "wires": [["r"]] },
            { "id": "r", "type": "recorder" },
        ]);
        let mut bench = Bench::start(flow, services).await;
        let part = |sequence: &str, index: u32| json!({ "payload": 9 - index, "parts": { "id": sequence, "index": index, "count": 2 } });
        limit.set(2);
        let sent: Vec<usize> =
            ["a", "b", "c"].iter().map(|sequence| bench.send("n", part(sequence, 0))).collect();
        until("the first has failed", async || bench.outcome(sent[0]) == Some(Outcome::Failed)).await;
        assert!(bench.errors()[0].contains("keeps 2 messages"), "{:?}", bench.errors());
        assert_eq!(bench.open(), 2);
        // A limit that is lifted is lifted at once; what was kept is still there.
        limit.set(0);
        for sequence in ["d", "b"] {
            bench.send("n", part(sequence, 1));
        }
        until("a sequence is sorted", async || bench.recorded().len() == 2).await;
        assert_eq!(bench.take_recorded()[0].payload(), &8.into());
        assert_eq!((bench.errors().len(), bench.open()), (1, 2));
    }
}
