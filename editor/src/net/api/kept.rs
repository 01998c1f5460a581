//! What the server keeps beside the flows: settings of the user, revisions, context data.

use model::document::Document;
use model::json::{Json, Object};

use super::{Failure, ask, refused, send, unreadable};
use crate::state::Editor;
use crate::store::Id;
use crate::store::context_data::Scope;
use crate::store::failed::FailedList;
use crate::store::library::{FLOWS, Folder};
use crate::store::live::{Outlet, Seen, read_peek};
use crate::store::preferences::{NAME, Preferences};
use crate::store::revisions::Revision;
use crate::store::trial::Outcome;
use crate::texts::text;
use leptos::prelude::GetValue;

/// The user's settings.
pub async fn preferences(editor: Editor) -> Result<Preferences, Failure> {
    let what = text("error.settings");
    let answer = ask(editor, "GET", "settings/user", None, &what).await?;
    let answer = Json::parse(&answer).map_err(|error| unreadable(&what, &error))?;
    Ok(answer.get(NAME).map(Preferences::read).unwrap_or_default())
}

/// Keeps the user's settings.
pub async fn keep_preferences(editor: Editor, preferences: &Preferences) -> Result<(), Failure> {
    let body = Json::Object(Object::from_iter([(NAME, preferences.to_json())]));
    ask(editor, "POST", "settings/user", Some(body), &text("error.settings")).await.map(drop)
}

/// The revisions of the flows that the server keeps, newest first.
pub async fn revisions(editor: Editor) -> Result<Vec<Revision>, Failure> {
    let what = text("error.revisions");
    let answer = ask(editor, "GET", "revisions", None, &what).await?;
    let answer = Json::parse(&answer).map_err(|error| unreadable(&what, &error))?;
    Ok(Revision::list(&answer))
}

/// The flows of a revision.
pub async fn revision(editor: Editor, id: &str) -> Result<Document, Failure> {
    let what = text("error.revisions");
    let path = format!("revisions/{}", encoded(id));
    let answer = ask(editor, "GET", &path, None, &what).await?;
    Document::parse(&answer).map_err(|error| unreadable(&what, &error))
}

/// What a scope keeps in the context stores: `{store: {key: {msg, format}}}`.
pub async fn context(editor: Editor, scope: &Scope) -> Result<Json, Failure> {
    let what = text("error.context");
    let answer = ask(editor, "GET", &scope.path(encoded), None, &what).await?;
    Json::parse(&answer).map_err(|error| unreadable(&what, &error))
}

/// Forgets a value of a scope.
pub async fn forget_context(editor: Editor, scope: &Scope, store: &str, key: &str) -> Result<(), Failure> {
    let path = format!("{}/{}?store={}", scope.path(encoded), encoded(key), encoded(store));
    ask(editor, "DELETE", &path, None, &text("error.context")).await.map(drop)
}

/// Stops the deployed flows and starts them again.
pub async fn restart(editor: Editor) -> Result<(), Failure> {
    let what = text("error.restart");
    let headers = [(model::api::DEPLOYMENT_HEADER, "reload")];
    let body = Json::Object(Object::from_iter([("flows", Json::Array(Vec::new()))]));
    match send("POST", "flows", editor.token.get_value(), Some(body), &headers).await? {
        (200..300, _) => Ok(()),
        (401, _) => Err(Failure::LoginNeeded),
        (status, answer) => Err(refused(status, &what, &answer)),
    }
}

/// Stops the flows, or starts those that somebody stopped.
pub async fn set_running(editor: Editor, is_running: bool) -> Result<(), Failure> {
    let (state, what) = if is_running { ("start", "error.start") } else { ("stop", "error.stop") };
    let body = Json::Object(Object::from_iter([("state", state)]));
    ask(editor, "POST", "flows/state", Some(body), &text(what)).await.map(drop)
}

/// What is in a folder of a part of the library, such as [`FLOWS`](crate::store::library::FLOWS).
pub async fn library_folder(editor: Editor, kind: &str, path: &str) -> Result<Folder, Failure> {
    let what = text("error.library");
    let answer = ask(editor, "GET", &library_path(kind, path), None, &what).await?;
    Json::parse(&answer).map(|answer| Folder::read(&answer)).map_err(|error| unreadable(&what, &error))
}

/// A file of a part of the library.
pub async fn library_file(editor: Editor, kind: &str, path: &str) -> Result<String, Failure> {
    ask(editor, "GET", &library_path(kind, path), None, &text("error.library")).await
}

/// Keeps flows in the library.
pub async fn keep_in_library(editor: Editor, path: &str, flows: &str) -> Result<(), Failure> {
    let what = text("error.library");
    let flows = Json::parse(flows).map_err(|error| unreadable(&what, &error))?;
    ask(editor, "POST", &library_path(FLOWS, path), Some(flows), &what).await.map(drop)
}

/// Keeps a text in a part of the library; `entry` holds it as `text`, and what is kept with it.
pub async fn keep_text(editor: Editor, kind: &str, path: &str, entry: Object) -> Result<(), Failure> {
    let body = Some(Json::Object(entry));
    ask(editor, "POST", &library_path(kind, path), body, &text("error.library")).await.map(drop)
}

fn library_path(kind: &str, path: &str) -> String {
    let parts: Vec<String> = path.split('/').map(encoded).collect();
    format!("library/local/{}/{}", encoded(kind), parts.join("/"))
}

/// The last messages of an output, oldest first. Who asks counts as watching for half a minute.
pub async fn peek(editor: Editor, outlet: &Outlet) -> Result<Vec<Seen>, Failure> {
    let what = text("error.peek");
    let path = format!("peek/{}/{}", encoded(&outlet.node), outlet.port);
    let answer = ask(editor, "GET", &path, None, &what).await?;
    Json::parse(&answer).map(|answer| read_peek(&answer).0).map_err(|error| unreadable(&what, &error))
}

/// Lets so many messages that are held at a node go on; with 0 sets a breakpoint there.
pub async fn let_go_held(editor: Editor, node: &str, count: usize) -> Result<(), Failure> {
    let body = Object::from_iter([("go", Json::from(count as f64))]);
    let path = format!("held/{}", encoded(node));
    ask(editor, "POST", &path, Some(Json::Object(body)), &text("error.held")).await.map(drop)
}

/// Takes a breakpoint away.
pub async fn end_held(editor: Editor, node: &str) -> Result<(), Failure> {
    let path = format!("held/{}", encoded(node));
    ask(editor, "DELETE", &path, None, &text("error.held")).await.map(drop)
}

/// What the server makes of an expression; `body` is that of [`crate::store::trial::body`].
pub async fn try_expression(editor: Editor, body: Json) -> Result<Outcome, Failure> {
    let what = text("error.jsonata");
    let answer = ask(editor, "POST", "jsonata", Some(body), &what).await?;
    Json::parse(&answer).map(|answer| Outcome::read(&answer)).map_err(|error| unreadable(&what, &error))
}

pub(super) fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

/// Has messages of an output arrive at nodes once more: kept ones by source and number, and one that was written.
/// Gives back how many arrived.
pub async fn replay(
    editor: Editor,
    outlet: &Outlet,
    to: &[Id],
    messages: &[(String, u64)],
    written: Option<Json>,
) -> Result<u64, Failure> {
    let kept = messages.iter().map(|(source, number)| Json::Object(reference(source, *number)));
    let to = to.iter().map(|id| Json::from(id.as_ref()));
    let mut body =
        Object::from_iter([("to", Json::Array(to.collect())), ("messages", Json::Array(kept.collect()))]);
    if let Some(written) = written {
        body.insert("msg", written);
    }
    let what = text("error.replay");
    let path = format!("peek/{}/{}", encoded(&outlet.node), outlet.port);
    let answer = ask(editor, "POST", &path, Some(Json::Object(body)), &what).await?;
    let answer = Json::parse(&answer).map_err(|error| unreadable(&what, &error))?;
    Ok(answer.get("sent").and_then(Json::as_f64).unwrap_or_default() as u64)
}

/// Names a message that the server keeps.
pub(super) fn reference(source: &str, number: u64) -> Object {
    Object::from_iter([("source", Json::from(source)), ("number", Json::from(number as f64))])
}

/// Messages that nodes failed with.
pub async fn failed(editor: Editor) -> Result<FailedList, Failure> {
    let what = text("error.failed");
    let answer = ask(editor, "GET", "failed", None, &what).await?;
    Json::parse(&answer).map(|answer| FailedList::read(&answer)).map_err(|error| unreadable(&what, &error))
}

/// Sends one of them to its node again, as it was or another in its place.
pub async fn send_failed(editor: Editor, number: u64, message: Option<Json>) -> Result<(), Failure> {
    let body = Object::from_iter(message.map(|message| ("msg", message)));
    let path = format!("failed/{number}");
    ask(editor, "POST", &path, Some(Json::Object(body)), &text("error.replay")).await.map(drop)
}

/// Lets go of one, or of all.
pub async fn let_go_failed(editor: Editor, number: Option<u64>) -> Result<(), Failure> {
    let path = number.map_or_else(|| "failed".to_owned(), |number| format!("failed/{number}"));
    ask(editor, "DELETE", &path, None, &text("error.failed")).await.map(drop)
}
