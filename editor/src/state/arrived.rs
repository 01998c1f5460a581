//! What the server tells while it happens: kept for a moment, then shown together.

use std::collections::HashMap;

use leptos::prelude::*;

use super::Editor;
use crate::store::Id;
use crate::store::comms::Event;
use crate::store::debug_log::{Level, MOST_ENTRIES, Message};
use crate::store::event_log::Happening;
use crate::store::node_types::called;
use crate::store::status::{Fill, Status};

impl Editor {
    /// Takes an event of the server that arrived at `time_ms` since midnight. Gives back whether
    /// [`Editor::show_arrived`] has to be called, some time later.
    pub fn receive(self, event: Event, time_ms: u32) -> bool {
        let mut must_time = false;
        self.inbox.update_value(|inbox| {
            match event {
                Event::Status(id, status) => {
                    inbox.statuses.insert(id, status);
                }
                Event::Debug(message) => {
                    if inbox.debug.len() >= 2 * MOST_ENTRIES {
                        inbox.debug.drain(..MOST_ENTRIES);
                    }
                    if message.level != Level::Debug && inbox.logged.len() < 2 * MOST_ENTRIES {
                        inbox.logged.push((time_ms, message.clone()));
                    }
                    inbox.debug.push((time_ms, message));
                }
                Event::Deployed(_)
                | Event::Running(_)
                | Event::NodeTypes
                | Event::Plugins
                | Event::Notice(_)
                | Event::Figures(..)
                | Event::Seen(..)
                | Event::Failed(_)
                | Event::Held(..)
                | Event::FlowTests
                | Event::Present(_)
                | Event::LoggedIn(_) => {}
            }
            must_time = !std::mem::replace(&mut inbox.is_timed, true);
        });
        must_time
    }

    /// Shows what arrived since the last call.
    pub fn show_arrived(self) {
        let is_paused = self.is_paused.get_untracked();
        let (mut statuses, mut debug, mut waiting) = (HashMap::new(), Vec::new(), 0);
        let mut logged = Vec::new();
        self.inbox.update_value(|inbox| {
            inbox.is_timed = false;
            statuses = std::mem::take(&mut inbox.statuses);
            logged = std::mem::take(&mut inbox.logged);
            match is_paused {
                true => waiting = inbox.debug.len().min(MOST_ENTRIES),
                false => debug = std::mem::take(&mut inbox.debug),
            }
        });
        self.mark_red(&statuses);
        for (id, status) in statuses {
            let signal = self.status(&id);
            if signal.with_untracked(|shown| *shown != status) {
                signal.set(status);
            }
        }
        if !logged.is_empty() {
            self.name_sources(&mut logged);
            self.live.events.update(|log| {
                for (time_ms, message) in &logged {
                    let what = Happening::of_message(message, message.name.clone());
                    what.into_iter().for_each(|what| log.add(*time_ms, what));
                }
            });
        }
        if self.waiting.get_untracked() != waiting {
            self.waiting.set(waiting);
        }
        if !debug.is_empty() {
            self.name_sources(&mut debug);
            self.debug.update(|log| log.extend(debug));
        }
    }

    fn mark_red(self, statuses: &HashMap<Id, Option<Status>>) {
        let is_red = |status: &Option<Status>| status.as_ref().is_some_and(|status| status.fill == Fill::Red);
        self.red.maybe_update(|red| {
            let mark = |(id, status)| if is_red(status) { red.insert(Id::clone(id)) } else { red.remove(id) };
            // Each of them, not only up to the first that changes something.
            statuses.iter().map(mark).fold(false, |changed, changes| changed | changes)
        });
    }

    /// Gives messages of nodes without a name the label that the node has now: later it may be gone.
    fn name_sources(self, messages: &mut [(u32, Message)]) {
        let Some(document) = self.document.get_untracked() else { return };
        for (_, message) in messages.iter_mut().filter(|(_, message)| message.name.is_empty()) {
            if let Some(node) = document.get(&message.id) {
                message.name = self.types.with_untracked(|types| called(&document, node, types));
            }
        }
    }

    /// Stops or goes on showing debug output.
    pub fn set_paused(self, is_paused: bool) {
        self.is_paused.set(is_paused);
        self.show_arrived();
    }
}
