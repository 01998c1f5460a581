use std::collections::BTreeMap;
use std::sync::Mutex;

use ecow::EcoString;
use engine::context::Scope;
use engine::node::NodeInfo;
use engine::{Handle, NodeError};

use super::*;

/// A world in which nothing is but one flat context.
#[derive(Default)]
struct World {
    info: NodeInfo,
    kept: Mutex<BTreeMap<String, Value>>,
}

impl Surroundings for World {
    fn info(&self) -> &NodeInfo {
        &self.info
    }
    fn env(&self, name: &str) -> Value {
        if name == "PLACE" { "here".into() } else { Value::Undefined }
    }
    fn context_get(
        &self,
        scope: Scope,
        store: Option<&str>,
        key: &str,
    ) -> std::result::Result<Value, NodeError> {
        Ok(self.kept.lock().unwrap().get(&format!("{scope:?} {store:?} {key}")).cloned().unwrap_or_default())
    }
    fn context_set(
        &self,
        scope: Scope,
        store: Option<&str>,
        key: &str,
        value: Value,
    ) -> std::result::Result<(), NodeError> {
        if key == "bad" {
            return Err(NodeError::literal("no place for it"));
        }
        self.kept.lock().unwrap().insert(format!("{scope:?} {store:?} {key}"), value);
        Ok(())
    }
    fn context_keys(&self, scope: Scope, _store: Option<&str>) -> Vec<EcoString> {
        let start = format!("{scope:?} ");
        self.kept.lock().unwrap().keys().filter(|key| key.starts_with(&start)).map(Into::into).collect()
    }
    fn evaluate(
        &self,
        value: &str,
        type_name: &str,
        message: &Value,
    ) -> std::result::Result<Value, NodeError> {
        match type_name {
            "msg" => Ok(message.get(value).cloned().unwrap_or_default()),
            _ => Err(NodeError::literal("not here")),
        }
    }
    fn render(&self, error: &NodeError) -> EcoString {
        error.to_string().into()
    }
}

fn sandbox_with(code: &str, limits: Limits) -> Sandbox {
    let code = Code { main: code.into(), output_count: 1, ..Code::default() };
    Sandbox::new(Arc::new(World::default()), &code, limits).unwrap()
}

fn sandbox(code: &str) -> Sandbox {
    sandbox_with(code, Limits::default())
}

fn object(json: serde_json::Value) -> Arc<Object> {
    match serde_json::from_value(json).unwrap() {
        Value::Object(object) => object,
        other => panic!("{other:?}"),
    }
}

/// What the code returns for a message, as one message.
#[track_caller]
fn returned(code: &str, message: Arc<Object>) -> Arc<Object> {
    match sandbox(code).call(1, message) {
        Called::Returned(Outputs::One(message)) => message,
        Called::Returned(other) => panic!("{code}: {other:?}"),
        Called::Pending => panic!("{code}: pending"),
        Called::Failed(error, _) => panic!("{code}: {error:?}"),
    }
}

#[track_caller]
fn failure(sandbox: &Sandbox) -> ScriptError {
    match sandbox.call(1, object(serde_json::json!({"payload": 1}))) {
        Called::Failed(error, _) => error,
        Called::Returned(outputs) => panic!("returned {outputs:?}"),
        Called::Pending => panic!("pending"),
    }
}

#[derive(Debug)]
struct Exchange;
impl Handle for Exchange {
    fn kind(&self) -> &'static str {
        "exchange"
    }
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[test]
fn what_is_not_touched_comes_back_as_it_was() {
    let inner = Value::from(Object::from_iter([("deep", 1)]));
    let handle = Value::Handle(Arc::new(Exchange));
    let message = Object::from_iter([
        ("_msgid", Value::from("0123456789abcdef")),
        ("b", inner.clone()),
        ("a", Value::Number(f64::NAN)),
        ("u", Value::Undefined),
        ("d", Value::Date(5.0)),
        ("res", handle.clone()),
        ("bytes", Value::buffer(vec![1, 2])),
    ]);
    let out = returned(
        "msg.n = msg.a; msg.seen = [typeof msg.res, 'u' in msg, 'x' in msg]; return msg;",
        message.into(),
    );
    let (Some(Value::Object(before)), Value::Object(after)) = (out.get("b"), &inner) else { panic!() };
    assert!(Arc::ptr_eq(before, after));
    assert_eq!(out.get("res"), Some(&handle));
    assert_eq!(out.get("n"), Some(&Value::Number(f64::NAN)));
    assert_eq!(out.get("u"), Some(&Value::Undefined));
    assert_eq!(out.get("seen"), Some(&Value::from_iter(["object".into(), true.into(), false.into()])));
    let keys: Vec<_> = out.keys().map(EcoString::as_str).collect();
    assert_eq!(keys, ["_msgid", "b", "a", "u", "d", "res", "bytes", "n", "seen"]);
}

#[test]
fn touched_values_and_changes_in_depth_come_back() {
    let message = object(serde_json::json!({"payload": {"list": [1, {"x": 2}]}, "topic": "t", "gone": 1}));
    let code = "const same = msg.payload === msg.payload; msg.payload.list[1].x++; delete msg.gone;\n\
                return {...msg, same, when: new Date(7), bytes: Buffer.from('hi'), keys: Object.keys(msg), f() {}, s: new Set([1]),\n\
                json: JSON.stringify(msg), own: msg.hasOwnProperty('topic') && !msg.hasOwnProperty('gone'), big: 2n ** 40n};";
    let out = returned(code, message);
    assert_eq!(
        out.get("payload"),
        Some(&serde_json::from_value(serde_json::json!({"list": [1, {"x": 3}]})).unwrap())
    );
    assert_eq!(out.get("when"), Some(&Value::Date(7.0)));
    assert_eq!(out.get("bytes"), Some(&Value::buffer(&b"hi"[..])));
    assert_eq!(out.get("json"), Some(&r#"{"payload":{"list":[1,{"x":3}]},"topic":"t"}"#.into()));
    assert_eq!(out.get("keys"), Some(&Value::from_iter(["payload".into(), "topic".into()])));
    assert_eq!(out.get("big"), Some(&Value::Number(2_f64.powi(40))));
    assert_eq!((out.get("same"), out.get("own")), (Some(&true.into()), Some(&true.into())));
    assert_eq!((out.get("gone"), out.get("f")), (None, None));
    assert_eq!(out.get("s"), Some(&Value::from_iter([1.into()])));
}

#[test]
fn a_handle_survives_its_copies() {
    let handle = Value::Handle(Arc::new(Exchange));
    let message = Object::from_iter([("res", handle.clone())]);
    let out =
        returned("return RED.util.cloneMessage({res: msg.res, again: {res: msg.res}});", message.into());
    assert_eq!(out.get("res"), Some(&handle));
    assert_eq!(out.get("again").and_then(|again| again.get("res")), Some(&handle));
}

#[test]
fn what_cannot_travel_is_a_catchable_error() {
    let error = failure(&sandbox("const a = {}; a.a = a; msg.payload = a; return msg;"));
    assert!(error.message.contains("contains itself"), "{error:?}");
    let error = failure(&sandbox("msg.self = msg; return msg;"));
    assert!(!error.message.is_empty());
    let error = failure(&sandbox("let a = [1]; for (let at = 0; at < 60; at++) a = [a, a]; return {a};"));
    assert!(error.message.contains("too large"), "{error:?}");
}

#[test]
fn an_endless_loop_is_cut_and_the_next_message_runs() {
    let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
    for code in [
        "if (msg.payload) while (true) {}\nreturn msg;",
        "if (msg.payload) { try { while (true) {} } catch (e) {} finally { for (;;) {} } }\nreturn msg;",
        "if (msg.payload) { await null; while (true) {} }\nreturn msg;",
        "if (msg.payload) { /(a+)+b/.test('a'.repeat(40)); while (true) {} }\nreturn msg;",
        "if (msg.payload) msg.payload = { get x() { while (true) {} } };\nreturn msg;",
    ] {
        let sandbox = sandbox_with(code, limits);
        let error = failure(&sandbox);
        assert_eq!(error.time_limit, Some(50), "{code}: {error:?}");
        match sandbox.call(2, object(serde_json::json!({"payload": 0}))) {
            Called::Returned(Outputs::One(_)) | Called::Pending => {}
            Called::Failed(error, _) => panic!("{code}: {error:?}"),
            Called::Returned(other) => panic!("{code}: {other:?}"),
        }
    }
}

#[test]
fn an_endless_chain_of_promises_is_cut() {
    let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
    let sandbox =
        sandbox_with("const again = () => Promise.resolve().then(again); again(); return msg;", limits);
    assert_eq!(failure(&sandbox).time_limit, Some(50));
    // Whether it was cut off between two links of the chain or within one.
    assert!(sandbox.is_spent());
}

#[test]
fn memory_is_limited_and_the_next_message_runs() {
    let limits = Limits { memory_bytes: 8 * 1024 * 1024, ..Limits::default() };
    let code =
        "if (msg.payload) { const all = []; for (;;) all.push('x'.repeat(1000) + all.length); }\nreturn msg;";
    let sandbox = sandbox_with(code, limits);
    let error = failure(&sandbox);
    assert!(error.message.contains("memory"), "{error:?}");
    assert!(matches!(
        sandbox.call(2, object(serde_json::json!({"payload": 0}))),
        Called::Returned(Outputs::One(_))
    ));
    let error = failure(&sandbox_with("return {payload: Buffer.alloc(1e9)};", limits));
    assert!(error.message.contains("memory"), "{error:?}");
    let error = failure(&sandbox_with("const f = () => f() + 1; f();", limits));
    assert!(error.message.contains("stack"), "{error:?}");
}

#[test]
fn a_node_cannot_ask_for_endlessly_much() {
    let error = failure(&sandbox("for (;;) node.send({payload: 1});"));
    assert!(error.message.contains("too many messages"), "{error:?}");
}

#[test]
fn errors_name_their_place_in_the_authors_lines() {
    let error = failure(&sandbox("var a = 1;\n\n  missing(a);\nreturn msg;"));
    assert_eq!(error.position.map(|(line, _)| line), Some(3));
    assert!(error.message.starts_with("ReferenceError: missing is not defined (line 3, col "), "{error:?}");
    assert!(error.stack.as_deref().unwrap().contains("function:3:"), "{error:?}");
    assert_eq!(failure(&sandbox("throw new Error('big error');")).message, "Error: big error");
    assert_eq!(failure(&sandbox("throw 'words';")).message, "words");
    let error = failure(&sandbox("throw {code: 7};"));
    assert_eq!((error.message.as_str(), error.cause.is_some()), (r#"{"code":7}"#, true));
    let error = failure(&sandbox("const e = new TypeError('x'); e.code = 'E_X'; throw e;"));
    assert_eq!(error.code.as_deref(), Some("E_X"));
    assert_eq!(failure(&sandbox("return null.x;")).position.map(|(line, _)| line), Some(1));
}

#[test]
fn what_was_changed_before_an_error_is_kept_for_catch_nodes() {
    let sandbox = sandbox("msg.changed = true; throw new Error('x');");
    let Called::Failed(_, left) = sandbox.call(1, object(serde_json::json!({"payload": 1}))) else {
        panic!()
    };
    assert_eq!(*left, *object(serde_json::json!({"payload": 1, "changed": true})));
}

/// Expressions and what they are in Node.js.
const EXPRESSIONS: &[(&str, &str)] = &[
    // Buffer
    ("Buffer.from('héllo').toString('hex')", r#""68c3a96c6c6f""#),
    ("Buffer.from('aGk=', 'base64').toString()", r#""hi""#),
    ("Buffer.from('--__', 'base64').toString('hex')", r#""fbefff""#),
    ("Buffer.from([251, 239, 255]).toString('base64url')", r#""--__""#),
    ("Buffer.from('abc').toString('base64')", r#""YWJj""#),
    ("Buffer.from('7468697z', 'hex').toString()", r#""thi""#),
    ("Buffer.from('\\u20ac', 'latin1')[0]", "172"),
    ("Buffer.from([0xe9, 0x80]).toString('latin1')", "\"\u{e9}\u{80}\""),
    ("Buffer.from([0xe9]).toString('ascii')", r#""i""#),
    ("Buffer.from('hi', 'utf16le').toString('hex')", r#""68006900""#),
    ("Buffer.from([0xff, 0x41]).toString()", "\"\u{fffd}A\""),
    ("Buffer.concat([Buffer.from('a'), Buffer.from('bc')]).toString()", r#""abc""#),
    ("Buffer.concat([Buffer.from('abc')], 2).length", "2"),
    ("Buffer.alloc(3, 'ab').toString()", r#""aba""#),
    ("Buffer.isBuffer(Buffer.alloc(1)) && !Buffer.isBuffer(new Uint8Array(1))", "true"),
    ("Buffer.byteLength('h\\u00e9')", "3"),
    ("Buffer.compare(Buffer.from('a'), Buffer.from('b'))", "-1"),
    ("Buffer.from('abc').equals(Buffer.from('abc'))", "true"),
    ("JSON.stringify(Buffer.from('a'))", r#""{\"type\":\"Buffer\",\"data\":[97]}""#),
    ("(() => { const a = Buffer.from('abc'); a.slice(1)[0] = 120; return a.toString(); })()", r#""axc""#),
    ("Buffer.from('abcabc').indexOf('ca')", "2"),
    ("Buffer.from('abcabc').lastIndexOf('bc')", "4"),
    ("Buffer.from('abc').includes('z')", "false"),
    (
        "(() => { const a = Buffer.alloc(4); return [a.write('h\\u00e9llo', 1), a.toString('hex')]; })()",
        r#"[3,"0068c3a9"]"#,
    ),
    ("(() => { const a = Buffer.alloc(3); return [a.write('h\\u00e9', 0, 2), a[1]]; })()", "[1,0]"),
    ("Buffer.from([1, 2, 3, 4]).readUInt16BE(1)", "515"),
    ("Buffer.from([255, 255]).readInt16LE()", "-1"),
    ("Buffer.from([0x42, 0x28, 0, 0]).readFloatBE(0)", "42"),
    ("(() => { const a = Buffer.alloc(8); a.writeDoubleLE(1.5); return a.readDoubleLE(); })()", "1.5"),
    (
        "(() => { const a = Buffer.alloc(8); a.writeBigInt64BE(-2n); return String(a.readBigInt64BE()); })()",
        r#""-2""#,
    ),
    (
        "(() => { const a = Buffer.alloc(6); a.writeUIntBE(0x123456, 0, 3); return a.readIntLE(0, 3); })()",
        "5649426",
    ),
    (
        "(() => { try { Buffer.alloc(1).readUInt16LE(0); } catch (e) { return e.code; } })()",
        r#""ERR_OUT_OF_RANGE""#,
    ),
    ("Buffer.from([1, 2, 3, 4]).swap16().toString('hex')", r#""02010403""#),
    ("(() => { const a = Buffer.alloc(2); return [Buffer.from('xyz').copy(a, 1), a[1]]; })()", "[1,120]"),
    ("Buffer.from({type: 'Buffer', data: [104]}).toString()", r#""h""#),
    ("new Buffer('hi').toString()", r#""hi""#),
    ("Buffer.from('abc').subarray(-2).toString()", r#""bc""#),
    ("new TextDecoder().decode(new TextEncoder().encode('\\u20ac'))", "\"\u{20ac}\""),
    ("atob(btoa('hi'))", r#""hi""#),
    // URL
    (
        "new URL('HTTP://User:p%40ss@Example.com:80/a/../b c?x=1 2#frag ment').href",
        r#""http://User:p%40ss@example.com/b%20c?x=1%202#frag%20ment""#,
    ),
    ("new URL('../c?d', 'https://example.org:8443/a/b/x').href", r#""https://example.org:8443/a/c?d""#),
    ("new URL('//other/x', 'https://example.org/').href", r#""https://other/x""#),
    ("new URL('?q', 'http://h/p?old#f').href", r#""http://h/p?q""#),
    (
        "(u => [u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin])(new URL('http://h:81/p?q#f'))",
        r##"["http:","h:81","h","81","/p","?q","#f","http://h:81"]"##,
    ),
    ("new URL('mqtt://broker:1883/topic').hostname", r#""broker""#),
    ("new URL('http://0x7f.1/').hostname", r#""127.0.0.1""#),
    ("new URL('http://[::1]:80/').host", r#""[::1]""#),
    ("new URL('mailto:a@b.c').pathname", r#""a@b.c""#),
    ("(() => { try { new URL('/relative'); } catch (e) { return e.code; } })()", r#""ERR_INVALID_URL""#),
    ("URL.canParse('http://a b/')", "false"),
    (
        "(u => { u.searchParams.append('b', '\\u00e9 &'); u.port = '8080'; return u.href; })(new URL('http://h/?a=1'))",
        r#""http://h:8080/?a=1&b=%C3%A9+%26""#,
    ),
    ("JSON.stringify({u: new URL('http://h')})", r#""{\"u\":\"http://h/\"}""#),
    (
        "new URLSearchParams('?a=1&a=2&b=%20x+y').getAll('a').concat(new URLSearchParams('b=%20x+y').get('b'))",
        r#"["1","2"," x y"]"#,
    ),
    ("String(new URLSearchParams({x: '1', y: 'a b'}))", r#""x=1&y=a+b""#),
    ("[...new URLSearchParams('a=1&b=2')].map(([k, v]) => k + v).join()", r#""a1,b2""#),
    // util
    ("util.format('%s is %d and %j', 'x', 4.5, {a: 1}, 'more')", r#""x is 4.5 and {\"a\":1} more""#),
    (
        "util.inspect({a: [1, 'b', null], 'c-d': undefined, e: {f: {g: {}}}})",
        r#""{ a: [ 1, 'b', null ], 'c-d': undefined, e: { f: { g: {} } } }""#,
    ),
    ("util.inspect({e: {f: {g: {h: 1}}}})", r#""{ e: { f: { g: [Object] } } }""#),
    ("util.inspect(Buffer.from('hi'))", r#""<Buffer 68 69>""#),
    ("util.inspect(new Map([['a', 1]]))", r#""Map(1) { 'a' => 1 }""#),
    ("util.types.isDate(new Date())", "true"),
    // RED.util, env, context
    ("RED.util.getMessageProperty({a: {b: [1, {c: 5}]}}, 'msg.a.b[1].c')", "5"),
    ("(m => (RED.util.setMessageProperty(m, 'x.y[0][\"a b\"]', 1), m))({})", r#"{"x":{"y":[{"a b":1}]}}"#),
    ("RED.util.getMessageProperty({k: 'z', a: {z: 3}}, 'a[msg.k]')", "3"),
    ("RED.util.compareObjects({a: [1, new Date(3)]}, {a: [1, new Date(3)]})", "true"),
    ("RED.util.generateId().length", "16"),
    ("RED.util.ensureBuffer('a').toString('hex')", r#""61""#),
    ("env.get('PLACE')", r#""here""#),
    ("(flow.set('a', {b: 1}), flow.get('a'))", r#"{"b":1}"#),
    ("(global.set(['x', 'y'], [1, 2]), global.get(['y', 'x']))", "[2,1]"),
    (
        "(() => { let seen; context.set('n', 3, () => {}); context.get('n', (error, value) => { seen = [error, value]; }); return seen; })()",
        "[null,3]",
    ),
    (
        "(() => { let seen; flow.get(['a', 'b'], 'disk', (...all) => { seen = all.length; }); return seen; })()",
        "3",
    ),
    ("(() => { try { flow.set('bad', 1); } catch (e) { return e.message; } })()", r#""no place for it""#),
    (
        "(() => { let seen; flow.set('bad', 1, (error) => { seen = error.message; }); return seen; })()",
        r#""no place for it""#,
    ),
    (
        "(() => { try { node.on('input', () => {}); } catch (e) { return e.message; } })()",
        r#""Cannot add listener to 'input' event within Function""#,
    ),
    ("structuredClone({a: new Date(4)}).a.getTime()", "4"),
    (
        "[typeof setTimeout, typeof require, typeof process, typeof std, typeof console.log]",
        r#"["function","undefined","undefined","undefined","function"]"#,
    ),
];

#[test]
fn the_api_answers_as_nodes() {
    let mut wrong = Vec::new();
    for (expression, expected) in EXPRESSIONS {
        let code = format!("return {{payload: JSON.stringify({expression})}};");
        let found = match sandbox(&code).call(1, Arc::default()) {
            Called::Returned(Outputs::One(message)) => {
                message.get("payload").and_then(Value::as_str).map(EcoString::from)
            }
            Called::Failed(error, _) => Some(ecow::eco_format!("{error:?}")),
            _ => None,
        };
        let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        if found.as_deref().and_then(parsed) != parsed(expected) || parsed(expected).is_none() {
            wrong.push(format!("{expression}\n  gave {found:?}\n  not  {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Figures, not a check: `cargo test --release -p wireloom-script crossing -- --ignored --nocapture`.
#[test]
#[ignore = "prints figures"]
fn crossing_speed() {
    let message = serde_json::json!({
        "_msgid": "0123456789abcdef", "topic": "house/kitchen/temperature", "payload": 21.5, "qos": 1, "retain": false,
        "timestamp": 1_700_000_000_000_u64, "device": {"id": "sensor-17", "place": {"floor": 2, "room": "kitchen"}},
        "tags": ["a", "b", "c"], "unit": "degree celsius", "quality": "good", "sequence": 17, "source": "mqtt broker at home"
    });
    let runs: u32 = if cfg!(debug_assertions) { 2_000 } else { 200_000 };
    for code in [
        "msg.y = msg.payload * 2; return msg;",
        "msg.payload = msg.device.place.room + msg.tags.length; return msg;",
        "node.send(msg);",
        "return {payload: msg.payload};",
        "await null; msg.y = 1; return msg;",
    ] {
        for (name, lazy_limit) in [("lazy", LAZY_LIMIT), ("whole", 0)] {
            let mut sandbox = sandbox(code);
            sandbox.lazy_limit = lazy_limit;
            let template = object(message.clone());
            let started = std::time::Instant::now();
            for at in 0..runs {
                drop(sandbox.call(at + 1, Arc::new(Object::clone(&template))));
                sandbox.take_actions();
            }
            let each = started.elapsed() / runs;
            println!("{name:6} {each:>10.1?} a call, {:>9.0} calls/s: {code}", 1.0 / each.as_secs_f64());
        }
    }
    let sandboxes: Vec<_> = (0..100).map(|_| sandbox("return msg;")).collect();
    let memory = |sandbox: &Sandbox| sandbox.context.runtime().memory_usage().malloc_size;
    let started = std::time::Instant::now();
    drop(sandbox("return msg;"));
    println!("a runtime: {} bytes, made in {:?}", memory(&sandboxes[0]), started.elapsed());
    for name in ["Buffer", "URL", "util", "RED"] {
        let sandbox = sandbox(&format!("return {{x: typeof {name}}};"));
        drop(sandbox.call(1, Arc::default()));
        println!("  with {name}: {} bytes", memory(&sandbox));
    }
}

#[test]
fn packages_are_loaded_and_name_what_they_miss() {
    let folder = tempfile::tempdir().unwrap();
    for (path, source) in [
        (
            "twice/index.js",
            "const { by } = require('./lib/by');\nmodule.exports = by(require('./data').factor);",
        ),
        ("twice/lib/by.js", "exports.by = (factor) => (number) => number * factor;"),
        ("twice/data.json", r#"{"factor": 2}"#),
        (
            "esm/index.js",
            "Object.defineProperty(exports, '__esModule', { value: true });\nexports.default = () => 'default'; exports.other = () => 1;",
        ),
        ("reader/index.js", "require('fs').readFileSync('/etc/passwd');"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, source).unwrap();
    }
    let with = |modules: &[&str]| {
        let library = |name: &&str| Library { variable: (*name).into(), module: (*name).into() };
        let code = Code {
            main: "return { payload: [twice(21), esm.default(), typeof esm.other] };".into(),
            libraries: modules.iter().map(library).collect(),
            packages: Some(Packages::new(folder.path())),
            output_count: 1,
            ..Code::default()
        };
        Sandbox::new(Arc::new(World::default()), &code, Limits::default())
    };
    let sandbox = with(&["twice", "esm"]).unwrap();
    let Called::Returned(Outputs::One(message)) = sandbox.call(1, object(serde_json::json!({}))) else {
        panic!("it did not return a message");
    };
    assert_eq!(message.get("payload"), Some(&vec![42.into(), "default".into(), "function".into()].into()));
    let error = with(&["reader"]).err().unwrap();
    assert!(error.message.contains("Cannot find module 'fs'"), "{error:?}");
    assert!(with(&["absent"]).is_err());
}

/// What code gives that has the module `crypto`.
fn with_crypto(code: &str) -> Called {
    let library = Library { variable: "crypto".into(), module: "crypto".into() };
    let code = Code { main: code.into(), libraries: vec![library], output_count: 1, ..Code::default() };
    Sandbox::new(Arc::new(World::default()), &code, Limits::default()).unwrap().call(1, Arc::default())
}

#[test]
fn random_bytes_count_as_the_scripts_own() {
    let code = "const bytes = crypto.randomBytes(200001);\n\
        return { payload: [bytes.length, bytes.subarray(-1000).some((byte) => byte !== 0), crypto.randomBytes(0).length] };";
    let Called::Returned(Outputs::One(message)) = with_crypto(code) else { panic!("no message") };
    assert_eq!(message.get("payload"), Some(&vec![200_001.into(), true.into(), 0.into()].into()));
    for (code, reason) in [
        ("crypto.randomBytes(2 ** 31 - 1);", "out of memory"),
        ("const kept = []; for (;;) kept.push(crypto.randomBytes(1e6));", "out of memory"),
        ("crypto.randomBytes(-1);", "from 0 to 2147483647"),
        ("crypto.randomBytes('many');", "from 0 to 2147483647"),
    ] {
        let Called::Failed(error, _) = with_crypto(code) else { panic!("{code} went through") };
        assert!(error.message.contains(reason), "{code}: {error:?}");
    }
}

#[test]
fn hashes_are_known_by_their_own_names_alone() {
    for name in ["constructor", "toString", "__proto__", "sha3"] {
        let code = format!("crypto.createHash('{name}').update('x').digest('hex');");
        let Called::Failed(error, _) = with_crypto(&code) else { panic!("{name} went through") };
        assert!(error.message.contains("Digest method not supported"), "{name}: {error:?}");
    }
}

#[test]
fn a_message_sent_as_it_will_be_keeps_its_place() {
    let code = "const a = { payload: 'a' };\n\
        node.send(a, false);\nnode.send({ payload: 'b' });\nnode.send(5, false);\na.payload = 'changed';";
    let sandbox = sandbox(code);
    for call in 1..3 {
        assert!(matches!(sandbox.call(call, Arc::default()), Called::Returned(Outputs::None)));
        let sent = sandbox.take_actions().into_iter().map(|action| match action {
            Action::Send { outputs: Outputs::One(message), .. } => message.get("payload").cloned().unwrap(),
            Action::Send { outputs: Outputs::Many(all), .. } => match &all[..] {
                [(0, Err(type_name))] => type_name.as_str().into(),
                other => panic!("{other:?}"),
            },
            _ => panic!("something else than a message"),
        });
        assert_eq!(sent.collect::<Vec<Value>>(), ["changed".into(), "b".into(), "number".into()]);
    }
}
