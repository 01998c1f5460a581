//! Building nodes: pure, before anything stops.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use ecow::EcoString;
use model::text::Text;

use crate::cell::{Rebuild, panic_text};
use crate::context::Contexts;
use crate::node::{BuildContext, BuildError, Built, ConfigNode, NodeInfo, Services};
use crate::plan::Properties;
use crate::registry::Registry;

/// Everything that a node is built from, kept so that it can be built anew after a panic.
pub(super) struct Blueprint {
    pub info: Arc<NodeInfo>,
    pub properties: Properties,
    pub registry: Arc<Registry>,
    pub contexts: Arc<Contexts>,
    pub services: Arc<Services>,
    /// None where there is nothing, as of most nodes.
    pub lent: Option<Box<Lent>>,
}

/// What a node is built from and others have too.
#[derive(Default)]
pub(super) struct Lent {
    pub credentials: HashMap<String, String>,
    /// The config nodes that it names.
    pub configs: HashMap<EcoString, Arc<dyn ConfigNode>>,
}

impl Lent {
    /// In a box, if there is any.
    pub(super) fn boxed(self) -> Option<Box<Self>> {
        (!(self.credentials.is_empty() && self.configs.is_empty())).then(|| Box::new(self))
    }
}

impl Blueprint {
    /// Builds the node. A panic of its code is a problem like any other.
    pub(super) fn build(&self) -> Result<Built, BuildError> {
        let Some(factory) = self.registry.get(&self.info.type_name) else {
            let text = Text::key("engine.unknown-type").with("type", &self.info.type_name);
            return Err(BuildError::at("type", text));
        };
        static NOTHING: LazyLock<Lent> = LazyLock::new(Lent::default);
        let lent = self.lent.as_deref().unwrap_or(&NOTHING);
        let context = BuildContext {
            info: &self.info,
            properties: &self.properties,
            credentials: &lent.credentials,
            env: self.properties.env(),
            registry: &self.registry,
            contexts: &self.contexts,
            services: &self.services,
            configs: &lent.configs,
        };
        catch_unwind(AssertUnwindSafe(|| factory.build(&context))).unwrap_or_else(|panic| {
            let text = Text::key("engine.build-panic").with("reason", panic_text(panic.as_ref()));
            Err(BuildError::at("", text))
        })
    }
}

impl Rebuild for Blueprint {
    fn rebuild(&self) -> Option<Built> {
        self.build().ok()
    }
}
