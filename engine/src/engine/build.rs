//! Building nodes: pure, before anything stops.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ecow::EcoString;
use model::text::Text;

use crate::cell::panic_text;
use crate::context::Contexts;
use crate::env::Env;
use crate::node::{BuildContext, BuildError, Built, ConfigNode, NodeInfo, Services};
use crate::plan::Properties;
use crate::registry::Registry;

/// Everything that a node is built from, kept so that it can be built anew after a panic.
pub(super) struct Blueprint {
    pub info: Arc<NodeInfo>,
    pub properties: Properties,
    pub credentials: HashMap<String, String>,
    pub env: Env,
    pub registry: Arc<Registry>,
    pub contexts: Arc<Contexts>,
    pub services: Arc<Services>,
    /// The config nodes that it names.
    pub configs: HashMap<EcoString, Arc<dyn ConfigNode>>,
}

impl Blueprint {
    /// Builds the node. A panic of its code is a problem like any other.
    pub(super) fn build(&self) -> Result<Built, BuildError> {
        let Some(factory) = self.registry.get(&self.info.type_name) else {
            let text = Text::key("engine.unknown-type").with("type", &self.info.type_name);
            return Err(BuildError::at("type", text));
        };
        let properties = self.properties.all();
        let context = BuildContext {
            info: &self.info,
            properties: &properties,
            credentials: &self.credentials,
            env: &self.env,
            registry: &self.registry,
            contexts: &self.contexts,
            services: &self.services,
            configs: &self.configs,
        };
        catch_unwind(AssertUnwindSafe(|| factory.build(&context))).unwrap_or_else(|panic| {
            let text = Text::key("engine.build-panic").with("reason", panic_text(panic.as_ref()));
            Err(BuildError::at("", text))
        })
    }
}
