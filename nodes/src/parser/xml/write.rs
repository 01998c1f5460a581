//! Values to XML text, as the xml2js library writes them.

use engine::{NodeError, Object, Value, js};

use super::{DEPTH_LIMIT, Options};

/// How it is written: xml2js' options.
pub(super) struct Form {
    attributes: String,
    text: String,
    root: String,
    declaration: Option<String>,
    uses_cdata: bool,
    /// The indentation and the line end, when it is written on several lines.
    pretty: Option<(String, String)>,
}

impl Form {
    pub(super) fn of(options: &Options) -> Self {
        let declared = options.0.get("xmldec");
        let declared = |name: &str, default: &str| match declared.and_then(|all| all.get(name)) {
            Some(value) => js::to_text(value).to_string(),
            None => default.to_owned(),
        };
        let standalone = match declared("standalone", "true").as_str() {
            "true" => " standalone=\"yes\"",
            "false" if options.0.get("xmldec").is_some_and(|all| all.get("standalone").is_some()) => {
                " standalone=\"no\""
            }
            _ => "",
        };
        let declaration = format!(
            "<?xml version=\"{}\" encoding=\"{}\"{standalone}?>",
            declared("version", "1.0"),
            declared("encoding", "UTF-8"),
        );
        // Without options Node-RED writes one line; with options, as xml2js does by itself.
        let has_options = options.0.as_object().is_some();
        let render = Options(options.0.get("renderOpts").cloned().unwrap_or_default());
        let is_pretty = has_options && render.flag("pretty", true);
        Self {
            attributes: options.text("attrkey", "$"),
            text: options.text("charkey", "_"),
            root: options.text("rootName", "root"),
            declaration: (!options.flag("headless", false)).then_some(declaration),
            uses_cdata: options.flag("cdata", false),
            pretty: is_pretty.then(|| (render.text("indent", "  "), render.text("newline", "\n"))),
        }
    }
}

/// Writes a document.
pub(super) fn write(value: &Value, form: &Form) -> Result<String, NodeError> {
    let only = value.as_object().filter(|object| object.len() == 1 && form.root == "root");
    let (name, value) = match only.and_then(|object| object.iter().next()) {
        Some((name, value)) => (name.as_str(), value),
        None => (form.root.as_str(), value),
    };
    let mut root = Element::named(name)?;
    root.fill(value, form, 0)?;
    let mut text = form.declaration.clone().unwrap_or_default();
    if let (Some((_, newline)), false) = (&form.pretty, text.is_empty()) {
        text.push_str(newline);
    }
    root.write(form, 0, &mut text);
    Ok(text)
}

#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    content: Vec<Content>,
}

enum Content {
    Text(String),
    Element(Element),
}

impl Element {
    fn named(name: &str) -> Result<Self, NodeError> {
        Ok(Self { name: checked(name)?.to_owned(), ..Self::default() })
    }

    fn fill(&mut self, value: &Value, form: &Form, depth: usize) -> Result<(), NodeError> {
        if depth >= DEPTH_LIMIT {
            return Err(NodeError::key("xml.too-deep").with("limit", DEPTH_LIMIT));
        }
        match value {
            Value::Object(object) => self.fill_with(object, form, depth),
            Value::Array(items) => {
                for (key, entry) in items.iter().filter_map(Value::as_object).flat_map(Object::iter) {
                    self.add(key, entry, form, depth)?;
                }
                Ok(())
            }
            other => {
                self.text(&js::to_text(other), form);
                Ok(())
            }
        }
    }

    fn fill_with(&mut self, object: &Object, form: &Form, depth: usize) -> Result<(), NodeError> {
        for (key, value) in object.iter() {
            if key == form.attributes.as_str() {
                for (name, value) in value.as_object().into_iter().flat_map(Object::iter) {
                    self.attributes.push((checked(name)?.to_owned(), js::to_text(value).into()));
                }
            } else if key == form.text.as_str() {
                self.text(&js::to_text(value), form);
            } else if let Value::Array(items) = value {
                for item in items.iter() {
                    self.add(key, item, form, depth)?;
                }
            } else {
                self.add(key, value, form, depth)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, value: &Value, form: &Form, depth: usize) -> Result<(), NodeError> {
        let mut child = Self::named(name)?;
        if !value.is_nullish() {
            child.fill(value, form, depth + 1)?;
        }
        self.content.push(Content::Element(child));
        Ok(())
    }

    fn text(&mut self, text: &str, form: &Form) {
        if text.is_empty() {
            return;
        }
        self.content.push(Content::Text(if form.uses_cdata && text.contains(['&', '<', '>']) {
            // The end of a section cannot stand in it: it becomes two.
            format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
        } else {
            escape(text, false)
        }));
    }

    fn write(&self, form: &Form, depth: usize, text: &mut String) {
        text.push_str(&format!("<{}", self.name));
        for (name, value) in &self.attributes {
            text.push_str(&format!(" {name}=\"{}\"", escape(value, true)));
        }
        if self.content.is_empty() {
            text.push_str("/>");
            return;
        }
        text.push('>');
        let has_text = self.content.iter().any(|content| matches!(content, Content::Text(_)));
        let pretty = form.pretty.as_ref().filter(|_| !has_text);
        let line = |depth: usize, text: &mut String| {
            if let Some((indent, newline)) = pretty {
                text.push_str(newline);
                text.push_str(&indent.repeat(depth));
            }
        };
        for content in &self.content {
            line(depth + 1, text);
            match content {
                Content::Text(words) => text.push_str(words),
                Content::Element(element) => element.write(form, depth + 1, text),
            }
        }
        line(depth, text);
        text.push_str(&format!("</{}>", self.name));
    }
}

/// A name that can stand in a tag (XML 1.0, production 5, as far as it matters to a reader).
fn checked(name: &str) -> Result<&str, NodeError> {
    let is_start = |first: char| first.is_alphabetic() || matches!(first, '_' | ':');
    let is_part = |part: char| is_start(part) || part.is_numeric() || matches!(part, '-' | '.' | '\u{b7}');
    if name.starts_with(is_start) && name.chars().all(is_part) {
        return Ok(name);
    }
    Err(NodeError::key("xml.name").with("name", name))
}

fn escape(text: &str, in_attribute: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' if !in_attribute => escaped.push_str("&gt;"),
            '"' if in_attribute => escaped.push_str("&quot;"),
            '\t' if in_attribute => escaped.push_str("&#x9;"),
            '\n' if in_attribute => escaped.push_str("&#xA;"),
            '\r' => escaped.push_str("&#xD;"),
            // No form in XML 1.0.
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}
