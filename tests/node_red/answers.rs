//! The admin API's answers beside those of Node-RED itself: the same requests to both, one after another.

use reqwest::Method;
use serde_json::{Value, json};
use wireloom_tests::packages::{NodeRed, settings};
use wireloom_tests::server::{Server, client};

/// What of an answer must be the same, besides its status.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Same {
    /// Nothing else.
    Status,
    /// The `code` of an error.
    Code,
    /// All of its body, as JSON or as text.
    Body,
    /// These parts of its body, as JSON pointers.
    Parts(&'static [&'static str]),
    /// Nothing: Node-RED answers with the first status, Wireloom with the second, which says more.
    Not(u16, u16),
}

struct Request {
    method: Method,
    path: &'static str,
    version: &'static str,
    body: Option<Value>,
    same: Same,
}

fn ask(method: Method, path: &'static str, body: Option<Value>, same: Same) -> Request {
    Request { method, path, version: "v1", body, same }
}

fn get(path: &'static str, same: Same) -> Request {
    ask(Method::GET, path, None, same)
}

fn post(path: &'static str, body: Value, same: Same) -> Request {
    ask(Method::POST, path, Some(body), same)
}

fn delete(path: &'static str, same: Same) -> Request {
    ask(Method::DELETE, path, None, same)
}

fn flows() -> Value {
    let node = |id: &str, kind: &str, more: Value| {
        let mut node =
            json!({"id": id, "type": kind, "z": "t", "name": "", "x": 100, "y": 100, "wires": [[]]});
        node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        node
    };
    json!([
        {"id": "t", "type": "tab", "label": "one", "disabled": false, "info": "", "env": []},
        {"id": "c", "type": "mqtt-broker", "name": "", "broker": "127.0.0.1", "port": "1", "autoConnect": false},
        node("i", "inject", json!({"props": [{"p": "payload"}], "repeat": "", "crontab": "", "once": false, "onceDelay": 0.1, "payload": "x", "payloadType": "str"})),
        node("d", "debug", json!({"active": true, "tosidebar": true, "console": false, "tostatus": false, "complete": "false", "wires": []})),
        node("in", "http in", json!({"url": "/keep", "method": "post", "upload": false, "swaggerDoc": "", "wires": [["f"]]})),
        node("f", "function", json!({"func": "for (const scope of [context, flow, global]) { scope.set('kept', msg.payload); } return msg;", "outputs": 1, "timeout": 0, "noerr": 0, "initialize": "", "finalize": "", "libs": [], "wires": [["out"]]})),
        node("out", "http response", json!({"statusCode": "", "headers": {}, "wires": []})),
    ])
}

/// The requests, in order: later ones see what earlier ones did.
fn requests() -> Vec<Request> {
    let with_credentials = {
        let mut flows = flows();
        flows[1]["credentials"] = json!({"user": "ann", "password": "hush"});
        flows
    };
    let versioned = |method, version, body, same| Request { method, path: "/flows", version, body, same };
    let text = json!({"name": "kept", "outputs": "1", "text": "return msg;\n"});
    let new_flow = json!({"label": "new", "nodes": [{"id": "n1", "type": "comment", "x": 1, "y": 1, "wires": []}], "configs": []});
    vec![
        get("/auth/login", Same::Body),
        post("/auth/token", json!({"client_id": "node-red-admin", "grant_type": "password"}), Same::Status),
        versioned(Method::POST, "v1", Some(with_credentials), Same::Body),
        get("/flows", Same::Body),
        versioned(Method::GET, "v2", None, Same::Body),
        versioned(Method::GET, "v3", None, Same::Code),
        versioned(Method::POST, "v2", Some(json!({"flows": flows(), "rev": "stale"})), Same::Code),
        versioned(Method::POST, "v2", Some(json!({"flows": flows()})), Same::Body),
        get("/credentials/mqtt-broker/c", Same::Body),
        get("/credentials/mqtt-broker/none", Same::Body),
        get("/flow/t", Same::Body),
        // Node-RED shows what it keeps about users of a config node, and leaves an empty list out.
        get("/flow/global", Same::Parts(&["/id", "/configs/0/id"])),
        get("/flow/none", Same::Code),
        post("/flow", new_flow.clone(), Same::Status),
        post("/flow", new_flow, Same::Status),
        post("/flow", json!({"label": "no nodes"}), Same::Status),
        ask(
            Method::PUT,
            "/flow/t",
            Some(
                json!({"id": "t", "label": "two", "nodes": [{"id": "d", "type": "debug", "z": "t", "x": 1, "y": 1, "wires": []}, {"id": "i", "type": "inject", "z": "t", "x": 1, "y": 1, "wires": [[]]}], "configs": []}),
            ),
            Same::Body,
        ),
        get("/flow/t", Same::Body),
        ask(Method::PUT, "/flow/none", Some(json!({"label": "x", "nodes": []})), Same::Code),
        delete("/flow/none", Same::Code),
        versioned(Method::POST, "v1", Some(flows()), Same::Body),
        post("/inject/i", json!({}), Same::Status),
        post("/inject/none", json!({}), Same::Status),
        post("/debug/d/disable", json!({}), Same::Status),
        post("/debug/d/enable", json!({}), Same::Status),
        post("/debug/none/enable", json!({}), Same::Status),
        post("/debug/disable", json!({"nodes": ["d"]}), Same::Status),
        post("/debug/enable", json!({"nodes": ["d", "none"]}), Same::Status),
        post("/debug/enable", json!({}), Same::Status),
        get("/context/global", Same::Body),
        post("/keep", json!({"a": [1, null, "x"]}), Same::Body),
        get("/context/global", Same::Body),
        get("/context/flow/t", Same::Body),
        get("/context/node/f", Same::Body),
        get("/context/flow/t/kept", Same::Parts(&["/msg", "/format"])),
        get("/context/flow/t/kept.a[2]", Same::Parts(&["/msg", "/format"])),
        get("/context/flow/t/nothing", Same::Parts(&["/msg", "/format"])),
        get("/context/flow/t?store=memory", Same::Body),
        get("/context/flow/t?store=none", Same::Status),
        get("/context/global?keysOnly=true", Same::Body),
        get("/context/global/kept?keysOnly=true", Same::Body),
        get("/context/global/kept.a?keysOnly=true", Same::Body),
        get("/context/global/kept.a[0]?keysOnly=true", Same::Body),
        delete("/context/global/kept", Same::Status),
        get("/context/global", Same::Body),
        get("/library/local/functions", Same::Body),
        post("/library/local/functions/some/kept.js", text, Same::Status),
        get("/library/local/functions", Same::Body),
        get("/library/local/functions/some", Same::Body),
        get("/library/local/functions/some/kept.js", Same::Body),
        get("/library/local/functions/none", Same::Not(400, 404)),
        post("/library/local/flows/mine", flows(), Same::Status),
        get("/library/local/flows", Same::Body),
        get("/library/local/flows/mine", Same::Body),
        get("/settings/user", Same::Body),
        post("/settings/user", json!({"editor": {"view": {"grid": 20}}}), Same::Status),
        get("/settings/user", Same::Body),
        get("/settings", Same::Parts(&["/httpNodeRoot", "/context", "/runtimeState/enabled", "/user"])),
        get("/flows/state", Same::Body),
        post("/flows/state", json!({"state": "stop"}), Same::Body),
        get("/flows/state", Same::Body),
        post("/flows/state", json!({"state": "start"}), Same::Body),
        post("/flows/state", json!({"state": "pause"}), Same::Status),
        get("/plugins", Same::Status),
        get("/udp-ports/any", Same::Body),
        get("/nodes/none", Same::Code),
        get("/nodes/none/none", Same::Code),
        ask(Method::PUT, "/nodes/none", Some(json!({"enabled": true})), Same::Not(400, 404)),
        ask(Method::PUT, "/nodes/none", Some(json!({})), Same::Code),
        get("/diagnostics", Same::Status),
        get("/icons", Same::Status),
        get("/theme", Same::Parts(&["/none"])),
        get("/locales/editor", Same::Status),
    ]
}

/// Waits until the flows of a Node-RED run: it answers a deploy before they do. `node` is one of theirs.
pub(crate) async fn settled(url: &str, node: &str) {
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    // Node-RED knows the context of a node that runs, and nothing of one that does not.
    while client().get(format!("{url}/context/node/{node}")).send().await.unwrap().text().await.unwrap()
        == "{}"
    {
        assert!(std::time::Instant::now() < patience, "the flows do not start");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// The status of an answer and what of its body is to be the same.
async fn answer(url: &str, request: &Request) -> (u16, Value) {
    let mut asked = client().request(request.method.clone(), format!("{url}{}", request.path));
    asked = asked.header("Accept", "application/json").header("Node-RED-API-Version", request.version);
    if let Some(body) = &request.body {
        asked = asked.json(body);
    }
    let response = asked.send().await.unwrap();
    let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
    let body = serde_json::from_str::<Value>(&text).unwrap_or(Value::String(text));
    let same = match request.same {
        Same::Status | Same::Not(..) => Value::Null,
        Same::Code => body["code"].clone(),
        Same::Body => body,
        Same::Parts(parts) => {
            parts.iter().map(|part| body.pointer(part).cloned().unwrap_or_default()).collect()
        }
    };
    (status, same)
}

#[tokio::test]
async fn the_admin_api_answers_as_node_red_does() {
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let script = settings("credentialSecret: false, runtimeState: { enabled: true, ui: true }");
    std::fs::write(theirs.path().join("settings.js"), script).unwrap();
    let node_red = NodeRed::on(theirs.path()).await;
    let server = Server::start(ours.path(), &[]).await;
    let mut differences = Vec::new();
    for request in requests() {
        let mut expected = answer(&node_red.url, &request).await;
        let found = answer(&server.url, &request).await;
        let is_deploy = request.path.starts_with("/flow") && request.path != "/flows/state";
        if request.method != Method::GET && is_deploy {
            settled(&node_red.url, "d").await;
        }
        if let Same::Not(theirs, ours) = request.same {
            assert_eq!(expected.0, theirs, "{}", request.path);
            expected.0 = ours;
        }
        if expected != found {
            let Request { method, path, version, .. } = &request;
            differences
                .push(format!("{method} {path} ({version}):\n  Node-RED {expected:?}\n  Wireloom {found:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    node_red.stop().await;
}
