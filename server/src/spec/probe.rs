//! What the specs look through: helper nodes, taps, and what the engine tells.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ecow::EcoString;
use engine::node::{
    BuildContext, BuildError, Built, Command, FunctionNode, NodeFactory, NodeInfo, Out, Progress, TaskOut,
};
use engine::observe::{Event, Level, Observer};
use engine::registry::Registry;
use engine::{Message, NodeError, js};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use super::codec;
use crate::comms::Hub;

/// What is watched, and where it is told.
#[derive(Default)]
pub(super) struct Probe {
    state: Mutex<Watched>,
    next_invocation: AtomicU64,
    /// Set once, when the registry is made: what tells editors, and renders texts.
    hub: OnceLock<Arc<Hub>>,
}

#[derive(Default)]
struct Watched {
    epoch: Json,
    to: Option<mpsc::UnboundedSender<Json>>,
    tapped: HashSet<EcoString>,
    claimed: HashSet<EcoString>,
    helpers: HashMap<EcoString, TaskOut>,
    /// Messages that the specs' own code works on.
    invocations: HashMap<u64, (TaskOut, Message)>,
}

impl Probe {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell_to(&self, to: mpsc::UnboundedSender<Json>) {
        self.lock().to = Some(to);
    }

    pub(super) fn set_registry(&self, registry: Arc<Registry>) {
        let _ = self.hub.set(Arc::new(Hub::undated(registry)));
    }

    /// What tells those who listen on `/comms`.
    pub(super) fn hub(&self) -> Option<&Arc<Hub>> {
        self.hub.get()
    }

    /// Begins anew: what was watched is forgotten.
    pub(super) fn begin(&self, epoch: Json) {
        let mut state = self.lock();
        let to = state.to.take();
        *state = Watched { epoch, to, ..Watched::default() };
    }

    pub(super) fn tap(&self, node: &str) {
        self.lock().tapped.insert(node.into());
    }

    pub(super) fn claim(&self, node: &str) {
        self.lock().claimed.insert(node.into());
    }

    /// The way out of a helper node.
    pub(super) fn helper(&self, node: &str) -> Option<TaskOut> {
        self.lock().helpers.get(node).cloned()
    }

    pub(super) fn invocation(&self, number: u64) -> Option<(TaskOut, Message)> {
        self.lock().invocations.get(&number).cloned()
    }

    pub(super) fn end_invocation(&self, number: u64) -> Option<(TaskOut, Message)> {
        self.lock().invocations.remove(&number)
    }

    pub(super) fn event(&self, mut event: Json) {
        let state = self.lock();
        event["ep"] = state.epoch.clone();
        if let Some(to) = &state.to {
            let _ = to.send(event);
        }
    }

    pub(super) fn called(&self, node: &str, method: &str, arguments: Json) {
        self.event(json!({ "ev": "call", "node": node, "method": method, "args": arguments }));
    }

    fn render(&self, text: &Text) -> String {
        self.hub.get().map_or_else(|| text.to_string(), |hub| hub.registry().render(text).into())
    }
}

impl Observer for Probe {
    fn event(&self, event: Event) {
        if let Some(hub) = self.hub.get() {
            hub.event(event.clone());
        }
        match event {
            Event::Status(info, status) => {
                let shown = if status.is_clear() {
                    json!({})
                } else {
                    let mut shown = json!({ "fill": status.fill.as_str(), "shape": status.shape.as_str() });
                    let text = self.render(&status.text);
                    if !text.is_empty() {
                        shown["text"] = text.into();
                    }
                    shown
                };
                self.called(&info.id, "status", json!([shown]));
            }
            Event::Log(level, Some(info), text) => self.logged(level, &info, &self.render(&text).into()),
            Event::Log(..) | Event::Debug(..) => {}
        }
    }

    fn error(&self, node: &Arc<NodeInfo>, error: NodeError, is_caught: bool) {
        let words = self.told(&error);
        if is_caught {
            return self.called(&node.id, "error", json!([words]));
        }
        if let Some(hub) = self.hub.get() {
            hub.event(Event::Log(Level::Error, Some(node.clone()), error.text));
        }
        self.logged(Level::Error, node, &words);
    }
}

impl Probe {
    /// An error as Node-RED's log has it: an object where it is one of JavaScript, else its words.
    fn told(&self, error: &NodeError) -> Json {
        let words = self.render(&error.text);
        if error.stack.is_none() && error.code.is_none() {
            return words.into();
        }
        let mut more = json!({});
        if let Some(code) = &error.code {
            more["code"] = code.as_str().into();
        }
        // The name of a plain error is not part of its message.
        let words = words.strip_prefix("Error: ").unwrap_or(&words);
        json!({ "$t": "error", "name": "Error", "message": words, "stack": error.stack.as_deref(), "props": more })
    }

    /// A node said something.
    pub(super) fn logged(&self, level: Level, info: &NodeInfo, words: &Json) {
        let method = match level {
            Level::Fatal | Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "log",
            Level::Debug => "debug",
            Level::Trace => "trace",
        };
        self.called(&info.id, method, json!([words]));
        let mut entry = json!({
            "level": level as u32, "id": info.id.as_str(), "type": info.type_name.as_str(), "msg": words,
            "path": info.path.as_str(), "timestamp": js::date::now(),
        });
        for (key, text) in
            [("z", Some(&info.flow)), ("name", Some(&info.name)), ("_alias", info.alias.as_ref())]
        {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                entry[key] = text.as_str().into();
            }
        }
        self.event_of_log(entry);
    }
}

impl Probe {
    fn event_of_log(&self, entry: Json) {
        Self::event(self, json!({ "ev": "log", "entry": entry }));
    }
}

/// The node type `helper`: tells what it gets.
pub(super) struct Helpers {
    pub probe: Arc<Probe>,
    pub descriptor: NodeDescriptor,
}

impl NodeFactory for Helpers {
    fn descriptor(&self) -> &NodeDescriptor {
        &self.descriptor
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        Built::function(Helper { id: context.info.id.clone(), probe: self.probe.clone() })
    }
}

struct Helper {
    id: EcoString,
    probe: Arc<Probe>,
}

/// Tells at once, in its cell: what arrives at two helpers is told in that order.
impl FunctionNode for Helper {
    fn start(&mut self, out: &mut Out<'_>) {
        self.probe.lock().helpers.insert(self.id.clone(), out.node().task_out());
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let mut event = json!({ "ev": "input", "node": self.id.as_str() });
        event["msg"] = codec::encode_object(message.properties());
        if !self.probe.lock().claimed.contains(&self.id) {
            self.probe.event(event);
            return Ok(Progress::Done);
        }
        let number = self.probe.next_invocation.fetch_add(1, Ordering::Relaxed);
        self.probe.lock().invocations.insert(number, (out.node().task_out(), message.take()));
        event["inv"] = number.into();
        self.probe.event(event);
        Ok(Progress::Pending)
    }
}

/// How a helper shows itself, where anybody asks.
pub(super) fn helper_descriptor() -> NodeDescriptor {
    NodeDescriptor {
        type_name: "helper".into(),
        role: Role::Node,
        category: "test".into(),
        colour: "#cccccc".into(),
        icon: "circle".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::literal("helper") },
        button: false,
        schema: json!({ "type": "object" }),
        credentials: vec![],
        help: String::new(),
    }
}

/// A node type whose nodes tell what arrives at them, when they are tapped.
pub(super) struct Tapped {
    pub inner: Arc<dyn NodeFactory>,
    pub probe: Arc<Probe>,
}

impl NodeFactory for Tapped {
    fn descriptor(&self) -> &NodeDescriptor {
        self.inner.descriptor()
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        let tap = |node| Box::new(Tap { id: context.info.id.clone(), node, probe: self.probe.clone() });
        Ok(match self.inner.build(context)? {
            Built::Function(node) => Built::Function(tap(node)),
            // Nothing of its own runs in these: something has to, to be seen through.
            Built::Structure if matches!(self.descriptor().role, Role::LinkIn | Role::Catch) => {
                Built::Function(tap(Box::new(Pass)))
            }
            other => other,
        })
    }
}

struct Tap {
    id: EcoString,
    node: Box<dyn FunctionNode>,
    probe: Arc<Probe>,
}

/// Passes on what it gets.
struct Pass;

impl FunctionNode for Pass {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

impl FunctionNode for Tap {
    fn start(&mut self, out: &mut Out<'_>) {
        self.node.start(out);
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if self.probe.lock().tapped.contains(&self.id) {
            let message = codec::encode_object(message.properties());
            self.probe.event(json!({ "ev": "input", "node": self.id.as_str(), "msg": message }));
        }
        self.node.on_message(message, out)
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        self.node.on_timer(token, out)
    }

    fn on_command(&mut self, command: Command, out: &mut Out<'_>) -> Result<(), NodeError> {
        self.node.on_command(command, out)
    }

    fn calls_links(&self) -> bool {
        self.node.calls_links()
    }

    fn on_answer(&mut self, call: EcoString, answer: Message, out: &mut Out<'_>) -> Result<(), NodeError> {
        self.node.on_answer(call, answer, out)
    }

    fn stop(&mut self, out: &mut Out<'_>) {
        self.node.stop(out);
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        self.node.park()
    }

    fn resume(&mut self, parked: Box<dyn Any + Send>, out: &mut Out<'_>) {
        self.node.resume(parked, out);
    }
}
