//! Nodes that the specs look at: what arrives at them is told.

use std::any::Any;
use std::sync::Arc;

use ecow::EcoString;
use engine::node::{
    BuildContext, BuildError, Built, Command, FunctionNode, Handover, NodeFactory, Out, Progress,
};
use engine::{Message, NodeError};
use model::descriptor::{NodeDescriptor, Role};
use serde_json::json;

use super::codec;
use super::probe::Probe;

/// A node type whose nodes tell what arrives at them, when they are tapped.
pub(super) struct Tapped {
    pub inner: Arc<dyn NodeFactory>,
    pub probe: Arc<Probe>,
}

impl NodeFactory for Tapped {
    fn descriptor(&self) -> &NodeDescriptor {
        self.inner.descriptor()
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        let tap = |node| Box::new(Tap { id: context.info.id.clone(), node, probe: self.probe.clone() });
        Ok(match self.inner.build(context)? {
            Built::Function(node) => Built::Function(tap(node)),
            // Nothing of its own runs in these: something has to, to be seen through.
            Built::Structure if matches!(self.descriptor().role, Role::LinkIn | Role::Catch) => {
                Built::Function(tap(Box::new(Pass)))
            }
            Built::Config(node) => {
                self.probe.keep_config(context.info.id.clone(), node.clone());
                Built::Config(node)
            }
            other => other,
        })
    }
}

struct Tap {
    id: EcoString,
    node: Box<dyn FunctionNode>,
    probe: Arc<Probe>,
}

/// Passes on what it gets.
struct Pass;

impl FunctionNode for Pass {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

impl FunctionNode for Tap {
    fn start(&mut self, out: &mut Out<'_>) {
        self.node.start(out);
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if self.probe.is_tapped(&self.id) {
            let message = codec::encode_object(message.properties());
            self.probe.event(json!({ "ev": "input", "node": self.id.as_str(), "msg": message }));
        }
        self.node.on_message(message, out)
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        self.node.on_timer(token, out)
    }

    fn on_command(&mut self, command: Command, out: &mut Out<'_>) -> Result<(), NodeError> {
        self.node.on_command(command, out)
    }

    fn calls_links(&self) -> bool {
        self.node.calls_links()
    }

    fn on_answer(&mut self, call: EcoString, answer: Message, out: &mut Out<'_>) -> Result<(), NodeError> {
        self.node.on_answer(call, answer, out)
    }

    fn kept(&self) -> usize {
        self.node.kept()
    }

    fn stop(&mut self, out: &mut Out<'_>) {
        self.node.stop(out);
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        self.node.park()
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        self.node.resume(parked, out);
    }
}
