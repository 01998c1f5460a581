//! The tabs above the canvas.

use model::document::Document;

use super::Id;
use super::lock::is_locked;

/// One tab: a flow, or a subflow's inside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tab {
    /// Id of the flow or subflow.
    pub id: Id,
    /// Its name; empty where its user gave none.
    pub name: String,
    /// Its nodes do not run.
    pub is_disabled: bool,
    /// Nothing on it may be changed.
    pub is_locked: bool,
    /// It is the inside of a subflow.
    pub is_subflow: bool,
}

/// The tabs of a document: flows first, then subflows, each in the document's order.
pub fn tabs(document: &Document) -> Vec<Tab> {
    let flows = document.tabs().map(|node| (node, false));
    let subflows = document.subflows().map(|node| (node, true));
    flows
        .chain(subflows)
        .map(|(node, is_subflow)| Tab {
            id: node.id().into(),
            name: node.name().to_owned(),
            is_disabled: node.is_disabled(),
            is_locked: is_locked(node),
            is_subflow,
        })
        .collect()
}

/// The tab to show: the chosen one while it is there, else the first.
pub fn open<'a>(tabs: &'a [Tab], chosen: Option<&str>) -> Option<&'a Id> {
    let chosen = tabs.iter().find(|tab| Some(tab.id.as_ref()) == chosen);
    chosen.or(tabs.first()).map(|tab| &tab.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_before_subflows_and_a_gone_tab_gives_way() {
        let document = Document::parse(
            r#"[{"id":"s","type":"subflow","name":"Sub"},{"id":"a","type":"tab","label":"A"},
                {"id":"b","type":"tab","label":"B","disabled":true,"locked":true}]"#,
        )
        .unwrap();
        let tabs = tabs(&document);
        assert_eq!(tabs.iter().map(|tab| tab.name.as_str()).collect::<Vec<_>>(), ["A", "B", "Sub"]);
        assert!(tabs[1].is_disabled && tabs[1].is_locked && tabs[2].is_subflow);
        assert_eq!(open(&tabs, Some("b")).unwrap().as_ref(), "b");
        assert_eq!(open(&tabs, Some("gone")).unwrap().as_ref(), "a");
        assert_eq!(open(&[], None), None);
    }
}
