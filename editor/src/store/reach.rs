//! What messages come from and go to, along the wires of a tab.

use std::collections::BTreeSet;

use super::Id;
use super::drawing::Drawing;

/// Which way to follow wires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Against them.
    Up,
    /// Along them.
    Down,
    /// Both.
    Both,
}

/// These nodes and all that wires lead to from them.
pub fn reached(drawing: &Drawing, from: impl IntoIterator<Item = Id>, way: Way) -> BTreeSet<Id> {
    let mut found: BTreeSet<Id> = from.into_iter().collect();
    let mut open: Vec<Id> = found.iter().cloned().collect();
    while let Some(id) = open.pop() {
        for wire in &drawing.wires {
            let down = (wire.from == id && way != Way::Up).then_some(&wire.to);
            let up = (wire.to == id && way != Way::Down).then_some(&wire.from);
            for next in [down, up].into_iter().flatten() {
                if found.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use model::document::Document;

    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn wires_are_followed_either_way_and_circles_end() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab"},{"id":"a","type":"inject","z":"t","x":1,"y":1,"wires":[["b"]]},
                {"id":"b","type":"json","z":"t","x":1,"y":1,"wires":[["c","b"]]},{"id":"c","type":"debug","z":"t","x":1,"y":1},
                {"id":"d","type":"json","z":"t","x":1,"y":1,"wires":[["c"]]}]"#,
        )
        .unwrap();
        let drawing = Drawing::new(&document, &sample(), "t");
        let names = |way| {
            reached(&drawing, ["b".into()], way).into_iter().map(|id| id.to_string()).collect::<String>()
        };
        assert_eq!(
            (names(Way::Down), names(Way::Up), names(Way::Both)),
            ("bc".into(), "ab".into(), "abcd".into())
        );
    }
}
