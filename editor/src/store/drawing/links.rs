//! Virtual wires: link nodes and the ends that they name, shown while one of them is selected.

use model::descriptor::Role;
use model::document::{Document, Node};
use model::json::Json;

use super::Drawing;
use crate::store::Id;
use crate::store::node_types::NodeTypes;

/// What is shown of the links of some nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    /// Between two nodes of this tab: from, to.
    pub wires: Vec<(Id, Id)>,
    /// To other tabs.
    pub flags: Vec<Flag>,
}

/// A way to another tab.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// The node here.
    pub node: Id,
    /// Whether messages leave by it, rather than come.
    pub is_outgoing: bool,
    /// Counts the flags at this side of the node.
    pub row: usize,
    /// The node there.
    pub target: Id,
    /// What the tab there is called.
    pub tab: String,
}

/// The links from and to those of the tab's nodes that `is_selected` names.
pub fn links(
    document: &Document,
    types: &NodeTypes,
    drawing: &Drawing,
    is_selected: impl Fn(&str) -> bool,
) -> Links {
    let mut links = Links::default();
    let sends = |node: &Node| matches!(role(types, node), Some(Role::LinkOut | Role::LinkCall));
    let is_here = |id: &str| drawing.node(id).is_some();
    for from in document.nodes().iter().filter(|node| sends(node)) {
        for to in targets(from).filter_map(|id| document.get(id)) {
            if role(types, to) != Some(Role::LinkIn) || !(is_selected(from.id()) || is_selected(to.id())) {
                continue;
            }
            match (is_here(from.id()), is_here(to.id())) {
                (true, true) => links.wires.push((from.id().into(), to.id().into())),
                (true, false) => links.flag(document, from, to, true),
                (false, true) => links.flag(document, to, from, false),
                (false, false) => {}
            }
        }
    }
    links
}

impl Links {
    fn flag(&mut self, document: &Document, here: &Node, there: &Node, is_outgoing: bool) {
        let same =
            self.flags.iter().filter(|flag| *flag.node == *here.id() && flag.is_outgoing == is_outgoing);
        let row = same.count();
        let tab = there.z().and_then(|tab| document.get(tab));
        let name = tab.and_then(|tab| {
            [tab.text("label").unwrap_or_default(), tab.name()].into_iter().find(|name| !name.is_empty())
        });
        self.flags.push(Flag {
            node: here.id().into(),
            is_outgoing,
            row,
            target: there.id().into(),
            tab: name.unwrap_or_default().to_owned(),
        });
    }
}

fn role(types: &NodeTypes, node: &Node) -> Option<Role> {
    types.get(node.type_name()).map(|descriptor| descriptor.role)
}

fn targets(node: &Node) -> impl Iterator<Item = &str> {
    node.field("links").and_then(Json::as_array).unwrap_or_default().iter().filter_map(Json::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn links_of_what_is_selected_are_shown() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab","label":"Here"},{"id":"u","type":"tab","label":"There"},
               {"id":"o","type":"link out","z":"t","x":1,"y":1,"links":["i","far","far2","gone"],"wires":[]},
               {"id":"i","type":"link in","z":"t","x":90,"y":1,"links":["o"],"wires":[]},
               {"id":"far","type":"link in","z":"u","x":1,"y":1,"wires":[]},
               {"id":"far2","type":"link in","z":"u","x":1,"y":1,"wires":[]},
               {"id":"c","type":"link call","z":"u","x":1,"y":1,"links":["i"],"wires":[]}]"#,
        )
        .unwrap();
        let types = sample();
        let drawing = Drawing::new(&document, &types, "t");
        let shown = |selected: &str| links(&document, &types, &drawing, |id| id == selected);
        assert_eq!(shown("nothing"), Links::default());
        let out = shown("o");
        assert_eq!(out.wires, [("o".into(), "i".into())]);
        let flags: Vec<(&str, &str, usize, bool)> = out
            .flags
            .iter()
            .map(|flag| (flag.target.as_ref(), flag.tab.as_str(), flag.row, flag.is_outgoing))
            .collect();
        assert_eq!(flags, [("far", "There", 0, true), ("far2", "There", 1, true)]);
        let incoming = shown("i");
        assert_eq!(incoming.wires.len(), 1);
        assert_eq!((incoming.flags[0].target.as_ref(), incoming.flags[0].is_outgoing), ("c", false));
    }
}
