//! From a document to what runs: tabs, groups, subflow instances, environments and virtual wires resolved
//! into one flat list of nodes. Pure: it builds and starts nothing.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ecow::EcoString;
use hashbrown::{HashMap, HashSet};
use model::descriptor::{Outputs, Role};
use model::document::Document;
use model::json::{Json, Object};
use model::text::Text;

use crate::Credentials;
use crate::env::Env;
use crate::node::NodeInfo;
use crate::registry::Registry;

mod planner;
mod properties;
mod reach;
mod scopes;
mod variables;
mod walk;

use planner::Planner;
pub use properties::Properties;
pub(crate) use reach::{Reach, Strangers};
pub(crate) use scopes::{Listeners, Watch};

/// More outputs than a node has: what a mistyped number must not make.
const MOST_OUTPUTS: usize = 256;

/// One thing that runs.
pub(crate) struct Planned {
    pub info: Arc<NodeInfo>,
    /// The tab that it, or the subflow instance around it, is on; empty for none.
    pub tab: EcoString,
    pub role: Task,
    /// Its properties, ids inside subflows and `${NAME}` resolved.
    pub properties: Properties,
    /// The id whose credentials it uses: its own in the document.
    pub document_id: EcoString,
    pub env: Env,
    /// Receivers by output port.
    pub wires: Vec<Vec<EcoString>>,
    /// The group that it is in, by document id, from the inside out.
    pub groups: Vec<EcoString>,
    /// Equal exactly when a running node can stay as it is: same type and code, properties, environment and config
    /// nodes. Position and wires are not in it.
    pub fingerprint: u64,
    /// Whether sources of its flow acknowledge only what is done.
    pub acknowledges_late: bool,
}

/// What runs for a planned node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Task {
    /// A node or structure of this role.
    Is(Role),
    /// A subflow instance: its input side.
    SubflowInput,
    /// A subflow instance's status output: what arrives becomes the instance's status.
    SubflowStatus,
    /// A node of a type that is not known.
    Missing,
}

/// A flow: a tab or a subflow instance.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// The flow around a subflow instance, and the instance's own id there.
    pub outside: Option<(EcoString, EcoString)>,
}

/// Everything that is to run.
#[derive(Default)]
pub(crate) struct Plan {
    pub nodes: Vec<Planned>,
    pub by_id: HashMap<EcoString, usize>,
    pub flows: HashMap<EcoString, Flow>,
    /// What is wrong: document id, path in the node, text.
    pub problems: Vec<(EcoString, String, Text)>,
}

impl Plan {
    /// Plans a document, or the tabs of it within `reach`. `credentials` are hashed into the fingerprints, by
    /// document id.
    pub(crate) fn of(
        document: &Document,
        registry: &Registry,
        credentials: &Credentials,
        env: &Env,
        reach: &Reach,
    ) -> Self {
        let mut planner = Planner::new(document, registry, credentials, env, reach);
        planner.plan_tabs();
        let mut plan = planner.plan;
        plan.index();
        plan.add_fingerprints(registry, credentials);
        plan
    }

    /// The planned node of this running id.
    pub(crate) fn get(&self, id: &str) -> Option<&Planned> {
        self.by_id.get(id).map(|at| &self.nodes[*at])
    }

    fn index(&mut self) {
        for (at, node) in self.nodes.iter().enumerate() {
            self.by_id.entry(node.info.id.clone()).or_insert(at);
        }
    }

    /// A node's own properties and, through them, those of the config nodes that it uses.
    fn add_fingerprints(&mut self, registry: &Registry, credentials: &Credentials) {
        let own = self.nodes.iter().map(|node| node.own_fingerprint(registry, credentials));
        let own: Vec<u64> = own.collect();
        let uses: Vec<Vec<usize>> = self.nodes.iter().map(|node| self.configs_used_by(node)).collect();
        let mut with_configs = own.clone();
        for (at, fingerprint) in with_configs.iter_mut().enumerate().filter(|(at, _)| !uses[*at].is_empty()) {
            let mut seen: HashSet<usize> = [at].into_iter().collect();
            let mut open = uses[at].clone();
            while let Some(config) = open.pop() {
                if seen.insert(config) {
                    *fingerprint = fingerprint.rotate_left(7) ^ own[config];
                    open.extend(&uses[config]);
                }
            }
        }
        for (node, fingerprint) in self.nodes.iter_mut().zip(with_configs) {
            node.fingerprint = fingerprint;
        }
    }

    /// Positions of the config nodes whose ids stand in a node's properties.
    pub(crate) fn configs_used_by(&self, node: &Planned) -> Vec<usize> {
        let mut used = Vec::new();
        for text in node.properties.texts() {
            if let Some(at) = self.by_id.get(&text)
                && self.nodes[*at].role == Task::Is(Role::Config)
                && !used.contains(at)
            {
                used.push(*at);
            }
        }
        used
    }
}

impl Planned {
    /// Whether messages start here: it has no input.
    pub(crate) fn is_source(&self, registry: &Registry) -> bool {
        let factory = registry.get(&self.info.type_name);
        self.role == Task::Is(Role::Node) && factory.is_some_and(|factory| factory.descriptor().inputs == 0)
    }

    /// How many output ports its type gives it; none where that is not known.
    pub(crate) fn outputs(&self, registry: &Registry) -> usize {
        let factory = registry.get(&self.info.type_name).filter(|_| matches!(self.role, Task::Is(_)));
        let Some(factory) = factory else { return 0 };
        let outputs = &factory.descriptor().outputs;
        let fields = match outputs {
            Outputs::Fixed(_) => Object::new(),
            Outputs::Property { property, .. } => {
                let value = self.properties.get(property).map(Json::from);
                value.map(|value| (property.as_str(), value)).into_iter().collect()
            }
        };
        usize::from(outputs.count(&fields)).min(MOST_OUTPUTS)
    }

    fn own_fingerprint(&self, registry: &Registry, credentials: &Credentials) -> u64 {
        let mut hasher = DefaultHasher::new();
        registry.get(&self.info.type_name).map_or(0, |factory| factory.version()).hash(&mut hasher);
        self.info.type_name.hash(&mut hasher);
        self.info.path.hash(&mut hasher);
        self.acknowledges_late.hash(&mut hasher);
        self.properties.hash_into(&mut hasher);
        self.env.hash_into(&mut hasher);
        if let Some(own) = credentials.get(self.document_id.as_str()) {
            own.iter().collect::<BTreeMap<_, _>>().hash(&mut hasher);
        }
        hasher.finish()
    }
}
