//! Credentials: sealed where they are kept, and never sent out.

use std::fs;
use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use wireloom_tests::server::{Server, exported_credentials, refusal, run};

/// What must be found nowhere.
const SECRET: &str = "planted-5eCr3t-word";

fn with_secret() -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "t" },
        { "id": "broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": "1", "credentials": { "user": "ann", "password": SECRET } },
        { "id": "in", "type": "mqtt in", "z": "t", "broker": "broker", "topic": "a", "wires": [["debug"]] },
        { "id": "request", "type": "http request", "z": "t", "method": "GET", "url": "http://127.0.0.1:1/", "authType": "basic",
          "senderr": false, "credentials": { "user": "ann", "password": SECRET }, "wires": [["debug"]] },
        { "id": "inject", "type": "inject", "z": "t", "props": [{ "p": "payload" }], "payload": "x", "payloadType": "str", "wires": [["request"]] },
        { "id": "debug", "type": "debug", "z": "t", "active": true, "tosidebar": true, "console": true, "complete": "true", "wires": [] },
        { "id": "catch", "type": "catch", "z": "t", "wires": [["debug"]] },
        { "id": "broken", "type": "http request", "z": "t", "method": 7, "credentials": { "password": SECRET }, "wires": [] },
        { "id": "global", "type": "global-config", "env": [{ "name": "KEY", "type": "cred", "value": "" }], "credentials": { "map": { "KEY": SECRET, "has_KEY": true } } },
        { "id": "missing", "type": "no such type", "z": "t", "credentials": { "token": SECRET }, "wires": [] },
    ])
}

/// The same, as it is given out.
fn without_secret() -> Value {
    let mut flows = with_secret();
    for node in flows.as_array_mut().unwrap() {
        node.as_object_mut().unwrap().remove("credentials");
    }
    flows
}

/// Every page that can be asked for something.
const PAGES: &[&str] = &[
    "/auth/login",
    "/context/global",
    "/context/flow/t",
    "/context/node/request",
    "/credentials/mqtt-broker/broker",
    "/credentials/http-request/request",
    "/credentials/http-request/broken",
    "/credentials/global-config/global",
    "/credentials/no-such-type/missing",
    "/diagnostics",
    "/flow/t",
    "/flow/global",
    "/flows",
    "/flows/problems",
    "/health",
    "/library/local/flows",
    "/metrics",
    "/nodes",
    "/nodes/descriptors",
    "/revisions",
    "/settings",
    "/settings/user",
];

#[tokio::test]
async fn a_planted_secret_comes_out_nowhere() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &["--log", "trace"]).await;
    let (mut editor, _) =
        tokio_tungstenite::connect_async(format!("{}/comms", server.url.replace("http", "ws")))
            .await
            .unwrap();
    editor.send(Message::text(json!({ "subscribe": "#" }).to_string())).await.unwrap();
    server.deploy(with_secret()).await;
    assert_eq!(server.json("/flows").await, without_secret());

    // The request fails, is caught, and the debug node shows the whole message.
    assert!(server.post("/inject/inject").send().await.unwrap().status().is_success());
    let mut told = String::new();
    while !told.contains(r#""id":"debug""#) {
        told += &editor.next().await.unwrap().unwrap().into_text().unwrap();
    }
    for page in PAGES {
        for version in ["v1", "v2"] {
            let answer = server.get(page).header("Node-RED-API-Version", version).send().await.unwrap();
            assert!(answer.status().is_success(), "{page}");
            assert!(!answer.text().await.unwrap().contains(SECRET), "{page} gives it out");
        }
    }
    for (page, expected) in [
        ("/credentials/http-request/request", json!({ "user": "ann", "has_password": true })),
        ("/credentials/global-config/global", json!({ "map": { "has_KEY": true } })),
        ("/credentials/no-such-type/missing", json!({ "has_token": true })),
    ] {
        assert_eq!(server.json(page).await, expected, "{page}");
    }
    let revisions = server.json("/revisions").await;
    let id = revisions["revisions"][0]["id"].as_str().unwrap();
    assert!(!server.json(&format!("/revisions/{id}")).await.to_string().contains(SECRET));
    let stale = server.post("/flows").header("Node-RED-API-Version", "v2");
    let refused = stale.json(&json!({ "flows": with_secret(), "rev": "other" })).send().await.unwrap();
    assert_eq!(refused.status(), 409);
    assert!(!refused.text().await.unwrap().contains(SECRET));
    let malformed = server.post("/flows").header("Content-Type", "application/json");
    let body = format!("{}]", with_secret());
    assert!(!malformed.body(body).send().await.unwrap().text().await.unwrap().contains(SECRET));

    assert!(!told.contains(SECRET), "/comms tells it");
    // The log up to its end.
    server.terminate().await;
    while server.process().line().await.is_some() {}
    let log = server.process().errors();
    assert!(log.contains("flows deployed") && !log.contains(SECRET), "the log holds it");
    server.end().await;
    assert_eq!(files_with(data.path(), SECRET), Vec::<String>::new());
    let kept = exported_credentials(data.path()).await;
    assert_eq!(kept["request"], json!({ "user": "ann", "password": SECRET }));
    assert_eq!(kept["global"]["map"]["KEY"], SECRET);
}

/// The files under a folder that hold a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(text) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// A data folder with a password in it.
async fn with_password(key: Option<&str>) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let server = start(data.path(), key).await;
    let mut flows = json!([{ "id": "n", "type": "comment", "name": "", "wires": [] }]);
    flows[0]["credentials"] = json!({ "password": SECRET });
    server.deploy(flows).await;
    server.stop().await;
    data
}

async fn start(data: &Path, key: Option<&str>) -> Server {
    let mut command = run(data, &[]);
    if let Some(key) = key {
        command.env("WIRELOOM_CREDENTIAL_KEY", key);
    }
    Server::of(command).await
}

#[cfg(unix)]
#[tokio::test]
async fn the_key_and_what_it_seals_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let data = with_password(None).await;
    for name in ["credentials.json", "credentials.key"] {
        let mode = fs::metadata(data.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_said_and_nothing_is_overwritten() {
    let quiet = ["--port", "0", "--mqtt-port", "off"];
    let (of_file, of_text, other) =
        (with_password(None).await, with_password(Some("a long text")).await, with_password(None).await);
    assert!(!of_text.path().join("credentials.key").exists());
    let sealed = |data: &Path| fs::read_to_string(data.join("credentials.json")).unwrap();

    let (key, before) = (of_file.path().join("credentials.key"), sealed(of_file.path()));
    let right = fs::read(&key).unwrap();
    for (wrong, words) in [
        (None, "which is gone: put back a copy of it"),
        (Some(fs::read(other.path().join("credentials.key")).unwrap()), "another key than that of"),
        (Some(b"no key".to_vec()), "holds no key"),
    ] {
        match wrong {
            None => fs::remove_file(&key).unwrap(),
            Some(wrong) => fs::write(&key, wrong).unwrap(),
        }
        let error = refusal(of_file.path(), &quiet).await;
        assert!(error.contains(words), "{error}");
        assert_eq!(sealed(of_file.path()), before);
    }
    fs::write(&key, right).unwrap();

    let before = sealed(of_text.path());
    let error = refusal(of_text.path(), &quiet).await;
    assert!(error.contains("credential-key, which is not set"), "{error}");
    let mut arguments = vec!["--credential-key", "another text"];
    arguments.extend(quiet);
    let error = refusal(of_text.path(), &arguments).await;
    assert!(error.contains("another credential-key than the one that is set"), "{error}");
    assert_eq!(sealed(of_text.path()), before);

    for (data, key) in [(&of_file, None), (&of_text, Some("a long text"))] {
        let server = start(data.path(), key).await;
        assert_eq!(server.json("/credentials/comment/n").await, json!({ "has_password": true }));
        server.stop().await;
    }
}

#[tokio::test]
async fn flows_do_not_see_the_key() {
    let data = tempfile::tempdir().unwrap();
    let server = start(data.path(), Some(SECRET)).await;
    let code = "msg.payload = String(env.get('WIRELOOM_CREDENTIAL_KEY')); return msg;";
    server
        .deploy(json!([
            { "id": "t", "type": "tab" },
            { "id": "in", "type": "http in", "z": "t", "url": "/key", "method": "get", "wires": [["f"]] },
            { "id": "f", "type": "function", "z": "t", "func": code, "outputs": 1, "wires": [["e"]] },
            { "id": "e", "type": "exec", "z": "t", "command": "printenv; echo is ", "addpay": "payload", "append": "", "useSpawn": "false", "timer": "", "wires": [["out"], [], []] },
            { "id": "out", "type": "http response", "z": "t", "wires": [] },
        ]))
        .await;
    let seen = server.get("/key").send().await.unwrap().text().await.unwrap();
    assert!(seen.contains("PATH=") && seen.contains("is undefined"), "{seen}");
    assert!(!seen.contains(SECRET) && !seen.contains("WIRELOOM_"), "{seen}");
}

#[tokio::test]
async fn what_older_versions_kept_is_read_and_sealed_at_the_next_save() {
    let data = tempfile::tempdir().unwrap();
    let flows = json!([{ "id": "n", "type": "comment", "wires": [] }]);
    fs::write(data.path().join("flows.json"), flows.to_string()).unwrap();
    let plain = json!({ "sets": [{ "rev": "of before", "credentials": { "n": { "password": SECRET } } }] });
    fs::write(data.path().join("credentials.json"), plain.to_string()).unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows).await;
    server.stop().await;
    assert_eq!(files_with(data.path(), SECRET), Vec::<String>::new());
    assert_eq!(exported_credentials(data.path()).await, json!({ "n": { "password": SECRET } }));
}

#[tokio::test]
async fn a_key_that_is_set_later_seals_from_then_on() {
    let data = with_password(None).await;
    let server = start(data.path(), Some("a long text")).await;
    let flows = server.json("/flows").await;
    server.deploy(flows).await;
    server.stop().await;
    fs::remove_file(data.path().join("credentials.key")).unwrap();
    let server = start(data.path(), Some("a long text")).await;
    assert_eq!(server.json("/credentials/comment/n").await, json!({ "has_password": true }));
}
