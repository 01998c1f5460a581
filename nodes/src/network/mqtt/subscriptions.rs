//! Who wants which topics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use model::topic;
use tokio::time::Instant;

use super::backlog::Backlog;
use super::payload::DataType;
use super::wire::Options;

/// How long a filter that no node wants any more stays subscribed: a deploy that replaces its node must not
/// lose what comes in between. Longer than a deploy may wait: 15 s each for what is under way, for nodes that say goodbye,
/// and for cells that hand themselves over.
const GRACE: Duration = Duration::from_secs(60);

/// A subscription that a node asks for.
pub(crate) struct Subscriber {
    pub(crate) id: u64,
    pub(crate) options: Options,
    pub(crate) data_type: DataType,
    pub(crate) backlog: Arc<Backlog>,
}

/// The filters, each with the nodes that want it.
#[derive(Default)]
pub(crate) struct Subscriptions {
    /// Those that are topics.
    exact: BTreeMap<EcoString, Filter>,
    /// Those with wildcards, and shared ones.
    patterns: BTreeMap<EcoString, Filter>,
}

#[derive(Default)]
struct Filter {
    subscribers: Vec<Subscriber>,
    /// Whether the broker was asked for it in this session.
    asked: bool,
    idle_since: Option<Instant>,
}

impl Subscriptions {
    pub(crate) fn add(&mut self, filter: EcoString, subscriber: Subscriber) {
        let filters = if is_exact(&filter) { &mut self.exact } else { &mut self.patterns };
        let entry = filters.entry(filter).or_default();
        entry.idle_since = None;
        entry.subscribers.push(subscriber);
    }

    pub(crate) fn remove(&mut self, id: u64) {
        for (_, filter) in self.all_mut() {
            let before = filter.subscribers.len();
            filter.subscribers.retain(|subscriber| subscriber.id != id);
            if filter.subscribers.is_empty() && before > 0 {
                filter.idle_since = Some(Instant::now());
            }
        }
    }

    /// What to ask the broker for: the highest quality that a node wants, the rest as the last one wants it.
    pub(crate) fn ask(&mut self, filter: &str) -> Option<Options> {
        let filter =
            if is_exact(filter) { self.exact.get_mut(filter) } else { self.patterns.get_mut(filter) }?;
        let last = filter.subscribers.last()?.options;
        filter.asked = true;
        let quality = filter.subscribers.iter().map(|subscriber| subscriber.options.quality).max()?;
        Some(Options { quality, ..last })
    }

    /// The filters to ask for on a new connection.
    pub(crate) fn unasked(&mut self, session_present: bool) -> Vec<EcoString> {
        let wanted = |(filter, entry): (&EcoString, &mut Filter)| {
            entry.asked &= session_present;
            (!entry.asked && !entry.subscribers.is_empty()).then(|| filter.clone())
        };
        self.all_mut().filter_map(wanted).collect()
    }

    /// The nodes that want messages of `topic`, each with what the payload is to become.
    pub(crate) fn wanting(&self, topic: &str) -> Vec<(DataType, Arc<Backlog>)> {
        let entries = self.covering(topic).flat_map(|filter| &filter.subscribers);
        entries.map(|one| (one.data_type, one.backlog.clone())).collect()
    }

    /// Whether a node wants messages of `topic`.
    pub(crate) fn is_wanted(&self, topic: &str) -> bool {
        self.covering(topic).any(|filter| !filter.subscribers.is_empty())
    }

    /// Whether a filter covers `topic`, be a node there or not.
    pub(crate) fn covers(&self, topic: &str) -> bool {
        self.covering(topic).next().is_some()
    }

    /// Whether every node has more messages waiting than it should.
    pub(crate) fn are_all_full(&self) -> bool {
        let filters = self.exact.values().chain(self.patterns.values());
        let mut subscribers = filters.flat_map(|filter| &filter.subscribers);
        subscribers.all(|subscriber| subscriber.backlog.is_full())
    }

    /// Takes out the filters that no node has wanted for a while, to unsubscribe from.
    pub(crate) fn take_idle(&mut self) -> Vec<EcoString> {
        let is_idle = |filter: &Filter| filter.idle_since.is_some_and(|since| since.elapsed() >= GRACE);
        let mut idle = Vec::new();
        for filters in [&mut self.exact, &mut self.patterns] {
            idle.extend(filters.extract_if(.., |_, filter| is_idle(filter)).map(|(name, _)| name));
        }
        idle
    }

    fn all_mut(&mut self) -> impl Iterator<Item = (&EcoString, &mut Filter)> {
        self.exact.iter_mut().chain(&mut self.patterns)
    }

    /// The filters that cover `topic`.
    fn covering(&self, topic: &str) -> impl Iterator<Item = &Filter> {
        let patterns = self.patterns.iter().filter(move |(filter, _)| topic::matches(filter, topic));
        self.exact.get(topic).into_iter().chain(patterns.map(|(_, entry)| entry))
    }
}

/// Whether a filter stands for the topic of the same name alone.
fn is_exact(filter: &str) -> bool {
    !filter.contains(['+', '#']) && !filter.starts_with("$share/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::mqtt::backlog::{FULL, Inbound};
    use crate::network::mqtt::publication::Quality;

    fn subscriber(id: u64, quality: Quality) -> Subscriber {
        let (commands, _) = tokio::sync::mpsc::unbounded_channel();
        let options = Options { quality, ..Options::default() };
        Subscriber {
            id,
            options,
            data_type: DataType::Buffer,
            backlog: Backlog::new(commands, Arc::default(), Some),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_filter_is_asked_for_once_a_session_and_given_up_after_a_while() {
        let mut table = Subscriptions::default();
        table.add("a/+".into(), subscriber(1, Quality::AtLeastOnce));
        table.add("a/+".into(), subscriber(2, Quality::AtMostOnce));
        assert_eq!(table.unasked(false), ["a/+"]);
        assert_eq!(table.ask("a/+").map(|options| options.quality), Some(Quality::AtLeastOnce));
        assert!(table.unasked(true).is_empty());
        assert_eq!(table.unasked(false), ["a/+"]);
        assert_eq!(table.wanting("a/b").len(), 2);

        table.remove(1);
        table.remove(2);
        assert!(table.wanting("a/b").is_empty() && table.covers("a/b"));
        tokio::time::advance(GRACE / 2).await;
        assert!(table.take_idle().is_empty());
        table.add("a/+".into(), subscriber(3, Quality::AtMostOnce));
        tokio::time::advance(GRACE).await;
        assert!(table.take_idle().is_empty());
        table.remove(3);
        tokio::time::advance(GRACE).await;
        assert_eq!(table.take_idle(), ["a/+"]);
        assert!(!table.covers("a/b"));
    }

    #[test]
    fn topics_wildcards_and_shares_find_their_nodes() {
        let mut table = Subscriptions::default();
        for (id, filter) in ["a/b", "a/+", "$share/g/a/b", "c", "$SYS/x", "#"].into_iter().enumerate() {
            table.add(filter.into(), subscriber(id as u64, Quality::AtMostOnce));
        }
        for (topic, count) in [("a/b", 4), ("a/c", 2), ("c", 2), ("$SYS/x", 1), ("d", 1)] {
            assert_eq!(table.wanting(topic).len(), count, "{topic}");
            assert!(table.is_wanted(topic));
        }
        table.remove(5);
        assert!(table.covers("d") && !table.is_wanted("d"));
    }

    #[test]
    fn one_node_with_room_is_enough_to_read_on() {
        let mut table = Subscriptions::default();
        let (slow, fast) = (subscriber(1, Quality::AtMostOnce), subscriber(2, Quality::AtMostOnce));
        let backlogs = [slow.backlog.clone(), fast.backlog.clone()];
        table.add("slow".into(), slow);
        table.add("fast/#".into(), fast);
        let fill = |backlog: &Backlog| {
            for _ in 0..FULL {
                backlog.push(Inbound {
                    publication: Arc::default(),
                    data_type: DataType::Buffer,
                    receipt: None,
                });
            }
        };
        fill(&backlogs[0]);
        assert!(!table.are_all_full());
        fill(&backlogs[1]);
        assert!(table.are_all_full());
        table.remove(2);
        assert!(table.are_all_full(), "the one that is left is full");
    }
}
