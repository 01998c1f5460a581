//! Mustache templates, compiled once: variables, sections, inverted sections, comments, other delimiters.
//!
//! After the Mustache specification (interpolation, sections, inverted, comments, delimiters), with what
//! Node-RED adds: `{{flow.x}}`, `{{global[store].x}}` and `{{env.X}}`. Partials are empty.

use ecow::EcoString;
use engine::context::{ContextKey, Scope};
use engine::js;
use engine::js::path::PropertyPath;
use engine::{Object, Value};
use model::text::Text;

mod parse;

/// A compiled template.
#[derive(Debug, PartialEq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Text(EcoString),
    Variable { name: Name, is_escaped: bool },
    Section { name: Name, is_inverted: bool, parts: Vec<Part> },
}

/// What a tag names.
#[derive(Debug, PartialEq)]
enum Name {
    /// `.`: the value that is current.
    Current,
    /// Names joined by dots, of the message or a value around; else a value from outside of it.
    Path { first: EcoString, rest: Vec<EcoString>, outside: Option<Outside> },
}

/// A value that is no part of the message.
#[derive(Debug, PartialEq)]
pub(crate) enum Outside {
    /// An environment variable.
    Env(EcoString),
    /// A value in context.
    Context(Scope, ContextKey),
}

/// How a template is filled.
pub(crate) struct Filling<'a> {
    /// The message.
    pub message: &'a Object,
    /// Whether texts are written so that they fit between quotes in JSON.
    pub escapes_json: bool,
    /// Values from outside of the message.
    pub outside: &'a dyn Fn(&Outside) -> Value,
}

/// The values around a place, innermost first.
#[derive(Clone, Copy)]
struct Frame<'a> {
    value: &'a Value,
    outer: Option<&'a Frame<'a>>,
}

enum Found<'a> {
    Here(&'a Value),
    Made(Value),
    Nothing,
}

impl Found<'_> {
    fn value(&self) -> &Value {
        match self {
            Self::Here(value) => value,
            Self::Made(value) => value,
            Self::Nothing => &Value::Undefined,
        }
    }
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// What is wrong with its tags, and in which line; the texts stand at the template node.
    pub(crate) fn parse(source: &str) -> Result<Self, Text> {
        parse::parse(source).map(|parts| Self { parts })
    }

    /// The text of a template without tags.
    pub(crate) fn fixed(&self) -> Option<&str> {
        match &self.parts[..] {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The template with its tags filled.
    pub(crate) fn render(&self, filling: &Filling<'_>) -> String {
        let mut out = String::with_capacity(128);
        render(&self.parts, filling, None, &mut out);
        out
    }
}

fn render(parts: &[Part], filling: &Filling<'_>, frame: Option<&Frame<'_>>, out: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Variable { name, is_escaped } => {
                write(find(name, filling, frame).value(), *is_escaped, filling.escapes_json, out);
            }
            Part::Section { name, is_inverted, parts } => {
                let found = find(name, filling, frame);
                let value = found.value();
                let is_shown = js::is_truthy(value) && value.as_array() != Some(&[]);
                match value {
                    _ if *is_inverted => {
                        if !is_shown {
                            render(parts, filling, frame, out);
                        }
                    }
                    _ if !is_shown => {}
                    Value::Array(items) => {
                        for value in items.iter() {
                            render(parts, filling, Some(&Frame { value, outer: frame }), out);
                        }
                    }
                    Value::Bool(_) => render(parts, filling, frame, out),
                    value => render(parts, filling, Some(&Frame { value, outer: frame }), out),
                }
            }
        }
    }
}

fn find<'a>(name: &'a Name, filling: &Filling<'a>, frame: Option<&'a Frame<'a>>) -> Found<'a> {
    let Name::Path { first, rest, outside } = name else {
        return match frame {
            Some(frame) => Found::Here(frame.value),
            None => Found::Made(Value::Object(std::sync::Arc::new(filling.message.clone()))),
        };
    };
    let mut frames = frame;
    let mut found = loop {
        match frames {
            Some(frame) => {
                if let Some(value) = frame.value.get(first) {
                    break Some(value);
                }
                frames = frame.outer;
            }
            None => break filling.message.get(first),
        }
    };
    for (at, key) in rest.iter().enumerate() {
        found = match found {
            Some(value) if at + 1 == rest.len() && key == "length" && !matches!(value, Value::Object(_)) => {
                return length(value);
            }
            Some(Value::Object(object)) => object.get(key),
            Some(Value::Array(items)) => key.parse().ok().and_then(|at: usize| items.get(at)),
            _ => None,
        };
    }
    match (found, outside) {
        (Some(value), _) if !matches!(value, Value::Undefined) => Found::Here(value),
        (_, Some(outside)) => Found::Made((filling.outside)(outside)),
        _ => Found::Nothing,
    }
}

fn length(value: &Value) -> Found<'static> {
    match value {
        Value::Array(items) => Found::Made(items.len().into()),
        Value::Buffer(bytes) => Found::Made(bytes.len().into()),
        Value::String(text) => Found::Made(text.encode_utf16().count().into()),
        _ => Found::Nothing,
    }
}

fn write(value: &Value, is_escaped: bool, escapes_json: bool, out: &mut String) {
    match value {
        Value::Undefined | Value::Null => {}
        Value::String(text) => escape(text, is_escaped, escapes_json, out),
        Value::Number(number) => out.push_str(&js::number_to_text(*number)),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        other => escape(&js::to_text(other), is_escaped, false, out),
    }
}

fn escape(text: &str, for_html: bool, for_json: bool, out: &mut String) {
    let mut rest = text;
    let needs = |byte: &u8| match byte {
        b'&' | b'<' | b'>' | b'"' | b'\'' | b'/' | b'`' | b'=' => for_html,
        b'\\' | b'\n' | b'\t' | b'\r' | 0x08 | 0x0c => for_json,
        _ => false,
    };
    while let Some(at) = rest.as_bytes().iter().position(needs) {
        out.push_str(&rest[..at]);
        // The same characters as mustache.js, which Node-RED's users have.
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            b'/' => "&#x2F;",
            b'`' => "&#x60;",
            b'=' => "&#x3D;",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\t' => "\\t",
            b'\r' => "\\r",
            0x08 => "\\b",
            _ => "\\f",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

impl Name {
    fn parse(name: &str) -> Self {
        if name == "." {
            return Self::Current;
        }
        let mut names = name.split('.').map(EcoString::from);
        let first = names.next().unwrap_or_default();
        Self::Path { first, rest: names.collect(), outside: Outside::parse(name) }
    }
}

impl Outside {
    /// `env.X`, `flow.x`, `global.x`, the last two with a store in brackets.
    fn parse(name: &str) -> Option<Self> {
        if let Some(variable) = name.strip_prefix("env.") {
            return Some(Self::Env(variable.into()));
        }
        let (scope, rest) = match name.strip_prefix("flow") {
            Some(rest) => (Scope::Flow, rest),
            None => (Scope::Global, name.strip_prefix("global")?),
        };
        let (store, key) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (store, key) = rest.split_once("].")?;
                (Some(EcoString::from(store)), key)
            }
            None => (None, rest.strip_prefix('.')?),
        };
        Some(Self::Context(scope, ContextKey::new(store, PropertyPath::parse(key).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: &str, data: serde_json::Value, expected: &str) {
        let data: Value = serde_json::from_value(data).unwrap();
        let filling = Filling {
            message: data.as_object().unwrap(),
            escapes_json: false,
            outside: &|outside| match outside {
                Outside::Env(name) => ecow::eco_format!("env {name}").into(),
                Outside::Context(scope, key) => {
                    ecow::eco_format!("{scope:?} {}", key == &ContextKey::parse("#:(disk)::a.b").unwrap())
                        .into()
                }
            },
        };
        assert_eq!(Template::parse(template).unwrap().render(&filling), expected, "{template}");
    }

    #[test]
    fn fills_as_the_specification_has_it() {
        use serde_json::json;
        check("a {{x}} b", json!({"x": "<&\">"}), "a &lt;&amp;&quot;&gt; b");
        check("{{{x}}} {{&x}} {{& x }}", json!({"x": "<&\">"}), "<&\"> <&\"> <&\">");
        check("{{n}} {{t}} {{z}} {{u}}|", json!({"n": 1.25, "t": true, "z": null}), "1.25 true  |");
        check("{{a.b.c}}{{a.x.c}}", json!({"a": {"b": {"c": "deep"}}}), "deep");
        check("{{#a}}{{b.c}}{{/a}}", json!({"a": {"b": {}}, "b": {"c": "ERROR"}}), "");
        check("{{#a}}{{one}}{{two}}{{/a}}", json!({"a": {"one": 1}, "two": 2}), "12");
        check("{{#list}}({{.}}){{/list}}", json!({"list": [1, 2, "x"]}), "(1)(2)(x)");
        check("{{#list}}{{#.}}{{.}},{{/.}};{{/list}}", json!({"list": [[1, 2], [3]]}), "1,2,;3,;");
        check("{{#no}}x{{/no}}{{^no}}y{{/no}}{{^list}}z{{/list}}", json!({"no": 0, "list": []}), "yz");
        check("{{list.1.n}} {{list.length}}", json!({"list": [{"n": 1}, {"n": 2}]}), "2 2");
        check("a{{! x }}b{{!\n multi\n}}c", json!({}), "abc");
        check("{{=<% %>=}}<%x%>{{x}}<%={{ }}=%>{{x}}", json!({"x": 1}), "1{{x}}1");
        check("{{=| |=}}|{x}||&x|", json!({"x": "<"}), "<<");
        check("{{> other}}|", json!({}), "|");
    }

    #[test]
    fn lines_of_tags_alone_leave_no_trace() {
        use serde_json::json;
        let yes = json!({"yes": true});
        check("| a\n{{#yes}}\n| b\n{{/yes}}\n| c", yes.clone(), "| a\n| b\n| c");
        check("| a\r\n{{#yes}}\r\n{{/yes}}\r\n|", yes.clone(), "| a\r\n|");
        check("  {{#yes}}\nx\n  {{/yes}}", yes.clone(), "x\n");
        check("a\n  {{! c }}  \nb", yes.clone(), "a\nb");
        check("a\n  {{=<% %>=}}\nb", yes.clone(), "a\nb");
        check(" | {{^no}} {{! c }}\n {{/no}} | \n", yes.clone(), " |  \n  | \n");
        check("{{#yes}}\n{{/yes}}", yes.clone(), "");
        check("a {{#yes}}b{{/yes}}\n", yes, "a b\n");
    }

    #[test]
    fn finds_values_outside_of_the_message() {
        use serde_json::json;
        check("{{env.HOME}} {{flow.x}} {{global[disk].a.b}}", json!({}), "env HOME Flow false Global true");
        check("{{flow.x}}", json!({"flow": {"x": "own"}}), "own");
    }

    #[test]
    fn says_where_a_template_is_wrong() {
        #[track_caller]
        fn wrong(template: &str, key: &str, line: &str) {
            let text = Template::parse(template).unwrap_err();
            assert_eq!((text.key.as_ref(), text.args["line"].as_str()), (key, line), "{template}");
        }
        wrong("a\n{{x", "mustache.unclosed-tag", "2");
        wrong("{{#a}}\n{{#b}}{{/a}}", "mustache.unopened", "2");
        wrong("\n{{#a}}", "mustache.unclosed-section", "2");
        wrong("{{/a}}", "mustache.unopened", "1");
        wrong("{{=a=}}", "mustache.delimiters", "1");
        wrong(&"{{#a}}".repeat(1000), "mustache.too-deep", "1");
    }

    /// Figures, not a check: `cargo test --release -p wireloom-nodes filling_speed -- --ignored --nocapture`.
    #[test]
    #[ignore = "prints figures"]
    fn filling_speed() {
        let data = serde_json::json!({"topic": "house/kitchen", "payload": {"value": 21.5, "unit": "C"}});
        let data: Value = serde_json::from_value(data).unwrap();
        let filling = Filling {
            message: data.as_object().unwrap(),
            escapes_json: false,
            outside: &|_| Value::Undefined,
        };
        let template = Template::parse("{{topic}}: {{payload.value}} {{payload.unit}}").unwrap();
        let runs = if cfg!(debug_assertions) { 1_000 } else { 1_000_000 };
        let started = std::time::Instant::now();
        for _ in 0..runs {
            std::hint::black_box(template.render(std::hint::black_box(&filling)));
        }
        println!("{:?} a template of three tags", started.elapsed() / runs);
    }
}
