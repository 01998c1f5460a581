//! How often a busy connection is read.

use std::time::Duration;

use tokio::time::Instant;

/// So long packets gather before they are read, where many come. The runtime's timer counts in milliseconds, so it may be
/// twice as long.
const REST: Duration = Duration::from_millis(1);
/// From this many packets in a millisecond on. Fewer are read as they come: nothing waits longer than it must.
const MANY: f64 = 12.0;
/// A rate is taken over this time.
const WINDOW: Duration = Duration::from_millis(16);
/// Where fewer than this share of the packets come while they gather, others wait for what is done with them.
const KEPT_UP: f64 = 0.8;
/// After this time it is found out anew whether gathering costs anything.
const LATER: Duration = Duration::from_secs(1);

/// A broker writes every packet by itself, and being woken for each costs several times what is done with it. So where many
/// come, they are read together, unless fewer come for it: a sender that waits for answers would be slowed down.
pub(super) struct Pace {
    stage: Stage,
    /// When the rate began to be taken, and how many packets came since.
    began: Instant,
    packets: u32,
    last_read: Instant,
}

#[derive(Clone, Copy)]
enum Stage {
    /// Packets are read as they come.
    Watching,
    /// They gather. Before they did, so many came in a millisecond.
    Gathering { before: f64, until: Instant },
    /// They did, and fewer came, for that or because there are no more.
    Refraining { until: Instant },
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { stage: Stage::Watching, began: now, packets: 0, last_read: now }
    }

    /// So many packets were read.
    pub(super) fn read(&mut self, packets: u32, now: Instant) {
        self.packets += packets;
        self.last_read = now;
        let passed = now - self.began;
        if passed < WINDOW {
            return;
        }
        let rate = f64::from(self.packets) / (passed.as_secs_f64() * 1000.0);
        self.stage = match self.stage {
            Stage::Watching if rate >= MANY => Stage::Gathering { before: rate, until: now + LATER },
            Stage::Gathering { before, .. } if rate < KEPT_UP * before => {
                Stage::Refraining { until: now + LATER }
            }
            Stage::Gathering { until, .. } | Stage::Refraining { until } if now >= until => Stage::Watching,
            stage => stage,
        };
        (self.began, self.packets) = (now, 0);
    }

    /// Waits until it is time to read. Safe to cancel.
    pub(super) async fn rest(&self) {
        if let Stage::Gathering { .. } = self.stage {
            tokio::time::sleep_until(self.last_read + REST).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what `come` makes of the time since the last read, for this long; how often, and how many packets.
    async fn reads(time: Duration, come: impl Fn(Duration) -> u32) -> (u32, u32) {
        let start = Instant::now();
        let (mut pace, mut last) = (Pace::new(start), start);
        let (mut reads, mut packets) = (0, 0);
        while start.elapsed() < time {
            pace.rest().await;
            // Nothing is there sooner than this.
            if last.elapsed() < Duration::from_micros(50) {
                tokio::time::advance(Duration::from_micros(50)).await;
            }
            let count = come(last.elapsed());
            last = Instant::now();
            pace.read(count, last);
            (reads, packets) = (reads + 1, packets + count);
        }
        (reads, packets)
    }

    #[tokio::test(start_paused = true)]
    async fn only_where_many_packets_come_they_gather() {
        // One each 50 µs is 20 in a millisecond, however they are read.
        let (few, all) = reads(Duration::from_secs(1), |passed| (passed.as_micros() / 50) as u32).await;
        assert!(few < 1500 && all > 19_000, "{few} reads of {all}");
        let (many, _) =
            reads(Duration::from_secs(1), |passed| u32::from(passed.as_micros() % 100 == 0)).await;
        assert!(many > 19_000, "{many}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_answers_is_not_slowed_down() {
        // One at a time, the next when the one before was read.
        let (many, _) = reads(Duration::from_secs(2), |_| 1).await;
        assert!(many > 38_000, "{many}");
    }
}
