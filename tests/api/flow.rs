//! `/flow/:id`.

use serde_json::json;
use wireloom_tests::server::{Server, json, status_and_code};

#[tokio::test]
async fn a_tab_is_added_read_changed_and_deleted() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server
        .deploy(json!([{ "id": "old", "type": "tab", "label": "old" }, { "id": "c", "type": "comment" }]))
        .await;

    let node = json!({ "id": "n", "type": "comment", "x": 1, "y": 2, "wires": [] });
    let added = json(server.post("/flow").json(&json!({ "label": "new", "nodes": [node] }))).await;
    let id = added["id"].as_str().unwrap();
    assert_eq!(id.len(), 16);
    let expected = json!({ "id": "n", "type": "comment", "x": 1, "y": 2, "wires": [], "z": id });
    let path = format!("/flow/{id}");
    assert_eq!(server.json(&path).await, json!({ "id": id, "label": "new", "nodes": [expected] }));

    let twice =
        server.post("/flow").json(&json!({ "label": "x", "nodes": [{ "id": "n", "type": "comment" }] }));
    assert_eq!(status_and_code(twice.send().await.unwrap()).await, (400, "duplicate_id".into()));
    let without = server.post("/flow").json(&json!({ "label": "x" })).send().await.unwrap();
    assert_eq!(status_and_code(without).await, (400, "invalid_request".into()));

    let put = server.client.put(format!("{}{path}", server.url));
    json(put.json(&json!({ "label": "newer", "nodes": [], "configs": [] }))).await;
    assert_eq!(server.json(&path).await, json!({ "id": id, "label": "newer", "nodes": [] }));
    assert_eq!(server.json("/flow/global").await["configs"], json!([{ "id": "c", "type": "comment" }]));

    let delete = |path: &str| server.client.delete(format!("{}{path}", server.url)).send();
    assert_eq!(delete(&path).await.unwrap().status(), 204);
    assert_eq!(delete(&path).await.unwrap().status(), 404);
    assert_eq!(delete("/flow/global").await.unwrap().status(), 400);
    assert_eq!(server.json("/flows").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_on_no_tab_is_replaced_and_tabs_stay() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let tab = json!({ "id": "t", "type": "tab", "label": "t" });
    server
        .deploy(json!([tab, { "id": "c", "type": "comment" }, { "id": "s", "type": "subflow", "name": "s" }]))
        .await;
    let inner = json!({ "id": "i", "type": "comment", "x": 1, "y": 1, "wires": [], "z": "s2" });
    let subflow = json!({ "id": "s2", "type": "subflow", "name": "s2", "nodes": [inner] });
    let put = server.client.put(format!("{}/flow/global", server.url));
    json(put.json(&json!({ "configs": [], "subflows": [subflow] }))).await;
    assert_eq!(server.json("/flow/global").await["subflows"], json!([subflow]));
    assert_eq!(
        server.json("/flows").await,
        json!([tab, { "id": "s2", "type": "subflow", "name": "s2" }, inner])
    );
}
