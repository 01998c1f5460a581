//! Functions that never end, or take all memory they can get.

use serde_json::{Value, json};
use wireloom_tests::server::{Server, json as answer};

use super::growth::{beside_neighbour, grows_by};

/// Runs as JavaScript what `?do=` names, and answers how that ended.
fn flow() -> Value {
    beside_neighbour(&json!([
        { "id": "t", "type": "tab", "label": "Scripts" },
        { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "get", "url": "/script", "wires": [["f"]] },
        { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "outputs": 1, "timeout": 3, "wires": [["say"]],
          "func": "if (msg.payload.do === 'loop') { while (true) {} }\n\
                   if (msg.payload.do === 'memory') { const all = []; while (true) { all.push(new Array(100000).fill(all.length)); } }\n\
                   if (msg.payload.do === 'stack') { const deeper = () => deeper() + 1; deeper(); }\n\
                   msg.payload = { ended: 'well' };\nreturn msg;" },
        { "id": "say", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        { "id": "c", "type": "catch", "z": "t", "x": 1, "y": 1, "scope": ["f"], "wires": [["why"]] },
        { "id": "why", "type": "change", "z": "t", "x": 1, "y": 1, "wires": [["say"]],
          "rules": [{ "t": "set", "p": "payload", "pt": "msg", "to": "{\"ended\":\"badly\"}", "tot": "json" },
                    { "t": "set", "p": "payload.why", "pt": "msg", "to": "error.message", "tot": "msg" }] },
    ]))
}

#[tokio::test]
async fn a_script_that_does_not_end_costs_only_its_message() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow()).await;
    grows_by(&server, 1).await;

    let stuck = answer(server.get("/script?do=loop"));
    tokio::pin!(stuck);
    tokio::select! {
        biased;
        () = grows_by(&server, 20) => {}
        answer = &mut stuck => panic!("the neighbour stood still while the script ran: {answer}"),
    }
    assert_eq!(stuck.await["ended"], "badly");

    for what in ["memory", "stack"] {
        assert_eq!(server.json(&format!("/script?do={what}")).await["ended"], "badly", "{what}");
        grows_by(&server, 20).await;
    }
    assert_eq!(server.json("/script?do=nothing").await, json!({ "ended": "well" }));
}
