//! `action in`: starts a flow for each call of an action.

use std::sync::Arc;
use std::time::Duration;

use engine::NodeError;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskNode};
use engine::observe::Level;
use engine::registry::NodeType;
use model::descriptor::{Label, NodeDescriptor};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::action::{Actions, Offer};
use crate::config::{Problems, number_or_text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "action in", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("action-in.label", "action in"),
    ("action-in.no-server", "there is no server here to take calls from"),
    (
        "action-in.name",
        "give the action a name of letters, digits, dots, dashes and underscores, such as decode",
    ),
    ("action-in.timeout", "the timeout must be more than 0 and at most {most} seconds"),
    ("action-in.limit", "the number of calls at once must be a whole number from 1 to {most}"),
    (
        "action-in.shadowed",
        "another action in node offers the action {name} already, so this one is never called; rename one of them",
    ),
];

/// The longest that a caller is kept waiting, in seconds.
const LONGEST_WAIT: f64 = 3600.0;
/// The most calls at once that can be allowed: what a cell has credits for.
const MOST_CALLS: f64 = 1024.0;

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Action
    /// What it is called: `decode` is called with `POST /actions/decode`.
    #[schemars(extend("pattern" = "^[A-Za-z0-9._-]+$"))]
    action: String,
    /// # Timeout
    /// How long a caller waits for the answer, in seconds.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = LONGEST_WAIT))]
    timeout: Option<f64>,
    /// # Calls at once
    /// More than these are answered with 503.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 1, "maximum" = MOST_CALLS))]
    limit: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self { action: String::new(), timeout: Some(30.0), limit: Some(16.0) }
    }
}

const HELP: &str = "\
Offers an action that programs call with `POST /actions/<name>`, JSON in and JSON out. Answer with an **action out** \
node that gets the same message.

**Sends**
- `msg.payload`: the body of the call.
- `msg.action`: `name`, `caller` (the user, where there are users) and `reply`, the open call; keep it in the message.

Who calls needs the permission `actions.write`. An error that no catch node takes is the answer, with the node that \
failed. While the flow is busy a call waits up to 5 s; then, or with too many calls at once, it is answered with 503 and \
`Retry-After`. A caller who waited longer than the timeout gets 504; what the flow does goes on.

**Example**: action `double`, a change node that sets `payload` to the JSONata `payload.value * 2`, an action out node.
`curl -d '{\"value\": 4}' -H 'Content-Type: application/json' http://127.0.0.1:1880/actions/double` answers `8`.";

fn describe() -> NodeDescriptor {
    let descriptor = Face {
        type_name: NODE.name,
        category: "network",
        colour: "#9fc5a8",
        icon: "square-function",
        help: HELP,
    }
    .node::<Config>();
    let label = Label { properties: vec!["name".into(), "action".into()], ..descriptor.label };
    NodeDescriptor { inputs: 0, label, ..descriptor }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let actions = context.services.get::<Actions>();
    let actions = problems.check("", actions.ok_or_else(|| Text::key("action-in.no-server")));
    let name = problems.check("action", name(&config.action));
    let most = Text::key("action-in.timeout").with("most", LONGEST_WAIT);
    let wait = config.timeout.filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST_WAIT);
    let wait = problems.check("timeout", wait.ok_or(most));
    let most = Text::key("action-in.limit").with("most", MOST_CALLS);
    let limit = config.limit.filter(|limit| limit.fract() == 0.0 && (1.0..=MOST_CALLS).contains(limit));
    let limit = problems.check("limit", limit.ok_or(most));
    let checked = (|| Some((actions?, name?, wait?, limit?)))();
    let (actions, name, wait, limit) = problems.settle(checked)?;
    Built::task(ActionIn { actions, name, answer_wait: Duration::from_secs_f64(wait), limit: limit as usize })
}

fn name(name: &str) -> Result<String, Text> {
    let name = name.trim();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    // A browser takes dots alone out of an address.
    let is_name = !name.is_empty() && name.bytes().all(is_plain) && !name.bytes().all(|byte| byte == b'.');
    is_name.then(|| name.to_owned()).ok_or_else(|| Text::key("action-in.name"))
}

struct ActionIn {
    actions: Arc<Actions>,
    name: String,
    answer_wait: Duration,
    limit: usize,
}

impl TaskNode for ActionIn {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        let registration = self.actions.offer(Offer {
            name: self.name.clone(),
            answer_wait: self.answer_wait,
            room: Arc::new(Semaphore::new(self.limit)),
            out: context.out.clone(),
        });
        if registration.is_shadowed {
            context.out.log(Level::Warn, Text::key("action-in.shadowed").with("name", &self.name));
        }
        Box::pin(async move {
            context.without_input().await;
            drop(registration);
            Ok(())
        })
    }
}
