//! Figures of running nodes and messages on wires, over `/comms` and by request.

use serde_json::{Value, json};
use wireloom_tests::server::Server;

use super::comms::Editor;

/// `POST /go` runs through a function node and through a subflow instance, and is answered.
fn flow() -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "t" },
        { "id": "sub", "type": "subflow", "name": "twice", "in": [{ "x": 1, "y": 1, "wires": [{ "id": "x" }] }],
          "out": [{ "x": 1, "y": 1, "wires": [{ "id": "x", "port": 0 }] }] },
        { "id": "x", "type": "function", "z": "sub", "x": 1, "y": 1, "func": "return [[msg, msg]];", "outputs": 1, "wires": [[]] },
        { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["f", "i"]] },
        { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "func": "msg.payload = 'seen'; return msg;", "outputs": 1, "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        { "id": "i", "type": "subflow:sub", "z": "t", "x": 1, "y": 1, "wires": [["park"]] },
        { "id": "park", "type": "delay", "z": "t", "x": 1, "y": 1, "pauseType": "delay", "timeout": "1", "timeoutUnits": "hours", "wires": [[]] },
    ])
}

async fn go(server: &Server, times: usize) {
    for _ in 0..times {
        assert_eq!(server.post("/go").send().await.unwrap().status(), 200);
    }
}

/// Subscribes, and waits until that counts.
async fn subscribed(server: &Server, topic: &str) -> Editor {
    let mut editor = Editor::connect(server).await;
    editor.send(json!({ "subscribe": topic })).await;
    editor.send(json!({ "auth": "" })).await;
    while editor.frame().await != json!({ "auth": "ok" }) {}
    editor
}

/// A node's figures, once `is_it` says that they are those waited for.
async fn figures(editor: &mut Editor, flow: &str, node: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    loop {
        let mut nodes = editor.data(&format!("metrics/{flow}")).await["nodes"].take();
        if is_it(&nodes[node]) {
            return nodes[node].take();
        }
    }
}

#[tokio::test]
async fn figures_of_nodes_are_told_while_they_change() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow()).await;
    let mut editor = subscribed(&server, "metrics/t").await;
    go(&server, 3).await;
    let counted = figures(&mut editor, "t", "f", |node| node["received"] == 3).await;
    assert_eq!((&counted["sent"], &counted["errors"]), (&json!([3]), &Value::Null), "{counted}");
    let moved = |node: &Value| node["receivedPerSecond"].as_f64().is_some_and(|rate| rate > 0.0);
    // Whoever subscribes later is told what there is; at rest, so with rates of nothing.
    let mut late = subscribed(&server, "metrics/#").await;
    let rest = figures(&mut late, "t", "f", |node| node["received"] == 3 && !moved(node)).await;
    assert_eq!(rest["sentPerSecond"], json!([0.0]));
    assert!(rest["p99Us"].as_f64().is_some_and(|time| time > 0.0), "{rest}");
    go(&server, 1).await;
    let again = figures(&mut editor, "t", "f", |node| node["received"] == 4).await;
    assert!(moved(&again), "{again}");
    // Sent by a node inside of it, told as its own.
    let instance = figures(&mut late, "t", "i", |node| node["received"] == 4).await;
    assert_eq!(instance["sent"], json!([8]));
    let parked = figures(&mut late, "t", "park", |node| node["waiting"] == 8).await;
    assert_eq!(parked["sent"], json!([0]));

    // What runs no more has no figures any more: a node that is gone, and all of them once the flows are stopped.
    let mut fewer = flow();
    fewer.as_array_mut().unwrap().retain(|node| node["id"] != "park");
    server.deploy(fewer).await;
    let is_nothing = |node: &Value| node["received"] == 0 && node["waiting"] == Value::Null;
    figures(&mut editor, "t", "park", is_nothing).await;
    go(&server, 1).await;
    figures(&mut editor, "t", "f", |node| node["received"] == 1).await;
    server.post("/flows/state").json(&json!({ "state": "stop" })).send().await.unwrap();
    figures(&mut editor, "t", "f", is_nothing).await;
}

#[tokio::test]
async fn figures_are_there_for_prometheus() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow()).await;
    go(&server, 2).await;
    let figure = |text: &str, name: &str, labels: &str| -> Option<f64> {
        let line =
            text.lines().find(|line| line.starts_with(&format!("{name}{{")) && line.contains(labels))?;
        line.rsplit_once(' ')?.1.parse().ok()
    };
    // An answer goes out before what its message does elsewhere is over.
    let text = loop {
        let text = server.get("/metrics").send().await.unwrap().text().await.unwrap();
        if figure(&text, "wireloom_node_waiting", "id=\"park\"") == Some(4.0) {
            break text;
        }
    };
    let value = |name: &str, labels: &str| figure(&text, name, labels);
    assert_eq!(value("wireloom_node_received_total", "id=\"f\""), Some(2.0));
    assert_eq!(
        value("wireloom_node_sent_total", "id=\"i-x\",type=\"function\",name=\"\",flow=\"i\",port=\"0\""),
        Some(4.0)
    );
    assert!(value("wireloom_node_busy_seconds_total", "id=\"f\"").is_some_and(|time| time > 0.0), "{text}");
    assert!(value("wireloom_node_call_seconds_p99", "id=\"f\"").is_some_and(|time| time > 0.0), "{text}");
}

#[tokio::test]
async fn messages_on_a_wire_are_told_to_those_who_watch_it() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow()).await;
    let mut editor = subscribed(&server, "peek/f/0").await;
    // What is kept by request shows that the watch has begun.
    assert_eq!(
        server.get("/peek/f/0").send().await.unwrap().json::<Value>().await.unwrap(),
        json!({ "messages": [] })
    );
    go(&server, 1).await;
    let peek = editor.data("peek/f/0").await;
    let message = &peek["messages"][0];
    assert_eq!((&message["source"], &message["format"]), (&json!("f"), &json!("Object")));
    let old = message["number"].as_u64().unwrap();
    let shown: Value = serde_json::from_str(message["msg"].as_str().unwrap()).unwrap();
    assert_eq!(shown["payload"], "seen");
    assert_eq!(shown["req"]["method"], "POST");

    // A deploy that starts the node anew is not the end of the watch.
    server.deploy(flow()).await;
    assert_eq!(server.get("/peek/f/0").send().await.unwrap().status(), 200);
    go(&server, 100).await;
    let mut told = 0;
    while told < 100 {
        let peek = editor.data("peek/f/0").await;
        told += peek["messages"].as_array().unwrap().len() as u64 + peek["skipped"].as_u64().unwrap_or(0);
        assert!(peek["messages"].as_array().unwrap().len() <= 64);
    }
    let kept: Value = server.get("/peek/f/0").send().await.unwrap().json().await.unwrap();
    let numbers: Vec<u64> =
        kept["messages"].as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (numbers[0]..numbers[0] + 64).collect::<Vec<_>>());
    // What was told before the deploy is not kept any more, and its number names no other message.
    assert!(numbers[0] > old + 36, "{old}, then {numbers:?}");
    let again = json!({ "to": ["f"], "messages": [{ "source": "f", "number": old }] });
    assert_eq!(server.post("/peek/f/0").json(&again).send().await.unwrap().status(), 404);

    editor.send(json!({ "unsubscribe": "peek/f/0" })).await;
    editor.send(json!({ "auth": "" })).await;
    while editor.frame().await != json!({ "auth": "ok" }) {}
    go(&server, 1).await;
    editor.send(json!({ "subscribe": "peek/in/0" })).await;
    while server.get("/peek/in/0").send().await.unwrap().json::<Value>().await.unwrap()["messages"]
        == json!([])
    {
        go(&server, 1).await;
    }
    let frame = editor.frame().await;
    assert!(frame.as_array().unwrap().iter().all(|item| item["topic"] == "peek/in/0"), "{frame}");
}

#[tokio::test]
async fn who_watched_first_goes_on_when_there_are_too_many() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let node = |at: usize| json!({ "id": format!("n{at}"), "type": "junction", "z": "t", "x": 1, "y": 1, "wires": [[]] });
    let nodes = (0..257).map(node);
    server.deploy(std::iter::once(json!({ "id": "t", "type": "tab" })).chain(nodes).collect()).await;
    let ask = async |at: usize| server.get(&format!("/peek/n{at}/0")).send().await.unwrap();
    for at in (1..257).rev() {
        assert_eq!(ask(at).await.status(), 200, "{at}");
    }
    let refused = ask(0).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], "too_many_watched");
    assert_eq!(ask(256).await.status(), 200);
    assert_eq!(ask(257).await.status(), 404);
    assert_eq!(server.get("/peek/n1/7").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn messages_of_a_subflow_instance_come_from_inside_of_it() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow()).await;
    let ask = async |path: &str| server.get(path).send().await.unwrap();
    assert_eq!(ask("/peek/i/0").await.status(), 200);
    go(&server, 1).await;
    // The answer may be there before the other branch has been run, and both of its messages come one by one.
    let kept = loop {
        let kept: Value = ask("/peek/i/0").await.json().await.unwrap();
        if kept["messages"].as_array().unwrap().len() >= 2 {
            break kept;
        }
    };
    let sources: Vec<&str> =
        kept["messages"].as_array().unwrap().iter().filter_map(|one| one["source"].as_str()).collect();
    assert_eq!(sources, ["i-x", "i-x"]);
    for missing in ["/peek/i/1", "/peek/f/7", "/peek/nobody/0"] {
        assert_eq!(ask(missing).await.status(), 404, "{missing}");
    }
    assert_eq!(ask("/peek/f/x").await.status(), 400);
}

#[tokio::test]
async fn figures_inside_a_subflow_are_those_of_all_its_uses() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut flow = flow();
    // A second use, which gets what the first one sends.
    flow.as_array_mut()
        .unwrap()
        .push(json!({ "id": "j", "type": "subflow:sub", "z": "t", "x": 1, "y": 1, "wires": [[]] }));
    let first = flow.as_array_mut().unwrap().iter_mut().find(|node| node["id"] == "i").unwrap();
    first["wires"] = json!([["park", "j"]]);
    server.deploy(flow).await;
    let mut editor = subscribed(&server, "metrics/sub").await;
    go(&server, 3).await;
    let inner = figures(&mut editor, "sub", "x", |node| node["received"] == 9).await;
    assert_eq!(inner["sent"], json!([6]), "what ends at an output without a wire is not sent: {inner}");
    let mut one = subscribed(&server, "metrics/j").await;
    let inner = figures(&mut one, "j", "j-x", |node| node["received"] == 6).await;
    assert_eq!(inner["sent"], json!([0]));
}

#[tokio::test]
async fn messages_of_an_output_without_a_wire_are_kept_too() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server
        .deploy(json!([
            { "id": "t", "type": "tab", "label": "t" },
            { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["f"]] },
            { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "outputs": 3, "wires": [["out"]],
              "func": "return [msg, null, { payload: 'unwired' }];" },
            { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        ]))
        .await;
    for port in ["/peek/f/1", "/peek/f/2"] {
        assert_eq!(server.json(port).await, json!({ "messages": [] }), "{port}");
    }
    go(&server, 2).await;
    let kept = loop {
        let kept = server.json("/peek/f/2").await;
        if kept["messages"].as_array().unwrap().len() == 2 {
            break kept;
        }
    };
    assert!(kept["messages"][1]["msg"].as_str().unwrap().contains("unwired"), "{kept}");
    assert_eq!(server.json("/peek/f/1").await, json!({ "messages": [] }));
    for missing in ["/peek/f/3", "/peek/out/0"] {
        assert_eq!(server.get(missing).send().await.unwrap().status(), 404, "{missing}");
    }
    // Figures count what a wire carried.
    let mut editor = subscribed(&server, "metrics/t").await;
    let counted = figures(&mut editor, "t", "f", |node| node["received"] == 2).await;
    assert_eq!(counted["sent"], json!([2, 0, 0]));
}

#[tokio::test]
async fn kept_messages_arrive_once_more() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server
        .deploy(json!([
            { "id": "t", "type": "tab", "label": "t" },
            { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["f"]] },
            { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "outputs": 1, "wires": [["n", "out"]],
              "func": "msg.payload = Buffer.from([1, 2, 255]); return msg;" },
            { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
            { "id": "end", "type": "debug", "z": "t", "x": 1, "y": 1, "active": false, "wires": [] },
            { "id": "n", "type": "function", "z": "t", "x": 1, "y": 1, "outputs": 1, "wires": [["end"]],
              "func": "msg.payload = Buffer.isBuffer(msg.payload) ? msg.payload.length : 'no bytes'; return msg;" },
        ]))
        .await;
    for port in ["/peek/f/0", "/peek/n/0"] {
        assert_eq!(server.get(port).send().await.unwrap().status(), 200);
    }
    go(&server, 2).await;
    let replay = async |body: Value| server.post("/peek/f/0").json(&body).send().await.unwrap();
    let first = loop {
        let kept: Value = server.get("/peek/f/0").send().await.unwrap().json().await.unwrap();
        if let Some([first, _]) = kept["messages"].as_array().map(Vec::as_slice) {
            break first["number"].as_u64().unwrap();
        }
    };
    let answer = replay(
        json!({ "to": ["n"], "messages": [{ "source": "f", "number": first + 1 }, { "source": "f", "number": first }] }),
    )
    .await;
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "sent": 2 }));
    let written = json!({ "payload": { "type": "Buffer", "data": [7] }, "topic": "by hand" });
    assert_eq!(replay(json!({ "to": ["n"], "msg": written })).await.status(), 200);
    // All that arrived at `n` left it: twice by request, twice again, once by hand.
    let left = loop {
        let kept: Value = server.get("/peek/n/0").send().await.unwrap().json().await.unwrap();
        let left: Vec<Value> = kept["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| serde_json::from_str(one["msg"].as_str().unwrap()).unwrap())
            .collect();
        if left.len() == 5 {
            break left;
        }
    };
    let payloads: Vec<&Value> = left.iter().map(|msg| &msg["payload"]).collect();
    assert_eq!(payloads, [3, 3, 3, 3, 1]);
    assert_eq!(left[4]["topic"], "by hand");
    for (body, status) in [
        (json!({ "to": ["n"], "messages": [{ "source": "f", "number": first + 9 }] }), 404),
        (json!({ "to": ["nobody"], "msg": {} }), 404),
        (json!({ "to": ["n"], "msg": 7 }), 400),
        (json!({ "too": [] }), 400),
    ] {
        assert_eq!(replay(body.clone()).await.status(), status, "{body}");
    }
}

#[tokio::test]
async fn messages_that_failed_are_kept_and_sent_again() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let own_port = server.url.rsplit(':').next().unwrap();
    server
        .deploy(json!([
            { "id": "t", "type": "tab", "label": "t" },
            // Fails without any message, for its port is taken: nothing to keep.
            { "id": "tcp", "type": "tcp in", "z": "t", "x": 1, "y": 1, "server": "server", "host": "", "port": own_port, "datamode": "stream", "datatype": "buffer", "wires": [[]] },
            { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["out", "f", "g"]] },
            { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
            { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "name": "strict", "outputs": 1, "wires": [["e"]],
              "func": "if (msg.payload.car === undefined) { throw new Error('no car'); } return msg;" },
            { "id": "g", "type": "function", "z": "t", "x": 1, "y": 1, "outputs": 1, "wires": [[]],
              "func": "throw new Error('caught');" },
            { "id": "e", "type": "debug", "z": "t", "x": 1, "y": 1, "active": false, "wires": [] },
            { "id": "c", "type": "catch", "z": "t", "x": 1, "y": 1, "scope": ["g"], "uncaught": false, "wires": [[]] },
        ]))
        .await;
    let mut editor = Editor::connect(&server).await;
    editor.send(json!({ "subscribe": "failed" })).await;
    // That there are none is told, too: who was connected to the server before it was started again may show some.
    assert_eq!(editor.data("failed").await, json!({ "count": 0 }));
    let failed = async || server.json("/failed").await["failed"].clone();
    assert_eq!(failed().await, json!([]));
    go(&server, 2).await;
    // What the catch node took care of is not among them.
    while editor.data("failed").await["count"] != 2 {}
    let all = failed().await;
    let one = &all[0];
    assert_eq!(
        (&one["node"], &one["name"], &one["type"]),
        (&json!("f"), &json!("strict"), &json!("function"))
    );
    assert!(one["error"].as_str().unwrap().contains("no car"), "{one}");
    let shown: Value = serde_json::from_str(one["msg"].as_str().unwrap()).unwrap();
    assert_eq!(shown["req"]["method"], "POST");

    // As it was it fails again, as a new one; mended it does not.
    assert_eq!(server.get("/peek/f/0").send().await.unwrap().status(), 200);
    let send = async |number: u64, body: Value| {
        server.post(&format!("/failed/{number}")).json(&body).send().await.unwrap().status()
    };
    let at_once = futures_util::future::join_all((0..8).map(|_| send(0, json!({})))).await;
    let sent = at_once.iter().filter(|status| **status == 204).count();
    assert_eq!(sent, 1, "it is sent once, however many ask at the same time: {at_once:?}");
    while failed().await.as_array().unwrap().last().is_none_or(|last| last["number"] != 2) {}
    assert_eq!(send(1, json!({ "msg": { "payload": { "car": 7 } } })).await, 204);
    while server.json("/peek/f/0").await["messages"] == json!([]) {}
    assert_eq!(failed().await.as_array().unwrap().len(), 1);
    for (number, body, status) in
        [(1, json!({}), 404), (2, json!({ "msg": 7 }), 400), (2, json!({ "m": 1 }), 400)]
    {
        assert_eq!(send(number, body.clone()).await, status, "{number} {body}");
    }
    assert_eq!(server.client.delete(format!("{}/failed", server.url)).send().await.unwrap().status(), 204);
    assert_eq!(failed().await, json!([]));
    while editor.data("failed").await["count"] != 0 {}
}
