//! Insight into what runs: clips as flow tests, a message followed node by node, what is read and never comes, figures
//! inside a subflow.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::Browser;

use super::start::{node, with_all_loaded};

/// A button sends a car through a function to a change node, whose output leads nowhere, and to a debug node.
const START: &str = r#"[{"id":"t","type":"tab","label":"Live","disabled":false,"info":"","env":[]},
    {"id":"a","type":"inject","z":"t","x":150,"y":120,"name":"car","props":[{"p":"payload"}],"payload":"{\"lat\":52.4,\"lon\":13.1}","payloadType":"json","wires":[["b"]]},
    {"id":"b","type":"function","z":"t","x":370,"y":120,"name":"pass","func":"return msg;","outputs":1,"wires":[["f","e"]]},
    {"id":"f","type":"change","z":"t","x":590,"y":120,"name":"read","rules":[{"t":"set","p":"seen","pt":"msg","to":"payload.lat","tot":"msg"}],"wires":[["g"]]},
    {"id":"g","type":"function","z":"t","x":800,"y":120,"name":"strict","func":"if (msg.seen > 50) { throw new Error('too far north'); } return msg;","outputs":1,"wires":[[]]},
    {"id":"e","type":"debug","z":"t","x":590,"y":220,"name":"end","active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]}]"#;

/// Five times a second a car comes; one node reads what it has, the other what it never has.
const TICKING: &str = r#"[{"id":"t","type":"tab","label":"Live","disabled":false,"info":"","env":[]},
    {"id":"r","type":"inject","z":"t","x":150,"y":120,"name":"tick","props":[{"p":"payload"}],"payload":"{\"lat\":52.4}","payloadType":"json","repeat":"0.1","wires":[["p"]]},
    {"id":"p","type":"change","z":"t","x":370,"y":120,"name":"pass","rules":[],"wires":[["q","s"]]},
    {"id":"q","type":"change","z":"t","x":590,"y":120,"name":"slip","rules":[{"t":"set","p":"x","pt":"msg","to":"payload.lon","tot":"msg"}],"wires":[[]]},
    {"id":"s","type":"switch","z":"t","x":590,"y":220,"name":"sound","property":"payload.lat","propertyType":"msg","rules":[{"t":"gt","v":"50","vt":"num"}],"checkall":"true","outputs":1,"wires":[[]]}]"#;

/// A subflow that is used twice, one of the uses five times a second.
const USED_TWICE: &str = r#"[{"id":"t","type":"tab","label":"Live","disabled":false,"info":"","env":[]},
    {"id":"sub","type":"subflow","name":"Twice","info":"","in":[{"x":60,"y":80,"wires":[{"id":"x"}]}],"out":[{"x":560,"y":80,"wires":[{"id":"y","port":0}]}]},
    {"id":"x","type":"function","z":"sub","x":200,"y":80,"name":"double","func":"return [[msg, msg]];","outputs":1,"wires":[["y"]]},
    {"id":"y","type":"change","z":"sub","x":400,"y":80,"name":"last","rules":[],"wires":[[]]},
    {"id":"r","type":"inject","z":"t","x":150,"y":120,"name":"tick","props":[{"p":"payload"}],"payload":"1","payloadType":"num","repeat":"0.2","wires":[["i"]]},
    {"id":"i","type":"subflow:sub","z":"t","x":370,"y":120,"name":"first","wires":[["d"]]},
    {"id":"j","type":"subflow:sub","z":"t","x":370,"y":220,"name":"second","wires":[["d"]]},
    {"id":"d","type":"debug","z":"t","x":590,"y":120,"name":"end","active":false,"wires":[]}]"#;

/// Watches the output of a node and presses the button until a message of it is seen; holds it.
async fn hold_one(browser: &Browser, id: &str) {
    browser.click_at(browser.middle_of(&format!(".node[data-id='{id}'] .label")).await).await;
    browser.click("[data-panel='wire']").await;
    browser.until("document.querySelector('#wire .wire-head strong')").await;
    while browser.count("#wire .seen").await == 0 {
        browser.click(".node[data-id='a'] [data-action]").await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    browser.click("#wire [data-do='hold']").await;
}

/// Puts a text into a field of the form and leaves it.
async fn write(browser: &Browser, css: &str, text: &str) {
    browser.element(css).await;
    let script =
        "const field = document.querySelector(arguments[0]); field.focus(); field.value = arguments[1];
        field.dispatchEvent(new Event('input', { bubbles: true })); field.blur();";
    browser.run(script, vec![json!(css), json!(text)]).await;
}

#[tokio::test]
async fn a_clip_becomes_a_flow_test() {
    with_all_loaded(START, |browser, server| async move {
        hold_one(&browser, "b").await;
        browser.click("#wire [data-do='save-test']").await;
        browser.until("document.querySelector('.save-test .hint')?.textContent.includes('read, end')").await;
        browser.save_pictures("flow-test-new").await;
        write(&browser, ".save-test input", "north").await;
        browser.click("[data-do='keep-test']").await;
        browser.element("#tests .test.passed[data-test='north']").await;
        browser.element(".node[data-id='f'] .test-mark.passed").await;
        browser.element(".node[data-id='e'] .test-mark.passed").await;
        assert_eq!(browser.count(".node[data-id='g'] .test-mark").await, 0);
        let kept = server.json("/flows/tests").await;
        assert_eq!(kept["tests"][0]["nodes"], json!(["f", "e"]));

        // What is edited is tested before it is deployed.
        browser.click("[data-panel='node']").await;
        browser.click_at(browser.middle_of(".node[data-id='f'] .label").await).await;
        write(&browser, "#node [data-key='to'] input", "payload.lon").await;
        browser.element(".node[data-id='f'] .test-mark.stale").await;
        browser.click("[data-panel='tests']").await;
        browser.element("#tests .test.stale").await;
        browser.click("[data-do='run-tests']").await;
        browser.element("#tests .test.failed .differences").await;
        assert_eq!(browser.texts("#tests .differences tbody tr > *").await, ["seen", "52.4", "13.1"]);
        assert!(browser.texts("#tests .words").await[0].contains("read, output 1"));
        browser.element(".node[data-id='f'] .test-mark.failed").await;
        browser.save_pictures("flow-tests").await;
        let Value::Array(flows) = server.json("/flows").await else { panic!("no list of flows") };
        assert_eq!(node(&flows, "f")["rules"][0]["to"], "payload.lat", "nothing was deployed");

        // What comes now is accepted; going back makes it fail the other way round.
        browser.click("#tests [data-do='accept-test']").await;
        browser.element("#tests .test.passed").await;
        browser.click("[data-panel='node']").await;
        write(&browser, "#node [data-key='to'] input", "payload.lat").await;
        browser.click("[data-panel='tests']").await;
        browser.element("#tests .test.stale").await;
        browser.click("#tests [data-do='run-test']").await;
        browser.element("#tests .test.failed").await;
        browser.click("#tests [data-do='delete-test']").await;
        browser
            .until("!document.querySelector('#tests .test') && !document.querySelector('.test-mark')")
            .await;
        assert_eq!(server.json("/flows/tests").await, json!({ "tests": [] }));
    })
    .await;
}

#[tokio::test]
async fn a_flow_test_shows_the_context_that_it_begins_with_and_leaves_and_is_given_another() {
    let flows = START
        .replace(
            "return msg;\",\"outputs\":1,\"wires\":[[\"f\",\"e\"]]",
            "return msg;\",\"outputs\":1,\"wires\":[[\"f\"]]",
        )
        .replace(
            "if (msg.seen > 50) { throw new Error('too far north'); } return msg;",
            "flow.set('count', (flow.get('count') || 0) + 1); msg.payload = flow.get('count'); return msg;",
        );
    with_all_loaded(&flows, |browser, server| async move {
        hold_one(&browser, "f").await;
        let count = || async {
            server.json("/context/flow/t/count").await["msg"].as_str().unwrap().parse::<i64>().unwrap()
        };
        let live = count().await;
        browser.click("#wire [data-do='save-test']").await;
        write(&browser, ".save-test input", "counts").await;
        browser.click(".save-test [data-do='lend']").await;
        browser.click("[data-do='keep-test']").await;
        browser.element("#tests .test.passed[data-test='counts'] .test-context").await;
        browser.element("#tests .test [data-credentials]").await;
        let test = async || server.json("/flows/tests").await["tests"][0].clone();
        let made = test().await;
        assert_eq!(
            (&made["before"], &made["credentials"]),
            (&json!({ "t": { "count": live } }), &json!(true))
        );
        let sent = made["messages"].as_i64().unwrap();
        assert_eq!(made["after"], json!({ "t": { "count": live + sent } }));
        browser.until("document.querySelector('.test-context').textContent.includes('count')").await;
        browser.save_pictures("flow-test-context").await;

        browser.click("#tests [data-do='edit-context']").await;
        write(&browser, ".test-context textarea", r#"{"t":{"count":7}}"#).await;
        browser.click("#tests [data-do='set-context']").await;
        browser
            .until("document.querySelector('#tests .test.passed .test-context')?.textContent.includes('7')")
            .await;
        let changed = test().await;
        assert_eq!(changed["before"], json!({ "t": { "count": 7 } }));
        assert_eq!(changed["after"], json!({ "t": { "count": 7 + sent } }));
        assert_eq!(count().await, live, "what runs counts on by itself");
    })
    .await;
}

#[tokio::test]
async fn a_message_is_followed_node_by_node() {
    with_all_loaded(START, |browser, server| async move {
        hold_one(&browser, "b").await;
        let failed = async || server.json("/failed").await["failed"].as_array().unwrap().len();
        let before = failed().await;
        browser.click("#wire [data-do='step']").await;
        // The two nodes behind the wire, and the one behind the first of them.
        browser.until("document.querySelector('.trace header .hint')?.textContent === 'Node 1 of 3'").await;
        browser.element(".node[data-id='f'].traced").await;
        browser.until("document.querySelector('.trace li')?.textContent.includes('seen')").await;
        assert_eq!(browser.count(".trace li").await, 1);
        browser.click("[data-do='next-node']").await;
        browser.element(".node[data-id='e'].traced").await;
        browser.click("[data-do='next-node']").await;
        browser.element(".node[data-id='g'].traced").await;
        browser
            .until("document.querySelector('.trace li:last-child')?.textContent.includes('too far north')")
            .await;
        assert_eq!(browser.count(".trace li").await, 3);
        browser.save_pictures("trace").await;
        // It went through the runtime, with its id.
        assert_eq!(failed().await, before + 1);
        browser.click("[data-do='end-trace']").await;
        browser.until("!document.querySelector('.trace') && !document.querySelector('.traced')").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_read_and_never_comes_is_marked() {
    with_all_loaded(TICKING, |browser, server| async move {
        browser.click("[data-panel='node']").await;
        browser.click_at(browser.middle_of(".node[data-id='q'] .label").await).await;
        browser.element(".node[data-id='q'] .unseen-mark").await;
        let words = browser.texts("#node [data-key='to'] .field-problems .warning").await;
        assert!(
            words.len() == 1 && words[0].contains("msg.payload.lon") && words[0].contains("lat"),
            "{words:?}"
        );
        browser.save_pictures("unseen").await;
        browser.click_at(browser.middle_of(".node[data-id='s'] .label").await).await;
        browser.element("#node [data-key='property']").await;
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        assert_eq!(browser.count(".node[data-id='s'] .unseen-mark, #node .warning").await, 0);
        // It comes from now on, so the mark goes.
        let mut flows = server.json("/flows").await;
        let tick = flows.as_array_mut().unwrap().iter_mut().find(|node| node["id"] == "r").unwrap();
        tick["payload"] = json!(r#"{"lon":13.1}"#);
        server.deploy(flows).await;
        browser.until("!document.querySelector('.unseen-mark')").await;
        browser.element(".node[data-id='s'] .unseen-mark").await;
        browser.click_at(browser.middle_of(".node[data-id='q'] .label").await).await;
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        assert_eq!(browser.count(".node[data-id='q'] .unseen-mark").await, 0);
    })
    .await;
}

#[tokio::test]
async fn figures_inside_a_subflow_are_those_of_its_uses() {
    with_all_loaded(USED_TWICE, |browser, _| async move {
        browser.click_at(browser.middle_of(".node[data-id='i'] .label").await).await;
        browser.press_with(&[Key::Control, Key::Shift], 'p').await;
        browser.element(".picker input:focus").await;
        browser.type_text("open the subflow\n").await;
        browser.element(".node[data-id='y']").await;
        browser.click("[data-do='live']").await;
        browser.element(".wire[data-wire='1:x:0:y'] .rate").await;
        browser.save_pictures("subflow-figures").await;
        // Nothing comes to the second use.
        let menu = browser.element("[data-do='use']").await;
        menu.select_by_label("Live / second").await.unwrap();
        browser.until("!document.querySelector('.rate')").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(browser.count(".rate").await, 0);
        menu.select_by_label("Live / first").await.unwrap();
        browser.element(".rate").await;
        menu.select_by_label("All 2 uses together").await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        browser.element(".rate").await;
    })
    .await;
}
