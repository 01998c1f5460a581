//! A node's properties, made of what its author wrote when they are asked for: a large flow has many, and few are.

use std::hash::Hash;
use std::sync::Arc;

use ecow::EcoString;
use hashbrown::HashMap;
use model::document::Node;
use model::json::Json as Literal;
use serde_json::{Map, Value as Json};

use crate::env::Env;

mod read;

/// Properties that say where a node is drawn or how it is wired, not what it does.
const LAYOUT: &[&str] = &[
    "id",
    "type",
    "z",
    "g",
    "x",
    "y",
    "w",
    "h",
    "wires",
    "l",
    "inputLabels",
    "outputLabels",
    "icon",
    "info",
    "d",
];

/// Document ids to running ids, of the nodes in a subflow instance.
pub(crate) type Renamed = HashMap<EcoString, EcoString>;

/// A node's own properties, without layout; ids inside subflows and `${NAME}` resolved.
#[derive(Clone, Default)]
pub struct Properties {
    /// None for what is made by the plan.
    node: Option<Node>,
    renamed: Option<Arc<Renamed>>,
    env: Env,
}

impl Properties {
    pub(super) fn of(node: &Node, renamed: Option<Arc<Renamed>>, env: Env) -> Self {
        Self { node: Some(node.clone()), renamed, env }
    }

    /// The environment that they are resolved in: the node's.
    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// One of them.
    pub fn get(&self, key: &str) -> Option<Json> {
        Some(self.resolve(self.written(key)?))
    }

    /// Whether it is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.written(key).is_some()
    }

    fn written(&self, key: &str) -> Option<&Literal> {
        self.node.as_ref()?.field(key).filter(|_| !LAYOUT.contains(&key))
    }

    /// Whether one is `true`.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some(Json::Bool(true))
    }

    /// All of them, for those who hand them on.
    pub fn all(&self) -> Map<String, Json> {
        self.iter().map(|(key, value)| (key.to_owned(), self.resolve(value))).collect()
    }

    /// Those that are texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = EcoString> {
        self.iter().filter_map(|(_, value)| match value {
            Literal::String(text) => match self.replaced(text) {
                None => Some(text.clone()),
                Some(Json::String(text)) => Some(text.into()),
                Some(_) => None,
            },
            _ => None,
        })
    }

    /// Adds all of them to a hash.
    pub(super) fn hash_into(&self, hasher: &mut impl std::hash::Hasher) {
        for (key, value) in self.iter() {
            key.hash(hasher);
            self.hash_value(value, hasher);
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &Literal)> {
        let fields = self.node.iter().flat_map(|node| node.fields().iter());
        fields.filter(|(key, _)| !LAYOUT.contains(key))
    }

    fn hash_value(&self, value: &Literal, hasher: &mut impl std::hash::Hasher) {
        match value {
            Literal::Array(items) => {
                items.len().hash(hasher);
                items.iter().for_each(|item| self.hash_value(item, hasher));
            }
            Literal::Object(entries) => {
                entries.len().hash(hasher);
                for (key, value) in entries.iter() {
                    key.hash(hasher);
                    self.hash_value(value, hasher);
                }
            }
            Literal::String(text) => match self.replaced(text) {
                // An object or number from the environment: what it is written as tells it apart.
                Some(value) => value.to_string().hash(hasher),
                None => text.hash(hasher),
            },
            Literal::Number(number) => number.as_f64().to_bits().hash(hasher),
            Literal::Bool(bool) => bool.hash(hasher),
            Literal::Null => 0.hash(hasher),
        }
    }

    fn resolve(&self, value: &Literal) -> Json {
        match value {
            Literal::String(text) => {
                self.replaced(text).unwrap_or_else(|| Json::String(text.as_str().to_owned()))
            }
            Literal::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Literal::Object(entries) => {
                Json::Object(entries.iter().map(|(key, it)| (key.to_owned(), self.resolve(it))).collect())
            }
            other => other.to_serde(),
        }
    }

    /// What stands for a text that is exactly `${NAME}`, or exactly the id of a node in the same subflow (links,
    /// scopes, config nodes).
    fn replaced(&self, text: &EcoString) -> Option<Json> {
        if let Some(id) = self.renamed.as_ref().and_then(|renamed| renamed.get(text)) {
            return Some(Json::String(id.to_string()));
        }
        let value = self.env.substitute(text)?;
        Some(serde_json::to_value(value).unwrap_or_else(|_| Json::String(text.to_string())))
    }
}
