//! `xml`: XML text to objects and back, in the form of the xml2js library.

use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Problems, text};
use crate::face::Face;

mod read;
mod write;

/// The node type.
pub const NODE: NodeType = NodeType { name: "xml", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("xml.label", "xml"),
    ("xml.errors.xml_js", "only text and objects can be converted"),
    ("xml.invalid", "this is not XML: {reason}, at byte {at}"),
    ("xml.attribute.no-value", "Attribute without value at byte {at}; write name=\"value\""),
    ("xml.attribute.no-quotes", "an attribute's value is not in quotes, at byte {at}"),
    ("xml.attribute.open-quotes", "the quotes around an attribute's value are not closed, at byte {at}"),
    ("xml.attribute.twice", "an attribute stands twice in one element, at byte {at}"),
    ("xml.second-root", "there is something after the outermost element, at byte {at}"),
    ("xml.before-root", "there is text before the outermost element, at byte {at}"),
    ("xml.entity", "the entity {name} is not known, at byte {at}"),
    ("xml.unclosed", "the element {name} is not closed"),
    ("xml.too-deep", "elements are nested more than {limit} deep, which is the limit"),
    ("xml.name", "{name} cannot be the name of an element or attribute"),
];

/// Elements may be nested so deep.
const DEPTH_LIMIT: usize = 200;

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Property
    /// Of the message, such as `payload`.
    #[serde(deserialize_with = "text")]
    property: String,
    /// # Name for attributes
    /// Empty: `$`.
    #[serde(deserialize_with = "text")]
    attr: String,
    /// # Name for text beside attributes
    /// Empty: `_`.
    #[serde(deserialize_with = "text")]
    chr: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { property: "payload".into(), attr: String::new(), chr: String::new() }
    }
}

const HELP: &str = "\
Converts XML text to an object, and an object to XML text.

**Takes** `msg.payload`, or another property. `msg.options` may change the form, with the names of the xml2js library: \
`explicitArray`, `explicitRoot`, `mergeAttrs`, `ignoreAttrs`, `trim`, `normalize`, `normalizeTags`, `explicitCharkey`, \
`emptyTag`, `attrkey`, `charkey` for reading; `rootName`, `headless`, `cdata`, `attrkey`, `charkey`, `renderOpts.pretty`, \
`xmldec` for writing. **Sends** the message with the converted property; without the property it is passed on.

`<a x=\"1\"><b>2</b></a>` becomes `{\"a\": {\"$\": {\"x\": \"1\"}, \"b\": [\"2\"]}}`: every child is an array, for there may \
be several of a name. What is not XML is an error that can be caught. Document types are passed over, so there are no \
entities but the five of XML.

**Example**: after an http request that answers with XML, to read `msg.payload.rss.channel`.";

fn describe() -> NodeDescriptor {
    Face { type_name: NODE.name, category: "parser", colour: "#debd5c", icon: "code-xml", help: HELP }
        .node::<Config>()
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let property = if config.property.is_empty() { "payload" } else { &config.property };
    let path = problems.check("property", PropertyPath::parse_message(property));
    let path = problems.settle(path)?;
    Built::function(XmlNode { path, attributes: config.attr, text: config.chr })
}

struct XmlNode {
    path: PropertyPath,
    /// The name for attributes; empty for what the message or xml2js says.
    attributes: String,
    text: String,
}

impl FunctionNode for XmlNode {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let value = self.path.read(message.properties())?.into_owned();
        let options = Options(message.get("options").cloned().unwrap_or_default());
        let converted = match &value {
            Value::Undefined => None,
            Value::String(text) => {
                let mut form = read::Form::of(&options);
                if !self.attributes.is_empty() {
                    form.attributes = self.attributes.clone();
                }
                if !self.text.is_empty() {
                    form.text = self.text.clone();
                }
                Some(read::parse(text, &form)?)
            }
            Value::Object(_) | Value::Array(_) => {
                Some(write::write(&value, &write::Form::of(&options))?.into())
            }
            _ => {
                out.log(Level::Warn, Text::key("xml.errors.xml_js"));
                return Ok(Progress::Done);
            }
        };
        if let Some(converted) = converted {
            self.path.set(message.properties_mut(), converted)?;
        }
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

/// `msg.options`.
struct Options(Value);

impl Options {
    fn flag(&self, name: &str, default: bool) -> bool {
        self.0.get(name).map_or(default, js::is_truthy)
    }

    fn text(&self, name: &str, default: &str) -> String {
        match self.0.get(name).filter(|value| js::is_truthy(value)) {
            Some(value) => js::to_text(value).into(),
            None => default.to_owned(),
        }
    }
}
