//! Lets packets gather while many come one at a time.
//!
//! Some brokers write each message by itself. On a machine with nothing else to do each then wakes us, and to be woken
//! costs several times what a message does. While more come than a few in a millisecond, the connection waits a moment
//! before it reads on, as drivers of network cards do. The latency grows by that moment, and only then.

use std::time::{Duration, Instant};

/// From so many packets in a [`WINDOW`] on they gather.
const MANY: usize = 16;
const WINDOW: Duration = Duration::from_millis(1);
/// Where so many are read at once they gather by themselves.
const GATHERED: usize = 16;
/// How long they gather.
const MOMENT: Duration = Duration::from_micros(100);

/// How packets came lately.
pub(super) struct Gathering {
    window_began: Instant,
    packets: usize,
    are_many: bool,
    is_due: bool,
}

impl Gathering {
    pub(super) fn new() -> Self {
        Self { window_began: Instant::now(), packets: 0, are_many: false, is_due: false }
    }

    /// So many packets were read at once.
    pub(super) fn read(&mut self, packets: usize, now: Instant) {
        self.packets += packets;
        let passed = now.duration_since(self.window_began);
        if passed >= WINDOW {
            self.are_many = self.packets as f64 * WINDOW.as_secs_f64() >= MANY as f64 * passed.as_secs_f64();
            (self.window_began, self.packets) = (now, 0);
        }
        self.is_due = self.are_many && packets < GATHERED;
    }

    /// Whether more should gather before the next read.
    pub(super) fn is_due(&self) -> bool {
        self.is_due
    }

    /// Waits a moment. It holds the thread: the runtime's timers count in whole milliseconds, and a thread that waits for
    /// packets would be woken by each. The runtime of the flows has threads to spare.
    pub(super) fn wait(&mut self) {
        std::thread::sleep(MOMENT);
        self.is_due = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_gather_while_many_come_one_at_a_time() {
        let mut gathering = Gathering::new();
        let begin = gathering.window_began;
        let mut read = |micros, packets| {
            gathering.read(packets, begin + Duration::from_micros(micros));
            gathering.is_due()
        };
        // One in a millisecond.
        assert!(!(1..20).any(|at| read(at * 1000, 1)));
        // Forty in a millisecond.
        assert!((801..880).map(|at| read(at * 25, 1)).filter(|is_due| *is_due).count() >= 20);
        assert!(!read(22_010, GATHERED), "they gathered by themselves");
        assert!(!read(50_000, 1), "none came for a while");
    }
}
