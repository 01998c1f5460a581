//! Flows come in and go out.

use std::path::{Path, PathBuf};

use fantoccini::key::Key;
use serde_json::Value;
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::Server;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../flows").join(name).canonicalize().unwrap()
}

async fn open(browser: &Browser, server: &Server) {
    browser.open(&server.url).await;
    browser.until("document.querySelector('.connection.live')").await;
}

async fn deployed(browser: &Browser) {
    browser.click(".deploy-now").await;
    browser
        .until("!document.querySelector('.deploy.changed') && !document.querySelector('.deploy.busy')")
        .await;
}

#[tokio::test]
async fn a_file_comes_in_and_goes_out_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "0"]).await;
    let original = std::fs::read_to_string(example("smart-campus.json")).unwrap();

    with_browser(1280, 720, |browser| async move {
        open(&browser, &server).await;
        browser.press_with(&[Key::Control], 'i').await;
        browser.type_into("#import-file", example("smart-campus.json").to_str().unwrap()).await;
        browser.element("#import-dialog [data-state='good']").await;
        browser.save_screenshot("import").await;
        // It brings its tabs: there is nothing to choose.
        assert_eq!(browser.count("#import-dialog .button-row:not(.hidden) [data-target]").await, 0);
        browser.click("#import-dialog [data-do='import']").await;
        browser.until("document.querySelectorAll('.bar .tab').length >= 3").await;
        browser.until("document.querySelectorAll('.node.selected').length > 3").await;

        // One step: undone it is gone, done again it is there.
        browser.click("[title^='Undo']").await;
        browser.until("!document.querySelector('.deploy.changed')").await;
        browser.click("[title^='Redo']").await;
        deployed(&browser).await;
        let flows: Value = serde_json::from_str(&original).unwrap();
        assert_eq!(server.json("/flows").await, flows);

        // Out again, to the last byte.
        browser.press_with(&[Key::Control], 'e').await;
        browser.click("#export-dialog [data-extent='all']").await;
        browser.until("document.querySelector('#export-dialog [data-extent=all][aria-checked=true]')").await;
        let text =
            browser.run("return document.querySelector('#export-dialog textarea').value", vec![]).await;
        assert_eq!(text.as_str().unwrap().trim_end(), original.trim_end());
        browser.save_screenshot("export").await;
        browser.click("#export-dialog input[type=checkbox]").await;
        browser.until("!document.querySelector('#export-dialog textarea').value.includes('\\n')").await;
        browser.click("#export-dialog [data-do='copy']").await;
        browser.press(Key::Escape).await;
        browser.until("!document.querySelector('#export-dialog')").await;

        // From the clipboard: the ids are taken, so all of them are new, and the config nodes are used.
        browser.press_with(&[Key::Control], 'i').await;
        browser.click("#import-text").await;
        browser.press_with(&[Key::Control], 'v').await;
        browser.element("#import-dialog [data-count='renamed']").await;
        browser.element("#import-dialog [data-count='reused']").await;
        browser.click("#import-dialog [data-do='import']").await;
        browser.until("document.querySelectorAll('.bar .tab').length >= 6").await;
        deployed(&browser).await;
        let now = server.json("/flows").await;
        let count = |kind: &str| now.as_array().unwrap().iter().filter(|node| node["type"] == kind).count();
        assert_eq!((count("tab"), count("mqtt-broker")), (6, 1));
        assert!(server.stop().await.success());
    })
    .await;
}

#[tokio::test]
async fn an_example_comes_in_and_what_is_wrong_is_told() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "0"]).await;

    with_browser(1280, 720, |browser| async move {
        open(&browser, &server).await;
        browser.press_with(&[Key::Control], 'i').await;
        browser.element("#import-dialog[open]").await;
        for (text, state) in [
            ("[{", "refused"),
            ("{\"a\":1}", "refused"),
            ("[{\"id\":\"a\",\"type\":\"no such\",\"x\":1,\"y\":1,\"wires\":[]}]", "unknown"),
        ] {
            browser.element("#import-text").await.clear().await.unwrap();
            browser.type_into("#import-text", text).await;
            browser.element(&format!("#import-dialog [data-state='{state}']")).await;
        }
        browser.save_screenshot("import-unknown").await;
        browser.click("#import-dialog [data-example='hello-mqtt']").await;
        browser
            .until("document.querySelector('#import-dialog .preview strong')?.textContent === 'Hello MQTT'")
            .await;
        browser.click("#import-dialog [data-do='import']").await;
        browser.element(".node.selected[data-type='mqtt out']").await;
        deployed(&browser).await;
        browser.element(".status .mark.green").await;

        // Part of it, into a new flow: what is selected goes along with the broker that it uses.
        browser.click_at(browser.middle_of(".node[data-type='mqtt out'] .body").await).await;
        browser.until("document.querySelectorAll('.node.selected').length === 1").await;
        browser.press_with(&[Key::Control], 'e').await;
        browser.element("#export-dialog[open] [data-extent='nodes'][aria-checked='true']").await;
        let text =
            browser.run("return document.querySelector('#export-dialog textarea').value", vec![]).await;
        let exported: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        let types: Vec<&str> =
            exported.as_array().unwrap().iter().filter_map(|node| node["type"].as_str()).collect();
        assert_eq!(types, ["mqtt out", "mqtt-broker"]);
        browser.press(Key::Escape).await;
        browser.until("!document.querySelector('#export-dialog')").await;
        browser.press_with(&[Key::Control], 'i').await;
        browser.type_into("#import-text", text.as_str().unwrap()).await;
        browser.click("#import-dialog [data-target='new']").await;
        browser.click("#import-dialog [data-do='import']").await;
        browser.until("document.querySelectorAll('.bar .tab').length === 2").await;
        browser.until("document.querySelectorAll('.node').length === 1").await;
        assert!(server.stop().await.success());
    })
    .await;
}
