//! Edits that are not deployed outlive the connection and the page.

use std::path::Path;

use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::Server;

fn flows(label: &str) -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "Flow" },
        { "id": "a", "type": "inject", "z": "t", "x": 150, "y": 100, "name": "Start", "props": [], "wires": [["b"]] },
        { "id": "b", "type": "debug", "z": "t", "x": 400, "y": 100, "name": label, "active": true, "tosidebar": true,
          "complete": "payload", "targetType": "msg", "wires": [] },
    ])
}

async fn again(path: &Path, port: &str) -> Server {
    Server::start(path, &["--port", port]).await
}

async fn drag_node(browser: &Browser, id: &str) {
    let place = browser.middle_of(&format!(".node[data-id='{id}'] .body")).await;
    browser.drag(place, (place.0, place.1 + 80.0)).await;
    browser.element(&format!(".node.changed[data-id='{id}']")).await;
}

async fn live(browser: &Browser) {
    browser.until("document.querySelector('.connection.live') && document.querySelector('.node')").await;
}

#[tokio::test]
async fn edits_outlive_a_lost_connection_and_the_page() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows("Show")).await;
    let (url, path) = (server.url.clone(), data.path().to_owned());
    let port = url.rsplit(':').next().unwrap().to_owned();

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        live(&browser).await;
        server.kill().await;
        browser.element("#lost-bar").await;
        drag_node(&browser, "a").await;
        // A deploy says why it cannot be; the edit stays.
        browser.click(".deploy-now").await;
        browser.element(".notice.error").await;
        browser.save_screenshot("lost").await;
        browser.element(".node.changed[data-id='a']").await;

        let server = again(&path, &port).await;
        browser.until("!document.querySelector('#lost-bar')").await;
        live(&browser).await;
        browser.element(".node.changed[data-id='a']").await;

        // The page goes; the edit is there when it comes again.
        browser.open(&url).await;
        live(&browser).await;
        browser.element("#draft-bar").await;
        browser.element(".node.changed[data-id='a']").await;
        browser.save_screenshot("draft").await;

        // Somebody else deploys while the page is away: both are there.
        browser.open("about:blank").await;
        server.deploy(flows("Theirs")).await;
        browser.open(&url).await;
        live(&browser).await;
        browser.until("document.querySelector(\".node[data-id='b'] .label\").textContent === 'Theirs'").await;
        browser.element(".node.changed[data-id='a']").await;
        assert_eq!(browser.count(".node.changed").await, 1);

        // Thrown away, it does not come again; undo brings it back all the same.
        browser.click("#draft-bar [data-do='throw-away']").await;
        browser.until("!document.querySelector('.deploy.changed')").await;
        browser.open(&url).await;
        live(&browser).await;
        assert_eq!(browser.count("#draft-bar, .deploy.changed").await, 0);
        assert!(server.stop().await.success());
    })
    .await;
}

#[tokio::test]
async fn what_was_deployed_meanwhile_is_asked_about_where_it_contradicts() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows("Show")).await;
    let (url, path) = (server.url.clone(), data.path().to_owned());
    let port = url.rsplit(':').next().unwrap().to_owned();

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        live(&browser).await;
        server.kill().await;
        browser.element("#lost-bar").await;
        drag_node(&browser, "b").await;
        let server = again(&path, &port).await;
        let mut theirs = flows("Show");
        theirs[2]["y"] = json!(300);
        server.deploy(theirs).await;
        browser.element("#conflict-bar").await;
        browser.click("#conflict-bar [data-do='decide']").await;
        browser.click("#conflict-dialog [data-do='theirs']").await;
        browser.click("#conflict-dialog [data-do='apply']").await;
        browser.until("!document.querySelector('#conflict-bar')").await;
        let place = browser.place_in_flow((0.0, 300.0)).await;
        assert!((browser.middle_of(".node[data-id='b'] .body").await.1 - place.1).abs() < 1.0);
        assert!(server.stop().await.success());
    })
    .await;
}

#[tokio::test]
async fn pages_over_plain_http_keep_a_draft_each() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--allowed-hosts", "plain.test"]).await;
    server.deploy(flows("Show")).await;
    let url = server.url.replace("127.0.0.1", "plain.test");

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        live(&browser).await;
        assert_eq!(
            browser.run("return [isSecureContext, Boolean(navigator.locks)]", vec![]).await,
            json!([false, false])
        );
        let first = browser.tab().await;
        browser.until("localStorage['wireloom-draft-page-0']").await;
        drag_node(&browser, "a").await;
        browser.until("localStorage['wireloom-draft-0']").await;

        // Another page begins with what is deployed, and its own edits are its own.
        let second = browser.new_tab().await;
        browser.open(&url).await;
        live(&browser).await;
        browser.until("localStorage['wireloom-draft-page-1']").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(browser.count("#draft-bar, .node.changed").await, 0);
        browser.until("localStorage['wireloom-draft-0'] && !localStorage['wireloom-draft-1']").await;
        drag_node(&browser, "b").await;
        browser.until("localStorage['wireloom-draft-1']").await;

        // Both go and come again, each with its own.
        for tab in [&first, &second] {
            browser.turn_to(tab).await;
            browser.open("about:blank").await;
        }
        for (tab, edited) in [(&first, "a"), (&second, "b")] {
            browser.turn_to(tab).await;
            browser.open(&url).await;
            live(&browser).await;
            browser.element("#draft-bar").await;
            browser.element(&format!(".node.changed[data-id='{edited}']")).await;
            assert_eq!(browser.count(".node.changed").await, 1);
        }
    })
    .await;
    assert!(server.stop().await.success());
}
