use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::diff::tests::any_document;
use crate::diff::{Change, Diff};
use crate::edit::invariants;
use crate::edit::tests::{Draw, START, any_edit};

fn parse(text: &str) -> Document {
    Document::parse(text).expect("a document")
}

/// A document some random edits further.
fn edited(document: &Document, draw: &mut Draw, edits: usize) -> Document {
    let mut document = document.clone();
    let (mut done, mut tries) = (0, 0);
    while done < edits && tries < 1_000 {
        tries += 1;
        if let Ok(diff) = any_edit(&document, draw) {
            diff.apply(&mut document).expect("an edit fits the document it was made for");
            done += 1;
        }
    }
    document
}

/// Three documents: one, and two that were made from it.
fn three(seed: u64, edits: usize) -> (Document, Document, Document) {
    let mut draw = Draw(seed);
    let start = draw.below(8);
    let base = edited(&parse(START), &mut draw, start);
    let (mine, theirs) = (edited(&base, &mut draw, edits), edited(&base, &mut draw, edits));
    (base, mine, theirs)
}

/// What a side set, by node and property, where the node is still there.
fn set(base: &Document, side: &Document) -> Vec<(EcoString, EcoString, Option<Json>)> {
    let diff = Diff::between(base, side);
    let changes = diff.changes().iter().filter_map(|change| match change {
        Change::SetField { id, key, after, .. } => Some((id.clone(), key.clone(), after.clone())),
        _ => None,
    });
    changes.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_result_is_sound_whoever_wins(seed in any::<u64>(), edits in 1usize..14) {
        let (base, mine, theirs) = three(seed, edits);
        prop_assert_eq!(invariants(&mine), []);
        prop_assert_eq!(invariants(&theirs), []);
        for side in [Side::Mine, Side::Theirs] {
            let merged = merge_with(&base, &mine, &theirs, &|_| side);
            prop_assert_eq!(invariants(&merged.document), []);
        }
        let mut wins = Draw(seed);
        let choices: Vec<bool> = (0..64).map(|_| wins.below(2) == 0).collect();
        let choose = |conflict: &Conflict| {
            let at = conflict.node.len() + conflict.key.as_ref().map_or(0, |key| key.len() * 7);
            if choices[at % choices.len()] { Side::Mine } else { Side::Theirs }
        };
        prop_assert_eq!(invariants(&merge_with(&base, &mine, &theirs, &choose).document), []);
    }

    #[test]
    fn what_only_one_side_set_is_there(seed in any::<u64>(), edits in 1usize..8) {
        let (base, mine, theirs) = three(seed, edits);
        let merged = merge(&base, &mine, &theirs);
        let references = ["wires", "links", "scope", "nodes", "in", "out", "status", "g"];
        let disputed: HashSet<&EcoString> = merged.conflicts.iter().map(|conflict| &conflict.node).collect();
        for (side, other) in [(&mine, &theirs), (&theirs, &mine)] {
            for (id, key, value) in set(&base, side) {
                let is_alone = other.get(&id).is_some_and(|node| node.field(&key) == base.get(&id).and_then(|node| node.field(&key)));
                let Some(node) = merged.document.get(&id).filter(|_| is_alone && !disputed.contains(&id)) else { continue };
                if !references.contains(&key.as_str()) {
                    prop_assert_eq!(node.field(&key), value.as_ref(), "{} of {}", key, id);
                }
            }
            // What somebody added stays, unless it stood in what is disputed.
            for node in side.nodes().iter().filter(|node| base.get(node.id()).is_none()) {
                if disputed.is_empty() && merged.repaired.is_empty() {
                    prop_assert!(merged.document.get(node.id()).is_some(), "{} was lost", node.id());
                }
            }
        }
    }

    #[test]
    fn my_wins_over_theirs_are_their_losses(seed in any::<u64>(), edits in 1usize..8) {
        let (base, mine, theirs) = three(seed, edits);
        let one = merge_with(&base, &mine, &theirs, &|_| Side::Mine);
        let other = merge_with(&base, &theirs, &mine, &|_| Side::Theirs);
        let turned = |conflict: &Conflict| (conflict.node.clone(), conflict.key.clone());
        let names = |merge: &Merge| merge.conflicts.iter().map(turned).collect::<HashSet<_>>();
        prop_assert_eq!(names(&one), names(&other));
        if one.repaired.is_empty() {
            let ids = |merge: &Merge| merge.document.nodes().iter().map(|node| node.id().to_owned()).collect::<HashSet<_>>();
            prop_assert_eq!(ids(&one), ids(&other));
        }
    }

    #[test]
    fn one_side_alone_is_taken_exactly(base in any_document(), side in any_document(), other in any_document()) {
        prop_assert_eq!(merge(&base, &side, &base).document, side.clone());
        prop_assert_eq!(merge(&base, &base, &side).document, side.clone());
        prop_assert_eq!(merge(&base, &side, &side).document, side.clone());
        // Broken documents too are merged without loss of what nobody touched.
        let merged = merge(&base, &side, &other);
        for node in base.nodes().iter().filter(|node| !node.id().is_empty()) {
            let is_untouched = side.get(node.id()) == Some(node) && other.get(node.id()) == Some(node);
            let is_known = merged.repaired.iter().any(|problem| problem.node.as_deref() == Some(node.id()));
            if is_untouched && base.get(node.id()) == Some(node) && !is_known {
                prop_assert!(merged.document.get(node.id()).is_some());
            }
        }
    }
}

/// A base for the cases.
const BASE: &str = r#"[
  {"id":"t","type":"tab","label":"T"},{"id":"u","type":"tab","label":"U"},
  {"id":"s","type":"subflow","name":"S","in":[],"out":[]},
  {"id":"g","type":"group","z":"t","nodes":["a"],"x":0,"y":0,"w":9,"h":9},
  {"id":"a","type":"x","z":"t","g":"g","x":1,"y":1,"p":1,"q":1,"wires":[["b"]]},
  {"id":"b","type":"x","z":"t","x":9,"y":1,"wires":[[]]},
  {"id":"c","type":"x","z":"u","x":1,"y":1,"broker":"k","wires":[[]]},
  {"id":"i","type":"subflow:s","z":"u","x":5,"y":5,"wires":[]},
  {"id":"k","type":"broker","host":"h"}]"#;

/// Replacements in the base: mine, theirs; and what they come to with my choice, with theirs: `id.key` of each
/// conflict, and texts that the merged document holds (`+`) or lacks (`-`).
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const CASES: &[Case] = &[
    (
        "two properties of one node",
        &[(r#""p":1"#, r#""p":2"#)],
        &[(r#""q":1"#, r#""q":2"#)],
        "",
        &[r#"+"p":2,"q":2"#],
        &[r#"+"p":2,"q":2"#],
    ),
    (
        "one property twice",
        &[(r#""p":1"#, r#""p":2"#)],
        &[(r#""p":1"#, r#""p":3"#)],
        "a.p",
        &[r#"+"p":2"#],
        &[r#"+"p":3"#],
    ),
    (
        "a number written otherwise",
        &[(r#""p":1"#, r#""p":1.0"#)],
        &[(r#""p":1"#, r#""p":3"#)],
        "",
        &[r#"+"p":3"#],
        &[r#"+"p":3"#],
    ),
    (
        "two wires from one port",
        &[(r#"[["b"]]"#, r#"[["b","a"]]"#)],
        &[(r#"[["b"]]"#, r#"[[]]"#)],
        "",
        &[r#"+"wires":[["a"]]"#],
        &[r#"+"wires":[["a"]]"#],
    ),
    (
        "a port came, a wire came",
        &[(r#"[["b"]]"#, r#"[["b"],["a"]]"#)],
        &[(r#"[["b"]]"#, r#"[["b","a"]]"#)],
        "",
        &[r#"+"wires":[["b","a"],["a"]]"#],
        &[r#"+"wires":[["b","a"],["a"]]"#],
    ),
    (
        "ports moved, a wire came",
        &[(r#"[["b"]]"#, r#"[[],["b"]]"#)],
        &[(r#"[["b"]]"#, r#"[["b","a"]]"#)],
        "a.wires",
        &[r#"+"wires":[[],["b"]]"#],
        &[r#"+"wires":[["b","a"]]"#],
    ),
    (
        "a deleted node was changed",
        &[(r#"{"id":"b","type":"x","z":"t","x":9,"y":1,"wires":[[]]},"#, ""), (r#"[["b"]]"#, "[[]]")],
        &[(r#""x":9,"y":1"#, r#""x":9,"y":1,"p":7"#)],
        "b.",
        &[r#"-"id":"b""#],
        &[r#"+"id":"b""#, r#"+"p":7"#],
    ),
    (
        "a deleted node was only moved",
        &[(r#"{"id":"b","type":"x","z":"t","x":9,"y":1,"wires":[[]]},"#, ""), (r#"[["b"]]"#, "[[]]")],
        &[(r#""x":9"#, r#""x":10"#)],
        "",
        &[r#"-"id":"b""#],
        &[r#"-"id":"b""#],
    ),
    (
        "a deleted tab got a node",
        &[
            (r#"{"id":"u","type":"tab","label":"U"},"#, ""),
            (r#"{"id":"c","type":"x","z":"u","x":1,"y":1,"broker":"k","wires":[[]]},"#, ""),
            (r#"{"id":"i","type":"subflow:s","z":"u","x":5,"y":5,"wires":[]},"#, ""),
        ],
        &[(r#"{"id":"k""#, r#"{"id":"n","type":"x","z":"u","x":2,"y":2,"wires":[["c"]]},{"id":"k""#)],
        "u.",
        &[r#"-"z":"u""#, r#"-"id":"n""#],
        &[r#"+"id":"u""#, r#"+"id":"n""#, r#"+"id":"c""#, r#"+"wires":[["c"]]"#],
    ),
    (
        "a deleted config node got a user",
        &[
            (
                r#",
  {"id":"k","type":"broker","host":"h"}"#,
                "",
            ),
            (r#""broker":"k","#, ""),
        ],
        &[(r#""p":1"#, r#""p":1,"broker":"k""#)],
        "k.",
        &[r#"-"host""#],
        &[r#"+"host":"h""#],
    ),
    (
        "a deleted template got an instance",
        &[
            (r#"{"id":"s","type":"subflow","name":"S","in":[],"out":[]},"#, ""),
            (r#"{"id":"i","type":"subflow:s","z":"u","x":5,"y":5,"wires":[]},"#, ""),
        ],
        &[(r#"{"id":"k""#, r#"{"id":"j","type":"subflow:s","z":"t","x":2,"y":2,"wires":[]},{"id":"k""#)],
        "s.",
        &["-subflow"],
        &[r#"+"id":"s""#, r#"+"id":"i""#, r#"+"id":"j""#],
    ),
    (
        "a deleted group got a member",
        &[
            (r#"{"id":"g","type":"group","z":"t","nodes":["a"],"x":0,"y":0,"w":9,"h":9},"#, ""),
            (r#""g":"g","#, ""),
        ],
        &[(r#"["a"]"#, r#"["a","b"]"#), (r#""z":"t","x":9"#, r#""z":"t","g":"g","x":9"#)],
        "g.",
        &[r#"-"g":"g""#],
        &[r#"+"nodes":["b"]"#],
    ),
    (
        "a node moved to another tab was wired",
        &[(r#""id":"b","type":"x","z":"t""#, r#""id":"b","type":"x","z":"u""#), (r#"[["b"]]"#, "[[]]")],
        &[(r#"{"id":"k""#, r#"{"id":"n","type":"x","z":"t","x":2,"y":2,"wires":[["b"]]},{"id":"k""#)],
        "",
        &[r#"+"z":"t","x":2,"y":2,"wires":[[]]"#],
        &[r#"+"z":"t","x":2,"y":2,"wires":[[]]"#],
    ),
    (
        "tabs in another order, a node more",
        &[(r#""p":1"#, r#""p":5"#)],
        &[(
            r#"{"id":"t","type":"tab","label":"T"},{"id":"u","type":"tab","label":"U"}"#,
            r#"{"id":"u","type":"tab","label":"U"},{"id":"t","type":"tab","label":"T"}"#,
        )],
        "",
        &[r#"+"U"},{"id":"t""#, r#"+"p":5"#],
        &[r#"+"p":5"#],
    ),
];

#[test]
fn cases() {
    for (name, mine, theirs, conflicts, with_mine, with_theirs) in CASES {
        let base = Json::parse(BASE).expect("JSON").to_js_string();
        let side = |changes: &[(&str, &str)]| {
            let text = changes.iter().fold(BASE.to_owned(), |text, (from, to)| {
                assert!(text.contains(from), "{name}: {from}");
                text.replacen(from, to, 1)
            });
            parse(&text)
        };
        let (base, mine, theirs) = (parse(&base), side(mine), side(theirs));
        for (winner, expected) in [(Side::Mine, with_mine), (Side::Theirs, with_theirs)] {
            let merged = merge_with(&base, &mine, &theirs, &|_| winner);
            let found: Vec<String> = merged
                .conflicts
                .iter()
                .map(|one| format!("{}.{}", one.node, one.key.as_deref().unwrap_or_default()))
                .collect();
            assert_eq!(found.join(" "), *conflicts, "{name}");
            let text = merged.document.to_json().to_js_string();
            for expected in *expected {
                let (sign, part) = expected.split_at(1);
                assert_eq!(text.contains(part), sign == "+", "{name}, {winner:?}: {expected} in {text}");
            }
            assert_eq!(invariants(&merged.document), [], "{name}, {winner:?}");
        }
    }
}

#[test]
fn a_conflict_says_what_both_wanted() {
    let base = parse(r#"[{"id":"a","type":"x","p":1}]"#);
    let merged = merge(&base, &parse("[]"), &parse(r#"[{"id":"a","type":"x","p":2}]"#));
    let expected = Json::parse(r#"{"id":"a","type":"x","p":2}"#).expect("JSON");
    assert_eq!(
        merged.conflicts,
        [Conflict { node: "a".into(), key: None, mine: None, theirs: Some(expected) }]
    );
    assert!(merged.document.is_empty());
}
