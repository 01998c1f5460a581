//! Two people in two browsers have the same flows open: they see each other, and nothing of either is lost.

use std::sync::Arc;

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::Server;

use super::start::select;

fn flows() -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "One" },
        { "id": "u", "type": "tab", "label": "Two" },
        { "id": "a", "type": "inject", "z": "t", "x": 150, "y": 100, "name": "Start", "props": [], "wires": [["b"]] },
        { "id": "b", "type": "debug", "z": "t", "x": 400, "y": 100, "name": "Show", "active": true, "tosidebar": true,
          "complete": "payload", "targetType": "msg", "wires": [] },
        { "id": "c", "type": "function", "z": "t", "x": 200, "y": 220, "name": "Code", "func": "return msg;", "outputs": 1,
          "wires": [[]] },
    ])
}

/// Runs a test with two browsers that have the same flows open.
async fn with_two<F: Future<Output = ()>>(test: impl FnOnce(Browser, Browser, Arc<Server>) -> F) {
    let data = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start(data.path(), &[]).await);
    server.deploy(flows()).await;
    let shared = server.clone();
    with_browser(1280, 720, |first| async move {
        with_browser(1280, 720, |second| async move {
            for browser in [&first, &second] {
                browser.open(&shared.url).await;
                browser.until("document.querySelector('.connection.live')").await;
                browser.element(".node[data-id='b']").await;
            }
            for browser in [&first, &second] {
                browser.until("document.querySelectorAll('.others .person').length === 1").await;
            }
            test(first, second, shared).await;
        })
        .await;
    })
    .await;
    assert!(Arc::into_inner(server).unwrap().stop().await.success());
}

/// What another browser shows as selected by others.
async fn until_outlined(browser: &Browser, ids: &str) {
    browser
        .until(&format!(
            "[...document.querySelectorAll('.other .around')].map(one => one.dataset.around).join() === '{ids}'"
        ))
        .await;
}

async fn rename(browser: &Browser, name: &str) {
    browser.element(".inspector [data-key='name'] input").await.click().await.unwrap();
    browser.press_with(&[Key::Control], 'a').await;
    browser.type_text(name).await;
}

async fn deploy(browser: &Browser) {
    browser.click(".deploy-now").await;
    browser
        .until("!document.querySelector('.deploy.changed') && !document.querySelector('.deploy.busy')")
        .await;
}

fn name(flows: &Value, id: &str) -> Value {
    flows.as_array().unwrap().iter().find(|node| node["id"] == id).unwrap()["name"].clone()
}

#[tokio::test]
async fn each_sees_where_the_other_is_and_what_they_selected() {
    with_two(|first, second, _server| async move {
        assert_eq!(first.count(".other").await, 0);
        select(&second, "b").await;
        until_outlined(&first, "b").await;
        assert_eq!(second.count(".other").await, 0);
        first.save_screenshot("together").await;
        select(&second, "c").await;
        until_outlined(&first, "c").await;

        // A name is kept in the browser and told at once.
        second.click("[data-command='settings.open']").await;
        second.type_into("#settings-name", "Rae Moss").await;
        second.press(Key::Tab).await;
        first.until("document.querySelector('.others .person').textContent.trim() === 'RM'").await;
        second.press(Key::Escape).await;
        second.until("!document.querySelector('#settings-dialog')").await;

        // On another flow nothing is outlined; the badge leads there.
        second.click(".bar .tab[data-tab='u']").await;
        until_outlined(&first, "").await;
        first.until("document.querySelector('.others .person').title === 'Rae Moss, on Two'").await;
        first.click(".others .person").await;
        first.element(".bar .tab[data-tab='u'][aria-selected='true']").await;

        // Whoever goes is seen no more.
        second.open("about:blank").await;
        first.until("!document.querySelector('.others')").await;
    })
    .await;
}

#[tokio::test]
async fn a_form_that_somebody_edits_is_held_until_one_insists() {
    with_two(|first, second, server| async move {
        // To look at a node holds nothing up.
        select(&first, "c").await;
        select(&second, "c").await;
        until_outlined(&second, "c").await;
        assert_eq!(second.count("fieldset.held:disabled").await, 0);

        rename(&first, "Sum").await;
        second.element("fieldset.held:disabled").await;
        second.until("document.querySelector('.held-by').textContent.includes('is editing this node')").await;
        second.save_screenshot("held-form").await;
        // Code is no field of the browser's, and is held all the same.
        second.until("document.querySelector('.inspector .mirror')?.inert").await;
        // Whoever edits is not held up.
        assert_eq!(first.count("fieldset.held:disabled, .held-by").await, 0);

        // When the form is left it is free.
        first.press(Key::Escape).await;
        second.until("!document.querySelector('fieldset.held:disabled, .held-by')").await;

        rename(&first, "Total").await;
        second.click("[data-do='edit-anyway']").await;
        second.until("!document.querySelector('fieldset.held:disabled')").await;
        rename(&second, "Mine").await;
        // Both may go on; neither loses the keyboard.
        first.element(".held-by").await;
        assert_eq!(first.count("fieldset.held:disabled").await, 0);
        first.type_text("s").await;
        first
            .until("document.querySelector(\".inspector [data-key='name'] input\").value === 'Totals'")
            .await;
        deploy(&second).await;
        assert_eq!(name(&server.json("/flows").await, "c"), "Mine");
        // It contradicts: the first is asked.
        first.element("#conflict-bar").await;
    })
    .await;
}

#[tokio::test]
async fn both_edit_and_deploy_and_both_edits_are_there() {
    with_two(|first, second, server| async move {
        select(&first, "a").await;
        rename(&first, "Mine").await;
        select(&second, "b").await;
        rename(&second, "Theirs").await;
        deploy(&first).await;
        // The edit that is not deployed yet stays, with the other's beside it.
        second.until("document.querySelector(\".node[data-id='a'] .label\").textContent === 'Mine'").await;
        second.element(".node.changed[data-id='b']").await;
        deploy(&second).await;
        let now = server.json("/flows").await;
        assert_eq!((name(&now, "a"), name(&now, "b")), (json!("Mine"), json!("Theirs")));
        first.until("document.querySelector(\".node[data-id='b'] .label\").textContent === 'Theirs'").await;
        for browser in [&first, &second] {
            assert_eq!(browser.count(".node.changed, #conflict-bar").await, 0);
        }
    })
    .await;
}
