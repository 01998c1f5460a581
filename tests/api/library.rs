//! The library.

use serde_json::json;
use wireloom_tests::server::{Server, status_and_code};

#[tokio::test]
async fn flows_and_texts_are_kept_as_node_red_keeps_them() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    for kind in ["flows", "functions", "templates"] {
        assert_eq!(server.json(&format!("/library/local/{kind}")).await, json!([]));
    }
    let flows = json!([{ "id": "t", "type": "tab", "label": "kept" }]);
    let save = |path: &str, body: serde_json::Value| server.post(path).json(&body).send();
    assert_eq!(save("/library/local/flows/mine/first", flows.clone()).await.unwrap().status(), 204);
    let body = json!({ "name": "Twice", "outputs": "2", "text": "return [msg, msg];\n" });
    assert_eq!(save("/library/local/functions/twice.js", body).await.unwrap().status(), 204);

    let kept = std::fs::read_to_string(data.path().join("lib/functions/twice.js")).unwrap();
    assert_eq!(kept, "// name: Twice\n// outputs: 2\nreturn [msg, msg];\n");
    assert!(data.path().join("lib/flows/mine/first.json").exists());
    assert_eq!(server.json("/library/local/flows/").await, json!(["mine"]));
    assert_eq!(server.json("/library/local/flows/mine").await, json!([{ "fn": "first.json" }]));
    assert_eq!(server.json("/library/local/flows/mine/first").await, flows);
    let listed = json!([{ "name": "Twice", "outputs": "2", "fn": "twice.js" }]);
    assert_eq!(server.json("/library/local/functions").await, listed);
    let text = server.get("/library/local/functions/twice.js").send().await.unwrap();
    assert!(text.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(text.text().await.unwrap(), "return [msg, msg];\n");
}

#[tokio::test]
async fn the_examples_are_a_library_that_cannot_be_written_to() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/library/_examples_/flows").await, json!(["wireloom"]));
    let files = server.json("/library/_examples_/flows/wireloom").await;
    let names: Vec<&str> = files.as_array().unwrap().iter().filter_map(|file| file["fn"].as_str()).collect();
    assert!(names.contains(&"hello-mqtt"), "{names:?}");
    for name in names {
        assert!(server.json(&format!("/library/_examples_/flows/wireloom/{name}")).await.is_array());
    }
    let refused = server.post("/library/_examples_/flows/x").json(&json!([])).send().await.unwrap();
    assert_eq!(status_and_code(refused).await, (404, "not_found".into()));
}

#[tokio::test]
async fn what_is_not_there_or_leads_elsewhere_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    for path in ["/library/local/flows/none", "/library/other/flows", "/library/_examples_/flows/none"] {
        assert_eq!(status_and_code(server.get(path).send().await.unwrap()).await.0, 404, "{path}");
    }
    for path in
        ["/library/local/functions/..%2F..%2Fx", "/library/local/functions/.x", "/library/local/%2E%2E%2Fx/y"]
    {
        let read = server.get(path).send().await.unwrap();
        assert_eq!(status_and_code(read).await, (400, "invalid_request".into()), "{path}");
        let written = server.post(path).json(&json!({ "text": "x" })).send().await.unwrap();
        assert_eq!(written.status(), 400, "{path}");
    }
    let without_text =
        server.post("/library/local/functions/x").json(&json!({ "name": "x" })).send().await.unwrap();
    assert_eq!(without_text.status(), 400);
    assert!(!data.path().join("x").exists());
}
