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
pub(crate) struct Subscriptions(BTreeMap<EcoString, Filter>);

#[derive(Default)]
struct Filter {
    subscribers: Vec<Subscriber>,
    /// Whether the broker was asked for it in this session.
    asked: bool,
    idle_since: Option<Instant>,
}

impl Subscriptions {
    pub(crate) fn add(&mut self, filter: EcoString, subscriber: Subscriber) {
        let entry = self.0.entry(filter).or_default();
        entry.idle_since = None;
        entry.subscribers.push(subscriber);
    }

    pub(crate) fn remove(&mut self, id: u64) {
        for filter in self.0.values_mut() {
            let before = filter.subscribers.len();
            filter.subscribers.retain(|subscriber| subscriber.id != id);
            if filter.subscribers.is_empty() && before > 0 {
                filter.idle_since = Some(Instant::now());
            }
        }
    }

    /// What to ask the broker for: the highest quality that a node wants, the rest as the last one wants it.
    pub(crate) fn ask(&mut self, filter: &str) -> Option<Options> {
        let filter = self.0.get_mut(filter)?;
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
        self.0.iter_mut().filter_map(wanted).collect()
    }

    /// The nodes that want messages of `topic`, each with what the payload is to become.
    pub(crate) fn wanting(&self, topic: &str) -> Vec<(DataType, Arc<Backlog>)> {
        let mut wanting = Vec::new();
        for (filter, entry) in &self.0 {
            if topic::matches(filter, topic) {
                let subscribers = entry.subscribers.iter();
                wanting.extend(subscribers.map(|one| (one.data_type, one.backlog.clone())));
            }
        }
        wanting
    }

    /// Whether a filter covers `topic`, be a node there or not.
    pub(crate) fn covers(&self, topic: &str) -> bool {
        self.0.keys().any(|filter| topic::matches(filter, topic))
    }

    /// Whether a node has more messages waiting than it should.
    pub(crate) fn is_full(&self) -> bool {
        self.0.values().flat_map(|filter| &filter.subscribers).any(|subscriber| subscriber.backlog.is_full())
    }

    /// Takes out the filters that no node has wanted for a while, to unsubscribe from.
    pub(crate) fn take_idle(&mut self) -> Vec<EcoString> {
        let idle: Vec<EcoString> = self
            .0
            .iter()
            .filter(|(_, filter)| filter.idle_since.is_some_and(|since| since.elapsed() >= GRACE))
            .map(|(name, _)| name.clone())
            .collect();
        for filter in &idle {
            self.0.remove(filter);
        }
        idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::mqtt::publication::Quality;

    fn subscriber(id: u64, quality: Quality) -> Subscriber {
        let (commands, _) = tokio::sync::mpsc::unbounded_channel();
        let options = Options { quality, ..Options::default() };
        Subscriber { id, options, data_type: DataType::Buffer, backlog: Backlog::new(commands, Some) }
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
}
