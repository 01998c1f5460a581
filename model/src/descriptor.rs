//! What the editor is told of a node type: everything needed to list it, draw it and edit it.
//!
//! The editor holds no list of node types. A built-in node and a plugin describe themselves with the same
//! [`NodeDescriptor`]; its JSON Schema, with the closed set of [`Widget`] hints, is the form.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::json::{self, Object};
use crate::text::Text;

/// A node type, as the palette and the forms need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeDescriptor {
    /// The `type` of its nodes in a flow file, such as `mqtt in`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What the engine does with it.
    pub role: Role,
    /// Palette group, lower case: `common`, `function`, `network`, `storage`, `sequence`, `parser`,
    /// `location`; `config` for config nodes, which the palette does not list, and empty for what nobody adds.
    pub category: String,
    /// Fill colour of its nodes, as CSS `#rrggbb`.
    pub colour: String,
    /// Icon name in the editor's set (Lucide), such as `radio`.
    pub icon: String,
    /// Input ports: 0 or 1.
    pub inputs: u8,
    /// Output ports.
    pub outputs: Outputs,
    /// Where the label under or in the node comes from.
    pub label: Label,
    /// Whether its nodes have a button. Where they have no input, it starts them (`POST /inject/:id`); where they have
    /// one, it turns their property `active` on and off, without a deploy too (`POST /debug/:id/enable`, `disable`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub button: bool,
    /// JSON Schema (draft 2020-12) of its properties: defaults, types, limits, titles, descriptions and
    /// the `x-widget` hints of [`Widget`]. Common properties (id, type, z, name, x, y, wires, d, l, info) are not in it.
    pub schema: Json,
    /// Properties kept apart as credentials, never sent to a browser.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<Credential>,
    /// Help in Markdown: what it does, its message properties, an example.
    pub help: String,
}

/// What the engine does with nodes of a type. All but `Node` and `Config` are compiled into the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs: receives messages, sends messages.
    Node,
    /// Has no ports and is used by other nodes through a property that holds its id.
    Config,
    /// Shown only.
    Comment,
    /// Passes on what it gets.
    Junction,
    /// The far end of virtual wires.
    LinkIn,
    /// The near end of virtual wires, or the return of a link call (`mode`).
    LinkOut,
    /// Calls the nodes behind a link in and waits for their answer.
    LinkCall,
    /// Receives the errors of the nodes in its scope.
    Catch,
    /// Receives the statuses of the nodes in its scope.
    Status,
    /// Receives the messages that the nodes in its scope have finished.
    Complete,
}

/// How many output ports a node has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum Outputs {
    /// Always this many.
    Fixed(u16),
    /// As many as the property says: a number, a number as text, or the length of an array of rows.
    Property {
        /// Name of the property, such as `outputs` or `rules`.
        property: String,
        /// Where the property is absent.
        default: u16,
    },
}

impl Outputs {
    /// How many output ports a node with these properties has.
    pub fn count(&self, fields: &Object) -> u16 {
        let (property, default) = match self {
            Outputs::Fixed(count) => return *count,
            Outputs::Property { property, default } => (property, default),
        };
        let whole = |number: f64| (number.fract() == 0.0).then_some(number as u16);
        let count = match fields.get(property) {
            Some(json::Json::Number(number)) => whole(number.as_f64()),
            Some(json::Json::String(text)) => text.trim().parse().ok().and_then(whole),
            Some(json::Json::Array(rows)) => Some(u16::try_from(rows.len()).unwrap_or(u16::MAX)),
            _ => None,
        };
        count.unwrap_or(*default)
    }
}

/// The label rule: the first of `properties` that is not empty, else `fallback`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Property names, tried in order; `name` first as a rule.
    pub properties: Vec<String>,
    /// Shown when all of them are empty.
    pub fallback: Text,
}

/// One credential property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Property name, such as `password`.
    pub name: String,
    /// Title in the form.
    pub title: String,
    /// Shown as dots and never sent back; otherwise shown as text (a user name).
    pub secret: bool,
    /// Has several lines, as a certificate has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lines: bool,
    /// As `x-show-if` on a property: `null`, or the properties of the node and the values that show it.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub show_if: Json,
}

impl Credential {
    /// One that is shown as it is.
    pub fn text(name: &str, title: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            secret: false,
            lines: false,
            show_if: Json::Null,
        }
    }

    /// One that is never shown.
    pub fn secret(name: &str, title: &str) -> Self {
        Self { secret: true, ..Self::text(name, title) }
    }
}

/// The closed set of form hints: the value of `x-widget` on a property's schema. A property without one
/// is drawn from its JSON type: text, number, check box, choice for an enum, list of texts, names with texts.
///
/// Any property may also have `x-show-if`, such as `{"mode": ["custom"]}`, which hides it unless all that it
/// names, in the same form or row, have one of the values listed (null: or are absent), and `x-section`, the
/// heading of the foldable part of the form that it is in. The whole set is described in `docs/widgets.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Widget {
    /// A value with a type beside it. `x-type-property` names the property of the type; `x-types` lists
    /// the types allowed, in the order offered: `msg`, `flow`, `global`, `str`, `num`, `bool`, `json`, `re`,
    /// `date`, `bin`, `env`, `jsonata`, `cred`, `node`, `prev` or `len`, or an object `{type, title, value}` for a
    /// type of its own (with `value`: that has only this value). `x-read-as`, such as
    /// `{"false": ["msg", "payload"]}`, says as what type and value a value of older files is read.
    /// `x-inherit-property` names the property of the row that names the property of the node which holds the
    /// value where the row has none.
    Typed,
    /// The id of a config node of the type that `x-config-type` names.
    ConfigNode,
    /// Ids of nodes; `x-node-types` lists the types that may be chosen, on all tabs (absent: all nodes of the
    /// same tab). Where the type allows null, that stands for all nodes; where it allows a string, `group`
    /// stands for the nodes of the node's own group.
    Nodes,
    /// Code; `x-language` is `javascript`, `json`, `mustache`, `sql`, `markdown`, `jsonata` or `text`.
    Code,
    /// An array of objects, drawn as rows that can be added, moved and removed; `items` is each row's schema,
    /// and its `default` a new row.
    Rows,
    /// Not shown.
    Hidden,
    /// A value chosen from `enum`, with titles in `x-enum-titles` in the same order.
    Choice,
    /// When something happens again, kept as a cron expression; an interval is kept in seconds in the property
    /// that `x-repeat-property` names, where there is one.
    Cron,
    /// A duration: the number here, its unit in the property that `x-unit-property` names.
    Duration,
    /// A point on a map as `{latitude, longitude}`, or, where the type is array, the corners of an area.
    Area,
}
