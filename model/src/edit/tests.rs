use proptest::prelude::*;

use super::*;
use crate::check::tests::types;
use crate::diff::tests::any_document;

/// A document with everything that entries can name each other by.
pub(crate) const START: &str = r#"[
  {"id":"t1","type":"tab","label":"One","disabled":false},{"id":"t2","type":"tab","label":"Two"},
  {"id":"s","type":"subflow","name":"Sub","in":[{"x":1,"y":1,"wires":[{"id":"s1"}]}],"out":[{"x":1,"y":1,"wires":[{"id":"s1","port":0},{"id":"s","port":0}]}],"status":{"wires":[{"id":"s1","port":0}]}},
  {"id":"s1","type":"switch","z":"s","x":1,"y":1,"wires":[["s2"]]},{"id":"s2","type":"debug","z":"s","x":2,"y":1,"wires":[]},
  {"id":"g1","type":"group","z":"t1","nodes":["n1","g2"],"x":0,"y":0,"w":10,"h":10},
  {"id":"g2","type":"group","z":"t1","g":"g1","nodes":["n2"],"x":0,"y":0,"w":10,"h":10},
  {"id":"n1","type":"inject","z":"t1","g":"g1","x":1,"y":1,"wires":[["n2","j","i"]]},
  {"id":"n2","type":"debug","z":"t1","g":"g2","x":9,"y":1.50,"wires":[]},
  {"id":"j","type":"junction","z":"t1","x":5,"y":5,"wires":[["n2","lo"]]},
  {"id":"i","type":"subflow:s","z":"t1","x":5,"y":5,"wires":[["n2"]],"env":[{"name":"B","type":"mqtt-broker","value":"b"}]},
  {"id":"lo","type":"link out","z":"t1","x":1,"y":1,"mode":"link","links":["li"],"wires":[]},
  {"id":"li","type":"link in","z":"t2","x":1,"y":1,"links":["lo"],"wires":[["n3"]]},
  {"id":"n3","type":"switch","z":"t2","x":5,"y":1,"rules":[{"t":"eq"},{"t":"gt"}],"wires":[["n4"],[]]},
  {"id":"n4","type":"debug","z":"t2","x":9,"y":1,"wires":[]},
  {"id":"m","type":"mqtt in","z":"t2","x":1,"y":7,"broker":"b","wires":[["n4"]]},
  {"id":"c","type":"catch","z":"t2","x":1,"y":9,"scope":["n3","m"],"wires":[["n4"]]},
  {"id":"b","type":"mqtt-broker","host":"localhost"}]"#;

fn parse(text: &str) -> Document {
    Document::parse(text).expect("a document")
}

fn applied(document: &Document, edit: Edit) -> Document {
    let mut document = document.clone();
    edit.expect("can be made").apply(&mut document).expect("fits");
    document
}

/// SplitMix64 (Steele, Lea and Flood 2014): enough to draw edits from.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn of<'a>(&mut self, ids: &[&'a str]) -> &'a str {
        if ids.is_empty() { "nobody" } else { ids[self.below(ids.len())] }
    }
}

pub(crate) fn any_edit(document: &Document, draw: &mut Draw) -> Edit {
    let ids: Vec<&str> =
        document.nodes().iter().map(crate::document::Node::id).filter(|id| !id.is_empty()).collect();
    let tabs: Vec<&str> = document.tabs().map(crate::document::Node::id).collect();
    let (a, b, tab) = (draw.of(&ids), draw.of(&ids), draw.of(&tabs));
    let (x, y) = (draw.below(2000) as f64 / 4.0, draw.below(1000) as f64);
    let fresh = new_id(draw.next());
    // Documents keep to a size of some sixty entries.
    match draw.below(if ids.len() > 60 { 32 } else { 15 }) {
        0 => add_tab(document, &fresh, "New", draw.below(5)),
        1 => rename_tab(document, tab, &fresh),
        2 => move_tab(document, tab, draw.below(5)),
        3 => enable_tab(document, tab, draw.below(2) == 0),
        4 if tabs.len() > 2 => delete_tab(document, tab),
        4 | 5 => {
            let types = types();
            let descriptor = types.values().nth(draw.below(types.len())).expect("a type");
            add_node(document, descriptor, &fresh, Place { z: Some(tab), x, y })
        }
        6 => move_nodes(document, [(a, x, y), (b, y, x)]),
        7 => set_property(document, a, "name", Some(fresh.into())),
        8 => set_properties(document, a, [("name", None), ("note", Some(Json::from(x)))]),
        9 => enable_nodes(document, [a, b], draw.below(2) == 0),
        10 | 11 => {
            let junctions_and_debugs: Vec<&str> = document
                .nodes()
                .iter()
                .filter(|node| matches!(node.type_name(), "debug" | "junction" | "switch"))
                .map(|node| node.id())
                .collect();
            let sources: Vec<&str> = document
                .nodes()
                .iter()
                .filter(|node| matches!(node.type_name(), "inject" | "junction" | "switch"))
                .map(|node| node.id())
                .collect();
            connect(document, draw.of(&sources), 0, draw.of(&junctions_and_debugs))
        }
        12 => {
            let wires = document.get(a).map(crate::document::Node::wires).unwrap_or_default();
            let to = wires.first().map(|port| draw.of(port)).unwrap_or("nobody");
            disconnect(document, a, 0, to)
        }
        13 if ids.len() <= 60 => {
            let some: Vec<Json> = document
                .nodes()
                .iter()
                .filter(|_| draw.below(4) == 0)
                .map(|node| node.json().clone())
                .collect();
            let holds_template =
                some.iter().any(|entry| entry.get("type").and_then(Json::as_str) == Some("subflow"));
            let is_inside_template = |entry: &Json| {
                entry
                    .get("z")
                    .and_then(Json::as_str)
                    .is_some_and(|z| document.get(z).is_some_and(|z| z.type_name() == "subflow"))
            };
            // A copied template without its insides would differ from what its instances need; take all of both or none.
            let some: Vec<Json> =
                some.into_iter().filter(|entry| !holds_template || !is_inside_template(entry)).collect();
            let options = Paste { z: tab, shift: (20.0, 20.0), keeps_free_ids: draw.below(2) == 0 };
            let mut state = Draw(draw.next());
            paste(document, &Document::from_entries(some), options, &mut || new_id(state.next()))
                .map(|pasted| pasted.diff)
        }
        _ => delete_nodes(document, [a, b]),
    }
}

#[test]
fn two_thousand_edits_keep_the_document_sound_and_can_all_be_undone() {
    let start = parse(START);
    assert_eq!(invariants(&start), []);
    for seed in 1..=4 {
        let mut draw = Draw(seed);
        let (mut document, mut done, mut refused) = (start.clone(), Vec::new(), 0);
        while done.len() < 2000 {
            let Ok(diff) = any_edit(&document, &mut draw) else {
                refused += 1;
                assert!(refused < 20_000, "hardly an edit can be made");
                continue;
            };
            diff.apply(&mut document).expect("an edit fits the document it was made for");
            assert_eq!(invariants(&document), [], "after {diff:?}");
            done.push(diff);
        }
        let end = document.clone();
        for diff in done.iter().rev() {
            diff.invert().apply(&mut document).expect("undo fits");
        }
        assert_eq!(document, start);
        for diff in &done {
            diff.apply(&mut document).expect("redo fits");
        }
        assert_eq!(document, end);
        let together = done.into_iter().fold(Diff::default(), Diff::then);
        together.invert().apply(&mut document).expect("undo at once fits");
        assert_eq!(document, start);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn edits_of_broken_documents_fit_and_can_be_undone(document in any_document(), seed in any::<u64>()) {
        if let Ok(diff) = any_edit(&document, &mut Draw(seed)) {
            let mut edited = document.clone();
            diff.apply(&mut edited).expect("fits");
            diff.invert().apply(&mut edited).expect("undo fits");
            prop_assert_eq!(edited, document);
        }
    }
}

fn json_of(document: &Document, id: &str) -> String {
    document.get(id).map(|node| node.json().to_string()).unwrap_or_default()
}

#[test]
fn a_new_node_has_its_defaults_and_ports() {
    let (start, types) = (parse(START), types());
    let place = Place { z: Some("t2"), x: 40.0, y: 62.5 };
    let document = applied(&start, add_node(&start, &types["switch"], "new", place));
    let expected = r#"{"id":"new","type":"switch","z":"t2","name":"","property":"payload","rules":[{"t":"eq","v":""}],"outputs":1,"x":40,"y":62.5,"wires":[[]]}"#;
    assert_eq!(json_of(&document, "new"), expected);
    assert_eq!(document.position("new"), Some(start.len()));
    let mut config = types["mqtt-broker"].clone();
    config.role = crate::descriptor::Role::Config;
    let document = applied(&start, add_node(&start, &config, "new", Place { z: None, x: 0.0, y: 0.0 }));
    assert_eq!(
        json_of(&document, "new"),
        r#"{"id":"new","type":"mqtt-broker","name":"","host":"localhost"}"#
    );
}

#[test]
fn deleting_takes_out_whatever_names_it() {
    let start = parse(START);
    let document = applied(&start, delete_nodes(&start, ["n2", "li", "n3", "g2"]));
    for (id, expected) in [
        ("n1", r#"{"id":"n1","type":"inject","z":"t1","g":"g1","x":1,"y":1,"wires":[["j","i"]]}"#),
        ("g1", r#"{"id":"g1","type":"group","z":"t1","nodes":["n1"],"x":0,"y":0,"w":10,"h":10}"#),
        ("lo", r#"{"id":"lo","type":"link out","z":"t1","x":1,"y":1,"mode":"link","links":[],"wires":[]}"#),
        ("c", r#"{"id":"c","type":"catch","z":"t2","x":1,"y":9,"scope":["m"],"wires":[["n4"]]}"#),
        ("n3", ""),
    ] {
        assert_eq!(json_of(&document, id), expected);
    }
    // Members of a deleted group stay, in the group around it.
    let document = applied(&start, delete_nodes(&start, ["g2"]));
    assert_eq!(document.get("n2").and_then(|node| node.g()), Some("g1"));
    assert_eq!(
        document.get("g1").and_then(|group| group.field("nodes")).map(ToString::to_string).as_deref(),
        Some(r#"["n1","n2"]"#)
    );
    // A template goes with its insides and instances.
    let document = applied(&start, delete_nodes(&start, ["s"]));
    assert_eq!(["s", "s1", "s2", "i"].map(|id| document.get(id).is_some()), [false; 4]);
    assert_eq!(document.get("n1").map(|node| node.wires()), Some(vec![vec!["n2", "j"]]));
    let document = applied(&start, delete_tab(&start, "t2"));
    assert_eq!(document.len(), start.len() - 6);
    assert_eq!(invariants(&document), []);
    let document = applied(&start, delete_nodes(&start, ["s1"]));
    let ends = r#""in":[{"x":1,"y":1,"wires":[]}],"out":[{"x":1,"y":1,"wires":[{"id":"s","port":0}]}],"status":{"wires":[]}"#;
    assert!(json_of(&document, "s").contains(ends), "{}", json_of(&document, "s"));
}

#[test]
fn pasting_redraws_what_belongs_together() {
    let start = parse(START);
    let copied = |ids: &[&str]| {
        Document::from_entries(
            start.nodes().iter().filter(|node| ids.contains(&node.id())).map(|node| node.json().clone()),
        )
    };
    let pasted = |clipboard: &Document, z: &str| {
        let mut count = 0;
        let mut fresh = || {
            count += 1;
            eco_format!("f{count}")
        };
        let options = Paste { z, shift: (10.0, 0.0), keeps_free_ids: false };
        let pasted = paste(&start, clipboard, options, &mut fresh).expect("can be pasted");
        (applied(&start, Ok(pasted.diff)), pasted.ids)
    };
    let (document, ids) =
        pasted(&copied(&["g2", "n1", "n2", "i", "lo", "m", "c", "b", "s", "s1", "s2"]), "t2");
    // The broker and the subflow are there already and are used.
    assert_eq!(ids, ["f1", "f2", "f3", "f4", "f5", "f6", "f7"]);
    for (id, expected) in [
        ("f1", r#"{"id":"f1","type":"group","z":"t2","nodes":["f3"],"x":10,"y":0,"w":10,"h":10}"#),
        ("f2", r#"{"id":"f2","type":"inject","z":"t2","x":11,"y":1,"wires":[["f3","f4"]]}"#),
        ("f3", r#"{"id":"f3","type":"debug","z":"t2","g":"f1","x":19,"y":1.50,"wires":[]}"#),
        (
            "f4",
            r#"{"id":"f4","type":"subflow:s","z":"t2","x":15,"y":5,"wires":[["f3"]],"env":[{"name":"B","type":"mqtt-broker","value":"b"}]}"#,
        ),
        (
            "f5",
            r#"{"id":"f5","type":"link out","z":"t2","x":11,"y":1,"mode":"link","links":["li"],"wires":[]}"#,
        ),
        ("li", r#"{"id":"li","type":"link in","z":"t2","x":1,"y":1,"links":["lo","f5"],"wires":[["n3"]]}"#),
        ("f6", r#"{"id":"f6","type":"mqtt in","z":"t2","x":11,"y":7,"broker":"b","wires":[[]]}"#),
        ("f7", r#"{"id":"f7","type":"catch","z":"t2","x":11,"y":9,"scope":["n3","f6"],"wires":[[]]}"#),
    ] {
        assert_eq!(json_of(&document, id), expected);
    }
    // What differs from its namesake is copied, and its users are redrawn.
    let mut other = copied(&["i", "m", "b", "s", "s1", "t1"]).to_json().to_string();
    other = other.replace("localhost", "elsewhere");
    let (document, ids) = pasted(&parse(&other), "t2");
    assert_eq!(ids.len(), 6);
    let shown: Vec<String> = ids.iter().map(|id| json_of(&document, id)).collect();
    assert_eq!(shown[0], r#"{"id":"f1","type":"tab","label":"One","disabled":false}"#);
    assert!(shown[1].contains(r#""in":[{"x":1,"y":1,"wires":[{"id":"f3"}]}]"#), "{}", shown[1]);
    assert_eq!(shown[2], r#"{"id":"f3","type":"switch","z":"f2","x":1,"y":1,"wires":[[]]}"#);
    assert_eq!(
        shown[3],
        r#"{"id":"f4","type":"subflow:f2","z":"f1","x":5,"y":5,"wires":[[]],"env":[{"name":"B","type":"mqtt-broker","value":"f6"}]}"#
    );
    assert_eq!(shown[4], r#"{"id":"f5","type":"mqtt in","z":"t2","x":11,"y":7,"broker":"f6","wires":[[]]}"#);
    assert_eq!(shown[5], r#"{"id":"f6","type":"mqtt-broker","host":"elsewhere"}"#);
    // An import into an empty document keeps every id.
    let options = Paste { z: "", shift: (0.0, 0.0), keeps_free_ids: true };
    let imported = paste(&Document::default(), &start, options, &mut || unreachable!("no id is taken"))
        .expect("can be pasted");
    assert_eq!(applied(&Document::default(), Ok(imported.diff)), start);
}

#[test]
fn tabs_keep_to_their_order_among_the_nodes() {
    let start = parse(
        r#"[{"id":"a","type":"tab"},{"id":"n","type":"debug","z":"a","x":1,"y":1},{"id":"b","type":"tab"},{"id":"c","type":"tab"}]"#,
    );
    let order = |document: &Document| {
        document.nodes().iter().map(|node| node.id().to_owned()).collect::<Vec<_>>().join(" ")
    };
    for (index, expected) in [(0, "new a n b c"), (1, "a n new b c"), (2, "a n b new c"), (9, "a n b c new")]
    {
        assert_eq!(order(&applied(&start, add_tab(&start, "new", "New", index))), expected);
    }
    for (id, index, expected) in [
        ("a", 2, "n b c a"),
        ("c", 0, "c a n b"),
        ("b", 1, "a n b c"),
        ("a", 1, "n b a c"),
        ("b", 9, "a n c b"),
    ] {
        assert_eq!(order(&applied(&start, move_tab(&start, id, index))), expected);
    }
}

#[test]
fn what_cannot_be_edited_says_why() {
    let (start, types) = (parse(START), types());
    let place = Place { z: Some("t1"), x: 1.0, y: 1.0 };
    let cases: Vec<(Edit, &str)> = vec![
        (add_node(&start, &types["debug"], "n1", place), "the id n1 is taken: use another"),
        (
            add_node(&start, &types["debug"], "q", Place { z: Some("n1"), ..place }),
            "there is no tab or subflow with the id n1: choose another",
        ),
        (
            add_node(&start, &types["debug"], "q", Place { x: f64::NAN, ..place }),
            "q cannot be moved to NaN, 1: give numbers",
        ),
        (move_nodes(&start, [("b", 1.0, 1.0)]), "b has no place on a tab: choose a node that has one"),
        (set_property(&start, "n1", "id", None), "`id` cannot be edited as a property"),
        (connect(&start, "n1", 0, "n4"), "n1 and n4 are on different tabs: use a pair of link nodes instead"),
        (connect(&start, "n1", 0, "b"), "b has no ports: choose a node on a tab"),
        (delete_nodes(&start, ["nobody"]), "there is no node with the id nobody: reload the flow"),
        (move_tab(&start, "n1", 0), "there is no tab with the id n1: choose another"),
        (
            paste(
                &start,
                &parse("[1]"),
                Paste { z: "t1", shift: (0.0, 0.0), keeps_free_ids: false },
                &mut || "q".into(),
            )
            .map(|pasted| pasted.diff),
            "there is nothing to paste: copy some nodes first",
        ),
    ];
    for (edit, expected) in cases {
        assert_eq!(edit.expect_err(expected).render_with(crate::CATALOGUES), expected);
    }
}
