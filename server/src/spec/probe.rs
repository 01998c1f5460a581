//! What the specs look through: helper nodes, taps, and what the engine tells.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ecow::EcoString;
use engine::node::{ConfigNode, NodeInfo, TaskOut};
use engine::observe::{Event, Level, Observer};
use engine::registry::Registry;
use engine::{Message, NodeError, js};
use model::text::Text;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

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

    pub(super) fn is_tapped(&self, node: &str) -> bool {
        self.lock().tapped.contains(node)
    }

    /// A config node.
    pub(super) fn any_config(&self, node: &str) -> Option<Arc<dyn ConfigNode>> {
        self.lock().configs.get(node).cloned()
    }

    /// A config node, if it is of this kind.
    pub(super) fn config<T: ConfigNode>(&self, node: &str) -> Option<Arc<T>> {
        let node: Arc<dyn Any + Send + Sync> = self.lock().configs.get(node)?.clone();
        node.downcast().ok()
    }

    pub(super) fn keep_config(&self, node: EcoString, config: Arc<dyn ConfigNode>) {
        self.lock().configs.insert(node, config);
    }

    pub(super) fn claim(&self, node: &str) {
        self.lock().claimed.insert(node.into());
    }

    pub(super) fn is_claimed(&self, node: &str) -> bool {
        self.lock().claimed.contains(node)
    }

    pub(super) fn add_helper(&self, node: EcoString, out: TaskOut) {
        self.lock().helpers.insert(node, out);
    }

    /// The way out of a helper node.
    pub(super) fn helper(&self, node: &str) -> Option<TaskOut> {
        self.lock().helpers.get(node).cloned()
    }

    /// Leaves a message to the specs' own code, under a number.
    pub(super) fn begin_invocation(&self, out: TaskOut, message: Message) -> u64 {
        let number = self.next_invocation.fetch_add(1, Ordering::Relaxed);
        self.lock().invocations.insert(number, (out, message));
        number
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
            Event::Log(_, _, text) if is_about_proxies(&text) => self.event(proxy_event(&text)),
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
            hub.event(Event::Log(Level::Error, Some(node.clone()), error.into_fault().text));
        }
        self.logged(Level::Error, node, &words);
    }
}

impl Probe {
    /// An error as Node-RED's log has it: an object where it is one of JavaScript, else its words.
    fn told(&self, error: &NodeError) -> Json {
        let words = self.render(&error.text);
        // What Node-RED has in its catalogue it says in words, with a code or without.
        let is_in_catalogue = error.text.key.as_ref() == words;
        if error.stack.is_none() && (error.code.is_none() || is_in_catalogue) {
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
