//! The reduce mode of the join node: an expression makes one value of a sequence, message by message.

use ecow::EcoString;
use engine::delivery::Delivery;
use engine::js;
use engine::node::{NodeHandle, Out, Progress};
use engine::typed::{Expression, TypedValue};
use engine::{Message, NodeError, Object, Value};
use indexmap::IndexMap;

use super::Config;
use crate::config::{Problems, buffer_limit, park};

/// How sequences are reduced, and those under way.
pub(super) struct Reduce {
    step: Expression,
    start: TypedValue,
    end: Option<Expression>,
    is_from_last: bool,
    /// Sequences under way, by their id.
    groups: Groups,
    /// Messages in all of `groups`.
    kept: usize,
}

/// Sequences of messages under way, by their id.
pub(super) type Groups = IndexMap<EcoString, Group>;

/// The messages of a sequence so far.
#[derive(Default)]
pub(super) struct Group {
    /// How many there will be, as soon as one says it.
    count: Option<f64>,
    messages: Vec<Message>,
}

impl Reduce {
    /// Compiles the expressions; what is wrong with them is noted.
    pub(super) fn parse(config: &Config, problems: &mut Problems) -> Option<Self> {
        let step = problems.check("reduceExp", Expression::parse(&config.reduce_exp));
        let start = config.reduce_init.clone().unwrap_or_default();
        let start = problems.check("reduceInit", TypedValue::parse(&start, &config.reduce_init_type));
        let end = match config.reduce_fixup.as_str() {
            "" => Some(None),
            source => problems.check("reduceFixup", Expression::parse(source)).map(Some),
        };
        Some(Self {
            step: step?,
            start: start?,
            end: end?,
            is_from_last: config.reduce_right,
            groups: Groups::new(),
            kept: 0,
        })
    }

    /// Messages in sequences that are not complete.
    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    /// Takes a message; sends the result when its sequence is complete.
    pub(super) fn take(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let Some(parts) = message.get("parts") else {
            out.send(0, message.take());
            return Ok(Progress::Done);
        };
        let id = parts.get("id").map(js::to_text).unwrap_or_default();
        let count = parts.get("count").map(js::to_number);
        park(message);
        let group = self.groups.entry(id.clone()).or_default();
        group.count = group.count.or(count);
        group.messages.push(message.take());
        self.kept += 1;
        if group.count.is_some_and(|count| group.messages.len() as f64 >= count)
            && let Some(group) = self.groups.shift_remove(&id)
        {
            self.kept -= group.messages.len();
            self.finish(group, out);
        }
        self.give_up(out);
        Ok(Progress::Pending)
    }

    /// When it keeps more than it may, the messages of the oldest sequences fail.
    fn give_up(&mut self, out: &mut Out<'_>) {
        let limit = buffer_limit(out);
        while self.kept > limit
            && let Some((_, group)) = self.groups.shift_remove_index(0)
        {
            self.kept -= group.messages.len();
            for message in group.messages {
                out.error(NodeError::key("join.too-many").with("limit", limit), Some(message));
            }
        }
    }

    fn finish(&self, mut group: Group, out: &mut Out<'_>) {
        group.messages.sort_by(|a, b| {
            let order = index(a).partial_cmp(&index(b)).unwrap_or(std::cmp::Ordering::Equal);
            if self.is_from_last { order.reverse() } else { order }
        });
        let node = out.node().clone();
        let result = self.reduce(&group, &node);
        let Some(mut message) = group.messages.last().cloned() else { return };
        message
            .set_delivery(Delivery::merge(group.messages.iter().filter_map(|one| one.delivery().cloned())));
        match result {
            Ok(result) => {
                message.set("payload", result);
                out.send(0, message);
                group.messages.into_iter().for_each(|one| out.done(one));
            }
            Err(error) => out.error(error, Some(message)),
        }
    }

    fn reduce(&self, group: &Group, node: &NodeHandle) -> Result<Value, NodeError> {
        let surroundings = node.into();
        let count = Value::from(group.count.unwrap_or(f64::NAN));
        let mut result = self.start.evaluate(node, &Message::default())?;
        for message in &group.messages {
            let place = message.get("parts").and_then(|parts| parts.get("index")).cloned();
            let variables = [("I", place.unwrap_or_default()), ("N", count.clone()), ("A", result)];
            result = self.step.evaluate_with(&surroundings, message.properties(), &variables)?;
        }
        match &self.end {
            Some(end) => end.evaluate_with(&surroundings, &Object::new(), &[("N", count), ("A", result)]),
            None => Ok(result),
        }
    }

    /// Hands over the sequences under way.
    pub(super) fn park(&mut self) -> Groups {
        self.kept = 0;
        std::mem::take(&mut self.groups)
    }

    /// Goes on with the sequences of the former node.
    pub(super) fn resume(&mut self, groups: Groups) {
        self.kept = groups.values().map(|group| group.messages.len()).sum();
        self.groups = groups;
    }
}

fn index(message: &Message) -> f64 {
    message.get("parts").and_then(|parts| parts.get("index")).map_or(f64::NAN, js::to_number)
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
    async fn only_what_is_kept_now_counts() {
        let limit = Arc::new(BufferLimit::default());
        limit.set(2);
        let mut services = Services::default();
        services.insert(limit);
        let flow = json!([
            { "id": "n", "type": "join", "mode": "reduce", "reduceExp": "$A + payload", "reduceInit": "0",
              "reduceInitType": "num", "wires": [["r"]] },
            { "id": "r", "type": "recorder" },
        ]);
        let mut bench = Bench::start(flow, services).await;
        let part = |sequence: &str, index: u32| json!({ "payload": 1, "parts": { "id": sequence, "index": index, "count": 2 } });
        for sequence in ["a", "b", "c", "d"] {
            bench.send("n", part(sequence, 0));
            bench.send("n", part(sequence, 1));
        }
        until("all are reduced", async || bench.recorded().len() == 4).await;
        assert_eq!(bench.open(), 0);
        // Those that were given up count no more, either.
        let sent: Vec<usize> =
            ["e", "f", "g", "h"].iter().map(|sequence| bench.send("n", part(sequence, 0))).collect();
        until("two have failed", async || bench.errors().len() == 2).await;
        assert!(sent[..2].iter().all(|sent| bench.outcome(*sent) == Some(Outcome::Failed)));
        bench.send("n", part("g", 1));
        until("one is reduced", async || bench.recorded().len() == 5).await;
        assert_eq!((bench.errors().len(), bench.open()), (2, 1));
    }
}
