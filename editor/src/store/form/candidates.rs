//! What may be chosen: config nodes of a type, nodes to watch or to link to.

use model::document::{Document, Kind, Node};

use super::{NodesKind, instance};
use crate::store::Id;
use crate::store::node_types::{NodeTypes, called, type_called};

/// A node that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// Its id.
    pub id: Id,
    /// Its label.
    pub label: String,
    /// Its type.
    pub type_name: String,
    /// The label of its tab; empty for the tab of the node that chooses.
    pub tab: String,
    /// It is switched off.
    pub is_disabled: bool,
}

impl Candidate {
    fn of(document: &Document, node: &Node, tab: &str, types: &NodeTypes) -> Self {
        Self {
            id: node.id().into(),
            label: called(document, node, types),
            type_name: type_called(node).to_owned(),
            tab: tab.to_owned(),
            is_disabled: node.is_disabled(),
        }
    }

    /// Whether a filter (any case) finds it.
    pub fn matches(&self, filter: &str) -> bool {
        let filter = filter.trim().to_lowercase();
        [&self.label, &self.type_name, &self.tab].iter().any(|text| text.to_lowercase().contains(&filter))
    }
}

/// The config nodes of a type, in document order.
pub fn config_nodes(document: &Document, types: &NodeTypes, type_name: &str) -> Vec<Candidate> {
    let nodes = document.nodes().iter().filter(|node| node.type_name() == type_name);
    nodes.map(|node| Candidate::of(document, node, "", types)).collect()
}

/// The variables of the subflow that the node `id` is in whose uses choose a config node of this type.
pub fn config_variables(document: &Document, id: &str, type_name: &str) -> Vec<Candidate> {
    let template = document.get(id).and_then(Node::z).and_then(|z| document.get(z));
    let template = template.filter(|template| template.kind() == Kind::Subflow);
    let names = template.map(|template| instance::config_variables(template, type_name)).unwrap_or_default();
    let candidate = |name: &str| Candidate {
        id: format!("${{{name}}}").as_str().into(),
        label: format!("${{{name}}}"),
        type_name: type_name.to_owned(),
        tab: String::new(),
        is_disabled: false,
    };
    names.into_iter().map(candidate).collect()
}

/// The nodes that the node `id` may choose: first those of its own tab.
pub fn nodes(document: &Document, types: &NodeTypes, id: &str, kind: &NodesKind) -> Vec<Candidate> {
    let Some(own) = document.get(id) else { return Vec::new() };
    let fits = |node: &Node| {
        let is_on_tab = matches!(node.kind(), Kind::Node | Kind::SubflowInstance) && !node.is_config();
        is_on_tab
            && node.id() != id
            && match kind.types.as_slice() {
                [] => node.z() == own.z() && node.type_name() != "comment",
                types => types.iter().any(|wanted| wanted == node.type_name()),
            }
    };
    let tab = |node: &Node| match node.z() {
        z if z == own.z() => String::new(),
        z => z.and_then(|z| document.get(z)).map(container_name).unwrap_or_default(),
    };
    let mut found: Vec<Candidate> = document
        .nodes()
        .iter()
        .filter(|node| fits(node))
        .map(|node| Candidate::of(document, node, &tab(node), types))
        .collect();
    found.sort_by_key(|candidate| !candidate.tab.is_empty());
    found
}

/// What a tab or a subflow is called.
pub fn container_name(node: &Node) -> String {
    let name = node.text("label").filter(|label| !label.is_empty()).unwrap_or_else(|| node.name());
    if name.is_empty() { node.id().to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn links_reach_other_tabs_and_scopes_do_not() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab","label":"One"},{"id":"u","type":"tab","label":"Two"},
            {"id":"far","type":"link in","z":"u","x":1,"y":1,"name":"Far"},{"id":"near","type":"link in","z":"t","x":1,"y":1},
            {"id":"c","type":"comment","z":"t","x":1,"y":1},{"id":"j","type":"junction","z":"t","x":1,"y":1},
            {"id":"s","type":"switch","z":"t","x":1,"y":1,"d":true},{"id":"me","type":"inject","z":"t","x":1,"y":1},
            {"id":"b","type":"mqtt-broker","name":"Broker"}]"#,
        )
        .unwrap();
        let shown = |kind: NodesKind| -> Vec<String> {
            let found = nodes(&document, &sample(), "me", &kind);
            found
                .iter()
                .map(|one| format!("{} {} {}", one.id, one.label, one.tab).trim().to_owned())
                .collect()
        };
        let links = NodesKind { types: vec!["link in".into()], ..NodesKind::default() };
        assert_eq!(shown(links), ["near link in", "far Far Two"]);
        assert_eq!(shown(NodesKind::default()), ["near link in", "s switch"]);
        let brokers = config_nodes(&document, &sample(), "mqtt-broker");
        assert_eq!(brokers[0].label, "Broker");
        assert!(brokers[0].matches(" BROK") && !brokers[0].matches("tls"));
        assert_eq!(nodes(&document, &sample(), "gone", &NodesKind::default()), []);
    }
}
