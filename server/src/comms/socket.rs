//! One editor's connection.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use model::api::{DEBUG_TOPIC, Presence};
use model::language::Language;
use model::text::Text;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout};

use super::hub::{Client, Hub};
use super::item::now;
use crate::texts;

/// What comes within this time goes out in one frame; Node-RED's figure.
const BATCH_TIME: Duration = Duration::from_millis(50);
/// Items in one frame at most; Node-RED's figure.
const BATCH_ITEMS: usize = 50;
/// After this time without a frame a heartbeat goes out; Node-RED's figure.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// An editor that takes nothing for this long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// Subscriptions of one editor at most; more are refused.
const SUBSCRIPTIONS: usize = 100;

/// Whether somebody may still listen is asked again after this time, before anything more is told.
const CHECK_AFTER: Duration = Duration::from_secs(1);

/// Somebody who may listen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admitted {
    /// What the others see as the name; none where an editor may say it itself.
    pub(crate) user: Option<String>,
    /// First parts of topics that are not for them.
    pub(crate) withheld: Vec<&'static str>,
    /// Whether they may change flows, and so keep a form to themselves.
    pub(crate) may_edit: bool,
}

/// Serves one editor until it goes. `check` says who has a token, or who opened the connection where there is none; if that
/// was nobody who may listen, the first message must be `{"auth":"<token>"}`. What has words of ours is said in `language`.
pub(crate) async fn serve(
    mut socket: WebSocket,
    hub: Arc<Hub>,
    language: Language,
    check: impl Fn(Option<&str>) -> Option<Admitted> + Send,
) {
    let entered = match check(None) {
        Some(admitted) => Some((None, admitted)),
        None => admit(&mut socket, &check).await,
    };
    let Some((token, admitted)) = entered else { return };
    let client = hub.connect(language);
    run(&mut socket, &hub, &client, Guest::new(token, admitted, &client), &check).await;
    hub.disconnect(&client);
}

/// Who listens, and by which token.
struct Guest {
    token: Option<String>,
    admitted: Admitted,
    checked: Instant,
}

impl Guest {
    fn new(token: Option<String>, admitted: Admitted, client: &Client) -> Self {
        client.queue().withhold(admitted.withheld.clone());
        Self { token, admitted, checked: Instant::now() }
    }

    /// Whether they may still listen, and to what: a log-in ends, a user may do less than before.
    fn stays(&mut self, client: &Client, check: &impl Fn(Option<&str>) -> Option<Admitted>) -> bool {
        if self.checked.elapsed() < CHECK_AFTER {
            return true;
        }
        let Some(admitted) = check(self.token.as_deref()) else { return false };
        *self = Self::new(self.token.take(), admitted, client);
        true
    }
}

/// A listener that hears debug messages from now on, without asking: as every client of Node-RED does.
pub(crate) struct Listener(Arc<Hub>, Arc<Client>);

impl Listener {
    pub(crate) fn of(hub: &Arc<Hub>) -> Self {
        let client = hub.connect(Language::default());
        hub.subscribe(&client, DEBUG_TOPIC);
        Self(hub.clone(), client)
    }

    /// Tells what it hears until the other side goes.
    pub(crate) async fn serve(self, mut socket: WebSocket) {
        let Self(hub, client) = self;
        let guest = Guest::new(None, Admitted::default(), &client);
        run(&mut socket, &hub, &client, guest, &|_| Some(Admitted::default())).await;
        hub.disconnect(&client);
    }
}

async fn admit(
    socket: &mut WebSocket,
    check: &(impl Fn(Option<&str>) -> Option<Admitted> + Send),
) -> Option<(Option<String>, Admitted)> {
    let first = timeout(HEARTBEAT, socket.recv()).await;
    let Ok(Some(Ok(Message::Text(text)))) = first else { return None };
    let token = token_of(&text);
    let admitted = token.as_deref().and_then(|token| check(Some(token)));
    let _ = send(socket, auth_answer(admitted.is_some())).await;
    Some((token, admitted?))
}

fn token_of(text: &str) -> Option<String> {
    let message: Value = serde_json::from_str(text).ok()?;
    Some(message.get("auth")?.as_str()?.to_owned())
}

fn auth_answer(is_good: bool) -> String {
    json!({ "auth": if is_good { "ok" } else { "fail" } }).to_string()
}

async fn run(
    socket: &mut WebSocket,
    hub: &Hub,
    client: &Client,
    mut guest: Guest,
    check: &(impl Fn(Option<&str>) -> Option<Admitted> + Send),
) {
    let mut next_batch = Instant::now();
    let mut next_heartbeat = Instant::now() + HEARTBEAT;
    loop {
        let has_items = !client.queue().is_empty();
        tokio::select! {
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => {
                    if let Some(token) = token_of(&text) {
                        let checked = check(Some(&token));
                        if !send(socket, auth_answer(checked.is_some())).await { return }
                        if let Some(admitted) = checked {
                            guest = Guest::new(Some(token), admitted, client);
                        }
                    } else {
                        heard(&text, hub, client, &guest.admitted);
                    }
                }
                // Pings are answered by the library; nothing else is expected.
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            () = client.wake.notified(), if !has_items => next_batch = next_batch.max(Instant::now() + BATCH_TIME),
            () = sleep_until(next_batch), if has_items => {
                if !guest.stays(client, check) { return leave(socket).await }
                if !send(socket, batch(hub, client)).await { return }
                next_batch = Instant::now() + BATCH_TIME;
                next_heartbeat = Instant::now() + HEARTBEAT;
            }
            () = sleep_until(next_heartbeat) => {
                if !guest.stays(client, check) { return leave(socket).await }
                if !send(socket, json!([{ "topic": "hb", "data": now() }]).to_string()).await { return }
                next_heartbeat = Instant::now() + HEARTBEAT;
            }
        }
    }
}

/// Tells whoever may not listen any more to log in again.
async fn leave(socket: &mut WebSocket) {
    let _ = send(socket, auth_answer(false)).await;
}

/// A message of an editor; what is not understood is passed over, as Node-RED does.
fn heard(text: &str, hub: &Hub, client: &Client, admitted: &Admitted) {
    let Ok(mut message) = serde_json::from_str::<Value>(text) else { return };
    if let Some(pattern) = message.get("subscribe").and_then(Value::as_str)
        && client.queue().subscriptions() < SUBSCRIPTIONS
    {
        hub.subscribe(client, pattern);
    }
    if let Some(pattern) = message.get("unsubscribe").and_then(Value::as_str) {
        hub.unsubscribe(client, pattern);
    }
    if let Some(said) = message.get_mut("presence")
        && let Ok(mut said) = serde_json::from_value::<Presence>(said.take())
    {
        said.editing = said.editing.filter(|_| admitted.may_edit);
        hub.presences.said(client.number, admitted.user.as_deref(), said);
    }
}

/// The next frame: a JSON array of what waits, encoded here and not on the flows' threads.
fn batch(hub: &Hub, client: &Client) -> String {
    let mut queue = client.queue();
    let (lost, items) = (queue.take_lost(), queue.take(BATCH_ITEMS));
    drop(queue);
    let mut frame = String::from("[");
    if lost > 0 {
        hub.count_lost(lost);
        let text = texts::render_in(client.language, &Text::key("comms.lost").with("count", lost));
        let data = json!({ "count": lost, "text": text.as_str(), "type": "warning", "timeout": 5000 });
        frame.push_str(&json!({ "topic": "notification/debug-lost", "data": data }).to_string());
    }
    for item in items {
        if frame.len() > 1 {
            frame.push(',');
        }
        frame.push_str(item.encoded(hub.registry(), client.language));
    }
    frame.push(']');
    frame
}

async fn send(socket: &mut WebSocket, text: String) -> bool {
    matches!(timeout(SEND_TIMEOUT, socket.send(Message::Text(text.into()))).await, Ok(Ok(())))
}
