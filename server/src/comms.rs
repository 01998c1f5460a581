//! `/comms`: what happens, told to editors over a WebSocket, in Node-RED's frames.
//!
//! [`Hub`] takes what the engine says on the flows' threads and only queues it; values are encoded by the
//! connection that sends them, so nobody listening costs nothing.

mod hub;
mod item;
mod presence;
mod queue;
mod socket;
mod topic;

use model::text::Catalogue;

pub(crate) use hub::Hub;
pub(crate) use item::{Sighting, now, peek_of};
pub(crate) use presence::tell_presence;
pub(crate) use socket::{Admitted, Listener, serve};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[(
    "comms.lost",
    "{count} debug {count|message was|messages were} left out: more came than could be sent",
)];
