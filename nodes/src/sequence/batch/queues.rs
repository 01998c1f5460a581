//! Sequences that wait for one of each topic.

use std::collections::{HashMap, VecDeque};

use ecow::EcoString;
use engine::{Message, js};

/// Messages by topic and sequence.
#[derive(Default)]
pub(super) struct Queues {
    topics: HashMap<EcoString, Topic>,
    /// Messages in all of them.
    count: usize,
    /// How many ever came.
    arrivals: u64,
}

/// The sequences of one topic, the oldest first.
#[derive(Default)]
struct Topic {
    sequences: VecDeque<Sequence>,
    /// Their places, counted from the first that there ever was.
    places: HashMap<EcoString, usize>,
    /// How many are gone.
    gone: usize,
}

struct Sequence {
    id: EcoString,
    /// How many messages it has when it is complete.
    length: f64,
    /// Each with its place in the order of arrival.
    messages: Vec<(u64, Message)>,
}

impl Queues {
    /// How many messages wait.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Adds a message; one that does not tell its place in a sequence is left out.
    pub(super) fn add(&mut self, message: Message) {
        let Some((id, length)) = place(&message) else { return };
        let topic = self.topics.entry(message.topic().unwrap_or_default().into()).or_default();
        let next = topic.gone + topic.sequences.len();
        let place = *topic.places.entry(id.clone()).or_insert(next);
        if place == next {
            topic.sequences.push_back(Sequence { id, length, messages: Vec::new() });
        }
        topic.sequences[place - topic.gone].messages.push((self.arrivals, message));
        self.arrivals += 1;
        self.count += 1;
    }

    /// Takes out the oldest sequence of each topic, once all are complete: their messages in the order of `topics`. One that
    /// is listed twice comes twice.
    pub(super) fn take(&mut self, topics: &[EcoString]) -> Option<Vec<Message>> {
        let is_ready = |topic: &EcoString| {
            let oldest = self.topics.get(topic).and_then(|topic| topic.sequences.front());
            oldest.is_some_and(|sequence| sequence.messages.len() as f64 == sequence.length)
        };
        if !topics.iter().all(is_ready) {
            return None;
        }
        let mut taken: HashMap<&EcoString, Vec<(u64, Message)>> = HashMap::new();
        let mut messages = Vec::new();
        for topic in topics {
            let sequence = taken.entry(topic).or_insert_with(|| {
                let sequence = self.topics.get_mut(topic).and_then(Topic::pop).unwrap_or_default();
                self.count -= sequence.len();
                sequence
            });
            messages.extend(sequence.iter().map(|(_, message)| message.clone()));
        }
        Some(messages)
    }

    /// Takes out everything, in the order of arrival.
    pub(super) fn take_all(&mut self) -> Vec<Message> {
        self.count = 0;
        let sequences = self.topics.drain().flat_map(|(_, topic)| topic.sequences);
        let mut messages: Vec<_> = sequences.flat_map(|sequence| sequence.messages).collect();
        messages.sort_unstable_by_key(|(arrival, _)| *arrival);
        messages.into_iter().map(|(_, message)| message).collect()
    }
}

impl Topic {
    fn pop(&mut self) -> Option<Vec<(u64, Message)>> {
        let sequence = self.sequences.pop_front()?;
        self.places.remove(&sequence.id);
        self.gone += 1;
        Some(sequence.messages)
    }
}

/// The id and length of the message's sequence, if it tells its place in it.
pub(super) fn place(message: &Message) -> Option<(EcoString, f64)> {
    let parts = message.get("parts")?;
    parts.get("index")?;
    Some((js::to_text(parts.get("id")?), js::to_number(parts.get("count")?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(topic: &str, id: &str, count: usize, payload: usize) -> Message {
        let json =
            json!({ "topic": topic, "payload": payload, "parts": { "id": id, "index": 0, "count": count } });
        Message::from_object(serde_json::from_value::<engine::Object>(json).unwrap())
    }

    fn payloads(messages: Vec<Message>) -> Vec<f64> {
        messages.iter().filter_map(|message| message.payload().as_f64()).collect()
    }

    #[test]
    fn sequences_of_a_topic_come_in_the_order_in_which_they_began() {
        let topics = ["B".into(), "A".into()];
        let mut queues = Queues::default();
        for (topic, id, count, payload) in
            [("A", "1", 2, 0), ("A", "2", 1, 1), ("B", "3", 1, 2), ("A", "1", 2, 3), ("A", "1", 1, 4)]
        {
            assert_eq!(queues.take(&topics).map(payloads), None, "before {payload}");
            queues.add(message(topic, id, count, payload));
            if payload == 3 {
                assert_eq!(queues.take(&topics).map(payloads), Some(vec![2.0, 0.0, 3.0]));
            }
        }
        queues.add(message("B", "3", 1, 5));
        assert_eq!(queues.count(), 3);
        assert_eq!(queues.take(&topics).map(payloads), Some(vec![5.0, 1.0]));
        queues.add(message("B", "4", 2, 6));
        assert_eq!(payloads(queues.take_all()), [4.0, 6.0]);
        assert_eq!(queues.count(), 0);
    }
}
