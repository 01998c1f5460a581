use proptest::prelude::*;

use super::*;
use crate::json::tests::any_json;

fn parse(text: &str) -> Document {
    Document::parse(text).expect("a document")
}

#[test]
fn reads_both_versions_and_says_what_else_is_wrong() {
    let list = r#"[{"id":"t","type":"tab"}]"#;
    assert_eq!(parse(list), parse(&format!(r#"{{"flows":{list},"rev":"x","credentials":{{}}}}"#)));
    for (text, expected) in [
        ("{}", "this is an object without a list of `flows`"),
        (r#"{"flows":{}}"#, "this is an object without a list of `flows`"),
        ("3", "this is a number"),
        ("[", "line 1, column 2: the text ends too early"),
    ] {
        let error = Document::parse(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn rev_is_node_reds() {
    // node -e 'console.log(require("crypto").createHash("sha256").update(JSON.stringify(JSON.parse(text))).digest("hex"))'
    let text = r#"[ {"id":"a", "type":"inject", "x":1.0, "9":1, "payload":"é"} ]"#;
    assert_eq!(parse(text).rev(), "0683111c09821c93ffba1dd2293904d03a1e7c64c7d2505076551a5895d222b5");
    assert_eq!(parse("[]").rev(), "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945");
}

#[test]
fn tells_the_kinds_of_entries() {
    let document = parse(
        r#"[{"id":"t","type":"tab","label":"One","disabled":true},{"id":"s","type":"subflow","name":"Sub"},
            {"id":"i","type":"subflow:s","z":"t","x":1,"y":2,"wires":[["n","m"],[],"odd",[1,"n"]]},
            {"id":"g","type":"group","z":"t","x":1,"y":1},{"id":"j","type":"junction","z":"t","x":1,"y":1},
            {"id":"c","type":"mqtt-broker","z":"","name":"b"},{"id":"n","type":"debug","z":"t","g":"g","x":1.5,"y":2,"d":true},
            null,{"id":"m"},{"id":1,"type":"tab"},{"id":"n","type":"second"}]"#,
    );
    let kinds: Vec<Kind> = document.nodes().iter().map(Node::kind).collect();
    let malformed = Kind::Malformed;
    let expected = [
        Kind::Tab,
        Kind::Subflow,
        Kind::SubflowInstance,
        Kind::Group,
        Kind::Junction,
        Kind::Config,
        Kind::Node,
        malformed,
        malformed,
        malformed,
        Kind::Config,
    ];
    assert_eq!(kinds, expected);
    let node = document.get("n").expect("the first n");
    assert_eq!(
        (node.type_name(), node.z(), node.g(), node.x(), node.is_disabled()),
        ("debug", Some("t"), Some("g"), Some(1.5), true)
    );
    assert_eq!(document.get("i").map(Node::wires), Some(vec![vec!["n", "m"], vec![], vec![], vec!["n"]]));
    assert_eq!(document.get("i").and_then(Node::subflow_id), Some("s"));
    assert_eq!(document.get("c").and_then(Node::z), None);
    let tab = document.tabs().next().expect("a tab");
    assert_eq!((tab.name(), tab.is_disabled()), ("One", true));
    assert_eq!(document.nodes_on("t").map(Node::id).collect::<Vec<_>>(), ["i", "g", "j", "n"]);
    assert_eq!(document.by_container()["t"].len(), 4);
    assert_eq!(document.nodes()[7].fields().len(), 0);
}

proptest! {
    #[test]
    fn loading_and_saving_is_the_identity(entries in prop::collection::vec(any_json(), 0..8)) {
        let json = Json::Array(entries);
        let document = Document::parse(&json.to_string()).expect("a list");
        prop_assert_eq!(document.to_json(), json);
        let again = Document::parse(&document.to_pretty_string()).expect("own text");
        prop_assert_eq!(again, document);
    }
}

#[test]
fn what_is_known_is_shared_however_it_is_written() {
    let known = parse(
        r#"[{"id":"t","type":"tab","label":"One"}, {"id":"a", "type":"x", "n":10}, {"id":"b","type":"x","n":1.0},
            {"id":"c","type":"x"}, {"id":"d","type":"x","0":1}, 7, {"id":"e","type":"y"}]"#,
    );
    // Its texts are known from here on.
    known.rev();
    let shared = |text: &str| -> Vec<Option<usize>> {
        let document = Document::read(text, &known).expect(text).document.expect(text);
        assert_eq!(document, parse(text));
        assert_eq!(document.rev(), parse(text).rev());
        assert!(
            document
                .nodes()
                .iter()
                .enumerate()
                .all(|(at, node)| document.position(node.id()) == Some(at) || node.id().is_empty())
        );
        let place = |node: &Node| known.nodes().iter().position(|other| other.is_shared_with(node));
        document.nodes().iter().map(place).collect()
    };
    let whole = known.to_text();
    assert_eq!(whole, known.to_json().to_string());
    assert_eq!(shared(&whole), [Some(0), Some(1), Some(2), Some(3), Some(4), None, Some(6)]);
    // Changed, moved, gone, new, with other spaces; a literal that JavaScript writes otherwise is another one.
    assert_eq!(
        shared(r#"[{"id":"t","type":"tab","label":"Two"},{"id":"a","type":"x","n":10}]"#),
        [None, Some(1)]
    );
    assert_eq!(shared(r#"[{"id":"c","type":"x"},{"id":"a","type":"x","n":10}]"#), [Some(3), Some(1)]);
    assert_eq!(shared(r#"[{"id":"a","type":"x","n":1e1},{"id":"b","type":"x","n":1}]"#), [None, None]);
    assert_eq!(shared(r#"[{"id":"n","type":"x"}, {"id":"e", "type":"y"} ]"#), [None, Some(6)]);
    assert_eq!(shared(r#"{"rev":"r","flows":[{"id":"t","type":"tab","label":"One"}]}"#), [Some(0)]);
    // The same text up to a point is not the same entry.
    for text in [r#"[{"id":"t","type":"tab","label":"One"}7]"#, r#"[{"id":"t","type":"tab","label":"One"}"#] {
        let error = Document::read(text, &known).expect_err(text);
        assert_eq!(Document::parse(text).expect_err(text), error);
    }
}

#[test]
fn the_last_of_several_flows_counts() {
    let flows = |text: &str| Document::read(text, &Document::default()).expect(text);
    let source = flows(r#"{"flows":[],"rev":1,"flows":[null],"rev":"2"}"#);
    assert_eq!((source.document.map(|it| it.len()), source.is_list), (Ok(1), false));
    assert_eq!(source.rest.get("rev").and_then(Json::as_str), Some("2"));
    assert!(flows(r#"{"flows":[],"flows":3}"#).document.is_err());
}

#[test]
fn a_long_flow_file_is_written_in_parts() {
    let entries =
        (0..2000).map(|at| format!(r#"{{"id":"n{at}","type":"x","text":"{}"}}"#, "y".repeat(at % 90)));
    for text in ["[]".to_owned(), "[7]".to_owned(), format!("[{}]", entries.collect::<Vec<_>>().join(","))] {
        let document = parse(&text);
        let parts: Vec<String> = document.pretty_parts().collect();
        assert_eq!(parts.concat(), document.to_json().pretty(4));
        assert!(parts.iter().all(|part| !part.is_empty() && part.len() < 70_000), "{}", parts.len());
        assert_eq!(parts.len() > 1, document.len() > 1);
    }
}
