use proptest::prelude::*;

use super::*;

fn object(text: &str) -> Object {
    serde_json::from_str(text).unwrap()
}

fn path(text: &str) -> PropertyPath {
    PropertyPath::parse(text).unwrap()
}

#[test]
fn parses_as_node_red() {
    let key = |name: &str| Step::Key(name.into());
    let at = |number: u32| Step::index(number.into());
    for (text, steps) in [
        ("a", vec![key("a")]),
        ("a.b-c.$d", vec![key("a"), key("b-c"), key("$d")]),
        ("a[0].b", vec![key("a"), at(0), key("b")]),
        ("a.0.b", vec![key("a"), at(0), key("b")]),
        ("a.0", vec![key("a"), key("0")]),
        ("a[\"b.c\"]['d\"']", vec![key("a"), key("b.c"), key("d\"")]),
        ("'x y'.z", vec![key("x y"), key("z")]),
        ("a[12][3]", vec![key("a"), at(12), at(3)]),
        ("a.é", vec![]),
        ("é.b", vec![key("é"), key("b")]),
        ("a[msg.b[0]].c", vec![key("a"), Step::Nested(Box::new(path("b[0]"))), key("c")]),
        ("a[msg['b']]", vec![]),
        ("1.a", vec![at(1), key("a")]),
    ] {
        if steps.is_empty() {
            continue;
        }
        assert_eq!(path(text).steps().cloned().collect::<Vec<_>>(), steps, "{text}");
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    for (text, wrong, at) in [
        ("", "path.empty", None),
        (".a", "path.unexpected", Some("1")),
        ("a.", "path.unfinished", Some("2")),
        ("a..b", "path.unexpected", Some("3")),
        ("a b", "path.unexpected", Some("2")),
        ("a[", "path.unfinished", Some("2")),
        ("[0]", "path.unexpected", Some("1")),
        ("a[]", "path.unexpected", Some("3")),
        ("a[b]", "path.unexpected", Some("3")),
        ("a]", "path.unexpected", Some("2")),
        ("a[0", "path.unfinished", Some("4")),
        ("a[0x]", "path.not-an-index", Some("3")),
        ("a['']", "path.empty-text", Some("4")),
        ("a['b'", "path.not-an-index", Some("4")),
        ("a'b'", "path.unexpected", Some("2")),
        ("'a'b", "path.unexpected", Some("4")),
        ("a[msg.b", "path.unclosed", Some("2")),
        ("a[msg.b c]", "path.unexpected", Some("2")),
        ("aé[ ", "path.unexpected", Some("4")),
    ] {
        let error = PropertyPath::parse(text).unwrap_err();
        assert_eq!(error.key, wrong, "{text}");
        assert_eq!(error.args.get("at").map(EcoString::as_str), at, "{text}");
    }
}

#[test]
fn gets() {
    let root = object(r#"{"a":{"b":[1,{"c":"xyz"}],"0":"zero"},"i":1,"k":"b","n":null,"length":7}"#);
    for (text, expected) in [
        ("a.b[1].c", Value::from("xyz")),
        ("a.b.1.c", "xyz".into()),
        ("a.b['0']", 1.into()),
        ("a[0]", "zero".into()),
        ("a.b.length", 2.into()),
        ("a.b[1].c.length", 3.into()),
        ("a.b[1].c[2]", "z".into()),
        ("a[msg.k][msg.i].c", "xyz".into()),
        ("length", 7.into()),
        ("n", Value::Null),
    ] {
        assert_eq!(path(text).get(&root).as_deref(), Some(&expected), "{text}");
        assert_eq!(*path(text).read(&root).unwrap(), expected, "{text}");
    }
    for text in ["x", "a.x", "a.b[2]", "a.b.x", "i.x"] {
        assert_eq!(path(text).get(&root), None, "{text}");
        assert_eq!(*path(text).read(&root).unwrap(), Value::Undefined, "{text}");
    }
    for text in ["x.y", "n.y", "a.b[2].c", "a[msg.none]"] {
        assert_eq!(path(text).get(&root), None, "{text}");
        assert!(path(text).read(&root).is_err(), "{text}");
    }
    let buffer = Object::from_iter([("b", Value::buffer(vec![7, 8]))]);
    assert_eq!(path("b[1]").get(&buffer).as_deref(), Some(&8.into()));
    assert_eq!(path("b.length").get(&buffer).as_deref(), Some(&2.into()));
}

#[test]
fn sets_and_makes_what_is_missing() {
    for (before, text, after) in [
        ("{}", "a", r#"{"a":9}"#),
        ("{}", "a.b.c", r#"{"a":{"b":{"c":9}}}"#),
        ("{}", "a[1].b", r#"{"a":[null,{"b":9}]}"#),
        ("{}", "a.1.b", r#"{"a":[null,{"b":9}]}"#),
        ("{}", "a.1", r#"{"a":{"1":9}}"#),
        (r#"{"a":[1]}"#, "a.2", r#"{"a":[1,null,9]}"#),
        (r#"{"a":{}}"#, "a[0]", r#"{"a":{"0":9}}"#),
        (r#"{"a":{"b":1},"k":"b"}"#, "a[msg.k]", r#"{"a":{"b":9},"k":"b"}"#),
        (r#"{"a":[[1,2]]}"#, "a[0][1]", r#"{"a":[[1,9]]}"#),
    ] {
        let mut root = object(before);
        path(text).set(&mut root, 9.into()).unwrap();
        assert_eq!(serde_json::to_string(&root).unwrap(), after, "{before} {text}");
    }
    for (before, text, key) in [
        (r#"{"a":1}"#, "a.b", "path.not-settable"),
        (r#"{"a":null}"#, "a.b.c", "path.not-settable"),
        (r#"{"a":{"b":"x"}}"#, "a.b[0]", "path.not-settable"),
        (r#"{"a":[1]}"#, "a.x", "path.not-settable"),
        (r#"{"a":[1]}"#, "a[4000000000]", "path.index-too-high"),
        ("{}", "a[4000000000]", "path.index-too-high"),
        ("{}", "a[0][4000000000].b", "path.index-too-high"),
        ("{}", "a[msg.k]", "path.nested-missing"),
    ] {
        let mut root = object(before);
        assert_eq!(path(text).set(&mut root, 9.into()).unwrap_err().text.key, key, "{before} {text}");
        assert_eq!(root, object(before), "nothing changes when it fails");
    }
    let mut buffer = Object::from_iter([("b", Value::buffer(vec![7, 8]))]);
    path("b[1]").set(&mut buffer, 257.into()).unwrap();
    assert_eq!(buffer.get("b"), Some(&Value::buffer(vec![7, 1])));
}

#[test]
fn removes() {
    for (before, text, after) in [
        (r#"{"a":1,"b":2}"#, "a", r#"{"b":2}"#),
        (r#"{"a":[1,2,3]}"#, "a[1]", r#"{"a":[1,3]}"#),
        (r#"{"a":[1,2,3]}"#, "a.1", r#"{"a":[1,null,3]}"#),
        (r#"{"a":[1,{"b":2}]}"#, "a[1].b", r#"{"a":[1,{}]}"#),
        (r#"{"a":[1]}"#, "a[7]", r#"{"a":[1]}"#),
        (r#"{"a":1}"#, "a.b.c", r#"{"a":1}"#),
        ("{}", "a.b", "{}"),
    ] {
        let mut root = object(before);
        path(text).set(&mut root, Value::Undefined).unwrap();
        assert_eq!(serde_json::to_string(&root).unwrap(), after, "{before} {text}");
    }
}

#[test]
fn others_do_not_see_a_change() {
    let first = object(r#"{"a":{"b":{"c":1}}}"#);
    let mut second = first.clone();
    path("a.b.c").set(&mut second, 2.into()).unwrap();
    assert_eq!(path("a.b.c").get(&first).as_deref(), Some(&1.into()));
    path("a.b").remove(&mut second);
    assert_eq!(path("a.b.c").get(&first).as_deref(), Some(&1.into()));
}

proptest! {
    #[test]
    fn any_text_parses_or_says_why(text in "\\PC{0,12}|[ab.\\[\\]'\"0-9msg ]{0,14}") {
        if let Ok(path) = PropertyPath::parse(&text) {
            let mut root = Object::new();
            let _ = path.set(&mut root, 1.into());
            let _ = path.get(&root);
        }
    }

    #[test]
    fn what_is_set_can_be_read_and_removed(keys in prop::collection::vec("[a-z]{1,3}|[0-9]", 1..5)) {
        let text = keys.iter().skip(1).fold(keys[0].clone(), |text, key| {
            if key.bytes().all(|byte| byte.is_ascii_digit()) { format!("{text}[{key}]") } else { format!("{text}.{key}") }
        });
        let path = PropertyPath::parse(&text).unwrap();
        let mut root = Object::new();
        path.set(&mut root, "here".into()).unwrap();
        prop_assert_eq!(path.get(&root).map(Cow::into_owned), Some(Value::from("here")));
        prop_assert_eq!(path.remove(&mut root), Some(Value::from("here")));
        prop_assert_eq!(path.get(&root).map(Cow::into_owned).unwrap_or_default(), Value::Undefined);
    }
}
