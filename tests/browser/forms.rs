//! The forms: what is typed is in the document at once, and what was deployed is what was typed.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::Browser;
use wireloom_tests::server::Server;

use super::start::{deployed_by_button, fill, node, select, with_flows};

const START: &str = r#"[{"id":"t","type":"tab","label":"One"},
    {"id":"in","type":"mqtt in","z":"t","x":150,"y":60,"broker":"b","topic":"cars","qos":"2","datatype":"auto-detect","wires":[["f"]]},
    {"id":"b","type":"mqtt-broker","name":"First","broker":"127.0.0.1","port":"1"},
    {"id":"f","type":"function","z":"t","x":350,"y":60,"func":"return msg;","outputs":1,"wires":[["s"]]},
    {"id":"s","type":"switch","z":"t","x":150,"y":200,"property":"payload","propertyType":"msg",
     "rules":[{"t":"eq","v":"one","vt":"str"},{"t":"eq","v":"two","vt":"str"}],"checkall":"true","outputs":2,"wires":[["x"],["y"]]},
    {"id":"c","type":"change","z":"t","x":350,"y":160,"rules":[{"t":"set","p":"payload","pt":"msg","to":"","tot":"str"}],"wires":[[]]},
    {"id":"x","type":"debug","z":"t","x":550,"y":160,"active":true,"complete":"false","wires":[]},
    {"id":"y","type":"debug","z":"t","x":550,"y":240,"active":true,"complete":"false","wires":[]},
    {"id":"g","type":"catch","z":"t","x":150,"y":300,"scope":null,"wires":[[]]}]"#;

/// Starts Wireloom with [`START`], opens the editor and runs the test.
async fn with_forms<F: Future<Output = ()>>(test: impl FnOnce(Browser, std::sync::Arc<Server>) -> F) {
    with_flows(START, |browser, server| async move {
        browser.element(".node[data-id='x']").await;
        test(browser, server).await;
    })
    .await;
}

/// Chooses in a menu by the title of the choice.
async fn choose(browser: &Browser, css: &str, title: &str) {
    let menu = browser.element(css).await;
    menu.select_by_label(title).await.unwrap_or_else(|error| panic!("{title} in {css}: {error}"));
}

#[tokio::test]
async fn wires_follow_the_rules_of_a_switch() {
    with_forms(|browser, server| async move {
        select(&browser, "s").await;
        // A third rule, and the second to the front, with the keyboard.
        browser.click("[data-key='rules'] > .add").await;
        browser.until("document.querySelectorAll('.row-item').length === 3").await;
        choose(&browser, ".row-item:nth-child(3) [data-key='t'] select", "otherwise").await;
        browser.until("document.querySelectorAll(\".node[data-id='s'] [data-port^='out']\").length === 3").await;
        let grip = browser.element(".row-item:nth-child(2) .grip").await;
        grip.send_keys(&char::from(Key::Up).to_string()).await.unwrap();
        browser.until("document.querySelector('.row-item [data-key=v] input:not(.fixed)').value === 'two'").await;
        // The grip keeps the focus: another key brings the row back, and forth again.
        browser.until("document.activeElement.closest('.row-item:nth-child(1)')").await;
        browser.save_screenshot("form-switch").await;
        let flows = deployed_by_button(&browser, &server).await;
        let rules = json!([{"t":"eq","v":"two","vt":"str"},{"t":"eq","v":"one","vt":"str"},{"t":"else","v":"","vt":"str"}]);
        assert_eq!(node(&flows, "s")["rules"], rules);
        assert_eq!(node(&flows, "s")["outputs"], 3);
        assert_eq!(node(&flows, "s")["wires"], json!([["y"], ["x"], []]));

        browser.click(".row-item:nth-child(1) .remove").await;
        browser.until("document.querySelectorAll('.row-item').length === 2").await;
        let flows = deployed_by_button(&browser, &server).await;
        assert_eq!(node(&flows, "s")["wires"], json!([["x"], []]));
        assert_eq!(node(&flows, "s")["outputs"], 2);

        // By the mouse: the first row to the end.
        let from = browser.middle_of(".row-item:nth-child(1) .grip").await;
        let below = browser.middle_of(".row-item:nth-child(2) .grip").await;
        browser.drag(from, (below.0, below.1 + 25.0)).await;
        let flows = deployed_by_button(&browser, &server).await;
        assert_eq!(node(&flows, "s")["wires"], json!([[], ["x"]]));
    })
    .await;
}

#[tokio::test]
async fn a_change_rule_is_typed() {
    with_forms(|browser, server| async move {
        select(&browser, "c").await;
        fill(&browser, ".row-item [data-key='p'] input", "kind").await;
        choose(&browser, ".row-item [data-key='to'] .type", "number").await;
        fill(&browser, ".row-item [data-key='to'] input", "4x").await;
        browser.element(".row-item [data-key='to'] .error").await;
        assert_eq!(
            browser.texts(".row-item [data-key='to'] .error").await,
            ["\"4x\" is no number: enter one"]
        );
        fill(&browser, ".row-item [data-key='to'] input", "42").await;
        browser.until("!document.querySelector('.inspector .error')").await;
        browser.click("[data-key='rules'] > .add").await;
        choose(&browser, ".row-item:nth-child(2) [data-key='t'] select", "Delete").await;
        fill(&browser, ".row-item:nth-child(2) [data-key='p'] input", "topic").await;
        // What a rule does not need is not shown.
        browser.until("document.querySelector('.row-item:nth-child(2) [data-key=to]').hidden").await;
        browser.save_screenshot("form-change").await;
        let flows = deployed_by_button(&browser, &server).await;
        let rules = &node(&flows, "c")["rules"];
        assert_eq!(rules[0], json!({"t":"set","p":"kind","pt":"msg","to":"42","tot":"num"}));
        assert_eq!(rules[1]["t"], "delete");
        assert_eq!(rules[1]["p"], "topic");
    })
    .await;
}

#[tokio::test]
async fn credentials_are_shown_as_they_are_kept_after_a_deploy() {
    let flows = r#"[{"id":"t","type":"tab","label":"One"},
        {"id":"h","type":"http request","z":"t","x":150,"y":60,"method":"GET","url":"http://127.0.0.1:1/","authType":"digest","wires":[[]]}]"#;
    with_flows(flows, |browser, server| async move {
        select(&browser, "h").await;
        fill(&browser, "#credential-user", "ann").await;
        fill(&browser, "#credential-password", "first").await;
        deployed_by_button(&browser, &server).await;
        // What was typed has left the flows; the server says that it has it.
        let is_kept = "document.querySelector('#credential-user').value === 'ann'
            && document.querySelector('#credential-password').value === ''
            && document.querySelector('#credential-password').placeholder.startsWith('\\u2022')";
        browser.until(is_kept).await;
        // Another user, and flows that are the same but for that.
        fill(&browser, "#credential-user", "bob").await;
        deployed_by_button(&browser, &server).await;
        browser.until(&is_kept.replace("ann", "bob")).await;
        let kept = server.json("/credentials/http%20request/h").await;
        assert_eq!(kept, json!({ "user": "bob", "has_password": true }));
    })
    .await;
}

#[tokio::test]
async fn config_nodes_and_secrets_are_variables_of_a_subflow() {
    let flows = r#"[{"id":"t","type":"tab","label":"One"},
        {"id":"d1","type":"database","name":"first","url":"sqlite:one.db"},{"id":"d2","type":"database","name":"second","url":"sqlite:two.db"},
        {"id":"s","type":"subflow","name":"Ask","in":[{"x":60,"y":80,"wires":[{"id":"q"}]}],"out":[{"x":600,"y":80,"wires":[{"id":"f","port":0}]}],
         "env":[{"name":"DB","type":"str","value":""},{"name":"KEY","type":"str","value":"plain"}]},
        {"id":"q","type":"sql","z":"s","x":220,"y":80,"database":"${DB}","sql":"SELECT file FROM pragma_database_list","wires":[["f"]]},
        {"id":"f","type":"function","z":"s","x":420,"y":80,"func":"msg.payload = msg.payload[0].file + ' ' + env.get('KEY'); return msg;","outputs":1,"wires":[[]]},
        {"id":"a","type":"inject","z":"t","x":150,"y":100,"props":[],"wires":[["u"]]},
        {"id":"u","type":"subflow:s","z":"t","x":350,"y":100,"name":"here","env":[],"wires":[["d"]]},
        {"id":"d","type":"debug","z":"t","x":550,"y":100,"active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]}]"#;
    with_flows(flows, |browser, server| async move {
        browser.element("#debug .entries").await;
        select(&browser, "u").await;
        browser.press_with(&[Key::Control, Key::Shift], 'p').await;
        browser.element(".picker input:focus").await;
        browser.type_text("open the subflow\n").await;
        browser.element(".inspector .type[title='s']").await;
        browser.click(".row-item:nth-child(1) .fold summary").await;
        choose(&browser, ".row-item:nth-child(1) [data-key='ui:type'] select", "a config node").await;
        browser.until("document.querySelector(\".row-item:nth-child(1) [data-key='value']\").getClientRects().length === 0").await;
        choose(&browser, ".row-item:nth-child(1) [data-key='ui:config'] select", "database").await;
        choose(&browser, ".row-item:nth-child(2) [data-key='value'] select.type", "credential").await;
        fill(&browser, ".row-item:nth-child(2) [data-key='value'] input[type='password']", "hush of all").await;
        browser.save_pictures("form-variables").await;
        // The use that there is has not chosen yet, which is known once the server tried.
        let flows = deployed_by_button(&browser, &server).await;
        browser.element(".problems-button").await;
        let env = json!([{ "name": "DB", "type": "database", "value": "", "ui": { "type": "conf-types" } },
            { "name": "KEY", "type": "cred", "value": "" }]);
        assert_eq!(node(&flows, "s")["env"], env);
        assert_eq!(server.json("/credentials/subflow/s").await, json!({ "has_KEY": true }));
        // What is inside of it may take the variable.
        select(&browser, "q").await;
        browser.until("document.querySelector('#field-database')?.selectedOptions[0]?.value === '${DB}'").await;

        // Each use chooses, and may have a secret of its own.
        browser.click(".bar .tab[data-tab='t']").await;
        select(&browser, "u").await;
        choose(&browser, ".inspector [data-key='DB'] select", "second").await;
        browser.until("!document.querySelector('.problems-button')").await;
        let flows = deployed_by_button(&browser, &server).await;
        assert_eq!(node(&flows, "u")["env"], json!([{ "name": "DB", "type": "conf-type", "value": "d2" }]));
        browser.click("[data-panel='debug']").await;
        browser.click(".node[data-id='a'] [data-action]").await;
        browser.until("document.querySelector('#debug .entry')?.textContent.includes('two.db hush of all')").await;

        browser.click("[data-panel='node']").await;
        fill(&browser, "#credential-KEY", "mine alone").await;
        browser.save_pictures("form-use").await;
        let flows = deployed_by_button(&browser, &server).await;
        let env = json!([{ "name": "DB", "type": "conf-type", "value": "d2" }, { "name": "KEY", "type": "cred" }]);
        assert_eq!(node(&flows, "u")["env"], env);
        assert!(!Value::Array(flows).to_string().contains("mine alone"));
        browser.click("[data-panel='debug']").await;
        browser.click(".node[data-id='a'] [data-action]").await;
        browser.until("document.querySelector('#debug').textContent.includes('two.db mine alone')").await;

        // A new one is made where it is chosen, in one step.
        browser.click("[data-panel='node']").await;
        browser.click(".inspector [data-key='DB'] button:last-child").await;
        browser.element(".inspector .back").await;
        browser.until("document.activeElement.id === 'field-name'").await;
        fill(&browser, "#field-name", "third").await;
        browser.click(".inspector .back").await;
        browser.until("document.querySelector(\".inspector [data-key='DB'] select\")?.selectedOptions[0]?.textContent === 'third'").await;
        let flows = deployed_by_button(&browser, &server).await;
        let third = flows.iter().find(|node| node["name"] == "third").unwrap();
        assert_eq!(node(&flows, "u")["env"][0], json!({ "name": "DB", "type": "conf-type", "value": third["id"] }));
    })
    .await;
}

#[tokio::test]
async fn a_broker_is_made_where_it_is_needed() {
    with_forms(|browser, server| async move {
        select(&browser, "in").await;
        choose(&browser, "#field-broker", "None").await;
        browser.element("[data-key='broker'] .error").await;
        fill(&browser, "#field-topic", "cars/+").await;
        browser.click("[data-key='broker'] button:last-child").await;
        browser.element(".inspector .back").await;
        browser.until("document.activeElement.id === 'field-name'").await;
        fill(&browser, "#field-name", "Mine").await;
        fill(&browser, "#field-broker", "127.0.0.1").await;
        fill(&browser, "#field-port", "99999").await;
        assert_eq!(
            browser.texts("[data-key='port'] .error").await,
            ["\"99999\" is too large: enter at most 65535"]
        );
        fill(&browser, "#field-port", "1999").await;
        browser.until("!document.querySelector('[data-key=port] .error')").await;
        fill(&browser, "#credential-user", "ann").await;
        fill(&browser, "#credential-password", "secret").await;
        browser.save_screenshot("form-broker").await;
        browser.click(".inspector .back").await;
        browser.element(".inspector .type[title='in']").await;
        browser.until("!document.querySelector('[data-key=broker] .error')").await;
        assert_eq!(browser.texts("#field-broker option:checked").await, ["Mine"]);

        let flows = deployed_by_button(&browser, &server).await;
        let broker = flows.iter().find(|node| node["name"] == "Mine").unwrap();
        assert_eq!([&broker["name"], &broker["broker"], &broker["port"]], ["Mine", "127.0.0.1", "1999"]);
        assert_eq!(node(&flows, "in")["broker"], broker["id"]);
        assert_eq!(node(&flows, "in")["topic"], "cars/+");
        assert_eq!(broker["credentials"], Value::Null);
        let kept = server.json(&format!("/credentials/mqtt-broker/{}", broker["id"].as_str().unwrap())).await;
        assert_eq!(kept, json!({ "user": "ann", "has_password": true }));
    })
    .await;
}

#[tokio::test]
async fn code_is_typed_into_the_code_editor() {
    with_forms(|browser, server| async move {
        select(&browser, "f").await;
        browser.click("[data-key='func'] .cm-content").await;
        browser.press_with(&[Key::Control], 'a').await;
        browser.type_text("msg.payload = 1;").await;
        browser.press(Key::Enter).await;
        browser.type_text("return (msg").await;
        // The bracket closes itself; what is left open is marked.
        browser.until("document.querySelector('[data-key=func] textarea').value.endsWith('(msg)')").await;
        browser.press(Key::Delete).await;
        browser.element("[data-key='func'] .cm-lintRange-error, [data-key='func'] .cm-lintPoint-error").await;
        browser.type_text(");").await;
        browser.until("!document.querySelector('.cm-lintRange-error, .cm-lintPoint-error')").await;
        browser.save_screenshot("form-code").await;
        // Escape, then Tab leaves the code.
        browser.press(Key::Escape).await;
        browser.press(Key::Tab).await;
        browser.until("!document.activeElement.closest('.cm-editor')").await;

        // With two outputs the node gets a second port; the first keeps its wire.
        fill(&browser, "#field-outputs", "2").await;
        browser.press(Key::Tab).await;
        browser
            .until("document.querySelectorAll(\".node[data-id='f'] [data-port^='out']\").length === 2")
            .await;
        let flows = deployed_by_button(&browser, &server).await;
        assert_eq!(node(&flows, "f")["func"], "msg.payload = 1;\nreturn (msg);");
        assert_eq!(node(&flows, "f")["wires"], json!([["s"], []]));
    })
    .await;
}

#[tokio::test]
async fn what_is_typed_is_one_step_to_undo() {
    with_forms(|browser, _| async move {
        select(&browser, "x").await;
        let label = ".node[data-id='x'] .label";
        let before = browser.texts(label).await;
        fill(&browser, "#field-name", "Everything that came").await;
        browser
            .until(&format!("document.querySelector(\"{label}\").textContent.startsWith('Everything')"))
            .await;
        // The field is the same one as before each key.
        browser.until("document.activeElement.id === 'field-name'").await;
        browser.press(Key::Escape).await;
        browser.until("document.activeElement.classList.contains('surface')").await;
        browser.press_with(&[Key::Control], 'z').await;
        browser
            .until(&format!("document.querySelector(\"{label}\").textContent.trim() === '{}'", before[0]))
            .await;
        browser.until("document.querySelector('#field-name').value === ''").await;

        // A choice of another kind: all nodes, then those chosen.
        select(&browser, "g").await;
        browser.click("[data-key='scope'] .ways .check:nth-child(3) input").await;
        browser.click("[data-key='scope'] .choices input[value='f']").await;
        browser
            .until("document.querySelector(\"[data-key='scope'] .choices input[value='f']\").checked")
            .await;
        browser.until("document.querySelector('[data-key=uncaught]').hidden").await;
        browser.save_screenshot("form-catch").await;
    })
    .await;
}

#[tokio::test]
async fn a_subflow_says_how_its_variables_are_asked_for() {
    let flows = r#"[{"id":"t","type":"tab","label":"One"},
        {"id":"s","type":"subflow","name":"Measure","in":[{"x":60,"y":80,"wires":[{"id":"i"}]}],"out":[{"x":400,"y":80,"wires":[{"id":"i","port":0}]}],
         "env":[{"name":"LIMIT","type":"num","value":"30"}]},
        {"id":"i","type":"change","z":"s","x":220,"y":80,"rules":[{"t":"set","p":"payload","pt":"msg","to":"LIMIT","tot":"env"}],"wires":[[]]},
        {"id":"a","type":"inject","z":"t","x":150,"y":100,"props":[],"wires":[["u"]]},
        {"id":"u","type":"subflow:s","z":"t","x":350,"y":100,"name":"here","env":[],"wires":[["d"]]},
        {"id":"d","type":"debug","z":"t","x":550,"y":100,"active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]}]"#;
    with_flows(flows, |browser, server| async move {
        browser.element("#debug .entries").await;
        select(&browser, "u").await;
        browser.press_with(&[Key::Control, Key::Shift], 'p').await;
        browser.element(".picker input:focus").await;
        browser.type_text("open the subflow\n").await;
        browser.element(".inspector .type[title='s']").await;
        browser.click(".inspector [data-key='env'] .fold summary").await;
        fill(&browser, "[data-key='ui:label'] input", "Most degrees").await;
        choose(&browser, "[data-key='ui:type'] select", "a number").await;
        fill(&browser, "[data-key='ui:max'] input", "50").await;
        browser.until("document.querySelector(\"[data-key='ui:types']\").getClientRects().length === 0").await;
        let flows = deployed_by_button(&browser, &server).await;
        let ui = json!({ "type": "spinner", "label": { "en-US": "Most degrees" }, "opts": { "max": 50 } });
        assert_eq!(node(&flows, "s")["env"], json!([{ "name": "LIMIT", "type": "num", "value": "30", "ui": ui }]));

        // The form of its use asks so, and what is said there is what runs.
        browser.click(".bar .tab[data-tab='t']").await;
        select(&browser, "u").await;
        browser.until("document.querySelector(\".inspector [data-key='LIMIT'] .label\")?.textContent === 'Most degrees'").await;
        fill(&browser, ".inspector [data-key='LIMIT'] input", "41").await;
        let flows = deployed_by_button(&browser, &server).await;
        assert_eq!(node(&flows, "u")["env"][0]["value"], "41");
        browser.click(".node[data-id='a'] [data-action]").await;
        browser.until("document.querySelector('#debug .entry')?.textContent.includes('41')").await;
    })
    .await;
}
