use super::*;
use crate::descriptor::{Label, Role};
use crate::edit::invariants;

fn descriptor(outputs: Outputs) -> NodeDescriptor {
    NodeDescriptor {
        type_name: "x".into(),
        role: Role::Node,
        category: "function".into(),
        colour: "#cccccc".into(),
        icon: "box".into(),
        inputs: 1,
        outputs,
        label: Label { properties: Vec::new(), fallback: Text::key("x") },
        button: false,
        schema: serde_json::json!({ "properties": { "rules": { "default": [{ "t": "eq" }] } } }),
        credentials: Vec::new(),
        help: String::new(),
    }
}

fn counted(property: &str) -> NodeDescriptor {
    descriptor(Outputs::Property { property: property.into(), default: 1 })
}

/// A node `n` with three rows, in a subflow whose ends it feeds.
const START: &str = r#"[
  {"id":"s","type":"subflow","in":[],"out":[{"x":1,"y":1,"wires":[{"id":"n","port":2},{"id":"a"}]},{"x":1,"y":1,"wires":[{"id":"n","port":0}]}],"status":{"wires":[{"id":"n","port":1}]}},
  {"id":"n","type":"x","z":"s","x":1,"y":1,"rules":[{"t":"a"},{"t":"b"},{"t":"c"}],"outputs":3,"outputLabels":["A","B"],"wires":[["a"],["b","a"],[]]},
  {"id":"a","type":"debug","z":"s","x":1,"y":1,"wires":[]},{"id":"b","type":"debug","z":"s","x":1,"y":1,"wires":[]}]"#;

fn applied(document: &Document, edit: Edit) -> Document {
    let mut after = document.clone();
    edit.expect("can be made").apply(&mut after).expect("fits");
    after
}

fn shown(document: &Document) -> String {
    let node = document.get("n").expect("a node");
    let names: String = rows_of(node, None, "rules")
        .iter()
        .map(|row| row.get("t").and_then(Json::as_str).unwrap_or("-").to_owned())
        .collect();
    let field = |id: &str, key: &str| {
        document.get(id).and_then(|node| node.field(key)).map_or_else(String::new, ToString::to_string)
    };
    let ends = ["out", "status"].map(|key| field("s", key).replace(r#""x":1,"y":1,"#, ""));
    format!(
        "{names} {} {} {} {}",
        field("n", "outputs"),
        field("n", "wires"),
        field("n", "outputLabels"),
        ends.join(" ")
    )
}

#[test]
fn outputs_follow_their_rows() {
    let start = Document::parse(START).expect("a document");
    let switch = counted("rules");
    let cases = [
        (
            RowEdit::Remove { at: 0 },
            r#"bc 2 [["b","a"],[]] ["B",""] [{"wires":[{"id":"n","port":1},{"id":"a"}]},{"wires":[]}] {"wires":[{"id":"n","port":0}]}"#,
        ),
        (
            RowEdit::Move { from: 2, to: 0 },
            r#"cab 3 [[],["a"],["b","a"]] ["","A","B"] [{"wires":[{"id":"n","port":0},{"id":"a"}]},{"wires":[{"id":"n","port":1}]}] {"wires":[{"id":"n","port":2}]}"#,
        ),
        (
            RowEdit::Move { from: 0, to: 9 },
            r#"bca 3 [["b","a"],[],["a"]] ["B","","A"] [{"wires":[{"id":"n","port":1},{"id":"a"}]},{"wires":[{"id":"n","port":2}]}] {"wires":[{"id":"n","port":0}]}"#,
        ),
        (
            RowEdit::Insert { at: 1, row: Json::Null },
            r#"a-bc 4 [["a"],[],["b","a"],[]] ["A","","B",""] [{"wires":[{"id":"n","port":3},{"id":"a"}]},{"wires":[{"id":"n","port":0}]}] {"wires":[{"id":"n","port":2}]}"#,
        ),
        (
            RowEdit::Insert { at: 9, row: Json::Null },
            r#"abc- 4 [["a"],["b","a"],[],[]] ["A","B","",""] [{"wires":[{"id":"n","port":2},{"id":"a"}]},{"wires":[{"id":"n","port":0}]}] {"wires":[{"id":"n","port":1}]}"#,
        ),
    ];
    for (edit, expected) in cases {
        let edit_diff = edit_rows(&start, Some(&switch), "n", "rules", edit.clone());
        let after = applied(&start, edit_diff.clone());
        assert_eq!(shown(&after), expected, "{edit:?}");
        let mut before = after;
        edit_diff.expect("a diff").invert().apply(&mut before).expect("turns round");
        assert_eq!(before, start);
    }
}

#[test]
fn rows_without_outputs_leave_the_wires_alone() {
    let start = Document::parse(START).expect("a document");
    let change = descriptor(Outputs::Fixed(3));
    let after = applied(&start, edit_rows(&start, Some(&change), "n", "rules", RowEdit::Remove { at: 0 }));
    assert!(shown(&after).starts_with(r#"bc 3 [["a"],["b","a"],[]] ["A","B"] "#), "{}", shown(&after));
    let missing = edit_rows(&start, Some(&change), "n", "rules", RowEdit::Move { from: 3, to: 0 });
    let expected = "`rules` of n has no row 4: choose one that it has";
    assert_eq!(missing.expect_err("no such row").render_with(crate::CATALOGUES), expected);
}

#[test]
fn a_number_of_outputs_adds_and_cuts_at_the_end() {
    let start = Document::parse(START).expect("a document");
    let function = counted("outputs");
    for (value, expected) in [
        (
            Json::from(1),
            r#"abc 1 [["a"]] ["A"] [{"wires":[{"id":"a"}]},{"wires":[{"id":"n","port":0}]}] {"wires":[]}"#,
        ),
        (
            Json::from("4"),
            r#"abc "4" [["a"],["b","a"],[],[]] ["A","B","",""] [{"wires":[{"id":"n","port":2},{"id":"a"}]},{"wires":[{"id":"n","port":0}]}] {"wires":[{"id":"n","port":1}]}"#,
        ),
        (Json::from(3.0), &shown(&start)),
    ] {
        let after =
            applied(&start, set_form_values(&start, Some(&function), "n", [("outputs", Some(value))]));
        assert_eq!(shown(&after), expected);
    }
    let much = set_form_values(&start, Some(&function), "n", [("outputs", Some(60_000.into()))]);
    assert_eq!(applied(&start, much).get("n").map(|node| node.wires().len()), Some(3));
}

#[test]
fn the_first_edit_of_rows_starts_from_the_default() {
    let start = Document::parse(
        r#"[{"id":"t","type":"tab"},{"id":"n","type":"x","z":"t","x":1,"y":1,"wires":[["n"]]}]"#,
    )
    .expect("a document");
    let row = RowEdit::Insert { at: 0, row: Json::Null };
    let after = applied(&start, edit_rows(&start, Some(&counted("rules")), "n", "rules", row));
    let node = after.get("n").expect("a node");
    assert_eq!(
        node.json().to_string().split_once("\"wires\"").expect("wires").1,
        r#":[[],["n"]],"rules":[null,{"t":"eq"}],"outputs":2}"#
    );
}

#[test]
fn a_thousand_random_row_edits_keep_the_invariants_and_turn_round() {
    let start = Document::parse(START).expect("a document");
    let (switch, function) = (counted("rules"), counted("outputs"));
    let mut document = start.clone();
    let mut done = Vec::new();
    let mut seed = 7_u64;
    let mut below = |limit: usize| {
        // Numerical Recipes' constants: enough to draw edits from.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % limit
    };
    for _ in 0..1_000 {
        let edit = match below(5) {
            0 | 1 => edit_rows(
                &document,
                Some(&switch),
                "n",
                "rules",
                RowEdit::Insert { at: below(6), row: Json::Null },
            ),
            2 => edit_rows(&document, Some(&switch), "n", "rules", RowEdit::Remove { at: below(4) }),
            3 => edit_rows(
                &document,
                Some(&switch),
                "n",
                "rules",
                RowEdit::Move { from: below(6), to: below(6) },
            ),
            _ => {
                let port = below(4);
                let count = usize::from(switch.outputs.count(document.get("n").expect("a node").fields()));
                if port < count {
                    crate::edit::connect(&document, "n", port, ["a", "b"][below(2)])
                } else {
                    set_form_values(&document, Some(&function), "n", [("name", Some("x".into()))])
                }
            }
        };
        let Ok(diff) = edit else { continue };
        diff.apply(&mut document).expect("fits");
        assert_eq!(invariants(&document), []);
        let node = document.get("n").expect("a node");
        assert_eq!(node.wires().len(), rows_of(node, None, "rules").len());
        done.push(diff);
    }
    for diff in done.iter().rev() {
        diff.invert().apply(&mut document).expect("turns round");
    }
    assert_eq!(document, start);
}
