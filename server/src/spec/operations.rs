//! What the specs may ask for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use engine::context::Contexts;
use engine::node::{Command, NodeInfo, Services};
use engine::observe::Level;
use engine::registry::Registry;
use engine::{DeployKind, Engine, Options, Setup, Value};
use model::document::Document;
use nodes::config::BufferLimit;
use nodes::function::function::{Limits, ModulesAllowed};
use nodes::network::http::routes::HttpRoutes;
use nodes::network::limits::NetworkLimits;
use nodes::storage::WorkingFolder;
use serde_json::{Value as Json, json};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc};

use super::codec::{decode, decode_plain};
use super::helper::{Helpers, helper_descriptor};
use super::probe::Probe;
use super::sockets::Sockets;
use super::stores::Stores;
use super::tapped::Tapped;
use super::{calls, contexts, deliver, keys, live, properties};
use crate::comms::Listener;

/// Before a question about the state of things is answered, what is under way gets so long.
const SETTLE: Duration = Duration::from_millis(4);

/// How long a node that is closed may finish what it is at.
const CLOSE_WAIT: Duration = Duration::from_millis(300);

/// The flows under test.
pub(super) struct Runtime {
    probe: Arc<Probe>,
    routes: Arc<HttpRoutes>,
    registry: Arc<Registry>,
    folder: Arc<WorkingFolder>,
    buffer_limit: Arc<BufferLimit>,
    limits: Arc<NetworkLimits>,
    sockets: Arc<Sockets>,
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

impl Running {
    fn set_env(&mut self, env: &Json) {
        for (name, value) in env["set"].as_object().into_iter().flatten() {
            self.env.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
        }
        for name in env["unset"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            self.env.remove(name);
        }
        if let Some(engine) = &self.engine {
            engine.set_env(variables(&self.env));
        }
    }
}

impl Runtime {
    pub(super) fn new(routes: Arc<HttpRoutes>, http_port: u16) -> Self {
        let probe = Arc::new(Probe::default());
        let built_in = Registry::of(nodes::registry::NODE_TYPES);
        let mut registry = built_in.clone();
        for descriptor in built_in.descriptors() {
            if let Some(inner) = built_in.get(&descriptor.type_name) {
                registry.add(Arc::new(Tapped { inner, probe: probe.clone() }));
            }
        }
        registry.add(Arc::new(Helpers { probe: probe.clone(), descriptor: helper_descriptor() }));
        // The specs compare keys, not words, where Node-RED has a key.
        registry.show_keys(keys::of_node_red());
        let registry = Arc::new(registry);
        probe.set_registry(registry.clone());
        let sockets = Sockets::new(probe.clone());
        Self {
            probe,
            routes,
            registry,
            folder: Arc::default(),
            buffer_limit: Arc::default(),
            limits: Arc::default(),
            sockets,
            http_port,
            state: Mutex::default(),
        }
    }

    pub(super) fn sockets(&self) -> &Arc<Sockets> {
        &self.sockets
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
            state.set_env(env);
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
                self.sockets.begin();
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
                deliver::all(state.engine.as_ref(), order).await;
                Ok(Json::Null)
            }
            "tap" => {
                self.probe.tap(node);
                Ok(Json::Null)
            }
            "claim" => {
                self.probe.claim(node);
                Ok(Json::Null)
            }
            "helper.send" => {
                if let Some((out, message)) = self.probe.invocation(order["inv"].as_u64().unwrap_or(u64::MAX))
                {
                    calls::send(&out, &decode(&order["msg"]), Some(&message)).await;
                }
                Ok(Json::Null)
            }
            "helper.done" => {
                let number = order["inv"].as_u64().unwrap_or(u64::MAX);
                match (self.probe.end_invocation(number), order.get("error")) {
                    (Some((out, message)), None) => out.done(message),
                    (Some((out, message)), Some(error)) => {
                        out.fail(calls::error_of(&decode(error)), Some(message))
                    }
                    (None, _) => {}
                }
                Ok(Json::Null)
            }
            "node.info" => Ok(find(&state.flows, node)
                .filter(|_| !state.absent.iter().any(|absent| absent == node))
                .map_or(Json::Null, |found| json!({ "id": node, "type": found["type"], "z": found["z"] }))),
            "node.get" => {
                let name = order["prop"].as_str().unwrap_or_default();
                let Some(found) = find(&state.flows, node) else { return Ok(json!({ "has": false })) };
                if let Some(value) = live::property(&self.probe, found, name) {
                    return Ok(value);
                }
                tokio::time::sleep(SETTLE).await;
                Ok(properties::property(&self.registry, found, name))
            }
            "node.call" => {
                let arguments: Vec<Value> =
                    order["args"].as_array().into_iter().flatten().map(decode).collect();
                let out = self.probe.helper(node).ok_or_else(|| format!("no such helper: {node}"))?;
                calls::call(&out, order["method"].as_str().unwrap_or_default(), &arguments).await
            }
            "node.set" => self.set_property(&mut state, node, order).await,
            "node.invoke" => live::invoke(&self.probe, order),
            "node.close" => self.close(&state, node).await,
            "ws.watch" | "ws.send" | "ws.close" => {
                self.sockets.carry_out(order);
                Ok(Json::Null)
            }
            "util.proxyForUrl" => {
                let env = &state.env;
                Ok(live::proxy(order, &|name| env.get(name).cloned().or_else(|| std::env::var(name).ok())))
            }
            "settings.get" => {
                let value = order["key"].as_str().and_then(|key| state.settings.get(key));
                Ok(value.cloned().unwrap_or_else(|| json!({ "$t": "undef" })))
            }
            "settings.set" | "settings.delete" => {
                self.set(&mut state, order);
                Ok(Json::Null)
            }
            "context.init" => {
                state.stores.configure(&order["contextStorage"]);
                Ok(Json::Null)
            }
            "context.load" | "context.clean" | "context.close" => Ok(Json::Null),
            op @ ("context.get" | "context.set" | "context.keys") => {
                tokio::time::sleep(SETTLE).await;
                contexts::carry_out(&state.contexts, state.engine.as_ref(), op, order)
            }
            op => Err(format!("unknown op {op}")),
        }
    }

    /// Sets or removes one of the settings that nodes look at while they run.
    fn set(&self, state: &mut Running, order: &Json) {
        let key = order["key"].as_str().unwrap_or_default().to_owned();
        let value = order.get("value").filter(|_| order["op"] == "settings.set").cloned();
        let number = value.as_ref().and_then(Json::as_u64);
        match key.as_str() {
            "fileWorkingDirectory" => {
                self.folder.set(value.as_ref().and_then(Json::as_str).map(Into::into));
            }
            "nodeMessageBufferMaxLength" => {
                self.buffer_limit.set(usize::try_from(number.unwrap_or(0)).unwrap_or(usize::MAX));
            }
            "httpRequestTimeout" => {
                self.limits.set_request_timeout(number.map(Duration::from_millis));
            }
            "tcpMsgQueueSize" => {
                self.limits.set_tcp_queue(number.and_then(|count| count.try_into().ok()));
            }
            _ => {}
        }
        match value {
            Some(value) => drop(state.settings.insert(key, value)),
            None => drop(state.settings.remove(&key)),
        }
    }

    fn engine(&self, state: &Running) -> Engine {
        let mut services = Services::default();
        services.insert(self.routes.clone());
        services.insert(self.folder.clone());
        services.insert(self.limits.clone());
        services.insert(self.sockets.listeners());
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
        state.credentials = serde_json::from_value(decode_plain(&order["credentials"])).unwrap_or_default();
        state.flows = flows.as_array().cloned().unwrap_or_default();
        self.redeploy(state, kind).await
    }

    /// Deploys what is there.
    async fn redeploy(&self, state: &mut Running, kind: DeployKind) -> Result<Json, String> {
        let flows = Json::from(state.flows.clone());
        let document = Document::from_json(flows.into()).map_err(|error| error.to_string())?;
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
            let node = find(&state.flows, &problem.node).unwrap_or(&Json::Null);
            self.probe.logged(Level::Error, &info_of(&problem.node, node), &words.as_str().into());
        }
        Ok(json!({ "problems": report.problems.len() }))
    }

    /// Sets a property of a running node: it is built anew.
    async fn set_property(&self, state: &mut Running, node: &str, order: &Json) -> Result<Json, String> {
        let value = decode_plain(&order["value"]);
        match order["prop"].as_str().unwrap_or_default() {
            "credentials" => {
                let value = serde_json::from_value(value).map_err(|error| error.to_string())?;
                state.credentials.insert(node.to_owned(), value);
            }
            name => {
                if let Some(found) = state.flows.iter_mut().find(|found| found["id"] == node) {
                    found[name] = value;
                }
            }
        }
        self.redeploy(state, DeployKind::Nodes).await
    }

    /// Stops one node, as a deploy without it does; what is known of it stays.
    async fn close(&self, state: &Running, node: &str) -> Result<Json, String> {
        if let Some(config) = self.probe.any_config(node) {
            config.stop().await;
            return Ok(Json::Null);
        }
        // Node-RED's nodes end what they are at when they are closed; that may take longer than `drain_timeout`.
        tokio::time::sleep(CLOSE_WAIT).await;
        let rest: Json = state.flows.iter().filter(|entry| entry["id"] != node).cloned().collect();
        let document = Document::from_json(rest.into()).map_err(|error| error.to_string())?;
        if let Some(engine) = &state.engine {
            engine.deploy(&document, &state.credentials, DeployKind::Nodes).await;
        }
        Ok(Json::Null)
    }
}

fn variables(env: &BTreeMap<String, String>) -> Vec<(EcoString, Value)> {
    env.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect()
}

fn find<'a>(flows: &'a [Json], id: &str) -> Option<&'a Json> {
    flows.iter().find(|node| node["id"] == id).filter(|node| !node["d"].as_bool().unwrap_or(false))
}

/// What a node is known by, of its entry in the flow file.
fn info_of(id: &EcoString, node: &Json) -> NodeInfo {
    let text = |key: &str| EcoString::from(node[key].as_str().unwrap_or_default());
    NodeInfo {
        id: id.clone(),
        type_name: text("type"),
        name: text("name"),
        path: text("z"),
        flow: text("z"),
        alias: None,
    }
}
