//! The flow document: every entry of a flow file, in file order, as it was read.

mod node;
mod read;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use ecow::EcoString;
use sha2::{Digest, Sha256};

use crate::json::{Json, ParseError};
use crate::text::{Catalogue, Text};

pub use node::{Kind, Node};
pub use read::Source;

/// The document's texts.
pub const TEXTS: Catalogue = &[(
    "document.shape",
    "a flow document is a list of nodes, or an object with such a list as `flows`; this is {found}",
)];

/// A flow document. Entries stand in file order; what is malformed is kept as it is, and
/// [`crate::check`] tells of it. A clone shares the entries.
#[derive(Clone, Debug, Default)]
pub struct Document {
    nodes: Arc<Vec<Node>>,
    /// Position of the first entry with each id.
    index: Arc<Index>,
    /// Worked out once it is asked for; for all clones at once.
    rev: Arc<OnceLock<String>>,
}

type Index = hashbrown::HashMap<EcoString, usize>;

impl Document {
    /// Reads a flow file or an API body: a list of nodes (version 1), or `{flows, rev?, credentials?}`
    /// (version 2), of which this takes `flows`; [`crate::api::FlowsRequest`] has the rest.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let source = Self::read(text, &Self::default())?;
        source.document.map_err(|message| ParseError { line: 1, column: 1, message })
    }

    /// Takes a parsed flow file or API body; see [`Document::parse`].
    pub fn from_json(json: Json) -> Result<Self, Text> {
        let shape = |found: &str| Text::key("document.shape").with("found", found);
        match json {
            Json::Array(entries) => Ok(Self::from_entries(entries)),
            Json::Object(mut object) => match object.remove("flows") {
                Some(Json::Array(entries)) => Ok(Self::from_entries(entries)),
                _ => Err(shape("an object without a list of `flows`")),
            },
            other => Err(shape(other.kind_name())),
        }
    }

    /// A document of these entries.
    pub fn from_entries(entries: impl IntoIterator<Item = Json>) -> Self {
        Self::from_nodes(entries.into_iter().map(Node::new).collect())
    }

    /// The entries as a JSON array, exactly as they were read.
    pub fn to_json(&self) -> Json {
        Json::Array(self.nodes.iter().map(|node| node.json().clone()).collect())
    }

    /// The entries as JSON text in one line, exactly as they were read.
    pub fn to_text(&self) -> String {
        self.text_parts().collect()
    }

    /// The same in parts, of some thousand bytes each.
    pub fn text_parts(&self) -> impl Iterator<Item = String> {
        Json::list_parts(self.nodes.iter().map(|node| (node.json(), node.known_text())), None)
    }

    /// The text of a flow file, indented by 4 spaces as Node-RED writes it.
    pub fn to_pretty_string(&self) -> String {
        self.pretty_parts().collect()
    }

    /// The same in parts, of some thousand bytes each.
    pub fn pretty_parts(&self) -> impl Iterator<Item = String> {
        Json::list_parts(self.nodes.iter().map(|node| (node.json(), node.known_text())), Some(4))
    }

    /// The revision as Node-RED computes it: SHA-256 of `JSON.stringify(flows)`, 64 lower case hex digits.
    pub fn rev(&self) -> String {
        self.rev.get_or_init(|| self.compute_rev()).clone()
    }

    fn compute_rev(&self) -> String {
        let (mut hasher, mut scratch) = (Sha256::new(), String::new());
        hasher.update("[");
        for (at, node) in self.nodes.iter().enumerate() {
            if at > 0 {
                hasher.update(",");
            }
            node.with_js_text(&mut scratch, |text| hasher.update(text));
        }
        hasher.update("]");
        hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// All entries in file order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The entry with this id; the first, where several have it.
    pub fn get(&self, id: &str) -> Option<&Node> {
        self.nodes.get(self.position(id)?)
    }

    /// Where the entry with this id stands, from 0; the first, where several have it.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// Whether every entry has an id that no other one has.
    pub fn has_unique_ids(&self) -> bool {
        self.index.len() == self.nodes.len()
    }

    /// The entries that differ from those of `new`, by id: before and after, none where there is none. Where an
    /// entry stands does not count. For documents with unique ids.
    pub fn differing<'a>(&'a self, new: &'a Document) -> Vec<(Option<&'a Node>, Option<&'a Node>)> {
        let is_same = |(a, b): &(&Node, &Node)| a.is_shared_with(b);
        let start = self.nodes.iter().zip(new.nodes.iter()).take_while(is_same).count();
        let (old_rest, new_rest) = (&self.nodes[start..], &new.nodes[start..]);
        let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(is_same).count();
        let (old_rest, new_rest) = (&old_rest[..old_rest.len() - end], &new_rest[..new_rest.len() - end]);
        let mut differing = Vec::new();
        for after in new_rest {
            let before = self.get(after.id());
            if before != Some(after) {
                differing.push((before, Some(after)));
            }
        }
        let gone = old_rest.iter().filter(|node| new.position(node.id()).is_none());
        differing.extend(gone.map(|node| (Some(node), None)));
        differing
    }

    /// The tabs in order.
    pub fn tabs(&self) -> impl Iterator<Item = &Node> {
        self.of_kind(Kind::Tab)
    }

    /// The subflow templates in order.
    pub fn subflows(&self) -> impl Iterator<Item = &Node> {
        self.of_kind(Kind::Subflow)
    }

    /// The groups in order.
    pub fn groups(&self) -> impl Iterator<Item = &Node> {
        self.of_kind(Kind::Group)
    }

    /// The config nodes in order.
    pub fn configs(&self) -> impl Iterator<Item = &Node> {
        self.of_kind(Kind::Config)
    }

    /// Everything on the tab or in the subflow template `z`: nodes, groups, junctions, config nodes.
    /// Looks at every entry; to go through all tabs use [`Document::by_container`].
    pub fn nodes_on<'a>(&'a self, z: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(move |node| node.z() == Some(z))
    }

    /// The entries by the tab or subflow template they are on, in document order; under "" those that are on none.
    pub fn by_container(&self) -> HashMap<&str, Vec<&Node>> {
        let mut containers: HashMap<&str, Vec<&Node>> = HashMap::new();
        for node in self.nodes.iter() {
            containers.entry(node.z().unwrap_or_default()).or_default().push(node);
        }
        containers
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.kind() == kind)
    }

    /// A document of these entries.
    pub(crate) fn from_nodes(nodes: Vec<Node>) -> Self {
        let mut document = Self { nodes: Arc::new(nodes), ..Self::default() };
        document.rebuild_index();
        document
    }

    /// The entries, to change; the index then has to be built anew where ids or places changed.
    pub(crate) fn nodes_mut(&mut self) -> &mut Vec<Node> {
        self.rev = Arc::default();
        Arc::make_mut(&mut self.nodes)
    }

    /// To be called when entries came, went or moved.
    pub(crate) fn rebuild_index(&mut self) {
        let mut index = Index::with_capacity(self.nodes.len());
        for (position, node) in self.nodes.iter().enumerate() {
            if let Some(id) = node.own_id() {
                index.entry(id.clone()).or_insert(position);
            }
        }
        self.index = Arc::new(index);
    }
}

impl FromIterator<Node> for Document {
    fn from_iter<I: IntoIterator<Item = Node>>(nodes: I) -> Self {
        Self::from_nodes(nodes.into_iter().collect())
    }
}

/// Documents are equal when they hold the same entries in the same order, to the last key and literal.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.nodes, &other.nodes) || self.nodes == other.nodes
    }
}

impl Eq for Document {}

#[cfg(test)]
mod tests;
