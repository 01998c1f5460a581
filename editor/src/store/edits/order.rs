//! Which of two things that overlap lies above: the order of the document's entries.

use std::collections::BTreeSet;

use model::diff::Change;
use model::document::Document;
use model::edit::{Batch, Edit};

use crate::store::Id;

/// Where things go in the pile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Above all others of their tab.
    Front,
    /// Below all others.
    Back,
    /// Above the next one.
    Forward,
    /// Below the one before.
    Backward,
}

/// Moves things in the pile of their tab; among themselves they keep their order.
pub fn restack(document: &Document, ids: &[Id], layer: Layer) -> Edit {
    let moving: BTreeSet<&str> = ids.iter().map(AsRef::as_ref).collect();
    let Some(tab) = ids.iter().find_map(|id| document.get(id)?.z()) else { return Ok(Default::default()) };
    let pile: Vec<&str> =
        document.nodes_on(tab).filter(|node| node.x().is_some()).map(|node| node.id()).collect();
    let mut wanted = pile.clone();
    match layer {
        Layer::Front => wanted.sort_by_key(|id| moving.contains(id)),
        Layer::Back => wanted.sort_by_key(|id| !moving.contains(id)),
        Layer::Forward => swap_up(&mut wanted, &moving),
        Layer::Backward => {
            wanted.reverse();
            swap_up(&mut wanted, &moving);
            wanted.reverse();
        }
    }
    // Each goes to the place that the pile has at its new height, from the lowest up.
    let slots: Vec<usize> = pile.iter().filter_map(|id| document.position(id)).collect();
    let mut batch = Batch::on(document);
    for (slot, id) in slots.into_iter().zip(wanted) {
        batch.make(|document| {
            let from = document.position(id).unwrap_or(slot);
            let change = (from != slot).then(|| Change::Move { id: id.into(), from, to: slot });
            Ok(model::diff::Diff::new(change.into_iter().collect()))
        })?;
    }
    Ok(batch.finish())
}

fn swap_up(pile: &mut [&str], moving: &BTreeSet<&str>) {
    for at in (1..pile.len()).rev() {
        if moving.contains(pile[at - 1]) && !moving.contains(pile[at]) {
            pile.swap(at - 1, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, ids};
    use super::*;

    #[test]
    fn things_change_their_height_and_others_stay() {
        let start = Document::parse(
            r#"[{"id":"t","type":"tab"},{"id":"a","type":"x","z":"t","x":1,"y":1},{"id":"k","type":"conf"},
                {"id":"b","type":"x","z":"t","x":1,"y":1},{"id":"c","type":"x","z":"t","x":1,"y":1}]"#,
        )
        .unwrap();
        let order = |layer, chosen: &[&str]| {
            let after = after(&start, restack(&start, &ids(chosen), layer));
            assert_eq!((after.position("t"), after.len()), (Some(0), start.len()));
            after.nodes_on("t").map(|node| node.id().to_owned()).collect::<String>()
        };
        assert_eq!(order(Layer::Front, &["a"]), "bca");
        assert_eq!(order(Layer::Back, &["c", "b"]), "bca");
        assert_eq!(order(Layer::Forward, &["a"]), "bac");
        assert_eq!(order(Layer::Forward, &["a", "b"]), "cab");
        assert_eq!(order(Layer::Backward, &["c"]), "acb");
        assert_eq!(order(Layer::Forward, &["c"]), "abc");
    }
}
