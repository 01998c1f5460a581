//! Subscribes to what is shown of the running flows, as long as it is shown.

use std::cell::RefCell;
use std::collections::BTreeSet;

use leptos::prelude::*;
use web_sys::WebSocket;

use crate::state::Editor;
use crate::store::comms;
use crate::store::live::Overlay;

thread_local! {
    /// The connection that is open; a browser's page has one thread.
    static SOCKET: RefCell<Option<WebSocket>> = const { RefCell::new(None) };
}

/// This is the connection now.
pub(super) fn connected(socket: WebSocket) {
    SOCKET.set(Some(socket));
}

/// This connection has ended; there may be another by now.
pub(super) fn disconnected(socket: &WebSocket) {
    SOCKET.with_borrow_mut(|kept| {
        kept.take_if(|kept| kept == socket);
    });
}

/// Ends the connection, if there is one.
pub(super) fn close() {
    if let Some(socket) = SOCKET.take() {
        // One that is closed already has nothing to say.
        let _ = socket.close();
    }
}

/// Keeps what is subscribed to in step with what is shown. To be called once, by the app.
pub fn follow(editor: Editor) {
    Effect::new(move |before: Option<BTreeSet<String>>| {
        let wanted = editor.live_topics();
        let before = before.unwrap_or_default();
        for topic in wanted.difference(&before) {
            send(&comms::subscribe(topic));
        }
        for topic in before.difference(&wanted) {
            send(&comms::unsubscribe(topic));
        }
        wanted
    });
    // Figures of a tab that is not shown, or not followed, are old.
    Effect::new(move || {
        let _ = (editor.open_tab.get(), editor.shown_use(), editor.connection.get());
        if editor.live.overlay.get() != Overlay::Nothing {
            editor.clear_figures();
        }
    });
}

/// Sends a frame where there is a connection.
pub(super) fn send(frame: &str) {
    SOCKET.with_borrow(|socket| {
        if let Some(socket) = socket {
            // A socket that closes meanwhile tells so itself.
            let _ = socket.send_with_str(frame);
        }
    });
}
