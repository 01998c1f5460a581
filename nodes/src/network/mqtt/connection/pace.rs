//! How often a busy connection is read.

use std::time::Duration;

use tokio::time::Instant;

/// So long packets gather before they are read, where many come. The runtime's timer counts in milliseconds, so it may be
/// twice as long.
const SPAN: Duration = Duration::from_millis(1);
/// From this many packets in that time on. Fewer are read as they come: nothing waits longer than it must.
const MANY: u32 = 12;

/// A broker writes every packet by itself, and being woken for each costs several times what is done with it. So where many
/// come, they are read together.
pub(super) struct Pace {
    began: Instant,
    packets: u32,
    /// Until then nothing is read.
    rests_until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { began: now, packets: 0, rests_until: None }
    }

    /// So many packets were read.
    pub(super) fn read(&mut self, packets: u32, now: Instant) {
        self.packets += packets;
        let passed = now - self.began;
        if passed >= SPAN {
            // Of a longer time it takes as many more.
            let many = f64::from(MANY) * (passed.as_secs_f64() / SPAN.as_secs_f64());
            let is_busy = f64::from(self.packets) >= many;
            *self = Self { began: now, packets: 0, rests_until: is_busy.then(|| now + SPAN) };
        }
    }

    /// Waits until it is time to read. Safe to cancel.
    pub(super) async fn rest(&self) {
        if let Some(until) = self.rests_until {
            tokio::time::sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `packets` every `pause` and gives the longest rest.
    async fn longest_rest(packets: u32, pause: Duration) -> Duration {
        let mut pace = Pace::new(Instant::now());
        let mut longest = Duration::ZERO;
        for _ in 0..100 {
            tokio::time::advance(pause).await;
            let before = Instant::now();
            pace.rest().await;
            longest = longest.max(before.elapsed());
            pace.read(packets, Instant::now());
        }
        longest
    }

    #[tokio::test(start_paused = true)]
    async fn only_where_many_packets_come_they_gather() {
        assert_eq!(longest_rest(1, Duration::from_micros(500)).await, Duration::ZERO);
        assert_eq!(longest_rest(50, Duration::from_millis(10)).await, Duration::ZERO);
        let longest = longest_rest(1, Duration::from_micros(50)).await;
        assert!((Duration::from_micros(900)..=2 * SPAN).contains(&longest), "{longest:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_ends_with_the_rush() {
        let mut pace = Pace::new(Instant::now());
        for _ in 0..5 {
            tokio::time::advance(SPAN).await;
            pace.read(MANY, Instant::now());
            assert!(pace.rests_until.is_some());
        }
        tokio::time::advance(10 * SPAN).await;
        pace.read(MANY, Instant::now());
        assert!(pace.rests_until.is_none());
    }
}
