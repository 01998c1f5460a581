//! The messages that a plugin has handles of.

use crate::bindings::Held;

/// Messages by number. A number is free again when the plugin has let go of its handle, not before.
#[derive(Default)]
pub(crate) struct Table {
    slots: Vec<Option<Held>>,
    free: Vec<u32>,
    /// Bytes that the plugin added to what is held.
    added: usize,
}

impl Table {
    pub(crate) fn put(&mut self, held: Held) -> u32 {
        self.added += held.added;
        match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = Some(held);
                at
            }
            None => {
                self.slots.push(Some(held));
                (self.slots.len() - 1) as u32
            }
        }
    }

    pub(crate) fn get(&self, at: u32) -> Option<&Held> {
        self.slots.get(at as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, at: u32) -> Option<&mut Held> {
        self.slots.get_mut(at as usize)?.as_mut()
    }

    pub(crate) fn take(&mut self, at: u32) -> Option<Held> {
        let held = self.slots.get_mut(at as usize)?.take()?;
        self.free.push(at);
        self.added -= held.added;
        Some(held)
    }

    /// Notes that the plugin added bytes to a message.
    pub(crate) fn grow(&mut self, at: u32, bytes: usize) {
        if let Some(held) = self.slots.get_mut(at as usize).and_then(Option::as_mut) {
            held.added += bytes;
            self.added += bytes;
        }
    }

    /// What is left of a message whose work is over. The plugin's handle stays, and finds it empty.
    pub(crate) fn empty(&mut self, at: u32) -> Option<engine::Message> {
        let held = self.slots.get_mut(at as usize)?.as_mut()?;
        self.added -= std::mem::take(&mut held.added);
        held.is_primary = false;
        held.arrival = None;
        Some(held.message.take())
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn added(&self) -> usize {
        self.added
    }
}
