//! Two edit the same flows: nothing of either is lost.

use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::Server;

fn flows(shown: &str, more: &str, x: i32) -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "Flow" },
        { "id": "a", "type": "inject", "z": "t", "x": 150, "y": 100, "name": "Start", "props": [], "wires": [["b"]] },
        { "id": "b", "type": "debug", "z": "t", "x": x, "y": 100, "name": shown, "active": true, "tosidebar": true,
          "complete": "payload", "targetType": "msg", "wires": [] },
        { "id": "c", "type": "comment", "z": "t", "x": 200, "y": 220, "name": more, "info": "", "wires": [] },
    ])
}

async fn open(browser: &Browser, server: &Server) {
    browser.open(&server.url).await;
    browser.until("document.querySelector('.connection.live')").await;
    browser.element(".node[data-id='b']").await;
}

async fn drag_node(browser: &Browser, id: &str, x: f64, y: f64) {
    let place = browser.middle_of(&format!(".node[data-id='{id}'] .body")).await;
    browser.drag(place, (place.0 + x, place.1 + y)).await;
    browser.element(&format!(".node.changed[data-id='{id}']")).await;
}

async fn label(browser: &Browser, id: &str, label: &str) {
    browser
        .until(&format!(
            "document.querySelector(\".node[data-id='{id}'] .label\")?.textContent === '{label}'"
        ))
        .await;
}

fn field(flows: &Value, id: &str, key: &str) -> Value {
    flows.as_array().unwrap().iter().find(|node| node["id"] == id).unwrap()[key].clone()
}

#[tokio::test]
async fn what_does_not_contradict_goes_together_by_itself() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows("Show", "note", 400)).await;

    with_browser(1280, 720, |browser| async move {
        open(&browser, &server).await;
        // Without edits theirs are taken.
        server.deploy(flows("Theirs", "note", 400)).await;
        label(&browser, "b", "Theirs").await;
        assert_eq!(browser.count(".deploy.changed").await, 0);

        // With an edit elsewhere both are there, and undo takes back the edit alone.
        drag_node(&browser, "a", 0.0, 60.0).await;
        server.deploy(flows("Theirs", "other note", 400)).await;
        label(&browser, "c", "other note").await;
        browser.element(".node.changed[data-id='a']").await;
        assert_eq!(browser.count(".node.changed").await, 1);
        assert_eq!(browser.count("#conflict-bar").await, 0);
        browser.click("[title^='Undo']").await;
        browser.until("!document.querySelector('.deploy.changed')").await;
        label(&browser, "c", "other note").await;
        browser.click("[title^='Redo']").await;
        browser.click(".deploy-now").await;
        browser
            .until("!document.querySelector('.deploy.changed') && !document.querySelector('.deploy.busy')")
            .await;
        let now = server.json("/flows").await;
        assert_eq!(field(&now, "c", "name"), "other note");
        assert_ne!(field(&now, "a", "y"), 100);
        assert!(server.stop().await.success());
    })
    .await;
}

#[tokio::test]
async fn what_contradicts_is_asked_and_nothing_is_lost() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows("Show", "note", 400)).await;

    with_browser(1280, 720, |browser| async move {
        open(&browser, &server).await;
        drag_node(&browser, "b", 60.0, 80.0).await;
        drag_node(&browser, "a", 0.0, 60.0).await;
        server.deploy(flows("Theirs", "note", 600)).await;
        browser.element("#conflict-bar").await;
        // Nothing moved under the user's hands.
        assert_eq!(browser.texts(".node[data-id='b'] .label").await, ["Show"]);

        browser.click("#conflict-bar [data-do='decide']").await;
        browser.element("#conflict-dialog[open] .conflict[data-id='b']").await;
        assert_eq!(browser.count("#conflict-dialog .conflict").await, 1);
        browser.save_screenshot("conflict").await;
        // Deciding later keeps everything.
        browser.press(fantoccini::key::Key::Escape).await;
        browser.until("!document.querySelector('#conflict-dialog')").await;
        browser.element("#conflict-bar").await;

        // A deploy asks first.
        browser.click(".deploy-now").await;
        browser.click("#conflict-dialog [data-side='theirs']").await;
        browser.element("#conflict-dialog .version.chosen [data-side='theirs']").await;
        browser.click("#conflict-dialog [data-do='apply']").await;
        browser
            .until("!document.querySelector('.deploy.changed') && !document.querySelector('.deploy.busy')")
            .await;
        let now = server.json("/flows").await;
        assert_eq!(field(&now, "b", "name"), "Theirs");
        assert_eq!(field(&now, "b", "x"), 600);
        // What did not contradict is mine.
        assert_ne!(field(&now, "b", "y"), 100);
        assert_ne!(field(&now, "a", "y"), 100);
        assert_eq!(browser.count("#conflict-bar").await, 0);
        assert!(server.stop().await.success());
    })
    .await;
}
