//! Flow tests: made of messages that were seen, run by the server and by `wireloom test`.

use std::path::Path;

use serde_json::{Value, json};
use wireloom_tests::server::{Server, finish, status_and_code};

/// `POST /go` runs through `b`, which counts cars, and `c`, which names what it gets; `d` shows it.
fn flow(more: u32) -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "t", "env": [{ "name": "MORE", "type": "num", "value": more.to_string() }] },
        { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["a", "out"]] },
        { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        { "id": "a", "type": "change", "z": "t", "x": 1, "y": 1, "wires": [["b"]],
          "rules": [{ "t": "set", "p": "payload", "pt": "msg", "to": "5", "tot": "num" }] },
        { "id": "b", "type": "function", "z": "t", "x": 1, "y": 1, "outputs": 2, "wires": [["c"], []],
          "func": "msg.payload += env.get('MORE'); msg.at = Date.now(); return [msg, { payload: 'second', topic: Math.random() }];" },
        { "id": "c", "type": "delay", "z": "t", "x": 1, "y": 1, "pauseType": "delay", "timeout": "5", "timeoutUnits": "seconds", "wires": [["d"]] },
        { "id": "d", "type": "debug", "z": "t", "x": 1, "y": 1, "active": true, "tosidebar": true, "complete": "payload", "targetType": "msg", "wires": [] },
    ])
}

/// Two messages that went along the wire from `a`, as a test names them.
async fn seen(server: &Server) -> Value {
    assert_eq!(server.json("/peek/a/0").await, json!({ "messages": [] }));
    for _ in 0..2 {
        assert_eq!(server.post("/go").send().await.unwrap().status(), 200);
    }
    // The answers may be there before the other branch has been run.
    let messages = loop {
        let messages = server.json("/peek/a/0").await["messages"].take();
        if messages.as_array().map(Vec::len) == Some(2) {
            break messages;
        }
    };
    let named = |message: &Value| json!({ "source": message["source"], "number": message["number"] });
    messages.as_array().unwrap().iter().map(named).collect()
}

async fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let response = server.post(path).json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

/// What `wireloom test` says of the tests of this folder, and whether all pass.
async fn by_command_line(data: &Path, more: &[&str]) -> (bool, String) {
    let arguments = [&["test", "--data", data.to_str().unwrap()], more].concat();
    let output = finish(&arguments).await;
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn a_test_made_of_messages_passes_until_the_flow_gives_something_else() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow(1)).await;
    let messages = seen(&server).await;
    let new = json!({ "name": "cars", "nodes": ["b"], "to": ["b"], "from": { "node": "a", "port": 0 }, "messages": messages });
    let (status, made) = post(&server, "/flows/tests", &new).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["tests"][0]["messages"], 2);
    assert!(made["tests"][0]["result"].get("mismatch").is_none(), "{made}");
    assert_eq!(post(&server, "/flows/tests", &new).await.0, 409);

    // What is kept expects all that is the same each time, and that the rest is there.
    let kept: Value =
        serde_json::from_str(&std::fs::read_to_string(data.path().join("flow-tests.json")).unwrap()).unwrap();
    let expected = &kept[0]["steps"][1]["expect"];
    assert_eq!(expected["b/0"][0]["payload"], 6, "{kept}");
    assert_eq!(expected["b/0"][0]["$any"], json!(["at"]));
    assert_eq!(expected["b/1"][0]["payload"], "second");
    assert!(expected["b/1"][0]["$any"].as_array().unwrap().contains(&json!("topic")));

    let (is_well, said) = by_command_line(data.path(), &[]).await;
    assert!(is_well && said.contains("ok      cars"), "{said}");

    // The flow file changes, so what comes is another: said with the place and both values.
    server.deploy(flow(2)).await;
    let (is_well, said) = by_command_line(data.path(), &[]).await;
    assert!(
        !is_well && said.contains("failed  cars") && said.contains("payload: expected 6, got 7"),
        "{said}"
    );
    let (_, ran) = post(&server, "/flows/tests/run", &json!({})).await;
    let mismatch = &ran["tests"][0]["result"]["mismatch"];
    assert_eq!(mismatch["text"]["key"], "flow-test.differs", "{ran}");
    assert_eq!(mismatch["text"]["args"]["place"], "b/0");
    assert_eq!(mismatch["differences"], json!([{ "path": "payload", "expected": "6", "got": "7" }]));

    // Flows that are not deployed can be tested: those of before pass.
    let before = json!({ "names": ["cars"], "flows": flow(1) });
    let (_, ran) = post(&server, "/flows/tests/run", &before).await;
    assert!(ran["tests"][0]["result"].get("mismatch").is_none(), "{ran}");
    // What comes now is accepted.
    assert_eq!(post(&server, "/flows/tests/accept", &json!({ "names": ["cars"] })).await.0, 200);
    assert!(by_command_line(data.path(), &[]).await.0);

    // A node that is gone is said, not passed over.
    let mut gone = flow(2);
    gone.as_array_mut().unwrap().retain(|node| node["id"] != "b");
    server.deploy(gone).await;
    let (is_well, said) = by_command_line(data.path(), &[]).await;
    assert!(!is_well && said.contains("no node b"), "{said}");
    let request = server.client.delete(format!("{}/flows/tests?name=cars", server.url));
    assert_eq!(request.send().await.unwrap().status(), 204);
    assert_eq!(server.json("/flows/tests").await, json!({ "tests": [] }));
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn a_test_of_several_nodes_touches_nothing_that_runs() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow(1)).await;
    let messages = seen(&server).await;
    let received = || async {
        let text = server.get("/metrics").send().await.unwrap().text().await.unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("wireloom_node_received_total{") && line.contains("id=\"b\""));
        line.and_then(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
    };
    // Both have come by first.
    while received().await != Some(2.0) {}
    let new = json!({ "name": "all", "nodes": ["b", "c", "d"], "to": ["b"], "from": { "node": "a", "port": 0 }, "messages": messages });
    let (status, made) = post(&server, "/flows/tests", &new).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(received().await, Some(2.0));
    let kept: Value =
        serde_json::from_str(&std::fs::read_to_string(data.path().join("flow-tests.json")).unwrap()).unwrap();
    let steps = kept[0]["steps"].as_array().unwrap();
    // The delay of five seconds takes no time, and what comes then is a part of it.
    assert!(steps.iter().any(|step| step["wait_ms"] == 60_000), "{kept}");
    let shown = steps.iter().find_map(|step| step["expect_debug"].as_array()).unwrap();
    assert_eq!(shown, &vec![json!({ "node": "d", "value": 6 }), json!({ "node": "d", "value": 6 })]);
    assert!(by_command_line(data.path(), &[]).await.0);
    // Another flow file can be named.
    let other = data.path().join("other.json");
    std::fs::write(&other, flow(3).to_string()).unwrap();
    assert!(!by_command_line(data.path(), &["--flows", other.to_str().unwrap()]).await.0);
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn what_cannot_be_a_test_is_said() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut flows = flow(1);
    flows
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "loop", "type": "junction", "z": "t", "x": 1, "y": 1, "wires": [["loop"]] }));
    server.deploy(flows).await;
    let messages = seen(&server).await;
    let new = |change: Value| {
        let mut new = json!({ "name": "x", "nodes": ["b"], "to": ["b"], "from": { "node": "a", "port": 0 }, "messages": messages });
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        new
    };
    for change in [
        json!({ "name": " " }),
        json!({ "nodes": [] }),
        json!({ "to": ["c"] }),
        json!({ "messages": [] }),
        json!({ "nodes": ["gone"], "to": ["gone"] }),
        json!({ "nodes": ["loop"], "to": ["loop"] }),
        json!({ "flows": 5 }),
        json!({ "other": 5 }),
    ] {
        let response = server.post("/flows/tests").json(&new(change.clone())).send().await.unwrap();
        assert_eq!(status_and_code(response).await, (400, "invalid_request".to_owned()), "{change}");
    }
    let missing = json!({ "messages": [{ "source": "a", "number": 77 }] });
    assert_eq!(post(&server, "/flows/tests", &new(missing)).await.0, 404);
    // One that is not kept any more is taken as it was shown.
    let shown =
        json!({ "messages": [{ "source": "a", "number": 77, "msg": { "_msgid": "m", "payload": 1 } }] });
    assert_eq!(post(&server, "/flows/tests", &new(shown)).await.0, 200);
    let request = server.client.delete(format!("{}/flows/tests?name=none", server.url));
    assert_eq!(request.send().await.unwrap().status(), 404);
    // The server goes on.
    assert_eq!(server.post("/go").send().await.unwrap().status(), 200);
    assert!(server.stop().await.success());
}

/// `POST /go` runs through `f`, which counts in the flow's context up to a limit of all, and through a subflow with a secret.
fn with_context(limit: u32) -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "t" },
        { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["a", "out"]] },
        { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        { "id": "a", "type": "change", "z": "t", "x": 1, "y": 1, "wires": [["f", "u", "g"]],
          "rules": [{ "t": "set", "p": "payload", "pt": "msg", "to": "5", "tot": "num" }] },
        { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "outputs": 1, "wires": [[]],
          "func": "const count = (flow.get('count') || 0) + 1; flow.set('count', count); flow.set('at', Date.now()); context.set('own', count); msg.payload = [count, global.get('limit'), flow.get('no')]; return msg;" },
        { "id": "g", "type": "change", "z": "t", "x": 1, "y": 1, "wires": [[]],
          "rules": [{ "t": "set", "p": "limit", "pt": "global", "to": limit.to_string(), "tot": "num" }] },
        { "id": "s", "type": "subflow", "name": "s", "in": [{ "x": 1, "y": 1, "wires": [{ "id": "k" }] }],
          "out": [{ "x": 1, "y": 1, "wires": [{ "id": "k", "port": 0 }] }], "env": [{ "name": "KEY", "type": "cred" }] },
        { "id": "k", "type": "function", "z": "s", "x": 1, "y": 1, "outputs": 1, "wires": [[]],
          "func": "msg.payload = 'Bearer ' + env.get('KEY'); msg.length = env.get('KEY').length; return msg;" },
        { "id": "u", "type": "subflow:s", "z": "t", "x": 1, "y": 1, "env": [{ "name": "KEY", "type": "cred" }], "wires": [[]],
          "credentials": { "KEY": "hush-hush" } },
    ])
}

fn kept(data: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(data.join("flow-tests.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_test_begins_with_the_context_that_its_nodes_read_and_expects_what_they_leave() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(with_context(9)).await;
    let messages = seen(&server).await;
    let limit = || async { server.json("/context/global/limit").await };
    while limit().await["msg"] != "9" {}
    while server.json("/context/flow/t/count").await["msg"] != "2" {}
    let new = json!({ "name": "count", "nodes": ["f"], "to": ["f"], "from": { "node": "a", "port": 0 }, "messages": messages });
    let (status, made) = post(&server, "/flows/tests", &new).await;
    assert_eq!(status, 200, "{made}");
    let test = &made["tests"][0];
    assert_eq!(test["before"], json!({ "global": { "limit": 9 }, "t": { "count": 2 } }), "{made}");
    assert_eq!(test["after"], json!({ "f:t": { "own": 4 }, "t": { "count": 4, "$any": ["at"] } }), "{made}");
    assert_eq!(server.json("/context/flow/t/count").await["msg"], "2", "what runs keeps its own");
    let steps = kept(data.path())[0]["steps"].clone();
    assert_eq!(steps[0]["set_context"], test["before"]);
    assert_eq!(steps[2]["expect"]["f/0"][0]["payload"], json!([3, 9, { "$undefined": true }]), "{steps}");

    // Whatever runs counts on: the test does not hear of it.
    server.post("/go").send().await.unwrap();
    assert!(by_command_line(data.path(), &[]).await.0);
    let (_, ran) = post(&server, "/flows/tests/run", &json!({})).await;
    assert!(ran["tests"][0]["result"].get("mismatch").is_none(), "{ran}");

    // A flow that leaves another value fails, with the place.
    let mut other = with_context(9);
    other[4]["func"] = other[4]["func"].as_str().unwrap().replace("'own', count", "'own', 'x'").into();
    let (_, ran) = post(&server, "/flows/tests/run", &json!({ "flows": other })).await;
    let mismatch = &ran["tests"][0]["result"]["mismatch"];
    assert_eq!(mismatch["text"]["key"], "flow-test.context", "{ran}");
    assert_eq!(mismatch["differences"], json!([{ "path": "f:t own", "expected": "4", "got": "\"x\"" }]));

    // It can begin with something else.
    let before = json!({ "name": "count", "before": { "t": { "count": 10 } } });
    let (status, changed) = post(&server, "/flows/tests/context", &before).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["tests"][0]["after"]["t"]["count"], 12);
    assert!(by_command_line(data.path(), &[]).await.0);
    assert_eq!(kept(data.path())[0]["steps"][2]["expect"]["f/0"][0]["payload"][0], 11);
    for (body, expected) in
        [(json!({ "name": "none" }), 404), (json!({ "name": "count", "before": { "t": 1 } }), 400)]
    {
        assert_eq!(post(&server, "/flows/tests/context", &body).await.0, expected, "{body}");
    }
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn a_test_has_credentials_only_where_it_asks_and_keeps_and_tells_none() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(with_context(9)).await;
    let messages = seen(&server).await;
    let new = |name: &str| json!({ "name": name, "nodes": ["u"], "to": ["u"], "from": { "node": "a", "port": 0 }, "messages": messages });
    assert_eq!(post(&server, "/flows/tests", &new("without")).await.0, 200);
    let mut with = new("with");
    with["credentials"] = json!(true);
    let (status, made) = post(&server, "/flows/tests", &with).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(
        (&made["tests"][0]["credentials"], &made["tests"][1]["credentials"]),
        (&Value::Null, &json!(true))
    );
    let kept = kept(data.path());
    let expected = |at: usize| kept[at]["steps"][1]["expect"]["u/0"][0].clone();
    assert_eq!((&expected(0)["payload"], &expected(0)["length"]), (&json!("Bearer "), &json!(0)));
    assert_eq!((&expected(1)["length"], &expected(1)["$any"]), (&json!(9), &json!(["payload"])), "{kept}");
    assert!(!kept.to_string().contains("hush"), "{kept}");

    // A mismatch says what came, without it.
    let mut other = with_context(9);
    other[7]["func"] =
        json!("msg.payload = { key: env.get('KEY') }; msg.length = 'was ' + env.get('KEY'); return msg;");
    let (_, ran) = post(&server, "/flows/tests/run", &json!({ "names": ["with"], "flows": other })).await;
    let differences = &ran["tests"][1]["result"]["mismatch"]["differences"];
    assert_eq!(differences, &json!([{ "path": "length", "expected": "9", "got": "\"was ***\"" }]), "{ran}");

    // The server has the folder to itself as long as it runs.
    let (is_well, _) = by_command_line(data.path(), &[]).await;
    assert!(!is_well);
    assert!(server.stop().await.success());
    let (is_well, said) = by_command_line(data.path(), &[]).await;
    assert!(is_well && said.contains("ok      with\n"), "{said}");
}
