//! A server with a password asks who is there.

use std::path::Path;

use fantoccini::key::Key;
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::{Server, hash_password};

const PASSWORD: &str = "correct horse";

async fn guarded(data: &Path) -> Server {
    Server::start(data, &["--admin-password", &hash_password(PASSWORD).await]).await
}

#[tokio::test]
async fn a_password_is_asked_for_once() {
    let data = tempfile::tempdir().unwrap();
    let server = guarded(data.path()).await;
    let url = server.url.clone();

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.type_into("input[autocomplete=username]", "admin").await;
        browser.type_into("input[type=password]", "wrong").await;
        browser.click("form button").await;
        browser.until("document.querySelector('.problem').textContent !== ''").await;
        browser.save_screenshot("login").await;
        assert_eq!(browser.count(".palette .item").await, 0);

        browser.element("input[type=password]").await.clear().await.unwrap();
        browser.type_into("input[type=password]", PASSWORD).await;
        browser.click("form button").await;
        browser.element(".connection.live").await;
        assert_eq!(browser.count(".login").await, 0);

        // The session is a cookie: opening the page again asks nothing.
        browser.open(&url).await;
        browser.element(".connection.live").await;
        assert_eq!(browser.count(".login").await, 0);
    })
    .await;
    assert!(server.stop().await.success());
}

/// Settings with one who may only look, and what those may do who are not logged in.
async fn with_a_reader(data: &Path, anonymous: &str) -> Server {
    let hash = hash_password(PASSWORD).await;
    let user = |name: &str, permissions: &str| {
        format!("[[users]]\nname = \"{name}\"\npassword = \"{hash}\"\npermissions = \"{permissions}\"\n")
    };
    std::fs::write(
        data.join("wireloom.toml"),
        format!("{anonymous}\n{}{}", user("ann", "*"), user("rae", "read")),
    )
    .unwrap();
    std::fs::write(
        data.join("flows.json"),
        r#"[{"id":"t","type":"tab","label":"Flow"},{"id":"a","type":"inject","z":"t","x":150,"y":100,"props":[],"wires":[[]]}]"#,
    )
    .unwrap();
    Server::start(data, &[]).await
}

async fn log_in(browser: &Browser, name: &str) {
    browser.type_into("input[autocomplete=username]", name).await;
    browser.type_into("input[type=password]", PASSWORD).await;
    browser.click("form button.primary").await;
    browser.element(".connection.live").await;
    browser.until("!document.querySelector('.login')").await;
}

async fn drag_node(browser: &Browser) {
    let place = browser.middle_of(".node[data-id='a'] .body").await;
    browser.drag(place, (place.0, place.1 + 80.0)).await;
    browser.element(".node.changed[data-id='a']").await;
}

const SAYS_READ_ONLY: &str = "document.querySelector('.deploy-now').disabled && document.querySelector('.deploy-now').textContent.includes('Read only')";

#[tokio::test]
async fn who_may_only_look_is_told_so() {
    let data = tempfile::tempdir().unwrap();
    let server = with_a_reader(data.path(), "").await;
    let url = server.url.clone();

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        log_in(&browser, "rae").await;
        browser.element(".node[data-id='a']").await;
        browser.until("document.querySelector('#look-bar').textContent.includes('rae may look')").await;
        assert_eq!(browser.count(".notice.error").await, 0, "looking needs no more than read");
        drag_node(&browser).await;
        browser.until(SAYS_READ_ONLY).await;
        browser.save_pictures("look-only").await;
        browser.press_with(&[Key::Control], 'd').await;
        browser.until("document.querySelector('.notice.error')?.textContent.includes('rae may look')").await;
        // What the server refuses by itself says why.
        browser.click(".notice.error button").await;
        browser.click(".node[data-id='a'] [data-action]").await;
        browser.until("document.querySelector('.notice.error')?.textContent.includes('inject.write')").await;
    })
    .await;
    assert_eq!(stored_y(data.path()), 100, "nothing was deployed");
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn who_looks_without_a_log_in_may_log_in_to_deploy() {
    let data = tempfile::tempdir().unwrap();
    let server = with_a_reader(data.path(), "anonymous-permissions = \"read\"").await;
    let url = server.url.clone();

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.element(".connection.live").await;
        browser.element(".node[data-id='a']").await;
        drag_node(&browser).await;
        browser.until(SAYS_READ_ONLY).await;
        browser.click("#look-bar [data-do='log-in']").await;
        browser.click(".login [data-do='not-now']").await;
        browser.until("!document.querySelector('.login')").await;
        browser.press_with(&[Key::Control], 'd').await;
        log_in(&browser, "ann").await;
        browser.until("!document.querySelector('#look-bar')").await;
        browser.element(".node.changed[data-id='a']").await;
        browser.click(".deploy-now").await;
        browser.until("!document.querySelector('.deploy.changed')").await;
    })
    .await;
    assert_eq!(stored_y(data.path()), 180);
    assert!(server.stop().await.success());
}

fn stored_y(data: &Path) -> i64 {
    let flows = std::fs::read_to_string(data.join("flows.json")).unwrap();
    let flows: serde_json::Value = serde_json::from_str(&flows).unwrap();
    flows[1]["y"].as_f64().unwrap() as i64
}
