//! The host's input side for fuzzers: what a plugin, or who uploads one, can hand over.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use engine::Message;
use engine::context::Contexts;
use engine::node::NodeInfo;
use engine::registry::Registry;
use wasmtime::component::Resource;

use crate::access::Access;
use crate::bindings::messages::HostMessage;
use crate::bindings::types::Value as Foreign;
use crate::bindings::{Progress, context, runtime};
use crate::budget::Budget;
use crate::capability::{Capabilities, Capability};
use crate::host::{Host, Limits, Options};
use crate::manifest::Manifest;
use crate::services::Services;
use crate::state::{NodeSide, Phase, Shared, State};

/// Any bytes as a component: loaded where they are one.
pub fn load(bytes: &[u8]) {
    static HOST: OnceLock<Option<Host>> = OnceLock::new();
    let limits = Limits { start_time: Duration::from_millis(20), ..Limits::default() };
    let host = HOST.get_or_init(|| Host::new(Options { limits, ..Options::default() }).ok());
    if let Some(host) = host {
        let _ = host.load(bytes);
    }
}

/// Any text as a description, and as grants.
pub fn describe(text: &str) {
    if let Ok(manifest) = Manifest::read(text, &Capability::ALL) {
        let (access, _) = Access::of(&manifest.requests);
        let _ = (access.may_publish(text), access.may_subscribe(text));
    }
    if let Ok(grants) = serde_json::from_str::<Capabilities>(text) {
        let _ = Access::of(&grants);
    }
}

/// Any calls, as a plugin might make them during `on-message`. What a call costs it is bounded: a fault ends the run, as it ends
/// a plugin's call.
pub fn messages(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut state = state();
    let mut message = Message::with_payload(1);
    if let Ok(value) = crate::json::parse(&input.text()) {
        message.set("payload", value);
    }
    let mut handles = vec![state.arrive(message).rep()];
    while let Some(operation) = input.byte() {
        if step(&mut state, operation, &mut handles, &mut input).is_err() {
            let _ = state.give_up(&crate::fault::Fault::NoMessage);
            return;
        }
    }
    let _ = state.settle(Ok(if bytes.len().is_multiple_of(2) { Progress::Done } else { Progress::Kept }));
    let _ = state.take_kept();
}

fn step(
    state: &mut State,
    operation: u8,
    handles: &mut Vec<u32>,
    input: &mut Input<'_>,
) -> wasmtime::Result<()> {
    let at = usize::from(input.byte().unwrap_or_default()) % handles.len().max(1);
    // As wasmtime does: a handle that was given away cannot be used again.
    let Some(rep) = handles.get(at).copied() else {
        handles.push(HostMessage::new(state)?.rep());
        return Ok(());
    };
    let message = || Resource::new_borrow(rep);
    match operation % 16 {
        0 => drop(state.get(message(), input.text())?),
        1 => drop(state.get_number(message(), input.text())?),
        2 => drop(state.get_bytes(message(), input.text())?),
        3 => drop(state.get_range(message(), input.text(), input.number(), input.number())?),
        4 => drop(state.set_number(message(), input.text(), f64::from(input.number()))?),
        5 => drop(state.set_text(message(), input.text(), input.text())?),
        6 => drop(state.set_json(message(), input.text(), input.text())?),
        7 => drop(state.delete(message(), input.text())?),
        8 => drop(HostMessage::set(state, message(), input.text(), Foreign::Bytes(input.text().into()))?),
        9 => drop(state.to_json(message())?),
        10 => handles.push(state.copy(message())?.rep()),
        11 => handles.extend(state.from_json(input.text())?.ok().map(|made| made.rep())),
        12 => {
            handles.swap_remove(at);
            runtime::Host::emit(state, input.number() % 3, Resource::new_own(rep))?;
        }
        13 => {
            handles.swap_remove(at);
            HostMessage::drop(state, Resource::new_own(rep))?;
        }
        14 => {
            drop(context::Host::set(state, context::Scope::Node, input.text(), Foreign::Json(input.text()))?)
        }
        _ => drop(context::Host::get(state, context::Scope::Flow, input.text())?),
    }
    Ok(())
}

fn state() -> State {
    let node = NodeSide {
        info: Arc::new(NodeInfo {
            id: "n".into(),
            flow: "t".into(),
            path: "t".into(),
            ..NodeInfo::default()
        }),
        contexts: Arc::new(Contexts::new()),
        registry: Arc::new(Registry::of(&[])),
    };
    let shared = Shared {
        plugin: "fuzzed".into(),
        limits: Limits::default(),
        access: Arc::default(),
        services: Services::default(),
        node: Some(node),
        written: std::sync::Mutex::default(),
        distrust: Default::default(),
    };
    State::new(Arc::new(shared), Phase::Run, Budget::new(Duration::from_millis(50)))
}

/// What a fuzzer made, taken from the front.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> u32 {
        (0..4).fold(0, |number, _| number << 8 | u32::from(self.byte().unwrap_or_default()))
    }

    /// As many bytes as the first one says.
    fn text(&mut self) -> String {
        let length = self.byte().map_or(0, usize::from).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fuzzers' own way in, for a moment and with what chance gives, so that it does not rot.
    #[test]
    fn whatever_comes_is_survived() {
        let mut random = 1_u64;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as u8
        };
        const WORDS: &[&str] =
            &["payload", "payload[3]", "a.b[\"c\"]", "[1,{\"a\":[]}]", "{}", "payload[msg.a]", "x[999999]"];
        for _ in 0..2000 {
            let mut bytes = Vec::new();
            for _ in 0..next() % 64 {
                match next() % 3 {
                    0 => {
                        let word = WORDS[usize::from(next()) % WORDS.len()];
                        bytes.push(word.len() as u8);
                        bytes.extend(word.bytes());
                    }
                    _ => bytes.push(next()),
                }
            }
            messages(&bytes);
            describe(&String::from_utf8_lossy(&bytes));
            load(&bytes);
        }
    }
}
