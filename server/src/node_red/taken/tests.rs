use super::*;
use crate::settings::{Given, Settings, resolve};

/// bcrypt of `hush-hush`, with cost 4.
const HASH: &str = "$2b$04$T.Ai1ujqco2kEtJSCVQt0.50WNeAUHywq7LBbk6CavLM0Lf1hV1Ny";

fn folder(script: &[u8]) -> UserFolder {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(SCRIPT), script).unwrap();
    UserFolder::look(folder.path(), &|_| None).unwrap()
}

#[test]
fn what_cannot_be_read_leaves_no_door_open() {
    for script in [
        &b"\xff"[..],
        b"",
        b"const s = { adminAuth: 1 }; module.exports = s",
        b"module.exports = Object.assign({}, require('./auth'))",
        b"module.exports = { uiPort: 1, ...require('./auth') }",
        b"module.exports = { ['admin' + 'Auth']: {} }",
        b"module.exports = { uiPort: 1 };\nmodule.exports.adminAuth = {}",
        b"module.exports = { get adminAuth() { return 1 }, get httpNodeAuth() { return 1 } }",
        b"module.exports = { httpAuth: { user: 'a', pass: 'p' } }",
    ] {
        let folder = folder(script);
        let words = String::from_utf8_lossy(script);
        let error = folder.users().unwrap_err().to_string();
        assert!(error.contains("settings.js") && error.contains("cannot be taken ("), "{words}: {error}");
        assert!(folder.http_node_user().is_err(), "{words}");
    }
    let basic = folder(b"module.exports = { httpAdminAuth: { user: 'a', pass: 'p' } }");
    let error = basic.users().unwrap_err().to_string();
    assert!(error.contains("line 1") && error.contains("httpAdminAuth"), "{error}");
    assert_eq!(basic.http_node_user().unwrap(), None);
}

#[test]
fn what_is_surely_in_force_is_taken() {
    let script = format!(
        "module.exports = {{ ...base,\nadminAuth: {{ type: 'credentials', users: {{ username: 'ann', password: '{HASH}' }} }},\nhttpNodeAuth: {{ user: 'bob', pass: '{HASH}' }} }};"
    );
    let found = folder(script.as_bytes());
    assert_eq!(found.users().unwrap().unwrap().len(), 1);
    assert_eq!(found.http_node_user().unwrap(), Some(("bob".into(), HASH.into())));
    for script in
        ["module.exports = { uiPort: 1 }", "module.exports = { adminAuth: null, httpAdminAuth: false }"]
    {
        let found = folder(script.as_bytes());
        assert!(found.users().unwrap().is_none() && found.http_node_user().unwrap().is_none(), "{script}");
    }
}

#[test]
fn users_set_here_count_in_place_of_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(SCRIPT), "module.exports = load()").unwrap();
    let given = Given { data: Some(folder.path().into()), ..Given::default() };
    let settings = |text: String| {
        std::fs::write(folder.path().join("wireloom.toml"), text).unwrap();
        Settings::of(&mut resolve(&given, &|_| None).unwrap())
    };
    let users = format!("[[users]]\nname = 'ann'\npassword = '{HASH}'\n");
    for (text, words) in
        [(String::new(), "(`wireloom passwd`, `[[users]]`"), (users.clone(), "http-node-user, which")]
    {
        let error = settings(text).err().unwrap().to_string();
        assert!(error.contains("settings.js: this cannot be taken (") && error.contains(words), "{error}");
    }
    let in_force = settings(format!("http-node-user = ''\n{users}")).ok().unwrap();
    assert_eq!((in_force.users.len(), in_force.http_node_user), (1, None));
}

#[test]
fn who_is_not_logged_in_may_do_what_default_says_and_no_more() {
    for script in [
        "module.exports = { adminAuth: { type: 'credentials', users: [], default: { permissions: 'read' } } }",
        "module.exports = { adminAuth: { type: 'credentials', default: { permissions: ['read'] } } }",
    ] {
        let users = folder(script.as_bytes()).users().unwrap().unwrap();
        let anonymous = users.anonymous.clone().unwrap();
        assert!(!users.is_empty() && anonymous.allow("flows.read") && !anonymous.allow("flows.write"));
    }
    for script in ["users: []", "users: [], default: {}", "default: null"] {
        let script = format!("module.exports = {{ adminAuth: {{ type: 'credentials', {script} }} }}");
        let error = folder(script.as_bytes()).users().unwrap_err().to_string();
        assert!(error.contains("it names nobody"), "{error}");
    }
}

#[test]
fn what_anybody_may_do_counts_only_if_there_are_users() {
    let folder = tempfile::tempdir().unwrap();
    let given = Given { data: Some(folder.path().into()), ..Given::default() };
    for (text, expected) in [("", false), ("[admin]\npassword = 'HASH'\n", true)] {
        let text = format!("anonymous-permissions = 'read'\n{}", text.replace("HASH", HASH));
        std::fs::write(folder.path().join("wireloom.toml"), text).unwrap();
        let users = Settings::of(&mut resolve(&given, &|_| None).unwrap()).ok().unwrap().users;
        assert_eq!((users.anonymous.is_some(), !users.is_empty()), (expected, expected));
    }
}

#[test]
fn the_table_says_what_is_in_force() {
    let data = tempfile::tempdir().unwrap();
    let script = format!(
        "module.exports = {{\nadminAuth: {{ type: 'credentials', users: {{ username: 'ann', password: '{HASH}' }} }},\nhttpNodeAuth: {{ user: 'bob', pass: '{HASH}' }},\ncontextStorage: {{ default: 'memory', memory: {{ module: 'memory' }} }},\nhttpRoot: '/red' }}"
    );
    std::fs::write(data.path().join(SCRIPT), script).unwrap();
    let given = Given { data: Some(data.path().into()), ..Given::default() };
    let own = format!(
        "http-node-user = 'eve'\nhttp-node-password = '{HASH}'\ncontext-stores = 'a=memory'\n[admin]\npassword = '{HASH}'\n"
    );
    for (text, expected) in [("", [true, true, true, true]), (&own, [false, false, false, true])] {
        std::fs::write(data.path().join("wireloom.toml"), text).unwrap();
        let mut resolved = resolve(&given, &|_| None).unwrap();
        let settings = Settings::of(&mut resolved).ok().unwrap();
        assert_eq!(settings.http_node_root, "/red");
        let found = resolved.node_red.clone().unwrap();
        let rows = found.rows(&|path| resolved.outcome(path));
        let taken: Vec<bool> = rows.iter().map(|row| row.is_taken).collect();
        assert_eq!(taken, expected);
        for row in rows.iter().filter(|row| !row.is_taken) {
            let note = crate::texts::render(&row.note);
            assert!(note.contains("wireloom.toml, line"), "{}: {note}", row.name);
        }
    }
}

#[test]
fn roots_are_taken_where_they_mean_something_here() {
    let nothing = |_: &str| Ok("/x".to_owned());
    for (script, root, expected) in [
        ("httpRoot: '/x'", Some("/x"), vec![("httpRoot", true)]),
        (
            "httpRoot: '/y',\nhttpNodeRoot: '/x'",
            Some("/x"),
            vec![("httpRoot", false), ("httpNodeRoot", true)],
        ),
        ("httpRoot: '/x',\nhttpNodeRoot: null", Some("/x"), vec![("httpRoot", true)]),
        ("httpRoot: '/y',\nhttpNodeRoot: false", None, vec![("httpRoot", false), ("httpNodeRoot", false)]),
    ] {
        let found = folder(format!("module.exports = {{ {script} }}").as_bytes());
        assert_eq!(found.setting("http-node-root").map(|taken| taken.value).as_deref(), root, "{script}");
        let rows = found.rows(&nothing);
        let rows: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.is_taken)).collect();
        assert_eq!(rows, expected, "{script}");
    }
}

#[test]
fn an_editor_begins_with_what_its_user_kept_there() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join(SCRIPT), "module.exports = {}").unwrap();
    std::fs::write(data.path().join(".config.users.json"), r#"{"_":{"a":1},"ann":{"a":2},"bob":3}"#).unwrap();
    let found = UserFolder::look(data.path(), &|_| None).unwrap();
    for (name, expected) in [(None, 1), (Some("ann"), 2), (Some("bob"), 1), (Some("eve"), 1)] {
        assert_eq!(found.user_settings(name).unwrap()["a"], expected, "{name:?}");
    }
}
