//! What JavaScript threw, in its author's own line numbers.

use ecow::{EcoString, eco_format};
use engine::{NodeError, Value};
use rquickjs::{Ctx, Error, Value as JsValue};

use crate::convert::{from_js, text_of};
use crate::sandbox::Realm;

/// The file name under which a node's code is compiled.
pub(crate) const CODE: &str = "function";
/// Lines that stand before the author's first one: the head of the wrapping function.
const LINES_BEFORE: u32 = 1;
/// Errors that the engine itself raises; only these get their place appended to their text, so that what a
/// script throws on purpose reaches a catch node word by word.
const ENGINE_ERRORS: [&str; 5] =
    ["ReferenceError", "TypeError", "RangeError", "SyntaxError", "InternalError"];

/// An error of a script.
#[derive(Clone, Debug)]
pub struct ScriptError {
    /// As a catch node sees it, such as `ReferenceError: x is not defined (line 2, col 5)`.
    pub message: EcoString,
    /// Where it happened, one call a line.
    pub stack: Option<EcoString>,
    /// The error's `code` property.
    pub code: Option<EcoString>,
    /// The error's `cause`, or the thrown object if it was no error.
    pub cause: Option<Value>,
    /// Line and column in the author's code, from 1.
    pub position: Option<(u32, u32)>,
    /// The time limit that it ran into, in milliseconds.
    pub time_limit: Option<u64>,
}

impl ScriptError {
    /// An error without a place.
    pub(crate) fn plain(message: impl Into<EcoString>) -> Self {
        let message = message.into();
        Self { message, stack: None, code: None, cause: None, position: None, time_limit: None }
    }

    /// What a call of JavaScript failed with.
    pub(crate) fn caught<'js>(ctx: &Ctx<'js>, realm: &Realm<'js>, error: Error) -> Self {
        match error {
            Error::Exception => Self::thrown(ctx, realm, &ctx.catch()),
            other => Self::plain(eco_format!("{other}")),
        }
    }

    /// A thrown value.
    pub(crate) fn thrown<'js>(ctx: &Ctx<'js>, realm: &Realm<'js>, value: &JsValue<'js>) -> Self {
        if value.is_null() {
            // QuickJS throws null when there is no memory left for an error. Nobody else does, as good as.
            return Self::plain("InternalError: out of memory");
        }
        let Some(object) = value.as_object().filter(|_| value.is_error()) else {
            let message = match value.as_string() {
                Some(text) => text_of(realm, text).unwrap_or_default(),
                None => ctx
                    .json_stringify(value.clone())
                    .ok()
                    .flatten()
                    .and_then(|text| text_of(realm, &text).ok())
                    .unwrap_or_else(|| "undefined".into()),
            };
            let mut error = Self::plain(message);
            if value.is_object() {
                error.cause = from_js(ctx, realm, value).ok();
            }
            return error;
        };
        let text = |name: &str| -> Option<EcoString> {
            let value: JsValue<'js> = object.get(name).ok()?;
            text_of(realm, value.as_string()?).ok()
        };
        let name = text("name").unwrap_or_else(|| "Error".into());
        let words = text("message").unwrap_or_default();
        let (stack, position) = text("stack").map(|stack| rewrite(&stack)).unwrap_or_default();
        let mut message = match (name.is_empty(), words.is_empty()) {
            (true, _) => words,
            (_, true) => name.clone(),
            _ => eco_format!("{name}: {words}"),
        };
        if let Some((line, column)) = position
            && ENGINE_ERRORS.contains(&name.as_str())
        {
            message.push_str(&eco_format!(" (line {line}, col {column})"));
        }
        let stack = eco_format!("{message}\n{stack}");
        let cause =
            object.get::<_, JsValue<'js>>("cause").ok().and_then(|cause| from_js(ctx, realm, &cause).ok());
        // Looking at the error may itself have thrown.
        ctx.catch();
        Self {
            message,
            stack: Some(stack.trim_end().into()),
            code: text("code"),
            cause: cause.filter(|cause| !cause.is_nullish()),
            position,
            time_limit: None,
        }
    }

    /// What a script reported with `node.error`: its words, with what is known of the error behind them.
    pub(crate) fn reported<'js>(realm: &Realm<'js>, message: EcoString, value: &JsValue<'js>) -> Self {
        let mut error = Self::plain(message);
        if let Some(object) = value.as_object() {
            let text = |name: &str| -> Option<EcoString> {
                let value: JsValue<'js> = object.get(name).ok()?;
                text_of(realm, value.as_string()?).ok()
            };
            error.code = text("code");
            if value.is_error() {
                error.stack = text("stack")
                    .map(|stack| eco_format!("{}\n{}", error.message, rewrite(&stack).0.trim_end()));
            } else {
                error.cause = from_js(value.ctx(), realm, value).ok();
            }
        }
        error
    }
}

impl From<ScriptError> for NodeError {
    fn from(error: ScriptError) -> Self {
        if let Some(milliseconds) = error.time_limit {
            // Node.js's code for it.
            let error = Self::key("function.error.time-limit").coded("ERR_SCRIPT_EXECUTION_TIMEOUT");
            return error.with("milliseconds", milliseconds);
        }
        let mut told = Self::literal(error.message);
        told.stack = error.stack;
        told.code = error.code;
        told.cause = error.cause;
        told
    }
}

/// A stack in the author's line numbers, without our own lines, and the first place in the author's code.
pub(crate) fn rewrite(stack: &str) -> (EcoString, Option<(u32, u32)>) {
    let mut lines = EcoString::new();
    let mut first = None;
    for line in stack.lines() {
        match place(line) {
            Some(Place { before, name: CODE, line, column, after }) => {
                let line = line.saturating_sub(LINES_BEFORE).max(1);
                first.get_or_insert((line, column));
                lines.push_str(&eco_format!("{before}{CODE}:{line}:{column}{after}\n"));
            }
            Some(_) => {}
            None => {
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }
    (lines, first)
}

struct Place<'a> {
    before: &'a str,
    name: &'a str,
    line: u32,
    column: u32,
    after: &'a str,
}

/// The place in a line such as `    at handle (function:3:14)` or `    at function:3:14`.
fn place(line: &str) -> Option<Place<'_>> {
    let (body, after) = line.strip_suffix(')').map_or((line, ""), |body| (body, ")"));
    let (rest, column) = body.rsplit_once(':')?;
    let (rest, row) = rest.rsplit_once(':')?;
    let start = rest.rfind(['(', ' ']).map_or(0, |at| at + 1);
    Some(Place {
        before: &rest[..start],
        name: &rest[start..],
        line: row.parse().ok()?,
        column: column.parse().ok()?,
        after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_speak_of_the_authors_lines() {
        let stack = "    at inner (function:3:14)\n    at <anonymous> (function:5:3)\n    at run (wireloom:core:9:1)\n    at map (native)\n";
        let (stack, first) = rewrite(stack);
        assert_eq!(first, Some((2, 14)));
        assert_eq!(
            stack,
            "    at inner (function:2:14)\n    at <anonymous> (function:4:3)\n    at map (native)\n"
        );
    }
}
