//! Flow tests as data: a flow, what is sent, what is expected.
//!
//! A case file is a JSON array of cases:
//!
//! ```json
//! [{ "name": "passes on what it gets",
//!    "flow": [{ "id": "n", "type": "junction", "wires": [["out"]] }],
//!    "steps": [{ "send": { "to": "n", "msg": { "payload": 1 } } },
//!              { "expect": { "out": [{ "payload": 1 }] } }] }]
//! ```
//!
//! A wire to an id that is not in the flow ends at a recorder. `expect` takes all that the named recorders
//! got so far. What is recorded, shown in the debug panel or logged as an error and never expected fails the
//! case. Run it with tokio's clock paused, and waiting takes no time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ecow::EcoString;
use model::document::Document;
use model::json::Json as Literal;
use model::text::Text;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::context::Contexts;
use crate::node::{Command, Progress, Services};
use crate::observe::{Event, Level, Observer};
use crate::registry::Registry;
use crate::{DeployKind, Engine, Message, Object, Options, Setup, Value};

mod recorder;

pub use recorder::recorder;

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The flow, as in a flow file.
    pub flow: Vec<Json>,
    /// What happens, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What the deploy must report: nothing else, and nothing less.
    #[serde(default)]
    pub problems: Vec<ExpectedProblem>,
    /// Environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, Json>,
    /// Credentials by node id.
    #[serde(default)]
    pub credentials: HashMap<String, HashMap<String, String>>,
}

/// A problem that a deploy reports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedProblem {
    node: EcoString,
    path: String,
}

/// One thing that happens in a case.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// A message arrives at a node.
    #[allow(missing_docs)]
    Send { to: String, msg: Json },
    /// Time passes, in milliseconds.
    WaitMs(u64),
    /// What recorders got.
    Expect(BTreeMap<EcoString, Vec<Json>>),
    /// A node's button (`inject`: null or the properties to use) or switch (`active`).
    #[allow(missing_docs)]
    Command {
        to: String,
        #[serde(default, deserialize_with = "present")]
        inject: Option<Json>,
        #[serde(default)]
        active: Option<bool>,
    },
    /// The statuses that nodes show now; `{}` for none.
    ExpectStatus(BTreeMap<EcoString, Json>),
    /// The errors logged since the last such step: node and a part of the text.
    ExpectErrors(Vec<ExpectedError>),
    /// What debug nodes showed since the last such step.
    ExpectDebug(Vec<ExpectedDebug>),
    /// The flow is deployed again, changed or not.
    #[allow(missing_docs)]
    Deploy {
        kind: ExpectedKind,
        #[serde(default)]
        flow: Option<Vec<Json>>,
    },
}

/// Which nodes a deploy restarts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ExpectedKind {
    Full,
    Flows,
    Nodes,
}

/// A logged error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedError {
    node: EcoString,
    text: String,
}

/// Something shown by a debug node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedDebug {
    node: EcoString,
    value: Json,
}

/// Tells `"inject": null` from no `inject` at all.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(from).map(Some)
}

/// Runs a case with these node types on the current tokio runtime.
///
/// # Errors
/// What was different from what the case expects.
pub async fn run(case: &Case, registry: &Registry, services: Services) -> Result<(), String> {
    let heard = Arc::new(Heard::default());
    let registry = registry.clone();
    let recorded = heard.clone();
    registry.add(recorder("recorder", move |id, mut message| {
        message.set_delivery(None);
        lock(&recorded.messages).entry(id.clone()).or_default().push(message);
        Progress::Done
    }));
    let registry = Arc::new(registry);
    let env = case.env.iter().map(|(name, value)| (name.as_str().into(), decode(value)));
    let engine = Engine::on(
        tokio::runtime::Handle::current(),
        Setup {
            registry: registry.clone(),
            observer: heard.clone(),
            services,
            contexts: Arc::new(Contexts::default()),
            env: env.collect(),
            options: Options::default(),
        },
    );
    let report = engine.deploy(&document(&case.flow)?, &case.credentials, DeployKind::Full).await;
    let mut problems: Vec<_> =
        report.problems.iter().map(|problem| (problem.node.clone(), problem.path.clone())).collect();
    problems.sort();
    let mut expected: Vec<_> =
        case.problems.iter().map(|problem| (problem.node.clone(), problem.path.clone())).collect();
    expected.sort();
    if problems != expected {
        let texts: Vec<_> = report.problems.iter().map(|problem| registry.render(&problem.text)).collect();
        return Err(format!("problems {problems:?} ({texts:?}), expected {expected:?}"));
    }
    for (at, step) in case.steps.iter().enumerate() {
        take(step, &engine, &heard, case).await.map_err(|reason| format!("step {at}: {reason}"))?;
    }
    settle().await;
    engine.stop().await;
    heard.nothing_left(&registry)
}

async fn take(step: &Step, engine: &Engine, heard: &Heard, case: &Case) -> Result<(), String> {
    let registry = engine.registry();
    match step {
        Step::Send { to, msg } => {
            let Value::Object(properties) = decode(msg) else { return Err("msg is not an object".into()) };
            engine.receive(to, Message::from_object(properties)).map_err(|error| format!("{to}: {error}"))?;
            settle().await;
        }
        Step::WaitMs(milliseconds) => {
            tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
            settle().await;
        }
        Step::Expect(expected) => {
            for (id, expected) in expected {
                let got = lock(&heard.messages).remove(id).unwrap_or_default();
                if got.len() != expected.len() {
                    return Err(format!(
                        "{id} got {} messages, expected {}: {got:?}",
                        got.len(),
                        expected.len()
                    ));
                }
                for (message, expected) in got.iter().zip(expected) {
                    matches(message, expected).map_err(|reason| format!("{id}: {reason} in {message:?}"))?;
                }
            }
        }
        Step::Command { to, inject, active } => {
            let command = match (inject, active) {
                (_, Some(active)) => Command::SetActive(*active),
                (Some(properties), None) if !properties.is_null() => {
                    Command::Inject(Some(decode(properties)))
                }
                _ => Command::Inject(None),
            };
            engine.command(to, command).map_err(|error| format!("{to}: {error}"))?;
            settle().await;
        }
        Step::ExpectStatus(expected) => {
            for (id, expected) in expected {
                let shown = lock(&heard.statuses).get(id).cloned();
                let shown = shown.filter(|status| !status.is_clear()).map_or(serde_json::json!({}), |status| {
                    let text = registry.render(&status.text).to_string();
                    serde_json::json!({ "fill": status.fill.as_str(), "shape": status.shape.as_str(), "text": text })
                });
                if shown != *expected {
                    return Err(format!("the status of {id} is {shown}, expected {expected}"));
                }
            }
        }
        Step::ExpectErrors(expected) => {
            let got = std::mem::take(&mut *lock(&heard.errors));
            let got: Vec<_> = got.iter().map(|(id, text)| (id, registry.render(text))).collect();
            let all = got.len() == expected.len()
                && got
                    .iter()
                    .zip(expected)
                    .all(|((id, text), expected)| **id == expected.node && text.contains(&expected.text));
            if !all {
                return Err(format!("errors {got:?}, expected {expected:?}"));
            }
        }
        Step::ExpectDebug(expected) => {
            let got = std::mem::take(&mut *lock(&heard.debug));
            let all = got.len() == expected.len()
                && got
                    .iter()
                    .zip(expected)
                    .all(|((id, value), expected)| *id == expected.node && *value == decode(&expected.value));
            if !all {
                return Err(format!("debug showed {got:?}, expected {expected:?}"));
            }
        }
        Step::Deploy { kind, flow } => {
            let kind = match kind {
                ExpectedKind::Full => DeployKind::Full,
                ExpectedKind::Flows => DeployKind::Flows,
                ExpectedKind::Nodes => DeployKind::Nodes,
            };
            engine.deploy(&document(flow.as_ref().unwrap_or(&case.flow))?, &case.credentials, kind).await;
            settle().await;
        }
    }
    Ok(())
}

/// Lets everything run until it waits. The paused clock moves on only when nothing else can happen.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// The flow with a recorder for every wire that ends nowhere.
fn document(flow: &[Json]) -> Result<Document, String> {
    let mut entries: Vec<Literal> = flow.iter().cloned().map(Literal::from).collect();
    let ids: BTreeSet<&str> = flow.iter().filter_map(|node| node["id"].as_str()).collect();
    let ports = flow.iter().filter_map(|node| node["wires"].as_array()).flatten().filter_map(Json::as_array);
    let targets: BTreeSet<&str> = ports.flatten().filter_map(Json::as_str).collect();
    for id in targets.difference(&ids) {
        let tab = flow.iter().find(|node| node["wires"].to_string().contains(&format!("\"{id}\"")));
        let z = tab.map_or(Json::Null, |node| node["z"].clone());
        entries.push(
            serde_json::json!({ "id": id, "type": "recorder", "z": z, "x": 0, "y": 0, "wires": [] }).into(),
        );
    }
    Document::from_json(Literal::Array(entries)).map_err(|text| text.to_string())
}

/// A value of a case file; `{"$buffer": base64}`, `{"$undefined": true}`, `{"$date": milliseconds}` and
/// `{"$number": "NaN"}` stand for what JSON has no form for.
pub fn decode(json: &Json) -> Value {
    match json {
        Json::Object(entries) => {
            if let Some((tag, value)) = entries.iter().next().filter(|_| entries.len() == 1) {
                match (tag.as_str(), value) {
                    ("$buffer", Json::String(text)) => return Value::buffer(from_base64(text)),
                    ("$undefined", _) => return Value::Undefined,
                    ("$date", Json::Number(at)) => return Value::Date(at.as_f64().unwrap_or(f64::NAN)),
                    ("$number", Json::String(text)) => return text.parse().unwrap_or(f64::NAN).into(),
                    _ => {}
                }
            }
            entries.iter().map(|(key, value)| (key.as_str(), decode(value))).collect::<Object>().into()
        }
        Json::Array(items) => items.iter().map(decode).collect(),
        Json::String(text) => text.as_str().into(),
        Json::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        Json::Bool(bool) => (*bool).into(),
        Json::Null => Value::Null,
    }
}

/// RFC 4648 base64 with padding; characters outside of the alphabet are skipped.
fn from_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for digit in text.bytes().filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte)) {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// Whether a message has every property that is expected, and none that must be absent.
fn matches(message: &Message, expected: &Json) -> Result<(), String> {
    let Json::Object(expected) = expected else { return Err("an expected message is an object".into()) };
    for (key, value) in expected {
        if key == "$absent" {
            let absent = value.as_array().into_iter().flatten().filter_map(Json::as_str);
            if let Some(there) = absent.into_iter().find(|key| message.get(key).is_some()) {
                return Err(format!("{there} should not be there"));
            }
            continue;
        }
        let value = decode(value);
        match message.get(key) {
            Some(got) if *got == value => {}
            got => return Err(format!("{key} is {got:?}, expected {value:?}")),
        }
    }
    Ok(())
}

/// What happened so far and was not asked for yet.
#[derive(Default)]
struct Heard {
    messages: Mutex<BTreeMap<EcoString, Vec<Message>>>,
    statuses: Mutex<BTreeMap<EcoString, crate::observe::Status>>,
    errors: Mutex<Vec<(EcoString, Text)>>,
    debug: Mutex<Vec<(EcoString, Value)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    fn nothing_left(&self, registry: &Registry) -> Result<(), String> {
        let messages = std::mem::take(&mut *lock(&self.messages));
        if let Some((id, messages)) = messages.iter().find(|(_, messages)| !messages.is_empty()) {
            return Err(format!("{id} got what was not expected: {messages:?}"));
        }
        let errors = std::mem::take(&mut *lock(&self.errors));
        if !errors.is_empty() {
            let errors: Vec<_> = errors.iter().map(|(id, text)| (id, registry.render(text))).collect();
            return Err(format!("errors that were not expected: {errors:?}"));
        }
        let debug = std::mem::take(&mut *lock(&self.debug));
        if debug.is_empty() { Ok(()) } else { Err(format!("debug output that was not expected: {debug:?}")) }
    }
}

impl Observer for Heard {
    fn event(&self, event: Event) {
        match event {
            Event::Status(info, status) => {
                lock(&self.statuses).insert(info.id.clone(), status);
            }
            Event::Debug(info, entry) => lock(&self.debug).push((info.id.clone(), entry.value)),
            Event::Log(Level::Fatal | Level::Error, info, text) => {
                lock(&self.errors).push((info.map(|info| info.id.clone()).unwrap_or_default(), text));
            }
            Event::Log(..) => {}
        }
    }
}
