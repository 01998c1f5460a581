//! What is counted of a running node.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Beyond so many messages that wait for one node, its cell lets nothing new in: twice the credits of a cell, so that it
/// takes messages without a credit, or parts of messages, to get there.
pub(crate) const CROWDED: u64 = 2048;
/// Once no more than so many wait, it does again.
pub(crate) const ROOMY: u64 = CROWDED / 2;

/// While a node is busy, the time of every so manieth call is taken.
const SAMPLE: u32 = 128;

/// What went through a node since it was started. Written by its cell, read by anybody.
#[derive(Default, Debug)]
pub struct Counters {
    /// Messages received.
    pub received: AtomicU64,
    /// Errors, handled ones too.
    pub errors: AtomicU64,
    /// Messages that a source could not wait with and dropped.
    pub dropped: AtomicU64,
    /// Messages that wait for a task node, or in a line of the node's own.
    pub(crate) inbox: AtomicU64,
    /// Messages that wait for any other node or are kept by it, when they were last counted.
    pub(crate) waiting: AtomicU64,
    busy_nanoseconds: AtomicU64,
    /// Made at the first time that is taken.
    times: OnceLock<Box<Times>>,
}

impl Counters {
    // One writer (the cell) and readers that can live with a stale figure.
    #[inline]
    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        counter.store(counter.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
    }

    /// Messages that wait for the node or are kept by it: as many as there were when
    /// [`crate::Engine::count_waiting`] was last called.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed) + self.inbox.load(Ordering::Relaxed)
    }

    /// How long the node has been at work, as far as the time of single calls tells. Task nodes are not timed.
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy_nanoseconds.load(Ordering::Relaxed))
    }

    /// The time that 99 of 100 of its last calls did not exceed, to within a third of it; `None` before the first.
    pub fn slowest_hundredth(&self) -> Option<Duration> {
        self.times.get()?.percentile_99()
    }

    /// Takes note of a call that stands for `calls` of them.
    fn took(&self, time: Duration, calls: u32) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self::add(&self.busy_nanoseconds, nanoseconds.saturating_mul(calls.into()));
        self.times.get_or_init(Box::default).add(nanoseconds);
    }
}

/// Decides which calls of a node are timed. A clock costs as much as a hop: a busy node's calls are timed now and
/// then, those of one that is called now and then all.
#[derive(Default)]
pub(crate) struct Stopwatch {
    /// Calls that the next one that is timed will stand for.
    untimed: u32,
}

/// A call that is timed.
pub(crate) struct Timed {
    start: Instant,
    /// How many calls it stands for, itself included.
    calls: u32,
}

impl Stopwatch {
    /// A call begins, which is timed if its turn has come.
    #[inline]
    pub(crate) fn start(&mut self) -> Option<Timed> {
        self.untimed += 1;
        (self.untimed >= SAMPLE)
            .then(|| Timed { start: Instant::now(), calls: std::mem::take(&mut self.untimed) })
    }
}

impl Timed {
    /// A call begins, which is timed and stands for itself.
    pub(crate) fn single() -> Self {
        Self { start: Instant::now(), calls: 1 }
    }

    /// The call has ended.
    #[cold]
    pub(crate) fn stop(self, counters: &Counters) {
        counters.took(self.start.elapsed(), self.calls);
    }
}

/// Two steps for each power of two, from 64 ns to more than two minutes.
const STEPS: usize = 64;
/// The power of two at which they begin.
const FIRST_POWER: u32 = 6;
/// After so many times all counts are halved: what was long ago fades.
const FADE_AT: u16 = 2048;

/// How often which time was taken.
#[derive(Debug)]
struct Times {
    steps: [AtomicU16; STEPS],
    /// How many since all counts were halved.
    fresh: AtomicU16,
}

impl Default for Times {
    fn default() -> Self {
        Self { steps: std::array::from_fn(|_| AtomicU16::new(0)), fresh: AtomicU16::new(0) }
    }
}

impl Times {
    fn add(&self, nanoseconds: u64) {
        let change = |counter: &AtomicU16, by: fn(u16) -> u16| {
            counter.store(by(counter.load(Ordering::Relaxed)), Ordering::Relaxed);
        };
        change(&self.steps[step_of(nanoseconds)], |count| count.saturating_add(1));
        change(&self.fresh, |count| count + 1);
        if self.fresh.load(Ordering::Relaxed) >= FADE_AT {
            self.steps.iter().for_each(|step| change(step, |count| count / 2));
            self.fresh.store(0, Ordering::Relaxed);
        }
    }

    fn counts(&self) -> [u32; STEPS] {
        std::array::from_fn(|step| self.steps[step].load(Ordering::Relaxed).into())
    }

    fn percentile_99(&self) -> Option<Duration> {
        let counts = self.counts();
        let all: u32 = counts.iter().sum();
        let mut above = 0;
        let step = (0..STEPS).rev().find(|step| {
            above += counts[*step];
            above * 100 > all
        })?;
        (all > 0).then(|| Duration::from_nanos(end_of(step)))
    }
}

fn step_of(nanoseconds: u64) -> usize {
    let power = nanoseconds.max(1 << FIRST_POWER).ilog2();
    let is_upper_half = nanoseconds >> (power - 1) & 1;
    (2 * (power - FIRST_POWER) as usize + is_upper_half as usize).min(STEPS - 1)
}

/// The least time above a step, in nanoseconds.
fn end_of(step: usize) -> u64 {
    let half = 1 << (FIRST_POWER as usize + step / 2 - 1);
    half * if step.is_multiple_of(2) { 3 } else { 4 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_lies_below_the_end_of_its_step_and_not_below_the_one_before() {
        for nanoseconds in [64, 65, 95, 96, 127, 128, 191, 192, 1_000, 1_000_000, 60_000_000_000] {
            let step = step_of(nanoseconds);
            assert!(nanoseconds < end_of(step), "{nanoseconds}");
            assert!(step == 0 || nanoseconds >= end_of(step - 1), "{nanoseconds}");
        }
        assert_eq!((step_of(0), step_of(u64::MAX)), (0, STEPS - 1));
    }

    #[test]
    fn the_slowest_hundredth_shows_and_fades() {
        let counters = Counters::default();
        assert_eq!(counters.slowest_hundredth(), None);
        (0..98).for_each(|_| counters.took(Duration::from_micros(1), 1));
        (0..2).for_each(|_| counters.took(Duration::from_millis(1), 1));
        let slow = counters.slowest_hundredth().unwrap();
        assert!(slow > Duration::from_millis(1) && slow < Duration::from_micros(1400), "{slow:?}");
        (0..10_000).for_each(|_| counters.took(Duration::from_micros(1), 1));
        assert!(counters.slowest_hundredth().unwrap() < Duration::from_micros(2));
    }

    #[test]
    fn every_call_counts_though_few_are_timed() {
        let (counters, mut watch) = (Counters::default(), Stopwatch::default());
        let timed: Vec<Timed> = (0..1280).filter_map(|_| watch.start()).collect();
        assert_eq!(timed.iter().map(|timed| timed.calls).collect::<Vec<_>>(), [SAMPLE; 10]);
        for Timed { start, calls } in timed {
            Timed { start: start - Duration::from_millis(1), calls }.stop(&counters);
        }
        assert!(counters.busy() >= Duration::from_millis(1280), "{:?}", counters.busy());
        assert_eq!(Timed::single().calls, 1);
    }
}
