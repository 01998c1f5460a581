//! Rate limits by topic: the last message of each topic waits, and they pass in turn or together.

use std::any::Any;

use engine::node::{FunctionNode, Handover, Out, Progress, TimerId};
use engine::observe::Status;
use engine::{Message, NodeError, js};
use indexmap::IndexMap;
use model::text::Text;

use super::rate::REPORT_EVERY;
use super::{Interval, Parked, depth, flush_count, is_command_alone};
use crate::config::{check_room, park};

const NEXT: u64 = 0;
const REPORT: u64 = 1;

/// The topic of messages without one, which they then have, as in Node-RED.
const NO_TOPIC: &str = "_none_";

/// Keeps the last message of each topic.
pub(super) struct Topics {
    interval: Interval,
    /// Whether all pass together, or one topic at a time.
    all_at_once: bool,
    drops_to_second: bool,
    /// By topic, in the order in which the topics came.
    waiting: IndexMap<ecow::EcoString, Message>,
    next: Option<TimerId>,
    shown: usize,
    has_report: bool,
}

impl Topics {
    pub(super) fn new(interval: Interval, all_at_once: bool, drops_to_second: bool) -> Self {
        Self {
            interval,
            all_at_once,
            drops_to_second,
            waiting: IndexMap::new(),
            next: None,
            shown: 0,
            has_report: false,
        }
    }

    fn restart(&mut self, out: &mut Out<'_>) {
        if let Some(timer) = self.next.take() {
            out.cancel(timer);
        }
        self.next = Some(out.after(self.interval.duration(), NEXT));
    }

    fn report(&mut self, out: &mut Out<'_>) {
        if !self.has_report && self.shown != self.waiting.len() {
            self.has_report = true;
            out.after(REPORT_EVERY, REPORT);
        }
    }

    fn add(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<(), NodeError> {
        if message.get("topic").is_none() {
            message.set("topic", NO_TOPIC);
        }
        let topic = message.get("topic").map(js::to_text).unwrap_or_default();
        if !self.waiting.contains_key(&topic) {
            check_room(self.waiting.len(), out)?;
        }
        park(message);
        if let Some(former) = self.waiting.insert(topic, message.clone()) {
            if self.drops_to_second {
                out.send(1, former.clone());
            }
            out.done(former);
        }
        self.report(out);
        Ok(())
    }

    fn send_first(&mut self, out: &mut Out<'_>) {
        if let Some((_, message)) = self.waiting.shift_remove_index(0) {
            out.send(0, message.clone());
            out.done(message);
        }
    }
}

impl FunctionNode for Topics {
    fn start(&mut self, out: &mut Out<'_>) {
        self.restart(out);
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if self.interval.change(message) {
            self.restart(out);
        }
        self.add(message, out)?;
        if let Some(count) = flush_count(message, self.waiting.len()) {
            for (_, mut waiting) in self.waiting.drain(..count) {
                waiting.remove("flush");
                waiting.remove("reset");
                if !is_command_alone(&waiting, &["topic"]) {
                    out.send(0, waiting.clone());
                }
                out.done(waiting);
            }
            self.shown = 0;
            out.status(Status::clear());
        }
        if message.get("reset").is_some() {
            for (_, waiting) in self.waiting.drain(..) {
                out.done(waiting);
            }
            self.interval.reset();
            self.restart(out);
            out.status(Status::new("", "", Text::key("delay.reset")));
        }
        Ok(Progress::Pending)
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if token == REPORT {
            self.has_report = false;
            self.shown = self.waiting.len();
            out.status(depth(self.shown));
            return Ok(());
        }
        let count = if self.all_at_once { self.waiting.len() } else { 1 };
        for _ in 0..count {
            self.send_first(out);
        }
        self.restart(out);
        self.report(out);
        Ok(())
    }

    fn kept(&self) -> usize {
        self.waiting.len()
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        let waiting = std::mem::take(&mut self.waiting);
        Some(Box::new(Parked(waiting.into_values().map(|message| (message, None)).collect())))
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        let Some(parked) = parked.take::<Parked>() else { return };
        for (message, _) in parked.0 {
            let topic = message.get("topic").map(js::to_text).unwrap_or_default();
            self.waiting.insert(topic, message);
        }
        self.report(out);
    }
}
