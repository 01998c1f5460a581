//! Figures of nodes: what changed since they were told before.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ecow::EcoString;
use engine::node::{NodeHandle, NodeInfo};
use model::api::{FlowMetrics, NodeMetrics, metrics_topic};
use model::document::Document;

use super::sources;
use crate::app::App;
use crate::comms::now;

/// What was told before.
#[derive(Default)]
pub(super) struct Metrics {
    told_at: Option<Instant>,
    tells_all: bool,
    nodes: HashMap<EcoString, Before>,
    /// The flow of each node that was told of.
    told: HashMap<EcoString, EcoString>,
}

/// What was told of a node before.
struct Before {
    totals: Totals,
    /// Whether anything had happened since the time before.
    was_moving: bool,
}

/// A node's figures as they are counted.
#[derive(Clone, Default, PartialEq)]
struct Totals {
    received: u64,
    sent: Vec<u64>,
    errors: u64,
    dropped: u64,
    waiting: u64,
    busy: Duration,
}

/// The running nodes by id.
pub(crate) type Nodes = HashMap<EcoString, Arc<NodeHandle>>;

/// These nodes by their ids.
pub(crate) fn by_id(nodes: &[Arc<NodeHandle>]) -> Nodes {
    nodes.iter().map(|node| (node.info.id.clone(), node.clone())).collect()
}

impl Metrics {
    /// Has all figures told the next time, not only those that changed.
    pub(super) fn tell_all_next(&mut self) {
        self.tells_all = true;
    }

    /// Tells those who subscribed what changed.
    pub(super) fn tell(&mut self, app: &App) {
        let taken_at = Instant::now();
        let span = self.told_at.replace(taken_at).map_or(Duration::ZERO, |before| taken_at - before);
        let tells_all = std::mem::take(&mut self.tells_all);
        let in_force = app.flows.now_in_force();
        let nodes = by_id(&app.flows.engine().nodes());
        let document = &in_force.document;
        let mut heard: HashMap<&str, bool> = HashMap::new();
        let mut is_heard =
            |flow| *heard.entry(flow).or_insert_with(|| app.hub.is_heard(&metrics_topic(flow)));
        let mut frames: BTreeMap<EcoString, FlowMetrics> = BTreeMap::new();
        let mut inside: BTreeMap<(&str, &str), Sum> = BTreeMap::new();
        self.nodes.retain(|id, _| nodes.contains_key(id));
        for (flow, id) in self.gone(&nodes) {
            frames.entry(flow).or_default().nodes.insert(id, NodeMetrics::default());
        }
        for (id, node) in &nodes {
            let flow = &node.info.flow;
            let in_subflow = template_of(document, &node.info).filter(|(subflow, _)| is_heard(subflow));
            let is_told = is_heard(flow);
            if !is_told && in_subflow.is_none() {
                self.nodes.remove(id);
                continue;
            }
            let totals = totals_of(node, &nodes, document);
            let (mut metrics, is_news) = self.news(id, totals, span, tells_all);
            let p99 = node.counters.slowest_hundredth();
            metrics.p99_us = p99.map(|time| time.as_secs_f64() * 1e6);
            if let Some(place) = in_subflow {
                inside.entry(place).or_default().add(&metrics, is_news);
            }
            if is_told && is_news {
                self.told.insert(id.clone(), flow.clone());
                frames.entry(flow.clone()).or_default().nodes.insert(id.clone(), metrics);
            }
        }
        for ((subflow, id), sum) in inside.into_iter().filter(|(_, sum)| sum.is_news) {
            frames.entry(subflow.into()).or_default().nodes.insert(id.into(), sum.metrics);
        }
        for (flow, frame) in frames {
            app.hub.tell_metrics(&metrics_topic(&flow), FlowMetrics { time: now(), ..frame });
        }
    }

    /// Nodes that were told of and do not run any more, each with its flow. They are told once more, with nothing:
    /// whoever shows figures of them would show them for ever.
    fn gone<T>(&mut self, nodes: &HashMap<EcoString, T>) -> Vec<(EcoString, EcoString)> {
        let gone = self.told.extract_if(|id, _| !nodes.contains_key(id));
        gone.map(|(id, flow)| (flow, id)).collect()
    }

    /// A node's figures, and whether they are news.
    fn news(
        &mut self,
        id: &EcoString,
        totals: Totals,
        span: Duration,
        tells_all: bool,
    ) -> (NodeMetrics, bool) {
        let before = self.nodes.get(id);
        let is_moving = before.is_some_and(|before| before.totals != totals);
        let was_moving = before.is_some_and(|before| before.was_moving);
        let is_first = before.is_none() || tells_all;
        let is_news = is_moving || was_moving || is_first && totals.has_any();
        let metrics = totals.since(before.map(|before| &before.totals), span);
        self.nodes.insert(id.clone(), Before { totals, was_moving: is_moving });
        (metrics, is_news)
    }
}

impl Totals {
    fn has_any(&self) -> bool {
        self.received + self.errors + self.dropped + self.waiting + self.sent.iter().sum::<u64>() > 0
    }

    /// The figures, with rates over `span`. A node that was started anew counts from 0.
    fn since(&self, before: Option<&Self>, span: Duration) -> NodeMetrics {
        let seconds = span.as_secs_f64();
        let rate = |now: u64, before: Option<u64>| match before {
            Some(before) if seconds > 0.0 => now.checked_sub(before).unwrap_or(now) as f64 / seconds,
            _ => 0.0,
        };
        let sent_before = |port: usize| before.map(|before| before.sent.get(port).copied().unwrap_or(0));
        let busy = before.map_or(self.busy, |before| before.busy);
        let busy = self.busy.checked_sub(busy).unwrap_or(self.busy);
        NodeMetrics {
            received: self.received,
            sent: self.sent.clone(),
            errors: self.errors,
            dropped: self.dropped,
            waiting: self.waiting,
            received_per_second: rate(self.received, before.map(|before| before.received)),
            sent_per_second: (0..self.sent.len())
                .map(|port| rate(self.sent[port], sent_before(port)))
                .collect(),
            busy: if seconds > 0.0 { (busy.as_secs_f64() / seconds).min(1.0) } else { 0.0 },
            p99_us: None,
        }
    }
}

/// The figures of a node of a subflow, over all uses of the subflow.
#[derive(Default)]
struct Sum {
    metrics: NodeMetrics,
    is_news: bool,
}

impl Sum {
    /// Adds those of one use. Shares of the time and times of calls are those of the busiest and slowest use.
    fn add(&mut self, one: &NodeMetrics, is_news: bool) {
        let sum = &mut self.metrics;
        sum.received += one.received;
        sum.errors += one.errors;
        sum.dropped += one.dropped;
        sum.waiting += one.waiting;
        sum.received_per_second += one.received_per_second;
        sum.sent.resize(sum.sent.len().max(one.sent.len()), 0);
        sum.sent.iter_mut().zip(&one.sent).for_each(|(sum, one)| *sum += one);
        sum.sent_per_second.resize(sum.sent.len(), 0.0);
        sum.sent_per_second.iter_mut().zip(&one.sent_per_second).for_each(|(sum, one)| *sum += one);
        sum.busy = sum.busy.max(one.busy);
        sum.p99_us = sum.p99_us.into_iter().chain(one.p99_us).reduce(f64::max);
        self.is_news |= is_news;
    }
}

/// The subflow that a running node belongs to, and its id there.
fn template_of<'a>(document: &'a Document, info: &NodeInfo) -> Option<(&'a str, &'a str)> {
    let node = document.get(info.alias.as_ref()?)?;
    Some((node.z()?, node.id()))
}

fn totals_of(node: &NodeHandle, nodes: &Nodes, document: &Document) -> Totals {
    let counters = &node.counters;
    Totals {
        received: counters.received.load(Ordering::Relaxed),
        sent: sent_by(node, nodes, document),
        errors: counters.errors.load(Ordering::Relaxed),
        dropped: counters.dropped.load(Ordering::Relaxed),
        waiting: counters.waiting(),
        busy: counters.busy(),
    }
}

/// Messages sent, by port. What a subflow instance sends is sent by nodes inside of it.
pub(crate) fn sent_by(node: &NodeHandle, nodes: &Nodes, document: &Document) -> Vec<u64> {
    let sent_at = |(id, port): sources::Source| {
        nodes.get(&id).and_then(|node| node.outlets().get(port).map(|outlet| outlet.sent())).unwrap_or(0)
    };
    match sources::instance_outputs(document, &node.info) {
        Some(count) => {
            let sources = |port| sources::of(document, &node.info, port).into_iter();
            (0..count).map(|port| sources(port).map(sent_at).sum()).collect()
        }
        None => node.outlets().iter().map(|outlet| outlet.sent()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn totals(received: u64, sent: &[u64]) -> Totals {
        Totals { received, sent: sent.to_vec(), ..Totals::default() }
    }

    #[test]
    fn a_node_is_told_of_while_it_moves_and_once_more() {
        let mut metrics = Metrics::default();
        let id = EcoString::from("n");
        let mut news = |totals, span, tells_all| {
            let (metrics, is_news) = metrics.news(&id, totals, span, tells_all);
            is_news.then_some(metrics)
        };
        assert_eq!(news(totals(0, &[0]), Duration::ZERO, true), None);
        let first = news(totals(10, &[4, 6]), 2 * SECOND, false).unwrap();
        assert_eq!((first.received_per_second, first.sent_per_second), (5.0, vec![2.0, 3.0]));
        let last = news(totals(10, &[4, 6]), SECOND, false).unwrap();
        assert_eq!((last.received, last.received_per_second), (10, 0.0));
        assert_eq!(news(totals(10, &[4, 6]), SECOND, false), None);
        // Somebody new is told of it all the same.
        assert!(news(totals(10, &[4, 6]), SECOND, true).is_some());
    }

    #[test]
    fn a_node_that_was_started_anew_counts_from_zero() {
        let mut metrics = Metrics::default();
        let id = EcoString::from("n");
        metrics.news(&id, totals(1000, &[1000]), SECOND, false);
        let (anew, _) = metrics.news(&id, totals(3, &[3]), SECOND, false);
        assert_eq!((anew.received_per_second, anew.sent_per_second), (3.0, vec![3.0]));
    }

    #[test]
    fn a_node_that_is_gone_is_told_of_once_more() {
        let mut metrics = Metrics::default();
        let running = HashMap::from([("n".into(), ())]);
        metrics.told = HashMap::from([("n".into(), "t".into()), ("m".into(), "t".into())]);
        assert_eq!(metrics.gone(&running), vec![(EcoString::from("t"), EcoString::from("m"))]);
        assert!(metrics.gone(&running).is_empty());
    }

    #[test]
    fn uses_of_a_subflow_are_summed() {
        let one = |sent: &[u64], busy: f64, p99_us| NodeMetrics {
            received: 5,
            sent: sent.to_vec(),
            sent_per_second: sent.iter().map(|sent| *sent as f64).collect(),
            busy,
            p99_us,
            ..NodeMetrics::default()
        };
        let mut sum = Sum::default();
        sum.add(&one(&[1], 0.5, None), false);
        sum.add(&one(&[2, 3], 0.25, Some(7.0)), true);
        let expected = NodeMetrics { received: 10, ..one(&[3, 3], 0.5, Some(7.0)) };
        assert_eq!((sum.metrics, sum.is_news), (expected, true));
    }

    #[test]
    fn a_share_of_the_time() {
        let before = Totals { busy: SECOND, ..Totals::default() };
        let now = Totals { busy: SECOND + SECOND / 4, ..Totals::default() };
        assert_eq!(now.since(Some(&before), SECOND).busy, 0.25);
        assert_eq!(now.since(None, Duration::ZERO).busy, 0.0);
    }
}
