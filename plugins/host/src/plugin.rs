//! A plugin: a component that was loaded and said what it is.

use std::sync::Arc;

use engine::node::NodeFactory;
use model::api::About;
use model::descriptor::NodeDescriptor;
use wasmtime::component::Component;

use crate::access::Access;
use crate::capability::{Capabilities, Capability};
use crate::check;
use crate::error::LoadError;
use crate::factory::Factory;
use crate::host::{Limits, Machine, reasons};
use crate::instance::{Instance, Ready};
use crate::manifest::Manifest;
use crate::services::Services;
use crate::state::{Phase, Shared};

/// A plugin that was loaded. Cheap to clone.
#[derive(Clone)]
pub struct Plugin(pub(crate) Arc<Loaded>);

pub(crate) struct Loaded {
    pub(crate) sha256: String,
    pub(crate) manifest: Manifest,
    pub(crate) ready: Ready,
    pub(crate) limits: Limits,
    pub(crate) services: Services,
}

impl Plugin {
    /// Links a component and asks it what it is.
    pub(crate) fn of(
        machine: &Machine,
        component: &Component,
        sha256: String,
        limits: Limits,
        services: Services,
    ) -> Result<Self, LoadError> {
        let imported = check::contract(&machine.engine, component)?;
        let pre = machine
            .linker
            .instantiate_pre(component)
            .map_err(|error| LoadError::key("plugin.bad-interface").with("reason", reasons(&error)))?;
        let waits =
            imported.iter().any(|capability| matches!(capability, Capability::Http | Capability::Mqtt));
        let ready = Ready::new(pre, machine.ticker.clone(), waits)?;
        let manifest = Manifest::read(&describe(&ready, &limits)?, &imported)?;
        Ok(Self(Arc::new(Loaded { sha256, manifest, ready, limits, services })))
    }

    /// The hash of its bytes, in hex.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// Its node type, as it described it. [`NodeDescriptor::type_name`] names the plugin too.
    pub fn descriptor(&self) -> &NodeDescriptor {
        &self.0.manifest.descriptor
    }

    /// Its own version, such as `1.2.0`.
    pub fn version(&self) -> &str {
        &self.0.manifest.version
    }

    /// What it says of itself.
    pub fn about(&self) -> &About {
        &self.0.manifest.about
    }

    /// What it asks for: the capabilities that it imports, with the hosts and topics that it named.
    pub fn requests(&self) -> &Capabilities {
        &self.0.manifest.requests
    }

    /// The node type, for the registry. Nodes of it cannot be built, and say why, while a capability that the plugin asks for
    /// is not granted. Another plugin of the same type, or other grants, make another version of the factory: the next
    /// deploy builds the nodes anew.
    pub fn factory(&self, grants: Capabilities) -> Arc<dyn NodeFactory> {
        Arc::new(Factory::new(self.clone(), grants))
    }
}

/// Asks a component what it is. It is granted nothing for that.
fn describe(ready: &Ready, limits: &Limits) -> Result<String, LoadError> {
    let shared = Shared {
        plugin: "".into(),
        limits: limits.clone(),
        access: Arc::new(Access::default()),
        services: Services::default(),
        node: None,
        written: std::sync::Mutex::default(),
        distrust: Default::default(),
    };
    let said =
        Instance::new(ready, Arc::new(shared), Phase::Describe).and_then(|mut instance| instance.describe());
    said.map_err(|fault| LoadError::key("plugin.describe-failed").with("reason", fault))
}
