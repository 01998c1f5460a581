//! Making a case of messages: what its nodes give for them now is what it expects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use model::api::Mismatch;
use model::document::Document;
use model::text::Text;
use serde_json::{Map, Value as Json, json};

use super::contexts::{self, Probe, TestStores};
use super::heard::taken;
use super::mismatch::mismatch;
use super::secrets::holds_secret;
use super::trial::{Trial, recorders};
use super::values::encode;
use super::{Case, ExpectedDebug, ExpectedError, Step};
use crate::context::Contexts;
use crate::node::Services;
use crate::registry::Registry;
use crate::{Message, Value};

/// What comes within a minute after the last step still belongs to it.
const LATE_MS: u64 = 60_000;
/// Between two runs, so that what is made of the time of day is not the same in both.
const PAUSE: Duration = Duration::from_millis(5);

/// Steps that send every message to every one of `to`, without what is alive in it.
pub fn sends(to: &[EcoString], messages: &[Value]) -> Vec<Step> {
    let at_rest = |message: &Value| {
        let properties = message.as_object().into_iter().flat_map(crate::Object::iter);
        let kept = properties.filter_map(|(key, value)| Some((key.to_string(), encode(value)?)));
        Json::Object(kept.collect::<Map<_, _>>())
    };
    let one = |msg: Json| to.iter().map(move |to| Step::Send { to: to.clone(), msg: msg.clone() });
    messages.iter().map(at_rest).flat_map(one).collect()
}

/// The case with what its nodes give for what it sends, in place of what it expected so far. It runs twice: what is
/// another value in each run, such as a time or a random id, is expected to be there with whatever value; so is what holds
/// a credential. With `live`, what the nodes read of these contexts is what they begin with from now on.
///
/// # Errors
/// The nodes cannot be started, or give another number of messages each time.
pub async fn record(
    case: &Case,
    flows: &Document,
    registry: &Registry,
    services: impl Fn() -> Services,
    live: Option<&Arc<Contexts>>,
) -> Result<Case, Mismatch> {
    let doing = |step: &&Step| {
        matches!(
            step,
            Step::Send { .. }
                | Step::WaitMs(_)
                | Step::Command { .. }
                | Step::Deploy { .. }
                | Step::SetContext(_)
        )
    };
    let mut bare = Case { steps: case.steps.iter().filter(doing).cloned().collect(), ..case.clone() };
    if let Some(live) = live {
        let placed = bare.in_flows(Some(flows), registry)?;
        let (probe, stores) = (Probe::of(live), TestStores::of(&placed));
        observe(&placed, registry, services(), probe.contexts(), stores).await?;
        drop(placed);
        let found = probe.found();
        if !found.is_empty() {
            bare.steps.insert(0, Step::SetContext(found));
        }
    }
    let placed = bare.in_flows(Some(flows), registry)?;
    let run = async || {
        let stores = TestStores::of(&placed);
        observe(&placed, registry, services(), stores.contexts(), stores).await
    };
    let (first, first_left) = run().await?;
    std::thread::sleep(PAUSE);
    let (second, second_left) = run().await?;

    let mut steps = Vec::new();
    let is_late = bare.steps.len();
    for (at, (first, second)) in first.iter().zip(&second).enumerate() {
        let is_silent = first.is_silent() && second.is_silent();
        if let Some(step @ Step::SetContext(_)) = bare.steps.get(at)
            && is_silent
        {
            steps.push(step.clone());
            continue;
        }
        match bare.steps.get(at) {
            Some(step) => steps.push(step.clone()),
            None if at == is_late && is_silent => break,
            None => steps.push(Step::WaitMs(LATE_MS)),
        }
        steps.extend(expectations(&placed, first, second)?);
    }
    let is_secret = |json: &Json| holds_secret(&placed, json);
    let left = contexts::expected(&bare.context_set(), &first_left, &second_left, is_secret);
    if !left.is_empty() {
        steps.push(Step::ExpectContext(left));
    }
    Ok(Case { steps, ..bare.clone() })
}

/// What happened after a step.
struct Observed {
    messages: BTreeMap<EcoString, Vec<Message>>,
    errors: Vec<(EcoString, EcoString)>,
    debug: Vec<(EcoString, Value)>,
}

impl Observed {
    fn is_silent(&self) -> bool {
        self.messages.values().all(Vec::is_empty) && self.errors.is_empty() && self.debug.is_empty()
    }
}

/// Context values that are left, by scope and key.
type Left = BTreeMap<(EcoString, String), Value>;

/// What happens after each step, and after a while at the end; and the context values that are left then.
async fn observe(
    case: &Case,
    registry: &Registry,
    services: Services,
    contexts: Contexts,
    stores: TestStores,
) -> Result<(Vec<Observed>, Left), Mismatch> {
    let trial = Trial::start(case, registry, services, contexts, stores).await?;
    let places = recorders(&case.flow);
    let late = Step::WaitMs(LATE_MS);
    let mut observed = Vec::new();
    for (at, step) in case.steps.iter().chain([&late]).enumerate() {
        trial.take(step).await.map_err(|mismatch| Mismatch { step: Some(at), ..mismatch })?;
        let mut messages = taken(&trial.heard.messages);
        for place in &places {
            messages.entry((*place).into()).or_default();
        }
        let errors = taken(&trial.heard.errors).into_iter();
        let errors = errors.map(|(id, text)| (id, trial.registry.render(&text))).collect();
        observed.push(Observed { messages, errors, debug: taken(&trial.heard.debug) });
    }
    let left = trial.stores.snapshot();
    // What a stop makes nodes say is no part of what they give.
    let _ = trial.end().await;
    Ok((observed, left))
}

fn expectations(case: &Case, first: &Observed, second: &Observed) -> Result<Vec<Step>, Mismatch> {
    let is_secret = |json: &Json| holds_secret(case, json);
    let mut expected = BTreeMap::new();
    for (place, messages) in &first.messages {
        let others = second.messages.get(place).map_or(&[][..], Vec::as_slice);
        check_steady(place, messages.len(), others.len())?;
        let pairs = messages.iter().zip(others);
        expected
            .insert(place.clone(), pairs.map(|(first, second)| message(first, second, is_secret)).collect());
    }
    let mut steps = vec![Step::Expect(expected)];
    let place = |list: &[(EcoString, EcoString)]| list.first().map(|(id, _)| id.clone()).unwrap_or_default();
    check_steady(&place(&first.errors), first.errors.len(), second.errors.len())?;
    if !first.errors.is_empty() {
        let pairs = first.errors.iter().zip(&second.errors);
        let error = pairs.map(|((node, one), (_, other))| ExpectedError {
            node: node.clone(),
            text: if one == other && !is_secret(&json!(one)) { one.clone() } else { EcoString::new() },
        });
        steps.push(Step::ExpectErrors(error.collect()));
    }
    let place = first.debug.first().map(|(id, _)| id.clone()).unwrap_or_default();
    check_steady(&place, first.debug.len(), second.debug.len())?;
    if !first.debug.is_empty() {
        let pairs = first.debug.iter().zip(&second.debug);
        let shown = pairs.map(|((node, one), (_, other))| ExpectedDebug {
            node: node.clone(),
            value: if one == other { encode(one).filter(|json| !is_secret(json)) } else { None },
        });
        steps.push(Step::ExpectDebug(shown.collect()));
    }
    Ok(steps)
}

fn check_steady(place: &str, first: usize, second: usize) -> Result<(), Mismatch> {
    if first == second {
        return Ok(());
    }
    let text = Text::key("flow-test.unsteady").with("place", place).with("first", first);
    Err(mismatch(text.with("second", second)))
}

/// What is expected of a message that came so in two runs.
fn message(first: &Message, second: &Message, is_secret: impl Fn(&Json) -> bool) -> Json {
    let (mut expected, mut any) = (Map::new(), Vec::new());
    for (key, value) in first.properties().iter() {
        match (second.get(key), encode(value)) {
            (Some(other), Some(json)) if other == value && !is_secret(&json) => {
                drop(expected.insert(key.to_string(), json))
            }
            (Some(_), Some(_)) => any.push(Json::from(key.as_str())),
            _ => {}
        }
    }
    expected.insert("$only".to_owned(), json!(true));
    if !any.is_empty() {
        expected.insert("$any".to_owned(), Json::Array(any));
    }
    Json::Object(expected)
}
