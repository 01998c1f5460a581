//! The campus flow as its user sees it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::Server;

/// Set to `1`, the picture in the documentation is taken anew.
const UPDATE: &str = "WIRELOOM_UPDATE_SCREENSHOTS";

#[tokio::test]
async fn shows_the_campus_flow_as_it_runs() {
    let data = tempfile::tempdir().unwrap();
    let flows = root().join("flows/smart-campus.json");
    let server = Server::start(data.path(), &[flows.to_str().unwrap(), "--mqtt-port", "0"]).await;
    let nodes: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&flows).unwrap()).unwrap();
    let url = server.url.clone();
    let listed = listed_types(&server).await;

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.until("document.querySelector('.connection.live')").await;

        browser.until(&format!("document.querySelectorAll('.palette .item').length === {listed}")).await;
        for tab in of_type(&nodes, "tab") {
            open_tab(&browser, tab["label"].as_str().unwrap()).await;
            for node in drawn_nodes(&nodes, tab) {
                browser.element(&format!(".node[data-id='{}']", node["id"].as_str().unwrap())).await;
            }
            assert_eq!(browser.texts(".node.unknown").await, [""; 0]);
        }

        open_tab(&browser, "Tracking").await;
        let topic = "[data-type='mqtt in'] .status .mark.green";
        browser.until(&format!("document.querySelectorAll(\"{topic}\").length === 2")).await;

        browser.until("document.querySelectorAll('.entry').length >= 2").await;
        browser.click(".entry button.row").await;
        browser.until("[...document.querySelectorAll('.entry .inside .key')].some(key => key.textContent === 'lat')").await;

        for theme in ["light", "dark"] {
            choose_theme(&browser, theme).await;
            let picture = browser.save_screenshot(&format!("campus-{theme}")).await;
            if theme == "light" && std::env::var(UPDATE).is_ok_and(|update| update == "1") {
                let kept = root().join("docs/images/campus.png");
                std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
                std::fs::copy(picture, kept).unwrap();
            }
        }
    })
    .await;
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn a_button_starts_a_flow() {
    let data = tempfile::tempdir().unwrap();
    let flows = root().join("flows/hello-mqtt.json");
    let server = Server::start(data.path(), &[flows.to_str().unwrap(), "--mqtt-port", "0"]).await;
    let url = server.url.clone();

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.until("document.querySelector('.connection.live')").await;
        browser.until("document.querySelector('.status .mark.green')").await;
        // It starts by itself every five seconds, too: that the button did is what the notice says.
        browser.click(".node .start").await;
        browser.until("document.querySelector('.notice')?.textContent.includes('started')").await;
        browser.element(".entry").await;
        browser.click(".entry .link").await;
        browser.element(".node.selected[data-type='debug']").await;
        browser.element(".inspector .about").await;
        browser.save_screenshot("hello").await;
    })
    .await;
    assert!(server.stop().await.success());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// How many types the palette has to list.
async fn listed_types(server: &Server) -> usize {
    let answer = server.json("/nodes/descriptors").await;
    let descriptors = answer["descriptors"].as_array().unwrap();
    let is_listed =
        |one: &&Value| one["role"] != "config" && one["role"] != "junction" && one["category"] != "";
    let count = descriptors.iter().filter(is_listed).count();
    assert!(count > 20, "the server has {count} node types");
    count
}

fn of_type<'a>(nodes: &'a [Value], type_name: &'a str) -> impl Iterator<Item = &'a Value> {
    nodes.iter().filter(move |node| node["type"] == type_name)
}

fn drawn_nodes<'a>(nodes: &'a [Value], tab: &'a Value) -> impl Iterator<Item = &'a Value> {
    nodes
        .iter()
        .filter(move |node| node["z"] == tab["id"] && node["x"].is_number() && node["type"] != "group")
}

async fn open_tab(browser: &Browser, name: &str) {
    let tab = format!(
        "[...document.querySelectorAll('.bar .tab')].find(tab => tab.textContent.trim() === '{name}')"
    );
    browser.until(&format!("{tab} && !{tab}.click()")).await;
    browser.until(&format!("{tab}.getAttribute('aria-selected') === 'true'")).await;
}

async fn choose_theme(browser: &Browser, theme: &str) {
    for _ in 0..4 {
        browser.click(".theme-button").await;
        if browser.count(&format!("html[data-theme='{theme}']")).await == 1 {
            return;
        }
    }
    panic!("no theme {theme}");
}
