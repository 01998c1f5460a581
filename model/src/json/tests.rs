use proptest::prelude::*;

use super::*;

/// Texts and what Node 20 gives for `JSON.stringify(JSON.parse(text))`.
const JAVASCRIPT: &[(&str, &str)] = &[
    (
        r#"{"b":1,"10":2,"2":3,"a":4,"4294967294":5,"4294967295":6,"01":7,"-1":8,"0":9}"#,
        r#"{"0":9,"2":3,"10":2,"4294967294":5,"b":1,"a":4,"4294967295":6,"01":7,"-1":8}"#,
    ),
    (
        "[1.0,1e3,0.10,-0,1e21,1e-7,123456789012345678901234567890,0.000001,1e400,5e-324,\
         1.7976931348623157e308,100000000000000000000,123456789.123456789,-1.5e-10]",
        "[1,1000,0.1,0,1e+21,1e-7,1.2345678901234568e+29,0.000001,null,5e-324,\
         1.7976931348623157e+308,100000000000000000000,123456789.12345679,-1.5e-10]",
    ),
    (
        r#"["\ud800","\udc00x","\ud83d\ude00","\u0000\u001f\u2028","\/\b\f\n\r\t\"\\","\uDBFF\uDFFF","\ud800\ud800\udc00"]"#,
        "[\"\\ud800\",\"\\udc00x\",\"😀\",\"\\u0000\\u001f\u{2028}\",\"/\\b\\f\\n\\r\\t\\\"\\\\\",\"\u{10ffff}\",\"\\ud800𐀀\"]",
    ),
    (r#" {"a":1, "b":2, "a":{"x":[]}, "c":{}} "#, r#"{"a":{"x":[]},"b":2,"c":{}}"#),
    (
        "\u{feff}{\"__proto__\":{\"a\":1},\"1\":[[],{}],\"\":null}",
        r#"{"1":[[],{}],"__proto__":{"a":1},"":null}"#,
    ),
];

/// Texts that are not JSON, with where and why.
const BROKEN: &[(&str, &str)] = &[
    ("", "line 1, column 1: the text ends too early: expected a value"),
    ("[1,\n  2,]", "line 2, column 5: expected a value but found ]"),
    ("{\"é\": nope}", "line 1, column 7: expected a value but found nope"),
    ("{a:1}", "line 1, column 2: expected a key in double quotes but found a"),
    ("{\"a\" 1}", "line 1, column 6: expected : but found 1"),
    ("[1 2]", "line 1, column 4: expected , or ] but found 2"),
    ("{\"a\":1;}", "line 1, column 7: expected , or } but found ;"),
    ("\"abc", "line 1, column 5: the text ends too early: expected the closing \""),
    (
        "\"a\nb\"",
        "line 1, column 3: a text cannot hold the control character \\u000a as it is: write it as an escape",
    ),
    (r#""\x""#, "line 1, column 2: unknown escape \\x: use one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000"),
    (
        r#""\u12g4""#,
        "line 1, column 2: unknown escape \\u12g4: use one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000",
    ),
    ("[01]", "line 1, column 2: a number cannot be written as 01: use digits, with 0 before a decimal point"),
    ("-", "line 1, column 1: a number cannot be written as -: use digits, with 0 before a decimal point"),
    (
        "1.e5",
        "line 1, column 1: a number cannot be written as 1.e5: use digits, with 0 before a decimal point",
    ),
    ("[] []", "line 1, column 4: more text after the end of the value: ["),
];

#[test]
fn writes_as_javascript_does() {
    for (text, expected) in JAVASCRIPT {
        let json = Json::parse(text).expect(text);
        assert_eq!(json.to_js_string(), *expected);
        assert_eq!(Json::parse(expected).expect(expected).to_js_string(), *expected);
    }
}

#[test]
fn names_the_place_of_the_first_error() {
    for (text, expected) in BROKEN {
        assert_eq!(Json::parse(text).expect_err(text).to_string(), *expected, "{text}");
    }
}

#[test]
fn depth_has_a_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Json::parse(&nested(MAX_DEPTH)).is_ok());
    let error = Json::parse(&nested(MAX_DEPTH + 1)).expect_err("too deep");
    assert_eq!((error.line, error.column), (1, 129));
    assert!(Json::parse(&"[{\"a\":".repeat(100_000)).is_err());
}

#[test]
fn layout_is_that_of_json_stringify() {
    let json = Json::parse(r#"[{"id":"a","wires":[[]],"o":{}},1.0]"#).expect("valid");
    let expected =
        "[\n  {\n    \"id\": \"a\",\n    \"wires\": [\n      []\n    ],\n    \"o\": {}\n  },\n  1.0\n]";
    assert_eq!(json.pretty(2), expected);
}

#[test]
fn numbers_and_key_order_pass_through_serde() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Wrapper {
        inner: Json,
    }
    let text = r#"{"inner":{"z":1.0,"a":[1e3,0.10,-0,123456789012345678901234567890],"z2":"\ud800"}}"#;
    let wrapper: Wrapper = serde_json::from_str(text).expect("valid");
    assert_eq!(
        serde_json::to_string(&wrapper.inner.get("a")).expect("writes"),
        "[1e3,0.10,-0,123456789012345678901234567890]"
    );
    assert_eq!(
        wrapper.inner.to_string(),
        r#"{"z":1.0,"a":[1e3,0.10,-0,123456789012345678901234567890],"z2":"\ud800"}"#
    );
    // Through a buffering deserialiser (flatten, untagged) the values survive.
    #[derive(serde::Deserialize)]
    struct Flat {
        #[serde(flatten)]
        rest: std::collections::BTreeMap<String, Json>,
    }
    let flat: Flat = serde_json::from_str(r#"{"a":{"b":[1,2.5,null,true,"x"]}}"#).expect("valid");
    assert_eq!(flat.rest["a"].to_string(), r#"{"b":[1,2.5,null,true,"x"]}"#);
    let value: serde_json::Value = serde_json::from_str(r#"{"b":1,"a":[1.5,"x"]}"#).expect("valid");
    assert_eq!(serde_json::from_value::<Json>(value.clone()).expect("valid"), Json::from(value));
}

#[test]
fn configurations_read_whole_numbers_however_written() {
    let json = Json::parse(r#"{"a":1.0,"b":1e3,"c":18446744073709551615,"d":0.5,"e":1e999}"#).expect("valid");
    let expected =
        serde_json::json!({"a": 1, "b": 1000, "c": 18_446_744_073_709_551_615_u64, "d": 0.5, "e": null});
    assert_eq!(json.to_serde(), expected);
}

#[test]
fn whole_numbers_are_written_as_javascript_writes_them() {
    let json = Json::from(serde_json::json!([1.0, -2.0, 0.5, 1e300, 9_007_199_254_740_993_i64]));
    assert_eq!(json.to_string(), "[1,-2,0.5,1e+300,9007199254740993]");
}

#[test]
fn semantic_equality_forgives_order_and_number_form() {
    let parse = |text| Json::parse(text).expect("valid");
    let (a, b) = (parse(r#"{"a":1.0,"b":[1e1]}"#), parse(r#"{"b":[10],"a":1}"#));
    assert!(a.semantic_eq(&b) && a != b);
    assert!(!a.semantic_eq(&parse(r#"{"b":[10],"c":1}"#)));
    assert!(!a.semantic_eq(&parse(r#"{"b":[10]}"#)));
}

#[test]
fn a_large_object_takes_no_quadratic_time() {
    let text = format!(
        "{{{}}}",
        (0..200_000).map(|n| format!("\"k{}\":{n}", n % 100_000)).collect::<Vec<_>>().join(",")
    );
    let json = Json::parse(&text).expect("valid");
    assert_eq!(json.as_object().map(Object::len), Some(100_000));
    assert_eq!(json.get("k0").and_then(Json::as_f64), Some(100_000.0));
}

/// Any JSON value, odd numbers, keys and strings included.
pub(crate) fn any_json() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,8})?([eE][+-]?[0-9]{1,3})?"
            .prop_map(|literal| Number::from_literal(&literal).map_or(Json::Null, Json::Number)),
    ];
    let text = prop_oneof![
        any::<String>().prop_map(|text| Json::from(text.replace('\u{10ffff}', ""))),
        prop::sample::select(vec![
            "",
            "\\",
            "\"\n\u{0}",
            "\u{10ffff}\u{10f123}",
            "\u{10ffff}\u{10ffff}",
            "é😀\u{2028}"
        ])
        .prop_map(Json::from),
    ];
    let leaf = prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), number, text];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key =
            prop_oneof!["[a-c]", "[0-9]{1,3}", any::<String>().prop_map(|key| key.replace('\u{10ffff}', ""))];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn writing_and_reading_is_the_identity(json in any_json(), indent in 0usize..5) {
        prop_assert_eq!(&Json::parse(&json.to_string()).expect("own text"), &json);
        prop_assert_eq!(&Json::parse(&json.pretty(indent)).expect("own text"), &json);
        let text = serde_json::to_string(&json).expect("writes");
        // serde_json refuses lone surrogates and numbers out of range.
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
            prop_assert!(Json::from(value).semantic_eq(&json));
        }
        let javascript = json.to_js_string();
        prop_assert_eq!(Json::parse(&javascript).expect("own text").to_js_string(), javascript);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), cut in any::<prop::sample::Index>(), json in any_json()) {
        let _ = Json::parse(&text);
        let whole = json.to_string();
        let cut: String = whole.chars().take(cut.index(whole.len() + 1)).collect();
        if let Err(error) = Json::parse(&cut) {
            prop_assert!(error.column <= cut.chars().count() + 1);
        }
    }

    #[test]
    fn doubles_keep_their_value_in_javascript_form(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
        let number = Number::from_f64(value).expect("finite");
        prop_assert_eq!(number.as_f64(), value);
        prop_assert!(Number::from_literal(number.as_str()).is_some());
    }
}
