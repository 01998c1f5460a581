//! Delays: each message waits for a time of its own.

use std::any::Any;
use std::collections::BTreeMap;
use std::time::Duration;

use engine::js;
use engine::node::{FunctionNode, Handover, Out, Progress, TimerId};
use engine::{Message, NodeError};
use tokio::time::Instant;

use super::{Parked, depth, depth_after_reset, flush_count, is_command_alone};
use crate::config::{check_room, milliseconds, park};

/// How long a message waits, in milliseconds.
pub(super) enum Time {
    Fixed { milliseconds: f64, by_message: bool },
    Random { from: f64, to: f64 },
}

/// Holds messages.
pub(super) struct Hold {
    time: Time,
    /// In the order they came; tokens count up.
    waiting: BTreeMap<u64, Waiting>,
    next_token: u64,
}

struct Waiting {
    message: Message,
    timer: TimerId,
    due: Instant,
}

/// Shorter delays show no status, as in Node-RED: it would flicker.
const STATUS_FROM_MS: f64 = 1000.0;

impl Hold {
    pub(super) fn new(time: Time) -> Self {
        Self { time, waiting: BTreeMap::new(), next_token: 0 }
    }

    fn delay(&self, message: &Message) -> Duration {
        milliseconds(match &self.time {
            Time::Fixed { milliseconds, by_message: true } => {
                let asked = message.get("delay").map(|delay| js::parse_float(&js::to_text(delay)));
                asked.filter(|asked| !asked.is_nan()).unwrap_or(*milliseconds)
            }
            Time::Fixed { milliseconds, .. } => *milliseconds,
            Time::Random { from, to } => from + (to - from) * fastrand::f64(),
        })
    }

    fn keep(&mut self, message: Message, delay: Duration, out: &mut Out<'_>) {
        park(&message);
        let token = self.next_token;
        self.next_token += 1;
        let timer = out.after(delay, token);
        self.waiting.insert(token, Waiting { message, timer, due: Instant::now() + delay });
    }

    fn drop_all(&mut self, out: &mut Out<'_>) {
        for (_, waiting) in std::mem::take(&mut self.waiting) {
            out.cancel(waiting.timer);
            out.done(waiting.message);
        }
    }

    fn show_depth(&self, out: &mut Out<'_>) {
        let shows = match self.time {
            Time::Fixed { milliseconds, by_message } => by_message || milliseconds > STATUS_FROM_MS,
            Time::Random { to, .. } => to > STATUS_FROM_MS,
        };
        if shows {
            out.status(depth(self.waiting.len()));
        }
    }
}

impl FunctionNode for Hold {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let is_reset = message.get("reset").is_some();
        let is_flush = message.get("flush").is_some();
        if is_reset {
            self.drop_all(out);
            out.status(depth_after_reset());
            return Ok(Progress::Done);
        }
        let is_kept = !(is_flush && is_command_alone(message, &["flush"]));
        if is_kept {
            check_room(self.waiting.len(), out)?;
        }
        let flush = flush_count(message, self.waiting.len() + usize::from(is_kept));
        if is_kept {
            let delay = self.delay(message);
            self.keep(message.take(), delay, out);
        }
        for _ in 0..flush.unwrap_or(0) {
            let Some((_, waiting)) = self.waiting.pop_first() else { break };
            out.cancel(waiting.timer);
            out.send(0, waiting.message.clone());
            out.done(waiting.message);
        }
        self.show_depth(out);
        Ok(if is_kept { Progress::Pending } else { Progress::Done })
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if let Some(waiting) = self.waiting.remove(&token) {
            out.send(0, waiting.message.clone());
            self.show_depth(out);
            out.done(waiting.message);
        }
        Ok(())
    }

    fn kept(&self) -> usize {
        self.waiting.len()
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        let now = Instant::now();
        let waiting = std::mem::take(&mut self.waiting).into_values();
        let parked = waiting.map(|kept| (kept.message, Some(kept.due.saturating_duration_since(now))));
        Some(Box::new(Parked(parked.collect())))
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        let Some(parked) = parked.take::<Parked>() else { return };
        for (message, left) in parked.0 {
            let delay = left.unwrap_or_else(|| self.delay(&message));
            self.keep(message, delay, out);
        }
        self.show_depth(out);
    }
}
