//! The campus flow, made by hand: every node put on the canvas, every form filled, every wire drawn, by mouse and
//! keyboard alone; then deployed, and compared with the example.

mod compare;
mod form;
mod hand;

use std::path::Path;

use serde_json::Value;
use wireloom_tests::browser::with_browser;
use wireloom_tests::server::Server;

use crate::node_red::deploys_unchanged;
use hand::{Hand, Maker};

#[tokio::test]
async fn the_campus_flow_is_made_with_the_mouse() {
    let made = make_the_campus_flow(Hand::Mouse).await;
    deploys_unchanged(&made).await;
}

#[tokio::test]
async fn the_campus_flow_is_made_with_the_keyboard() {
    make_the_campus_flow(Hand::Keyboard).await;
}

/// Gives back the flows as they are deployed.
async fn make_the_campus_flow(hand: Hand) -> Value {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../flows/smart-campus.json");
    let example: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(example).unwrap()).unwrap();
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "0"]).await;
    let described = server.json("/nodes/descriptors").await;
    let (url, expected) = (server.url.clone(), example.clone());

    let (server, made) = with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.until("document.querySelector('.connection.live')").await;
        let mut maker = Maker::new(&browser, hand, &described, &example);
        maker.picture("start").await;
        let tabs = example.iter().filter(|node| node["type"] == "tab");
        for (at, tab) in tabs.enumerate() {
            maker.make_tab(at, tab).await;
        }
        maker.draw_links().await;
        maker.deploy().await;
        maker.picture("deployed").await;

        let made = server.json("/flows").await;
        compare::same_flows(&expected, made.as_array().unwrap());
        // Readings arrive: in the debug panel, and where one asks.
        browser.until("document.querySelectorAll('.entry').length >= 2").await;
        maker.show_debug().await;
        maker.picture("readings").await;
        let mut now = server.json("/campus/now").await;
        while now["cars"].as_u64().is_none_or(|cars| cars < 20) {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            now = server.json("/campus/now").await;
        }
        assert!(now["students"].as_u64().unwrap() > 20, "{now}");
        (server, made)
    })
    .await;
    assert!(server.stop().await.success());
    made
}
