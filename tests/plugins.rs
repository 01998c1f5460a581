//! The example plugins, each installed in the real server and used in a real flow.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use wireloom_tests::server::{Server, finish};

mod formats;
mod numbers;
mod places;
mod projects;
mod weather;

/// A server with one example installed, in a flow that answers requests.
struct Rig {
    server: Server,
    /// Removed with it.
    _data: TempDir,
}

/// The built component of an example.
fn component(example: &str) -> PathBuf {
    let folder =
        std::env::var_os("WIRELOOM_PLUGINS").expect("WIRELOOM_PLUGINS: run the tests with cargo xtask test");
    let file = PathBuf::from(folder).join(format!("{example}.wasm"));
    assert!(file.is_file(), "{} is missing: cargo xtask build", file.display());
    file
}

impl Rig {
    /// With all that the plugin asks for granted.
    async fn of(example: &str, node: Value) -> Self {
        Self::granted(example, &["--grant-all"], node).await
    }

    /// With these grants, as `wireloom plugin add` takes them.
    async fn granted(example: &str, grants: &[&str], node: Value) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (file, folder) = (component(example), data.path().to_str().unwrap());
        let mut arguments = vec!["plugin", "add", "--data", folder];
        arguments.extend(grants);
        arguments.push(file.to_str().unwrap());
        let added = finish(&arguments).await;
        assert!(added.status.success(), "{added:?}");
        let server = Server::start(data.path(), &[]).await;
        server.deploy(flow(node)).await;
        Self { server, _data: data }
    }

    /// Sends a message through the node; gives what came out: its port and its properties, or the error.
    async fn ask(&self, message: Value) -> Value {
        let answer = self.server.post("/ask").json(&message).send().await.unwrap();
        let text = answer.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The payload of the answer.
    async fn payload(&self, payload: Value) -> Value {
        self.ask(json!({ "payload": payload })).await["message"]["payload"].take()
    }

    async fn stop(self) {
        self.server.stop().await;
    }
}

/// POST /ask, with the whole message as its body -> the node -> the answer.
fn flow(node: Value) -> Value {
    let take_in = "const body = msg.payload; \
        const revive = (v) => v && v.type === 'Buffer' ? Buffer.from(v.data) : v; \
        for (const name in body) msg[name] = revive(body[name]); return msg;";
    let put_out = |port: u32| {
        format!(
            "const {{ req, res, _msgid, ...message }} = msg; msg.payload = {{ port: {port}, message }}; return msg;"
        )
    };
    let mut node = node;
    let own = json!({ "id": "n", "z": "t", "wires": [["out0"], ["out1"]] });
    node.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    json!([
        { "id": "t", "type": "tab" },
        { "id": "in", "type": "http in", "z": "t", "url": "/ask", "method": "post", "wires": [["body"]] },
        { "id": "body", "type": "function", "z": "t", "func": take_in, "outputs": 1, "wires": [["n"]] },
        node,
        { "id": "out0", "type": "function", "z": "t", "func": put_out(0), "outputs": 1, "wires": [["answer"]] },
        { "id": "out1", "type": "function", "z": "t", "func": put_out(1), "outputs": 1, "wires": [["answer"]] },
        { "id": "catch", "type": "catch", "z": "t", "scope": null, "wires": [["error"]] },
        { "id": "error", "type": "function", "z": "t", "func": "msg.payload = { error: msg.error }; return msg;",
            "outputs": 1, "wires": [["answer"]] },
        { "id": "answer", "type": "http response", "z": "t", "wires": [] },
    ])
}

fn buffer(bytes: &[u8]) -> Value {
    json!({ "type": "Buffer", "data": bytes })
}

#[tokio::test]
async fn every_example_is_in_the_palette_with_its_form_and_help() {
    let data = tempfile::tempdir().unwrap();
    let mut types = Vec::new();
    for example in ["anomaly", "cbor", "geohash", "http-weather", "lorawan-decode", "moving-average", "units"]
    {
        let file = component(example);
        let arguments =
            ["plugin", "add", "--data", data.path().to_str().unwrap(), "--grant-all", file.to_str().unwrap()];
        let added = finish(&arguments).await;
        assert!(added.status.success(), "{added:?}");
    }
    let server = Server::start(data.path(), &[]).await;
    for descriptor in server.json("/nodes/descriptors").await["descriptors"].as_array().unwrap() {
        let name = descriptor["type"].as_str().unwrap();
        if ["anomaly", "cbor", "geohash", "weather", "lorawan decode", "moving average", "units"]
            .contains(&name)
        {
            let properties = descriptor["schema"]["properties"].as_object().unwrap();
            for (property, schema) in properties {
                assert!(schema["title"].is_string(), "{name}: {property} has no title");
            }
            assert!(descriptor["help"].as_str().unwrap().len() > 100, "{name} has no help");
            types.push(name.to_owned());
        }
    }
    assert_eq!(types.len(), 7, "{types:?}");
    server.stop().await;
}
