//! Rate limits: one message every so often.

use std::any::Any;
use std::collections::VecDeque;
use std::time::Duration;

use engine::node::{FunctionNode, Handover, Out, Progress, TimerId};
use engine::{Message, NodeError, Value};
use tokio::time::Instant;

use super::{Interval, Parked, depth, depth_after_reset, flush_count, is_command_alone};
use crate::config::{check_room, park};

const NEXT: u64 = 0;
const REPORT: u64 = 1;

/// The number of messages that wait is shown at most so often.
pub(super) const REPORT_EVERY: Duration = Duration::from_millis(500);

/// Lets the first message pass at once; those that follow wait for their turn.
pub(super) struct Queueing {
    interval: Interval,
    waiting: VecDeque<Message>,
    /// Runs while messages wait, and for one interval after the last.
    next: Option<TimerId>,
    has_report: bool,
}

impl Queueing {
    pub(super) fn new(interval: Interval) -> Self {
        Self { interval, waiting: VecDeque::new(), next: None, has_report: false }
    }

    fn restart(&mut self, out: &mut Out<'_>) {
        self.halt(out);
        self.next = Some(out.after(self.interval.duration(), NEXT));
    }

    fn halt(&mut self, out: &mut Out<'_>) {
        if let Some(timer) = self.next.take() {
            out.cancel(timer);
        }
    }

    fn report(&mut self, out: &mut Out<'_>) {
        if !self.has_report {
            self.has_report = true;
            out.after(REPORT_EVERY, REPORT);
        }
    }

    /// Keeps a message, or lets it pass if none did for an interval; whether it was kept.
    fn take(&mut self, message: &Message, out: &mut Out<'_>) -> Result<bool, NodeError> {
        let is_reset = message.get("reset").is_some();
        let is_flush = message.get("flush").is_some();
        let is_running = self.next.is_some();
        if !is_running {
            self.interval.change(message);
            let sends = !is_reset;
            self.restart(out);
            self.report(out);
            if sends {
                out.send(0, without_flush(message));
                return Ok(false);
            }
            if !is_flush {
                return Ok(false);
            }
        } else if self.interval.change(message) {
            self.restart(out);
        }
        check_room(self.waiting.len(), out)?;
        park(message);
        if message.get("toFront") == Some(&Value::Bool(true)) {
            self.waiting.push_front(without_flush(message));
        } else {
            self.waiting.push_back(without_flush(message));
        }
        self.report(out);
        Ok(true)
    }

    fn flush(&mut self, count: usize, out: &mut Out<'_>) {
        if self.waiting.is_empty() || count == 0 {
            self.halt(out);
        } else {
            for mut message in self.waiting.drain(..count) {
                message.remove("reset");
                if !is_command_alone(&message, &[]) {
                    out.send(0, message.clone());
                }
                out.done(message);
            }
            self.restart(out);
        }
        out.status(depth(self.waiting.len()));
    }
}

fn without_flush(message: &Message) -> Message {
    let mut message = message.clone();
    message.remove("flush");
    message
}

impl FunctionNode for Queueing {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let mut is_kept = false;
        if !is_command_alone(message, &["flush"]) {
            is_kept = self.take(message, out)?;
        }
        if let Some(count) = flush_count(message, self.waiting.len()) {
            self.flush(count, out);
        }
        if message.get("reset").is_some() {
            if message.get("flush").is_none() {
                self.halt(out);
            }
            for waiting in std::mem::take(&mut self.waiting) {
                out.done(waiting);
            }
            self.interval.reset();
            out.status(depth_after_reset());
        }
        Ok(if is_kept { Progress::Pending } else { Progress::Done })
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if token == REPORT {
            self.has_report = false;
            out.status(depth(self.waiting.len()));
            return Ok(());
        }
        self.next = None;
        if let Some(message) = self.waiting.pop_front() {
            self.restart(out);
            if !is_command_alone(&message, &[]) {
                out.send(0, message.clone());
            }
            out.done(message);
            self.report(out);
        }
        Ok(())
    }

    fn kept(&self) -> usize {
        self.waiting.len()
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        let waiting = std::mem::take(&mut self.waiting);
        Some(Box::new(Parked(waiting.into_iter().map(|message| (message, None)).collect())))
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        let Some(parked) = parked.take::<Parked>() else { return };
        self.waiting.extend(parked.0.into_iter().map(|(message, _)| message));
        if !self.waiting.is_empty() {
            self.restart(out);
            self.report(out);
        }
    }
}

/// Lets one message pass in each interval, and drops the others.
pub(super) struct Dropping {
    interval: Interval,
    drops_to_second: bool,
    last_sent: Option<Instant>,
}

impl Dropping {
    pub(super) fn new(interval: Interval, drops_to_second: bool) -> Self {
        Self { interval, drops_to_second, last_sent: None }
    }
}

impl FunctionNode for Dropping {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if message.get("reset").is_some() {
            if message.get("flush").is_none() {
                self.last_sent = None;
            }
            self.interval.reset();
            out.status(depth_after_reset());
            return Ok(Progress::Done);
        }
        self.interval.change(message);
        let now = Instant::now();
        if self.last_sent.is_none_or(|last| now - last > self.interval.duration()) {
            self.last_sent = Some(now);
            out.send(0, message.take());
        } else if self.drops_to_second {
            out.send(1, message.take());
        }
        Ok(Progress::Done)
    }
}
