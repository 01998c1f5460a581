//! The canvas under mouse and keyboard. What was done is read back from the server, after a deploy.

use fantoccini::key::Key;
use serde_json::Value;
use wireloom_tests::browser::Browser;
use wireloom_tests::server::Server;

use super::start::{deployed, node, with_flows};

const START: &str = r#"[{"id":"t","type":"tab","label":"One"},
    {"id":"a","type":"inject","z":"t","x":150,"y":100,"props":[{"p":"payload"}],"payload":"x","payloadType":"str","wires":[[]]},
    {"id":"b","type":"switch","z":"t","x":350,"y":100,"property":"payload","propertyType":"msg",
     "rules":[{"t":"eq","v":"x","vt":"str"},{"t":"else"}],"checkall":"true","repair":false,"outputs":2,"wires":[[],[]]},
    {"id":"c","type":"debug","z":"t","x":550,"y":100,"active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]}]"#;

/// Starts Wireloom with [`START`], opens the editor at a zoom of 1 and runs the test.
async fn with_canvas<F: Future<Output = ()>>(test: impl FnOnce(Browser, std::sync::Arc<Server>) -> F) {
    with_flows(START, test).await;
}

async fn port(browser: &Browser, id: &str, port: &str) -> (f64, f64) {
    browser.middle_of(&format!("[data-id='{id}'] [data-port='{port}']")).await
}

#[tokio::test]
async fn wires_are_drawn_selected_and_deleted_with_the_mouse() {
    with_canvas(|browser, server| async move {
        browser.drag(port(&browser, "a", "out:0").await, port(&browser, "b", "in").await).await;
        browser.drag(port(&browser, "c", "in").await, port(&browser, "b", "out:1").await).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], serde_json::json!([["b"]]));
        assert_eq!(node(&flows, "b")["wires"], serde_json::json!([[], ["c"]]));

        let (from, to) = (port(&browser, "a", "out:0").await, port(&browser, "b", "in").await);
        browser.click_at(((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0)).await;
        browser.element(".wire.selected").await;
        browser.press(Key::Delete).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], serde_json::json!([[]]));
    })
    .await;
}

#[tokio::test]
async fn nodes_come_from_the_palette_move_together_and_go() {
    with_canvas(|browser, server| async move {
        let place = browser.place_in_flow((350.0, 240.0)).await;
        browser.drag(browser.middle_of(".palette [data-type='template']").await, place).await;
        browser.element(".node.selected[data-type='template']").await;
        // No text is selected on the way: it would be copied in place of the node.
        assert_eq!(browser.run("return getSelection().toString()", vec![]).await, "");
        let flows = deployed(&browser, &server).await;
        let template = flows.iter().find(|node| node["type"] == "template").unwrap();
        assert_eq!((template["z"].as_str(), template["y"].as_f64()), (Some("t"), Some(240.0)));
        assert!((template["x"].as_f64().unwrap() - 350.0).abs() <= 10.0);

        // A frame around a and b; both move with b, on the grid.
        let (from, to) =
            (browser.place_in_flow((60.0, 60.0)).await, browser.place_in_flow((340.0, 130.0)).await);
        browser.drag(from, to).await;
        browser.until("document.querySelectorAll('.node.selected').length === 2").await;
        let (from, to) =
            (browser.place_in_flow((370.0, 100.0)).await, browser.place_in_flow((433.0, 178.0)).await);
        browser.drag(from, to).await;
        let flows = deployed(&browser, &server).await;
        let way = |id: &str, x: f64| {
            (node(&flows, id)["x"].as_f64().unwrap() - x, node(&flows, id)["y"].as_f64().unwrap())
        };
        assert_eq!(way("a", 150.0), way("b", 350.0));
        assert_eq!(way("a", 150.0), (60.0, 180.0));
        assert_eq!(node(&flows, "c")["y"], 100);

        browser.press(Key::Delete).await;
        let flows = deployed(&browser, &server).await;
        assert!(flows.iter().all(|node| node["id"] != "a" && node["id"] != "b"));
        browser.press_with(&[Key::Control], 'z').await;
        browser.press_with(&[Key::Control], 'z').await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["x"], 150);
    })
    .await;
}

#[tokio::test]
async fn what_is_copied_is_pasted_and_escape_ends_a_drag() {
    with_canvas(|browser, server| async move {
        browser.click_at(browser.place_in_flow((350.0, 100.0)).await).await;
        browser.press_with(&[Key::Control], 'c').await;
        browser.point_at(browser.place_in_flow((350.0, 300.0)).await).await;
        browser.press_with(&[Key::Control], 'v').await;
        browser.until("document.querySelectorAll(\".node[data-type='switch']\").length === 2").await;
        let flows = deployed(&browser, &server).await;
        let copy = flows.iter().find(|node| node["type"] == "switch" && node["id"] != "b").unwrap();
        assert_eq!(copy["rules"], node(&flows, "b")["rules"]);
        assert_eq!(copy["y"], 300);
    })
    .await;
}

#[tokio::test]
async fn a_flow_is_made_with_the_keyboard_alone() {
    with_canvas(|browser, server| async move {
        // A new flow; the canvas has the keyboard from the start.
        browser.press('t').await;
        browser.until("document.querySelectorAll('.bar [role=tab]').length === 2").await;
        for name in ["inject", "change", "debug"] {
            browser.press('a').await;
            browser.element(".picker input:focus").await;
            browser.type_text(name).await;
            browser.press(Key::Enter).await;
            browser.element(&format!(".node.selected[data-type='{name}']")).await;
        }
        // From the inject node straight to the debug node too.
        browser.press(Key::Left).await;
        browser.press(Key::Left).await;
        browser.element(".node.selected[data-type='inject']").await;
        browser.press('w').await;
        browser.press(Key::Right).await;
        browser.press(Key::Enter).await;
        let flows = deployed(&browser, &server).await;
        let of_type = |name: &str| {
            let of_tab = |node: &&Value| node["type"] == name && node["z"] != "t";
            flows.iter().find(of_tab).unwrap_or_else(|| panic!("no {name}"))
        };
        let id = |name: &str| of_type(name)["id"].clone();
        assert_eq!(of_type("inject")["wires"], serde_json::json!([[id("change"), id("debug")]]));
        assert_eq!(of_type("change")["wires"], serde_json::json!([[id("debug")]]));
        // Space presses the node's button.
        browser.press(' ').await;
        browser.element(".entry").await;
    })
    .await;
}

#[tokio::test]
async fn a_locked_flow_stays_as_it_is_until_it_is_unlocked() {
    with_canvas(|browser, server| async move {
        browser.press(Key::Escape).await;
        browser.press(Key::Enter).await;
        browser.click(".inspector [data-key='locked'] input").await;
        browser.element(".bar .tab .icon").await;
        browser.press(Key::Escape).await;
        let locked = deployed(&browser, &server).await;
        assert_eq!(node(&locked, "t")["locked"], true);

        // Neither mouse nor keyboard changes anything on it, and who tries is told why.
        let place = browser.middle_of(".node[data-id='a'] .label").await;
        browser.drag(place, (place.0 + 40.0, place.1 + 120.0)).await;
        browser.drag(port(&browser, "a", "out:0").await, port(&browser, "b", "in").await).await;
        browser.element(".node.selected[data-id='a']").await;
        browser.press(Key::Delete).await;
        browser.element(".notice.error").await;
        assert!(browser.texts(".notice.error").await[0].contains("The flow One is locked"));
        assert_eq!(browser.count(".node.changed").await + browser.count("[data-wire]").await, 0);

        browser.press(Key::Escape).await;
        browser.press(Key::Enter).await;
        browser.click(".inspector [data-key='locked'] input").await;
        browser.press(Key::Escape).await;
        browser.drag(port(&browser, "a", "out:0").await, port(&browser, "b", "in").await).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], serde_json::json!([["b"]]));
    })
    .await;
}

#[tokio::test]
async fn virtual_wires_follow_what_is_dragged() {
    let flows = r#"[{"id":"t","type":"tab","label":"One"},{"id":"u","type":"tab","label":"Two"},
        {"id":"out","type":"link out","z":"t","x":150,"y":100,"mode":"link","links":["in","far"],"wires":[]},
        {"id":"in","type":"link in","z":"t","x":350,"y":100,"links":["out"],"wires":[[]]},
        {"id":"far","type":"link in","z":"u","x":350,"y":100,"links":["out"],"wires":[[]]}]"#;
    with_flows(flows, |browser, _| async move {
        let place = browser.middle_of(".node[data-id='out'] .body").await;
        browser.click_at(place).await;
        browser.element(".flag[data-flag='out']").await;
        let shown = "const box = css => document.querySelector(css).getBoundingClientRect();
            return [box('[data-link-from=out]').bottom, box('.flag').top, box('.node[data-id=out] .body').top];";
        let before = browser.run(shown, vec![]).await;
        browser.drag_and_hold(place, (place.0, place.1 + 90.0)).await;
        browser
            .until("document.querySelector('.node[data-id=out]').getAttribute('transform').split('translate').length > 2")
            .await;
        let held = browser.run(shown, vec![]).await;
        browser.let_go().await;
        let after = browser.run(shown, vec![]).await;
        for at in 0..3 {
            let way = |to: &Value| to[at].as_f64().unwrap() - before[at].as_f64().unwrap();
            assert!(way(&held) > 60.0 && (way(&held) - way(&after)).abs() < 3.0, "{at}: {before} {held} {after}");
        }
    })
    .await;
}

#[tokio::test]
async fn from_afar_the_nodes_are_told_in_words() {
    with_canvas(|browser, _| async move {
        const WORDS: &str =
            "[...document.querySelectorAll('#flow [role=group]')].map(one => one.getAttribute('aria-label'))";
        let words = async || browser.run(&format!("return {WORDS}"), vec![]).await;
        assert_eq!(browser.count(".said-afar").await, 0);
        for _ in 0..12 {
            browser.press('-').await;
        }
        browser.until("document.querySelector('#flow.far .said-afar')").await;
        assert_eq!(browser.count(".node").await, 0);
        let all = words().await;
        assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
        assert!(all[0].as_str().unwrap().starts_with("3 nodes, seen from afar."), "{all}");

        // The arrow keys lead from node to node; the selected one is there, where its block is.
        browser.click_at(browser.place_in_flow((350.0, 400.0)).await).await;
        browser.press(Key::Left).await;
        browser.element(".said-afar.one").await;
        let before = words().await;
        browser.press(Key::Right).await;
        browser.until(&format!("{WORDS}[1] !== {}", before[1])).await;
        let now = words().await;
        assert!(now[0].as_str().unwrap().ends_with("1 selected."), "{now}");
        assert!(now[1].as_str().unwrap().ends_with("debug"), "{now}");
        assert_eq!(browser.texts("#canvas-says").await[0], now[1].as_str().unwrap());
        let (at, block) =
            (browser.middle_of(".said-afar.one rect").await, browser.place_in_flow((550.0, 100.0)).await);
        assert!((at.0 - block.0).abs() < 3.0 && (at.1 - block.1).abs() < 3.0, "{at:?} {block:?}");

        // Near by each has its own element again.
        browser.press('0').await;
        browser
            .until("document.querySelectorAll('.node').length === 3 && !document.querySelector('.said-afar')")
            .await;
    })
    .await;
}
