//! Groups, junctions, subflows, links and what else is done with several nodes at once: what the document is then, what
//! the runtime does, and that undo leads back to the identical document.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::Browser;
use wireloom_tests::server::Server;

use super::start::{deployed, node, with_all_loaded};

const START: &str = r#"[{"id":"t","type":"tab","label":"One","disabled":false,"info":"","env":[]},
    {"id":"a","type":"inject","z":"t","x":150,"y":120,"props":[{"p":"payload"}],"payload":"x","payloadType":"str","wires":[["b"]]},
    {"id":"b","type":"change","z":"t","x":370,"y":120,"name":"mark","rules":[{"t":"set","p":"payload","pt":"msg","to":"seen","tot":"str"}],"wires":[["c"]]},
    {"id":"c","type":"debug","z":"t","x":590,"y":120,"name":"end","active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]},
    {"id":"d","type":"change","z":"t","x":370,"y":300,"name":"loose","rules":[],"wires":[[]]}]"#;

fn of_type<'a>(flows: &'a [Value], kind: &str) -> &'a Value {
    flows.iter().find(|node| node["type"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

/// Undoes so many steps and looks whether the flows are the first ones again.
async fn undone(browser: &Browser, server: &Server, steps: usize) {
    for _ in 0..steps {
        browser.press_with(&[Key::Control], 'z').await;
    }
    let flows = deployed(browser, server).await;
    assert_eq!(Value::Array(flows), serde_json::from_str::<Value>(START).unwrap());
}

/// Runs a command by the list of all commands.
async fn command(browser: &Browser, name: &str) {
    browser.press_with(&[Key::Control, Key::Shift], 'p').await;
    browser.element(".picker input:focus").await;
    browser.type_text(name).await;
    browser.press(Key::Enter).await;
    browser.until("!document.querySelector('.picker')").await;
}

async fn select(browser: &Browser, ids: &[&str]) {
    browser.press(Key::Escape).await;
    for (at, id) in ids.iter().enumerate() {
        let place = browser.middle_of(&format!(".node[data-id='{id}'] .label")).await;
        match at {
            0 => browser.click_at(place).await,
            _ => browser.click_at_with(&[Key::Control], place).await,
        }
    }
    browser.until(&format!("document.querySelectorAll('.node.selected').length === {}", ids.len())).await;
}

/// Presses the button of `a` and waits for what the debug node says.
async fn runs(browser: &Browser, words: &str) {
    browser.click("[data-panel='debug']").await;
    browser.click("#debug [aria-label='Clear']").await;
    browser.until("!document.querySelector('.entry')").await;
    browser.click(".node[data-id='a'] [data-action]").await;
    browser.until(&format!("document.querySelector('.entry')?.textContent.includes('{words}')")).await;
}

#[tokio::test]
async fn a_node_goes_into_a_wire_and_out_again() {
    with_all_loaded(START, |browser, server| async move {
        let (from, to) =
            (browser.place_in_flow((400.0, 300.0)).await, browser.place_in_flow((510.0, 122.0)).await);
        browser.drag(from, to).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(
            (&node(&flows, "b")["wires"], &node(&flows, "d")["wires"]),
            (&json!([["d"]]), &json!([["c"]]))
        );
        runs(&browser, "seen").await;
        // Out of the wire, which closes behind it.
        select(&browser, &["d"]).await;
        browser.press_with(&[Key::Alt], 'l').await;
        browser.press('d').await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(
            (&node(&flows, "b")["wires"], &node(&flows, "d")["wires"]),
            (&json!([["c"]]), &json!([[]]))
        );
        undone(&browser, &server, 2).await;
        // Deleted, and what it was wired to is wired.
        select(&browser, &["b"]).await;
        browser.press_with(&[Key::Control], Key::Delete.into()).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], json!([["c"]]));
        runs(&browser, "x").await;
        undone(&browser, &server, 1).await;
    })
    .await;
}

#[tokio::test]
async fn groups_are_made_joined_nested_and_taken_apart() {
    with_all_loaded(START, |browser, server| async move {
        select(&browser, &["b", "c"]).await;
        browser.press_with(&[Key::Control, Key::Shift], 'g').await;
        browser.element(".group.selected").await;
        let flows = deployed(&browser, &server).await;
        let group = of_type(&flows, "group").clone();
        assert_eq!((&group["nodes"], &node(&flows, "b")["g"]), (&json!(["b", "c"]), &group["id"]));
        // Dropped inside, a node is in it.
        let (from, to) =
            (browser.place_in_flow((400.0, 300.0)).await, browser.place_in_flow((500.0, 150.0)).await);
        browser.drag(from, to).await;
        // An environment and a name, in its form.
        let flows = deployed(&browser, &server).await;
        let group = of_type(&flows, "group").clone();
        assert_eq!(group["nodes"], json!(["b", "c", "d"]), "{group}");
        // One inside the other.
        select(&browser, &["b"]).await;
        browser.press_with(&[Key::Control, Key::Shift], 'g').await;
        let flows = deployed(&browser, &server).await;
        let inner =
            flows.iter().find(|node| node["type"] == "group" && node["nodes"] == json!(["b"])).unwrap();
        assert_eq!(inner["g"], group["id"]);
        runs(&browser, "seen").await;
        browser.save_screenshot("groups").await;
        undone(&browser, &server, 3).await;
    })
    .await;
}

#[tokio::test]
async fn junctions_come_by_a_stroke_and_wires_go_by_one() {
    with_all_loaded(START, |browser, server| async move {
        let stroke = |x: f64| [(x, 60.0), (x, 180.0)];
        let [from, to] = stroke(480.0);
        let (from, to) = (browser.place_in_flow(from).await, browser.place_in_flow(to).await);
        browser.drag_with(&[Key::Alt], from, to).await;
        let flows = deployed(&browser, &server).await;
        let junction = of_type(&flows, "junction").clone();
        assert_eq!(
            (&node(&flows, "b")["wires"], &junction["wires"]),
            (&json!([[junction["id"]]]), &json!([["c"]]))
        );
        runs(&browser, "seen").await;
        let [from, to] = stroke(260.0);
        let (from, to) = (browser.place_in_flow(from).await, browser.place_in_flow(to).await);
        browser.drag_with(&[Key::Alt, Key::Control], from, to).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], json!([[]]));
        undone(&browser, &server, 2).await;
        // A wire's end goes to another node.
        let from = browser.middle_of("[data-id='c'] [data-port='in']").await;
        let to = browser.middle_of("[data-id='d'] [data-port='in']").await;
        browser.drag_with(&[Key::Shift], from, to).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "b")["wires"], json!([["d"]]));
        undone(&browser, &server, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_subflow_is_made_used_changed_and_dissolved() {
    with_all_loaded(START, |browser, server| async move {
        select(&browser, &["b"]).await;
        command(&browser, "make a subflow").await;
        browser.element(".node.selected[data-type^='subflow:']").await;
        let flows = deployed(&browser, &server).await;
        let template = of_type(&flows, "subflow").clone();
        let instance =
            flows.iter().find(|node| node["type"].as_str().unwrap().starts_with("subflow:")).unwrap().clone();
        assert_eq!(
            (&node(&flows, "a")["wires"], &instance["wires"]),
            (&json!([[instance["id"]]]), &json!([["c"]]))
        );
        assert_eq!(
            (&node(&flows, "b")["z"], &template["in"][0]["wires"]),
            (&template["id"], &json!([{ "id": "b" }]))
        );
        runs(&browser, "seen").await;
        // The palette lists it.
        browser.element(&format!(".palette [data-type='{}']", instance["type"].as_str().unwrap())).await;

        // On its own tab: a second output, wired to the node.
        command(&browser, "open the subflow").await;
        browser.click(".subflow-bar [data-do='more']").await;
        browser.element("[data-end-at='out:1']").await;
        let from = browser.middle_of("[data-id='b'] [data-port='out:0']").await;
        let to = browser.middle_of("[data-end-at='out:1'] .body").await;
        browser.drag(from, to).await;
        browser.until("document.querySelectorAll('.end-wire').length === 3").await;
        browser.click(".subflow-bar [data-do='status']").await;
        browser.element("[data-end-at='status:0']").await;
        browser.save_screenshot("subflow").await;
        let flows = deployed(&browser, &server).await;
        let template = of_type(&flows, "subflow").clone();
        assert_eq!(template["out"][1]["wires"], json!([{ "id": "b", "port": 0 }]));
        assert!(template["status"].is_object());

        // Its contents in its place; the flow does what it did.
        command(&browser, "put the contents in place").await;
        let flows = deployed(&browser, &server).await;
        assert!(flows.iter().all(|node| node["type"] != "subflow"));
        browser.click(".bar .tab[data-tab='t']").await;
        runs(&browser, "seen").await;
        undone(&browser, &server, 5).await;
    })
    .await;
}

#[tokio::test]
async fn nodes_are_lined_up_spread_and_wired_in_a_row() {
    with_all_loaded(START, |browser, server| async move {
        select(&browser, &["a", "b", "d"]).await;
        browser.press_with(&[Key::Alt], 'a').await;
        browser.press('t').await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "d")["y"], node(&flows, "b")["y"]);
        undone(&browser, &server, 1).await;
        select(&browser, &["a", "d"]).await;
        command(&browser, "wire one after").await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], json!([["b", "d"]]));
        undone(&browser, &server, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_wire_goes_on_from_node_to_node_while_ctrl_is_held() {
    with_all_loaded(START, |browser, server| async move {
        let start = browser.middle_of("[data-id='a'] [data-port='out:0']").await;
        let (through, end) = (
            browser.middle_of(".node[data-id='d'] .label").await,
            browser.middle_of("[data-id='c'] [data-port='in']").await,
        );
        browser.click_all_with(&[Key::Control], &[start, through, end]).await;
        browser.element("[data-wire='1:d:0:c']").await;
        browser.until("!document.querySelector('.wire.sketch')").await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(
            (&node(&flows, "a")["wires"], &node(&flows, "d")["wires"]),
            (&json!([["b", "d"]]), &json!([["c"]]))
        );
        // By both ways.
        runs(&browser, "seen").await;
        browser
            .until("[...document.querySelectorAll('#debug .entry')].some(entry => entry.textContent.includes('x'))")
            .await;
        undone(&browser, &server, 2).await;
        // The key goes up before the wire arrives: there is none.
        browser.click_all_with(&[Key::Control], &[start]).await;
        browser.point_at(through).await;
        browser.until("!document.querySelector('.wire.sketch')").await;
        browser.click_at(browser.place_in_flow((150.0, 400.0)).await).await;
        assert_eq!(browser.count(".picker, .deploy.changed").await, 0);
    })
    .await;
}
