//! The far end of a flow under test.

use std::sync::Arc;

use ecow::EcoString;
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;

use crate::node::{BuildContext, BuildError, Built, FunctionNode, NodeFactory, Out, Progress};
use crate::{Message, NodeError};

/// A node type whose nodes hand all that they get to `take`, with their id. A message given back as
/// [`Progress::Done`] is finished; one that is kept holds its delivery open until it is dropped.
pub fn recorder(
    type_name: &str,
    take: impl Fn(&EcoString, Message) -> Progress + Send + Sync + 'static,
) -> Arc<dyn NodeFactory> {
    Arc::new(Recorders { descriptor: descriptor(type_name), take: Arc::new(take) })
}

type Take = dyn Fn(&EcoString, Message) -> Progress + Send + Sync;

struct Recorders {
    descriptor: NodeDescriptor,
    take: Arc<Take>,
}

impl NodeFactory for Recorders {
    fn descriptor(&self) -> &NodeDescriptor {
        &self.descriptor
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        Built::function(Recorder { id: context.info.id.clone(), take: self.take.clone() })
    }
}

struct Recorder {
    id: EcoString,
    take: Arc<Take>,
}

impl FunctionNode for Recorder {
    fn on_message(&mut self, message: &mut Message, _out: &mut Out<'_>) -> Result<Progress, NodeError> {
        Ok((self.take)(&self.id, message.take()))
    }
}

fn descriptor(type_name: &str) -> NodeDescriptor {
    NodeDescriptor {
        type_name: type_name.into(),
        role: Role::Node,
        category: "test".into(),
        colour: "#cccccc".into(),
        icon: "circle".into(),
        inputs: 1,
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["name".into()], fallback: Text::literal(type_name) },
        button: false,
        schema: serde_json::json!({ "type": "object" }),
        credentials: vec![],
        help: String::new(),
    }
}
