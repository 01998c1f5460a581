//! Whether packets are to gather.

use std::time::Duration;

use tokio::time::Instant;

/// From this many reads in a millisecond on packets gather. Fewer are read as they come: nothing waits longer than it must.
const MANY: f64 = 12.0;
/// A rate is taken over this time: long enough that how unevenly packets come does not show.
const WINDOW: Duration = Duration::from_millis(64);
/// Where less than this share of the bytes comes while they gather, others wait for what is done with them.
const KEPT_UP: f64 = 0.8;
/// After this time it is found out anew whether gathering costs anything.
const LATER: Duration = Duration::from_secs(1);

/// Many reads are done together, unless less comes for it: a sender that waits for answers would be slowed down.
pub(super) struct Pace {
    stage: Stage,
    /// When the rate began to be taken, and what was read since.
    began: Instant,
    reads: u32,
    bytes: usize,
}

#[derive(Clone, Copy)]
enum Stage {
    /// Packets are read as they come.
    Watching,
    /// They gather, to see whether as many come. Rates are bytes in a millisecond: that of before, and the one below which
    /// there are not many packets any more.
    Trying { before: f64, fewest: f64 },
    /// They gather, and as many came.
    Gathering { until: Instant, fewest: f64 },
    /// They gathered, and fewer came, for that or because there are no more. They are read as they come.
    Refraining { until: Instant },
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { stage: Stage::Watching, began: now, reads: 0, bytes: 0 }
    }

    /// One that found out that packets of a hundred bytes should gather.
    #[cfg(test)]
    pub(super) fn gathering(now: Instant) -> Self {
        let stage = Stage::Gathering { until: now + LATER, fewest: 100.0 * MANY };
        Self { stage, ..Self::new(now) }
    }

    /// Whether packets gather.
    pub(super) fn gathers(&self) -> bool {
        matches!(self.stage, Stage::Trying { .. } | Stage::Gathering { .. })
    }

    /// So many bytes were read at once; none where nothing had come.
    pub(super) fn read(&mut self, bytes: usize, now: Instant) {
        self.reads += 1;
        self.bytes += bytes;
        let passed = now - self.began;
        if passed < WINDOW {
            return;
        }
        let milliseconds = passed.as_secs_f64() * 1000.0;
        let (reads, bytes) = (f64::from(self.reads) / milliseconds, self.bytes as f64 / milliseconds);
        let until = now + LATER;
        self.stage = match self.stage {
            Stage::Watching if reads >= MANY => Stage::Trying { before: bytes, fewest: bytes / reads * MANY },
            Stage::Trying { before, fewest } if bytes >= KEPT_UP * before => {
                Stage::Gathering { until, fewest }
            }
            Stage::Trying { .. } => Stage::Refraining { until },
            Stage::Gathering { until, fewest } if bytes < fewest || now >= until => Stage::Watching,
            Stage::Refraining { until } if now >= until => Stage::Watching,
            stage => stage,
        };
        (self.began, self.reads, self.bytes) = (now, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: usize = 100;

    /// Reads packets for this long, of which `come` says how many came between two times; how many reads and packets.
    fn reads(time: Duration, come: impl Fn(Duration, Duration) -> u32) -> (u32, u32) {
        let start = Instant::now();
        let (mut pace, mut last, mut now) = (Pace::new(start), Duration::ZERO, Duration::ZERO);
        let (mut reads, mut packets) = (0, 0);
        while now < time {
            // Nothing is there sooner than this.
            now += if pace.gathers() { Duration::from_millis(1) } else { Duration::from_micros(50) };
            let count = come(last, now);
            if count == 0 && !pace.gathers() {
                continue;
            }
            last = now;
            pace.read(count as usize * PACKET, start + now);
            (reads, packets) = (reads + 1, packets + count);
        }
        (reads, packets)
    }

    /// So many packets in each millisecond that `on` is true for.
    fn evenly(in_a_millisecond: u128, on: impl Fn(u128) -> bool) -> impl Fn(Duration, Duration) -> u32 {
        move |from, to| {
            let (from, to) = (from.as_micros(), to.as_micros());
            let on_now = (from / 1000..=to / 1000).filter(|millisecond| on(*millisecond));
            let packets = |at: u128| at * in_a_millisecond / 1000;
            on_now
                .map(|millisecond| {
                    let within = |at: u128| packets(at.clamp(millisecond * 1000, (millisecond + 1) * 1000));
                    (within(to) - within(from)) as u32
                })
                .sum()
        }
    }

    #[test]
    fn only_where_many_packets_come_they_gather() {
        let (few, all) = reads(Duration::from_secs(2), evenly(20, |_| true));
        assert!(few < 6_000 && all > 39_000, "{few} reads of {all}");
        let (many, all) = reads(Duration::from_secs(2), evenly(10, |_| true));
        assert!(many == all && all > 19_000, "{many} reads of {all}");
    }

    #[test]
    fn packets_that_come_unevenly_gather() {
        let (few, all) = reads(Duration::from_secs(2), evenly(20, |millisecond| millisecond % 16 < 12));
        assert!(few < 8_000 && all > 29_000, "{few} reads of {all}");
    }

    #[test]
    fn who_waits_for_answers_is_not_slowed_down() {
        // One at a time, the next when the one before was read.
        let (many, _) = reads(Duration::from_secs(2), |_, _| 1);
        assert!(many > 36_000, "{many}");
    }

    #[test]
    fn once_few_come_they_are_read_as_they_come() {
        let (many, all) = reads(
            Duration::from_secs(3),
            evenly(20, |millisecond| millisecond < 500 || millisecond % 10 == 0),
        );
        assert!(all > 14_000 && many > 4_000, "{many} reads of {all}");
    }
}
