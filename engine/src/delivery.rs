//! Delivery: how a source learns that a message, and all that came of it, is done.
//!
//! Each message that enters from outside carries one [`Delivery`], shared by all its descendants. When the
//! last one is dropped the source learns the [`Outcome`]. That one mechanism gives credits, graceful drain
//! and end-to-end acknowledgement.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, watch};

use crate::error::NodeError;
use crate::node::NodeInfo;

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every branch is done.
    Delivered,
    /// Every branch is done, and at least one of them with an error that no catch node handled. Doing it
    /// again would fail again: a source acknowledges it and counts it.
    Failed,
    /// Work was cut off (a deploy or a stop ran out of patience): a source that can must not acknowledge it.
    Aborted,
}

/// A share in one delivery. Cloning adds a share, dropping the last one ends the delivery.
#[derive(Clone)]
pub struct Delivery(Arc<Shared>);

/// What a source wants to hear of a delivery.
pub trait Report: Send {
    /// A node failed on a branch, and no catch node heard it; called for each.
    fn failed_at(&mut self, _node: &NodeInfo, _error: &NodeError) {}
    /// The delivery ended.
    fn end(self: Box<Self>, outcome: Outcome);
}

impl<F: FnOnce(Outcome) + Send> Report for F {
    fn end(self: Box<Self>, outcome: Outcome) {
        self(outcome);
    }
}

struct Shared {
    /// The gate whose credit this delivery may hold; `None` for a merged delivery.
    gate: Option<(Arc<Gate>, u32)>,
    holds_credit: AtomicBool,
    failed: AtomicBool,
    aborted: AtomicBool,
    report: Mutex<Option<Box<dyn Report>>>,
    /// What a merged delivery stands for; they end when it ends.
    parts: Vec<Delivery>,
}

impl Delivery {
    /// One delivery that stands for all of these: they end together with it. Empty gives `None`, and one
    /// is returned as it is.
    pub fn merge(deliveries: impl IntoIterator<Item = Delivery>) -> Option<Self> {
        let mut parts: Vec<Delivery> = deliveries.into_iter().collect();
        // Sorted by address, so that a hundred thousand of them are no more than that.
        parts.sort_unstable_by_key(|part| Arc::as_ptr(&part.0) as usize);
        parts.dedup_by(|a, b| Arc::ptr_eq(&a.0, &b.0));
        if parts.len() < 2 {
            return parts.pop();
        }
        Some(Self(Arc::new(Shared {
            gate: None,
            holds_credit: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            aborted: AtomicBool::new(false),
            report: Mutex::new(None),
            parts,
        })))
    }

    /// Marks that a branch ended in an error which nobody handled.
    pub fn fail(&self) {
        self.0.failed.store(true, Ordering::Relaxed);
        self.0.parts.iter().for_each(Delivery::fail);
    }

    /// As [`Delivery::fail`], for a source that wants to hear where and why ([`Report::failed_at`]).
    pub fn fail_at(&self, node: &NodeInfo, error: &NodeError) {
        self.0.failed.store(true, Ordering::Relaxed);
        if let Some(report) = &mut *self.0.report.lock().unwrap_or_else(PoisonError::into_inner) {
            report.failed_at(node, error);
        }
        self.0.parts.iter().for_each(|part| part.fail_at(node, error));
    }

    /// Marks that a branch was cut off before its work was done, such as a message that still waited for a
    /// lost connection when its node was stopped: a source that can must not acknowledge it.
    pub fn abort(&self) {
        self.0.aborted.store(true, Ordering::Relaxed);
        self.0.parts.iter().for_each(Delivery::abort);
    }

    /// Gives the credit back while the message is parked (delayed, joined, batched) in a buffer that has a
    /// limit of its own; the delivery itself stays open.
    pub fn release_credit(&self) {
        if self.0.holds_credit.swap(false, Ordering::AcqRel)
            && let Some((gate, _)) = &self.0.gate
        {
            gate.give_back();
        }
        self.0.parts.iter().for_each(Delivery::release_credit);
    }

    /// Calls `report` with the outcome when the delivery ends. A source sets it once, before it sends.
    pub fn on_end(&self, report: impl FnOnce(Outcome) + Send + 'static) {
        self.report_to(report);
    }

    /// Tells `report` what becomes of the delivery. A source sets it once, before it sends.
    pub fn report_to(&self, report: impl Report + 'static) {
        *self.0.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(report));
    }
}

thread_local! {
    /// Whether what is dropped on this thread right now is work cut off.
    static CUTTING_OFF: Cell<bool> = const { Cell::new(false) };
}

/// Drops unfinished work: every share in a delivery that is in it ends as [`Outcome::Aborted`].
pub(crate) fn cut_off<T>(work: T) {
    /// Sets the flag back even if a drop panics.
    struct Former(bool);
    impl Drop for Former {
        fn drop(&mut self) {
            CUTTING_OFF.set(self.0);
        }
    }
    let _former = Former(CUTTING_OFF.replace(true));
    drop(work);
}

/// A share that a panic or a cut drops on its way was not done.
impl Drop for Delivery {
    fn drop(&mut self) {
        if CUTTING_OFF.get() || std::thread::panicking() {
            self.abort();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let aborted = *self.aborted.get_mut()
            || self.gate.as_ref().is_some_and(|(gate, epoch)| gate.aborted_since(*epoch));
        if *self.holds_credit.get_mut()
            && let Some((gate, _)) = &self.gate
        {
            gate.give_back();
        }
        if let Some(report) = self.report.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            report.end(match (aborted, *self.failed.get_mut()) {
                (true, _) => Outcome::Aborted,
                (false, true) => Outcome::Failed,
                (false, false) => Outcome::Delivered,
            });
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Delivery({:p})", Arc::as_ptr(&self.0))
    }
}

/// The credits of one cell: how many admitted messages may be under way at once.
pub struct Gate {
    limit: usize,
    credits: Semaphore,
    /// Credits that were taken away while they were given out: they do not come back to sources.
    owed: AtomicUsize,
    is_held: watch::Sender<bool>,
    is_draining: AtomicBool,
    in_flight: AtomicUsize,
    /// Raised when work is cut off; deliveries admitted before end as aborted.
    epoch: AtomicU32,
}

impl Gate {
    /// A gate of `limit` credits.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            credits: Semaphore::new(limit),
            owed: AtomicUsize::new(0),
            is_held: watch::Sender::new(false),
            is_draining: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            epoch: AtomicU32::new(0),
        })
    }

    /// Waits for a credit; `None` when the gate is closed for good.
    pub async fn admit(self: &Arc<Self>) -> Option<Delivery> {
        self.credits.acquire().await.ok()?.forget();
        Some(self.delivery())
    }

    /// A credit, if one is free.
    pub fn try_admit(self: &Arc<Self>) -> Option<Delivery> {
        self.credits.try_acquire().ok()?.forget();
        Some(self.delivery())
    }

    /// How many credits are given out.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    /// How many credits there are in all.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Admits nothing more and waits until every credit is back. Cancelling it opens the gate again. What holds no credit is
    /// not waited for, so it does not hold back any more.
    pub async fn drain(&self) {
        /// It ends with the drain, however that ends.
        struct Draining<'a>(&'a AtomicBool);
        impl Drop for Draining<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        self.is_draining.store(true, Ordering::Release);
        let _draining = Draining(&self.is_draining);
        self.let_in();
        // The semaphore is fair: whoever asks for a credit after this waits until it is over.
        if let Ok(all) = self.credits.acquire_many(u32::try_from(self.limit).unwrap_or(u32::MAX)).await {
            all.forget();
        }
    }

    /// Admits nothing more, for good: those who wait for a credit are sent away.
    pub fn close(&self) {
        self.credits.close();
        self.is_held.send_replace(false);
    }

    /// Takes all credits away, those that are given out too: sources wait, whatever ends meanwhile. For a cell in which
    /// more messages wait than those that hold a credit.
    pub(crate) fn hold_back(&self) {
        if self.is_draining.load(Ordering::Acquire) {
            return;
        }
        let free = self.credits.forget_permits(self.limit);
        self.owed.fetch_add(self.limit - free, Ordering::AcqRel);
        self.is_held.send_replace(true);
    }

    /// Undoes [`Gate::hold_back`].
    pub(crate) fn let_in(&self) {
        if self.is_held.send_replace(false) {
            self.pay(self.limit);
        }
    }

    /// Waits while it holds back.
    pub(crate) async fn open(&self) {
        // The sender is here: it is not gone.
        let _ = self.is_held.subscribe().wait_for(|is_held| !is_held).await;
    }

    /// Cuts off what is under way: every delivery admitted so far ends as [`Outcome::Aborted`].
    pub fn abort(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    fn delivery(self: &Arc<Self>) -> Delivery {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        Delivery(Arc::new(Shared {
            gate: Some((self.clone(), self.epoch.load(Ordering::Acquire))),
            holds_credit: AtomicBool::new(true),
            failed: AtomicBool::new(false),
            aborted: AtomicBool::new(false),
            report: Mutex::new(None),
            parts: Vec::new(),
        }))
    }

    fn aborted_since(&self, epoch: u32) -> bool {
        self.epoch.load(Ordering::Acquire) != epoch
    }

    fn give_back(&self) {
        self.pay(1);
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
    }

    /// Credits that came back: first for those that are owed.
    fn pay(&self, credits: usize) {
        let pay = |owed: usize| (owed > 0).then(|| owed.saturating_sub(credits));
        let owed = self.owed.fetch_update(Ordering::AcqRel, Ordering::Acquire, pay).unwrap_or(0);
        if credits > owed {
            self.credits.add_permits(credits - owed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(delivery: &Delivery) -> Arc<Mutex<Vec<Outcome>>> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = seen.clone();
        delivery.on_end(move |outcome| record.lock().unwrap().push(outcome));
        seen
    }

    #[test]
    fn ends_with_the_last_share_and_returns_the_credit() {
        let gate = Gate::new(1);
        let first = gate.try_admit().unwrap();
        let seen = recorded(&first);
        let second = first.clone();
        assert!(gate.try_admit().is_none());
        drop(first);
        assert!(seen.lock().unwrap().is_empty());
        drop(second);
        assert_eq!(*seen.lock().unwrap(), [Outcome::Delivered]);
        assert!(gate.try_admit().is_some());
    }

    #[test]
    fn a_parked_message_returns_its_credit_once_and_stays_open() {
        let gate = Gate::new(1);
        let parked = gate.try_admit().unwrap();
        let seen = recorded(&parked);
        parked.release_credit();
        parked.release_credit();
        assert_eq!(gate.in_flight(), 0);
        let other = gate.try_admit().unwrap();
        drop(parked);
        assert_eq!(*seen.lock().unwrap(), [Outcome::Delivered]);
        assert!(gate.try_admit().is_none());
        drop(other);
        assert_eq!(gate.in_flight(), 0);
    }

    #[test]
    fn while_it_holds_back_no_credit_comes_back_to_sources() {
        let gate = Gate::new(2);
        let before = gate.try_admit().unwrap();
        gate.hold_back();
        assert!(gate.try_admit().is_none());
        drop(before);
        assert!(gate.try_admit().is_none());
        gate.let_in();
        let both = (gate.try_admit().unwrap(), gate.try_admit().unwrap());
        gate.hold_back();
        gate.let_in();
        assert!(gate.try_admit().is_none());
        drop(both);
        assert_eq!(gate.credits.available_permits(), 2);
        assert_eq!((gate.owed.load(Ordering::Relaxed), gate.in_flight()), (0, 0));
    }

    #[tokio::test]
    async fn a_drain_waits_for_credits_alone() {
        let gate = Gate::new(2);
        let under_way = gate.try_admit().unwrap();
        gate.hold_back();
        let mut drain = std::pin::pin!(gate.drain());
        tokio::select! {
            biased;
            () = &mut drain => panic!("a credit is out"),
            () = std::future::ready(()) => {}
        }
        // Nothing is held back once it drains.
        gate.hold_back();
        drop(under_way);
        drain.await;
        gate.let_in();
        assert!(gate.try_admit().is_none(), "it lets in once");
    }

    #[test]
    fn merged_deliveries_end_and_fail_together() {
        let gate = Gate::new(4);
        let (a, b) = (gate.try_admit().unwrap(), gate.try_admit().unwrap());
        let (seen_a, seen_b) = (recorded(&a), recorded(&b));
        let merged = Delivery::merge([a.clone(), b, a]).unwrap();
        merged.fail();
        assert_eq!(gate.in_flight(), 2);
        drop(merged);
        assert_eq!(*seen_a.lock().unwrap(), [Outcome::Failed]);
        assert_eq!(*seen_b.lock().unwrap(), [Outcome::Failed]);
        assert_eq!(gate.in_flight(), 0);
    }

    #[test]
    fn a_share_cut_off_aborts_the_delivery_whoever_drops_last() {
        let gate = Gate::new(4);
        let delivery = gate.try_admit().unwrap();
        let seen = recorded(&delivery);
        cut_off(vec![delivery.clone()]);
        assert!(seen.lock().unwrap().is_empty());
        drop(delivery);
        assert_eq!(*seen.lock().unwrap(), [Outcome::Aborted]);
        let after = gate.try_admit().unwrap();
        let seen = recorded(&after);
        drop(after);
        assert_eq!(*seen.lock().unwrap(), [Outcome::Delivered]);
    }

    #[test]
    fn work_cut_off_is_not_acknowledged() {
        let gate = Gate::new(4);
        let alone = gate.try_admit().unwrap();
        let seen_alone = recorded(&alone);
        Delivery::merge([alone, gate.try_admit().unwrap()]).unwrap().abort();
        assert_eq!(*seen_alone.lock().unwrap(), [Outcome::Aborted]);
        let before = gate.try_admit().unwrap();
        let seen = recorded(&before);
        gate.abort();
        let after = gate.try_admit().unwrap();
        let seen_after = recorded(&after);
        drop((before, after));
        assert_eq!(*seen.lock().unwrap(), [Outcome::Aborted]);
        assert_eq!(*seen_after.lock().unwrap(), [Outcome::Delivered]);
    }
}
