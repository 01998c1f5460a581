//! Conflicts with what somebody else deployed, as the dialog lists them, and what was chosen.

use std::collections::HashMap;

use ecow::EcoString;
use model::diff::{Conflict, Side};
use model::document::Document;
use model::json::Json;

use super::Id;
use super::node_types::{NodeTypes, called, type_called};
use crate::texts::{say, show, text};

/// What a choice is about: an entry and a property of it, or the whole entry.
pub type Place = (EcoString, Option<EcoString>);

/// Whose version was chosen, by conflict; mine where nothing was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(HashMap<Place, Side>);

impl Choices {
    /// The choice for a conflict.
    pub fn side(&self, conflict: &Conflict) -> Side {
        self.of(&(conflict.node.clone(), conflict.key.clone()))
    }

    /// The choice for a place.
    pub fn of(&self, place: &Place) -> Side {
        self.0.get(place).copied().unwrap_or_default()
    }

    /// Chooses.
    pub fn choose(&mut self, places: &[Place], side: Side) {
        self.0.extend(places.iter().map(|place| (place.clone(), side)));
    }
}

/// One line of the dialog.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The entry.
    pub node: Id,
    /// What the user calls it.
    pub name: String,
    /// Its type.
    pub type_name: String,
    /// The property; `x, y` for a place on the tab; none for the whole entry.
    pub property: Option<String>,
    /// My version in a few words.
    pub mine: String,
    /// Theirs.
    pub theirs: String,
    /// What the choice decides.
    pub places: Vec<Place>,
}

/// The lines for conflicts, in their order; a node's place on its tab is one line.
pub fn rows(conflicts: &[Conflict], mine: &Document, theirs: &Document, types: &NodeTypes) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for conflict in conflicts {
        let place = (conflict.node.clone(), conflict.key.clone());
        let is_coordinate = |key: &str| key == "x" || key == "y";
        let key = conflict.key.as_deref();
        let (own, other) = (words(conflict.mine.as_ref(), key), words(conflict.theirs.as_ref(), key));
        let before = rows.last_mut().filter(|row| {
            let place = row.places.first();
            row.node.as_ref() == conflict.node
                && key.is_some_and(is_coordinate)
                && place.is_some_and(|(_, key)| key.as_deref().is_some_and(is_coordinate))
        });
        if let Some(row) = before {
            row.property = Some("x, y".into());
            row.mine = format!("{}, {own}", row.mine);
            row.theirs = format!("{}, {other}", row.theirs);
            row.places.push(place);
            continue;
        }
        let [here, there] =
            [mine, theirs].map(|document| document.get(&conflict.node).map(|node| (document, node)));
        let node = here.or(there);
        rows.push(Row {
            node: conflict.node.as_str().into(),
            name: node
                .map_or_else(|| conflict.node.to_string(), |(document, node)| called(document, node, types)),
            type_name: node.map(|(_, node)| type_called(node)).unwrap_or_default().to_owned(),
            property: conflict.key.as_ref().map(ToString::to_string),
            mine: own,
            theirs: other,
            places: vec![place],
        });
    }
    rows
}

/// Longest value that is shown, in characters.
const LONGEST: usize = 300;

fn words(value: Option<&Json>, key: Option<&str>) -> String {
    let full = match (value, key) {
        (None, None) => return say("conflict.deleted"),
        (Some(_), None) => return say("conflict.kept"),
        (None, Some(_)) => return say("conflict.absent"),
        (Some(Json::String(text)), _) if text.is_empty() => return say("conflict.empty"),
        (Some(Json::String(text)), _) => text.to_string(),
        (Some(value), _) => value.to_string(),
    };
    match full.char_indices().nth(LONGEST) {
        Some((end, _)) => show(&text("conflict.cut").with("text", &full[..end])),
        None => full,
    }
}

#[cfg(test)]
mod tests {
    use model::diff::{merge, merge_with};

    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn a_line_says_what_both_wanted_and_a_choice_decides_all_of_it() {
        let flows = |name: &str, x: i32, y: i32, more: &str| {
            let text = format!(
                r#"[{{"id":"t","type":"tab","label":"T"}},{{"id":"a","type":"inject","z":"t","name":"{name}","x":{x},"y":{y},"wires":[]}}{more}]"#
            );
            Document::parse(&text).unwrap()
        };
        let node = |p: i32| format!(r#",{{"id":"b","type":"json","z":"t","x":1,"y":1,"wires":[],"p":{p}}}"#);
        let (base, mine, theirs) =
            (flows("", 1, 1, &node(1)), flows("Mine", 2, 2, ""), flows("Theirs", 3, 4, &node(2)));
        let conflicts = merge(&base, &mine, &theirs).conflicts;
        let rows = rows(&conflicts, &mine, &theirs, &sample());
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.property.as_deref(), row.mine.as_str(), row.theirs.as_str()))
            .collect();
        let deleted = say("conflict.deleted");
        assert_eq!(
            shown,
            [
                ("Mine", Some("name"), "Mine", "Theirs"),
                ("Mine", Some("x, y"), "2, 2", "3, 4"),
                ("json", None, deleted.as_str(), say("conflict.kept").as_str()),
            ]
        );
        let mut choices = Choices::default();
        choices.choose(&rows[1].places, Side::Theirs);
        let merged = merge_with(&base, &mine, &theirs, &|conflict| choices.side(conflict)).document;
        assert_eq!(merged.get("a").unwrap().name(), "Mine");
        assert_eq!((merged.get("a").unwrap().x(), merged.get("a").unwrap().y()), (Some(3.0), Some(4.0)));
        assert!(merged.get("b").is_none());
    }
}
