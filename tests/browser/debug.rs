//! The debug panel: whose messages, how often, and what they can be copied as.

use serde_json::json;
use wireloom_tests::browser::with_browser;
use wireloom_tests::server::Server;

#[tokio::test]
async fn messages_are_sifted_counted_copied_and_switched_off() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let tab = |id: &str, payload: &str, kind: &str| {
        json!([
            { "id": id, "type": "tab", "label": id },
            { "id": format!("{id}-start"), "type": "inject", "z": id, "x": 150, "y": 100, "name": "Start",
              "props": [{ "p": "payload" }], "payload": payload, "payloadType": kind, "wires": [[format!("{id}-show")]] },
            { "id": format!("{id}-show"), "type": "debug", "z": id, "x": 400, "y": 100, "name": format!("Show {id}"), "active": true,
              "tosidebar": true, "complete": "payload", "targetType": "msg", "wires": [] },
        ])
    };
    let mut flows = tab("One", r#"{"car":{"plate no":"HI 5"}}"#, "json").as_array().unwrap().clone();
    flows.extend(tab("Two", "hello", "str").as_array().unwrap().clone());
    server.deploy(flows.into()).await;

    with_browser(1280, 720, |browser| async move {
        browser.open(&server.url).await;
        browser.until("document.querySelector('.connection.live')").await;
        browser.element(".node[data-id='One-show']").await;
        let press = async |node: &str| {
            let answer = server.post(&format!("/inject/{node}")).json(&json!({})).send().await.unwrap();
            assert!(answer.status().is_success());
        };
        press("Two-start").await;
        press("Two-start").await;
        browser.until("document.querySelector('.entry .badge')?.textContent === '×2'").await;
        press("One-start").await;
        browser.until("document.querySelectorAll('.entry').length === 2").await;

        browser.until("(select => { select.value = 'tab'; select.dispatchEvent(new Event('change')); return true })(document.querySelector('.scope'))").await;
        browser.until("document.querySelectorAll('.entry').length === 1").await;
        // The path of a value deep inside, as a node's settings take it.
        browser.click(".entry button.row").await;
        browser.click(".entry .inside button.row").await;
        browser.until("document.querySelector('.entry .inside .inside [data-copy=path]')?.title.includes('payload.car[\"plate no\"]')").await;
        browser.save_screenshot("debug").await;

        // Switched off on the canvas: it shows, and nothing more arrives.
        browser.click_at(browser.middle_of(".node[data-id='One-show'] [data-action='toggle']").await).await;
        browser.element(".node.changed[data-id='One-show']").await;
        browser.until("(select => { select.value = 'all'; select.dispatchEvent(new Event('change')); return true })(document.querySelector('.scope'))").await;
        press("One-start").await;
        press("Two-start").await;
        browser.until("document.querySelectorAll('.entry').length === 3").await;
        assert_eq!(browser.texts(".entry .link").await, ["Show Two", "Show One", "Show Two"]);

        // An entry of a node that is deleted stays, and says so when it is asked for the node.
        browser.click_at(browser.middle_of(".node[data-id='One-show'] .label").await).await;
        browser.press(fantoccini::key::Key::Delete).await;
        browser.until("!document.querySelector(\".node[data-id='One-show']\")").await;
        browser.until("[...document.querySelectorAll('.entry .link')][1].click() ?? true").await;
        browser.until("document.querySelector('.notice')?.textContent.includes('no longer there')").await;
        assert_eq!(browser.count(".entry").await, 3);
        assert!(server.stop().await.success());
    })
    .await;
}
