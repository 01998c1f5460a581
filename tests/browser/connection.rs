//! A lost connection is shown, and heals by itself.

use serde_json::json;
use wireloom_tests::browser::with_browser;
use wireloom_tests::server::Server;

#[tokio::test]
async fn a_lost_connection_heals_and_shows_what_changed() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let tab = |label: &str| json!([{ "id": "t", "type": "tab", "label": label }]);
    server.deploy(tab("Before")).await;
    let url = server.url.clone();
    let port = url.rsplit(':').next().unwrap().to_owned();
    let path = data.path().to_owned();

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.until("document.querySelector('.connection.live')").await;
        assert_eq!(browser.texts(".bar .tab").await, ["Before"]);

        server.kill().await;
        browser.element(".connection.lost").await;
        browser.element("#lost-bar").await;
        let again = browser.texts("button").await.into_iter().filter(|words| words == "Try now").count();
        assert_eq!(again, 1);
        // What was shown stays.
        assert_eq!(browser.texts(".bar .tab").await, ["Before"]);

        let server = Server::start(&path, &["--port", &port]).await;
        browser.element(".connection.live").await;
        server.deploy(tab("After")).await;
        browser.until("document.querySelector('.bar .tab').textContent === 'After'").await;
        assert!(server.stop().await.success());
    })
    .await;
}
