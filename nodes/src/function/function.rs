//! `function`: runs JavaScript for each message.

use std::time::Duration;

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;
use schemars::JsonSchema;
use script::{BUILT_IN, Code, Packages, Script, ScriptNode, check_syntax};
use serde::Deserialize;
use serde_json::Value as Json;

pub use script::Limits;

use crate::config::Problems;
use crate::storage::DataFolder;

/// The node type.
pub const NODE: NodeType = NodeType { name: "function", describe, build, texts: script::TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # On message
    /// The body of a function of `msg`. What it returns is sent on.
    #[schemars(extend("x-widget" = "code", "x-language" = "javascript", "x-library" = {
        "type": "functions", "extension": "js",
        "fields": ["name", "outputs", "timeout", "initialize", "finalize"]
    }))]
    func: String,
    /// # Outputs
    /// How many outputs the node has; return an array with a message for each.
    #[schemars(with = "u16", range(min = 0, max = 100))]
    outputs: Json,
    /// # Time limit
    /// Seconds after which code that does not give control back is stopped; 0 for the server's limit of 10 s.
    #[schemars(with = "f64", range(min = 0), extend("x-section" = "Start, stop and limits"))]
    timeout: Json,
    /// # On start
    /// Code that runs once when the node starts; messages wait until it is done.
    #[schemars(extend("x-widget" = "code", "x-language" = "javascript", "x-section" = "Start, stop and limits"))]
    initialize: String,
    /// # On stop
    /// Code that runs when the node stops.
    #[schemars(extend("x-widget" = "code", "x-language" = "javascript", "x-section" = "Start, stop and limits"))]
    finalize: String,
    /// # Modules
    /// Modules that the code asks for, each with the name of its variable: some of Node.js's own, and packages of plain
    /// JavaScript that were installed with npm in the data folder.
    #[schemars(extend("x-widget" = "rows", "x-section" = "Start, stop and limits"))]
    libs: Vec<Library>,
}

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
#[schemars(extend("default" = {"var": "", "module": ""}))]
struct Library {
    /// # Variable
    var: String,
    /// # Module
    module: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            func: "\nreturn msg;".into(),
            outputs: 1.into(),
            timeout: 0.into(),
            initialize: String::new(),
            finalize: String::new(),
            libs: Vec::new(),
        }
    }
}

/// What code has by these names, so no module can.
const TAKEN: [&str; 25] = [
    "node",
    "msg",
    "console",
    "util",
    "promisify",
    "Buffer",
    "URL",
    "URLSearchParams",
    "Date",
    "RED",
    "context",
    "flow",
    "global",
    "env",
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "setImmediate",
    "clearImmediate",
    "globalThis",
    "undefined",
    "arguments",
    "TextEncoder",
    "TextDecoder",
];

/// Whether code may use modules: a service of the server's; without it code may.
#[derive(Clone, Copy, Debug)]
pub struct ModulesAllowed(pub bool);

const HELP: &str = "\
Runs JavaScript for each message. The code is the body of a function of `msg`; it may `await`.

**Return** a message to send it on, nothing to stop here, or an array with one entry for each output: a message, \
an array of messages to send one after another, or `null`. `node.send(...)` takes the same forms at any time.

**At hand**
- `node`: `id`, `name`, `path`, `outputCount`, `send`, `done`, `error(text, msg)`, `warn`, `log`, `debug`, `trace`, \
`status({fill, shape, text})`, `on('close', ...)`, `linkcall(target, msg, {timeout})`, which calls a link in node \
and resolves to its answer
- `context`, `flow`, `global`: `get(key)`, `set(key, value)`, `keys()`, with the name of a store as the last argument
- modules chosen below: `assert`, `buffer`, `crypto` (hashes and random values), `events`, `os`, `path`, `querystring`, \
`timers`, `url`, `util`, and packages
- `env.get(name)`, `RED.util`, `Buffer`, `URL`, `util`, `console`, `setTimeout` and its kin

What is thrown, and `node.error(text, msg)`, goes to catch nodes. Code that runs for more than 10 s at once, or asks for \
more than 64 MiB, is stopped with an error; nobody else notices.

**Example**
```
msg.payload = msg.payload * 1.8 + 32;
return msg.payload > 90 ? [msg, null] : [null, msg];
```";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "function".into(),
        colour: "#fdd0a2".into(),
        icon: "square-function".into(),
        inputs: 1,
        outputs: Outputs::Property { property: "outputs".into(), default: 1 },
        label: Label { properties: vec!["name".into()], fallback: Text::key("function.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    for (path, code) in
        [("func", &config.func), ("initialize", &config.initialize), ("finalize", &config.finalize)]
    {
        if let Err(problem) = check_syntax(code) {
            let text = Text::key("function.syntax")
                .with("reason", problem.reason)
                .with("line", problem.line)
                .with("column", problem.column);
            problems.add(path, text);
        }
    }
    let packages =
        context.services.get::<DataFolder>().map(|folder| Packages::new(folder.0.join("node_modules")));
    let is_allowed = context.services.get::<ModulesAllowed>().is_none_or(|allowed| allowed.0);
    let libraries = libraries(&config.libs, packages.as_ref(), is_allowed, &mut problems);
    let mut natural = |path: &str, value: &Json, default: f64| match number(value) {
        Some(number) if (0.0..=1e6).contains(&number) => number,
        _ if value.is_null() || value.as_str() == Some("") => default,
        _ => {
            problems.add(path, Text::key("function.not-a-number").with("value", value));
            default
        }
    };
    let output_count = natural("outputs", &config.outputs, 1.0) as usize;
    let seconds = natural("timeout", &config.timeout, 0.0);
    problems.finish()?;
    let mut limits = context.services.get::<Limits>().map_or_else(Limits::from_environment, |limits| *limits);
    if seconds > 0.0 {
        limits.time = Duration::from_secs_f64(seconds);
    }
    let code = Code {
        main: config.func,
        initialize: config.initialize,
        finalize: config.finalize,
        libraries,
        packages,
        output_count,
    };
    Built::function(ScriptNode::new(Script { code, limits }))
}

/// The modules asked for; what is wrong with them is noted.
fn libraries(
    asked: &[Library],
    packages: Option<&Packages>,
    is_allowed: bool,
    problems: &mut Problems,
) -> Vec<script::Library> {
    let mut found = Vec::new();
    for (at, Library { var, module }) in asked.iter().enumerate() {
        let name = module.strip_prefix("node:").unwrap_or(module);
        let is_there = || BUILT_IN.contains(&name) || packages.is_some_and(|it| it.find(name, "").is_some());
        let (field, text) = if !is_allowed {
            ("module", Text::key("function.error.externalModuleNotAllowed"))
        } else if TAKEN.contains(&var.as_str()) {
            ("var", Text::key("function.error.moduleNameError").with("name", var))
        } else if !is_identifier(var) {
            ("var", Text::key("function.library-variable").with("variable", var))
        } else if !is_there() {
            ("module", Text::key("function.library-missing").with("module", module))
        } else {
            found.push(script::Library { variable: var.clone(), module: name.to_owned() });
            continue;
        };
        problems.add(format!("libs[{at}].{field}"), text);
    }
    found
}

/// A number, or a text that is one.
fn number(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn is_identifier(name: &str) -> bool {
    let is_start = |first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '$');
    name.starts_with(is_start) && name.chars().all(|char| is_start(char) || char.is_ascii_digit())
}

#[cfg(test)]
mod tests;
