//! What most browser tests begin with, and how they read back what was deployed.

use std::sync::Arc;

use fantoccini::key::Key;
use serde_json::Value;
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::Server;

/// Starts Wireloom with these flows, opens the editor at a zoom of 1 and runs the test once the flows are shown.
pub(super) async fn with_flows<F: Future<Output = ()>>(
    start: &str,
    test: impl FnOnce(Browser, Arc<Server>) -> F,
) {
    let data = tempfile::tempdir().unwrap();
    let flows = data.path().join("start.json");
    std::fs::write(&flows, start).unwrap();
    let home = data.path().join("home");
    let server = Arc::new(Server::start(&home, &[flows.to_str().unwrap(), "--mqtt-port", "0"]).await);
    let (url, shared) = (server.url.clone(), server.clone());
    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.until("document.querySelector('.connection.live')").await;
        browser.element(".node").await;
        test(browser, shared).await;
    })
    .await;
    assert!(Arc::into_inner(server).unwrap().stop().await.success());
}

/// The same, once what is loaded later is there, too.
pub(super) async fn with_all_loaded<F: Future<Output = ()>>(
    start: &str,
    test: impl FnOnce(Browser, Arc<Server>) -> F,
) {
    with_flows(start, |browser, server| async move {
        browser.element("#debug .entries").await;
        test(browser, server).await;
    })
    .await;
}

/// Deploys with the keyboard and gives back the flows that the server has then.
pub(super) async fn deployed(browser: &Browser, server: &Server) -> Vec<Value> {
    browser.press_with(&[Key::Control], 'd').await;
    once_deployed(browser, server).await
}

/// The same, with the button.
pub(super) async fn deployed_by_button(browser: &Browser, server: &Server) -> Vec<Value> {
    browser.click(".deploy-now").await;
    once_deployed(browser, server).await
}

/// Waits for a deploy that was asked for and gives back the flows that the server has then.
pub(super) async fn once_deployed(browser: &Browser, server: &Server) -> Vec<Value> {
    browser
        .until("!document.querySelector('.deploy.changed') && !document.querySelector('.deploy.busy')")
        .await;
    let Value::Array(flows) = server.json("/flows").await else { panic!("no list of flows") };
    flows
}

/// The node of this id, which must be there.
pub(super) fn node<'a>(flows: &'a [Value], id: &str) -> &'a Value {
    flows.iter().find(|node| node["id"] == id).unwrap_or_else(|| panic!("{id} is not there"))
}

/// Selects a node and waits for its form.
pub(super) async fn select(browser: &Browser, id: &str) {
    browser.click_at(browser.middle_of(&format!(".node[data-id='{id}'] .body")).await).await;
    browser.element(&format!(".inspector .type[title='{id}']")).await;
}

/// Types anew what is in a field.
pub(super) async fn fill(browser: &Browser, css: &str, text: &str) {
    let field = browser.element(css).await;
    field.click().await.unwrap();
    browser.press_with(&[Key::Control], 'a').await;
    field.send_keys(text).await.unwrap();
}
