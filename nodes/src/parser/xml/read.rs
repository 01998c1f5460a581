//! XML text to values, as the xml2js library makes them.

use engine::{NodeError, Object, Value};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{DEPTH_LIMIT, Options};

/// The form of the values: xml2js' options.
pub(super) struct Form {
    /// The name of an element's attributes.
    pub attributes: String,
    /// The name of an element's text, where it has more than that.
    pub text: String,
    explicit_array: bool,
    explicit_root: bool,
    explicit_text: bool,
    merge_attributes: bool,
    ignore_attributes: bool,
    trim: bool,
    normalize: bool,
    normalize_tags: bool,
    empty: Value,
}

impl Form {
    pub(super) fn of(options: &Options) -> Self {
        Self {
            attributes: options.text("attrkey", "$"),
            text: options.text("charkey", "_"),
            explicit_array: options.flag("explicitArray", true),
            explicit_root: options.flag("explicitRoot", true),
            explicit_text: options.flag("explicitCharkey", false),
            merge_attributes: options.flag("mergeAttrs", false),
            ignore_attributes: options.flag("ignoreAttrs", false),
            trim: options.flag("trim", false),
            normalize: options.flag("normalize", false),
            normalize_tags: options.flag("normalizeTags", false),
            empty: options.0.get("emptyTag").cloned().unwrap_or_else(|| "".into()),
        }
    }
}

/// An element that is not closed yet.
struct Open {
    name: String,
    text: String,
    has_cdata: bool,
    /// Attributes and children.
    object: Object,
}

/// Reads a document.
pub(super) fn parse(text: &str, form: &Form) -> Result<Value, NodeError> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Value> = None;
    loop {
        let at = reader.buffer_position();
        let misplaced = |root: &Option<Value>| {
            let key = if root.is_some() { "xml.second-root" } else { "xml.before-root" };
            NodeError::key(key).with("at", at)
        };
        let event = reader.read_event().map_err(|error| invalid(error, reader.error_position()))?;
        match event {
            Event::Start(start) | Event::Empty(start) if root.is_some() => {
                let _ = start;
                return Err(misplaced(&root));
            }
            Event::Start(start) => {
                if open.len() >= DEPTH_LIMIT {
                    return Err(NodeError::key("xml.too-deep").with("limit", DEPTH_LIMIT));
                }
                open.push(form.open(&start, at)?);
            }
            Event::Empty(start) => {
                let element = form.open(&start, at)?;
                form.close(element, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    form.close(element, &mut open, &mut root);
                }
            }
            Event::Text(text) => match open.last_mut() {
                Some(element) => element.text.push_str(&text.xml10_content()),
                None if text.trim().is_empty() => {}
                None => return Err(misplaced(&root)),
            },
            Event::CData(text) => match open.last_mut() {
                Some(element) => {
                    element.text.push_str(&text.xml10_content());
                    element.has_cdata = true;
                }
                None => return Err(misplaced(&root)),
            },
            Event::GeneralRef(reference) => {
                let Some(element) = open.last_mut() else { return Err(misplaced(&root)) };
                if let Some(character) = reference.resolve_char_ref().map_err(|error| invalid(error, at))? {
                    element.text.push(character);
                } else {
                    let known = resolve_predefined_entity(&reference);
                    let unknown = || NodeError::key("xml.entity").with("name", &*reference).with("at", at);
                    element.text.push_str(known.ok_or_else(unknown)?);
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    match (open.pop(), root) {
        (Some(element), _) => Err(NodeError::key("xml.unclosed").with("name", element.name)),
        // As xml2js: of nothing comes null.
        (None, root) => Ok(root.unwrap_or(Value::Null)),
    }
}

/// The machine-readable code of what is wrong with a text.
const CODE: &str = "XML_SYNTAX";

fn invalid(reason: impl std::fmt::Display, at: u64) -> NodeError {
    NodeError::key("xml.invalid").with("reason", reason).with("at", at).coded(CODE)
}

/// What is wrong with an attribute of the element that starts at byte `at`.
fn bad_attribute(error: &AttrError, at: u64) -> NodeError {
    let (key, inside) = match error {
        AttrError::ExpectedEq(inside) | AttrError::ExpectedValue(inside) => {
            ("xml.attribute.no-value", inside)
        }
        AttrError::UnquotedValue(inside) => ("xml.attribute.no-quotes", inside),
        AttrError::ExpectedQuote(inside, _) => ("xml.attribute.open-quotes", inside),
        AttrError::Duplicated(inside, _) => ("xml.attribute.twice", inside),
    };
    NodeError::key(key).with("at", at + *inside as u64).coded(CODE)
}

impl Form {
    fn open(&self, start: &BytesStart<'_>, at: u64) -> Result<Open, NodeError> {
        let name = start.name().as_ref().to_owned();
        let name = if self.normalize_tags { name.to_lowercase() } else { name };
        let (mut object, mut attributes) = (Object::new(), Object::new());
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| bad_attribute(&error, at))?;
            if self.ignore_attributes {
                continue;
            }
            let key = attribute.key.as_ref();
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| invalid(error, at))?;
            if self.merge_attributes {
                self.add(&mut object, key, (&*value).into());
            } else {
                attributes.insert(key, &*value);
            }
        }
        if !attributes.is_empty() {
            object.insert(self.attributes.as_str(), attributes);
        }
        Ok(Open { name, text: String::new(), has_cdata: false, object })
    }

    /// Makes the value of an element, and adds it to the one around it.
    fn close(&self, element: Open, open: &mut [Open], root: &mut Option<Value>) {
        let Open { name, text, has_cdata, object } = element;
        let is_blank = text.trim().is_empty() && !has_cdata;
        let value = if is_blank && object.is_empty() {
            match &self.empty {
                Value::String(empty) if empty.is_empty() => text.into(),
                empty => empty.clone(),
            }
        } else if is_blank {
            object.into()
        } else {
            let text = if self.trim { text.trim().to_owned() } else { text };
            let text =
                if self.normalize { text.split_whitespace().collect::<Vec<_>>().join(" ") } else { text };
            if object.is_empty() && !self.explicit_text {
                text.into()
            } else {
                // The text comes first, as in xml2js.
                let mut whole = Object::from_iter([(self.text.as_str(), text)]);
                for (key, value) in object {
                    whole.insert(key, value);
                }
                whole.into()
            }
        };
        match open.last_mut() {
            Some(outer) => self.add(&mut outer.object, &name, value),
            None if self.explicit_root => *root = Some(Object::from_iter([(name.as_str(), value)]).into()),
            None => *root = Some(value),
        }
    }

    /// Several of a name become an array.
    fn add(&self, object: &mut Object, name: &str, value: Value) {
        match object.get_mut(name) {
            Some(Value::Array(items)) => std::sync::Arc::make_mut(items).push(value),
            Some(single) => *single = [single.clone(), value].into_iter().collect(),
            None if self.explicit_array => drop(object.insert(name, Value::from(vec![value]))),
            None => drop(object.insert(name, value)),
        }
    }
}
