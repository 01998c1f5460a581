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
