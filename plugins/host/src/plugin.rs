//! A plugin: a component that was loaded and said what it is.

use std::sync::Arc;

use engine::node::NodeFactory;
use model::descriptor::NodeDescriptor;
use serde::{Deserialize, Serialize};

use crate::capability::Capabilities;

/// What a plugin says of itself beside its node type, for lists of plugins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// One sentence.
    pub description: String,
    /// Who made it.
    pub author: String,
    /// SPDX.
    pub licence: String,
    /// An address.
    pub homepage: String,
}

/// A plugin that was loaded. Cheap to clone.
#[derive(Clone)]
pub struct Plugin(Arc<Loaded>);

struct Loaded {
    sha256: String,
    version: String,
    about: About,
    descriptor: NodeDescriptor,
    requests: Capabilities,
}

impl Plugin {
    /// The hash of its bytes, in hex.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// Its node type, as it described it. [`NodeDescriptor::type_name`] names the plugin too.
    pub fn descriptor(&self) -> &NodeDescriptor {
        &self.0.descriptor
    }

    /// Its own version, such as `1.2.0`.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// What it says of itself.
    pub fn about(&self) -> &About {
        &self.0.about
    }

    /// What it asks for: the capabilities that it imports, with the hosts and topics that it named.
    pub fn requests(&self) -> &Capabilities {
        &self.0.requests
    }

    /// The node type, for the registry. Nodes of it cannot be built, and say why, while a capability that the plugin asks for
    /// is not granted. Another plugin of the same type, or other grants, make another version of the factory: the next
    /// deploy builds the nodes anew.
    pub fn factory(&self, _grants: Capabilities) -> Arc<dyn NodeFactory> {
        crate::plugin::pending::factory(self.0.descriptor.clone())
    }
}

/// Stands in for the nodes until they can be built.
mod pending {
    use std::sync::Arc;

    use engine::node::{BuildContext, BuildError, Built, NodeFactory};
    use model::descriptor::NodeDescriptor;
    use model::text::Text;

    struct Pending(NodeDescriptor);

    impl NodeFactory for Pending {
        fn descriptor(&self) -> &NodeDescriptor {
            &self.0
        }

        fn build(&self, _context: &BuildContext<'_>) -> Result<Built, BuildError> {
            let text = Text::key("plugin.engine").with("reason", "this build cannot run plugins yet");
            Err(BuildError::at("", text))
        }
    }

    pub(super) fn factory(descriptor: NodeDescriptor) -> Arc<dyn NodeFactory> {
        Arc::new(Pending(descriptor))
    }
}
