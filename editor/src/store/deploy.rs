//! Deploying: what differs from what is deployed, what is sent, and how much of it is restarted.

use std::collections::BTreeSet;

use model::api::DeploymentType;
use model::diff::Changes;
use model::document::{Document, Kind, Node};
use model::json::{Json, Object};

use super::Id;

/// A kind of deploy, as the menu shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeployKind {
    /// What the server is asked for.
    pub kind: DeploymentType,
    /// As it stands in the header, and as it is remembered.
    pub name: &'static str,
    /// Key of its title.
    pub title: &'static str,
    /// Key of what it does.
    pub hint: &'static str,
}

/// The kinds, in the order of the menu; the first is the default.
pub const KINDS: [DeployKind; 3] = [
    DeployKind { kind: DeploymentType::Full, name: "full", title: "deploy.full", hint: "deploy.full.hint" },
    DeployKind {
        kind: DeploymentType::Flows,
        name: "flows",
        title: "deploy.flows",
        hint: "deploy.flows.hint",
    },
    DeployKind {
        kind: DeploymentType::Nodes,
        name: "nodes",
        title: "deploy.nodes",
        hint: "deploy.nodes.hint",
    },
];

/// The kind of this name; the default where there is none.
pub fn kind_named(name: Option<&str>) -> DeployKind {
    KINDS.into_iter().find(|kind| Some(kind.name) == name).unwrap_or(KINDS[0])
}

/// What is sent: version 2 of the flows API.
pub fn body(document: &Document, revision: &str) -> Json {
    Json::Object(Object::from_iter([("flows", document.to_json()), ("rev", revision.into())]))
}

/// Where the form puts passwords, and the server takes them out.
const CREDENTIALS: &str = "credentials";

/// The flows as the server keeps them: without credentials.
pub fn without_credentials(document: &Document) -> Document {
    let has_any = document.nodes().iter().any(|node| node.field(CREDENTIALS).is_some());
    if !has_any {
        return document.clone();
    }
    Document::from_entries(document.nodes().iter().map(|node| match node.json() {
        Json::Object(fields) => {
            let mut fields = fields.clone();
            fields.remove(CREDENTIALS);
            Json::Object(fields)
        }
        other => other.clone(),
    }))
}

/// What bears a mark because it is not deployed as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dirty {
    nodes: BTreeSet<Id>,
    tabs: BTreeSet<Id>,
    /// How many entries came, went or are not as deployed.
    pub count: usize,
}

impl Dirty {
    /// The marks for changes that lead from `deployed` to `document`.
    pub fn of(changes: &Changes, deployed: &Document, document: &Document) -> Self {
        let mut dirty = Self::default();
        let still_there =
            changes.added.iter().chain(&changes.changed).chain(&changes.rewired).chain(&changes.moved);
        for id in still_there {
            dirty.nodes.insert(id.as_str().into());
            dirty.mark_tab(document.get(id));
        }
        for id in &changes.removed {
            dirty.mark_tab(deployed.get(id));
        }
        dirty.count = dirty.nodes.len() + changes.removed.len();
        dirty
    }

    /// Whether the node or group differs from what is deployed.
    pub fn holds(&self, id: &str) -> bool {
        self.nodes.contains(id)
    }

    /// Whether the tab, or anything on it, differs.
    pub fn holds_tab(&self, id: &str) -> bool {
        self.tabs.contains(id)
    }

    fn mark_tab(&mut self, node: Option<&Node>) {
        let Some(node) = node else { return };
        let tab = if matches!(node.kind(), Kind::Tab | Kind::Subflow) { Some(node.id()) } else { node.z() };
        self.tabs.extend(tab.map(Id::from));
    }
}

#[cfg(test)]
mod tests {
    use model::diff::changed;

    use super::*;

    #[test]
    fn tabs_bear_a_mark_for_what_is_on_them_and_for_what_went() {
        let parse = |text: &str| Document::parse(text).unwrap();
        let deployed = parse(
            r#"[{"id":"t","type":"tab"},{"id":"u","type":"tab"},{"id":"v","type":"tab"},
                {"id":"a","type":"x","z":"t","x":1,"y":1},{"id":"b","type":"x","z":"u","x":1,"y":1},{"id":"c","type":"x","p":1}]"#,
        );
        let document = parse(
            r#"[{"id":"t","type":"tab"},{"id":"u","type":"tab"},{"id":"v","type":"tab"},
                {"id":"a","type":"x","z":"t","x":2,"y":1},{"id":"c","type":"x","p":2}]"#,
        );
        let dirty = Dirty::of(&changed(&deployed, &document), &deployed, &document);
        assert_eq!(["t", "u", "v"].map(|tab| dirty.holds_tab(tab)), [true, true, false]);
        assert_eq!(["a", "b", "c"].map(|node| dirty.holds(node)), [true, false, true]);
        assert_eq!(dirty.count, 3);
        assert_eq!(Dirty::of(&Changes::default(), &deployed, &deployed), Dirty::default());
    }

    #[test]
    fn sends_the_flows_with_their_revision() {
        let document = Document::parse(r#"[{"id":"a","type":"x","n":1.0}]"#).unwrap();
        let expected = r#"{"flows":[{"id":"a","type":"x","n":1.0}],"rev":"r"}"#;
        assert_eq!(body(&document, "r").to_string(), expected);
        assert_eq!(kind_named(Some("nodes")).kind, DeploymentType::Nodes);
        assert_eq!(kind_named(Some("?")).kind, DeploymentType::Full);
    }

    #[test]
    fn credentials_are_taken_out() {
        let document =
            Document::parse(r#"[{"id":"a","type":"x","credentials":{"p":1},"q":2},null]"#).unwrap();
        let kept = without_credentials(&document);
        assert_eq!(kept.to_json().to_js_string(), r#"[{"id":"a","type":"x","q":2},null]"#);
    }
}
