//! Bursts: some messages pass, then none until the time of one of them is over.

use std::time::Duration;

use engine::node::{FunctionNode, Out, Progress, TimerId};
use engine::observe::Status;
use engine::{Message, NodeError};
use model::text::Text;

use std::collections::VecDeque;

/// Lets `limit` messages pass in any window of time.
pub(super) struct Burst {
    limit: f64,
    window: Duration,
    drops_to_second: bool,
    /// One for each message that passed within the window.
    passed: VecDeque<TimerId>,
}

impl Burst {
    pub(super) fn new(limit: f64, window: Duration, drops_to_second: bool) -> Self {
        Self { limit, window, drops_to_second, passed: VecDeque::new() }
    }

    fn is_full(&self) -> bool {
        self.passed.len() as f64 >= self.limit
    }
}

impl FunctionNode for Burst {
    fn start(&mut self, out: &mut Out<'_>) {
        out.status(open());
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if message.get("reset").is_some() {
            for timer in self.passed.drain(..) {
                out.cancel(timer);
            }
            out.status(open());
        } else if !self.is_full() {
            out.send(0, message.take());
            self.passed.push_back(out.after(self.window, 0));
        } else {
            if self.drops_to_second {
                out.send(1, message.take());
            }
            out.status(Status::new("red", "dot", Text::literal("")));
        }
        Ok(Progress::Done)
    }

    fn on_timer(&mut self, _token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if self.is_full() {
            out.status(open());
        }
        self.passed.pop_front();
        Ok(())
    }
}

fn open() -> Status {
    Status::new("green", "ring", Text::literal(""))
}
