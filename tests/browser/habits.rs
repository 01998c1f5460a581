//! What someone who comes from Node-RED does without thinking: it has to do here what it did there.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::Browser;

use super::start::{deployed, fill, node, select, with_all_loaded, with_flows};

const START: &str = r#"[{"id":"t","type":"tab","label":"One"},
    {"id":"a","type":"inject","z":"t","x":150,"y":100,"props":[{"p":"payload"}],"payload":"x","payloadType":"str","wires":[["c"]]},
    {"id":"c","type":"debug","z":"t","x":550,"y":100,"active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]},
    {"id":"s","type":"subflow","name":"Wash","in":[],"out":[]},{"id":"w","type":"subflow:s","z":"t","x":150,"y":300,"wires":[]},
    {"id":"g","type":"group","z":"t","nodes":["in"],"x":320,"y":260,"w":160,"h":80},
    {"id":"in","type":"json","z":"t","g":"g","x":400,"y":300,"property":"payload","action":"","wires":[[]]}]"#;

/// Where the keyboard focus is, as a CSS selector says.
async fn focus_is_in(browser: &Browser, css: &str) {
    browser.until(&format!("document.activeElement.closest(\"{css}\")")).await;
}

#[tokio::test]
async fn a_double_click_opens_a_node_and_adds_one_into_a_wire() {
    with_flows(START, |browser, server| async move {
        browser.double_click_at(browser.middle_of(".node[data-id='c'] .body").await).await;
        browser.element(".inspector .type[title='c']").await;
        focus_is_in(&browser, "#node [data-key='name']").await;
        assert_eq!(browser.count(".picker").await, 0);

        let (from, to) = (
            browser.middle_of("[data-id='a'] [data-port='out:0']").await,
            browser.middle_of("[data-id='c'] [data-port='in']").await,
        );
        browser.double_click_at(((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0)).await;
        focus_is_in(&browser, ".picker").await;
        browser.type_text("function\n").await;
        browser.element(".node.selected[data-type='function']").await;
        let flows = deployed(&browser, &server).await;
        let added = flows.iter().find(|node| node["type"] == "function").unwrap();
        assert_eq!(node(&flows, "a")["wires"], json!([[added["id"]]]));
        assert_eq!(added["wires"], json!([["c"]]));

        // Beside all nodes and wires the list is for a node alone.
        browser.double_click_at(browser.place_in_flow((400.0, 480.0)).await).await;
        focus_is_in(&browser, ".picker").await;
    })
    .await;
}

#[tokio::test]
async fn types_are_listed_under_names_that_tell_them_apart() {
    with_flows(START, |browser, _| async move {
        browser.element(".palette [data-type='mqtt in']").await;
        for (type_name, words) in [("rbe", "filter"), ("mqtt in", "mqtt in"), ("file in", "read file")] {
            assert_eq!(browser.texts(&format!(".palette [data-type='{type_name}'] .name")).await, [words]);
        }
        browser.press('a').await;
        focus_is_in(&browser, ".picker").await;
        browser.type_text("mqtt").await;
        browser.until("document.querySelectorAll('.picker .item').length === 2").await;
        assert_eq!(browser.texts(".picker .item .name").await, ["mqtt in", "mqtt out"]);
    })
    .await;
}

#[tokio::test]
async fn a_broker_is_made_once_and_the_next_node_has_it() {
    with_flows(START, |browser, server| async move {
        let add = async |type_name: &str, y: f64| {
            let place = browser.place_in_flow((350.0, y)).await;
            browser.drag(browser.middle_of(&format!(".palette [data-type='{type_name}']")).await, place).await;
            browser.element(&format!(".node.selected[data-type='{type_name}']")).await;
        };
        add("mqtt out", 200.0).await;
        // The way to the config node stands beside what is chosen.
        let place = "[...document.querySelectorAll(\"#node [data-key='broker'] .config > *\")].map(one => one.getBoundingClientRect().y + one.getBoundingClientRect().height / 2)";
        let places: Vec<f64> = serde_json::from_value(browser.run(&format!("return {place}"), vec![]).await).unwrap();
        assert!(places.len() == 3 && places.iter().all(|y| (y - places[0]).abs() < 3.0), "{places:?}");
        browser.click("#node [data-key='broker'] button:last-child").await;
        browser.element("#node .back").await;
        fill(&browser, "#node [data-key='broker'] input", "127.0.0.1").await;
        // Back in the form it came from the keyboard is in it.
        browser.click("#node .back").await;
        browser.until("!document.querySelector('#node .back')").await;
        focus_is_in(&browser, "#node .form").await;

        add("mqtt in", 400.0).await;
        fill(&browser, "#node [data-key='topic'] input", "a/b").await;
        browser.press(Key::Escape).await;
        let flows = deployed(&browser, &server).await;
        let of = |type_name: &str| flows.iter().find(|node| node["type"] == type_name).unwrap().clone();
        let broker = of("mqtt-broker")["id"].clone();
        assert_eq!((&of("mqtt out")["broker"], &of("mqtt in")["broker"]), (&broker, &broker));
        assert_eq!(server.json("/flows/problems").await["problems"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_where_the_keyboard_is_when_one_goes_there() {
    const UNCHOSEN: &str = r#"[{"id":"t","type":"tab"},{"id":"m","type":"mqtt in","z":"t","x":300,"y":100,"topic":"a","broker":"","wires":[[]]}]"#;
    with_flows(UNCHOSEN, |browser, _| async move {
        browser.click(".problems-button").await;
        browser.click(".problems-popover [data-problem='m']").await;
        focus_is_in(&browser, "#node [data-key='broker']").await;
    })
    .await;
}

#[tokio::test]
async fn a_menu_offers_what_can_be_done() {
    with_flows(START, |browser, _| async move {
        let offered = async |css: &str| {
            browser.menu_at(browser.middle_of(css).await).await;
            browser.element(".context-menu").await;
            let script = "return [...document.querySelectorAll('.context-menu [data-command]')].map(one => one.dataset.command)";
            let offered: Vec<String> = serde_json::from_value(browser.run(script, vec![]).await).unwrap();
            assert_eq!(browser.count(".context-menu hr + hr, .context-menu > hr:last-child").await, 0);
            browser.press(Key::Escape).await;
            browser.until("!document.querySelector('.context-menu')").await;
            offered
        };
        let of_node = offered(".node[data-id='c'] .body").await;
        let has = |offered: &[String], command: &str| offered.iter().any(|one| one == command);
        assert!(has(&of_node, "edit.copy") && has(&of_node, "edit.detach"), "{of_node:?}");
        for command in ["group.ungroup", "group.leave", "subflow.open", "subflow.expand"] {
            assert!(!has(&of_node, command), "{of_node:?}");
        }
        let of_use = offered(".node[data-id='w'] .body").await;
        assert!(has(&of_use, "subflow.open") && !has(&of_use, "edit.detach"), "{of_use:?}");
        let of_member = offered(".node[data-id='in'] .body").await;
        assert!(has(&of_member, "group.leave"), "{of_member:?}");
    })
    .await;
}

#[tokio::test]
async fn dialogs_name_things_and_give_the_keyboard_back() {
    with_all_loaded(START, |browser, _| async move {
        select(&browser, "w").await;
        // A use of a subflow is called as the subflow, never by an id.
        assert_eq!(browser.texts("#node h2").await, ["Wash"]);
        browser.press(Key::Delete).await;
        browser.until("!document.querySelector(\".node[data-id='w']\")").await;
        browser.click(".deploy-how").await;
        browser.click("[data-command='flows.changes']").await;
        browser.element("#changes-dialog [data-change='w']").await;
        let told = browser.texts("#changes-dialog [data-change='w'] :is(strong, .hint)").await;
        assert_eq!(told, ["Wash", "subflow"]);
        browser.press(Key::Escape).await;
        browser.until("!document.querySelector('#changes-dialog')").await;
        focus_is_in(&browser, "#surface").await;

        browser.press('?').await;
        focus_is_in(&browser, "#shortcuts .search").await;
        browser.type_text("ctrl+d").await;
        browser
            .until("document.querySelector('#shortcuts [data-command]')?.dataset.command === 'flows.deploy'")
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_dot_tells_of_debug_messages_that_nobody_saw() {
    with_all_loaded(START, |browser, _| async move {
        const NEWS: &str = "[data-panel='debug'] .news";
        assert_eq!(browser.count(NEWS).await, 0);
        select(&browser, "a").await;
        browser.click(".node[data-id='a'] [data-action]").await;
        browser.element(NEWS).await;
        browser.click("[data-panel='debug']").await;
        browser.until(&format!("!document.querySelector(\"{NEWS}\")")).await;
        let heard: Value =
            browser.run("return document.querySelectorAll('#debug .entry').length", vec![]).await;
        assert_eq!(heard, 1);
    })
    .await;
}

#[tokio::test]
async fn keys_pressed_beside_the_canvas_do_nothing_to_the_flow() {
    with_flows(START, |browser, _| async move {
        select(&browser, "c").await;
        browser.click_at(browser.middle_of("#node h2").await).await;
        browser.press(Key::Delete).await;
        browser.press('t').await;
        // On the canvas they do again: what was pressed before would have been first.
        browser.click_at(browser.place_in_flow((400.0, 480.0)).await).await;
        browser.press('t').await;
        browser.until("document.querySelectorAll('.bar [role=tab]').length === 3").await;
        browser.press_with(&[Key::Control], 'z').await;
        browser.element(".node[data-id='c']").await;
        browser.until("!document.querySelector('.deploy.changed')").await;
    })
    .await;
}

#[tokio::test]
async fn a_wire_is_called_as_its_node_is_now() {
    with_all_loaded(START, |browser, _| async move {
        const HEAD: &str = "#wire .wire-head strong";
        select(&browser, "a").await;
        browser.click("[data-panel='wire']").await;
        browser.element(HEAD).await;
        assert_eq!(browser.texts(HEAD).await, ["inject, output 1"]);
        browser.click("[data-panel='node']").await;
        fill(&browser, "#node [data-key='name'] input", "Start").await;
        browser.click("[data-panel='wire']").await;
        browser.until(&format!("document.querySelector('{HEAD}').textContent === 'Start, output 1'")).await;
    })
    .await;
}
