//! Flow tests.

use std::sync::Arc;

use model::api::FlowTests;
use model::json::{Json, Object};

use super::kept::{encoded, reference};
use super::{Failure, ask, unreadable};
use crate::state::Editor;
use crate::store::Id;
use crate::store::flow_tests::run_body;
use crate::store::live::{Outlet, Seen};
use crate::texts::text;

/// A test that is to be made of messages that were seen.
pub struct NewTest<'a> {
    /// Its name.
    pub name: &'a str,
    /// The nodes that it is about.
    pub nodes: &'a [Id],
    /// Those of them where the messages arrive.
    pub to: &'a [Id],
    /// The output that the messages left.
    pub from: &'a Outlet,
    /// They.
    pub messages: &'a [Arc<Seen>],
    /// Its nodes get the credentials of the flows.
    pub credentials: bool,
}

/// The tests and how they stand.
pub async fn flow_tests(editor: Editor) -> Result<FlowTests, Failure> {
    list(ask(editor, "GET", "flows/tests", None, &text("error.tests")).await?)
}

/// Makes a test of messages and of what the nodes give for them.
pub async fn add_flow_test(editor: Editor, new: NewTest<'_>) -> Result<FlowTests, Failure> {
    let ids = |ids: &[Id]| Json::Array(ids.iter().map(|id| Json::from(id.as_ref())).collect());
    let from = Object::from_iter([
        ("node", Json::from(new.from.node.as_ref())),
        ("port", Json::from(f64::from(new.from.port))),
    ]);
    let mut body = Object::from_iter([
        ("name", Json::from(new.name)),
        ("nodes", ids(new.nodes)),
        ("to", ids(new.to)),
        ("from", Json::Object(from)),
        ("messages", Json::Array(new.messages.iter().map(|seen| message(seen)).collect())),
    ]);
    if new.credentials {
        body.insert("credentials", true);
    }
    if let Some(flows) = editor.flows_to_test() {
        body.insert("flows", flows);
    }
    list(ask(editor, "POST", "flows/tests", Some(Json::Object(body)), &text("error.test-add")).await?)
}

/// Runs tests, those of these names or all.
pub async fn run_flow_tests(editor: Editor, names: Option<&[String]>) -> Result<FlowTests, Failure> {
    let body = run_body(names, editor.flows_to_test());
    list(ask(editor, "POST", "flows/tests/run", Some(body), &text("error.tests")).await?)
}

/// Makes a test expect what its nodes give now.
pub async fn accept_flow_test(editor: Editor, name: &str) -> Result<FlowTests, Failure> {
    let body = run_body(Some(&[name.to_owned()]), editor.flows_to_test());
    list(ask(editor, "POST", "flows/tests/accept", Some(body), &text("error.tests")).await?)
}

/// Makes a test begin with other context values, and expect what its nodes give then.
pub async fn begin_flow_test_with(editor: Editor, name: &str, before: Json) -> Result<FlowTests, Failure> {
    let mut body = Object::from_iter([("name", Json::from(name)), ("before", before)]);
    if let Some(flows) = editor.flows_to_test() {
        body.insert("flows", flows);
    }
    list(ask(editor, "POST", "flows/tests/context", Some(Json::Object(body)), &text("error.tests")).await?)
}

/// Deletes a test.
pub async fn delete_flow_test(editor: Editor, name: &str) -> Result<(), Failure> {
    let path = format!("flows/tests?name={}", encoded(name));
    ask(editor, "DELETE", &path, None, &text("error.tests")).await.map(drop)
}

/// A message by reference, and as it is shown where all of it is.
fn message(seen: &Seen) -> Json {
    let mut named = reference(&seen.source, seen.number);
    if !seen.is_cut {
        named.insert("msg", seen.message.clone());
    }
    Json::Object(named)
}

fn list(answer: String) -> Result<FlowTests, Failure> {
    serde_json::from_str(&answer).map_err(|error| unreadable(&text("error.tests"), &error))
}
