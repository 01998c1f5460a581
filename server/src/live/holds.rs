//! Breakpoints: nodes whose messages are held at their input, as long as somebody watches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ecow::EcoString;
use engine::{HELD_MESSAGES, Hold, Holding};
use model::api::{HELD_TOPIC, held_topic};
use serde_json::json;

use crate::app::Parts;
use crate::comms::{Sighting, now};

/// Breakpoints at once at most.
pub(crate) const BREAKPOINTS_LIMIT: usize = 64;
/// Who set one, or set it again, counts as watching for so long: enough to subscribe.
const LEASE: Duration = Duration::from_secs(10);
/// A message that was held for so long goes on by itself.
const LONGEST: Duration = Duration::from_secs(600);

/// The breakpoints, by node.
#[derive(Default)]
pub(crate) struct Holds(Mutex<HashMap<EcoString, Breakpoint>>);

struct Breakpoint {
    hold: Arc<Hold>,
    lease: Instant,
    /// What was told last: the number of the next message, and how many were held.
    told: Option<(u64, usize)>,
}

/// Why there is no breakpoint at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotHeld {
    /// No such node runs.
    NoNode,
    /// There are too many already.
    TooMany,
}

impl Holds {
    /// Sets a breakpoint where there is none, and keeps it for a while where there is.
    pub(crate) fn set(&self, app: &Parts, node: &str) -> Result<(), NotHeld> {
        let mut all = self.all();
        let lease = Instant::now() + LEASE;
        if let Some(breakpoint) = all.get_mut(node) {
            breakpoint.lease = lease;
            return Ok(());
        }
        if all.len() >= BREAKPOINTS_LIMIT {
            return Err(NotHeld::TooMany);
        }
        let hold = app.flows.engine().hold(node).map_err(|_| NotHeld::NoNode)?;
        all.insert(node.into(), Breakpoint { hold, lease, told: None });
        drop(all);
        app.hub.live_changed();
        Ok(())
    }

    /// Lets so many messages go on, the oldest first. Whether there is a breakpoint.
    pub(crate) fn let_go(&self, app: &Parts, node: &str, count: usize) -> bool {
        let all = self.all();
        let breakpoint = all.get(node);
        breakpoint.inspect(|one| app.flows.engine().let_go(node, &one.hold, Some(count))).is_some()
    }

    /// Takes a breakpoint away: all messages go on. Whether there was one.
    pub(crate) fn end(&self, app: &Parts, node: &str) -> bool {
        let gone = self.all().remove(node);
        gone.inspect(|gone| {
            app.flows.engine().let_go(node, &gone.hold, None);
            tell_end(app, node);
        })
        .is_some()
    }

    /// What is held at a node, and how many messages went on because there were too many.
    pub(crate) fn at(&self, node: &str) -> Option<(Vec<Sighting>, u64)> {
        Some(sightings(node, self.all().get(node)?.hold.now()))
    }

    /// Whether there are any, once those have gone that nobody watches, or whose node does not run any more.
    pub(super) fn watch(&self, app: &Parts) -> bool {
        let mut all = self.all();
        if all.is_empty() {
            return false;
        }
        let engine = app.flows.engine();
        let (heard, now_at) = (app.hub.patterns_below(HELD_TOPIC), Instant::now());
        let too_old = now().saturating_sub(u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX));
        all.retain(|node, one| {
            // From the first who is heard of it lasts as long as somebody is.
            let is_heard = heard.iter().any(|heard| heard == node.as_str());
            if is_heard {
                one.lease = now_at;
            }
            if !is_heard && one.lease <= now_at || engine.node(node).is_none() {
                engine.let_go(node, &one.hold, None);
                tell_end(app, node);
                return false;
            }
            if one.hold.is_over() {
                // A deploy took the cell apart; while it goes on there is none to hold anything in.
                if let Ok(hold) = engine.hold(node) {
                    (one.hold, one.told) = (hold, None);
                }
            }
            match one.hold.older_than(too_old) {
                0 => {}
                count => engine.let_go(node, &one.hold, Some(count)),
            }
            true
        });
        !all.is_empty()
    }

    /// Tells of what is held where that changed.
    pub(super) fn tell(&self, app: &Parts) {
        // While a deploy goes on there is nothing to tell.
        for (node, one) in self.all().iter_mut().filter(|(_, one)| one.hold.is_on()) {
            let holding = one.hold.now();
            let state = (holding.next, holding.messages.len());
            if one.told.replace(state) != Some(state) {
                let (sightings, crowded_out) = sightings(node, holding);
                app.hub.tell_peek(&held_topic(node), sightings, crowded_out);
            }
        }
    }

    /// Somebody new hears of all of it.
    pub(super) fn tell_all_next(&self) {
        for one in self.all().values_mut() {
            one.told = None;
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<EcoString, Breakpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sightings(node: &str, holding: Holding) -> (Vec<Sighting>, u64) {
    debug_assert!(holding.messages.len() <= HELD_MESSAGES + 1);
    let one = |seen| Sighting { source: node.into(), seen };
    (holding.messages.into_iter().map(one).collect(), holding.crowded_out)
}

fn tell_end(app: &Parts, node: &str) {
    app.hub.publish(&held_topic(node), json!({ "over": true }), false);
}
