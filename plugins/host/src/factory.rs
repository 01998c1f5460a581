//! A plugin as a node type.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, NodeFactory};
use model::descriptor::NodeDescriptor;
use model::text::Text;
use serde_json::Value as Json;

use crate::access::Access;
use crate::bindings::Settings;
use crate::capability::{Capabilities, Capability};
use crate::inline::InlineNode;
use crate::life::{Life, Recipe};
use crate::manifest::MOST_WORKERS;
use crate::plugin::Plugin;
use crate::state::{NodeSide, Shared};
use crate::task::PluginTask;

/// Makes nodes of a plugin.
pub(crate) struct Factory {
    plugin: Plugin,
    access: Arc<Access>,
    /// What is wrong with the grants.
    problems: Vec<(String, Text)>,
    version: u64,
}

impl Factory {
    pub(crate) fn new(plugin: Plugin, grants: Capabilities) -> Self {
        let (access, mut problems) = Access::of(&grants);
        let missing = plugin.requests().missing_in(&grants);
        if !missing.is_empty() {
            let names: Vec<&str> = missing.into_iter().map(Capability::name).collect();
            let text = Text::key("plugin.not-granted").with("plugin", &plugin.descriptor().type_name);
            problems.insert(0, (String::new(), text.with("capabilities", names.join(", "))));
        }
        let mut hasher = DefaultHasher::new();
        plugin.sha256().hash(&mut hasher);
        serde_json::to_string(&grants).unwrap_or_default().hash(&mut hasher);
        // Never 0, which built-in types have.
        let version = hasher.finish() | 1;
        Self { plugin, access: Arc::new(access), problems, version }
    }

    fn shared(&self, context: &BuildContext<'_>) -> Arc<Shared> {
        let loaded = &self.plugin.0;
        Arc::new(Shared {
            plugin: loaded.manifest.descriptor.type_name.as_str().into(),
            limits: loaded.limits.clone(),
            access: self.access.clone(),
            services: loaded.services.clone(),
            node: Some(NodeSide {
                info: Arc::new(context.info.clone()),
                contexts: context.contexts.clone(),
                registry: context.registry.clone(),
            }),
            written: std::sync::Mutex::default(),
            distrust: Default::default(),
        })
    }

    /// How many workers, and by which property messages are shared out.
    fn workers(&self, context: &BuildContext<'_>) -> Result<(usize, PropertyPath), BuildError> {
        let wanted = match context.properties.get("workers").filter(|_| self.plugin.0.manifest.parallel) {
            Some(Json::Number(number)) => number.as_u64(),
            Some(Json::String(text)) if !text.trim().is_empty() => text.trim().parse().ok(),
            _ => Some(1),
        };
        let workers = wanted.filter(|count| (1..=MOST_WORKERS).contains(count)).ok_or_else(|| {
            BuildError::at("workers", Text::key("plugin.workers").with("limit", MOST_WORKERS))
        })?;
        let key = context.properties.get("workersKey");
        let key = key.as_ref().and_then(Json::as_str).unwrap_or_default();
        let key = PropertyPath::parse_message(if key.is_empty() { "topic" } else { key })
            .map_err(|text| BuildError::at("workersKey", text))?;
        Ok((workers as usize, key))
    }
}

impl NodeFactory for Factory {
    fn descriptor(&self) -> &NodeDescriptor {
        self.plugin.descriptor()
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        if !self.problems.is_empty() {
            return Err(BuildError { problems: self.problems.clone() });
        }
        let (workers, key) = self.workers(context)?;
        let credentials = context.credentials.iter();
        let settings = Settings {
            properties: serde_json::to_string(&context.properties.all()).unwrap_or_default(),
            credentials: credentials.map(|(name, value)| (name.clone(), value.clone())).collect(),
        };
        let recipe = Arc::new(Recipe { plugin: self.plugin.clone(), shared: self.shared(context), settings });
        // The first instance checks the settings; it is the one that runs.
        let life = Life::begin(recipe)?;
        if workers == 1 && !self.plugin.0.ready.waits {
            return Built::function(InlineNode::new(life));
        }
        Built::task(PluginTask::new(life, workers, key))
    }
}
