//! `/flows`, revisions and where flows come from.

use reqwest::Response;
use serde_json::{Value, json};
use wireloom_tests::server::{Server, exported_credentials, finish, json, refusal, status_and_code};

fn tab(label: &str) -> Value {
    json!([{ "id": "t1", "type": "tab", "label": label }, { "id": "n1", "type": "comment", "z": "t1", "x": 1, "y": 1, "wires": [] }])
}

async fn post(server: &Server, version: &str, body: &Value) -> Response {
    server.post("/flows").header("Node-RED-API-Version", version).json(body).send().await.unwrap()
}

#[tokio::test]
async fn version_1_is_a_list() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/flows").await, json!([]));
    let response = server.post("/flows").json(&tab("one")).send().await.unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(response.text().await.unwrap(), "");
    assert_eq!(server.json("/flows").await, tab("one"));
    let wrong = post(&server, "v1", &json!({ "flows": tab("two") })).await;
    assert_eq!(status_and_code(wrong).await, (400, "invalid_request".into()));
    assert_eq!(server.json("/flows").await, tab("one"));
}

#[tokio::test]
async fn version_2_has_a_revision_that_guards_against_overwriting() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let get = || async { json(server.get("/flows").header("Node-RED-API-Version", "v2")).await };
    // SHA-256 of `[]`, as Node-RED computes it.
    assert_eq!(get().await["rev"], "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945");

    let first = server.deploy(tab("one")).await["rev"].clone();
    assert_eq!(get().await, json!({ "flows": tab("one"), "rev": first }));

    let known = post(&server, "v2", &json!({ "flows": tab("two"), "rev": first })).await;
    assert_eq!(known.status(), 200);
    let stale = post(&server, "v2", &json!({ "flows": tab("three"), "rev": first })).await;
    assert_eq!(status_and_code(stale).await, (409, "version_mismatch".into()));
    assert_eq!(get().await["flows"], tab("two"));

    let unknown = server.get("/flows").header("Node-RED-API-Version", "v3").send().await.unwrap();
    assert_eq!(status_and_code(unknown).await, (400, "invalid_api_version".into()));
    for body in [
        "",
        "[",
        "3",
        "{}",
        r#"{"flows":{}}"#,
        r#"{"flows":[],"credentials":{"a":1}}"#,
        r#"{"flows":[],"rev":null}"#,
        r#"{"flows":[],"rev":3}"#,
    ] {
        let request = server.post("/flows").header("Node-RED-API-Version", "v2");
        let broken = request.header("Content-Type", "application/json").body(body).send().await.unwrap();
        assert_eq!(status_and_code(broken).await, (400, "invalid_request".into()), "{body}");
    }
    assert_eq!(get().await["flows"], tab("two"));
}

#[tokio::test]
async fn what_cannot_start_is_named_and_the_rest_is_deployed() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut flows = tab("one");
    flows
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "odd", "type": "no such type", "z": "t1", "x": 1, "y": 1, "wires": [] }));
    let response = post(&server, "v2", &json!({ "flows": flows })).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["wireloom-problems"]),
        (200, &"1".parse().unwrap())
    );
    let problems = server.json("/flows/problems").await["problems"].clone();
    assert_eq!((&problems[0]["node"], problems.as_array().unwrap().len()), (&json!("odd"), 1), "{problems}");
    assert!(problems[0]["message"].as_str().unwrap().contains("no such type"), "{problems}");
}

#[tokio::test]
async fn revisions_are_listed_and_restored_and_a_restart_keeps_the_flows() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    for label in ["one", "two"] {
        server.deploy(tab(label)).await;
    }
    assert!(server.stop().await.success());

    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/flows").await, tab("two"));
    let revisions = server.json("/revisions").await["revisions"].clone();
    assert_eq!(revisions.as_array().unwrap().len(), 2, "{revisions}");
    let id = revisions[1]["id"].as_str().unwrap();
    assert_eq!(server.json(&format!("/revisions/{id}")).await["flows"], tab("one"));
    json(server.post(&format!("/revisions/{id}/restore"))).await;
    assert_eq!(server.json("/flows").await, tab("one"));
    assert_eq!(server.json("/revisions").await["revisions"].as_array().unwrap().len(), 3);
    for id in ["nope", "..%2Fflows"] {
        let missing = server.get(&format!("/revisions/{id}")).send().await.unwrap();
        assert_eq!(status_and_code(missing).await, (404, "not_found".into()));
    }
}

#[tokio::test]
async fn a_given_file_begins_the_flows_and_is_never_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("given.json"));
    let text = tab("given").to_string();
    std::fs::write(&file, &text).unwrap();
    let file = file.to_str().unwrap();

    let server = Server::start(&data, &[file]).await;
    assert_eq!(server.json("/flows").await, tab("given"));
    server.deploy(tab("changed")).await;
    server.stop().await;
    let server = Server::start(&data, &[file]).await;
    assert_eq!(server.json("/flows").await, tab("changed"));
    server.stop().await;
    let server = Server::start(&data, &[file, "--replace"]).await;
    assert_eq!(server.json("/flows").await, tab("given"));
    assert_eq!(server.json("/revisions").await["revisions"].as_array().unwrap().len(), 3);
    assert_eq!(std::fs::read_to_string(file).unwrap(), text);
}

#[tokio::test]
async fn a_node_red_user_folder_will_do() {
    let data = tempfile::tempdir().unwrap();
    let others = [
        ("flows_cred.json", r#"{"n1":{"user":"ann"}}"#),
        ("settings.js", "module.exports = {}"),
        (".config.runtime.json", "{}"),
    ];
    for (name, text) in others {
        std::fs::write(data.path().join(name), text).unwrap();
    }
    std::fs::write(data.path().join("flows.json"), format!("\u{feff}{}", tab("theirs"))).unwrap();
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/flows").await, tab("theirs"));
    server.deploy(tab("ours")).await;
    let kept = std::fs::read_to_string(data.path().join("flows.json")).unwrap();
    assert_eq!(kept, serde_json::to_string_pretty(&tab("ours")).unwrap().replace("  ", "    "));
    for (name, text) in others {
        assert_eq!(std::fs::read_to_string(data.path().join(name)).unwrap(), text, "{name}");
    }
}

#[tokio::test]
async fn credentials_are_kept_apart_and_never_sent_out() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut flows = tab("one");
    flows[1]["credentials"] = json!({ "user": "ann", "password": "hush-hush" });
    server.deploy(flows).await;
    assert_eq!(server.json("/flows").await, tab("one"));
    server.deploy(tab("two")).await;
    for path in ["/flows", "/credentials/comment/n1", "/flow/t1", "/diagnostics"] {
        assert!(!server.json(path).await.to_string().contains("hush-hush"), "{path}");
    }
    server.stop().await;
    let kept = exported_credentials(data.path()).await;
    assert_eq!(kept, json!({ "n1": { "user": "ann", "password": "hush-hush" } }), "the next deploy lost it");
}

#[tokio::test]
async fn a_broken_flow_file_stops_the_start_and_stays_as_it_is() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("flows.json"), "[{\"id\": ").unwrap();
    let error = refusal(data.path(), &["--port", "0", "--mqtt-port", "off"]).await;
    assert!(error.contains("flows.json is no flow file: line 1"), "{error}");
    assert_eq!(std::fs::read_to_string(data.path().join("flows.json")).unwrap(), "[{\"id\": ");
}

#[tokio::test]
async fn check_says_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.json");
    let check = async |flows: &Value| {
        std::fs::write(&path, flows.to_string()).unwrap();
        let output = finish(&["check", path.to_str().unwrap()]).await;
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = check(&tab("fine")).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("loads, and saves back as it was"), "{text}");
    assert!(text.ends_with("2 entries, 0 errors, 0 warnings, 0 types missing\n"), "{text}");

    // What the document says, what only building a node finds out, and types that are missing; each once.
    let node =
        |id: &str, kind: &str| json!({ "id": id, "type": kind, "z": "t1", "x": 1, "y": 1, "wires": [] });
    let mut flows = tab("one");
    let list = flows.as_array_mut().unwrap();
    let mut broken = node("f", "function");
    broken["func"] = "return msg +;".into();
    let mut dangling = node("c", "change");
    (dangling["rules"], dangling["wires"]) = (json!([]), json!([["nobody"]]));
    list.extend([broken, dangling, node("n2", "nonsense"), node("n3", "nonsense"), node("o", "other")]);
    for wrapped in [flows.clone(), json!({ "flows": flows, "rev": "x" })] {
        let (code, text) = check(&wrapped).await;
        assert_eq!(code, Some(1), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let having = |words: &str| lines.iter().filter(|line| line.contains(words)).count();
        assert_eq!(having("error: function f, func: "), 1, "{text}");
        assert_eq!(having("error: change c, wires[0][0]: output 1 is wired to nobody"), 1, "{text}");
        assert_eq!(
            having("missing: no node type nonsense is installed; 2 nodes are of it: n2, n3"),
            1,
            "{text}"
        );
        assert_eq!(having("missing: no node type other is installed; 1 node is of it: o"), 1, "{text}");
        assert!(text.contains("saves back as it was"), "{text}");
        assert!(text.ends_with("7 entries, 2 errors, 0 warnings, 2 types missing\n"), "{text}");
        assert_eq!(lines.len(), 6, "{text}");
    }
}

#[tokio::test]
async fn test_runs_the_cases_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.json");
    let case = |name: &str, expected: u32| {
        json!({ "name": name, "flow": [{ "id": "n", "type": "junction", "wires": [["out"]] }],
                "steps": [{ "send": { "to": "n", "msg": { "payload": 1 } } }, { "wait_ms": 3_600_000 },
                          { "expect": { "out": [{ "payload": expected }] } }] })
    };
    for (cases, code, words) in [
        (json!([case("passes it on", 1)]), 0, "1 case, 0 failed"),
        (json!([case("passes it on", 1), case("changes it", 2)]), 1, "failed  changes it"),
    ] {
        std::fs::write(&path, cases.to_string()).unwrap();
        let output = finish(&["test", path.to_str().unwrap()]).await;
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(words), "{text}");
    }
}
