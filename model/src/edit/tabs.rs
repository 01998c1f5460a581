//! Tabs.

use std::collections::HashSet;

use super::Edit;
use super::draft::Draft;
use super::nodes::delete;
use crate::diff::{Change, Diff};
use crate::document::{Document, Kind, Node};
use crate::json::{Json, Object};
use crate::text::Text;

/// Adds a tab as the `index`th of the tabs, or as the last where there are fewer.
pub fn add_tab(document: &Document, id: &str, label: &str, index: usize) -> Edit {
    if document.get(id).is_some() {
        return Err(Text::key("edit.taken-id").with("id", id));
    }
    let mut fields: Object = [("id", id), ("type", "tab"), ("label", label)].into_iter().collect();
    fields.insert("disabled", false);
    fields.insert("info", "");
    fields.insert("env", Vec::new());
    let tabs = positions(document);
    let position = tabs.get(index).copied().or_else(|| Some(tabs.last()? + 1)).unwrap_or(0);
    let mut draft = Draft::new(document);
    draft.insert(position, fields);
    Ok(draft.finish())
}

/// Gives a tab another label.
pub fn rename_tab(document: &Document, id: &str, label: &str) -> Edit {
    set(document, id, "label", label.into())
}

/// Switches a tab and all that is on it on or off.
pub fn enable_tab(document: &Document, id: &str, is_enabled: bool) -> Edit {
    set(document, id, "disabled", Json::Bool(!is_enabled))
}

/// Makes a tab the `index`th of the tabs, or the last where there are fewer.
pub fn move_tab(document: &Document, id: &str, index: usize) -> Edit {
    let from = find_tab(document, id)?;
    let tabs = positions(document);
    let to = tabs[index.min(tabs.len() - 1)];
    if from == to {
        return Ok(Diff::default());
    }
    Ok(Diff::new(vec![Change::Move { id: id.into(), from, to }]))
}

/// Deletes a tab with all that is on it.
pub fn delete_tab(document: &Document, id: &str) -> Edit {
    find_tab(document, id)?;
    Ok(delete(document, HashSet::from([id])))
}

fn set(document: &Document, id: &str, key: &str, value: Json) -> Edit {
    let position = find_tab(document, id)?;
    let mut draft = Draft::new(document);
    draft.set(position, key, Some(value));
    Ok(draft.finish())
}

fn find_tab(document: &Document, id: &str) -> Result<usize, Text> {
    let position = document.position(id).filter(|position| is_tab(&document.nodes()[*position]));
    position.ok_or_else(|| Text::key("edit.no-tab").with("id", id))
}

fn is_tab(node: &Node) -> bool {
    node.kind() == Kind::Tab
}

/// Where the tabs stand; among entries with the same id the first is meant.
fn positions(document: &Document) -> Vec<usize> {
    let nodes = document.nodes().iter().enumerate();
    nodes
        .filter(|(at, node)| is_tab(node) && document.position(node.id()) == Some(*at))
        .map(|(at, _)| at)
        .collect()
}
