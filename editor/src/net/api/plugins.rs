//! The server's plugins.

use js_sys::Uint8Array;
use leptos::prelude::GetValue;
use model::json::{Json, Object};
use serde_json::json;
use wasm_bindgen::JsValue;

use super::{Failure, ask, refused, send_body, unreadable};
use crate::state::{Editor, PluginFile};
use crate::store::plugins::{Candidate, Installed};
use crate::texts::text;

/// The plugins that the server has, or that lie in its folder.
pub async fn plugins(editor: Editor) -> Result<Vec<Installed>, Failure> {
    let what = text("error.plugins");
    let answer = ask(editor, "GET", "nodes/plugins", None, &what).await?;
    serde_json::from_str(&answer).map_err(|error| unreadable(&what, &error))
}

/// Has the server look at a component; nothing is installed by that.
pub async fn upload_plugin(editor: Editor, file: &PluginFile) -> Result<Candidate, Failure> {
    let what = text("error.plugin-upload").with("name", &file.name);
    let body = JsValue::from(Uint8Array::from(&*file.bytes));
    let token = editor.token.get_value();
    match send_body("POST", "nodes/upload", token, Some(("application/wasm", body)), &[]).await? {
        (200..300, answer) => serde_json::from_str(&answer).map_err(|error| unreadable(&what, &error)),
        (401, _) => Err(Failure::LoginNeeded),
        (status, answer) => Err(refused(status, &what, &answer)),
    }
}

/// Installs an upload, or approves what lies in the server's folder.
pub async fn install_plugin(
    editor: Editor,
    name: &str,
    sha256: &str,
    grants: &serde_json::Value,
) -> Result<(), Failure> {
    let body = json!({ "sha256": sha256, "grants": grants }).to_string();
    let what = text("error.plugin-install").with("name", name);
    let body = Json::parse(&body).map_err(|error| unreadable(&what, &error))?;
    ask(editor, "POST", "nodes", Some(body), &what).await.map(|_| ())
}

/// Removes a plugin.
pub async fn remove_plugin(editor: Editor, name: &str) -> Result<(), Failure> {
    let what = text("error.plugin-remove").with("name", name);
    ask(editor, "DELETE", &path(name), None, &what).await.map(|_| ())
}

/// Switches the node type of a plugin on or off.
pub async fn switch_plugin(editor: Editor, name: &str, is_on: bool) -> Result<(), Failure> {
    let mut body = Object::new();
    body.insert("enabled", is_on);
    let what = text("error.plugin-switch").with("name", name);
    ask(editor, "PUT", &path(name), Some(Json::Object(body)), &what).await.map(|_| ())
}

fn path(name: &str) -> String {
    format!("nodes/{}", String::from(js_sys::encode_uri_component(name)))
}
