//! The editor in German: what the server says is German, too, and what is deployed is the same.

use fantoccini::key::Key;

use super::start::{node, once_deployed, select, with_all_loaded};

const START: &str = r#"[{"id":"t","type":"tab","label":"One"},
    {"id":"i","type":"inject","z":"t","x":150,"y":60,"props":[{"p":"payload","v":"{","vt":"str"}],"wires":[["s"]]},
    {"id":"s","type":"switch","z":"t","x":350,"y":60,"property":"payload","propertyType":"msg",
     "rules":[{"t":"eq","v":"{","vt":"str"}],"checkall":"true","outputs":1,"wires":[["j"]]},
    {"id":"j","type":"json","z":"t","x":550,"y":60,"property":"payload","action":"obj","wires":[[]]},
    {"id":"m","type":"mqtt in","z":"t","x":150,"y":200,"broker":"b","topic":"cars","qos":"2","datatype":"auto-detect","wires":[[]]},
    {"id":"b","type":"mqtt-broker","broker":"127.0.0.1","port":"1"}]"#;

#[tokio::test]
async fn forms_help_statuses_and_errors_are_german() {
    with_all_loaded(START, |browser, server| async move {
        browser.press_with(&[Key::Control], ',').await;
        browser.until("document.querySelector(\"#settings-dialog [data-language='de']\")?.checkVisibility()").await;
        browser.click("#settings-dialog [data-language='de']").await;
        browser.until("document.documentElement.lang === 'de' && document.querySelector('.connection.live')").await;
        // The status of a node that looks for its broker.
        browser
            .until("/^(verbindet|getrennt)$/.test(document.querySelector(\".node[data-id='m'] .status\")?.textContent.trim())")
            .await;
        browser.element("#debug .entries").await;

        // The form and the help.
        select(&browser, "s").await;
        browser.until("document.querySelector(\".inspector [data-key='rules'] .label\")?.textContent === 'Regeln'").await;
        let rule = browser.element(".row-item [data-key='t'] select").await;
        rule.select_by_label("enthält").await.unwrap();
        browser
            .until("[...document.querySelectorAll('.side.right *')].some(one => one.textContent.startsWith('Sendet eine Nachricht aus den Ausgängen'))")
            .await;
        browser.save_pictures("form-german").await;
        browser.click(".deploy-now").await;
        let flows = once_deployed(&browser, &server).await;
        assert_eq!(node(&flows, "s")["rules"][0]["t"], "cont");

        // What a node fails with, in the debug panel.
        browser.click(".node[data-id='i'] [data-action='inject']").await;
        browser
            .until("[...document.querySelectorAll('#debug .entries *')].some(one => /JSON endet zu früh|unerwartetes Zeichen/.test(one.textContent))")
            .await;
    })
    .await;
}
