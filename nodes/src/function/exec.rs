//! `exec`: runs a command of the operating system.

use std::time::Duration;

use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{Label, NodeDescriptor, Outputs};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::config::{Problems, flag, milliseconds, number_or_text, text};
use crate::face::Face;

mod process;
mod run;
#[cfg(all(test, unix))]
mod tests;

/// The node type.
pub const NODE: NodeType = NodeType { name: "exec", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("exec.label", "exec"),
    ("exec.empty", "there is no command to run"),
    ("exec.timeout", "a number of seconds that is not negative is needed here"),
    (
        "exec.too-many",
        "{limit} commands run already, which is the limit; this one was not started. Send less, or set a timeout",
    ),
    ("exec.failed", "the command could not be run: {reason}"),
    ("exec.stopped", "the node was stopped, and the command with it"),
    ("exec.killed", "killed"),
    ("exec.pid", "pid:{pid}"),
    ("exec.rc", "rc:{code}"),
    ("exec.error", "error:{code}"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Command
    #[serde(deserialize_with = "text")]
    command: String,
    /// # Append the property
    /// Of the message, such as `payload`; empty for none. It is given to the shell as it is: take care what comes in it.
    #[serde(deserialize_with = "appended")]
    #[schemars(with = "String")]
    addpay: String,
    /// # Append
    /// More arguments, after that.
    #[serde(deserialize_with = "text")]
    append: String,
    /// # Output
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["false", "true"],
        "x-enum-titles" = ["When the command is complete", "While it is running (no shell)"]))]
    use_spawn: String,
    /// # Timeout
    /// In seconds; empty for none. What the command left running in the background is not waited for any longer, either.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0))]
    timer: Option<f64>,
    /// # Old form of the return code
    /// The number alone, and nothing when all went well.
    #[serde(deserialize_with = "flag")]
    oldrc: bool,
    /// # Hide its window
    /// On Windows.
    #[serde(deserialize_with = "flag")]
    win_hide: bool,
}

/// Older nodes had a check box for the payload.
fn appended<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Json::deserialize(from)? {
        Json::Bool(true) => Ok("payload".into()),
        Json::String(text) => Ok(text),
        Json::Bool(false) | Json::Null => Ok(String::new()),
        _ => Err(serde::de::Error::custom("the name of a property is needed here")),
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            command: String::new(),
            addpay: String::new(),
            append: String::new(),
            use_spawn: "false".into(),
            timer: None,
            oldrc: false,
            win_hide: false,
        }
    }
}

const HELP: &str = "\
Runs a command of the operating system, with the rights of Wireloom itself.

- *When the command is complete*: in a shell, so that pipes and `*` work; what it wrote is sent then, 10 MB at most.
- *While it is running*: without a shell; what it writes is sent at once. Arguments are split at spaces, but inside `\"`.

**Sends** out of the first output what the command wrote; out of the second, what it wrote as errors; out of the third, \
when it ended: `msg.payload.code`, and `message` or `signal`. Bytes that are no UTF-8 text are sent as a buffer.

**Takes** any message. With `msg.kill` it ends a command instead: the one whose number is in `msg.pid`, or the only one; \
`msg.kill` may name the signal, such as `SIGKILL`.

A command that is told to end, after its time or for too much output, is made to after 2 s. A command and all that it \
started end with the node. 100 may run at once; one more is an error that can be caught. A \
message whose command was ended by a deploy has failed: it is not acknowledged.

**Example**: `df -h /` once an hour, then a function node that reads the table.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        outputs: Outputs::Fixed(3),
        label: Label { properties: vec!["name".into(), "command".into()], fallback: Text::key("exec.label") },
        ..Face { type_name: NODE.name, category: "function", colour: "#e8a28c", icon: "terminal", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let seconds = config.timer.unwrap_or(0.0);
    if seconds.is_nan() || seconds < 0.0 {
        problems.add("timer", Text::key("exec.timeout"));
    }
    // Without the property it is a node from before there was a choice.
    let has_property = context.properties.contains_key("addpay");
    let property = if has_property { config.addpay.trim() } else { "payload" };
    let property = match property {
        "" => Some(None),
        property => problems.check("addpay", PropertyPath::parse_message(property)).map(Some),
    };
    let property = problems.settle(property)?;
    Built::task(run::Exec {
        command: config.command.trim().to_owned(),
        property,
        append: config.append.trim().to_owned(),
        streams: config.use_spawn == "true",
        timeout: (seconds > 0.0).then(|| milliseconds(seconds * 1000.0)),
        has_old_code: config.oldrc,
        hides_window: config.win_hide,
    })
}

/// A command that was told to end has so long before it is made to.
const GRACE: Duration = Duration::from_secs(2);
