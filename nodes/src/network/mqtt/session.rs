//! The state of one MQTT session: what is to be sent, what waits for an answer, what was received and is not
//! yet acknowledged. Nothing here waits: the connection's task feeds it and writes what it puts out.
//!
//! It outlives connections. When the broker still knows the session, what waits for an answer is sent again as
//! the standard asks (MQTT 5, section 4.4); when the broker has forgotten it, messages that were
//! not acknowledged are sent anew, so that none is lost (one of quality 2 that was nearly done may come twice).

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use bytes::BytesMut;
use ecow::EcoString;
use tokio::time::Instant;

use super::publication::{Publication, Quality};
use super::settings::Version;
use super::wire::{self, Acknowledgement, Answer, Options, Welcome, WireError};

/// How many messages of quality 1 and 2 wait for an answer at once; a broker may ask for fewer.
const WINDOW: usize = 64;
/// How many bytes are put out ahead of the socket.
const WRITE_AHEAD: usize = 64 * 1024;

/// A message to publish, and whom to tell what became of it.
pub(crate) struct Outgoing {
    pub(crate) publication: Arc<Publication>,
    /// Whether it means this connection (a birth or close message) and nothing on the next.
    pub(crate) is_passing: bool,
    pub(crate) report: Report,
}

/// Hears once what became of a message: quality 0, written to the socket; else, acknowledged by the broker.
pub(crate) type Report = Box<dyn FnOnce(Result<(), PublishError>) + Send>;

/// Why a message was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublishError {
    /// The broker said no, and why.
    Refused(String),
    /// The broker takes packets up to `limit` bytes.
    TooLarge { size: usize, limit: u32 },
    /// The connection was ended for good before it was sent.
    Stopped,
}

/// See the module.
pub(crate) struct Session {
    version: Version,
    /// Goes up when the broker has forgotten us: packet identifiers of before mean nothing then.
    number: u64,
    last_id: u16,
    window: usize,
    largest: Option<u32>,
    /// Not yet put out, in order.
    outbox: VecDeque<Outgoing>,
    /// Put out and waiting for an answer, in order.
    in_flight: VecDeque<InFlight>,
    /// Quality 0, put out but perhaps not yet written, with the end of each as a count of bytes put out.
    writing: VecDeque<(u64, Outgoing)>,
    /// Filters of subscriptions that wait for an answer.
    requests: HashMap<u16, EcoString>,
    /// Messages of quality 1 and 2 from the broker that are not acknowledged.
    incoming: HashMap<u16, Incoming>,
    /// Bytes for the socket.
    pub(crate) out: BytesMut,
    /// Bytes that were ever put out.
    put_out: u64,
}

struct InFlight {
    id: u16,
    outgoing: Outgoing,
    /// Quality 2: the broker has received it and only has to forget it.
    received: bool,
}

enum Incoming {
    /// Nodes work on it.
    Delivering(Arc<Publication>),
    /// No node is there for it, since the given time.
    Waiting(Arc<Publication>, Instant),
    /// Nodes were done with it while there was no connection.
    Done(Quality),
    /// Quality 2: the broker knows that we have it and has not yet released it.
    Received,
}

impl Session {
    pub(crate) fn new(version: Version) -> Self {
        Self {
            version,
            number: 0,
            // A broker may hold messages of an earlier process under low numbers: do not start among them.
            last_id: RandomState::new().hash_one(version as u8) as u16,
            window: WINDOW,
            largest: None,
            outbox: VecDeque::new(),
            in_flight: VecDeque::new(),
            writing: VecDeque::new(),
            requests: HashMap::new(),
            incoming: HashMap::new(),
            out: BytesMut::new(),
            put_out: 0,
        }
    }

    /// The number of the session, for receipts.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Takes a message to be published after those before it.
    pub(crate) fn submit(&mut self, outgoing: Outgoing) {
        self.outbox.push_back(outgoing);
    }

    /// Takes a message to be published before those that wait.
    pub(crate) fn submit_first(&mut self, outgoing: Outgoing) {
        self.outbox.push_front(outgoing);
    }

    /// Whether everything taken was published and answered.
    pub(crate) fn is_idle(&self) -> bool {
        self.outbox.is_empty() && !self.awaits_broker()
    }

    /// Whether something was sent that cannot end unless we read, or the broker reads.
    pub(crate) fn awaits_broker(&self) -> bool {
        !(self.in_flight.is_empty() && self.requests.is_empty() && self.out.is_empty())
    }

    /// The broker has let us in: what waits for an answer goes out again, in order.
    pub(crate) fn welcomed(&mut self, welcome: &Welcome) {
        self.window = usize::from(welcome.receive_maximum).clamp(1, WINDOW);
        self.largest = welcome.largest_packet;
        if !welcome.session_present {
            self.number += 1;
            self.incoming.clear();
            for waiting in self.in_flight.drain(..).rev() {
                self.outbox.push_front(waiting.outgoing);
            }
        }
        for waiting in std::mem::take(&mut self.in_flight) {
            if waiting.received {
                self.answer(Acknowledgement::Release, waiting.id);
                self.in_flight.push_back(waiting);
            } else {
                self.put_out_message(waiting.outgoing, Some(waiting.id));
            }
        }
    }

    /// The connection is gone: what was not written is to be written on the next one.
    pub(crate) fn lost(&mut self) {
        self.out.clear();
        self.requests.clear();
        for (_, outgoing) in self.writing.drain(..).rev() {
            self.outbox.push_front(outgoing);
        }
        self.outbox.retain(|outgoing| !outgoing.is_passing);
        self.in_flight.retain(|waiting| !waiting.outgoing.is_passing);
    }

    /// Puts out messages while the broker and the socket take them.
    pub(crate) fn pump(&mut self) {
        while self.out.len() < WRITE_AHEAD {
            let Some(next) = self.outbox.front() else { return };
            if next.publication.quality != Quality::AtMostOnce && self.in_flight.len() >= self.window {
                return;
            }
            if let Some(next) = self.outbox.pop_front() {
                self.put_out_message(next, None);
            }
        }
    }

    /// The socket took bytes from `out`: reports messages of quality 0 that are gone with them.
    pub(crate) fn wrote(&mut self) {
        let written = self.put_out - self.out.len() as u64;
        while self.writing.front().is_some_and(|(end, _)| *end <= written) {
            if let Some((_, outgoing)) = self.writing.pop_front() {
                (outgoing.report)(Ok(()));
            }
        }
    }

    /// The broker answered a message of quality 1.
    pub(crate) fn acknowledged(&mut self, id: u16, answer: Answer) {
        self.finish(id, answer);
    }

    /// The broker has received a message of quality 2.
    pub(crate) fn received_once(&mut self, id: u16, answer: Answer) {
        if answer.is_err() {
            return self.finish(id, answer);
        }
        if let Some(waiting) = self.in_flight.iter_mut().find(|waiting| waiting.id == id) {
            waiting.received = true;
        }
        // Answered even if unknown: the broker would ask for ever.
        self.answer(Acknowledgement::Release, id);
    }

    /// The broker is done with a message of quality 2.
    pub(crate) fn completed(&mut self, id: u16) {
        self.finish(id, Ok(()));
    }

    /// Asks for a subscription.
    pub(crate) fn subscribe(&mut self, filter: &EcoString, options: Options) -> Result<(), WireError> {
        let id = self.next_id();
        self.requests.insert(id, filter.clone());
        self.put(|version, out| wire::subscribe(version, id, filter, options, out))
    }

    /// Ends a subscription.
    pub(crate) fn unsubscribe(&mut self, filter: &str) -> Result<(), WireError> {
        let id = self.next_id();
        self.put(|version, out| wire::unsubscribe(version, id, filter, out))
    }

    /// The broker answered a request: the filter that it was about.
    pub(crate) fn subscribed(&mut self, id: u16) -> Option<EcoString> {
        self.requests.remove(&id)
    }

    /// A message of quality 1 or 2 came. Gives it back if it is to be delivered, and nothing if it was
    /// delivered before.
    pub(crate) fn take_in(
        &mut self,
        id: u16,
        publication: Publication,
        duplicate: bool,
    ) -> Option<Arc<Publication>> {
        match self.incoming.get(&id) {
            Some(Incoming::Received) => self.answer(Acknowledgement::Receive, id),
            Some(Incoming::Done(quality)) if duplicate => {
                let quality = *quality;
                self.acknowledge(id, quality);
            }
            Some(Incoming::Delivering(_) | Incoming::Waiting(..)) if duplicate => {}
            _ => {
                let publication = Arc::new(publication);
                self.incoming.insert(id, Incoming::Delivering(publication.clone()));
                return Some(publication);
            }
        }
        None
    }

    /// No node is there for the message.
    pub(crate) fn nobody_there(&mut self, id: u16) {
        if let Some(incoming) = self.incoming.get_mut(&id)
            && let Incoming::Delivering(publication) = incoming
        {
            *incoming = Incoming::Waiting(publication.clone(), Instant::now());
        }
    }

    /// The messages without a node that `wanted` accepts, to be delivered now.
    pub(crate) fn take_waiting(
        &mut self,
        mut wanted: impl FnMut(&Publication, Instant) -> bool,
    ) -> Vec<(u16, Arc<Publication>)> {
        let mut taken = Vec::new();
        for (id, incoming) in &mut self.incoming {
            if let Incoming::Waiting(publication, since) = incoming
                && wanted(publication, *since)
            {
                taken.push((*id, publication.clone()));
                *incoming = Incoming::Delivering(publication.clone());
            }
        }
        taken.sort_by_key(|(id, _)| *id);
        taken
    }

    /// The nodes are done with a message (or were cut off before they were). `connected` tells whether there
    /// is somebody to tell.
    pub(crate) fn settled(&mut self, id: u16, session: u64, done: bool, connected: bool) {
        if session != self.number {
            return;
        }
        let Some(Incoming::Delivering(publication)) = self.incoming.get(&id) else { return };
        let quality = publication.quality;
        match (done, connected) {
            (false, _) => self.nobody_there(id),
            (true, true) => self.acknowledge(id, quality),
            (true, false) => {
                self.incoming.insert(id, Incoming::Done(quality));
            }
        }
    }

    /// The broker releases a message of quality 2: its number may be used again.
    pub(crate) fn released(&mut self, id: u16) {
        if matches!(self.incoming.get(&id), Some(Incoming::Received)) {
            self.incoming.remove(&id);
        }
        self.answer(Acknowledgement::Complete, id);
    }

    /// Asks for a sign of life.
    pub(crate) fn ping(&mut self) {
        self.put_plain(wire::ping);
    }

    /// Says good-bye.
    pub(crate) fn disconnect(&mut self) {
        self.put_plain(wire::disconnect);
    }

    /// The connection ends for good: reports what was not published.
    pub(crate) fn abandon(&mut self) {
        self.lost();
        let in_flight = self.in_flight.drain(..).map(|waiting| waiting.outgoing);
        for outgoing in in_flight.chain(self.outbox.drain(..)) {
            (outgoing.report)(Err(PublishError::Stopped));
        }
    }

    /// Puts out a message: under its number if it was put out before.
    fn put_out_message(&mut self, outgoing: Outgoing, again: Option<u16>) {
        let quality = outgoing.publication.quality;
        let id = match (quality, again) {
            (Quality::AtMostOnce, _) => 0,
            (_, Some(id)) => id,
            (_, None) => self.next_id(),
        };
        let (largest, publication) = (self.largest, outgoing.publication.clone());
        match self.put(|version, out| wire::publish(version, &publication, id, again.is_some(), largest, out))
        {
            Err(error) => {
                let size =
                    if let WireError::TooLarge { size } = error { size } else { publication.payload.len() };
                let limit = largest.unwrap_or(LARGEST_PACKET);
                (outgoing.report)(Err(PublishError::TooLarge { size, limit }));
            }
            Ok(()) if quality == Quality::AtMostOnce => self.writing.push_back((self.put_out, outgoing)),
            Ok(()) => self.in_flight.push_back(InFlight { id, outgoing, received: false }),
        }
    }

    fn finish(&mut self, id: u16, answer: Answer) {
        if let Some(at) = self.in_flight.iter().position(|waiting| waiting.id == id)
            && let Some(waiting) = self.in_flight.remove(at)
        {
            (waiting.outgoing.report)(answer.map_err(PublishError::Refused));
        }
    }

    fn acknowledge(&mut self, id: u16, quality: Quality) {
        if quality == Quality::ExactlyOnce {
            self.incoming.insert(id, Incoming::Received);
            self.answer(Acknowledgement::Receive, id);
        } else {
            self.incoming.remove(&id);
            self.answer(Acknowledgement::Acknowledge, id);
        }
    }

    fn answer(&mut self, kind: Acknowledgement, id: u16) {
        self.put_plain(|out| wire::acknowledge(kind, id, out));
    }

    /// Writes to `out` and counts; what failed half-way leaves nothing behind.
    fn put(
        &mut self,
        write: impl FnOnce(Version, &mut BytesMut) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        let before = self.out.len();
        let outcome = write(self.version, &mut self.out);
        if outcome.is_err() {
            self.out.truncate(before);
        }
        self.put_out += (self.out.len() - before) as u64;
        outcome
    }

    /// Writes what cannot fail to `out`, and counts.
    fn put_plain(&mut self, write: impl FnOnce(&mut BytesMut)) {
        let before = self.out.len();
        write(&mut self.out);
        self.put_out += (self.out.len() - before) as u64;
    }

    /// A packet identifier that is not in use; 0 is none.
    fn next_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            let id = self.last_id;
            let used =
                self.requests.contains_key(&id) || self.in_flight.iter().any(|waiting| waiting.id == id);
            if !used {
                return id;
            }
        }
    }
}

/// The largest packet of the protocol (MQTT 5, section 2.1.4).
const LARGEST_PACKET: u32 = 268_435_455 + 5;

#[cfg(test)]
mod tests;
