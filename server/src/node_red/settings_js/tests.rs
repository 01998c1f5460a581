use super::*;

fn read_text(text: &str) -> Option<Literal> {
    let variable = |name: &str| match name {
        "SET" => Some("from outside".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    read(text, &variable).map(|script| Literal::Table(script.properties))
}

fn value(expression: &str) -> Literal {
    let all = read_text(&format!("module.exports = {{ before: 1, it: {expression}, after: 2 }}")).unwrap();
    assert_eq!(all.get("before"), Some(&Literal::Number(1.0)), "{expression}");
    assert_eq!(all.get("after"), Some(&Literal::Number(2.0)), "{expression}");
    all.get("it").unwrap().clone()
}

fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

#[test]
fn literals_are_taken() {
    for (expression, expected) in [
        ("1880", Literal::Number(1880.0)),
        ("-1.5e3", Literal::Number(-1500.0)),
        ("0xff", Literal::Number(255.0)),
        ("1_000", Literal::Number(1000.0)),
        ("true", Literal::Bool(true)),
        ("null", Literal::Null),
        ("'it''s'.x", Literal::Code),
        (
            r"'a\'b\n\x41B\u{43}\
c'",
            text("a'b\nABCc"),
        ),
        ("\"a // no comment\"", text("a // no comment")),
        ("`two\nlines`", text("two\nlines")),
        ("[1, 'a', [ ], ]", Literal::List(vec![Literal::Number(1.0), text("a"), Literal::List(vec![])])),
        ("process.env.SET", text("from outside")),
        ("process.env['SET'] || 1", text("from outside")),
        ("process.env.EMPTY || 1", Literal::Number(1.0)),
        ("process.env.EMPTY ?? 1", text("")),
        ("process.env.UNSET || 'x'", text("x")),
        ("process.env.UNSET", Literal::Null),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn code_is_passed_over_as_a_whole() {
    for expression in [
        "1 + 1",
        "24*60*60",
        "'a' + 'b'",
        "`${1 + \"}\"}` ",
        "require('fs').readFileSync(\"}\", '}')",
        "function(a, b) { if (a / b) { return /[/}]\\/,}/.test('}'); } /* } */ }",
        "(a, b) => ({ c: [a, b] })",
        "async () => { await x, y }",
        "new Map([[1, 2]])",
        "process.env.SET + 1",
        "process.env[name]",
        "process.argv[0]",
        "os",
        "/,}/g",
        "a ? b : c",
    ] {
        assert_eq!(value(expression), Literal::Code, "{expression}");
    }
}

#[test]
fn an_object_is_found_with_names_of_all_kinds_and_the_lines_of_its_properties() {
    let script = "#!/usr/bin/env node
// module.exports = { not: 'this' }
const text = 'module.exports = { nor: 1 }', more = a / 2 / 3;
module . exports = /* here */ {
    uiPort: 1880, // the port
    'flowFile': \"f.json\",
    inner: { list: [{ a: 1 }] , },
    ...rest,
    [computed]: 1,
    method(a) { return { uiPort: 7 } },
    get accessor() { return 1 },
    short,
    7: 'seven',
    uiPort: 1990
};
module.exports = { second: 1 }";
    let all = read_text(script).unwrap();
    assert_eq!(all.get("uiPort"), Some(&Literal::Number(1990.0)), "the last one counts, as in JavaScript");
    assert_eq!(all.get("flowFile").and_then(Literal::text), Some("f.json"));
    assert_eq!(all.get("7"), Some(&text("seven")));
    for name in ["method", "short"] {
        assert_eq!(all.get(name), Some(&Literal::Code), "{name}");
    }
    let inner = all.get("inner").unwrap();
    assert!(!inner.holds_code() && all.holds_code());
    let Literal::Table(properties) = &all else { panic!("no table") };
    assert_eq!(
        (find(properties, "flowFile").unwrap().line, find(properties, "uiPort").unwrap().line),
        (6, 14)
    );
    assert_eq!(read_text("module.exports = settings;"), None);
    assert_eq!(read_text(""), None);
}

#[test]
fn what_may_set_any_property_is_noted_with_its_line() {
    let unread = |text: &str| read(text, &|_| None).unwrap().unread;
    for text in [
        "module.exports = { a: 1, b() {}, get c() { return 1 }, async: 1, get: 2 } // the end\n;\n",
        "module.exports = { a: { ...rest, [b]: 1 }, c: [...list] }",
    ] {
        assert_eq!(unread(text), None, "{text}");
    }
    for (text, line) in [
        ("module.exports = {\n...require('./auth'),\na: 1 }", 2),
        ("module.exports = {\na: 1,\n['admin' + 'Auth']: x }", 3),
        ("module.exports = {\n__proto__: base }", 2),
        ("module.exports = {\nget [name]() { return 1 } }", 2),
        ("module.exports = {\na: 1\n}\nmodule.exports.adminAuth = x", 4),
        ("const s = module.exports = {\n};\n\nObject.assign(s, x)", 4),
        ("if (a) {\nmodule.exports = { } }", 2),
        ("module.exports = {\na: 1,\n", 3),
    ] {
        assert_eq!(unread(text), Some(line), "{text}");
    }
    let named = |text: &str| read(text, &|_| None).unwrap().properties.pop().unwrap();
    for text in ["get it() { }", "async it() { }", "async 'it'() { }", "it", "it: x"] {
        assert_eq!(named(&format!("module.exports = {{ {text} }}")).name, "it", "{text}");
    }
}

/// Nothing that can stand in the file makes the reader fall or wait.
#[test]
fn broken_scripts_come_to_an_end() {
    let whole = "module.exports = { a: 'x', b: [1, { c: `d${ { } }` }], e: /f/, g: process.env['H'] || 1 }";
    for end in 0..whole.len() {
        let _ = read_text(&whole[..end]);
        let _ = read_text(&format!("{}}}", &whole[..end]));
        let _ = read_text(&format!("{}]){}", &whole[..end], &whole[end..]));
    }
    for cut_off in ["module.exports = { a: /\\", "module.exports = { a: f(`\\", "module.exports = { a: f('\\"]
    {
        assert_eq!(read(cut_off, &|_| None).unwrap().unread, Some(1), "{cut_off}");
    }
    for opening in ["`${", "f(`a${ {", "process.env.A || ", "process.env.A ?? [", "-"] {
        let deep = format!("module.exports = {{ a: {}", opening.repeat(100_000));
        assert!(read_text(&deep).unwrap().get("a").is_some(), "{opening}");
    }
    let deep = format!("module.exports = {{ a: {} }}", "[".repeat(100_000));
    assert!(read_text(&deep).is_some());
    let deep = format!("module.exports = {{ a: {} }}", "{a:".repeat(100_000));
    assert!(read_text(&deep).is_some());
}
