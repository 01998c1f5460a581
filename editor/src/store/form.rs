//! The form of a node, made from its type's descriptor: which fields there are, what each shows, what it writes.
//!
//! A [`Form`] is the same for all nodes of a type; values are read from and written to a node's properties (or a
//! row's) with the functions of [`value`]. `docs/widgets.md` lists the hints.

pub mod candidates;
pub mod common;
pub mod completion;
pub mod instance;
pub mod place;
pub mod rows;
pub mod schedule;
pub mod typed;
pub mod value;
pub mod variable;

mod schema;

use std::sync::Arc;

use model::descriptor::NodeDescriptor;
use model::json::{Json, Object};
use serde::Deserialize;

pub use schema::UnknownHint;
pub use typed::{ValueType, ValueTypes};

/// The fields of a node, a row, a tab and so on, in the order they are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    /// Name first, then what the type describes.
    pub fields: Vec<Arc<Field>>,
    /// What is kept apart as credentials.
    pub credentials: Vec<Arc<Field>>,
    /// Inside the property `style`: how a group looks.
    pub style: Vec<Arc<Field>>,
    /// Inside the property `env`: the variables of a subflow's use.
    pub variables: Vec<Arc<Field>>,
    /// What is seldom needed: enabled, label, icon, port labels, description.
    pub more: Vec<Arc<Field>>,
    /// Hints that the form does not know; what has them is drawn from its JSON type.
    pub unknown_hints: Vec<UnknownHint>,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The property that it shows and writes.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// What it does; may be empty.
    pub description: String,
    /// How it looks.
    pub kind: Kind,
    /// What holds where the property is absent.
    pub default: Option<Json>,
    /// Whether the default is kept out of the document.
    pub is_default_left_out: bool,
    /// It is shown only while each of these properties of the same form has one of its values.
    pub show_if: Vec<Condition>,
    /// The heading of the foldable part of the form that it is in.
    pub section: Option<String>,
    /// Its value names what is read of the message (a typed value of the message, the tags of a template), while each
    /// of these properties has one of its values; `rules[].t` is that of every row.
    pub reads: Option<Vec<Condition>>,
    /// Wires come and go with its value, so it is written when the user is done with it, not at each key.
    pub counts_outputs: bool,
    /// Where in the library its texts are kept.
    pub library: Option<Library>,
}

/// A kind of texts in the library, and what is kept with each.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Library {
    /// The kind, such as `functions`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What names of its files end in, without the dot.
    pub extension: String,
    /// Properties of the node that are kept with the text.
    pub fields: Vec<String>,
}

/// A property must have one of some values for a field to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The property.
    pub key: String,
    /// The values; null also stands for an absent property.
    pub values: Vec<Json>,
}

/// How a field looks and what it writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// One line of text.
    Text,
    /// A number.
    Number(NumberKind),
    /// A check box. Inverted: it is checked where the property is not true.
    Flag {
        /// Whether it shows the opposite.
        is_inverted: bool,
    },
    /// One of some values.
    Choice(Vec<Choice>),
    /// Some of these values, as a list.
    Several(Vec<Choice>),
    /// A value with a type beside it.
    Typed(ValueTypes),
    /// The id of a config node.
    ConfigNode {
        /// The type of the config nodes that may be chosen.
        type_name: String,
    },
    /// Ids of nodes.
    Nodes(NodesKind),
    /// Code.
    Code(Language),
    /// A list of rows.
    Rows(Arc<RowsKind>),
    /// A number and its unit.
    Duration {
        /// The property of the unit.
        unit_key: String,
        /// The units.
        units: Vec<Choice>,
        /// The unit where the property is absent.
        default_unit: Json,
        /// The number.
        number: NumberKind,
    },
    /// When something happens again: an interval in one property, a cron expression in this one.
    Schedule {
        /// The property of the interval in seconds, where there is one.
        repeat_key: Option<String>,
    },
    /// A point on a map: `{latitude, longitude}`.
    Point,
    /// A list of points.
    Corners,
    /// A list of texts.
    List,
    /// Names with a text each.
    Names,
    /// A credential that is never shown.
    Secret {
        /// Whether it may have several lines.
        has_lines: bool,
    },
    /// A colour, as CSS has it; it may be none.
    Colour,
    /// Whatever JSON: for schemas that nothing else fits.
    Json,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NumberKind {
    /// No fractions.
    pub is_whole: bool,
    /// As a text, as Node-RED does with many of its numbers.
    pub is_text: bool,
    /// The least value.
    pub minimum: Option<f64>,
    /// The greatest value.
    pub maximum: Option<f64>,
}

/// One of the values of a choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What is written.
    pub value: Json,
    /// What is shown.
    pub title: String,
}

/// Which nodes may be chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodesKind {
    /// Of these types, on all tabs; of any type on the node's own tab where there are none.
    pub types: Vec<String>,
    /// Whether no list (null) stands for all nodes.
    pub may_be_all: bool,
    /// Whether the text `group` stands for the nodes of the node's own group.
    pub may_be_group: bool,
    /// How many may be chosen.
    pub most: Option<usize>,
}

/// A list of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsKind {
    /// The fields of a row.
    pub form: Form,
    /// A row as it is added.
    pub new_row: Json,
    /// Its rows are variables of a subflow, with fields for what [`variable`] reads and writes.
    pub has_hints: bool,
}

/// What code is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// JavaScript, the body of a function.
    JavaScript,
    /// JSON.
    Json,
    /// Mustache, mostly around HTML.
    Mustache,
    /// SQL.
    Sql,
    /// Markdown.
    Markdown,
    /// A JSONata expression.
    Jsonata,
    /// Anything else.
    Text,
}

impl Language {
    /// Its name in `x-language` and for the code editor.
    pub fn name(self) -> &'static str {
        match self {
            Self::JavaScript => "javascript",
            Self::Json => "json",
            Self::Mustache => "mustache",
            Self::Sql => "sql",
            Self::Markdown => "markdown",
            Self::Jsonata => "jsonata",
            Self::Text => "text",
        }
    }
}

impl Form {
    /// The form of a type's nodes.
    pub fn of(descriptor: &NodeDescriptor) -> Self {
        let mut form = schema::form(&descriptor.schema, descriptor);
        if !form.fields.iter().any(|field| field.key == "name") {
            form.fields.insert(0, Arc::new(common::name()));
        }
        form.credentials =
            descriptor.credentials.iter().map(|one| Arc::new(schema::credential(one))).collect();
        form.more = common::more(descriptor).into_iter().map(Arc::new).collect();
        form
    }

    /// All its fields.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Field>> {
        self.fields.iter().chain(&self.credentials).chain(&self.more)
    }

    /// The headings of its foldable parts, in order.
    pub fn sections(&self) -> Vec<&str> {
        let mut sections: Vec<&str> = Vec::new();
        for section in self.fields.iter().filter_map(|field| field.section.as_deref()) {
            if !sections.contains(&section) {
                sections.push(section);
            }
        }
        sections
    }
}

impl Field {
    /// A field as plain as can be.
    pub fn new(key: &str, title: impl Into<String>, kind: Kind) -> Self {
        Self {
            key: key.to_owned(),
            title: title.into(),
            description: String::new(),
            kind,
            default: None,
            is_default_left_out: false,
            show_if: Vec::new(),
            section: None,
            reads: None,
            counts_outputs: false,
            library: None,
        }
    }

    /// Whether it is shown in a form over these properties; `defaults` are the fields around it.
    pub fn is_shown(&self, properties: &Object, form: &Form) -> bool {
        self.show_if.iter().all(|condition| {
            let default = || form.all().find(|field| field.key == condition.key)?.default.clone();
            let value = properties.get(&condition.key).cloned().or_else(default).unwrap_or(Json::Null);
            condition.values.iter().any(|wanted| value::is_same(wanted, &value))
        })
    }

    /// The properties that it writes.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys = vec![self.key.as_str()];
        match &self.kind {
            Kind::Typed(types) => keys.extend(types.type_key.as_deref()),
            Kind::Duration { unit_key, .. } => keys.push(unit_key),
            Kind::Schedule { repeat_key } => keys.extend(repeat_key.as_deref()),
            _ => {}
        }
        keys
    }
}

#[cfg(test)]
mod tests;
