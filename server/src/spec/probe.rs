//! What the specs look through: helper nodes, taps, and what the engine tells.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecow::EcoString;
use engine::node::{
    BoxFuture, BuildContext, BuildError, Built, Command, ConfigNode, FunctionNode, NodeFactory, Out,
    Progress, TaskContext, TaskInput, TaskNode, TaskOut,
};
use engine::observe::{Event, Level, Observer};
use engine::registry::Registry;
use engine::{Message, NodeError, js};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use super::codec;

/// What is watched, and where it is told.
#[derive(Default)]
pub(super) struct Probe {
    state: Mutex<Watched>,
    next_invocation: AtomicU64,
    /// Set once, when the registry is made.
    registry: Mutex<Option<Arc<Registry>>>,
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
    /// Config nodes as they were built last.
    configs: HashMap<EcoString, Arc<dyn ConfigNode>>,
}

impl Probe {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell_to(&self, to: mpsc::UnboundedSender<Json>) {
        self.lock().to = Some(to);
    }

    pub(super) fn set_registry(&self, registry: Arc<Registry>) {
        *self.registry.lock().unwrap_or_else(PoisonError::into_inner) = Some(registry);
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

    /// A config node.
    pub(super) fn any_config(&self, node: &str) -> Option<Arc<dyn ConfigNode>> {
        self.lock().configs.get(node).cloned()
    }

    /// Tells of a node that cannot be built, as an entry of the log; `found` is the node in the flow file.
    pub(super) fn refused(&self, found: Option<&Json>, text: &str) {
        let Some(found) = found else { return };
        let mut entry = json!({
            "level": Level::Error as u32, "id": found["id"], "type": found["type"], "msg": text,
            "path": found["z"].as_str().unwrap_or("global"), "timestamp": js::date::now(),
        });
        for key in ["z", "name"] {
            if found[key].as_str().is_some_and(|text| !text.is_empty()) {
                entry[key] = found[key].clone();
            }
        }
        self.event_of_log(entry);
    }

    /// A config node, if it is of this kind.
    pub(super) fn config<T: ConfigNode>(&self, node: &str) -> Option<Arc<T>> {
        let node: Arc<dyn Any + Send + Sync> = self.lock().configs.get(node)?.clone();
        node.downcast().ok()
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
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.as_ref().map_or_else(|| text.to_string(), |registry| registry.render(text).into())
    }
}

impl Observer for Probe {
    fn event(&self, event: Event) {
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
            Event::Log(level, info, text) => {
                if is_about_proxies(&text) {
                    return self.event(proxy_event(&text));
                }
                let text = self.render(&text);
                let Some(info) = info else { return };
                let method = match level {
                    Level::Fatal | Level::Error => "error",
                    Level::Warn => "warn",
                    Level::Info => "log",
                    Level::Debug => "debug",
                    Level::Trace => "trace",
                };
                self.called(&info.id, method, json!([text]));
                let mut entry = json!({
                    "level": level as u32, "id": info.id.as_str(), "type": info.type_name.as_str(), "msg": text,
                    "path": info.path.as_str(), "timestamp": js::date::now(),
                });
                if info.path.is_empty() {
                    entry["path"] = "global".into();
                }
                for (key, text) in
                    [("z", Some(&info.flow)), ("name", Some(&info.name)), ("_alias", info.alias.as_ref())]
                {
                    if let Some(text) = text.filter(|text| !text.is_empty()) {
                        entry[key] = text.as_str().into();
                    }
                }
                self.event_of_log(entry);
            }
            Event::Debug(..) => {}
        }
    }
}

/// Whether an entry of the log tells how a URL is reached; the specs hear of that in another way.
fn is_about_proxies(text: &Text) -> bool {
    matches!(text.key.as_ref(), "http-request.proxied" | "http-request.direct")
}

fn proxy_event(text: &Text) -> Json {
    let get = |name: &str| text.args.get(name).map(EcoString::as_str);
    let options = match (get("configured"), get("exceptions")) {
        (Some(own), Some(exceptions)) => {
            json!({ "env": { "no_proxy": exceptions, "http_proxy": own, "https_proxy": own } })
        }
        _ => json!({}),
    };
    json!({ "ev": "proxy", "url": get("url"), "options": options, "result": get("proxy").unwrap_or_default() })
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
        Built::task(Helper { id: context.info.id.clone(), probe: self.probe.clone() })
    }
}

struct Helper {
    id: EcoString,
    probe: Arc<Probe>,
}

impl TaskNode for Helper {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        self.probe.lock().helpers.insert(self.id.clone(), context.out.clone());
        Box::pin(async move {
            while let Some(input) = context.next().await {
                let TaskInput::Message(message) = input else { continue };
                let mut event = json!({ "ev": "input", "node": self.id.as_str() });
                event["msg"] = codec::encode_object(message.properties());
                if self.probe.lock().claimed.contains(&self.id) {
                    let number = self.probe.next_invocation.fetch_add(1, Ordering::Relaxed);
                    self.probe.lock().invocations.insert(number, (context.out.clone(), message));
                    event["inv"] = number.into();
                    self.probe.event(event);
                } else {
                    self.probe.event(event);
                    context.out.done(message);
                }
            }
            Ok(())
        })
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
        Ok(match self.inner.build(context)? {
            Built::Function(node) => Built::Function(Box::new(Tap {
                id: context.info.id.clone(),
                node,
                probe: self.probe.clone(),
            })),
            Built::Config(node) => {
                self.probe.lock().configs.insert(context.info.id.clone(), node.clone());
                Built::Config(node)
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
