//! Deploying: what is sent, what is marked, what is wrong.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::server::Server;

use super::start::{select, with_flows};

/// A node that names a config node which is not there.
const BROKEN: &str =
    r#"[{"id":"broken","type":"mqtt out","x":300,"y":260,"broker":"nowhere","topic":"a","wires":[]}]"#;

/// Two tabs, each with an inject and a debug node.
fn flows() -> Value {
    let tab = |tab: &str| {
        json!([
            { "id": tab, "type": "tab", "label": tab },
            { "id": format!("{tab}-start"), "type": "inject", "z": tab, "x": 150, "y": 100, "name": "Start",
              "props": [{ "p": "payload" }], "payload": "hello", "payloadType": "str", "wires": [[format!("{tab}-show")]] },
            { "id": format!("{tab}-show"), "type": "debug", "z": tab, "x": 400, "y": 100, "name": "Show", "active": true,
              "tosidebar": true, "complete": "payload", "targetType": "msg", "wires": [] },
        ])
    };
    let (Value::Array(mut one), Value::Array(two)) = (tab("One"), tab("Two")) else { unreachable!() };
    one.extend(two);
    Value::Array(one)
}

async fn open(browser: &Browser, server: &Server) {
    browser.open(&server.url).await;
    browser.until("document.querySelector('.connection.live')").await;
    browser.element(".node[data-id='One-show']").await;
}

/// Moves a node of the open tab by dragging it.
async fn move_node(browser: &Browser, id: &str) {
    let place = browser.middle_of(&format!(".node[data-id='{id}'] .body")).await;
    browser.drag(place, (place.0, place.1 + 80.0)).await;
    browser.element(&format!(".node.changed[data-id='{id}']")).await;
}

async fn deployed(browser: &Browser) {
    browser.click(".deploy-now").await;
    browser
        .until("!document.querySelector('.deploy.changed') && !document.querySelector('.deploy.busy')")
        .await;
}

#[tokio::test]
async fn changes_are_marked_and_deployed_in_three_ways() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows()).await;

    with_browser(1280, 720, |browser| async move {
        open(&browser, &server).await;
        assert_eq!(browser.count(".changed, .deploy.changed").await, 0);
        assert_eq!(browser.count(".deploy-now:disabled").await, 1);

        for kind in ["full", "flows", "nodes"] {
            browser.click(".deploy-how").await;
            browser.click(&format!("[data-kind='{kind}']")).await;
            move_node(&browser, "One-show").await;
            assert_eq!(browser.texts(".bar .tab.changed").await, ["One"]);
            browser.save_screenshot(&format!("deploy-{kind}")).await;
            deployed(&browser).await;
            assert_eq!(browser.count(".node.changed, .tab.changed").await, 0);
            let now = server.json("/flows").await;
            let node = |flows: &Value| {
                flows.as_array().unwrap().iter().find(|one| one["id"] == "One-show").unwrap()["y"].clone()
            };
            assert_ne!(node(&now), node(&flows()));
        }
        // The kind is remembered.
        browser.open(&server.url).await;
        browser.until("document.querySelector('.connection.live')").await;
        assert_eq!(browser.count("[data-kind='nodes'][aria-checked='true']").await, 1);
        // Undone: nothing differs.
        browser.element(".node[data-id='One-show']").await;
        move_node(&browser, "One-show").await;
        browser.click("[title^='Undo']").await;
        browser.until("!document.querySelector('.deploy.changed')").await;
        assert!(server.stop().await.success());
    })
    .await;
}

#[tokio::test]
async fn problems_are_told_before_and_after_a_deploy_and_lead_to_the_node() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows()).await;

    with_browser(1280, 720, |browser| async move {
        open(&browser, &server).await;
        assert_eq!(browser.count(".problems-button").await, 0);
        // An mqtt node whose broker is nowhere cannot run.
        browser.press_with(&[Key::Control], 'i').await;
        browser.type_into("#import-text", BROKEN).await;
        browser.element("#import-dialog [data-state='problems']").await;
        browser.click("#import-dialog [data-do='import']").await;
        browser.element(".node.changed[data-type='mqtt out'] .problem-mark").await;
        browser.click(".problems-button").await;
        browser
            .until(
                "document.querySelector('.problems-popover .problem.error')?.textContent.includes('nowhere')",
            )
            .await;
        browser.save_screenshot("problems").await;
        let id = "broken";

        // From another tab, the list leads there.
        // The list goes when something else is clicked.
        browser.click(".bar .tab:nth-of-type(2)").await;
        browser.until("document.querySelector('.problems-popover .menu').hidden").await;
        browser.element(".node[data-id='Two-show']").await;
        browser.click(".problems-button").await;
        browser.click(&format!(".problems-popover [data-problem='{id}']")).await;
        browser.element(&format!(".node.selected[data-id='{id}']")).await;
        assert_eq!(browser.count(".problems-popover .menu:not([hidden])").await, 0);

        // It is asked first; then it is done.
        browser.click(".deploy-now").await;
        browser.element("#errors-dialog[open] .problem.error").await;
        browser.save_screenshot("deploy-errors").await;
        browser.click("#errors-dialog footer .button:not(.primary)").await;
        browser.until("!document.querySelector('#errors-dialog')").await;
        assert_eq!(browser.count(".deploy.changed").await, 1);
        browser.click(".deploy-now").await;
        browser.click("#errors-dialog input[type=checkbox]").await;
        browser.click("#errors-dialog [data-do='deploy']").await;
        browser.until("!document.querySelector('.deploy.changed')").await;
        let told = server.json("/flows/problems").await;
        assert_eq!(told["problems"][0]["node"], id);
        // The server's word and ours are one problem, not two.
        browser.click(".problems-button").await;
        browser
            .until(&format!(
                "document.querySelectorAll(\".problems-popover [data-problem='{id}']\").length === 1"
            ))
            .await;

        // Not asked again on this page.
        move_node(&browser, "One-show").await;
        deployed(&browser).await;
        assert!(server.stop().await.success());
    })
    .await;
}

/// A subflow whose node takes its broker from the use; neither of its two uses chooses one.
const UNCHOSEN: &str = r#"[{"id":"t","type":"tab","label":"One"},{"id":"b","type":"mqtt-broker","name":"Hub","broker":"127.0.0.1","port":"1"},
    {"id":"s","type":"subflow","name":"Tell","in":[{"x":60,"y":80,"wires":[{"id":"inner"}]}],"out":[],
     "env":[{"name":"BROKER","type":"mqtt-broker","value":"","ui":{"type":"conf-types"}}]},
    {"id":"inner","type":"mqtt out","z":"s","x":240,"y":80,"broker":"${BROKER}","topic":"a","wires":[]},
    {"id":"one","type":"subflow:s","z":"t","x":200,"y":100,"wires":[]},
    {"id":"two","type":"subflow:s","z":"t","x":200,"y":200,"wires":[]}]"#;

#[tokio::test]
async fn what_a_use_of_a_subflow_caused_is_gone_when_that_use_is_mended() {
    with_flows(UNCHOSEN, |browser, server| async move {
        const CALM: &str = "!document.querySelector('.problems-button')";
        let told = server.json("/flows/problems").await["problems"].clone();
        let place = |at: usize| (told[at]["node"].as_str().unwrap(), told[at]["flow"].as_str().unwrap());
        assert_eq!((place(0), place(1)), (("inner", "one"), ("inner", "two")), "{told}");
        browser.element(".problems-button").await;

        choose_broker(&browser, "one").await;
        // The other use goes on causing it.
        assert_eq!(browser.count(".problems-button").await, 1);
        choose_broker(&browser, "two").await;
        browser.until(CALM).await;
        // Nothing is asked before the deploy, and the server agrees.
        deployed(&browser).await;
        assert_eq!(browser.count("#errors-dialog").await, 0);
        assert_eq!(server.json("/flows/problems").await["problems"], json!([]));
        browser.until(CALM).await;
    })
    .await;
}

async fn choose_broker(browser: &Browser, id: &str) {
    select(browser, id).await;
    let menu = browser.element("#node [data-key='BROKER'] select").await;
    menu.select_by_label("Hub").await.unwrap();
    browser.element(&format!(".node.changed[data-id='{id}']")).await;
}
