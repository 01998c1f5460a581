//! The node type `helper` of the specs.

use std::sync::Arc;

use ecow::EcoString;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, NodeFactory, Out, Progress};
use engine::{Message, NodeError};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;
use serde_json::json;

use super::codec;
use super::probe::Probe;

/// The node type `helper`: tells what it gets.
pub(super) struct Helpers {
    pub probe: Arc<Probe>,
    pub descriptor: NodeDescriptor,
}

impl NodeFactory for Helpers {
    fn descriptor(&self) -> &NodeDescriptor {
        &self.descriptor
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        Built::function(Helper { id: context.info.id.clone(), probe: self.probe.clone() })
    }
}

struct Helper {
    id: EcoString,
    probe: Arc<Probe>,
}

/// Tells at once, in its cell: what arrives at two helpers is told in that order.
impl FunctionNode for Helper {
    fn start(&mut self, out: &mut Out<'_>) {
        self.probe.add_helper(self.id.clone(), out.node().task_out());
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let mut event = json!({ "ev": "input", "node": self.id.as_str() });
        event["msg"] = codec::encode_object(message.properties());
        if !self.probe.is_claimed(&self.id) {
            self.probe.event(event);
            return Ok(Progress::Done);
        }
        event["inv"] = self.probe.begin_invocation(out.node().task_out(), message.take()).into();
        self.probe.event(event);
        Ok(Progress::Pending)
    }
}

/// How a helper shows itself, where anybody asks.
pub(super) fn helper_descriptor() -> NodeDescriptor {
    NodeDescriptor {
        type_name: "helper".into(),
        role: Role::Node,
        category: "test".into(),
        colour: "#cccccc".into(),
        icon: "circle".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::literal("helper") },
        button: false,
        schema: json!({ "type": "object" }),
        credentials: vec![],
        help: String::new(),
    }
}
