//! JavaScript for function nodes: QuickJS with Node-RED's function API.
//!
//! A [`ScriptNode`] is a function node around one [`sandbox::Sandbox`]: a QuickJS runtime of its own, with
//! limits on memory and time. A message crosses lazily: JavaScript gets an object that converts a property
//! when it is touched, and what was not touched comes back as the same shared value.

mod check;
mod convert;
mod errors;
pub mod german;
mod host;
mod lazy;
mod modules;
mod node;
mod sandbox;
mod unchecked;

pub use check::{SyntaxProblem, check_syntax};
pub use host::Surroundings;
pub use modules::{BUILT_IN, Packages};
pub use node::{Script, ScriptNode};
pub use sandbox::{Code, Library, Limits};

/// The crate's texts.
pub const TEXTS: model::text::Catalogue = &[
    ("function.label", "function"),
    ("function.syntax", "SyntaxError: {reason} (line {line}, col {column})"),
    ("function.not-a-number", "{value} is no number that fits here; give one that is not negative"),
    ("function.library-variable", "{variable} cannot be the name of a variable; use letters, digits and _"),
    (
        "function.library-missing",
        "the module {module} is not here; install it with npm in the folder that has the flows (plain JavaScript is understood), or do without it",
    ),
    ("function.error.externalModuleNotAllowed", "this server lets code use no modules (`function-modules`)"),
    (
        "function.error.moduleNameError",
        "{name} has a meaning in code already; give the module another variable",
    ),
    ("function.error.non-message-returned", "Function tried to send a message of type {type}"),
    ("function.error.time-limit", "Script execution timed out after {milliseconds}ms"),
    (
        "function.error.setup-failed",
        "the setup code failed, so the message was not handled; mend the code in the node's setup tab",
    ),
    ("function.error.no-sandbox", "no JavaScript runtime could be made: {reason}"),
    (
        "function.error.too-many-pending",
        "more than {limit} messages wait for their promises; if there are more still, the flow waits. Does each of them end?",
    ),
    (
        "function.error.too-many-undone",
        "the code did not call node.done() for {limit} messages, so the oldest are let go; call it on every way through the code",
    ),
    (
        "function.error.too-many-links",
        "more than {limit} link calls wait for an answer; wait for some before you make more",
    ),
    ("function.error.linkcallTargetInvalid", "node.linkcall needs the id or name of a link in node first"),
    ("function.error.linkcallMsgInvalid", "node.linkcall needs a message second"),
    ("function.error.dropped", "a message was dropped: too many messages are under way"),
];
