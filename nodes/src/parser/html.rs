//! `html`: takes parts out of a page, by CSS selectors.

use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::registry::NodeType;
use engine::{Message, NodeError, Object, Value};
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use scraper::{ElementRef, Html, Node, Selector};
use serde::Deserialize;

use crate::config::{Problems, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "html", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("html.label", "html"),
    ("html.selector", "{selector} is not a CSS selector: {reason}"),
    ("html.no-selector", "no selector is set, and there is no text in msg.select"),
    ("html.not-text", "a value of type {type} is no page; a text or a buffer is needed"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Property
    /// Of the message, with the page.
    #[serde(deserialize_with = "text")]
    property: String,
    /// # Selector
    /// As in CSS, such as `table td.price`. Empty: the one in `msg.select`.
    #[serde(deserialize_with = "text")]
    tag: String,
    /// # Take
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["html", "text", "attr", "compl"],
        "x-enum-titles" = ["The HTML inside", "The text inside", "The attributes",
            "The HTML inside and the attributes"]))]
    ret: String,
    /// # Name for the HTML beside the attributes
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"ret": ["compl"]}))]
    chr: String,
    /// # Send
    #[serde(rename = "as", deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["single", "multi"],
        "x-enum-titles" = ["One message with an array", "A message for each element"]))]
    form: String,
    /// # Into
    /// The property that gets what was found.
    #[serde(deserialize_with = "text")]
    outproperty: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            property: "payload".into(),
            tag: String::new(),
            ret: "html".into(),
            chr: "_".into(),
            form: "single".into(),
            outproperty: "payload".into(),
        }
    }
}

const HELP: &str = "\
Takes elements out of a page by a CSS selector: the HTML or text inside of them, or their attributes.

**Takes** `msg.payload`, or another property: the page. `msg.select` is the selector where the node has none. \
**Sends** one message with an array, or a message for each element, as a sequence (`msg.parts`). Without the property \
the message is passed on.

A page is read as browsers read it: what is missing is filled in, and nothing is an error.

**Example**: after an http request, selector `h1`, to know a page's title.";

fn describe() -> NodeDescriptor {
    Face { type_name: NODE.name, category: "parser", colour: "#debd5c", icon: "code", help: HELP }
        .node::<Config>()
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let or_payload = |path: &str| if path.is_empty() { "payload".to_owned() } else { path.to_owned() };
    let property = problems.check("property", PropertyPath::parse_message(&or_payload(&config.property)));
    // Nodes from before there was a choice change the property they read.
    let has_target = context.properties.contains_key("outproperty") && !config.outproperty.is_empty();
    let target = if has_target { &config.outproperty } else { &config.property };
    let target = problems.check("outproperty", PropertyPath::parse_message(&or_payload(target)));
    let selector = match config.tag.trim() {
        "" => Some(None),
        selector => problems.check("tag", parse_selector(selector)).map(Some),
    };
    let ((property, target), selector) = problems.settle(property.zip(target).zip(selector))?;
    let take = match config.ret.as_str() {
        "text" => Take::Text,
        "attr" => Take::Attributes,
        "compl" => Take::All(if config.chr.is_empty() { "_".into() } else { config.chr }),
        _ => Take::Html,
    };
    Built::function(HtmlNode { property, target, selector, take, sends_each: config.form == "multi" })
}

fn parse_selector(selector: &str) -> Result<Selector, Text> {
    Selector::parse(selector)
        .map_err(|reason| Text::key("html.selector").with("selector", selector).with("reason", reason))
}

struct HtmlNode {
    property: PropertyPath,
    target: PropertyPath,
    /// None where the message brings it.
    selector: Option<Selector>,
    take: Take,
    sends_each: bool,
}

/// What is taken of an element.
enum Take {
    Html,
    Text,
    Attributes,
    /// The attributes, and the HTML inside under this name.
    All(String),
}

impl FunctionNode for HtmlNode {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let page = match &*self.property.read(message.properties())? {
            Value::Undefined => {
                out.send(0, message.take());
                return Ok(Progress::Done);
            }
            Value::String(text) => text.to_string(),
            Value::Buffer(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => return Err(NodeError::key("html.not-text").with("type", js::type_of(other))),
        };
        let brought;
        let selector = match &self.selector {
            Some(selector) => selector,
            None => {
                let text = message.get("select").and_then(Value::as_str);
                brought = parse_selector(text.ok_or_else(|| NodeError::key("html.no-selector"))?)?;
                &brought
            }
        };
        // The document lives on this thread only: all is taken before anything is sent.
        let page = Html::parse_document(&page);
        let found: Vec<Value> = page.select(selector).map(|element| self.take.of(element)).collect();
        drop(page);
        if !self.sends_each {
            self.target.set(message.properties_mut(), found.into())?;
            out.send(0, message.take());
            return Ok(Progress::Done);
        }
        let count = found.len();
        let id = message.get("_msgid").cloned().unwrap_or_default();
        let (message, target) = (message.take(), self.target.clone());
        // Empty texts are left out, as in Node-RED.
        let found = found.into_iter().enumerate().filter(|(_, value)| js::is_truthy(value));
        out.stream(
            0,
            message.clone(),
            found.map(move |(index, value)| {
                let mut sent = message.clone();
                target.set(sent.properties_mut(), value)?;
                let parts = [
                    ("id", id.clone()),
                    ("index", index.into()),
                    ("count", count.into()),
                    ("type", "string".into()),
                    ("ch", "".into()),
                ];
                sent.set("parts", Object::from_iter(parts));
                Ok(sent)
            }),
        );
        Ok(Progress::Done)
    }
}

impl Take {
    fn of(&self, element: ElementRef<'_>) -> Value {
        match self {
            Self::Html => inner(element, true).into(),
            Self::Text => element.text().collect::<String>().into(),
            Self::Attributes => attributes(element).into(),
            Self::All(name) => {
                let mut all = Object::from_iter([(name.as_str(), inner(element, false))]);
                for (key, value) in attributes(element) {
                    all.insert(key, value);
                }
                all.into()
            }
        }
    }
}

/// The HTML inside, trimmed; `is_xml` closes empty elements as XML does.
fn inner(element: ElementRef<'_>, is_xml: bool) -> String {
    let mut html = String::new();
    write_children(element, is_xml, &mut html);
    html.trim().to_owned()
}

fn write_children(element: ElementRef<'_>, is_xml: bool, html: &mut String) {
    for child in element.children() {
        match child.value() {
            Node::Text(text) if !is_xml && RAW_TEXT.contains(&element.value().name()) => html.push_str(text),
            Node::Text(text) => escape(text, is_xml, false, html),
            Node::Comment(comment) => html.push_str(&format!("<!--{}-->", &**comment)),
            Node::Element(_) => {
                if let Some(child) = ElementRef::wrap(child) {
                    write_element(child, is_xml, html);
                }
            }
            _ => {}
        }
    }
}

fn write_element(element: ElementRef<'_>, is_xml: bool, html: &mut String) {
    let name = element.value().name();
    html.push('<');
    html.push_str(name);
    for (key, value) in element.value().attrs() {
        html.push_str(&format!(" {key}=\""));
        escape(value, is_xml, true, html);
        html.push('"');
    }
    match (element.has_children(), is_xml) {
        (false, true) => html.push_str("/>"),
        _ if VOID.contains(&name) => html.push('>'),
        _ => {
            html.push('>');
            write_children(element, is_xml, html);
            html.push_str(&format!("</{name}>"));
        }
    }
}

/// Elements without an end (HTML Living Standard, 13.1.2).
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Elements whose text is written as it is (HTML Living Standard, 13.3).
const RAW_TEXT: [&str; 5] = ["script", "style", "noscript", "iframe", "noframes"];

fn escape(text: &str, is_xml: bool, in_attribute: bool, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' if is_xml || !in_attribute => html.push_str("&lt;"),
            '>' if is_xml || !in_attribute => html.push_str("&gt;"),
            '"' if is_xml || in_attribute => html.push_str("&quot;"),
            '\'' if is_xml => html.push_str("&apos;"),
            '\u{a0}' => html.push_str(if is_xml { "&#xa0;" } else { "&nbsp;" }),
            other => html.push(other),
        }
    }
}

fn attributes(element: ElementRef<'_>) -> Object {
    element.value().attrs().collect()
}
