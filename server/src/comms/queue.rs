//! What waits for one editor: bounded, and forgetful in the right order.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;
use model::api::{HELD_TOPIC, PRESENCE_TOPIC};

use super::item::Item;
use super::topic;

/// Debug messages that wait for one editor at most; more push the oldest out.
const DEBUG_WAITING: usize = 1000;
/// Notifications that wait at most; more push the oldest out.
const NOTICES_WAITING: usize = 1000;
/// Statuses of one topic replace each other, so there are never more than nodes.
const STATUS: &str = "status/";
/// Figures of one flow that wait are brought up to date by the next ones.
pub(super) const METRICS: &str = "metrics/";
/// Messages on wires show by their numbers where some were left out.
const PEEK: &str = "peek/";
/// Frames of messages on wires that wait at most; more push the oldest out.
const PEEKS_WAITING: usize = 32;

/// What waits, and what its editor wants to hear.
#[derive(Default)]
pub(super) struct Queue {
    patterns: Vec<String>,
    /// First parts of topics that its editor may not hear of, whatever it subscribed to.
    withheld: Vec<&'static str>,
    /// By topic.
    statuses: IndexMap<String, Arc<Item>>,
    notices: VecDeque<Arc<Item>>,
    /// Figures, and who is here; no topic stands twice.
    metrics: VecDeque<Arc<Item>>,
    peeks: VecDeque<Arc<Item>>,
    debug: VecDeque<Arc<Item>>,
    lost: u64,
}

impl Queue {
    /// Whether its editor wants to hear of `topic`.
    pub(super) fn wants(&self, topic: &str) -> bool {
        self.patterns.iter().any(|pattern| topic::matches(pattern, topic)) && self.may_hear(topic)
    }

    /// Withholds topics by their first parts; what waits of them is not sent any more.
    pub(super) fn withhold(&mut self, withheld: Vec<&'static str>) {
        self.withheld = withheld;
        let withheld = &self.withheld;
        self.statuses.retain(|topic, _| !withheld.contains(&topic::first(topic)));
        for queue in [&mut self.notices, &mut self.metrics, &mut self.peeks, &mut self.debug] {
            queue.retain(|item| !withheld.contains(&topic::first(&item.topic)));
        }
    }

    fn may_hear(&self, topic: &str) -> bool {
        !self.withheld.contains(&topic::first(topic))
    }

    /// Adds a subscription; false where it was there.
    pub(super) fn subscribe(&mut self, pattern: &str) -> bool {
        let is_new = !self.patterns.iter().any(|known| known == pattern);
        if is_new {
            self.patterns.push(pattern.to_owned());
        }
        is_new
    }

    /// Ends a subscription; what waits under it is not sent any more where no other takes it in.
    pub(super) fn unsubscribe(&mut self, pattern: &str) {
        self.patterns.retain(|known| known != pattern);
        let patterns = &self.patterns;
        let is_wanted =
            |item: &Arc<Item>| patterns.iter().any(|pattern| topic::matches(pattern, &item.topic));
        for queue in [&mut self.metrics, &mut self.peeks] {
            queue.retain(is_wanted);
        }
    }

    /// Whether its editor wants to hear of anything below `prefix`, such as `metrics/`.
    pub(super) fn wants_below(&self, prefix: &str) -> bool {
        let first = prefix.trim_end_matches('/');
        let mut firsts = self.patterns.iter().map(|pattern| topic::first(pattern));
        self.may_hear(first) && firsts.any(|part| part == first || part == "+" || part == "#")
    }

    /// What follows `prefix` in what was subscribed to.
    pub(super) fn patterns_below(&self, prefix: &str) -> Vec<String> {
        let heard = self.patterns.iter().filter(|pattern| self.may_hear(pattern));
        heard.filter_map(|pattern| pattern.strip_prefix(prefix).map(str::to_owned)).collect()
    }

    /// How many subscriptions there are.
    pub(super) fn subscriptions(&self) -> usize {
        self.patterns.len()
    }

    /// Queues `item`, wanted or not.
    pub(super) fn push(&mut self, item: Arc<Item>) {
        if item.topic.starts_with(STATUS) {
            self.statuses.insert(item.topic.to_string(), item);
            return;
        }
        if item.topic.starts_with(METRICS) || item.topic == PRESENCE_TOPIC {
            match self.metrics.iter_mut().find(|waiting| waiting.topic == item.topic) {
                Some(waiting) => *waiting = Item::merged(waiting, &item).map_or(item, Arc::new),
                None => self.metrics.push_back(item),
            }
            return;
        }
        if item.topic.starts_with(PEEK) || item.topic.starts_with(HELD_TOPIC) {
            self.peeks.push_back(item);
            if self.peeks.len() > PEEKS_WAITING {
                self.peeks.pop_front();
            }
            return;
        }
        let (queue, limit) = match item.topic.as_str() {
            "debug" => (&mut self.debug, DEBUG_WAITING),
            _ => (&mut self.notices, NOTICES_WAITING),
        };
        queue.push_back(item);
        if queue.len() > limit {
            queue.pop_front();
            self.lost += 1;
        }
    }

    /// Up to `count` items to send: notices and statuses first, debug messages last.
    pub(super) fn take(&mut self, count: usize) -> Vec<Arc<Item>> {
        let mut taken: Vec<Arc<Item>> = self.notices.drain(..count.min(self.notices.len())).collect();
        let room = count - taken.len();
        taken.extend(self.statuses.drain(..room.min(self.statuses.len())).map(|(_, item)| item));
        for queue in [&mut self.metrics, &mut self.peeks, &mut self.debug] {
            let room = count - taken.len();
            taken.extend(queue.drain(..room.min(queue.len())));
        }
        taken
    }

    /// How many items were pushed out since this was last asked.
    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        let others = [&self.notices, &self.metrics, &self.peeks, &self.debug];
        self.statuses.is_empty() && others.iter().all(|queue| queue.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use model::api::{FlowMetrics, NodeMetrics, metrics_topic};
    use serde_json::json;

    use super::super::item::Data;
    use super::*;

    fn item(topic: &str, data: u64) -> Arc<Item> {
        Arc::new(Item::new(topic, Data::Json(json!(data))))
    }

    #[test]
    fn the_oldest_debug_messages_give_way_and_are_counted() {
        let mut queue = Queue::default();
        for number in 0..1005 {
            queue.push(item("debug", number));
        }
        assert_eq!((queue.take_lost(), queue.take_lost()), (5, 0));
        let first = queue.take(1).remove(0);
        assert!(first.encoded(&Default::default(), Default::default()).contains("\"data\":5"));
        assert_eq!(queue.take(2000).len(), 999);
        assert!(queue.is_empty());
    }

    fn figures(flow: &str, nodes: &[(&str, u64)]) -> Arc<Item> {
        let node = |(id, received): &(&str, u64)| {
            ((*id).into(), NodeMetrics { received: *received, ..NodeMetrics::default() })
        };
        let metrics = FlowMetrics { time: 1, nodes: nodes.iter().map(node).collect() };
        Arc::new(Item::new(metrics_topic(flow), Data::Metrics(metrics)))
    }

    #[test]
    fn figures_that_wait_are_brought_up_to_date_and_none_is_missed() {
        let mut queue = Queue::default();
        queue.push(figures("t", &[("a", 1), ("b", 1)]));
        queue.push(figures("u", &[("c", 1)]));
        queue.push(figures("t", &[("b", 2)]));
        let taken = queue.take(50);
        let received = |at: usize, node: &str| {
            let told: serde_json::Value =
                serde_json::from_str(taken[at].encoded(&Default::default(), Default::default())).unwrap();
            told["data"]["nodes"][node]["received"].as_u64()
        };
        assert_eq!(taken.len(), 2);
        assert_eq!((received(0, "a"), received(0, "b"), received(1, "c")), (Some(1), Some(2), Some(1)));
    }

    #[test]
    fn what_was_subscribed_to_no_more_is_not_sent() {
        let mut queue = Queue::default();
        for pattern in ["metrics/t", "metrics/u", "peek/n/0"] {
            queue.subscribe(pattern);
        }
        assert!(queue.wants_below(METRICS) && !queue.wants_below("status/"));
        assert_eq!(queue.patterns_below("peek/"), ["n/0"]);
        queue.push(figures("t", &[("a", 1)]));
        queue.push(figures("u", &[("c", 1)]));
        queue.unsubscribe("metrics/t");
        assert_eq!(queue.take(50).iter().map(|item| item.topic.as_str()).collect::<Vec<_>>(), ["metrics/u"]);
        assert!(!queue.wants("metrics/t") && queue.wants("metrics/u"));
    }

    #[test]
    fn what_is_withheld_is_neither_wanted_nor_sent() {
        let mut queue = Queue::default();
        for pattern in ["#", "peek/n/0", "metrics/t"] {
            queue.subscribe(pattern);
        }
        queue.push(item("peek/n/0", 1));
        queue.push(item("notification/x", 1));
        queue.withhold(vec!["peek", "metrics"]);
        assert_eq!(queue.take(9).len(), 1);
        assert!(!queue.wants("peek/n/0") && !queue.wants("metrics/t") && queue.wants("status/peek"));
        assert!(!queue.wants_below(METRICS) && queue.wants_below("status/"));
        assert!(queue.patterns_below(PEEK).is_empty());
        queue.withhold(vec![]);
        assert!(queue.wants("peek/n/0"));
    }

    #[test]
    fn a_status_replaces_the_one_that_waits() {
        let mut queue = Queue::default();
        for number in 0..9 {
            queue.push(item("status/a", number));
            queue.push(item("status/b", number));
        }
        queue.push(item("notification/x", 1));
        let taken: Vec<String> = queue
            .take(50)
            .iter()
            .map(|item| item.encoded(&Default::default(), Default::default()).into())
            .collect();
        assert_eq!(
            taken,
            [
                r#"{"data":1,"topic":"notification/x"}"#,
                r#"{"data":8,"topic":"status/a"}"#,
                r#"{"data":8,"topic":"status/b"}"#
            ]
            .map(|text| {
                let value: serde_json::Value = serde_json::from_str(text).unwrap();
                json!({"topic": value["topic"], "data": value["data"]}).to_string()
            })
        );
    }
}
