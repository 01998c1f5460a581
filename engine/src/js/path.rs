//! Property paths, such as `payload.a["b"][0]` or `payload[msg.index]`, by Node-RED's rules.

use std::borrow::Cow;

use ecow::{EcoString, eco_format};
use model::text::{Catalogue, Text};

use super::{number_to_text, to_text, type_of};
use crate::error::NodeError;
use crate::value::{Object, Value};

mod parse;
mod write;

/// The texts of this module.
pub const TEXTS: Catalogue = &[
    ("path.empty", "a property name is missing here"),
    ("path.unexpected", "{path} is not a property path: {character} is not expected at character {at}"),
    ("path.unfinished", "{path} is not a property path: it stops before its end"),
    (
        "path.empty-text",
        "{path} is not a property path: the name between the quotes at character {at} is empty",
    ),
    (
        "path.not-an-index",
        "{path} is not a property path: an index or a quoted name is needed at character {at}",
    ),
    ("path.unclosed", "{path} is not a property path: the bracket at character {at} is not closed"),
    ("path.missing", "{path} cannot be read: {parent} is {kind}"),
    ("path.nested-missing", "{path} cannot be used: msg.{nested} is undefined"),
    ("path.not-settable", "{path} cannot be set: {parent} is {kind}, which can hold no properties"),
    ("path.index-too-high", "{path} cannot be set: the index is more than {limit} past the array's end"),
];

/// An array grows by at most this many empty places at once; JavaScript would keep them for nothing.
pub const ARRAY_GAP_LIMIT: usize = 1_000_000;

/// A parsed property path; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyPath {
    /// As it was written, without a leading `msg.` if that was taken off.
    text: EcoString,
    first: Step,
    rest: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(EcoString),
    /// An index, which is a plain name where the value is no array; its text is ready for that.
    Index(usize, EcoString),
    /// The key is the message's value at this path.
    Nested(Box<PropertyPath>),
}

impl PropertyPath {
    /// Parses a path. Names that start the path or follow a dot are taken as they are up to the next dot or
    /// bracket; in brackets stand an index, a quoted name, or a path of the message (`[msg.x]`).
    ///
    /// # Errors
    /// What is wrong and at which character, counted from 1.
    pub fn parse(text: &str) -> Result<Self, Text> {
        let mut steps = parse::steps(text)?.into_iter();
        let Some(first) = steps.next() else { return Err(Text::key("path.empty")) };
        Ok(Self { text: text.into(), first, rest: steps.collect() })
    }

    /// Parses a path of a message, which may begin with `msg.`.
    ///
    /// # Errors
    /// As [`PropertyPath::parse`].
    pub fn parse_message(text: &str) -> Result<Self, Text> {
        Self::parse(text.strip_prefix("msg.").unwrap_or(text))
    }

    /// The path of one property, whatever characters its name is made of.
    pub fn key(name: impl Into<EcoString>) -> Self {
        let name = name.into();
        Self { text: name.clone(), first: Step::Key(name), rest: Vec::new() }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name, if this is the path of one property.
    pub fn as_key(&self) -> Option<&str> {
        match &self.first {
            Step::Key(name) if self.rest.is_empty() => Some(name),
            _ => None,
        }
    }

    /// The name that it begins with; none where that depends on the message.
    pub fn first_key(&self) -> Option<&str> {
        match &self.first {
            Step::Key(name) | Step::Index(_, name) => Some(name),
            Step::Nested(_) => None,
        }
    }

    /// Whether a part of it depends on the message (`[msg.x]`).
    pub fn is_nested(&self) -> bool {
        self.steps().any(|step| matches!(step, Step::Nested(_)))
    }

    /// The value at this path; `None` where there is none, or where the way to it ends. Paths with `[msg.x]`
    /// parts take those from `root`. `length` of arrays, texts and buffers can be read.
    #[inline]
    pub fn get<'a>(&self, root: &'a Object) -> Option<Cow<'a, Value>> {
        if let Step::Key(name) = &self.first
            && self.rest.is_empty()
        {
            return root.get(name).map(Cow::Borrowed);
        }
        self.peek(root).map(Cow::Borrowed).or_else(|| self.walk(root))
    }

    /// The value at the end of a plain way through objects and arrays, which most ways are; `None` also where the way is
    /// another one, which [`PropertyPath::get`] goes.
    #[inline]
    pub fn peek<'a>(&self, root: &'a Object) -> Option<&'a Value> {
        let Step::Key(name) = &self.first else { return None };
        self.rest.iter().try_fold(root.get(name)?, |here, step| match (here, step) {
            (Value::Object(object), Step::Key(name) | Step::Index(_, name)) => object.get(name),
            (Value::Array(items), Step::Index(at, _)) => items.get(*at),
            _ => None,
        })
    }

    /// As [`PropertyPath::get`] from any value.
    pub fn get_in<'a>(&self, root: &'a Value) -> Option<Cow<'a, Value>> {
        let empty = Object::new();
        let mut here = Cow::Borrowed(root);
        for step in self.steps() {
            here = descend(here, step.resolve(&empty)?.as_ref())?;
        }
        Some(here)
    }

    /// The value at this path, undefined where the last step finds none.
    ///
    /// # Errors
    /// As in JavaScript when a step before the last finds nothing, and when a `[msg.x]` part is undefined.
    pub fn read<'a>(&self, root: &'a Object) -> Result<Cow<'a, Value>, NodeError> {
        if let Some(found) = self.get(root) {
            return Ok(found);
        }
        let path = self.resolve(root)?;
        let mut here = path.first.child_of(root).map_or(Cow::Owned(Value::Undefined), Cow::Borrowed);
        for (at, step) in path.rest.iter().enumerate() {
            if here.is_nullish() {
                return Err(path.blame("path.missing", at, &here));
            }
            here = descend(here, step).unwrap_or(Cow::Owned(Value::Undefined));
        }
        Ok(here)
    }

    /// Sets the value at this path and makes what is missing on the way: objects before names, arrays before
    /// indexes, which grow as needed. `Undefined` removes instead, as Node-RED does.
    ///
    /// # Errors
    /// When the path leads through something that can hold no property; nothing is changed then.
    #[inline]
    pub fn set(&self, root: &mut Object, value: Value) -> Result<(), NodeError> {
        if let (Step::Key(name), true) = (&self.first, self.rest.is_empty()) {
            if matches!(value, Value::Undefined) {
                root.remove(name);
            } else {
                root.insert(name, value);
            }
            return Ok(());
        }
        if matches!(value, Value::Undefined) {
            self.remove(root);
            return Ok(());
        }
        self.resolve(root)?.set_resolved(root, value)
    }

    /// Removes the value at this path and returns it; the later elements of an array move up when the last
    /// step is an index. Nothing is copied or changed when there is none.
    pub fn remove(&self, root: &mut Object) -> Option<Value> {
        self.get(root)?;
        let path = self.resolve(root).ok()?;
        let Some((last, between)) = path.rest.split_last() else {
            return root.remove(path.first.as_name());
        };
        let mut here = root.get_mut(path.first.as_name())?;
        for step in between {
            here = match here {
                Value::Array(_) => {
                    let at = step.as_index()?;
                    here.as_array_mut()?.get_mut(at)?
                }
                _ => here.as_object_mut()?.get_mut(step.as_name())?,
            };
        }
        match (here, last) {
            (Value::Object(object), _) => std::sync::Arc::make_mut(object).remove(last.as_name()),
            (array @ Value::Array(_), Step::Index(at, _)) => {
                let items = array.as_array_mut()?;
                (*at < items.len()).then(|| items.remove(*at))
            }
            // A quoted number or one at the path's end is a name to JavaScript: it leaves a hole.
            (array @ Value::Array(_), _) => {
                let at = last.as_index()?;
                array.as_array_mut()?.get_mut(at).map(std::mem::take)
            }
            _ => None,
        }
    }

    /// The same path with its `[msg.x]` parts taken from the message.
    ///
    /// # Errors
    /// When one of them is undefined.
    pub fn resolve(&self, message: &Object) -> Result<Cow<'_, Self>, NodeError> {
        if !self.is_nested() {
            return Ok(Cow::Borrowed(self));
        }
        let resolve = |step: &Step| match step.resolve(message) {
            Some(step) => Ok(step.into_owned()),
            None => {
                let nested = if let Step::Nested(path) = step { path.as_str() } else { "" };
                Err(NodeError::key("path.nested-missing").with("path", &self.text).with("nested", nested))
            }
        };
        Ok(Cow::Owned(Self {
            text: self.text.clone(),
            first: resolve(&self.first)?,
            rest: self.rest.iter().map(resolve).collect::<Result<_, _>>()?,
        }))
    }

    /// Without the leading `$parent` steps, and how many there were: a flow's way to the flow around it.
    pub(crate) fn split_parents(self) -> (usize, Option<Self>) {
        let steps: Vec<Step> = std::iter::once(self.first).chain(self.rest).collect();
        let parents = steps.iter().take_while(|step| **step == Step::Key("$parent".into())).count();
        let mut steps = steps.into_iter().skip(parents);
        let rest = steps.next().map(|first| Self { text: self.text, first, rest: steps.collect() });
        (parents, rest)
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    fn walk<'a>(&self, root: &'a Object) -> Option<Cow<'a, Value>> {
        let mut here = Cow::Borrowed(self.first.resolve(root)?.child_of(root)?);
        for step in &self.rest {
            here = descend(here, step.resolve(root)?.as_ref())?;
        }
        Some(here)
    }

    fn set_resolved(&self, root: &mut Object, value: Value) -> Result<(), NodeError> {
        self.check_settable(root)?;
        let Some((last, between)) = self.rest.split_last() else {
            root.insert(self.first.as_name().clone(), value);
            return Ok(());
        };
        let mut here = entry(root, self.first.as_name());
        for step in between {
            prepare(here, step);
            here = match here {
                Value::Array(items) => element(std::sync::Arc::make_mut(items), step.as_index().unwrap_or(0)),
                Value::Object(object) => entry(std::sync::Arc::make_mut(object), step.as_name()),
                // check_settable has been here.
                _ => return Ok(()),
            };
        }
        prepare(here, last);
        match here {
            Value::Array(items) => {
                *element(std::sync::Arc::make_mut(items), last.as_index().unwrap_or(0)) = value;
            }
            Value::Object(object) => *entry(std::sync::Arc::make_mut(object), last.as_name()) = value,
            Value::Buffer(bytes) => {
                let mut changed = bytes.to_vec();
                // As a Uint8Array: modulo 256, and places past the end are ignored.
                if let Some(byte) = last.as_index().and_then(|at| changed.get_mut(at)) {
                    *byte = super::to_number(&value).rem_euclid(256.0) as u8;
                }
                *bytes = std::sync::Arc::new(changed.into());
            }
            _ => {}
        }
        Ok(())
    }

    /// Walks the way before anything is changed on it.
    fn check_settable(&self, root: &Object) -> Result<(), NodeError> {
        let Some(mut here) = self.first.child_of(root) else { return self.check_gaps(0) };
        for (at, step) in self.rest.iter().enumerate() {
            let is_last = at + 1 == self.rest.len();
            let next = match here {
                Value::Undefined => return self.check_gaps(at),
                Value::Object(object) => step.child_of(object),
                Value::Array(items) => match step.as_index() {
                    Some(index) if index > items.len() + ARRAY_GAP_LIMIT => return Err(self.too_high()),
                    Some(index) => items.get(index),
                    None => return Err(self.blame("path.not-settable", at, here)),
                },
                Value::Buffer(_) if is_last && step.as_index().is_some() => None,
                _ => return Err(self.blame("path.not-settable", at, here)),
            };
            match next {
                Some(next) => here = next,
                None => return self.check_gaps(at + 1),
            }
        }
        Ok(())
    }

    /// Whether the arrays that are made for the steps from `from` on stay within the limit.
    fn check_gaps(&self, from: usize) -> Result<(), NodeError> {
        let is_too_high = |step: &Step| matches!(step, Step::Index(at, _) if *at > ARRAY_GAP_LIMIT);
        if self.rest.iter().skip(from).any(is_too_high) { Err(self.too_high()) } else { Ok(()) }
    }

    fn too_high(&self) -> NodeError {
        NodeError::key("path.index-too-high").with("path", &self.text).with("limit", ARRAY_GAP_LIMIT)
    }

    /// An error about the value that the step `at` of `rest` should be found in.
    fn blame(&self, key: &'static str, at: usize, value: &Value) -> NodeError {
        let mut parent = EcoString::new();
        for (position, step) in self.steps().take(at + 1).enumerate() {
            match step {
                Step::Index(at, _) => parent.push_str(&eco_format!("[{at}]")),
                _ if position == 0 => parent.push_str(step.as_name()),
                _ => parent.push_str(&eco_format!(".{}", step.as_name())),
            }
        }
        let kind = match value {
            Value::Null => "null",
            Value::Array(_) => "array",
            Value::Buffer(_) => "buffer",
            _ => type_of(value),
        };
        NodeError::key(key).with("path", &self.text).with("parent", parent).with("kind", kind)
    }
}

impl Step {
    fn index(number: f64) -> Self {
        // Beyond what an array can have it is a name as any other; a cast of a float saturates.
        Self::Index(number as usize, number_to_text(number))
    }

    /// A `[msg.x]` step as what the message has there; others as they are.
    fn resolve(&self, message: &Object) -> Option<Cow<'_, Self>> {
        let Self::Nested(path) = self else { return Some(Cow::Borrowed(self)) };
        let value = path.get(message).filter(|value| !matches!(**value, Value::Undefined))?;
        Some(Cow::Owned(match &*value {
            Value::Number(number) if *number >= 0.0 && number.fract() == 0.0 => Self::index(*number),
            value => Self::Key(to_text(value)),
        }))
    }

    /// The step as a property name; of a nested step, which callers resolve first, nothing fits.
    fn as_name(&self) -> &EcoString {
        match self {
            Self::Key(name) | Self::Index(_, name) => name,
            Self::Nested(path) => &path.text,
        }
    }

    /// The step as an index of an array, if it can be one.
    fn as_index(&self) -> Option<usize> {
        match self {
            Self::Index(at, _) => Some(*at),
            Self::Key(name) => {
                let is_canonical = name.bytes().all(|byte| byte.is_ascii_digit())
                    && (name.len() == 1 || !name.starts_with('0'));
                is_canonical.then(|| name.parse().ok()).flatten()
            }
            Self::Nested(_) => None,
        }
    }

    fn child_of<'a>(&self, object: &'a Object) -> Option<&'a Value> {
        object.get(self.as_name())
    }
}

/// The value one step further, if there is one.
fn descend<'a>(here: Cow<'a, Value>, step: &Step) -> Option<Cow<'a, Value>> {
    if let Cow::Borrowed(Value::Object(object)) = here {
        return step.child_of(object).map(Cow::Borrowed);
    }
    if let Cow::Borrowed(Value::Array(items)) = here
        && let Some(at) = step.as_index()
    {
        return items.get(at).map(Cow::Borrowed);
    }
    let is_length = step.as_name() == "length";
    match &*here {
        Value::Array(items) if is_length => Some(Cow::Owned(items.len().into())),
        Value::Buffer(bytes) if is_length => Some(Cow::Owned(bytes.len().into())),
        Value::String(text) if is_length => Some(Cow::Owned(text.encode_utf16().count().into())),
        Value::Buffer(bytes) => bytes.get(step.as_index()?).map(|byte| Cow::Owned(u32::from(*byte).into())),
        Value::String(text) => {
            let unit = text.encode_utf16().nth(step.as_index()?)?;
            Some(Cow::Owned(String::from_utf16_lossy(&[unit]).into()))
        }
        _ => None,
    }
}

/// Makes an undefined value something that can hold `step`.
fn prepare(here: &mut Value, step: &Step) {
    if matches!(here, Value::Undefined) {
        *here = if matches!(step, Step::Index(..)) { Value::from(Vec::new()) } else { Value::object() };
    }
}

/// The entry of this name, made if it is missing.
fn entry<'a>(object: &'a mut Object, name: &EcoString) -> &'a mut Value {
    if !object.contains_key(name) {
        object.insert(name.clone(), Value::Undefined);
    }
    match object.get_mut(name) {
        Some(value) => value,
        None => unreachable!("it was inserted above"),
    }
}

/// The element at this index; the array grows to have it.
fn element(items: &mut Vec<Value>, at: usize) -> &mut Value {
    if at >= items.len() {
        items.resize(at + 1, Value::Undefined);
    }
    &mut items[at]
}

#[cfg(test)]
mod tests;
