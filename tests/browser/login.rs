//! A server with a password asks who is there.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use wireloom_tests::browser::with_browser;
use wireloom_tests::server::{Server, command};

const PASSWORD: &str = "correct horse";

async fn guarded(data: &Path) -> Server {
    let mut hash = command(&["hash-password"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    hash.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).await.unwrap();
    let hash = String::from_utf8(hash.wait_with_output().await.unwrap().stdout).unwrap();
    Server::start(data, &["--admin-password", hash.trim()]).await
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
