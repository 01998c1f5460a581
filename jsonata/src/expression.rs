//! An expression: parsed once, evaluated many times.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions};
use jsonata_core::parser;

use crate::data::Data;
use crate::error::{EvaluationError, SyntaxError, split};
use crate::tree::{METHOD, Needs, WIDTH, prepare};

/// A parsed expression.
pub struct Expression {
    source: String,
    /// Unique in this process: names its compiled form on each thread.
    id: u64,
    tree: AstNode,
    needs: Needs,
}

/// The words that a host adds to the language.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vocabulary {
    /// Functions, without the `$`.
    pub functions: &'static [&'static str],
    /// Those of them that take the context when they are called without an argument.
    pub takes_context: &'static [&'static str],
    /// Methods that objects of the host have, as in `$moment().format("YYYY")`.
    pub methods: &'static [&'static str],
}

/// What an expression may ask of its surroundings.
pub trait Host {
    /// The result of one of the vocabulary's functions.
    ///
    /// # Errors
    /// What is wrong, for the author of the expression.
    fn call(&self, function: &str, arguments: &[Data]) -> Result<Data, String>;

    /// The result of one of the vocabulary's methods; `None` when the object is none of the host's.
    ///
    /// # Errors
    /// What is wrong, for the author of the expression.
    fn call_method(&self, object: &Data, method: &str, arguments: &[Data]) -> Option<Result<Data, String>> {
        let _ = (object, method, arguments);
        None
    }
}

/// How far an evaluation may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time. Looked at between steps: a single call of a built-in function on a large input ends first.
    pub milliseconds: u64,
    /// Nested steps; a call of a function that calls itself takes about three.
    pub depth: usize,
    /// Elements of an array that the expression makes.
    pub elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { milliseconds: 500, depth: 6000, elements: 2_000_000 }
    }
}

/// The longest text that `$pad` makes, in characters: it could fill the memory in one step.
const PAD_LIMIT: f64 = 10_000_000.0;

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(source: &str, vocabulary: &Vocabulary) -> Result<Self, SyntaxError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut tree = parser::parse(source).map_err(|error| {
            let (code, reason) = split(&error.to_string());
            SyntaxError { code, reason, position: position(source, &error.to_string()) }
        })?;
        let mut needs = Needs::default();
        prepare(&mut tree, vocabulary, &mut needs);
        Ok(Self { source: source.to_owned(), id: NEXT.fetch_add(1, Ordering::Relaxed), tree, needs })
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it may read this field of its input object. What it cannot read need not be there.
    pub fn may_read(&self, field: &str) -> bool {
        self.needs.reads_all || self.needs.fields.contains(field)
    }

    /// Whether it asks anything of its host.
    pub fn needs_host(&self) -> bool {
        !self.needs.functions.is_empty()
    }

    /// The result for an input.
    ///
    /// # Errors
    /// What is wrong: with the input, with the expression, or that it went too far.
    pub fn evaluate(
        &self,
        input: &Data,
        bindings: &[(&str, Data)],
        host: &Rc<dyn Host>,
        limits: Limits,
    ) -> Result<Data, EvaluationError> {
        let options = EvaluatorOptions {
            timeout_ms: Some(limits.milliseconds),
            max_stack_depth: Some(limits.depth),
            max_sequence_length: Some(limits.elements),
            ..EvaluatorOptions::default()
        };
        let result = if bindings.is_empty() && !self.needs_host() {
            self.compiled().evaluate_with_options(input, options)
        } else {
            self.walk(input, bindings, host, options)
        };
        result.map_err(|error| EvaluationError::of(&error))
    }

    /// Host functions and bindings are known to the tree walker only.
    fn walk(
        &self,
        input: &Data,
        bindings: &[(&str, Data)],
        host: &Rc<dyn Host>,
        options: EvaluatorOptions,
    ) -> Result<Data, EvaluatorError> {
        let mut context = Context::new();
        for (name, value) in bindings {
            context.bind((*name).to_owned(), value.clone());
        }
        let mut evaluator = Evaluator::with_options(context, options);
        for function in &self.needs.functions {
            let host = host.clone();
            match *function {
                METHOD => {
                    evaluator.register_fn(METHOD, move |arguments: &[Data]| method(&*host, arguments))?
                }
                WIDTH => evaluator.register_fn(WIDTH, width)?,
                name => evaluator.register_fn(name, move |arguments: &[Data]| {
                    host.call(name, arguments).map_err(EvaluatorError::EvaluationError)
                })?,
            }
        }
        evaluator.evaluate(&self.tree, input)
    }

    /// The compiled form, which belongs to a thread.
    fn compiled(&self) -> Rc<jsonata_core::Expression> {
        COMPILED.with_borrow_mut(|compiled| {
            if let Some(expression) = compiled.get(&self.id) {
                return expression.clone();
            }
            // Those of flows long gone are among them: start anew.
            if compiled.len() >= COMPILED_LIMIT {
                compiled.clear();
            }
            let expression = Rc::new(jsonata_core::Expression::from_ast(self.tree.clone()));
            compiled.insert(self.id, expression.clone());
            expression
        })
    }
}

/// Compiled expressions that a thread keeps.
const COMPILED_LIMIT: usize = 1000;

thread_local! {
    static COMPILED: RefCell<HashMap<u64, Rc<jsonata_core::Expression>>> = RefCell::default();
}

impl fmt::Debug for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Expression({:?})", self.source)
    }
}

/// Two of the same words are the same.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

fn method(host: &dyn Host, arguments: &[Data]) -> Result<Data, EvaluatorError> {
    let [Data::String(name), object, arguments @ ..] = arguments else {
        return Err(EvaluatorError::EvaluationError("a method call needs a name and an object".into()));
    };
    match host.call_method(object, name, arguments) {
        Some(result) => result.map_err(EvaluatorError::EvaluationError),
        None => {
            Err(EvaluatorError::ReferenceError(format!("T1006: Attempted to invoke a non-function: {name}")))
        }
    }
}

/// Lets a width pass that is not too wide.
fn width(arguments: &[Data]) -> Result<Data, EvaluatorError> {
    match arguments {
        [Data::Number(width)] if width.abs() > PAD_LIMIT => Err(EvaluatorError::EvaluationError(format!(
            "$pad makes texts of {PAD_LIMIT} characters at most"
        ))),
        [width] => Ok(width.clone()),
        _ => Ok(Data::Undefined),
    }
}

/// Where the parser noticed the error, in characters from 1. It does not tell, but it reads from left to
/// right: what it noticed is the last character without which the error is not the very same.
fn position(source: &str, error: &str) -> usize {
    let ends: Vec<usize> = source.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    let is_same = |end: &usize| parser::parse(&source[..*end]).is_err_and(|found| found.to_string() == error);
    let shorter = ends.len().saturating_sub(1);
    if ends.len() > SEARCHED_LENGTH {
        return ends[..shorter].partition_point(|end| !is_same(end)) + 1;
    }
    ends[..shorter].iter().rposition(|end| !is_same(end)).map_or(1, |at| at + 2)
}

/// Up to this many characters each beginning of a wrong expression is parsed to find the place; in longer ones
/// the place is found by halving, which can err.
const SEARCHED_LENGTH: usize = 4000;

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Vocabulary =
        Vocabulary { functions: &["double", "make"], takes_context: &[], methods: &["add"] };

    struct Calculator;

    impl Host for Calculator {
        fn call(&self, function: &str, arguments: &[Data]) -> Result<Data, String> {
            let number = arguments.first().and_then(Data::as_f64);
            match (function, number) {
                ("double", Some(number)) => Ok((number * 2.0).into()),
                ("make", Some(number)) => Ok(Data::object([("made".to_owned(), number.into())].into())),
                _ => Err("a number is needed".into()),
            }
        }

        fn call_method(
            &self,
            object: &Data,
            method: &str,
            arguments: &[Data],
        ) -> Option<Result<Data, String>> {
            let made = object.get("made")?.as_f64()?;
            let by = arguments.first()?.as_f64()?;
            assert_eq!(method, "add");
            Some(Ok(Data::object([("made".to_owned(), (made + by).into())].into())))
        }
    }

    fn run(source: &str, input: &str) -> Result<String, EvaluationError> {
        let host: Rc<dyn Host> = Rc::new(Calculator);
        let input = Data::from_json_str(input).unwrap();
        let expression = Expression::parse(source, &WORDS).unwrap();
        let result =
            expression.evaluate(&input, &[("bound", 7.0.into())], &host, Limits::default())?.to_json_string();
        let without = expression.evaluate(&input, &[], &host, Limits::default());
        if !source.contains("$bound") {
            assert_eq!(without?.to_json_string().ok(), result.as_ref().ok().cloned(), "{source}");
        }
        Ok(result.unwrap())
    }

    #[test]
    fn asks_its_host() {
        assert_eq!(run("$double(a) + 1", r#"{"a": 4}"#).unwrap(), "9");
        assert_eq!(run("a.$map($, $double)", r#"{"a": [1, 2]}"#).unwrap(), "[2,4]");
        assert_eq!(run("$make(1).add(2).add(3).made", "{}").unwrap(), "6");
        assert_eq!(run("$bound & 'x'", "{}").unwrap(), "\"7x\"");
        assert_eq!(run("$double('x')", "{}").unwrap_err().reason, "a number is needed");
        assert_eq!(run("a.add(1)", r#"{"a": {}}"#).unwrap_err().code.as_deref(), Some("T1006"));
    }

    #[test]
    fn says_where_it_is_wrong() {
        for (source, position, reason) in [
            ("a +", 3, "end of expression"),
            ("a[1", 3, "']'"),
            ("a.b c.d", 5, ""),
            ("(a; b", 5, "')'"),
            ("\"abc", 1, "quote"),
            ("$sum(a))", 8, ""),
            ("ä ? ü :", 7, ""),
        ] {
            let error = Expression::parse(source, &WORDS).unwrap_err();
            assert_eq!(error.position, position, "{source}: {error}");
            assert!(error.reason.contains(reason), "{source}: {error}");
        }
    }

    #[test]
    fn ends_in_time() {
        let limits = Limits { milliseconds: 30, ..Limits::default() };
        let host: Rc<dyn Host> = Rc::new(Calculator);
        let endless = Expression::parse("($f := function($x) { $f($x + 1) }; $f(0))", &WORDS).unwrap();
        assert!(endless.evaluate(&Data::Null, &[], &host, limits).unwrap_err().is_time_limit());
        let deep = Expression::parse("($f := function($x) { 1 + $f($x) }; $f(0))", &WORDS).unwrap();
        let error = deep.evaluate(&Data::Null, &[], &host, Limits { milliseconds: 60_000, ..limits });
        assert_eq!(error.unwrap_err().code.as_deref(), Some("D1011"));
        let wide = run("$pad('x', 2000000000)", "{}").unwrap_err();
        assert!(wide.reason.contains("at most"), "{wide}");
        assert_eq!(run("$pad('x', 3, '-')", "{}").unwrap(), "\"x--\"");
    }

    #[test]
    fn knows_what_it_reads() {
        let reads = |source: &str, field: &str| Expression::parse(source, &WORDS).unwrap().may_read(field);
        assert!(reads("payload.a", "payload"));
        assert!(!reads("payload.a * 2 + $sum(b)", "req"));
        for source in
            ["$", "$$.x", "*", "**.x", "$keys()", "$.x", "$lookup('x')", "$eval('re' & 'q')", "$string()"]
        {
            assert!(reads(source, "req"), "{source}");
        }
        assert!(!reads("$now() & $millis() & payload[0].x{a: b}", "req"));
    }
}
