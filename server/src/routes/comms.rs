//! The WebSocket of editors.

use axum::extract::{State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::{comms, guard};

/// The largest message of an editor; subscriptions are short.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// Opens the socket. Who has no session yet sends a token first.
pub(super) async fn open(State(app): State<App>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let is_admitted = guard::asker(&app, &headers).is_some_and(|asker| asker.may(guard::COMMS));
    upgrade.max_message_size(MESSAGE_LIMIT).on_upgrade(move |socket| async move {
        let hub = app.hub.clone();
        let check = move |token: &str| {
            let asker = guard::asker_of(&app, token);
            app.settings.users.is_empty() || asker.is_some_and(|asker| asker.may(guard::COMMS))
        };
        comms::serve(socket, hub, is_admitted, check).await;
    })
}
