//! `action out`: answers the call that an action in node took.

use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value, js};
use model::descriptor::{NodeDescriptor, Outputs};
use model::text::Catalogue;
use schemars::JsonSchema;
use serde::Deserialize;

use super::action::{ACTION, Answer, REPLY, Reply};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "action out", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("action-out.label", "action out"),
    (
        "action-out.no-call",
        "the message has no open call in msg.action; it must come from an action in node, and msg.action be kept",
    ),
    (
        "action-out.twice",
        "the call is answered already; send only one message to action out nodes for each call",
    ),
    ("action-out.status", "{status} is not a status of an answer: a whole number from 200 to 599 is needed"),
];

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
struct Config {}

const HELP: &str = "\
Answers the call that an **action in** node took.

**Takes**
- `msg.payload`: the answer, sent as JSON; a buffer as Node.js writes one (`type` and `data`).
- `msg.statusCode`: the HTTP status, 200 by default.
- `msg.action`: the open call, as the action in node sent it.

A second answer to the same call is an error that a catch node can take.";

fn describe() -> NodeDescriptor {
    let face =
        Face { type_name: NODE.name, category: "network", colour: "#9fc5a8", icon: "reply", help: HELP };
    NodeDescriptor { outputs: Outputs::Fixed(0), ..face.node::<Config>() }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let _: Config = context.config()?;
    Built::function(ActionOut)
}

struct ActionOut;

impl FunctionNode for ActionOut {
    fn on_message(&mut self, message: &mut Message, _out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let reply =
            message.get(ACTION).and_then(|action| action.get(REPLY)).and_then(Value::as_handle::<Reply>);
        let reply = reply.ok_or_else(|| NodeError::key("action-out.no-call"))?;
        let status = status(message.get("statusCode"))?;
        let payload = match message.payload() {
            // JSON has no word for it.
            Value::Undefined => Value::Null,
            payload => payload.clone(),
        };
        match reply.answer(Answer { status, payload }) {
            true => Ok(Progress::Done),
            false => Err(NodeError::key("action-out.twice")),
        }
    }
}

fn status(value: Option<&Value>) -> Result<u16, NodeError> {
    let Some(value) = value.filter(|value| !value.is_nullish()) else { return Ok(200) };
    let number = js::to_number(value);
    match number.fract() == 0.0 && (200.0..600.0).contains(&number) {
        true => Ok(number as u16),
        false => Err(NodeError::key("action-out.status").with("status", js::to_text(value))),
    }
}
