//! Outputs that come and go with rows or a number: wires, labels and the ends of a subflow go along.

use super::Edit;
use super::draft::Draft;
use super::nodes::find;
use crate::descriptor::{NodeDescriptor, Outputs};
use crate::document::{Document, Kind, Node};
use crate::json::{Json, Object};
use crate::text::Text;

/// What happens to one row of a list property. Positions count from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum RowEdit {
    /// A row comes in and stands at `at`; past the end it is the last.
    Insert {
        /// Its place.
        at: usize,
        /// The row.
        row: Json,
    },
    /// A row goes.
    Remove {
        /// Its place.
        at: usize,
    },
    /// A row changes its place.
    Move {
        /// Where it stands.
        from: usize,
        /// Where it stands afterwards; past the end it is the last.
        to: usize,
    },
}

/// Adds, removes or moves a row of the list property `key`. Where each row has an output of its own
/// (`descriptor`), the wires, labels and subflow ends of the outputs follow their rows, and `outputs` says
/// how many there are, as Node-RED writes it.
pub fn edit_rows(
    document: &Document,
    descriptor: Option<&NodeDescriptor>,
    id: &str,
    key: &str,
    edit: RowEdit,
) -> Edit {
    let position = find(document, id)?;
    let node = &document.nodes()[position];
    let mut rows = rows_of(node, descriptor, key);
    // The old place of each row, none for a new one.
    let mut places: Vec<Option<usize>> = (0..rows.len()).map(Some).collect();
    let missing = |at: usize| Text::key("edit.no-row").with("id", id).with("key", key).with("row", at + 1);
    match edit {
        RowEdit::Insert { at, row } => {
            let at = at.min(rows.len());
            rows.insert(at, row);
            places.insert(at, None);
        }
        RowEdit::Remove { at } if at < rows.len() => {
            rows.remove(at);
            places.remove(at);
        }
        RowEdit::Move { from, to } if from < rows.len() => {
            let to = to.min(rows.len() - 1);
            let (row, place) = (rows.remove(from), places.remove(from));
            rows.insert(to, row);
            places.insert(to, place);
        }
        RowEdit::Remove { at } | RowEdit::Move { from: at, .. } => return Err(missing(at)),
    }
    let count = rows.len();
    let mut draft = Draft::new(document);
    draft.set(position, key, Some(Json::Array(rows)));
    if descriptor.is_some_and(|descriptor| counts(descriptor, key)) {
        draft.set(position, "outputs", Some((count as u64).into()));
        rewire(&mut draft, document, position, &places);
    }
    Ok(draft.finish())
}

/// Sets properties of a node, or takes out those whose value is none. Where one of them says how many outputs
/// there are, outputs come at the end, or go from there with their wires.
pub fn set_form_values<'a>(
    document: &Document,
    descriptor: Option<&NodeDescriptor>,
    id: &str,
    values: impl IntoIterator<Item = (&'a str, Option<Json>)>,
) -> Edit {
    let position = find(document, id)?;
    let node = &document.nodes()[position];
    let mut after = node.fields().clone();
    let mut draft = Draft::new(document);
    let mut has_count = false;
    for (key, value) in values {
        if key == "id" {
            return Err(Text::key("edit.fixed").with("key", key));
        }
        has_count |= descriptor.is_some_and(|descriptor| counts(descriptor, key));
        match &value {
            Some(value) => after.insert(key, value.clone()),
            None => after.remove(key),
        };
        draft.set(position, key, value);
    }
    if let Some(descriptor) = descriptor.filter(|_| has_count) {
        let (before, count) = (descriptor.outputs.count(node.fields()), descriptor.outputs.count(&after));
        if before != count && count <= MOST_OUTPUTS {
            let places: Vec<Option<usize>> =
                (0..usize::from(count)).map(|place| (place < usize::from(before)).then_some(place)).collect();
            rewire(&mut draft, document, position, &places);
        }
    }
    Ok(draft.finish())
}

/// A number of outputs above this is a slip of the finger: the checks tell of it, no wires are made for it.
const MOST_OUTPUTS: u16 = 1_000;

/// The rows of a list property; the default ones where the node says nothing.
pub fn rows_of(node: &Node, descriptor: Option<&NodeDescriptor>, key: &str) -> Vec<Json> {
    if let Some(value) = node.field(key) {
        return value.as_array().unwrap_or_default().to_vec();
    }
    let default =
        descriptor.and_then(|descriptor| descriptor.schema.get("properties")?.get(key)?.get("default"));
    default.and_then(serde_json::Value::as_array).into_iter().flatten().cloned().map(Json::from).collect()
}

/// Whether the property `key` says how many outputs there are.
pub(super) fn counts(descriptor: &NodeDescriptor, key: &str) -> bool {
    matches!(&descriptor.outputs, Outputs::Property { property, .. } if property == key)
}

/// Writes `outputs` beside the rows that stand for outputs, as Node-RED does.
pub(super) fn write_count(descriptor: &NodeDescriptor, fields: &mut Object) {
    if let Outputs::Property { property, .. } = &descriptor.outputs
        && let Some(rows) = fields.get(property).and_then(Json::as_array)
    {
        let count = rows.len() as u64;
        fields.insert("outputs", count);
    }
}

/// Gives the node the outputs `places`: for each its old place, none for a new one. Old ones that are not named
/// go, with what was wired to them.
fn rewire(draft: &mut Draft<'_>, document: &Document, position: usize, places: &[Option<usize>]) {
    let node = &document.nodes()[position];
    let old = |list: &Json, place: &Option<usize>| list.as_array()?.get((*place)?).cloned();
    let nothing = Json::Array(Vec::new());
    let wires = node.field("wires").unwrap_or(&nothing);
    let wires: Json =
        places.iter().map(|place| old(wires, place).unwrap_or_else(|| nothing.clone())).collect();
    draft.set(position, "wires", Some(wires));
    if let Some(labels) = node.field("outputLabels").filter(|labels| labels.as_array().is_some()) {
        let labels: Json =
            places.iter().map(|place| old(labels, place).unwrap_or_else(|| "".into())).collect();
        draft.set(position, "outputLabels", Some(labels));
    }
    let template = node.z().and_then(|z| document.position(z));
    let template = template.filter(|at| document.nodes()[*at].kind() == Kind::Subflow);
    if let Some(template) = template {
        for key in ["out", "status"] {
            let Some(mut ends) = document.nodes()[template].field(key).cloned() else { continue };
            match &mut ends {
                Json::Array(ends) => ends.iter_mut().for_each(|end| move_ends(end, node.id(), places)),
                one => move_ends(one, node.id(), places),
            }
            if document.nodes()[template].field(key) != Some(&ends) {
                draft.set(template, key, Some(ends));
            }
        }
    }
}

/// `{wires: [{id, port?}]}`: what leads from the node's outputs to an end of its subflow.
fn move_ends(end: &mut Json, id: &str, places: &[Option<usize>]) {
    let wires = end.as_object_mut().and_then(|end| end.get_mut("wires")).and_then(Json::as_array_mut);
    let Some(wires) = wires else { return };
    wires.retain_mut(|wire| {
        if wire.get("id").and_then(Json::as_str) != Some(id) {
            return true;
        }
        let port = wire.get("port").and_then(Json::as_f64).unwrap_or(0.0) as usize;
        let place = places.iter().position(|place| *place == Some(port));
        if let (Some(place), true) = (place, place != Some(port))
            && let Some(wire) = wire.as_object_mut()
        {
            wire.insert("port", place as u64);
        }
        place.is_some()
    });
}

#[cfg(test)]
mod tests;
