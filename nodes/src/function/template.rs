//! `template`: fills a template with the message's properties.

use ecow::EcoString;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, NodeHandle, Out, Progress};
use engine::registry::NodeType;
use engine::typed::TypedValue;
use engine::{Message, NodeError, Value, js};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::Problems;
use crate::mustache::{Filling, Outside, Template};

/// The node type.
pub const NODE: NodeType = NodeType { name: "template", describe, build, texts: TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Property
    /// Where the result goes.
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "fieldType", "x-types" = ["msg", "flow", "global"]))]
    field: String,
    /// # Type of the property
    #[schemars(extend("x-widget" = "hidden"))]
    field_type: String,
    /// # Template
    /// `{{payload.name}}` stands for a property of the message. When it is empty, `msg.template` is used.
    #[schemars(extend("x-widget" = "code", "x-language" = "mustache", "x-reads" = {"syntax": ["mustache"]}, "x-library" = {
        "type": "templates", "extension": "txt", "fields": ["name", "syntax", "output"]
    }))]
    template: String,
    /// # Syntax
    #[schemars(extend("x-widget" = "choice", "enum" = ["mustache", "plain"],
        "x-enum-titles" = ["Mustache", "Plain text"]))]
    syntax: String,
    /// # Output
    /// What the result is.
    #[schemars(extend("x-widget" = "choice", "enum" = ["str", "json"], "x-enum-titles" = ["Text", "Parsed JSON"]))]
    output: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            field: "payload".into(),
            field_type: "msg".into(),
            template: String::new(),
            syntax: "mustache".into(),
            output: "str".into(),
        }
    }
}

const TEXTS: Catalogue = &[
    ("template.label", "template"),
    ("template.mustache", "the template cannot be read: {reason}"),
    ("template.json", "the filled template is not valid JSON: {reason}"),
    ("template.output", "the output {output} is not known; use str, json or yaml"),
    ("template.syntax", "the syntax {syntax} is not known; use mustache or plain"),
    ("mustache.unclosed-tag", "the tag that opens in line {line} is not closed; end it with {close}"),
    (
        "mustache.unclosed-section",
        "the section {name} that opens in line {line} is not closed; end it with {{/{name}}}",
    ),
    ("mustache.unopened", "the section {name} is closed in line {line}, but it is not open there"),
    ("mustache.delimiters", "the delimiters set in line {line} are wrong; write {{=<% %>=}}"),
    ("mustache.too-deep", "the sections are nested too deep in line {line}"),
];

const HELP: &str = "\
Fills a template with the message's properties.

`{{payload}}` is a property as text, escaped for HTML; `{{{payload}}}` is the same as it is. `{{#items}}...{{/items}}` \
repeats for each element or shows if there is something, `{{^items}}...{{/items}}` shows if there is nothing. \
`{{flow.x}}`, `{{global.x}}` and `{{env.X}}` are values from context and environment; `{{flow[store].x}}` names the \
store. With the syntax *plain* the template is taken as it is.

When the node's template is empty, `msg.template` is used.

**Example**: with `msg.payload = {name: 'Ada', todo: ['read', 'write']}` the template \
`Hello {{payload.name}}: {{#payload.todo}}{{.}}, {{/payload.todo}}done` gives `Hello Ada: read, write, done`.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "function".into(),
        colour: "#f3b567".into(),
        icon: "file-code".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("template.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let target = problems.check("field", TypedValue::parse_target(&config.field, &config.field_type));
    let mut problem = |path: &str, text: Text| problems.add(path, text);
    let fills = match config.syntax.as_str() {
        "mustache" | "" => true,
        "plain" => false,
        other => {
            problem("syntax", Text::key("template.syntax").with("syntax", other));
            false
        }
    };
    let mut parses_yaml = false;
    let parses_json = match config.output.as_str() {
        "str" | "" => false,
        "json" => true,
        "yaml" => {
            parses_yaml = true;
            false
        }
        other => {
            problem("output", Text::key("template.output").with("output", other));
            false
        }
    };
    let source = match (config.template.is_empty(), fills) {
        (true, _) => Source::Message(None),
        (false, false) => Source::Plain(config.template.into()),
        (false, true) => match Template::parse(&config.template) {
            Ok(template) => Source::Own(template),
            Err(text) => {
                problem("template", text);
                Source::Message(None)
            }
        },
    };
    let target = problems.settle(target)?;
    Built::function(TemplateNode { target, source, fills, parses_json, parses_yaml })
}

struct TemplateNode {
    target: TypedValue,
    source: Source,
    fills: bool,
    parses_json: bool,
    parses_yaml: bool,
}

enum Source {
    Own(Template),
    Plain(EcoString),
    /// `msg.template`; the last one is kept compiled.
    Message(Option<(EcoString, Template)>),
}

impl FunctionNode for TemplateNode {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let text = self.fill(message, out.node())?;
        let value = if self.parses_json {
            serde_json::from_str(&text)
                .map_err(|error| NodeError::key("template.json").with("reason", error))?
        } else if self.parses_yaml {
            crate::yaml::parse(&text)?
        } else {
            Value::String(text)
        };
        self.target.set(out.node(), message, value)?;
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

impl TemplateNode {
    fn fill(&mut self, message: &Message, node: &NodeHandle) -> Result<EcoString, NodeError> {
        let parses_json = self.parses_json;
        let fill = |template: &Template| -> EcoString {
            let outside = |outside: &Outside| match outside {
                Outside::Env(name) => node.env.get(name).into(),
                Outside::Context(scope, key) => node.contexts.get(*scope, &node.info, key),
            };
            let filling =
                Filling { message: message.properties(), escapes_json: parses_json, outside: &outside };
            template.render(&filling).into()
        };
        match &mut self.source {
            Source::Own(template) => Ok(fill(template)),
            Source::Plain(text) => Ok(text.clone()),
            Source::Message(kept) => {
                let source = match message.get("template") {
                    Some(Value::String(text)) => text.clone(),
                    Some(value) if !value.is_nullish() => js::to_text(value),
                    _ => EcoString::new(),
                };
                if !self.fills {
                    return Ok(source);
                }
                if kept.as_ref().is_none_or(|(text, _)| *text != source) {
                    let template = Template::parse(&source).map_err(|text| {
                        NodeError::key("template.mustache").with("reason", node.registry.render(&text))
                    })?;
                    *kept = Some((source, template));
                }
                Ok(kept.as_ref().map(|(_, template)| fill(template)).unwrap_or_default())
            }
        }
    }
}
