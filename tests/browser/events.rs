//! The event log: deploys, the connection, errors of nodes, with times.

use fantoccini::key::Key;
use wireloom_tests::browser::with_browser;
use wireloom_tests::server::Server;

const START: &str = r#"[{"id":"t","type":"tab","label":"One","disabled":false,"info":"","env":[]},
    {"id":"a","type":"inject","z":"t","x":150,"y":100,"name":"go","props":[{"p":"payload"}],"payload":"1","payloadType":"num","wires":[["b"]]},
    {"id":"b","type":"function","z":"t","x":350,"y":100,"name":"strict","func":"throw new Error('too hot');","outputs":1,"wires":[[]]}]"#;

#[tokio::test]
async fn what_happens_is_in_the_event_log() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "off"]).await;
    server.deploy(serde_json::from_str(START).unwrap()).await;
    let url = server.url.clone();
    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.until("document.querySelector('.connection.live')").await;
        browser.click("[data-panel='events']").await;
        browser.element("#events .event[data-event='connected'] time").await;

        // A deploy of one's own, one of somebody else, and one that a node cannot be started with.
        browser.click_at(browser.middle_of(".node[data-id='b'] .label").await).await;
        browser.element("#events:not([hidden])").await;
        browser.press('d').await;
        browser.press_with(&[Key::Control], 'd').await;
        browser.until("document.querySelector(\"#events .event[data-event='deploy']\")?.textContent.includes('from here')").await;
        let theirs = START.replace("\"go\"", "\"theirs\"");
        server.deploy(serde_json::from_str(&theirs).unwrap()).await;
        browser.until("document.querySelector(\"#events .event[data-event='deploy']\")?.textContent.includes('somebody else')").await;

        // What a node fails with, counted; and the way to the node.
        browser.element(".node[data-id='a']:not(.changed)").await;
        for _ in 0..2 {
            browser.click(".node[data-id='a'] [data-action]").await;
        }
        browser.until("document.querySelector(\"#events .event[data-event='error'] .badge\")?.textContent === '×2'").await;
        assert!(browser.texts("#events .event[data-event='error']").await[0].contains("too hot"));
        browser.press(Key::Escape).await;
        browser.click("#events .event[data-event='error'] .link").await;
        browser.element(".node.selected[data-id='b']").await;
        browser.save_pictures("events").await;

        // The connection goes: that is trouble, and deploys are none.
        server.kill().await;
        browser.element("#events .event[data-event='lost']").await;
        browser.element("#events select").await.select_by_value("trouble").await.unwrap();
        browser.until("!document.querySelector(\"#events .event[data-event='deploy']\")").await;
        let kinds = browser.run("return [...document.querySelectorAll('#events .event')].map(one => one.dataset.event).join()", vec![]).await;
        assert_eq!(kinds, "lost,error");
        browser.click("[data-do='clear-events']").await;
        browser.until("!document.querySelector('#events .event')").await;
    })
    .await;
}
