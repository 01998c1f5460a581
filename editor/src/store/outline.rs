//! All that the flows hold as a tree: flows, subflows and config nodes, each with what is in it.

use std::collections::{BTreeSet, HashMap};

use model::document::{Document, Kind, Node};
use model::json::Json;

use super::Id;
use super::node_types::{NodeTypes, called, type_called};

/// One line of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// The entry.
    pub id: Id,
    /// How deep it stands, from 0.
    pub depth: usize,
    /// What it is called.
    pub name: String,
    /// Its type.
    pub type_name: String,
    /// Its icon's name.
    pub icon: String,
    /// Whether lines below belong to it.
    pub is_branch: bool,
    /// Whether it is switched off.
    pub is_disabled: bool,
}

/// The tree's lines. `is_open` says which branches show what is in them; with a `filter`, all that hold a match do.
pub fn outline(
    document: &Document,
    types: &NodeTypes,
    filter: &str,
    is_open: impl Fn(&str) -> bool,
) -> Vec<Line> {
    let filter = filter.trim().to_lowercase();
    let containers = document.by_container();
    let tree = Tree { document, types, containers: &containers, filter: &filter, is_open: &is_open };
    let mut lines = Vec::new();
    for container in document.tabs().chain(document.subflows()) {
        tree.container(container, &mut lines);
    }
    lines
}

struct Tree<'a> {
    document: &'a Document,
    types: &'a NodeTypes,
    containers: &'a HashMap<&'a str, Vec<&'a Node>>,
    filter: &'a str,
    is_open: &'a dyn Fn(&str) -> bool,
}

impl Tree<'_> {
    fn container(&self, container: &Node, lines: &mut Vec<Line>) {
        let inside = self.containers.get(container.id()).map(Vec::as_slice).unwrap_or_default();
        let tops: Vec<&Node> = inside.iter().copied().filter(|node| node.g().is_none()).collect();
        self.branch(container, &tops, 0, lines);
    }

    /// An entry and, below it, what is in it; nothing where neither matches.
    fn branch(&self, node: &Node, inside: &[&Node], depth: usize, lines: &mut Vec<Line>) {
        let line = self.line(node, depth, !inside.is_empty());
        let matches = self.matches(&line);
        let at = lines.len();
        lines.push(line);
        if depth < DEEPEST && (!self.filter.is_empty() || (self.is_open)(node.id())) {
            for child in inside {
                let members = self.members(child);
                self.branch(child, &members, depth + 1, lines);
            }
        }
        if !matches && lines.len() == at + 1 {
            lines.truncate(at);
        }
    }

    fn members(&self, node: &Node) -> Vec<&Node> {
        let ids = node.field("nodes").filter(|_| node.kind() == Kind::Group).and_then(Json::as_array);
        ids.unwrap_or_default().iter().filter_map(|id| self.document.get(id.as_str()?)).collect()
    }

    fn matches(&self, line: &Line) -> bool {
        self.filter.is_empty()
            || [&line.name, &line.type_name].iter().any(|text| text.to_lowercase().contains(self.filter))
    }

    fn line(&self, node: &Node, depth: usize, is_branch: bool) -> Line {
        let icon = match node.kind() {
            Kind::Tab => "panel-right",
            Kind::Subflow | Kind::SubflowInstance => "workflow",
            Kind::Group => "group",
            Kind::Junction => "dot",
            _ => self.types.get(node.type_name()).map_or("circle-help", |one| one.icon.as_str()),
        };
        Line {
            id: node.id().into(),
            depth,
            name: called(self.document, node, self.types),
            type_name: type_called(node).to_owned(),
            icon: icon.to_owned(),
            is_branch,
            is_disabled: node.is_disabled(),
        }
    }
}

/// Groups nested deeper than this are not followed: a loop of groups must end.
const DEEPEST: usize = 32;

/// A config node and who uses it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// Its id.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// Its type.
    pub type_name: String,
    /// The tab that it belongs to; none for one that all use.
    pub tab: Option<Id>,
    /// How many entries name it.
    pub users: usize,
}

/// The config nodes, by type and name.
pub fn configs(document: &Document, types: &NodeTypes) -> Vec<Config> {
    let ids: BTreeSet<&str> = document.configs().map(Node::id).collect();
    let mut users: HashMap<&str, usize> = HashMap::new();
    for node in document.nodes() {
        let mut named = BTreeSet::new();
        let fields =
            node.fields().iter().filter(|(key, _)| !matches!(*key, "id" | "type" | "z" | "g" | "wires"));
        fields.for_each(|(_, value)| names(value, &ids, &mut named));
        for id in named.into_iter().filter(|id| *id != node.id()) {
            *users.entry(id).or_default() += 1;
        }
    }
    let config = |node: &Node| Config {
        id: node.id().into(),
        name: called(document, node, types),
        type_name: node.type_name().to_owned(),
        tab: node.z().map(Id::from),
        users: users.get(node.id()).copied().unwrap_or_default(),
    };
    let mut configs: Vec<Config> = document.configs().map(config).collect();
    configs.sort_by(|a, b| (&a.type_name, &a.name).cmp(&(&b.type_name, &b.name)));
    configs
}

/// The ids among `ids` that stand anywhere in a value.
fn names<'a>(value: &Json, ids: &BTreeSet<&'a str>, found: &mut BTreeSet<&'a str>) {
    match value {
        Json::String(text) => found.extend(ids.get(text.as_str())),
        Json::Array(items) => items.iter().for_each(|item| names(item, ids, found)),
        Json::Object(object) => object.iter().for_each(|(_, item)| names(item, ids, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    fn document() -> Document {
        Document::parse(
            r#"[{"id":"t","type":"tab","label":"Home"},{"id":"s","type":"subflow","name":"Sub"},
                {"id":"g","type":"group","z":"t","nodes":["a"],"name":"Lights"},
                {"id":"a","type":"inject","z":"t","g":"g","x":1,"y":1,"name":"Start","broker":"k"},
                {"id":"b","type":"debug","z":"t","x":1,"y":1,"d":true,"rows":[{"c":"k"}]},
                {"id":"k","type":"mqtt-broker","name":"One"},{"id":"u","type":"mqtt-broker","name":"Two","z":"t"}]"#,
        )
        .unwrap()
    }

    #[test]
    fn a_tree_of_what_is_open_or_found() {
        let lines = |filter: &str, open: &[&str]| {
            let lines = outline(&document(), &sample(), filter, |id| open.contains(&id));
            lines.iter().map(|line| format!("{}{}", " ".repeat(line.depth), line.id)).collect::<Vec<_>>()
        };
        assert_eq!(lines("", &[]), ["t", "s"]);
        assert_eq!(lines("", &["t"]), ["t", " g", " b", " u", "s"]);
        assert_eq!(lines("", &["t", "g"]), ["t", " g", "  a", " b", " u", "s"]);
        assert_eq!(lines("start", &[]), ["t", " g", "  a"]);
        assert!(lines("nowhere", &[]).is_empty());
    }

    #[test]
    fn config_nodes_know_how_many_use_them() {
        let configs = configs(&document(), &sample());
        let shown: Vec<_> =
            configs.iter().map(|one| (one.name.as_str(), one.users, one.tab.as_deref())).collect();
        assert_eq!(shown, [("One", 2, None), ("Two", 0, Some("t"))]);
    }
}
