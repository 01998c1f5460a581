//! User folders of Node-RED, in the forms in which it leaves them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wireloom_tests::cipher;
use wireloom_tests::server::{Server, finish, refusal, run, status_and_code};

fn write(folder: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn flows() -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "theirs" },
        { "id": "n", "type": "http request", "z": "t", "name": "", "method": "GET", "url": "http://127.0.0.1:1/", "authType": "basic", "x": 1, "y": 1, "wires": [[]] },
        { "id": "gauge", "type": "ui_gauge", "z": "t", "name": "", "x": 1, "y": 1, "wires": [] },
        { "id": "gauge2", "type": "ui_gauge", "z": "t", "name": "", "x": 1, "y": 1, "wires": [] },
        { "id": "own", "type": "self-made", "z": "t", "name": "", "x": 1, "y": 1, "wires": [] },
    ])
}

fn credentials() -> Value {
    json!({ "n": { "user": "ann", "password": "hush" } })
}

const SETTINGS: &str = r#"
// Made by hand.
module.exports = {
    flowFile: 'mine.json',
    uiPort: process.env.PORT || 0,
    uiHost: "0.0.0.0",
    credentialSecret: 'a secret',
    httpNodeRoot: '/red',
    https: { key: require("fs").readFileSync('privkey.pem') },
    contextStorage: {
        default: "disk",
        memory: { module: 'memory' },
        disk: { module: "localfilesystem", config: { flushInterval: 1 } }
    },
    functionGlobalContext: { limit: 3, os: require('os') },
    logging: { console: { level: "debug", metrics: false } },
    functionExternalModules: false, nodeMessageBufferMaxLength: 500,
    editorTheme: { projects: { enabled: false } },
}"#;

/// The log, once these words are in it: it comes by another way than the line that says that the server is ready.
async fn log_with(server: &mut Server, words: &str) -> String {
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let log = server.process().errors();
        if log.contains(words) {
            return log;
        }
        assert!(std::time::Instant::now() < patience, "no `{words}` in: {log}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// The rows of the table: what happened to what, and the words about it.
fn rows(log: &str) -> Vec<(String, String, String)> {
    let table = log.split("Node-RED user folder ").nth(1).expect("a table").lines().skip(1);
    let rows = table.map_while(|line| {
        let row = line.strip_prefix("  ")?;
        let (fate, rest) = row.split_at_checked(11)?;
        let (what, note) = rest.split_once("  ")?;
        Some((fate.trim().to_owned(), what.trim().to_owned(), note.trim().to_owned()))
    });
    rows.collect()
}

#[tokio::test]
async fn a_folder_is_taken_over_and_a_table_says_how() {
    let data = tempfile::tempdir().unwrap();
    let modules = json!({ "node-red-dashboard": { "name": "node-red-dashboard", "version": "3.6.0", "nodes": {
        "ui_gauge": { "name": "ui_gauge", "types": ["ui_gauge"], "enabled": true, "module": "node-red-dashboard" } } },
        "node-red": { "name": "node-red", "nodes": { "rbe": { "name": "rbe", "types": ["rbe"], "enabled": false, "module": "node-red" } } } });
    write(
        data.path(),
        &[
            ("mine.json", flows().to_string()),
            ("flows.json", json!([{ "id": "other", "type": "tab" }]).to_string()),
            ("mine_cred.json", cipher::seal(&credentials(), "a secret").to_string()),
            ("settings.js", SETTINGS.into()),
            (".config.nodes.json", modules.to_string()),
            (
                ".config.users.json",
                json!({ "_": { "editor": { "view": { "view-grid-size": 20 } } } }).to_string(),
            ),
            (".config.runtime.json", json!({ "instanceId": "x" }).to_string()),
            (".sessions.json", "{}".into()),
            ("context/global/global.json", json!({ "kept": 7 }).to_string()),
            ("lib/functions/twice.js", "// outputs: 1\nreturn msg;".into()),
        ],
    );
    // The default port of a test, so that the folder's own setting shows.
    let mut command = wireloom_tests::server::command(&[
        "run",
        "--mqtt-port",
        "off",
        "--data",
        data.path().to_str().unwrap(),
    ]);
    command.env_remove("PORT");
    let mut server = Server::of(command).await;
    assert!(server.url.starts_with("http://127.0.0.1:"), "an open address without users: {}", server.url);
    assert_eq!(server.json("/flows").await, flows());
    assert_eq!(
        server.json("/credentials/http-request/n").await,
        json!({ "user": "ann", "has_password": true })
    );
    let settings = server.json("/settings").await;
    assert_eq!(settings["context"], json!({ "default": "disk", "stores": ["disk", "memory"] }));
    assert_eq!(server.json("/context/global/kept").await["msg"], "7");
    assert_eq!(server.json("/context/global/limit").await["msg"], "3");
    assert_eq!(server.json("/settings/user").await["editor"]["view"]["view-grid-size"], 20);
    assert_eq!(server.json("/nodes/wireloom/rbe").await["enabled"], false);
    assert_eq!(server.json("/library/local/functions").await, json!([{ "outputs": "1", "fn": "twice.js" }]));

    let log = log_with(&mut server, "of the module node-red-dashboard").await;
    let rows = rows(&log);
    let note = |fate: &str, what: &str| {
        let row = rows.iter().find(|row| row.0 == fate && row.1 == what);
        row.map(|row| row.2.clone()).unwrap_or_else(|| panic!("no row {fate} {what}: {log}"))
    };
    assert_eq!(note("taken", "mine.json"), "5 entries");
    assert_eq!(note("taken", "mine_cred.json"), "credentials of 1 node");
    assert_eq!(note("taken", "settings.js:4 flowFile"), "flow-file = mine.json");
    assert!(note("not taken", "settings.js:6 uiHost").contains("adminAuth"));
    assert!(note("taken", "settings.js:7 credentialSecret").contains("credential file"));
    assert_eq!(note("taken", "settings.js:8 httpNodeRoot"), "http-node-root = /red");
    assert!(note("not taken", "settings.js:9 https").contains("reverse proxy"));
    assert_eq!(note("taken", "settings.js:10 contextStorage"), "2 context stores");
    assert!(note("taken", "settings.js:15 functionGlobalContext").ends_with("not taken: os"));
    assert_eq!(note("taken", "settings.js:16 logging"), "log = debug");
    assert_eq!(note("taken", "settings.js:17 functionExternalModules"), "function-modules = false");
    assert_eq!(note("taken", "settings.js:17 nodeMessageBufferMaxLength"), "buffer-limit = 500");
    assert_eq!(note("not taken", "settings.js editorTheme"), "no counterpart in Wireloom");
    assert_eq!(note("taken", ".config.nodes.json"), "switched off: rbe");
    assert_eq!(note("missing", "ui_gauge (2)"), "of the module node-red-dashboard");
    assert_eq!(note("missing", "self-made (1)"), "of no module that Node-RED knew");
    for secret in ["a secret", "hush"] {
        assert!(!log.contains(secret), "{log}");
    }
    assert_eq!(log.matches("Node-RED user folder ").count(), 1, "one table");
}

#[tokio::test]
async fn nothing_of_node_reds_is_written_but_flows_and_context() {
    let data = tempfile::tempdir().unwrap();
    let files = [
        ("flows.json", flows().to_string()),
        ("flows_cred.json", cipher::seal(&credentials(), "made by Node-RED").to_string()),
        ("settings.js", "module.exports = { credentialSecret: process.env.NOT_SET, }".into()),
        (".config.runtime.json", json!({ "_credentialSecret": "made by Node-RED" }).to_string()),
        (".config.users.json", "{}".into()),
    ];
    write(data.path(), &files);
    let server = Server::start(data.path(), &[]).await;
    let mut changed = flows();
    changed[0]["label"] = "ours".into();
    changed[1]["credentials"] = json!({ "password": "changed" });
    server.deploy(changed.clone()).await;
    server.post("/settings/user").json(&json!({ "a": 1 })).send().await.unwrap();
    server.stop().await;
    for (name, text) in &files[1..] {
        assert_eq!(fs::read_to_string(data.path().join(name)).unwrap(), *text, "{name}");
    }
    // And back: the same folder, under the secret that it has.
    let folder = data.path().to_str().unwrap();
    assert!(finish(&["export", "--node-red", "--data", folder, folder]).await.status.success());
    let read = |name: &str| {
        serde_json::from_str::<Value>(&fs::read_to_string(data.path().join(name)).unwrap()).unwrap()
    };
    let kept = cipher::open(&read("flows_cred.json"), "made by Node-RED");
    assert_eq!(kept, json!({ "n": { "user": "ann", "password": "changed" } }));
    let backup = cipher::open(&read(".flows_cred.json.backup"), "made by Node-RED");
    assert_eq!(backup, credentials());
    changed[1].as_object_mut().unwrap().remove("credentials");
    assert_eq!(read("flows.json"), changed);
}

#[tokio::test]
async fn what_node_red_changes_later_is_taken_over_and_the_rest_stays() {
    let data = tempfile::tempdir().unwrap();
    let file = |credentials: Value| {
        let text = cipher::seal(&credentials, "s").to_string();
        write(data.path(), &[("flows_cred.json", text)]);
    };
    write(
        data.path(),
        &[
            ("flows.json", flows().to_string()),
            ("settings.js", "module.exports = { credentialSecret: 's' }".into()),
        ],
    );
    file(json!({ "n": { "user": "ann", "password": "one" }, "own": { "key": "k" } }));
    let server = Server::start(data.path(), &[]).await;
    let mut ours = flows();
    ours[1]["credentials"] = json!({ "password": "ours" });
    server.deploy(ours).await;
    server.stop().await;

    file(json!({ "n": { "user": "bob", "password": "one" } }));
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows()).await;
    server.stop().await;
    let kept = wireloom_tests::server::exported_credentials(data.path()).await;
    assert_eq!(kept, json!({ "n": { "user": "bob", "password": "ours" } }));
}

#[tokio::test]
async fn credentials_that_cannot_be_opened_stop_the_start() {
    let data = tempfile::tempdir().unwrap();
    let sealed = cipher::seal(&credentials(), "right").to_string();
    write(data.path(), &[("flows.json", flows().to_string()), ("flows_cred.json", sealed.clone())]);
    let quiet = ["--port", "0", "--mqtt-port", "off"];
    let settings =
        |text: &str| write(data.path(), &[("settings.js", format!("module.exports = {{ {text} }}"))]);
    for (text, words) in [
        ("uiPort: 1", "neither settings.js nor .config.runtime.json has one"),
        (
            "credentialSecret: require('./secret')",
            "credentialSecret in settings.js, line 1 is no literal text",
        ),
        ("credentialSecret: 'wrong'", "does not open with the secret of settings.js, line 1"),
    ] {
        settings(text);
        let error = refusal(data.path(), &quiet).await;
        assert!(error.contains(words) && error.contains("set node-red-secret"), "{error}");
        assert_eq!(fs::read_to_string(data.path().join("flows_cred.json")).unwrap(), sealed);
        assert!(!data.path().join("credentials.json").exists());
    }
    let mut command = run(data.path(), &[]);
    command.env("WIRELOOM_NODE_RED_SECRET", "right");
    let server = Server::of(command).await;
    assert_eq!(server.json("/credentials/http-request/n").await["has_password"], true);
}

#[tokio::test]
async fn the_flow_file_of_a_host_is_found() {
    let data = tempfile::tempdir().unwrap();
    let files = [
        ("flows_another-host.json", flows().to_string()),
        ("flows_another-host_cred.json", credentials().to_string()),
    ];
    write(data.path(), &files);
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/flows").await, flows());
    assert_eq!(server.json("/credentials/http-request/n").await["has_password"], true);
    server.deploy(json!([])).await;
    server.stop().await;
    assert_eq!(fs::read_to_string(data.path().join(files[0].0)).unwrap(), "[]");
    assert!(!data.path().join("flows.json").exists());

    // Of two, none is taken for the other.
    write(data.path(), &[("flows_third-host.json", flows().to_string())]);
    let error = refusal(data.path(), &["--port", "0", "--mqtt-port", "off"]).await;
    assert!(error.contains("(flows_another-host.json, flows_third-host.json)"), "{error}");
    assert!(error.contains("say with flow-file which one"), "{error}");
    let server = Server::start(data.path(), &["--flow-file", "flows_third-host.json"]).await;
    assert_eq!(server.json("/flows").await, flows());
}

#[tokio::test]
async fn users_of_settings_js_are_asked_for_and_what_cannot_be_taken_is_no_open_door() {
    let data = tempfile::tempdir().unwrap();
    let settings =
        |text: &str| write(data.path(), &[("settings.js", format!("module.exports = {{\n{text}\n}}"))]);
    let quiet = ["--port", "0", "--mqtt-port", "off"];
    for (text, words) in [
        ("adminAuth: require('./users'),", "settings.js, line 2: this cannot be taken"),
        (
            "adminAuth: { type: 'strategy', strategy: { name: 'x' } },",
            "only users with passwords are known, not strategy",
        ),
        ("adminAuth: { type: 'credentials', users: function(name) { return null } },", "settings.js, line 2"),
        (
            "adminAuth: { type: 'credentials', users: [{ username: 'a', password: 'plain', permissions: '*' }] },",
            "must be an argon2 or bcrypt hash",
        ),
        ("httpNodeAuth: { user: 'a', pass: hash },", "settings.js, line 2: this cannot be taken"),
    ] {
        settings(text);
        let error = refusal(data.path(), &quiet).await;
        assert!(error.contains(words), "{error}");
    }
    // bcrypt of `hush-hush`, with cost 4.
    const HASH: &str = "$2b$04$T.Ai1ujqco2kEtJSCVQt0.50WNeAUHywq7LBbk6CavLM0Lf1hV1Ny";
    settings(&format!(
        "adminAuth: {{ type: 'credentials', users: [{{ username: 'ann', password: '{HASH}', permissions: 'read' }}], tokens: [{{ token: 'fixed', user: 'tool', scope: ['flows.write'] }}] }},"
    ));
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.get("/flows").send().await.unwrap().status(), 401);
    let login = json!({ "client_id": "node-red-editor", "grant_type": "password", "scope": "", "username": "ann", "password": "hush-hush" });
    let token = wireloom_tests::server::json(server.post("/auth/token").json(&login)).await;
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(server.get("/flows").bearer_auth(token).send().await.unwrap().status(), 200);
    let refused = server.post("/flows").bearer_auth(token).json(&json!([])).send().await.unwrap();
    assert_eq!(status_and_code(refused).await, (403, "forbidden".into()));
    let fixed = server.post("/flows").bearer_auth("fixed").json(&json!([])).send().await.unwrap();
    assert_eq!(fixed.status(), 204);
    assert_eq!(server.get("/flows").bearer_auth("fixed").send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn an_export_needs_to_know_the_secret_of_its_target() {
    let (data, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(
        data.path(),
        &[("flows.json", flows().to_string()), ("flows_cred.json", credentials().to_string())],
    );
    let export = |more: &'static [&'static str]| {
        let (data, target) = (data.path().to_owned(), target.path().to_owned());
        async move {
            let mut arguments =
                vec!["export", "--node-red", "--data", data.to_str().unwrap(), target.to_str().unwrap()];
            arguments.extend(more);
            finish(&arguments).await
        }
    };
    write(target.path(), &[("settings.js", "module.exports = { credentialSecret: load() }".into())]);
    let output = export(&[]).await;
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("is no literal, so it is not known"),
        "{output:?}"
    );
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 1, "nothing was written");
    let read = |name: &str| {
        serde_json::from_str::<Value>(&fs::read_to_string(target.path().join(name)).unwrap()).unwrap()
    };
    assert!(export(&["--node-red-secret", "known"]).await.status.success());
    assert_eq!(cipher::open(&read("flows_cred.json"), "known"), credentials());

    // A folder without a secret gets one, as Node-RED would have made it.
    for name in ["settings.js", "flows.json", "flows_cred.json"] {
        fs::remove_file(target.path().join(name)).unwrap();
    }
    let output = export(&[]).await;
    assert!(output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("credentials of 1 node, encrypted"),
        "{output:?}"
    );
    let secret = read(".config.runtime.json")["_credentialSecret"].as_str().unwrap().to_owned();
    assert_eq!(cipher::open(&read("flows_cred.json"), &secret), credentials());
    assert_eq!(read("flows.json"), flows());
}

#[tokio::test]
async fn config_shows_what_comes_from_settings_js() {
    let data = tempfile::tempdir().unwrap();
    write(data.path(), &[("settings.js", SETTINGS.into()), ("wireloom.toml", "log = 'warn'".into())]);
    let mut command = wireloom_tests::server::command(&["config", "--data", data.path().to_str().unwrap()]);
    let output = command.env("PORT", "1999").output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line =
        |key: &str| text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap_or_default();
    assert!(
        line("port").starts_with("port = 1999 ") && line("port").ends_with("settings.js, line 5"),
        "{text}"
    );
    assert!(line("flow-file").contains("\"mine.json\""), "{text}");
    assert!(line("log").contains("\"warn\"") && line("log").ends_with("wireloom.toml, line 1"), "{text}");
    assert!(line("host").contains("127.0.0.1") && line("host").ends_with("default"), "{text}");
    assert!(!text.contains("a secret"), "{text}");
}
