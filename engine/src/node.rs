//! The contract between the engine and node types.
//!
//! Two kinds of node run: a [`FunctionNode`] is called in its cell's task, one message after another, and
//! must never wait; a [`TaskNode`] owns a task of its own, with sockets and whatever else waits. Prefer the
//! first. A [`ConfigNode`] is a shared service, such as a broker connection, that others hold by reference.
//!
//! ```text
//! build (pure: parse, check) -> start -> on_message / on_timer / on_command ... -> stop
//! ```

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ecow::EcoString;
use model::descriptor::NodeDescriptor;
use model::text::Text;
use serde::de::DeserializeOwned;

use crate::context::Contexts;
use crate::env::Env;
use crate::error::NodeError;
use crate::message::Message;
use crate::registry::Registry;

mod counters;
mod handle;
mod handover;
mod out;
mod outlet;
mod task;
mod whereabouts;

pub use crate::plan::Properties;
pub use counters::Counters;
pub(crate) use counters::{CROWDED, ROOMY, Stopwatch, Timed};
pub use handle::NodeHandle;
pub use handover::Handover;
pub use out::{Out, TimerId};
pub use outlet::{KEPT_MESSAGES, Outlet, Seen, Watched, at_rest};
pub(crate) use task::TaskInbox;
pub use task::{TaskContext, TaskInput, TaskOut};
pub(crate) use whereabouts::{Address, Place, Whereabouts};

/// Who a node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeInfo {
    /// Unique among what runs: the document's id, or `<instance>-<id>` inside a subflow instance.
    pub id: EcoString,
    /// The `type` in the flow file.
    pub type_name: EcoString,
    /// The name its author gave it; may be empty.
    pub name: EcoString,
    /// The tab or subflow instance that it runs in; empty for global config nodes.
    pub flow: EcoString,
    /// Flow ids from the tab inwards, joined by `/`, as in debug messages.
    pub path: EcoString,
    /// Inside a subflow instance: the id in the subflow's template.
    pub alias: Option<EcoString>,
}

impl NodeInfo {
    /// Where it is in the document: the way to its flow, and its id there.
    pub fn full_path(&self) -> EcoString {
        ecow::eco_format!("{}/{}", self.path, self.alias.as_ref().unwrap_or(&self.id))
    }
}

/// What `build` gives: a node, not yet started.
pub enum Built {
    /// Called by its cell.
    Function(Box<dyn FunctionNode>),
    /// Runs in its own task.
    Task(Box<dyn TaskNode>),
    /// Shared by other nodes.
    Config(Arc<dyn ConfigNode>),
    /// Nothing runs: its role (link, catch, junction, comment) is compiled into the graph.
    Structure,
}

impl Built {
    /// A function node.
    pub fn function(node: impl FunctionNode + 'static) -> Result<Self, BuildError> {
        Ok(Self::Function(Box::new(node)))
    }

    /// A task node.
    pub fn task(node: impl TaskNode) -> Result<Self, BuildError> {
        Ok(Self::Task(Box::new(node)))
    }

    /// A config node.
    pub fn config(node: impl ConfigNode) -> Result<Self, BuildError> {
        Ok(Self::Config(Arc::new(node)))
    }
}

/// Why a node cannot be built: everything that is wrong with its configuration.
#[derive(Clone, Debug, Default)]
pub struct BuildError {
    /// What is wrong, each with the path of the property, such as `rules[2].v`.
    pub problems: Vec<(String, Text)>,
}

impl BuildError {
    /// One problem.
    pub fn at(path: impl Into<String>, text: Text) -> Self {
        Self { problems: vec![(path.into(), text)] }
    }
}

/// Makes nodes of one type: built-in or plugin.
pub trait NodeFactory: Send + Sync {
    /// What the editor is told.
    fn descriptor(&self) -> &NodeDescriptor;
    /// Makes a node from its configuration. Pure: it never connects, spawns or waits.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError>;
    /// Another number for other code behind the same type: a deploy builds the nodes of an upgraded plugin anew, and no others.
    fn version(&self) -> u64 {
        0
    }
}

/// Whether a node is done with a message when `on_message` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is done: complete nodes hear of it.
    Done,
    /// It kept the message (or a share in its delivery) and will call [`Out::done`] or [`Out::error`].
    Pending,
}

/// A node that never waits: it is called in its cell's task.
///
/// A panic inside is caught: it becomes a catchable error, and the node is built anew.
pub trait FunctionNode: Send {
    /// Called once, when all nodes of the deploy are wired.
    fn start(&mut self, _out: &mut Out<'_>) {}

    /// A message arrived. Change it in place and pass it on with `out.send(0, message.take())`.
    ///
    /// # Errors
    /// An error is catchable; what is left in `message` is what the catch node gets.
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError>;

    /// A timer set with [`Out::after`] is due.
    ///
    /// # Errors
    /// As `on_message`, without a message.
    fn on_timer(&mut self, _token: u64, _out: &mut Out<'_>) -> Result<(), NodeError> {
        Ok(())
    }

    /// A command from the editor or the admin API: a button, a switch.
    ///
    /// # Errors
    /// As `on_message`, without a message.
    fn on_command(&mut self, _command: Command, _out: &mut Out<'_>) -> Result<(), NodeError> {
        Ok(())
    }

    /// Whether it calls link in nodes ([`Out::call_link`]) and hears of the answers.
    fn calls_links(&self) -> bool {
        false
    }

    /// The answer to a call made with [`Out::call_link`] came back.
    ///
    /// # Errors
    /// As `on_message`, without a message.
    fn on_answer(&mut self, _call: EcoString, _answer: Message, _out: &mut Out<'_>) -> Result<(), NodeError> {
        Ok(())
    }

    /// How many messages it keeps for later: what waits for a time, for others of its sequence, for an answer.
    fn kept(&self) -> usize {
        0
    }

    /// The node is about to go away; timers are cancelled by the engine.
    fn stop(&mut self, _out: &mut Out<'_>) {}

    /// Hands over parked messages when a deploy replaces this node by one of the same id and type.
    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        None
    }

    /// Takes over what the former node parked, which may have been of another kind; called after `start`. What is not
    /// taken was not done.
    fn resume(&mut self, _parked: Handover, _out: &mut Out<'_>) {}
}

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A node with a task of its own.
pub trait TaskNode: Send + 'static {
    /// Runs until [`TaskContext::next`] gives `None` (the node is asked to stop and its inbox is empty).
    /// When it ends early with an error or a panic the engine reports it, builds the node anew and starts
    /// it again after a pause.
    fn run(self: Box<Self>, context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>>;

    /// Takes over what a function node of the same id parked, before `run`. What is not taken was not done.
    fn resume(&mut self, _parked: Handover) {}
}

/// A shared service that other nodes hold by reference, such as a broker connection or a database pool.
pub trait ConfigNode: Any + Send + Sync {
    /// Called on the flows' runtime when the node's users are about to start; may spawn tasks.
    fn start(&self, _handle: Arc<NodeHandle>) {}

    /// Called when its users have stopped; the engine waits for it, within the stop timeout.
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Something asked of a running node from outside its wires.
#[derive(Clone, Debug)]
pub enum Command {
    /// Its button was pressed; properties to use in place of its own, if any (`__user_inject_props__`).
    Inject(Option<crate::value::Value>),
    /// Its switch was set (debug).
    SetActive(bool),
}

/// What a node is built from.
pub struct BuildContext<'a> {
    /// Who it is.
    pub info: &'a NodeInfo,
    /// Its properties as in the flow file, `${NAME}` substituted.
    pub properties: &'a Properties,
    /// Its credentials.
    pub credentials: &'a HashMap<String, String>,
    /// Its environment.
    pub env: &'a Env,
    /// Types and texts.
    pub registry: &'a Arc<Registry>,
    /// Context stores.
    pub contexts: &'a Arc<Contexts>,
    /// What the server lends to nodes.
    pub services: &'a Services,
    /// Config nodes that are built so far, by id.
    pub configs: &'a HashMap<EcoString, Arc<dyn ConfigNode>>,
}

impl BuildContext<'_> {
    /// The properties as the node's own struct (`#[serde(default)]` fields, unknown ones ignored).
    ///
    /// # Errors
    /// The property that does not fit, and what is expected there.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T, BuildError> {
        serde_path_to_error::deserialize(self.properties.reader()).map_err(|error| {
            let path = error.path().to_string();
            let text =
                Text::key("engine.bad-property").with("path", &path).with("reason", error.into_inner());
            BuildError::at(path, text)
        })
    }

    /// The config node that the property `property` names, as a `T`.
    ///
    /// # Errors
    /// When the property is empty, names no node, or one of another type.
    pub fn config_node<T: ConfigNode>(&self, property: &str) -> Result<Arc<T>, BuildError> {
        let id = self.properties.get(property);
        let id = id.as_ref().and_then(|id| id.as_str()).unwrap_or_default();
        let missing =
            |key| BuildError::at(property, Text::key(key).with("property", property).with("id", id));
        if id.is_empty() {
            return Err(missing("engine.config-node-unset"));
        }
        let node = self.configs.get(id).ok_or_else(|| missing("engine.config-node-missing"))?;
        let node: Arc<dyn Any + Send + Sync> = node.clone();
        node.downcast().map_err(|_| missing("engine.config-node-type"))
    }

    /// A credential, empty if unset.
    pub fn credential(&self, name: &str) -> &str {
        self.credentials.get(name).map_or("", String::as_str)
    }
}

/// What the server lends to nodes, by type: HTTP routes, data folder.
#[derive(Clone, Default)]
pub struct Services(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Services {
    /// Lends `service`.
    pub fn insert<T: Send + Sync + 'static>(&mut self, service: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), service);
    }

    /// The service of this type.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }
}
