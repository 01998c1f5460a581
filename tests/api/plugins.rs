//! Plugins: uploaded, dropped in, approved, upgraded and removed while flows run.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use wireloom_tests::plugin::{Stamp, sha256};
use wireloom_tests::server::{Server, finish, hash_password, status_and_code};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn upload(server: &Server, component: &[u8]) -> Response {
    let request = server.post("/nodes/upload").header("Content-Type", "application/wasm");
    request.body(component.to_vec()).send().await.unwrap()
}

pub(super) async fn install(server: &Server, component: &[u8], grants: Value) -> Response {
    let looked = upload(server, component).await;
    assert_eq!(looked.status(), 200, "{}", looked.text().await.unwrap());
    let body = json!({ "sha256": sha256(component), "grants": grants });
    server.post("/nodes").json(&body).send().await.unwrap()
}

/// Waits until a plugin is in a state.
async fn becomes(server: &Server, name: &str, state: &str) -> Value {
    let reached = async {
        loop {
            let all = server.json("/nodes/plugins").await;
            let found = all.as_array().unwrap().iter().find(|one| one["name"] == name).cloned();
            match found {
                Some(one) if one["state"] == state => return one,
                None if state == "gone" => return Value::Null,
                _ => sleep(Duration::from_millis(50)).await,
            }
        }
    };
    match timeout(PATIENCE, reached).await {
        Ok(one) => one,
        Err(_) => panic!("{name} never became {state}: {}", server.json("/nodes/plugins").await),
    }
}

/// Answers `GET /stamp` with what a node of the type `stamp` wrote into the message.
fn flows() -> Value {
    json!([
        { "id": "t", "type": "tab" },
        { "id": "in", "type": "http in", "z": "t", "url": "/stamp", "method": "get", "wires": [["s"]] },
        { "id": "s", "type": "stamp", "z": "t", "note": "kept", "x": 7, "mine": { "a": 1.50 }, "wires": [["c"]] },
        { "id": "c", "type": "change", "z": "t", "rules": [{ "t": "set", "p": "payload", "pt": "msg", "to": "stamp", "tot": "msg" }], "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "wires": [] },
    ])
}

async fn stamped(server: &Server) -> String {
    server.get("/stamp").send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn an_upload_is_looked_at_before_it_is_installed() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows()).await;
    let problems = server.json("/flows/problems").await["problems"].clone();
    assert_eq!((problems.as_array().unwrap().len(), &problems[0]["node"]), (1, &json!("s")));
    assert!(!data.path().join("plugin-cache").exists(), "nothing is made before the first plugin");

    let component = Stamp { hosts: &["api.example.org"], ..Stamp::new("stamp", "1.0.0") }.component();
    let looked = upload(&server, &component).await;
    let looked: Value = serde_json::from_str(&looked.text().await.unwrap()).unwrap();
    assert_eq!((&looked["type"], &looked["version"]), (&json!("stamp"), &json!("1.0.0")));
    assert_eq!(looked["sha256"], sha256(&component));
    assert_eq!(looked["requests"], json!({ "http": { "hosts": ["api.example.org"] } }));
    assert_eq!(looked["asks"][0]["message"], "send requests to api.example.org");
    assert_eq!(looked["descriptor"]["schema"]["properties"]["note"]["title"], "Note");
    assert_eq!(looked["replaces"], Value::Null);
    assert_eq!(server.json("/nodes/plugins").await, json!([]), "nothing is installed yet");
    assert_eq!(
        fs::read_dir(data.path().join("plugins")).map_or(0, |all| all
            .filter(|one| { one.as_ref().unwrap().file_name().to_string_lossy().ends_with(".wasm") })
            .count()),
        0
    );

    let confirm = |grants: Value| {
        server.post("/nodes").json(&json!({ "sha256": sha256(&component), "grants": grants })).send()
    };
    let refused = confirm(json!({})).await.unwrap();
    let refused: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(refused["code"], "invalid_plugin");
    assert!(refused["message"].as_str().unwrap().contains("cannot run without http"), "{refused}");
    let granted = json!({ "http": { "hosts": ["api.example.org"] }, "random": {} });
    let module: Value = serde_json::from_str(&confirm(granted).await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(
        (&module["name"], &module["version"], &module["local"]),
        (&json!("stamp"), &json!("1.0.0"), &json!(true))
    );
    assert_eq!(module["nodes"][0]["id"], "stamp/stamp");

    let listed = becomes(&server, "stamp", "running").await;
    assert_eq!(
        listed["grants"],
        json!({ "http": { "hosts": ["api.example.org"] } }),
        "no more than it asks for"
    );
    assert_eq!((&listed["used"], &listed["enabled"]), (&json!(1), &json!(true)));
    assert_eq!(stamped(&server).await, "1.0.0", "the nodes that waited for it run");
    assert_eq!(server.json("/flows/problems").await["problems"], json!([]));
    let record: Value =
        serde_json::from_str(&fs::read_to_string(data.path().join("plugins.json")).unwrap()).unwrap();
    assert_eq!(record["plugins"]["stamp"]["sha256"], sha256(&component));

    for (path, body, expected) in [
        ("/nodes", json!({ "module": "node-red-contrib-x" }), (400, "invalid_request")),
        ("/nodes", json!({ "sha256": "00" }), (400, "invalid_plugin")),
    ] {
        let answer = server.post(path).json(&body).send().await.unwrap();
        assert_eq!(status_and_code(answer).await, (expected.0, expected.1.to_owned()));
    }
    for (bytes, expected) in
        [(&b"\0asm\x0d\0\x01\0"[..], 400), (&component[..component.len() / 2], 400), (b"", 400)]
    {
        assert_eq!(upload(&server, bytes).await.status(), expected);
    }
    let json = server.post("/nodes/upload").json(&json!({})).send().await.unwrap();
    assert_eq!(json.status(), 415);
}

#[tokio::test]
async fn a_file_in_the_folder_runs_at_once_or_waits_for_its_grants() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &[]).await;
    server.deploy(flows()).await;
    let folder = data.path().join("plugins");
    let component = Stamp::new("stamp", "1.0.0").component();
    // Somebody writes slowly.
    fs::write(folder.join("mine.wasm"), &component[..100]).unwrap();
    sleep(Duration::from_millis(50)).await;
    fs::write(folder.join("mine.wasm"), &component).unwrap();
    let one = becomes(&server, "mine", "running").await;
    assert_eq!((&one["installedBy"], &one["pinned"]), (&json!("folder"), &json!(sha256(&component))));
    assert_eq!(stamped(&server).await, "1.0.0");

    // Changed under its pin: what runs runs on, and what lies there is not loaded.
    let second = Stamp::new("stamp", "2.0.0").component();
    fs::write(folder.join("mine.wasm"), &second).unwrap();
    let one = becomes(&server, "mine", "changed").await;
    assert!(
        one["problem"]["message"].as_str().unwrap().contains("another than the one that was installed"),
        "{one}"
    );
    assert_eq!(stamped(&server).await, "1.0.0");
    server.stop().await;
    server = Server::start(data.path(), &[]).await;
    becomes(&server, "mine", "changed").await;
    assert_eq!(server.json("/flows/problems").await["problems"][0]["node"], "s");
    let accepted = server.post("/nodes").json(&json!({ "sha256": sha256(&second) })).send().await.unwrap();
    assert_eq!(accepted.status(), 200, "{}", accepted.text().await.unwrap());
    assert_eq!(stamped(&server).await, "2.0.0");

    let asks = Stamp { hosts: &["*"], ..Stamp::new("asker", "1.0.0") }.component();
    fs::write(folder.join("asker.wasm"), &asks).unwrap();
    let one = becomes(&server, "asker", "waiting").await;
    assert_eq!(one["asks"][0]["message"], "send requests to every host, those of your own network included");
    assert_eq!((&one["runs"], &one["grants"]), (&Value::Null, &Value::Null));
    let clash = Stamp::new("stamp", "3.0.0").component();
    fs::write(folder.join("other.wasm"), &clash).unwrap();
    let one = becomes(&server, "other", "broken").await;
    assert!(one["problem"]["message"].as_str().unwrap().contains("mine brings already"), "{one}");
    fs::remove_file(folder.join("other.wasm")).unwrap();
    becomes(&server, "other", "gone").await;
    let built_in = Stamp::new("inject", "1.0.0").component();
    fs::write(folder.join("inject.wasm"), &built_in).unwrap();
    becomes(&server, "inject", "broken").await;
    fs::write(folder.join("noise.wasm"), "no component").unwrap();
    becomes(&server, "noise", "broken").await;

    // Gone and back again.
    fs::remove_file(folder.join("mine.wasm")).unwrap();
    becomes(&server, "mine", "missing").await;
    assert_eq!(server.json("/flows/problems").await["problems"][0]["node"], "s");
    fs::write(folder.join("mine.wasm"), &second).unwrap();
    becomes(&server, "mine", "running").await;
    assert_eq!(stamped(&server).await, "2.0.0");
    let out = server.json("/flows").await;
    assert_eq!(out[2]["mine"], json!({ "a": 1.50 }), "nothing of its settings is lost");
}

#[tokio::test]
async fn the_command_line_works_with_and_without_a_server() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("made.wasm");
    let component =
        Stamp { hosts: &["api.example.org", "localhost:8080"], ..Stamp::new("stamp", "1.0.0") }.component();
    fs::write(&file, &component).unwrap();
    let folder = data.path().join("data");
    let plugin = async |arguments: &[&str]| {
        let mut all = vec!["plugin"];
        all.extend(arguments);
        if arguments[0] != "info" {
            all.extend(["--data", folder.to_str().unwrap()]);
        }
        let output = finish(&all).await;
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    let path = file.to_str().unwrap();
    let (well, said) = plugin(&["info", path]).await;
    assert!(well && said.contains(&sha256(&component)), "{said}");
    assert!(said.contains("send requests to api.example.org, localhost:8080"), "{said}");
    assert!(said.contains("http=api.example.org,localhost:8080"), "{said}");
    assert_eq!(plugin(&["list"]).await, (true, "no plugins are installed\n".into()));
    let (well, said) = plugin(&["add", path]).await;
    assert!(!well && said.contains("cannot run without http"), "{said}");
    let (well, said) = plugin(&["add", path, "--grant", "http=api.example.org"]).await;
    assert!(well && said.contains("stamp 1.0.0 is installed"), "{said}");
    let (_, said) = plugin(&["list"]).await;
    assert_eq!(said, "stamp\t1.0.0\tstamp\tinstalled\thttp=api.example.org\n");

    let server = Server::start(&folder, &[]).await;
    server.deploy(flows()).await;
    assert_eq!(stamped(&server).await, "1.0.0");
    fs::write(&file, Stamp::new("stamp", "1.1.0").component()).unwrap();
    assert!(plugin(&["add", path]).await.0);
    let upgraded = async { while stamped(&server).await != "1.1.0" {} };
    timeout(PATIENCE, upgraded).await.expect("the running server takes it");
    assert!(plugin(&["remove", "stamp"]).await.0);
    becomes(&server, "stamp", "gone").await;
    assert!(!plugin(&["remove", "stamp"]).await.0, "it is gone already");
    assert!(!plugin(&["remove", "../flows"]).await.0);
}

#[tokio::test]
async fn editors_hear_of_what_comes_changes_and_goes() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let url = format!("{}/comms", server.url.replacen("http", "ws", 1));
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    socket.send(Message::text(r#"{"subscribe":"notification/#"}"#)).await.unwrap();
    let mut next = async |topic: &str| {
        let heard = async {
            loop {
                let Some(Ok(Message::Text(frame))) = socket.next().await else { continue };
                let items: Value = serde_json::from_str(&frame).unwrap();
                let found =
                    items.as_array().into_iter().flatten().find(|item| item["topic"] == topic).cloned();
                if let Some(found) = found {
                    return found["data"].clone();
                }
            }
        };
        timeout(PATIENCE, heard).await.unwrap_or_else(|_| panic!("nothing of {topic}"))
    };
    install(&server, &Stamp::new("stamp", "1.0.0").component(), json!({})).await;
    let added = next("notification/node/added").await;
    assert_eq!((&added[0]["id"], &added[0]["version"]), (&json!("stamp/stamp"), &json!("1.0.0")));
    install(&server, &Stamp::new("stamp", "1.1.0").component(), json!({})).await;
    assert_eq!(next("notification/node/upgraded").await, json!({ "module": "stamp", "version": "1.1.0" }));
    let off = server.client.put(format!("{}/nodes/stamp", server.url)).json(&json!({ "enabled": false }));
    assert_eq!(off.send().await.unwrap().status(), 200);
    assert_eq!(next("notification/node/disabled").await["module"], "stamp");
    assert!(!server.json("/nodes/descriptors").await.to_string().contains(r#""type":"stamp""#));
    let removed = server.client.delete(format!("{}/nodes/stamp", server.url)).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    assert_eq!(next("notification/node/removed").await[0]["id"], "stamp/stamp");
    let again = server.client.delete(format!("{}/nodes/stamp", server.url)).send().await.unwrap();
    assert_eq!(again.status(), 404);
    let built_in = server.client.delete(format!("{}/nodes/wireloom", server.url)).send().await.unwrap();
    assert_eq!(built_in.status(), 404);
}

#[tokio::test]
async fn only_an_administrator_grants() {
    let data = tempfile::tempdir().unwrap();
    settings(data.path()).await;
    let server = Server::start(data.path(), &[]).await;
    let (admin, dev) = (token(&server, "admin").await, token(&server, "dev").await);
    let install = async |token: &str, component: &[u8], grants: Value| {
        let looked =
            server.post("/nodes/upload").bearer_auth(token).header("Content-Type", "application/wasm");
        let looked = looked.body(component.to_vec()).send().await.unwrap();
        assert_eq!(looked.status(), 200);
        let body = json!({ "sha256": sha256(component), "grants": grants });
        server.post("/nodes").bearer_auth(token).json(&body).send().await.unwrap().status().as_u16()
    };
    let harmless = Stamp::new("stamp", "1.0.0").component();
    assert_eq!(install(&dev, &harmless, json!({})).await, 200);
    let asks = Stamp { hosts: &["a.example"], ..Stamp::new("asker", "1.0.0") }.component();
    let grants = json!({ "http": { "hosts": ["a.example"] } });
    assert_eq!(install(&dev, &asks, grants.clone()).await, 403);
    assert_eq!(install(&admin, &asks, grants).await, 200);
    assert_eq!(server.get("/nodes/plugins").send().await.unwrap().status(), 401);
    let listed = server.get("/nodes/plugins").bearer_auth(&dev).send().await.unwrap().text().await.unwrap();
    assert!(listed.contains(r#""installedBy":"admin""#), "{listed}");
}

async fn settings(data: &Path) {
    let hash = hash_password("a secret of tests").await;
    let user = |name: &str, permissions: &str| {
        format!("[[users]]\nname = \"{name}\"\npassword = \"{hash}\"\npermissions = {permissions}\n")
    };
    let users = user("admin", "\"*\"") + &user("dev", "[\"nodes.read\", \"nodes.write\"]");
    fs::write(data.join("wireloom.toml"), users).unwrap();
}

async fn token(server: &Server, name: &str) -> String {
    let body = json!({ "client_id": "node-red-admin", "grant_type": "password", "scope": "", "username": name, "password": "a secret of tests" });
    let answer = server.post("/auth/token").json(&body).send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}
