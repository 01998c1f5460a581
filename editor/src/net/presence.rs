//! Tells the others where this editor is.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{browser, live};
use crate::state::{Connection, Editor};
use crate::store::presence::Outbox;

/// The shortest time between two frames.
const REST: Duration = Duration::from_millis(200);
/// Where the name is remembered.
const NAME: &str = "wireloom-name";

/// Keeps what the others know in step with what is shown. To be called once, by the app.
pub fn follow(editor: Editor) {
    editor.presence.name.set(browser::remembered(NAME).unwrap_or_default());
    let outbox = StoredValue::new(Outbox::default());
    Effect::new(move || {
        let own = editor.own_presence();
        if editor.connection.get() != Connection::Live {
            return outbox.update_value(Outbox::forget);
        }
        let frame = outbox.try_update_value(|outbox| outbox.say(own.frame())).flatten();
        if let Some(frame) = frame {
            spawn_local(send(outbox, frame));
        }
    });
}

/// Changes what the user is called; remembered in this browser, for others may share the log-in.
pub fn rename(editor: Editor, name: &str) {
    browser::remember(NAME, name);
    editor.presence.name.set(name.to_owned());
}

/// Sends a frame, and after each rest what came meanwhile.
async fn send(outbox: StoredValue<Outbox>, frame: String) {
    let mut next = Some(frame);
    while let Some(frame) = next {
        live::send(&frame);
        browser::sleep(REST).await;
        next = outbox.try_update_value(Outbox::rested).flatten();
    }
}
