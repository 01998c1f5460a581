//! The editor's page and what stands beside it on the port.

use wireloom_tests::server::{Server, status_and_code};

#[tokio::test]
async fn the_page_is_served_unless_it_is_not_wanted() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let page = server.get("/").send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(page.headers().contains_key("content-security-policy"));
    assert!(page.text().await.unwrap().contains("<title>Wireloom"));
    let missing = server.get("/no/such/page").send().await.unwrap();
    assert_eq!(status_and_code(missing).await, (404, "not_found".into()));
    server.stop().await;

    let server = Server::start(data.path(), &["--headless"]).await;
    assert_eq!(status_and_code(server.get("/").send().await.unwrap()).await, (404, "not_found".into()));
    assert_eq!(server.json("/health").await["status"], "ok");
}

#[tokio::test]
async fn an_editor_finds_what_it_needs() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let descriptors = server.json("/nodes/descriptors").await;
    let comment = descriptors["descriptors"].as_array().unwrap().iter().find(|one| one["type"] == "comment");
    let label = comment.expect("the comment node")["label"]["fallback"]["key"].as_str().unwrap();
    assert!(descriptors["texts"][label].is_string(), "no text for {label}");
    assert!(server.json("/locales/wireloom?lng=en-US").await["guard.host"].is_string());
    assert_eq!(server.json("/settings").await["httpNodeRoot"], "/");

    assert_eq!(server.json("/settings/user").await, serde_json::json!({}));
    for settings in [serde_json::json!({ "a": 1 }), serde_json::json!({ "b": { "c": 2 } })] {
        assert_eq!(server.post("/settings/user").json(&settings).send().await.unwrap().status(), 204);
    }
    assert_eq!(server.json("/settings/user").await, serde_json::json!({ "a": 1, "b": { "c": 2 } }));
}

#[tokio::test]
async fn the_examples_are_offered_as_they_are() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let list = server.json("/examples").await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../flows");
    for example in list.as_array().unwrap() {
        let name = example["name"].as_str().unwrap();
        let expected = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let answer = server.get(&format!("/examples/{name}")).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), expected);
    }
    assert!(list.as_array().unwrap().len() >= 3, "{list}");
    let missing = server.get("/examples/none").send().await.unwrap();
    assert_eq!(status_and_code(missing).await, (404, "not_found".into()));
}

#[tokio::test]
async fn figures_are_in_the_form_of_prometheus() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "0"]).await;
    let text = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            value.parse::<f64>().is_ok() && name.starts_with(|letter: char| letter.is_ascii_lowercase()),
            "{line}"
        );
    }
    for name in ["wireloom_nodes 0", "wireloom_mqtt_clients 0", "process_resident_memory_bytes "] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name} is missing in {text}");
    }
}
