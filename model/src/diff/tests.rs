use proptest::prelude::*;

use super::*;
use crate::document::Document;

fn parse(text: &str) -> Document {
    Document::parse(text).expect("a document")
}

/// Documents that share ids with each other, hold duplicates, malformed entries and odd numbers, and are
/// shuffled, with shuffled keys.
pub(crate) fn any_document() -> impl Strategy<Value = Document> {
    let value = prop_oneof![
        prop::sample::select(vec![
            "1",
            "1.0",
            "1e0",
            "null",
            "[[\"a\"]]",
            "{\"p\":1,\"q\":2}",
            "{\"q\":2,\"p\":1}"
        ])
        .prop_map(|text| Json::parse(text).expect("valid")),
        "[ab]".prop_map(Json::from),
    ];
    let fields = prop::collection::vec(
        (prop::sample::select(vec!["x", "y", "z", "wires", "type", "q", "9"]), value),
        0..6,
    );
    let entry = prop_oneof![
        12 => ("[a-h][0-9]?", fields.clone(), 0usize..6).prop_map(|(id, fields, place)| {
            let mut object: crate::json::Object = fields.into_iter().collect();
            object.insert_at(place.min(object.len()), "id".into(), id.into());
            Json::Object(object)
        }),
        1 => fields.prop_map(|fields| Json::Object(fields.into_iter().collect())),
        1 => Just(Json::Null),
    ];
    prop::collection::vec(entry, 0..14).prop_map(Document::from_entries)
}

fn check_index(document: &Document) {
    for (position, node) in document.nodes().iter().enumerate() {
        let first = document.nodes().iter().position(|other| other.own_id() == node.own_id());
        if node.own_id().is_some() && first == Some(position) {
            assert_eq!(document.position(node.id()), Some(position));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_diff_leads_there_and_its_inverse_back(a in any_document(), b in any_document()) {
        let diff = Diff::between(&a, &b);
        let mut document = a.clone();
        diff.apply(&mut document).expect("fits where it was made");
        prop_assert_eq!(&document, &b);
        check_index(&document);
        diff.invert().apply(&mut document).expect("the inverse fits");
        prop_assert_eq!(&document, &a);
        check_index(&document);
        prop_assert_eq!(diff.is_empty(), a == b);
        prop_assert_eq!(diff.invert().invert(), diff);
    }

    #[test]
    fn a_diff_survives_serde(a in any_document(), b in any_document()) {
        let diff = Diff::between(&a, &b);
        let text = serde_json::to_string(&diff).expect("writes");
        prop_assert_eq!(serde_json::from_str::<Diff>(&text).expect("reads"), diff);
    }

    #[test]
    fn diffs_compose(a in any_document(), b in any_document(), c in any_document()) {
        let both = Diff::between(&a, &b).then(Diff::between(&b, &c));
        let mut document = a.clone();
        both.apply(&mut document).expect("fits");
        prop_assert_eq!(&document, &c);
        both.invert().apply(&mut document).expect("fits");
        prop_assert_eq!(&document, &a);
    }

    #[test]
    fn what_does_not_fit_changes_nothing(a in any_document(), b in any_document(), other in any_document()) {
        let diff = Diff::between(&a, &b);
        let mut document = other.clone();
        match diff.apply(&mut document) {
            Ok(()) => {
                diff.invert().apply(&mut document).expect("what fitted can be undone");
            }
            Err(mismatch) => prop_assert!(mismatch.change < diff.changes().len()),
        }
        prop_assert_eq!(&document, &other);
        check_index(&document);
    }

    #[test]
    fn aligning_moves_as_little_as_possible(order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle(), moved in 0usize..12, to in 0usize..12) {
        let sources: Vec<Option<usize>> = order.iter().copied().map(Some).collect();
        let mut list: Vec<usize> = (0..12).collect();
        for step in align::align(12, &sources) {
            let align::Step::Move { from, to } = step else { panic!("only moves: {step:?}") };
            let element = list.remove(from);
            list.insert(to, element);
        }
        prop_assert_eq!(list, order);
        let mut one: Vec<Option<usize>> = (0..12).map(Some).collect();
        let element = one.remove(moved);
        one.insert(to, element);
        prop_assert_eq!(align::align(12, &one).len(), usize::from(moved != to));
    }
}

#[test]
fn says_what_does_not_fit() {
    let document = parse(r#"[{"id":"a","type":"x","n":1}]"#);
    let entry = |text: &str| Node::new(Json::parse(text).expect("valid"));
    let set = |id: &str, key: &str, position, before: Option<i32>, after: Option<i32>| Change::SetField {
        id: id.into(),
        key: key.into(),
        position,
        before: before.map(Json::from),
        after: after.map(Json::from),
    };
    let cases = [
        (
            Change::Insert { index: 2, node: entry("{}") },
            "position 2 is past the end: the document has 1 entries",
        ),
        (Change::Remove { index: 0, node: entry("{}") }, "the entry at position 0 is another one"),
        (
            Change::Move { id: "a".into(), from: 0, to: 1 },
            "position 1 is past the end: the document has 1 entries",
        ),
        (Change::Move { id: "b".into(), from: 0, to: 0 }, "the entry at position 0 is another one"),
        (set("b", "n", 0, None, Some(1)), "there is no node with the id b"),
        (set("a", "n", 2, Some(2), Some(3)), "`n` of a has another value"),
        (set("a", "n", 0, None, Some(3)), "`n` of a does not fit at position 0"),
        (set("a", "n", 1, Some(1), None), "`n` of a does not fit at position 1"),
        (set("a", "m", 4, None, Some(1)), "`m` of a does not fit at position 4"),
        (
            set("a", "id", 0, None, Some(3)),
            "the id of a cannot be changed in place: remove the node and insert it with its new id",
        ),
        (
            Change::MoveField { id: "a".into(), key: "n".into(), from: 2, to: 3 },
            "`n` of a does not fit at position 2",
        ),
    ];
    for (change, expected) in cases {
        let first = set("a", "n", 2, Some(1), Some(1));
        let mut changed = document.clone();
        let mismatch = Diff::new(vec![first, change]).apply(&mut changed).expect_err(expected);
        assert_eq!(mismatch.to_string(), format!("change 1: {expected}"));
        assert_eq!(changed, document);
    }
}

#[test]
fn a_long_drag_is_one_small_diff() {
    let mut document = parse(r#"[{"id":"a","type":"x","x":1,"y":1},{"id":"b","type":"x","x":5,"y":1}]"#);
    let start = document.clone();
    let mut drag = Diff::default();
    for step in 1..100 {
        let mut next = document.to_json();
        for node in next.as_array_mut().into_iter().flatten() {
            node.as_object_mut().expect("an object").insert("x", f64::from(step) + 0.5);
        }
        let next = Document::from_json(next).expect("a list");
        drag = drag.then(Diff::between(&document, &next));
        document = next;
    }
    assert_eq!(drag.changes().len(), 2);
    assert_eq!(drag, Diff::between(&start, &document));
    assert!(drag.clone().then(drag.invert()).is_empty());
}

#[test]
fn ten_thousand_nodes_take_no_quadratic_time() {
    let node = |n: usize, x: usize| {
        format!(r#"{{"id":"{n:016x}","type":"debug","z":"t","x":{x},"y":1,"wires":[["{:016x}"]]}}"#, n + 1)
    };
    let document = |order: &mut dyn Iterator<Item = usize>, x| {
        parse(&format!("[{}]", order.map(|n| node(n, x)).collect::<Vec<_>>().join(",")))
    };
    let a = document(&mut (0..10_000), 1);
    let b = document(&mut (2_000..12_000).rev(), 2);
    let diff = Diff::between(&a, &b);
    let mut applied = a.clone();
    diff.apply(&mut applied).expect("fits");
    assert_eq!(applied, b);
    // Two thousand out and in, 7,999 moved, 8,000 with a new x.
    assert_eq!(diff.changes().len(), 2_000 + 2_000 + 7_999 + 8_000);
}

/// Old document, new document, and what counts as changed: added, removed, changed, rewired, moved; affected nodes and tabs.
const DEPLOYS: &[(&str, &str, &str, &str)] = &[
    (
        r#"[{"id":"t","type":"tab"},{"id":"n","type":"x","z":"t","x":1,"y":1,"p":1,"wires":[]}]"#,
        r#"[{"id":"n","type":"x","z":"t","p":1.0,"x":9,"y":1,"info":"hi","wires":[]},{"id":"t","type":"tab"}]"#,
        "moved n",
        "",
    ),
    (
        r#"[{"id":"t","type":"tab"},{"id":"n","type":"x","z":"t","x":1,"y":1,"wires":[["m"]]},{"id":"o","type":"x","z":"t","x":1,"y":1}]"#,
        r#"[{"id":"t","type":"tab"},{"id":"n","type":"x","z":"t","x":1,"y":1,"wires":[]},{"id":"p","type":"x","z":"t","x":1,"y":1}]"#,
        "added p, removed o, rewired n",
        "nodes p, tabs t",
    ),
    (
        r#"[{"id":"t","type":"tab"},{"id":"c","type":"broker","host":"a"},{"id":"d","type":"tls","k":1},{"id":"n","type":"x","z":"t","broker":"c","x":1,"y":1},{"id":"u","type":"tab"},{"id":"o","type":"x","z":"u","x":1,"y":1}]"#,
        r#"[{"id":"t","type":"tab"},{"id":"c","type":"broker","host":"b"},{"id":"n","type":"x","z":"t","broker":"c","x":1,"y":1},{"id":"u","type":"tab"},{"id":"o","type":"x","z":"u","x":1,"y":1}]"#,
        "removed d, changed c",
        "nodes c n, tabs t",
    ),
    (
        r#"[{"id":"t","type":"tab"},{"id":"s","type":"subflow"},{"id":"r","type":"subflow"},{"id":"k","type":"x","z":"s","x":1,"y":1},{"id":"j","type":"subflow:s","z":"r","x":1,"y":1},{"id":"i","type":"subflow:r","z":"t","x":1,"y":1}]"#,
        r#"[{"id":"t","type":"tab"},{"id":"s","type":"subflow"},{"id":"r","type":"subflow"},{"id":"k","type":"x","z":"s","x":1,"y":1,"p":2},{"id":"j","type":"subflow:s","z":"r","x":1,"y":1},{"id":"i","type":"subflow:r","z":"t","x":1,"y":1}]"#,
        "changed k",
        "nodes k j i, tabs t",
    ),
    (
        r#"[{"id":"t","type":"tab","env":[]},{"id":"g","type":"group","z":"t","nodes":["n"],"w":1,"style":{}},{"id":"n","type":"x","z":"t","g":"g","x":1,"y":1}]"#,
        r#"[{"id":"t","type":"tab","env":[]},{"id":"g","type":"group","z":"t","nodes":[],"w":2,"style":{"a":1}},{"id":"n","type":"x","z":"t","g":"g","x":1,"y":1}]"#,
        "moved g",
        "",
    ),
    (
        r#"[{"id":"t","type":"tab","env":[]},{"id":"g","type":"group","z":"t","env":[]},{"id":"n","type":"x","z":"t","g":"g","x":1,"y":1},{"id":"m","type":"x","z":"t","x":1,"y":1}]"#,
        r#"[{"id":"t","type":"tab","env":[]},{"id":"g","type":"group","z":"t","env":[1]},{"id":"n","type":"x","z":"t","g":"g","x":1,"y":1},{"id":"m","type":"x","z":"t","x":1,"y":1}]"#,
        "changed g",
        "nodes n, tabs t",
    ),
    (
        r#"[{"id":"t","type":"tab","env":[]},{"id":"u","type":"tab","label":"a"},{"id":"n","type":"x","z":"t","x":1,"y":1},{"id":"o","type":"x","z":"u","x":1,"y":1},null]"#,
        r#"[{"id":"t","type":"tab","env":[1]},{"id":"u","type":"tab","label":"b"},{"id":"n","type":"x","z":"t","x":1,"y":1},{"id":"o","type":"x","z":"u","x":1,"y":1},{"id":"n","type":"twice"}]"#,
        "changed t u",
        "nodes n, tabs t u",
    ),
    (r#"[]"#, r#"[{"id":"e","type":"global-config"}]"#, "added e", "nodes e, everything"),
];

#[test]
fn tells_a_deploy_what_changed_and_what_that_reaches() {
    let list = |name: &str, ids: &indexmap::IndexSet<EcoString>| {
        let ids: Vec<&str> = ids.iter().map(EcoString::as_str).collect();
        (!ids.is_empty()).then(|| format!("{name} {}", ids.join(" ")))
    };
    for (old, new, expected, reach) in DEPLOYS {
        let (old, new) = (parse(old), parse(new));
        let found = changed(&old, &new);
        let shown = [
            list("added", &found.added),
            list("removed", &found.removed),
            list("changed", &found.changed),
            list("rewired", &found.rewired),
            list("moved", &found.moved),
        ];
        assert_eq!(shown.into_iter().flatten().collect::<Vec<_>>().join(", "), *expected);
        let reached = affected(&old, &new, &found);
        let everything = reached.everything.then(|| "everything".to_owned());
        let shown = [list("nodes", &reached.nodes), list("tabs", &reached.tabs), everything];
        assert_eq!(shown.into_iter().flatten().collect::<Vec<_>>().join(", "), *reach, "{expected}");
    }
}
