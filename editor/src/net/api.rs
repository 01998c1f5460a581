//! The server's admin API.

mod flow_tests;
mod kept;

use std::collections::HashMap;

use leptos::prelude::{GetValue, SetValue};
use model::api::{DEPLOYMENT_HEADER, ExampleInfo, VERSION_HEADER};
use model::descriptor::NodeDescriptor;
use model::document::Document;
use model::json::{Json, Object};
use model::text::Text;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, Response};

pub use plugins::{install_plugin, plugins, remove_plugin, switch_plugin, upload_plugin};

mod plugins;

use crate::state::Editor;
use crate::store::deploy::{self, DeployKind};
use crate::store::node_types::NodeTypes;
use crate::store::problems::Started;
use crate::store::rights::Rights;
use crate::texts::text;

pub use flow_tests::*;
pub use kept::*;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server wants to know who asks.
    LoginNeeded,
    /// The server cannot be reached.
    Unreachable(Text),
    /// The server refused, or its answer cannot be read.
    Refused(Text),
}

impl Failure {
    /// What to tell the user.
    pub fn text(&self) -> Text {
        match self {
            Self::LoginNeeded => text("login.hint"),
            Self::Unreachable(text) | Self::Refused(text) => text.clone(),
        }
    }
}

/// The node types that the server has.
pub async fn node_types(editor: Editor) -> Result<NodeTypes, Failure> {
    let what = text("error.descriptors");
    let answer = ask(editor, "GET", "nodes/descriptors", None, &what).await?;
    let answer: Described = serde_json::from_str(&answer).map_err(|error| unreadable(&what, &error))?;
    Ok(NodeTypes::new(answer.descriptors, &answer.texts))
}

/// What `GET /nodes/descriptors` answers.
#[derive(Deserialize)]
struct Described {
    descriptors: Vec<NodeDescriptor>,
    /// The templates of the descriptors' texts, by key.
    texts: HashMap<String, String>,
}

/// The deployed flows and their revision.
pub async fn flows(editor: Editor) -> Result<(Document, String), Failure> {
    let what = text("error.flows");
    let answer = ask(editor, "GET", "flows", None, &what).await?;
    let answer = Json::parse(&answer).map_err(|error| unreadable(&what, &error))?;
    let revision = answer.get("rev").and_then(Json::as_str).unwrap_or_default().to_owned();
    let document = Document::from_json(answer).map_err(|error| unreadable(&what, &error))?;
    Ok((document, revision))
}

/// What of the deployed flows could not be started.
pub async fn problems(editor: Editor) -> Result<Started, Failure> {
    Ok(problems_of_revision(editor).await?.0)
}

/// What of the deployed flows could not be started, and the revision of these flows.
pub async fn problems_of_revision(editor: Editor) -> Result<(Started, String), Failure> {
    let what = text("error.problems");
    let answer = ask(editor, "GET", "flows/problems", None, &what).await?;
    let answer = Json::parse(&answer).map_err(|error| unreadable(&what, &error))?;
    let revision = answer.get("rev").and_then(Json::as_str).unwrap_or_default().to_owned();
    Ok((Started::read(&answer), revision))
}

/// Who the user is, and what the server lets them do.
pub async fn rights(editor: Editor) -> Result<Rights, Failure> {
    let what = text("error.settings");
    let answer = ask(editor, "GET", "settings", None, &what).await?;
    Json::parse(&answer).map(|answer| Rights::read(&answer)).map_err(|error| unreadable(&what, &error))
}

/// What came of a deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deploy {
    /// It is done; this is the new revision.
    Done(String),
    /// Somebody else deployed since.
    Outdated,
}

/// Deploys flows that were made from the flows of `revision`.
pub async fn deploy(
    editor: Editor,
    document: &Document,
    revision: &str,
    kind: DeployKind,
) -> Result<Deploy, Failure> {
    let what = text("error.deploy");
    let body = Some(deploy::body(document, revision));
    let headers = [(DEPLOYMENT_HEADER, kind.name)];
    match send("POST", "flows", editor.token.get_value(), body, &headers).await? {
        (200..300, answer) => {
            let answer = Json::parse(&answer).map_err(|error| unreadable(&what, &error))?;
            Ok(Deploy::Done(answer.get("rev").and_then(Json::as_str).unwrap_or_default().to_owned()))
        }
        (409, _) => Ok(Deploy::Outdated),
        (401, _) => Err(Failure::LoginNeeded),
        (status, answer) => Err(refused(status, &what, &answer)),
    }
}

/// The examples that the server has.
pub async fn examples(editor: Editor) -> Result<Vec<ExampleInfo>, Failure> {
    let what = text("error.examples");
    let answer = ask(editor, "GET", "examples", None, &what).await?;
    serde_json::from_str(&answer).map_err(|error| unreadable(&what, &error))
}

/// The flow file of an example.
pub async fn example(editor: Editor, name: &str) -> Result<String, Failure> {
    let path = format!("examples/{}", String::from(js_sys::encode_uri_component(name)));
    ask(editor, "GET", &path, None, &text("error.examples")).await
}

/// Switches the output of a debug node on or off, without a deploy.
pub async fn set_debug(editor: Editor, id: &str, is_on: bool) -> Result<(), Failure> {
    let id = String::from(js_sys::encode_uri_component(id));
    let path = format!("debug/{id}/{}", if is_on { "enable" } else { "disable" });
    let what = text("error.debug");
    ask(editor, "POST", &path, Some(Json::Object(Object::new())), &what).await.map(|_| ())
}

/// What the server shows of a node's credentials: texts that are no secrets, `has_<name>` for secrets.
pub async fn credentials(editor: Editor, type_name: &str, id: &str) -> Result<Object, Failure> {
    let part = |text: &str| String::from(js_sys::encode_uri_component(text));
    let what = text("error.credentials");
    let path = format!("credentials/{}/{}", part(type_name), part(id));
    let answer = ask(editor, "GET", &path, None, &what).await?;
    let answer = Json::parse(&answer).map_err(|error| unreadable(&what, &error))?;
    Ok(answer.as_object().cloned().unwrap_or_default())
}

/// Presses a node's button; `name` is what the user calls the node.
pub async fn inject(editor: Editor, id: &str, name: &str) -> Result<(), Failure> {
    let path = format!("inject/{}", String::from(js_sys::encode_uri_component(id)));
    let what = text("error.inject").with("name", name);
    ask(editor, "POST", &path, Some(Json::Object(Object::new())), &what).await.map(|_| ())
}

/// Logs in; the token is shown with every request from now on.
pub async fn log_in(editor: Editor, name: &str, password: &str) -> Result<(), Failure> {
    let mut body = Object::new();
    for (key, value) in [
        ("client_id", "node-red-editor"),
        ("grant_type", "password"),
        // All that the user may do.
        ("scope", ""),
        ("username", name),
        ("password", password),
    ] {
        body.insert(key, value);
    }
    let wrong = || Failure::Refused(text("error.login"));
    let answer = match send("POST", "auth/token", None, Some(Json::Object(body)), &[]).await? {
        (200, answer) => answer,
        (400 | 401 | 403, _) => return Err(wrong()),
        (status, answer) => return Err(refused(status, &text("login.title"), &answer)),
    };
    let token =
        Json::parse(&answer).ok().and_then(|answer| answer.get("access_token")?.as_str().map(str::to_owned));
    editor.token.set_value(Some(token.ok_or_else(wrong)?));
    Ok(())
}

/// The address of the live connection.
pub fn comms_url() -> Option<String> {
    let base = leptos::prelude::document().base_uri().ok().flatten()?;
    let url = base.split(['?', '#']).next()?.replacen("http", "ws", 1);
    let folder = url.rsplit_once('/').map_or(url.as_str(), |(folder, _)| folder);
    Some(format!("{folder}/comms?language={}", crate::texts::language().code()))
}

async fn ask(
    editor: Editor,
    method: &str,
    path: &str,
    body: Option<Json>,
    what: &Text,
) -> Result<String, Failure> {
    let token = editor.token.get_value();
    match send(method, path, token, body, &[]).await? {
        (200..300, answer) => Ok(answer),
        (401, _) => Err(Failure::LoginNeeded),
        (status, answer) => Err(refused(status, what, &answer)),
    }
}

/// Sends a request; gives back status and body.
async fn send(
    method: &str,
    path: &str,
    token: Option<String>,
    body: Option<Json>,
    more_headers: &[(&str, &str)],
) -> Result<(u16, String), Failure> {
    let body = body.map(|body| ("application/json", JsValue::from_str(&body.to_string())));
    send_body(method, path, token, body, more_headers).await
}

/// Sends a request with a body of any type; gives back status and body.
async fn send_body(
    method: &str,
    path: &str,
    token: Option<String>,
    body: Option<(&str, JsValue)>,
    more_headers: &[(&str, &str)],
) -> Result<(u16, String), Failure> {
    let plain = method == "GET" && token.is_none() && body.is_none() && more_headers.is_empty();
    let request = async {
        let headers = Headers::new()?;
        headers.set("Accept", "application/json")?;
        headers.set("Accept-Language", crate::texts::language().code())?;
        headers.set(VERSION_HEADER, "v2")?;
        for (name, value) in more_headers {
            headers.set(name, value)?;
        }
        if let Some(token) = token {
            headers.set("Authorization", &format!("Bearer {token}"))?;
        }
        let init = RequestInit::new();
        init.set_method(method);
        if let Some((media_type, body)) = body {
            headers.set("Content-Type", media_type)?;
            init.set_body(&body);
        }
        init.set_headers(&headers);
        let early = match plain {
            true => early_answer(path).await,
            false => None,
        };
        let response = match early {
            Some(response) => response,
            None => {
                let request = Request::new_with_str_and_init(path, &init)?;
                JsFuture::from(leptos::prelude::window().fetch_with_request(&request)).await?
            }
        };
        let response: Response = response.dyn_into()?;
        let answer = JsFuture::from(response.text()?).await?;
        Ok::<_, JsValue>((response.status(), answer.as_string().unwrap_or_default()))
    };
    request.await.map_err(|error| Failure::Unreachable(text("error.network").with("reason", reason(&error))))
}

/// The answer to what the page asked for while this program was loaded; once.
async fn early_answer(path: &str) -> Option<JsValue> {
    let first = js_sys::Reflect::get(&leptos::prelude::window(), &"wireloomFirst".into()).ok()?;
    let first = first.dyn_into::<js_sys::Map>().ok()?;
    let answer = first.get(&path.into()).dyn_into::<js_sys::Promise>().ok()?;
    first.delete(&path.into());
    JsFuture::from(answer).await.ok()
}

fn reason(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => format!("{error:?}"),
    }
}

/// The server says in `message` what is the matter.
fn refused(status: u16, what: &Text, answer: &str) -> Failure {
    let what = crate::texts::show(what);
    let answer = Json::parse(answer).ok();
    let message = answer.as_ref().and_then(|answer| answer.get("message")?.as_str());
    Failure::Refused(match message {
        Some(message) => text("error.refused").with("what", what).with("message", message),
        None => text("error.answer").with("status", status).with("what", what),
    })
}

fn unreadable(what: &Text, error: &dyn std::fmt::Display) -> Failure {
    Failure::Refused(text("error.shape").with("what", crate::texts::show(what)).with("reason", error))
}
