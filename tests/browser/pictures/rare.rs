//! What is seldom seen: nothing there yet, a log-in, somebody else's deploy, what comes in twice, a plugin, no server.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::Browser;
use wireloom_tests::plugin::Stamp;
use wireloom_tests::server::{Server, hash_password};

use super::Step::{Click, Command, Find, Panel};
use super::{
    Camera, IN_GERMAN, LARGE, ON_A_PHONE, SMALL, START, View, open, put_away, take, to_canvas, with_camera,
};

#[tokio::test]
async fn rare_views_in_a_small_window() {
    take_rare(&SMALL).await;
}

#[tokio::test]
async fn rare_views_in_a_large_window() {
    take_rare(&LARGE).await;
}

#[tokio::test]
async fn rare_views_on_a_phone() {
    take_rare(&ON_A_PHONE).await;
}

#[tokio::test]
async fn rare_views_in_german_and_in_high_contrast() {
    take_rare(&IN_GERMAN).await;
}

async fn take_rare(view: &'static View) {
    with_camera(view, |browser, mut camera| async move {
        log_in(&browser, &mut camera).await;
        nothing_yet(&browser, &mut camera).await;
        others_and_files(&browser, &mut camera).await;
        camera
    })
    .await;
}

async fn log_in(browser: &Browser, camera: &mut Camera) {
    let data = tempfile::tempdir().unwrap();
    let password = hash_password("correct horse").await;
    let server = Server::start(data.path(), &["--mqtt-port", "off", "--admin-password", &password]).await;
    browser.open(&server.url).await;
    browser.element(".login input[type=password]").await;
    camera.take(browser, "log-in").await;
    browser.type_into("input[autocomplete=username]", "admin").await;
    browser.type_into("input[type=password]", "wrong").await;
    browser.click(".login button.primary").await;
    browser.until("document.querySelector('.login .problem').textContent !== ''").await;
    camera.take(browser, "log-in-refused").await;
    assert!(server.stop().await.success());
}

/// An empty workspace: each panel says what would be in it.
async fn nothing_yet(browser: &Browser, camera: &mut Camera) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "off"]).await;
    open(browser, camera.view, &server.url).await;
    browser.element(".welcome .example-card").await;
    camera.take(browser, "empty-welcome").await;
    for panel in ["debug", "node", "wire", "tests", "failed", "events", "outline", "configs", "context"] {
        take(browser, &Panel(panel)).await;
        camera.take(browser, &format!("empty-{panel}")).await;
    }
    put_away(browser).await;
    browser.click(".welcome [data-do='guide']").await;
    browser.element("#guide li.now").await;
    camera.take(browser, "guide").await;
    assert!(server.stop().await.success());
}

async fn others_and_files(browser: &Browser, camera: &mut Camera) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "off"]).await;
    let flows: Value = serde_json::from_str(START).unwrap();
    server.deploy(flows.clone()).await;
    open(browser, camera.view, &server.url).await;

    // Somebody deploys what contradicts an edit.
    take(browser, &Find("press me", "in")).await;
    to_canvas(browser).await;
    browser.press_with(&[Key::Shift], Key::Down.into()).await;
    browser.element(".deploy.changed").await;
    let mut theirs = flows.clone();
    let node = theirs.as_array_mut().unwrap().iter_mut().find(|node| node["id"] == "in").unwrap();
    node["y"] = json!(340);
    server.deploy(theirs).await;
    browser.element("#conflict-bar").await;
    camera.take(browser, "conflict-bar").await;
    take(browser, &Click("#conflict-bar [data-do='decide']")).await;
    browser.element("#conflict-dialog[open] .conflict[data-id='in']").await;
    camera.take(browser, "dialog-conflict").await;
    browser.click("#conflict-dialog [data-side='theirs']").await;
    browser.click("#conflict-dialog [data-do='apply']").await;
    browser.until("!document.querySelector('#conflict-bar, #conflict-dialog')").await;

    // The same flows come in again.
    take(browser, &Command("flows.import")).await;
    browser.element("#import-dialog[open] #import-text").await;
    let paste = "const field = document.querySelector('#import-text'); field.value = arguments[0];
        field.dispatchEvent(new Event('input', { bubbles: true }));";
    browser.run(paste, vec![json!(START)]).await;
    browser.element("#import-dialog [data-count='renamed']").await;
    camera.take(browser, "dialog-import-again").await;
    browser
        .run(paste, vec![json!("[{\"id\":\"a\",\"type\":\"no such\",\"x\":1,\"y\":1,\"wires\":[]}]")])
        .await;
    browser.element("#import-dialog [data-state='unknown']").await;
    camera.take(browser, "dialog-import-unknown").await;
    put_away(browser).await;

    // A plugin is looked at, then installed.
    let plugin = data.path().join("stamp.wasm");
    let asks = Stamp { hosts: &["api.example.org"], relays: true, ..Stamp::new("stamp", "1.0.0") };
    std::fs::write(&plugin, asks.component()).unwrap();
    take(browser, &Command("palette.manage")).await;
    browser.type_into("#plugin-file", plugin.to_str().unwrap()).await;
    browser.element("#plugins-dialog .review").await;
    camera.take(browser, "dialog-plugins-review").await;
    browser.click("#plugins-dialog [data-do='install']").await;
    browser.element("#plugins-dialog [data-plugin='stamp']").await;
    camera.take(browser, "dialog-plugins-installed").await;
    put_away(browser).await;

    // Flows are stopped; then the server is gone.
    let stopped = server.post("/flows/state").json(&json!({ "state": "stop" })).send().await.unwrap();
    assert_eq!(stopped.status(), 200);
    browser.element(".stopped-flows").await;
    camera.take(browser, "stopped").await;
    server.kill().await;
    browser.element("#lost-bar").await;
    camera.take(browser, "lost").await;
}
