//! Whether code can be compiled at all: asked when a node is built, long before it runs.

use std::time::{Duration, Instant};

use ecow::EcoString;
use rquickjs::context::EvalOptions;
use rquickjs::{Context, Error, Runtime, Value as JsValue};

use crate::errors::{CODE, rewrite};
use crate::sandbox::wrap;

/// Memory for a check: plenty for any code that people write.
const MEMORY_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// Time for a check; as above.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Where code cannot be compiled, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// What the compiler said.
    pub reason: EcoString,
    /// Line in the author's code, from 1.
    pub line: u32,
    /// Column in that line, from 1.
    pub column: u32,
}

/// Compiles code as the body of a function and throws it away.
///
/// # Errors
/// Where the code is no JavaScript.
pub fn check_syntax(code: &str) -> Result<(), SyntaxProblem> {
    if code.trim().is_empty() {
        return Ok(());
    }
    let internal = |error: Error| SyntaxProblem { reason: error.to_string().into(), line: 1, column: 1 };
    let runtime = Runtime::new().map_err(internal)?;
    runtime.set_memory_limit(MEMORY_LIMIT_BYTES);
    // Code that closes the wrapping function itself would run now: it finds an empty world, and little time.
    let started = Instant::now();
    runtime.set_interrupt_handler(Some(Box::new(move || started.elapsed() > TIME_LIMIT)));
    let context = Context::full(&runtime).map_err(internal)?;
    context.with(|ctx| {
        let mut options = EvalOptions::default();
        options.strict = false;
        options.filename = Some(CODE.to_owned());
        let compiled = ctx.eval_with_options::<JsValue<'_>, _>(wrap(code), options);
        match compiled {
            Ok(_) => Ok(()),
            Err(Error::Exception) => {
                let thrown = ctx.catch();
                let text = |name: &str| -> Option<String> { thrown.as_object()?.get(name).ok() };
                let (line, column) = text("stack").and_then(|stack| rewrite(&stack).1).unwrap_or((1, 1));
                let last = u32::try_from(code.lines().count()).unwrap_or(u32::MAX).max(1);
                let reason = text("message").unwrap_or_default().into();
                Err(SyntaxProblem { reason, line: line.min(last), column })
            }
            Err(error) => Err(internal(error)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_code_is_wrong() {
        assert_eq!(check_syntax("return await msg;"), Ok(()));
        assert_eq!(check_syntax("with (msg) { payload = 010; }\nreturn msg;"), Ok(()));
        let problem = check_syntax("var a = 1;\nvar b = ;\nreturn msg;").unwrap_err();
        assert_eq!((problem.line, problem.column > 1), (2, true), "{problem:?}");
        let problem = check_syntax("if (msg) {\n  return msg;\n").unwrap_err();
        assert_eq!(problem.line, 2, "{problem:?}");
        let problem = check_syntax("}); while (true) {} (function () {").unwrap_err();
        assert_eq!(problem.reason, "interrupted");
    }
}
