//! JSONata expressions on messages, with what Node-RED adds to the language: `$env`, `$flowContext`,
//! `$globalContext`, `$moment` and `$clone`.

use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;
use jsonata::{Data, Host, Limits, Vocabulary};
use model::text::Text;

use super::variable;
use crate::context::{ContextKey, Contexts, Scope};
use crate::env::Env;
use crate::error::NodeError;
use crate::js::path::PropertyPath;
use crate::message::Message;
use crate::node::{NodeHandle, NodeInfo};
use crate::value::{Object, Value};

mod convert;
mod moment;

use convert::Kept;

/// A JSONata expression. Evaluating one takes half a second at most: what takes longer is stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    parsed: Arc<jsonata::Expression>,
    /// Flows of the first versions write `msg.payload` where JSONata has `payload`.
    names_message: bool,
}

/// What an expression may ask for, apart from its input.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The context stores; without them context values are undefined.
    pub contexts: Option<Arc<Contexts>>,
    /// The node whose context and name it is.
    pub info: Arc<NodeInfo>,
    /// The environment.
    pub env: Env,
}

const WORDS: Vocabulary = Vocabulary {
    functions: &["flowContext", "globalContext", "env", "moment", "clone"],
    takes_context: &["clone"],
    methods: moment::METHODS,
};

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(source: &str) -> Result<Self, Text> {
        let parsed = jsonata::Expression::parse(source, &WORDS).map_err(|error| {
            Text::key("typed.jsonata").with("reason", &error.reason).with("position", error.position)
        })?;
        Ok(Self { parsed: Arc::new(parsed), names_message: names_message(source) })
    }

    /// The result for a message.
    ///
    /// # Errors
    /// When the expression fails or takes too long.
    pub fn evaluate(&self, node: &NodeHandle, message: &Message) -> Result<Value, NodeError> {
        self.evaluate_with(&node.into(), message.properties(), &[])
    }

    /// The result for a value that is no message, such as an element to sort by.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate_value(&self, node: &NodeHandle, input: &Value) -> Result<Value, NodeError> {
        let kept = Kept::default();
        let input = kept.data_of(input);
        self.run(&node.into(), self.wrap(input), &[], kept)
    }

    /// The result for an object, with variables: `("I", 1.into())` is `$I`.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate_with(
        &self,
        surroundings: &Surroundings,
        input: &Object,
        variables: &[(&str, Value)],
    ) -> Result<Value, NodeError> {
        let kept = Kept::default();
        let is_read = |field: &str| self.names_message || self.parsed.may_read(field);
        let input = kept.data_of_object(input, is_read);
        self.run(surroundings, self.wrap(input), variables, kept)
    }

    fn wrap(&self, input: Data) -> Data {
        if self.names_message { Data::object([("msg".to_owned(), input)].into()) } else { input }
    }

    fn run(
        &self,
        surroundings: &Surroundings,
        input: Data,
        variables: &[(&str, Value)],
        kept: Kept,
    ) -> Result<Value, NodeError> {
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, kept.data_of(value))).collect();
        let kept = Rc::new(kept);
        let host: Rc<dyn Host> = if self.parsed.needs_host() {
            Rc::new(Answers { surroundings: surroundings.clone(), kept: kept.clone() })
        } else {
            Rc::new(Nobody)
        };
        let limits = Limits::default();
        match self.parsed.evaluate(&input, &variables, &host, limits) {
            Ok(result) => Ok(kept.value_of(&result)),
            Err(error) if error.is_time_limit() => Err(NodeError::key("typed.jsonata.time")
                .with("milliseconds", limits.milliseconds)
                .coded("D1012")),
            Err(error) => {
                let failed = NodeError::key("typed.jsonata.failed").with("reason", &error.reason);
                Err(match error.code {
                    Some(code) => failed.coded(code),
                    None => failed,
                })
            }
        }
    }
}

impl From<&NodeHandle> for Surroundings {
    fn from(node: &NodeHandle) -> Self {
        Self { contexts: Some(node.contexts.clone()), info: node.info.clone(), env: node.env.clone() }
    }
}

/// Whether `msg` stands in the expression as a name of its own, as Node-RED looks for it:
/// `/(^|[^a-zA-Z0-9_'".])msg([^a-zA-Z0-9_'"]|$)/`.
fn names_message(source: &str) -> bool {
    let is_wordy = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '"');
    source.match_indices("msg").any(|(at, found)| {
        let before = source[..at].chars().next_back();
        let after = source[at + found.len()..].chars().next();
        !before.is_some_and(|c| is_wordy(c) || c == '.') && !after.is_some_and(is_wordy)
    })
}

/// For expressions that ask nothing.
struct Nobody;

impl Host for Nobody {
    fn call(&self, function: &str, _arguments: &[Data]) -> Result<Data, String> {
        Err(format!("${function} is not known here"))
    }
}

struct Answers {
    surroundings: Surroundings,
    kept: Rc<Kept>,
}

impl Host for Answers {
    fn call(&self, function: &str, arguments: &[Data]) -> Result<Data, String> {
        let Surroundings { info, env, .. } = &self.surroundings;
        match function {
            "flowContext" => self.context(Scope::Flow, arguments),
            "globalContext" => self.context(Scope::Global, arguments),
            "env" => {
                let name = arguments.first().and_then(Data::as_str).unwrap_or_default();
                Ok(self.kept.data_of(&variable(name, info, env).unwrap_or_else(|| "".into())))
            }
            "moment" => moment::make(arguments, &self.kept),
            // Values are never shared for writing, so each is a copy of its own.
            "clone" => Ok(arguments.first().cloned().unwrap_or(Data::Undefined)),
            _ => Err(format!("${function} is not known here")),
        }
    }

    fn call_method(&self, object: &Data, method: &str, arguments: &[Data]) -> Option<Result<Data, String>> {
        moment::call(object, method, arguments, &self.kept)
    }
}

impl Answers {
    fn context(&self, scope: Scope, arguments: &[Data]) -> Result<Data, String> {
        let Some(contexts) = &self.surroundings.contexts else { return Ok(Data::Undefined) };
        let text = |at: usize| arguments.get(at).and_then(Data::as_str);
        let key = text(0).ok_or("a context value is asked for by its name")?;
        let path = PropertyPath::parse(key).map_err(|text| text.to_string())?;
        let key = ContextKey::new(text(1).map(EcoString::from), path);
        Ok(self.kept.data_of(&contexts.get(scope, &self.surroundings.info, &key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(source: &str, input: &Value) -> Result<Value, NodeError> {
        let contexts = Contexts::new();
        let info = NodeInfo { id: "n".into(), flow: "tab".into(), path: "tab".into(), ..NodeInfo::default() };
        let key = ContextKey::parse("count").map_err(NodeError::from)?;
        contexts.set(Scope::Flow, &info, &key, Object::from_iter([("a", 7)]).into())?;
        let env = Env::process().inner(vec![("ROOM".into(), "12".into())]);
        let surroundings = Surroundings { contexts: Some(Arc::new(contexts)), info: Arc::new(info), env };
        let expression = Expression::parse(source).map_err(NodeError::from)?;
        expression.evaluate_with(&surroundings, input.as_object().unwrap(), &[("I", 3.into())])
    }

    fn message(payload: impl Into<Value>) -> Value {
        Object::from_iter([("payload", payload.into()), ("topic", "t".into())]).into()
    }

    #[test]
    fn works_on_messages() {
        for (source, result) in [
            ("payload.a + 1", Value::from(3)),
            ("msg.payload.a & msg.topic", "2t".into()),
            ("$.payload", Object::from_iter([("a", 2)]).into()),
            ("payload.none", Value::Undefined),
            ("$I * 2", 6.into()),
            ("$flowContext('count.a')", 7.into()),
            ("$flowContext('none')", Value::Undefined),
            ("$globalContext('count')", Value::Undefined),
            ("$env('ROOM') & $env('none')", "12".into()),
            ("$env('NR_NODE_ID')", "n".into()),
            ("$clone(payload).a", 2.into()),
            ("$keys($)", vec!["payload".into(), "topic".into()].into()),
        ] {
            let input = message(Value::from(Object::from_iter([("a", 2)])));
            assert_eq!(run(source, &input).unwrap(), result, "{source}");
        }
    }

    #[test]
    fn what_json_cannot_say_passes_through() {
        let buffer = Value::buffer(vec![1, 2, 3]);
        assert_eq!(run("payload", &message(buffer.clone())).unwrap(), buffer);
        assert_eq!(run("payload.length", &message(buffer.clone())).unwrap(), 3.into());
        let result = run("{ 'a': [payload, payload] }", &message(buffer.clone())).unwrap();
        assert_eq!(result.get("a"), Some(&vec![buffer.clone(), buffer].into()));
        assert_eq!(run("payload", &message(Value::Date(5.0))).unwrap(), Value::Date(5.0));
        let result = run("$merge([payload, {'x': 1}])", &message(Value::Date(5.0))).unwrap();
        assert_eq!(result, Object::from_iter([("x", 1)]).into());
    }

    #[test]
    fn says_what_is_wrong() {
        let error = run("payload.a + 'x'", &message(Value::from(Object::from_iter([("a", 2)])))).unwrap_err();
        assert_eq!((&*error.text.key, error.code.as_deref()), ("typed.jsonata.failed", Some("T2002")));
        let error = run("($f := function() { $f() }; $f())", &message(1)).unwrap_err();
        assert_eq!(error.text.key, "typed.jsonata.time");
        assert_eq!(Expression::parse("payload[").unwrap_err().key, "typed.jsonata");
    }

    #[test]
    fn reckons_with_dates() {
        for (source, result) in [
            (
                "$moment('2026-11-21T10:00:00Z').utc().format('D.M.YYYY HH:mm')",
                Value::from("21.11.2026 10:00"),
            ),
            (
                "$moment(payload).utc().add(1, 'days').startOf('day').toISOString()",
                "2026-11-22T00:00:00.000Z".into(),
            ),
            ("$moment('21/11/2026', 'DD/MM/YYYY').format('YYYY-MM-DD')", "2026-11-21".into()),
            ("$moment(payload).tz('Asia/Tokyo').format('HH:mm z')", "06:38 JST".into()),
            ("$moment(payload).utcOffset('+02:00').hour()", 23.into()),
            ("$moment(payload).utcOffset('-03:30').format('Z')", "-03:30".into()),
            (
                "$moment(payload).utc().year(2020).month(0).date(31).add(1, 'month').format('L')",
                "02/29/2020".into(),
            ),
            ("$moment('2026-11-21').diff('2026-11-01', 'weeks')", 2.into()),
            ("$moment('2026-11-21').isAfter($moment('2026-11-20'))", true.into()),
            ("$moment([2026, 10, 21]).isSame('2026-11-21', 'month')", true.into()),
            ("$moment('x').isValid()", false.into()),
            ("$moment(payload)", Value::Date(1_795_297_108_123.0)),
            ("$moment(payload).unix()", Value::Number(1_795_297_108.0)),
        ] {
            assert_eq!(run(source, &message(1_795_297_108_123_i64)).unwrap(), result, "{source}");
        }
        let error = run("$moment().add(1, 'parsecs')", &message(1)).unwrap_err();
        assert!(format!("{error:?}").contains("parsecs is no unit"), "{error:?}");
    }

    #[test]
    fn finds_the_message_by_name() {
        for (source, is_named) in [
            ("msg.payload", true),
            ("$sum(msg.a)", true),
            ("payload.msg", false),
            ("'msg'", false),
            ("msgs", false),
            ("a_msg", false),
            ("msg", true),
        ] {
            assert_eq!(names_message(source), is_named, "{source}");
        }
    }
}
