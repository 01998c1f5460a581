//! The sequences that a switch node makes of one.

use ecow::EcoString;
use engine::Message;
use engine::message::new_id;

use crate::sequences::set_part;

/// The new sequence of one output.
pub(super) struct NewSequence {
    id: EcoString,
    /// For each message of the old sequence its place in this one.
    places: Vec<usize>,
    count: usize,
}

/// A new sequence for each output, of the messages that go there.
pub(super) fn renumber(outputs: usize, decided: &[(Message, Vec<usize>)]) -> Vec<NewSequence> {
    let sequence = |port| {
        let (mut places, mut count) = (Vec::with_capacity(decided.len()), 0);
        for (_, ports) in decided {
            places.push(count);
            count += usize::from(ports.contains(&port));
        }
        NewSequence { id: new_id(), places, count }
    };
    (0..outputs).map(sequence).collect()
}

impl NewSequence {
    /// Writes the new place of the message that was `at` into it.
    pub(super) fn write(&self, at: usize, message: &mut Message) {
        set_part(message, "id", self.id.clone().into());
        set_part(message, "index", self.places[at].into());
        set_part(message, "count", self.count.into());
    }
}
