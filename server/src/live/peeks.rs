//! The last messages of watched wires.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use ecow::EcoString;
use engine::node::{KEPT_MESSAGES, Outlet, Seen, Watched};
use model::api::peek_topic;
use model::document::Document;

use super::sources::{self, Source};
use crate::api_error::{ApiError, ApiResult};
use crate::app::Parts;
use crate::comms::{Hub, Sighting};
use crate::failure::Failure;

/// Ports that are watched at once at most; more are not watched.
const WATCHED_LIMIT: usize = 256;
/// Who asks without a socket counts as watching for so long.
const LEASE: Duration = Duration::from_secs(30);

/// An output port as clients name it.
type Wire = (EcoString, usize);

/// What is watched, and for whom.
#[derive(Default)]
pub(crate) struct Peeks(Mutex<State>);

#[derive(Default)]
struct State {
    watched: HashMap<Wire, Vec<Watch>>,
    /// Ports that were asked for without a socket, and until when they are watched.
    leases: HashMap<Wire, Instant>,
}

/// A port of a running node.
struct Watch {
    source: Source,
    watched: Watched,
    /// The number of the first message that was not told yet.
    next: u64,
}

impl Peeks {
    /// Watches what is asked for and nothing else; whether anything is.
    pub(super) fn watch(&self, app: &Parts) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        state.leases.retain(|_, end| *end > now);
        let subscribed = app.hub.patterns_below("peek/").into_iter().filter_map(|rest| wire_of(&rest));
        let mut wanted: Vec<Wire> = subscribed.chain(state.leases.keys().cloned()).collect();
        // Who is watched already comes first: past the limit nobody takes another's place.
        wanted.sort_by_cached_key(|wire| (!state.watched.contains_key(wire), wire.clone()));
        wanted.dedup();
        wanted.truncate(WATCHED_LIMIT);
        state.watched.retain(|wire, _| wanted.contains(wire));
        let in_force = app.flows.now_in_force();
        for wire in &wanted {
            let former = state.watched.remove(wire).unwrap_or_default();
            let watches = watches(app, &in_force.document, wire, former);
            if !watches.is_empty() {
                state.watched.insert(wire.clone(), watches);
            }
        }
        // A wire of a node that does not run may come to be with the next deploy.
        !wanted.is_empty()
    }

    /// Tells those who subscribed what went along their wires since the last time.
    pub(super) fn tell(&self, hub: &Hub) {
        for ((node, port), watches) in &mut self.state().watched {
            let (mut sightings, mut skipped) = (Vec::new(), 0);
            for watch in watches {
                let (seen, next) = watch.watched.since(watch.next);
                skipped += next - watch.next - seen.len() as u64;
                watch.next = next;
                sightings.extend(seen.into_iter().map(|seen| watch.sighting(seen)));
            }
            if !sightings.is_empty() {
                skipped += keep_last(&mut sightings);
                hub.tell_peek(&peek_topic(node, *port), sightings, skipped);
            }
        }
    }

    /// What is kept of a wire, the oldest first; from now on something is. An error where no node has such an output, or
    /// where others watch as many as can be.
    pub(crate) fn ask(&self, app: &Parts, node: &str, port: usize) -> ApiResult<Vec<Sighting>> {
        let wire = (EcoString::from(node), port);
        let missing = || ApiError::not_found("output", &format!("{node}/{port}"));
        outlets(app, &app.flows.now_in_force().document, &wire).next().ok_or_else(missing)?;
        self.state().leases.insert(wire.clone(), Instant::now() + LEASE);
        self.watch(app);
        app.hub.live_changed();
        let state = self.state();
        let seen = state.watched.get(&wire).ok_or_else(too_many)?.iter().flat_map(Watch::kept);
        let mut sightings: Vec<Sighting> = seen.collect();
        keep_last(&mut sightings);
        Ok(sightings)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_many() -> ApiError {
    let failure = Failure::key("peek.too-many").with("limit", WATCHED_LIMIT);
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_watched", failure)
}

impl Watch {
    /// What is kept of it, the oldest first.
    fn kept(&self) -> impl Iterator<Item = Sighting> {
        self.watched.since(0).0.into_iter().map(|seen| self.sighting(seen))
    }

    fn sighting(&self, seen: Seen) -> Sighting {
        Sighting { source: self.source.0.clone(), seen }
    }
}

/// Puts what several nodes sent in order and keeps the last of it; how many were not kept.
fn keep_last(sightings: &mut Vec<Sighting>) -> u64 {
    sightings.sort_by_key(|sighting| sighting.seen.time);
    let too_many = sightings.len().saturating_sub(KEPT_MESSAGES);
    sightings.drain(..too_many);
    too_many as u64
}

/// The ports behind a wire as they run now; those that were watched before go on.
fn watches(app: &Parts, document: &Document, wire: &Wire, mut former: Vec<Watch>) -> Vec<Watch> {
    let watch = |(source, outlet): (Source, Arc<Outlet>)| match former
        .iter()
        .position(|watch| Arc::ptr_eq(watch.watched.outlet(), &outlet))
    {
        Some(at) => former.swap_remove(at),
        None => {
            let watched = outlet.watch();
            Watch { source, next: watched.first(), watched }
        }
    };
    outlets(app, document, wire).map(watch).collect()
}

/// The ports of running nodes behind a wire.
fn outlets(app: &Parts, document: &Document, wire: &Wire) -> impl Iterator<Item = (Source, Arc<Outlet>)> {
    let engine = app.flows.engine();
    let node = engine.node(&wire.0);
    let sources = node.map(|node| sources::of(document, &node.info, wire.1)).unwrap_or_default();
    sources.into_iter().filter_map(move |source| {
        let outlet = engine.node(&source.0)?.outlets().get(source.1)?.clone();
        Some((source, outlet))
    })
}

/// The node and port in the rest of a topic, such as `n1/0`. An id may have slashes in it.
fn wire_of(rest: &str) -> Option<Wire> {
    let (node, port) = rest.rsplit_once('/')?;
    Some((node.into(), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics() {
        assert_eq!(wire_of("a/0"), Some(("a".into(), 0)));
        assert_eq!(wire_of("a/b/12"), Some(("a/b".into(), 12)));
        assert_eq!([wire_of("a"), wire_of("a/x"), wire_of("#"), wire_of("a/+")], [None, None, None, None]);
    }
}
