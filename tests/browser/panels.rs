//! The panels and dialogs around the canvas: outline, config nodes, context data, search, versions, settings, keys.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::Browser;
use wireloom_tests::server::Server;

use super::start::{once_deployed, with_all_loaded};

const START: &str = r#"[{"id":"t","type":"tab","label":"Kitchen","disabled":false,"info":"","env":[]},
    {"id":"u","type":"tab","label":"Garden","disabled":false,"info":"","env":[]},
    {"id":"a","type":"inject","z":"t","x":150,"y":120,"name":"go","props":[{"p":"payload"}],"payload":"7","payloadType":"num","wires":[["b"]]},
    {"id":"b","type":"function","z":"t","x":370,"y":120,"name":"remember","func":"flow.set('count', msg.payload); global.set('last', {at: msg.payload}); return msg;","outputs":1,"wires":[["c"]]},
    {"id":"c","type":"debug","z":"t","x":590,"y":120,"name":"end","active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]},
    {"id":"m","type":"mqtt in","z":"u","x":150,"y":120,"name":"soil","topic":"garden/soil","qos":"0","datatype":"auto-detect","broker":"k","wires":[[]]},
    {"id":"k","type":"mqtt-broker","name":"used","broker":"localhost","port":"1","clientid":""},
    {"id":"l","type":"mqtt-broker","name":"forgotten","broker":"localhost","port":"1","clientid":""}]"#;

async fn open(browser: &Browser, url: &str) {
    browser.open("about:blank").await;
    browser.open(url).await;
    browser.until("document.querySelector('.connection.live')").await;
    browser.element(".node").await;
    browser.element("#debug .entries").await;
}

async fn deployed(browser: &Browser, server: &Server) -> Vec<Value> {
    browser.press_with(&[Key::Control], 'd').await;
    if browser.count("#errors-dialog").await > 0 {
        browser.click("#errors-dialog .primary").await;
    }
    once_deployed(browser, server).await
}

#[tokio::test]
async fn the_outline_finds_and_goes_to_nodes() {
    with_all_loaded(START, |browser, _| async move {
        browser.click("[data-panel='outline']").await;
        browser.element("#outline [data-goto='t']").await;
        browser.click("#outline .fold-button").await;
        browser.element("#outline [data-goto='b']").await;
        browser.save_pictures("outline").await;
        browser.type_into("#outline input", "soil").await;
        browser.until("!document.querySelector(\"#outline [data-goto='b']\")").await;
        browser.click("#outline [data-goto='m']").await;
        browser.element(".node.selected[data-id='m']").await;
        assert_eq!(browser.texts(".bar .tab[aria-selected='true']").await, ["Garden"]);
        // It stays open while one goes through it.
        browser.element("#outline:not([hidden])").await;
        // Back to where one was, and forward again.
        browser.click_at(browser.place_in_flow((400.0, 400.0)).await).await;
        browser.press_with(&[Key::Alt, Key::Shift], Key::Left.into()).await;
        browser
            .until("document.querySelector('.bar .tab[aria-selected=true]').textContent.includes('Kitchen')")
            .await;
        browser.press_with(&[Key::Alt, Key::Shift], Key::Right.into()).await;
        browser.element(".node.selected[data-id='m']").await;
    })
    .await;
}

#[tokio::test]
async fn config_nodes_nobody_uses_are_found_and_deleted() {
    with_all_loaded(START, |browser, server| async move {
        browser.click("[data-panel='configs']").await;
        browser.until("document.querySelectorAll('#configs .config').length === 2").await;
        browser.save_pictures("configs").await;
        browser.click("#configs [data-do='unused']").await;
        browser.until("document.querySelectorAll('#configs .config').length === 1").await;
        browser.click("#configs [data-do='delete-unused']").await;
        browser.until("!document.querySelector('#configs .config')").await;
        let flows = deployed(&browser, &server).await;
        assert!(flows.iter().any(|node| node["id"] == "k") && flows.iter().all(|node| node["id"] != "l"));
        browser.click("[title^='Undo']").await;
        browser.element("#configs [data-config='l']").await;
        // Its form opens from here.
        browser.click("#configs [data-config='l']").await;
        browser.element("#node:not([hidden]) .inspector [data-key='broker']").await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(Value::Array(flows), serde_json::from_str::<Value>(START).unwrap());
    })
    .await;
}

#[tokio::test]
async fn context_data_is_shown_and_deleted() {
    with_all_loaded(START, |browser, server| async move {
        browser.click(".node[data-id='a'] [data-action]").await;
        browser.element(".entry").await;
        browser.click("[data-panel='context']").await;
        browser.click("[data-scope='flow'] [data-do='refresh']").await;
        browser
            .until("document.querySelector('[data-scope=flow] [data-key=count]')?.textContent.includes('7')")
            .await;
        browser.click("[data-scope='global'] [data-do='refresh']").await;
        browser.element("[data-scope='global'] [data-key='last']").await;
        browser.save_pictures("context").await;
        browser.click("[data-scope='flow'] [data-key='count'] [data-do='delete']").await;
        browser.until("!document.querySelector('[data-scope=flow] [data-key=count]')").await;
        let kept = server.json("/context/flow/t").await;
        assert!(!kept.to_string().contains("count"), "{kept}");
        assert!(server.json("/context/global").await.to_string().contains("last"));
    })
    .await;
}

#[tokio::test]
async fn search_filters_by_what_things_are() {
    with_all_loaded(START, |browser, _| async move {
        for (typed, expected) in [
            ("is:unused", vec!["l"]),
            ("type:mqtt flow:garden", vec!["m"]),
            ("uses:k", vec!["m"]),
            ("garden/soil", vec!["m"]),
            ("is:disabled", vec![]),
        ] {
            browser.press_with(&[Key::Control], 'f').await;
            browser.element(".picker input:focus").await;
            browser.type_text(typed).await;
            let shown = format!(
                "JSON.stringify([...document.querySelectorAll('.picker [data-key]')].map(one => one.dataset.key)) === '{}'",
                json!(expected)
            );
            browser.until(&shown).await;
            browser.press(Key::Escape).await;
            browser.until("!document.querySelector('.picker')").await;
        }
    })
    .await;
}

#[tokio::test]
async fn earlier_versions_are_compared_and_gone_back_to() {
    with_all_loaded(START, |browser, server| async move {
        // A second version: a node deleted, another moved.
        browser.click_at(browser.middle_of(".node[data-id='c'] .label").await).await;
        browser.element(".node.selected[data-id='c']").await;
        browser.press(Key::Delete).await;
        browser.until("!document.querySelector(\".node[data-id='c']\")").await;
        // What the deploy would change.
        browser.click(".deploy-how").await;
        browser.click("[data-command='flows.changes']").await;
        browser.element("#changes-dialog .change.removed[data-change='c']").await;
        browser.element("#changes-dialog .change.changed[data-change='b']").await;
        browser.element("#changes-dialog .picture-node.removed").await;
        browser.save_pictures("changes").await;
        browser.click("#changes-dialog [data-do='deploy']").await;
        browser
            .until("!document.querySelector('.deploy.changed') && !document.querySelector('.deploy.busy')")
            .await;
        assert!(server.json("/flows").await.as_array().unwrap().iter().all(|node| node["id"] != "c"));

        browser.click(".deploy-how").await;
        browser.click("[data-command='flows.revisions']").await;
        browser.until("document.querySelectorAll('#revisions-dialog .revision').length >= 2").await;
        browser.click("#revisions-dialog li:nth-child(2) .revision").await;
        browser.element("#revisions-dialog .change.added[data-change='c']").await;
        browser.save_pictures("revisions").await;
        browser.click("#revisions-dialog [data-do='restore']").await;
        browser.element(".node[data-id='c']").await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(Value::Array(flows), serde_json::from_str::<Value>(START).unwrap());
    })
    .await;
}

#[tokio::test]
async fn settings_and_keys_are_kept_on_the_server() {
    with_all_loaded(START, |browser, server| async move {
        browser.press_with(&[Key::Control], ',').await;
        browser.element("#settings-dialog").await;
        browser.save_pictures("settings").await;
        browser.click("#settings-dialog [data-setting='grid']").await;
        browser.until("!document.querySelector('.grid')").await;
        browser.click("#settings-dialog [data-theme-name='theme.contrast']").await;
        browser.until("document.documentElement.dataset.contrast === 'more'").await;
        browser.click("#settings-dialog [data-do='keys']").await;
        browser.click("#shortcuts [data-command='tab.add'] [data-do='change']").await;
        browser.press_with(&[Key::Control, Key::Alt], 'n').await;
        browser.until("document.querySelector('#shortcuts [data-command=\"tab.add\"] kbd')?.textContent === 'Ctrl+Alt+N'").await;
        browser.save_pictures("keys").await;
        browser.press(Key::Escape).await;
        browser.until("!document.querySelector('#shortcuts')").await;
        browser.until("document.querySelector('.bar .tab')").await;

        // Another page has them, too.
        open(&browser, &server.url).await;
        browser.until("!document.querySelector('.grid')").await;
        browser.press('t').await;
        browser.press_with(&[Key::Control, Key::Alt], 'n').await;
        browser.until("document.querySelectorAll('.bar [role=tab]').length === 3").await;
        let kept = server.json("/settings/user").await;
        assert_eq!(kept["wireloom"]["keys"]["tab.add"], "mod+alt+n", "{kept}");
    })
    .await;
}

#[tokio::test]
async fn more_contrast_is_shown_to_whom_the_system_says_needs_it() {
    with_all_loaded(START, |browser, _| async move {
        const INK: &str = "getComputedStyle(document.documentElement).getPropertyValue('--ink')";
        let system = async |contrast: &str| {
            let wanted = json!([{ "name": "prefers-contrast", "value": contrast }]);
            browser.devtools("Emulation.setEmulatedMedia", json!({ "features": wanted })).await;
        };
        let ink = async || browser.run(&format!("return {INK}"), vec![]).await;
        let usual = ink().await;
        system("more").await;
        browser.until("document.documentElement.dataset.contrast === 'more'").await;
        assert_ne!(ink().await, usual);
        // A page that is opened has it from the beginning.
        browser.run("location.reload()", vec![]).await;
        browser.element(".node").await;
        assert_ne!(ink().await, usual);
        system("no-preference").await;
        browser.until("!document.documentElement.dataset.contrast").await;
        assert_eq!(ink().await, usual);
    })
    .await;
}

#[tokio::test]
async fn another_language_is_another_start_that_keeps_what_is_edited() {
    with_all_loaded(START, |browser, server| async move {
        browser.click_at(browser.middle_of(".node[data-id='c'] .label").await).await;
        browser.element(".node.selected[data-id='c']").await;
        browser.press(Key::Delete).await;
        browser.until("!document.querySelector(\".node[data-id='c']\")").await;
        let choose = async |code: &str| {
            browser.press_with(&[Key::Control], ',').await;
            browser.click(&format!("#settings-dialog [data-language='{code}']")).await;
        };
        choose("de").await;
        browser.until("document.documentElement.lang === 'de' && document.querySelector(\".node[data-id='b']\")").await;
        browser.until("document.querySelector(\"[data-panel='outline'] .title\")?.textContent === 'Gliederung'").await;
        browser.until("!document.querySelector(\".node[data-id='c']\") && document.querySelector('.deploy.changed')").await;
        assert_eq!(server.json("/settings/user").await["wireloom"]["language"], "de");
        browser.press_with(&[Key::Control], ',').await;
        browser.element("#settings-dialog [data-language='de'][aria-checked='true']").await;
        browser.save_pictures("settings-german").await;
        browser.press(Key::Escape).await;
        browser.until("!document.querySelector('#settings-dialog')").await;

        choose("en").await;
        browser.until("document.documentElement.lang === 'en'").await;
        browser.until("document.querySelector(\"[data-panel='outline'] .title\")?.textContent === 'Outline'").await;
        browser.until("!document.querySelector(\".node[data-id='c']\") && document.querySelector('.deploy.changed')").await;
    })
    .await;
}

#[tokio::test]
async fn tabs_are_moved_hidden_disabled_and_locked_by_their_menu() {
    with_all_loaded(START, |browser, server| async move {
        let menu = async |tab: &str, command: &str| {
            let place = browser.middle_of(&format!(".bar .tab[data-tab='{tab}']")).await;
            browser.menu_at(place).await;
            browser.click(&format!(".context-menu [data-command='{command}']")).await;
            browser.until("!document.querySelector('.context-menu')").await;
        };
        menu("u", "tab.left").await;
        menu("u", "tab.toggle").await;
        menu("t", "tab.lock").await;
        let flows = deployed(&browser, &server).await;
        assert_eq!((&flows[0]["id"], &flows[0]["disabled"]), (&json!("u"), &json!(true)));
        assert_eq!((&flows[1]["id"], &flows[1]["locked"]), (&json!("t"), &json!(true)));
        menu("u", "tab.hide").await;
        browser.until("document.querySelectorAll('.bar [role=tab]').length === 1").await;
        // Searching finds what is hidden, and goes there.
        browser.press_with(&[Key::Control], 'f').await;
        browser.element(".picker input:focus").await;
        browser.type_text("is:hidden soil").await;
        browser.element(".picker [data-key='m']").await;
        browser.press(Key::Enter).await;
        browser.element(".node.selected[data-id='m']").await;
        menu("u", "tab.show-all").await;
        browser.until("document.querySelectorAll('.bar [role=tab]').length === 2").await;
    })
    .await;
}

#[tokio::test]
async fn categories_of_the_palette_stay_folded() {
    with_all_loaded(START, |browser, server| async move {
        browser.element(".palette [data-type='mqtt in']").await;
        browser.click(".palette [data-category='network']").await;
        let is_hidden =
            "document.querySelector(\".palette [data-type='mqtt in']\").getClientRects().length === 0";
        browser.until(is_hidden).await;
        browser
            .until("document.querySelector(\".palette [data-type='inject']\").getClientRects().length > 0")
            .await;
        // What is searched for is there in any case.
        browser.type_into(".palette input", "mqtt in").await;
        browser
            .until("document.querySelector(\".palette [data-type='mqtt in']\")?.getClientRects().length > 0")
            .await;
        let kept = async || server.json("/settings/user").await["wireloom"]["foldedCategories"].clone();
        while kept().await != json!(["network"]) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        open(&browser, &server.url).await;
        browser.element(".palette [data-category='network'][aria-expanded='false']").await;
        browser.until(is_hidden).await;
        browser.click(".palette [data-category='network']").await;
        browser.until(&format!("!({is_hidden})")).await;
    })
    .await;
}
