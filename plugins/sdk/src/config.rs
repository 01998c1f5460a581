//! Settings: what `#[derive(Config)]` makes of a struct.
//!
//! A doc comment is the text of the form: `/// # Title`, then the description. `#[config(…)]` on a field takes:
//!
//! | | |
//! |---|---|
//! | `default = 10` | where the property is absent; without it, the type's own default |
//! | `min = 1`, `max = 100` | limits of a number |
//! | `required` | must be there, and not empty |
//! | `rename = "theName"` | its name in the flow file |
//! | `section = "More"` | the foldable part of the form that it is in |
//! | `show_if(mode = "custom")`, `show_if(mode = ["a", "b"])` | shown and checked only then |
//! | `widget = "typed"`, `extend("x-types" = ["msg"], …)` | form hints, and anything else of JSON Schema |
//!
//! Fields are `bool`, numbers, `String`, [`Property`] (a property of the message), `Option`s of these, `Vec<String>`, [`Json`],
//! enums that derive `Config` (a choice; the doc comment of a variant is its title), and `Vec`s of structs that derive
//! `Config` (rows).

use serde_json::Map;

use crate::{Json, Problems, json};

mod kinds;
mod reader;

pub use kinds::Property;
pub use reader::{Fields, Reader};

/// The settings of a node: a struct with `#[derive(Config)]`.
pub trait Config: Setting {}

/// Reads settings from the properties of a node.
///
/// # Errors
/// Everything that is wrong with them.
pub(crate) fn read<T: Config>(properties: &Json) -> Result<T, Problems> {
    let mut reader = Reader::default();
    let settings = T::read(properties, &mut reader);
    let problems = reader.into_problems();
    match settings {
        Some(settings) => problems.settle(settings),
        None => Err(problems),
    }
}

/// A type that a setting can have.
pub trait Setting: Sized {
    /// Its JSON Schema, with the hints for the form.
    fn schema() -> Json;

    /// Reads it, or tells the reader why it cannot be read.
    fn read(value: &Json, reader: &mut Reader) -> Option<Self>;

    /// As a flow file has it.
    fn to_json(&self) -> Json;

    /// What holds where the property is absent and the field names no default.
    fn absent() -> Json {
        Json::Null
    }
}

/// The words of a field.
#[doc(hidden)]
pub struct Words {
    /// In the flow file.
    pub name: &'static str,
    /// In the form.
    pub title: &'static str,
    /// Under the field.
    pub description: &'static str,
}

/// A schema in the making.
#[doc(hidden)]
#[derive(Default)]
pub struct Form {
    properties: Map<String, Json>,
    required: Vec<Json>,
}

impl Form {
    /// Adds a field.
    pub fn add<T: Setting>(&mut self, words: Words, default: Option<T>, required: bool, members: Json) {
        let mut schema = match T::schema() {
            Json::Object(schema) => schema,
            _ => Map::new(),
        };
        if !words.title.is_empty() {
            schema.insert("title".into(), words.title.into());
        }
        if !words.description.is_empty() {
            schema.insert("description".into(), words.description.into());
        }
        if required && schema.get("type").is_some_and(|kind| kind == "string") {
            schema.insert("minLength".into(), 1.into());
        }
        match default {
            Some(default) => drop(schema.insert("default".into(), default.to_json())),
            None if required => self.required.push(words.name.into()),
            None => drop(schema.insert("default".into(), T::absent())),
        }
        if let Json::Object(members) = members {
            schema.extend(members);
        }
        self.properties.insert(words.name.into(), schema.into());
    }

    /// The schema of all.
    pub fn into_schema(self) -> Json {
        let mut schema = json!({ "type": "object", "properties": self.properties });
        if !self.required.is_empty() {
            schema["required"] = self.required.into();
        }
        schema
    }
}

/// The schema of a choice.
#[doc(hidden)]
pub fn choice(words: &[&str], titles: &[&str]) -> Json {
    json!({ "type": "string", "enum": words, "x-widget": "choice", "x-enum-titles": titles })
}

#[cfg(test)]
mod tests;
