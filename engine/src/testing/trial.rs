//! A flow that runs under test, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use model::api::{Difference, Mismatch};
use model::document::Document;
use model::json::Json as Literal;
use model::text::Text;
use serde_json::{Value as Json, json};

use super::contexts::TestStores;
use super::heard::{Heard, came, lock, taken};
use super::mismatch::{differences, mismatch};
use super::values::{decode, words};
use super::{Case, ExpectedDebug, ExpectedError, ExpectedKind, Scopes, Step, recorder, settle};
use crate::context::Contexts;
use crate::node::{Command, Progress, Services};
use crate::observe::Status;
use crate::registry::Registry;
use crate::{DeployKind, DeployReport, Engine, Message, Options, Setup, Value};

/// It.
pub(super) struct Trial<'a> {
    case: &'a Case,
    engine: Engine,
    pub(super) heard: Arc<Heard>,
    pub(super) registry: Arc<Registry>,
    pub(super) stores: TestStores,
}

impl<'a> Trial<'a> {
    /// Deploys the flow of a case.
    pub(super) async fn start(
        case: &'a Case,
        registry: &Registry,
        services: Services,
        contexts: Contexts,
        stores: TestStores,
    ) -> Result<Self, Mismatch> {
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
                contexts: Arc::new(contexts),
                env: env.collect(),
                options: Options::default(),
            },
        );
        let trial = Self { case, engine, heard, registry, stores };
        let report = trial.engine.deploy(&document(&case.flow)?, &case.credentials, DeployKind::Full).await;
        trial.check_problems(&report)?;
        Ok(trial)
    }

    fn check_problems(&self, report: &DeployReport) -> Result<(), Mismatch> {
        let mut found: Vec<_> = report
            .problems
            .iter()
            .map(|problem| (problem.node.clone(), problem.path.as_str(), self.registry.render(&problem.text)))
            .collect();
        let mut differences = Vec::new();
        for expected in &self.case.problems {
            let is_it = |(node, path, _): &(EcoString, &str, EcoString)| {
                *node == expected.node && *path == expected.path
            };
            match found.iter().position(is_it) {
                Some(at) => drop(found.remove(at)),
                None => differences.push(Difference {
                    path: expected.node.clone(),
                    expected: Some(expected.path.as_str().into()),
                    got: None,
                }),
            }
        }
        let others = found.into_iter().map(|(path, place, text)| Difference {
            path,
            expected: None,
            got: Some(if place.is_empty() { text } else { ecow::eco_format!("{place}: {text}") }),
        });
        differences.extend(others);
        match differences.is_empty() {
            true => Ok(()),
            false => Err(Mismatch { differences, ..mismatch(Text::key("flow-test.problems")) }),
        }
    }

    /// Does one step.
    pub(super) async fn take(&self, step: &Step) -> Result<(), Mismatch> {
        let engine = &self.engine;
        let unsent = |to: &EcoString, error: &dyn std::fmt::Display| {
            mismatch(Text::key("flow-test.send").with("place", to).with("reason", error))
        };
        match step {
            Step::Send { to, msg } => {
                let Value::Object(properties) = decode(msg) else {
                    return Err(mismatch(Text::key("flow-test.message")));
                };
                let message = Message::from_object(properties);
                engine.receive(to, message).map_err(|error| unsent(to, &error))?;
            }
            Step::WaitMs(milliseconds) => tokio::time::sleep(Duration::from_millis(*milliseconds)).await,
            Step::Command { to, inject, active } => {
                let command = match (inject, active) {
                    (_, Some(active)) => Command::SetActive(*active),
                    (Some(properties), None) if !properties.is_null() => {
                        Command::Inject(Some(decode(properties)))
                    }
                    _ => Command::Inject(None),
                };
                engine.command(to, command).map_err(|error| unsent(to, &error))?;
            }
            Step::Deploy { kind, flow } => {
                let kind = match kind {
                    ExpectedKind::Full => DeployKind::Full,
                    ExpectedKind::Flows => DeployKind::Flows,
                    ExpectedKind::Nodes => DeployKind::Nodes,
                };
                let document = document(flow.as_ref().unwrap_or(&self.case.flow))?;
                engine.deploy(&document, &self.case.credentials, kind).await;
            }
            Step::SetContext(scopes) => {
                return self
                    .stores
                    .set(scopes)
                    .map_err(|error| unsent(&"context".into(), &self.registry.render(&error.text)));
            }
            Step::ExpectContext(expected) => return self.expect_context(expected),
            Step::Expect(expected) => return self.expect_messages(expected),
            Step::ExpectStatus(expected) => return self.expect_statuses(expected),
            Step::ExpectErrors(expected) => return self.expect_errors(expected),
            Step::ExpectDebug(expected) => return self.expect_debug(expected),
        }
        settle().await;
        Ok(())
    }

    /// Stops the flow; what was not expected is a mismatch.
    pub(super) async fn end(self) -> Result<(), Mismatch> {
        settle().await;
        self.engine.stop().await;
        self.heard.nothing_left(&self.registry)
    }

    fn expect_messages(&self, expected: &BTreeMap<EcoString, Vec<Json>>) -> Result<(), Mismatch> {
        for (place, expected) in expected {
            let got = lock(&self.heard.messages).remove(place).unwrap_or_default();
            if got.len() != expected.len() {
                let text = Text::key("flow-test.count").with("place", place).with("got", got.len());
                let differences = if expected.is_empty() { came(&got) } else { Vec::new() };
                return Err(Mismatch { differences, ..mismatch(text.with("expected", expected.len())) });
            }
            for (at, (message, expected)) in got.iter().zip(expected).enumerate() {
                if !expected.is_object() {
                    return Err(mismatch(Text::key("flow-test.message")));
                }
                let differences = differences(message, expected);
                if !differences.is_empty() {
                    let text = Text::key("flow-test.differs").with("place", place).with("number", at + 1);
                    return Err(Mismatch { differences, ..mismatch(text) });
                }
            }
        }
        Ok(())
    }

    fn expect_statuses(&self, expected: &BTreeMap<EcoString, Json>) -> Result<(), Mismatch> {
        for (place, expected) in expected {
            let shown = lock(&self.heard.statuses).get(place).cloned();
            let shown = shown.filter(|status| !status.is_clear());
            let shown = shown.map_or(json!({}), |status| self.status(&status));
            if shown != *expected {
                let difference = Difference {
                    path: place.clone(),
                    expected: Some(expected.to_string().into()),
                    got: Some(shown.to_string().into()),
                };
                let text = Text::key("flow-test.status").with("place", place);
                return Err(Mismatch { differences: vec![difference], ..mismatch(text) });
            }
        }
        Ok(())
    }

    fn expect_context(&self, expected: &Scopes) -> Result<(), Mismatch> {
        let differences = self.stores.differences(expected);
        match differences.is_empty() {
            true => Ok(()),
            false => Err(Mismatch { differences, ..mismatch(Text::key("flow-test.context")) }),
        }
    }

    fn status(&self, status: &Status) -> Json {
        let text = self.registry.render(&status.text).to_string();
        json!({ "fill": status.fill.as_str(), "shape": status.shape.as_str(), "text": text })
    }

    fn expect_errors(&self, expected: &[ExpectedError]) -> Result<(), Mismatch> {
        let got = taken(&self.heard.errors);
        let got: Vec<_> = got.into_iter().map(|(id, text)| (id, self.registry.render(&text))).collect();
        let is_it = |(id, text): &(EcoString, EcoString), expected: &ExpectedError| {
            *id == expected.node && text.contains(expected.text.as_str())
        };
        let got_words = got.iter().map(|(id, text)| (id, text.clone()));
        let wanted = expected.iter().map(|it| (&it.node, it.text.clone()));
        let is_well = got.len() == expected.len() && got.iter().zip(expected).all(|(got, it)| is_it(got, it));
        same(is_well, "flow-test.errors", wanted, got_words)
    }

    fn expect_debug(&self, expected: &[ExpectedDebug]) -> Result<(), Mismatch> {
        let got = taken(&self.heard.debug);
        let is_it = |(id, value): &(EcoString, Value), expected: &ExpectedDebug| {
            *id == expected.node && expected.value.as_ref().is_none_or(|it| *value == decode(it))
        };
        let got_words = got.iter().map(|(id, value)| (id, words(value)));
        let wanted = expected.iter().map(|it| {
            (&it.node, it.value.as_ref().map_or_else(|| "...".into(), |value| words(&decode(value))))
        });
        let is_well = got.len() == expected.len() && got.iter().zip(expected).all(|(got, it)| is_it(got, it));
        same(is_well, "flow-test.debug", wanted, got_words)
    }
}

/// Where two lists are not the same, the places where they are not.
fn same<'a>(
    is_well: bool,
    key: &'static str,
    expected: impl Iterator<Item = (&'a EcoString, EcoString)>,
    got: impl Iterator<Item = (&'a EcoString, EcoString)>,
) -> Result<(), Mismatch> {
    if is_well {
        return Ok(());
    }
    let expected =
        expected.map(|(id, words)| Difference { path: id.clone(), expected: Some(words), got: None });
    let got = got.map(|(id, words)| Difference { path: id.clone(), expected: None, got: Some(words) });
    Err(Mismatch { differences: expected.chain(got).collect(), ..mismatch(Text::key(key)) })
}

/// The flow with a recorder for every wire that ends nowhere.
fn document(flow: &[Json]) -> Result<Document, Mismatch> {
    let mut entries: Vec<Literal> = flow.iter().cloned().map(Literal::from).collect();
    for id in recorders(flow) {
        let tab = flow.iter().find(|node| node["wires"].to_string().contains(&format!("\"{id}\"")));
        let z = tab.map_or(Json::Null, |node| node["z"].clone());
        entries.push(json!({ "id": id, "type": "recorder", "z": z, "x": 0, "y": 0, "wires": [] }).into());
    }
    Document::from_json(Literal::Array(entries))
        .map_err(|text| mismatch(Text::key("flow-test.not-flow").with("reason", text)))
}

/// Ids that wires lead to and that are not in the flow.
pub(super) fn recorders(flow: &[Json]) -> Vec<&str> {
    let ids: BTreeSet<&str> = flow.iter().filter_map(|node| node["id"].as_str()).collect();
    let ports = flow.iter().filter_map(|node| node["wires"].as_array()).flatten().filter_map(Json::as_array);
    let targets: BTreeSet<&str> = ports.flatten().filter_map(Json::as_str).collect();
    targets.difference(&ids).copied().collect()
}
