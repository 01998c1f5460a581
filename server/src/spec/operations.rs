//! What the specs may ask for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use engine::context::{ContextKey, Contexts, Scope};
use engine::node::{Command, NodeInfo, Services, TaskOut};
use engine::observe::{Level, Status};
use engine::registry::Registry;
use engine::{DeployKind, Engine, Message, NodeError, Object, Options, Setup, Value, js};
use model::document::Document;
use model::text::Text;
use nodes::config::BufferLimit;
use nodes::function::function::{Limits, ModulesAllowed};
use nodes::network::http::routes::HttpRoutes;
use nodes::storage::WorkingFolder;
use serde_json::{Value as Json, json};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc};

use super::codec::{decode, decode_plain, encode};
use super::keys;
use super::probe::{Helpers, Probe, Tapped, helper_descriptor};
use super::properties::shown;
use super::stores::Stores;
use crate::comms::Listener;

/// Before a question about the state of things is answered, what is under way gets so long.
const SETTLE: Duration = Duration::from_millis(4);

/// The flows under test.
pub(super) struct Runtime {
    probe: Arc<Probe>,
    routes: Arc<HttpRoutes>,
    registry: Arc<Registry>,
    folder: Arc<WorkingFolder>,
    buffer_limit: Arc<BufferLimit>,
    http_port: u16,
    state: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    engine: Option<Engine>,
    contexts: Arc<Contexts>,
    stores: Stores,
    flows: Vec<Json>,
    credentials: HashMap<String, HashMap<String, String>>,
    /// Nodes that Node-RED would not even make.
    absent: Vec<EcoString>,
    /// What the specs set of the environment.
    env: BTreeMap<String, String>,
    settings: HashMap<String, Json>,
}

impl Runtime {
    pub(super) fn new(routes: Arc<HttpRoutes>, http_port: u16) -> Self {
        let probe = Arc::new(Probe::default());
        let built_in = Registry::of(nodes::registry::NODE_TYPES);
        let mut registry = built_in.clone();
        for descriptor in built_in.descriptors() {
            if let Some(inner) = built_in.get(&descriptor.type_name) {
                registry.add(Arc::new(Tapped { inner: inner.clone(), probe: probe.clone() }));
            }
        }
        registry.add(Arc::new(Helpers { probe: probe.clone(), descriptor: helper_descriptor() }));
        // The specs compare keys, not words, where Node-RED has a key.
        registry.show_keys(keys::of_node_red());
        let registry = Arc::new(registry);
        probe.set_registry(registry.clone());
        let folder = Arc::new(WorkingFolder::default());
        let buffer_limit = Arc::default();
        Self { probe, routes, registry, folder, buffer_limit, http_port, state: Mutex::default() }
    }

    pub(super) fn routes(&self) -> &HttpRoutes {
        &self.routes
    }

    /// A listener on `/comms`.
    pub(super) fn listen(&self) -> Option<Listener> {
        self.probe.hub().map(Listener::of)
    }

    pub(super) fn tell(&self, to: mpsc::UnboundedSender<Json>) {
        self.probe.tell_to(to);
    }

    /// Presses a button or switch; `false` when there is no such node.
    pub(super) async fn command(&self, id: &str, command: Command) -> bool {
        let state = self.state.lock().await;
        state.engine.as_ref().is_some_and(|engine| engine.command(id, command).is_ok())
    }

    pub(super) async fn carry_out(&self, order: &Json) -> Result<Json, String> {
        let mut state = self.state.lock().await;
        if let Some(env) = order.get("env") {
            for (name, value) in env["set"].as_object().into_iter().flatten() {
                state.env.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
            }
            for name in env["unset"].as_array().into_iter().flatten().filter_map(Json::as_str) {
                state.env.remove(name);
            }
            let variables = variables(&state.env);
            if let Some(engine) = &state.engine {
                engine.set_env(variables);
            }
        }
        let node = order["node"].as_str().unwrap_or_default();
        match order["op"].as_str().unwrap_or_default() {
            "hello" => Ok(json!({
                "runtime": "wireloom", "version": env!("CARGO_PKG_VERSION"), "protocol": 1, "i18n": "keys",
                "baseUrl": format!("http://127.0.0.1:{}", self.http_port),
                "adminUrl": format!("http://127.0.0.1:{}", self.http_port),
            })),
            "load" => {
                if let Some(engine) = state.engine.take() {
                    engine.stop().await;
                }
                self.probe.begin(order["epoch"].clone());
                state.stores = Stores::default();
                state.contexts = Arc::new(state.stores.contexts());
                let engine = self.engine(&state);
                state.engine = Some(engine);
                self.deploy(&mut state, order, DeployKind::Full).await
            }
            "setFlows" => {
                let kind = match order["type"].as_str() {
                    Some("flows") => DeployKind::Flows,
                    Some("nodes") => DeployKind::Nodes,
                    _ => DeployKind::Full,
                };
                self.deploy(&mut state, order, kind).await
            }
            "stop" | "unload" => {
                if let Some(engine) = state.engine.take() {
                    engine.stop().await;
                }
                Ok(Json::Null)
            }
            "sync" => {
                tokio::time::sleep(SETTLE).await;
                Ok(Json::Null)
            }
            "deliver" => {
                for item in order["items"].as_array().into_iter().flatten() {
                    deliver(state.engine.as_ref(), item);
                }
                if let Some(settle) = order["settle"].as_u64() {
                    tokio::time::sleep(Duration::from_millis(settle)).await;
                }
                Ok(Json::Null)
            }
            "tap" => {
                self.probe.tap(node);
                Ok(void(()))
            }
            "claim" => {
                self.probe.claim(node);
                Ok(void(()))
            }
            "helper.send" => {
                if let Some((out, message)) = self.probe.invocation(order["inv"].as_u64().unwrap_or(u64::MAX))
                {
                    send(&out, &decode(&order["msg"]), Some(&message)).await;
                }
                Ok(Json::Null)
            }
            "helper.done" => {
                let number = order["inv"].as_u64().unwrap_or(u64::MAX);
                match (self.probe.end_invocation(number), order.get("error")) {
                    (Some((out, message)), None) => out.done(message),
                    (Some((out, message)), Some(error)) => out.fail(error_of(&decode(error)), Some(message)),
                    (None, _) => {}
                }
                Ok(Json::Null)
            }
            "node.info" => Ok(find(&state.flows, node)
                .filter(|_| !state.absent.iter().any(|absent| absent == node))
                .map_or(Json::Null, |found| json!({ "id": node, "type": found["type"], "z": found["z"] }))),
            "node.get" => {
                tokio::time::sleep(SETTLE).await;
                self.property(&state, node, order["prop"].as_str().unwrap_or_default())
            }
            "node.call" => {
                let arguments: Vec<Value> =
                    order["args"].as_array().into_iter().flatten().map(decode).collect();
                self.call(node, order["method"].as_str().unwrap_or_default(), &arguments).await
            }
            "node.close" => self.close(&mut state, node).await,
            "settings.get" => {
                let value = order["key"].as_str().and_then(|key| state.settings.get(key));
                Ok(value.cloned().unwrap_or_else(|| json!({ "$t": "undef" })))
            }
            "settings.set" | "settings.delete" => {
                let key = order["key"].as_str().unwrap_or_default().to_owned();
                let value = order.get("value").filter(|_| order["op"] == "settings.set").cloned();
                match key.as_str() {
                    "fileWorkingDirectory" => {
                        self.folder.set(value.as_ref().and_then(Json::as_str).map(Into::into));
                    }
                    "nodeMessageBufferMaxLength" => {
                        let limit = value.as_ref().and_then(Json::as_u64).unwrap_or(0);
                        self.buffer_limit.set(usize::try_from(limit).unwrap_or(usize::MAX));
                    }
                    _ => {}
                }
                match value {
                    Some(value) => drop(state.settings.insert(key, value)),
                    None => drop(state.settings.remove(&key)),
                }
                Ok(Json::Null)
            }
            "context.init" => {
                state.stores.configure(&order["contextStorage"]);
                Ok(Json::Null)
            }
            "context.load" | "context.clean" | "context.close" => Ok(Json::Null),
            op @ ("context.get" | "context.set" | "context.keys") => {
                tokio::time::sleep(SETTLE).await;
                context(&state, op, order)
            }
            op => Err(format!("unknown op {op}")),
        }
    }

    fn engine(&self, state: &Running) -> Engine {
        let mut services = Services::default();
        services.insert(self.routes.clone());
        services.insert(self.folder.clone());
        services.insert(self.buffer_limit.clone());
        let setting = |name: &str| state.settings.get(name);
        services.insert(Arc::new(ModulesAllowed(
            setting("functionExternalModules").and_then(Json::as_bool).unwrap_or(true),
        )));
        if let Some(seconds) = setting("globalFunctionTimeout").and_then(Json::as_f64).filter(|it| *it > 0.0)
        {
            let time = Duration::from_secs_f64(seconds);
            services.insert(Arc::new(Limits { time, ..Limits::default() }));
        }
        Engine::on(
            Handle::current(),
            Setup {
                registry: self.registry.clone(),
                observer: self.probe.clone(),
                services,
                contexts: state.contexts.clone(),
                env: variables(&state.env),
                // Nothing that specs leave behind is worth waiting for.
                options: Options { drain_timeout: Duration::from_millis(20), ..Options::default() },
            },
        )
    }

    async fn deploy(&self, state: &mut Running, order: &Json, kind: DeployKind) -> Result<Json, String> {
        let flows = decode_plain(&order["flows"]);
        let document = Document::from_json(flows.clone().into()).map_err(|error| error.to_string())?;
        state.credentials = serde_json::from_value(decode_plain(&order["credentials"])).unwrap_or_default();
        state.flows = flows.as_array().cloned().unwrap_or_default();
        if state.engine.is_none() {
            state.engine = Some(self.engine(state));
        }
        let Some(engine) = &state.engine else { return Ok(Json::Null) };
        let report = engine.deploy(&document, &state.credentials, kind).await;
        let is_absent = |problem: &&engine::Problem| problem.path.starts_with("libs[");
        state.absent = report.problems.iter().filter(is_absent).map(|problem| problem.node.clone()).collect();
        for problem in &report.problems {
            // A node that cannot be built says so where Node-RED's would: in its log.
            let words = self.registry.render(&problem.text);
            let node = find(&state.flows, &problem.node).cloned().unwrap_or_default();
            let text = |key: &str| EcoString::from(node[key].as_str().unwrap_or_default());
            let info = NodeInfo {
                id: problem.node.clone(),
                type_name: text("type"),
                name: text("name"),
                path: if text("z").is_empty() { "global".into() } else { text("z") },
                flow: text("z"),
                alias: None,
            };
            self.probe.logged(Level::Error, &info, &words.as_str().into());
        }
        Ok(json!({ "problems": report.problems.len() }))
    }

    /// Stops one node, as a deploy without it does; what is known of it stays.
    async fn close(&self, state: &mut Running, node: &str) -> Result<Json, String> {
        let rest: Json = state.flows.iter().filter(|entry| entry["id"] != node).cloned().collect();
        let document = Document::from_json(rest.into()).map_err(|error| error.to_string())?;
        if let Some(engine) = &state.engine {
            engine.deploy(&document, &state.credentials, DeployKind::Nodes).await;
        }
        Ok(Json::Null)
    }

    /// A property as it was set, or its default.
    fn property(&self, state: &Running, node: &str, name: &str) -> Result<Json, String> {
        let Some(found) = find(&state.flows, node) else { return Err(format!("no such node: {node}")) };
        if let Some(value) = shown(found, name) {
            return Ok(json!({ "has": true, "value": value }));
        }
        let descriptor = self.registry.get(found["type"].as_str().unwrap_or_default());
        let default = descriptor.and_then(|factory| {
            factory.descriptor().schema.get("properties")?.get(name)?.get("default").cloned()
        });
        Ok(match found.get(name).cloned().or(default) {
            Some(value) => json!({ "has": true, "value": value }),
            None => json!({ "has": false }),
        })
    }

    async fn call(&self, node: &str, method: &str, arguments: &[Value]) -> Result<Json, String> {
        let Some(out) = self.probe.helper(node) else { return Err(format!("no such helper: {node}")) };
        let first = arguments.first().cloned().unwrap_or_default();
        let text = || Text::literal(js::to_text(&first));
        match method {
            "send" => send(&out, &first, None).await,
            "status" => out.status(status_of(&first)),
            "error" => {
                let message = arguments.get(1).and_then(Value::as_object).cloned();
                out.fail(error_of(&first), message.map(Message::from_object));
            }
            "warn" => out.log(Level::Warn, text()),
            "log" => out.log(Level::Info, text()),
            "debug" => out.log(Level::Debug, text()),
            "trace" => out.log(Level::Trace, text()),
            _ => return Err(format!("unknown method {method}")),
        }
        Ok(Json::Null)
    }
}

fn void((): ()) -> Json {
    Json::Null
}

fn variables(env: &BTreeMap<String, String>) -> Vec<(EcoString, Value)> {
    env.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect()
}

fn find<'a>(flows: &'a [Json], id: &str) -> Option<&'a Json> {
    flows.iter().find(|node| node["id"] == id).filter(|node| !node["d"].as_bool().unwrap_or(false))
}

fn deliver(engine: Option<&Engine>, item: &Json) {
    let (Some(engine), Some(node)) = (engine, item["node"].as_str()) else { return };
    let properties = match decode(&item["msg"]) {
        Value::Object(object) => Object::clone(&object),
        _ => Object::new(),
    };
    // An input event that a spec makes itself leaves the message as it is.
    let message =
        if item["how"] == "emit" { Message::bare(properties) } else { Message::from_object(properties) };
    // A stopped or unknown node gets nothing, and nobody hears of it.
    let _ = engine.receive(node, message);
}

/// Sends as `node.send` does: a message, one for each output, or several for an output.
async fn send(out: &TaskOut, value: &Value, of: Option<&Message>) {
    let ports = match value {
        Value::Array(ports) => ports.to_vec(),
        single => vec![single.clone()],
    };
    for (port, value) in ports.iter().enumerate() {
        let several = match value {
            Value::Array(several) => several.to_vec(),
            single => vec![single.clone()],
        };
        for value in several {
            let Value::Object(object) = value else { continue };
            let message = match of {
                Some(message) => message.derive(object),
                None => Message::from_object(object),
            };
            let _ = out.send(port, message).await;
        }
    }
}

fn status_of(value: &Value) -> Status {
    let text = |name: &str| value.get(name).map(js::to_text).unwrap_or_default();
    match value {
        Value::Object(_) => Status::new(&text("fill"), &text("shape"), Text::literal(text("text"))),
        other => Status::new("", "", Text::literal(js::to_text(other))),
    }
}

fn error_of(value: &Value) -> NodeError {
    let error = NodeError::literal(value.get("message").map_or_else(|| js::to_text(value), js::to_text));
    match value.get("code") {
        Some(code) => error.coded(js::to_text(code)),
        None => error,
    }
}

fn context(state: &Running, op: &str, order: &Json) -> Result<Json, String> {
    let node = order["node"].as_str().unwrap_or_default();
    let info = NodeInfo {
        id: node.into(),
        flow: order["flow"].as_str().unwrap_or_default().into(),
        ..NodeInfo::default()
    };
    let info = state
        .engine
        .as_ref()
        .and_then(|engine| engine.node(node))
        .map_or(info, |found| (*found.info).clone());
    let scope = match order["scope"].as_str() {
        Some("flow") => Scope::Flow,
        Some("global") => Scope::Global,
        _ => Scope::Node,
    };
    let arguments: Vec<Value> = order["args"].as_array().into_iter().flatten().map(decode).collect();
    let text = |at: usize| arguments.get(at).and_then(Value::as_str);
    let key = |name: &Value, store: Option<&str>| {
        let name = js::to_text(name);
        let whole = store.map_or(name.clone(), |store| ecow::eco_format!("#:({store})::{name}"));
        ContextKey::parse(&whole).map_err(|error| error.to_string())
    };
    let several = |value: Option<&Value>| match value {
        Some(Value::Array(items)) => items.to_vec(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    };
    let is_several = matches!(arguments.first(), Some(Value::Array(_)));
    let values = match op {
        "context.keys" => {
            vec![state.contexts.keys(scope, &info, text(0)).into_iter().map(Value::from).collect()]
        }
        "context.get" => several(arguments.first())
            .iter()
            .map(|name| Ok(state.contexts.get(scope, &info, &key(name, text(1))?)))
            .collect::<Result<Vec<Value>, String>>()?,
        _ => {
            let (names, values) = (several(arguments.first()), arguments.get(1).cloned().unwrap_or_default());
            for (at, name) in names.iter().enumerate() {
                let value = match &values {
                    Value::Array(values) if is_several => values.get(at).cloned().unwrap_or_default(),
                    value => value.clone(),
                };
                let set = state.contexts.set(scope, &info, &key(name, text(2))?, value);
                set.map_err(|error| error.to_string())?;
            }
            Vec::new()
        }
    };
    if order["cb"] == true {
        let values: Vec<Json> = values.iter().map(encode).collect();
        return Ok(json!({ "err": null, "cb": values }));
    }
    let value =
        if is_several { values.into_iter().collect() } else { values.into_iter().next().unwrap_or_default() };
    Ok(json!({ "v": encode(&value) }))
}
