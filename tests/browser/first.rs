//! The first minute: an empty Wireloom, by mouse.

use fantoccini::key::Key;
use wireloom_tests::browser::with_browser;
use wireloom_tests::server::Server;

#[tokio::test]
async fn the_guide_leads_to_a_flow_that_runs() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;

    with_browser(1280, 720, |browser| async move {
        browser.open(&server.url).await;
        browser.element(".welcome .example-card").await;
        browser.save_screenshot("first-welcome").await;
        browser.click(".welcome [data-do='guide']").await;
        browser.element("#guide li.now").await;
        browser.element(".app[data-guide='start']").await;

        // Dropped on a canvas without a tab: one is made.
        let area = browser.middle_of("#surface").await;
        let from = browser.middle_of(".palette [data-type='inject']").await;
        browser.drag(from, (area.0 - 150.0, area.1 - 120.0)).await;
        browser.element(".app[data-guide='show'] .node[data-type='inject']").await;
        browser.save_screenshot("first-guide").await;
        let from = browser.middle_of(".palette [data-type='debug']").await;
        browser.drag(from, (area.0 + 150.0, area.1 - 120.0)).await;
        browser.element(".app[data-guide='wire'] .node[data-type='debug']").await;
        let from = browser.middle_of(".node[data-type='inject'] [data-port='out:0']").await;
        browser.drag(from, browser.middle_of(".node[data-type='debug'] [data-port='in']").await).await;
        browser.element(".app[data-guide='deploy']").await;
        browser.click(".deploy-now").await;
        browser.element(".app[data-guide='press']").await;
        let button = browser.middle_of(".node[data-type='inject'] [data-action='inject']").await;
        browser.click_at(button).await;
        browser.element("#guide [data-do='finish']").await;
        // The message that the guide speaks of is in sight.
        browser.element("#debug:not([hidden]) .entry").await;
        browser.save_screenshot("first-done").await;
        browser.click("#guide [data-do='finish']").await;
        browser.until("!document.querySelector('#guide')").await;
        assert!(server.stop().await.success());
    })
    .await;
}

#[tokio::test]
async fn an_example_is_one_click_away_and_the_guide_can_be_left() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "0"]).await;

    with_browser(1280, 720, |browser| async move {
        browser.open(&server.url).await;
        browser.click(".welcome [data-do='guide']").await;
        browser.element("#guide").await;
        // By keyboard: both nodes are there and wired, and the guide sees it.
        browser.until("document.getElementById('surface').focus() ?? true").await;
        for name in ["inject", "debug"] {
            browser.press('a').await;
            browser.type_text(name).await;
            browser.press(Key::Enter).await;
            browser.element(&format!(".node.selected[data-type='{name}']")).await;
        }
        browser.element(".app[data-guide='deploy']").await;
        browser.click("#guide header button").await;
        browser.until("!document.querySelector('#guide') && !document.querySelector('[data-guide]')").await;
        browser.press_with(&[Key::Control], 'z').await;
        browser.press_with(&[Key::Control], 'z').await;
        browser.press_with(&[Key::Control], 'z').await;

        browser.click(".welcome [data-example='http-api']").await;
        browser.element(".node.selected[data-type='http in']").await;
        browser.click(".deploy-now").await;
        browser
            .until("!document.querySelector('.deploy.changed') && !document.querySelector('.deploy.busy')")
            .await;
        assert_eq!(browser.count(".problems-button").await, 0);
        assert!(server.stop().await.success());
    })
    .await;
}
