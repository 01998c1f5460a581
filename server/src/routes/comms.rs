//! The WebSocket of editors.

use axum::extract::{Query, State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use model::language::Language;
use serde::Deserialize;

use crate::app::App;
use crate::comms::Admitted;
use crate::guard::Asker;
use crate::{comms, guard, texts};

/// The largest message of an editor; subscriptions are short.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// Topics by their first part, and the permission that the route has which gives the same.
const PERMISSIONS: [(&str, &str); 4] =
    [("failed", "failed.read"), ("held", "held.write"), ("metrics", "metrics.read"), ("peek", "peek.read")];

/// What the address may say.
#[derive(Default, Deserialize)]
pub(super) struct Wishes {
    /// Code of a language: scripts of a page cannot set the headers of a socket.
    language: Option<String>,
}

/// Opens the socket. Who has no session yet sends a token first. Statuses and entries of the log are told in the language
/// that the address names (`?language=de`), else in that of `Accept-Language`.
pub(super) async fn open(
    State(app): State<App>,
    Query(wishes): Query<Wishes>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let named = wishes.language.as_deref().and_then(Language::from_code);
    let language = named.unwrap_or_else(|| texts::asked(&headers));
    upgrade.max_message_size(MESSAGE_LIMIT).on_upgrade(move |socket| async move {
        let hub = app.hub.clone();
        let check = move |token: Option<&str>| {
            // Where there are no users, any token is as good as none.
            let asker = match token.filter(|_| !app.settings.users.is_empty()) {
                Some(token) => guard::asker_of(&app, token),
                None => guard::asker(&app, &headers),
            };
            admitted(&app, asker)
        };
        comms::serve(socket, hub, language, check).await;
    })
}

/// Where there are users, nobody says their name themselves: it could be another's.
fn admitted(app: &App, asker: Option<Asker>) -> Option<Admitted> {
    let asker = asker.filter(|asker| asker.may(guard::COMMS))?;
    let withheld = PERMISSIONS.iter().filter(|(_, needed)| !asker.may(needed)).map(|(topic, _)| *topic);
    let has_users = !app.settings.users.is_empty();
    Some(Admitted {
        withheld: withheld.collect(),
        may_edit: asker.may("flows.write"),
        user: has_users.then(|| asker.name.unwrap_or_default()),
    })
}
