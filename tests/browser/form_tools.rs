//! Tools of the forms: expressions are tried by the engine that runs them, JSON is edited as a tree, code is opened from
//! the library and kept there.

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::Browser;

use super::start::{deployed_by_button, fill, node, select, with_flows};

const START: &str = r#"[{"id":"t","type":"tab","label":"One"},
    {"id":"i","type":"inject","z":"t","x":150,"y":60,"props":[{"p":"payload","v":"{\"a\":[1,2]}","vt":"json"}],"wires":[["c"]]},
    {"id":"c","type":"change","z":"t","x":350,"y":60,"rules":[{"t":"set","p":"payload","pt":"msg","to":"payload","tot":"jsonata"}],"wires":[["d"]]},
    {"id":"d","type":"debug","z":"t","x":550,"y":60,"active":true,"complete":"payload","wires":[]},
    {"id":"f","type":"function","z":"t","x":150,"y":200,"name":"twice","func":"return [msg, msg];","outputs":2,"wires":[[],[]]},
    {"id":"g","type":"function","z":"t","x":350,"y":200,"func":"","outputs":1,"wires":[["d"]]},
    {"id":"j","type":"inject","z":"t","x":150,"y":300,"props":[{"p":"payload","v":"hi","vt":"str"}],"wires":[["g"]]},
    {"id":"p","type":"template","z":"t","x":550,"y":200,"template":"","wires":[[]]}]"#;

/// Waits until the debug panel has an entry with this text.
async fn shown(browser: &Browser, text: &str) {
    let has = format!(
        "[...document.querySelectorAll('#debug .entry pre')].some(one => one.textContent.includes('{text}'))"
    );
    browser.until(&has).await;
}

#[tokio::test]
async fn an_expression_is_tried_with_the_message_that_came_last() {
    with_flows(START, |browser, server| async move {
        select(&browser, "c").await;
        browser.click(".row-item [data-key='to'] [data-do='room']").await;
        browser.element(".tester").await;
        // What is typed in the line is tried; what cannot be understood is said at once.
        fill(&browser, ".row-item [data-key='to'] > .typed > input", "$sum(payload.").await;
        browser.until("document.querySelector('.tester [data-state=failed]')?.textContent.includes('not a JSONata expression')").await;
        fill(&browser, ".row-item [data-key='to'] > .typed > input", "$sum(payload.a) * 10").await;
        browser.until("!document.querySelector('.tester [data-state=failed]')").await;

        // The last message on the wire takes the place of the empty one.
        browser.click(".node[data-id='i'] [data-action='inject']").await;
        browser.until("document.querySelector('.tester textarea').value.includes('\"a\"')").await;
        browser.until("document.querySelector('.tester [data-state=value]')?.textContent === '30'").await;
        browser.save_pictures("form-tester").await;

        // A message of one's own, and a function that is inserted.
        fill(&browser, ".tester textarea", r#"{"payload":{"a":[5]}}"#).await;
        browser.until("document.querySelector('.tester [data-state=value]')?.textContent === '50'").await;
        browser.click(".functions > summary").await;
        fill(&browser, ".functions input[type=search]", "$count").await;
        browser.until("!document.querySelector(\"[data-function='sum']\")").await;
        fill(&browser, ".row-item [data-key='to'] > .typed > input", "$sum(payload.a) + ").await;
        browser.until("document.querySelector('.tester [data-state=failed]')").await;
        browser.element(".room-inside .cm-content").await.click().await.unwrap();
        browser.press_with(&[Key::Control], Key::End.into()).await;
        browser.click("[data-function='count']").await;
        // What it takes is selected: what is typed goes in its place.
        browser.until("document.activeElement.classList.contains('cm-content')").await;
        browser.type_text("payload.a").await;
        browser.until("document.querySelector('.tester [data-state=value]')?.textContent === '6'").await;

        let flows = deployed_by_button(&browser, &server).await;
        assert_eq!(node(&flows, "c")["rules"][0]["to"], "$sum(payload.a) + $count(payload.a)");
        // In the flow it does what it did when it was tried: 1 + 2, and two of them.
        browser.click(".node[data-id='i'] [data-action='inject']").await;
        shown(&browser, "5").await;
    })
    .await;
}

#[tokio::test]
async fn json_is_edited_as_a_tree_by_keyboard_and_mouse() {
    with_flows(START, |browser, server| async move {
        select(&browser, "i").await;
        browser.click(".row-item [data-key='v'] [data-do='room']").await;
        browser.click(".room-inside [data-way='tree']").await;
        browser.until("document.querySelectorAll('.json-row').length === 4").await;

        // A new entry gets the focus on its key; all by keyboard from here.
        browser.click("[data-place=''] [data-do='add']").await;
        browser.until("document.activeElement.matches(\"[data-place='1'] .json-key\")").await;
        browser.press_with(&[Key::Control], 'a').await;
        browser.type_text("room").await;
        browser.press(Key::Tab).await;
        browser.until("document.activeElement.matches(\"[data-place='1'] .json-sort\")").await;
        browser.type_text("n").await;
        browser.until("document.activeElement.value === 'number'").await;
        browser.press(Key::Tab).await;
        browser.until("document.activeElement.matches(\"[data-place='1'] .json-value\")").await;
        browser.press_with(&[Key::Control], 'a').await;
        browser.type_text("12x").await;
        browser.press(Key::Enter).await;
        browser.until("document.querySelector('.json-tree .error')?.textContent.includes('12x')").await;
        browser.press_with(&[Key::Control], 'a').await;
        browser.type_text("12").await;
        browser.press(Key::Enter).await;
        browser.until("!document.querySelector('.json-tree .error')").await;
        // Alt with an arrow moves it to the front.
        browser.press_with(&[Key::Alt], Key::Up.into()).await;
        browser.until("document.querySelector(\"[data-place='0'] .json-key\").value === 'room'").await;
        browser.save_pictures("form-json-tree").await;

        // A name that is taken is refused; an item is moved, another removed by the mouse.
        fill(&browser, "[data-place='0'] .json-key", "a").await;
        browser.press(Key::Enter).await;
        browser
            .until("document.querySelector('.json-tree .error')?.textContent.includes('another entry a')")
            .await;
        browser.until("document.querySelector(\"[data-place='0'] .json-key\").value === 'room'").await;
        browser.click("[data-place='1-1'] [data-do='up']").await;
        browser.until("document.querySelector(\"[data-place='1-0'] input.json-value\").value === '2'").await;
        browser.click("[data-place='1-1'] [data-do='remove']").await;
        browser.until("!document.querySelector(\"[data-place='1-1']\")").await;

        let flows = deployed_by_button(&browser, &server).await;
        let text = node(&flows, "i")["props"][0]["v"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), json!({ "room": 12, "a": [2] }));
        assert!(text.find("room") < text.find("\"a\""), "{text}");

        // The text shows the same, and what is typed there shows in the tree.
        browser.click(".room-inside [data-way='text']").await;
        browser
            .until("document.querySelector('.room-inside .cm-content')?.textContent.includes('\"room\"')")
            .await;
    })
    .await;
}

#[tokio::test]
async fn functions_and_templates_are_kept_in_the_library_and_opened_from_it() {
    with_flows(START, |browser, server| async move {
        select(&browser, "f").await;
        browser.element("[data-key='func'] .cm-content").await;
        browser.click("[data-key='func'] .shelf > summary").await;
        fill(&browser, "[data-key='func'] .shelf input", "math/twice").await;
        browser.click("[data-key='func'] .shelf [data-do='keep']").await;
        browser.element("[data-key='func'] .shelf [data-folder='math']").await;
        let kept = json!([{ "name": "twice", "outputs": "2", "fn": "twice.js" }]);
        let listed = server.json("/library/local/functions/math").await;
        for (key, value) in kept[0].as_object().unwrap() {
            assert_eq!(listed[0][key], *value, "{listed}");
        }
        let text = server.get("/library/local/functions/math/twice.js").send().await.unwrap().text().await.unwrap();
        assert_eq!(text, "return [msg, msg];");

        // Another function opens it: code, name and outputs come along, and go again in one step.
        select(&browser, "g").await;
        // The form of the other node, with its code editor open: nothing moves any more.
        browser
            .until(
                "document.querySelector('#field-name').value === '' && document.querySelector(\"[data-key='func'] .cm-content\")",
            )
            .await;
        browser.click("[data-key='func'] .shelf > summary").await;
        browser.click("[data-key='func'] .shelf [data-folder='math']").await;
        browser.click("[data-key='func'] .shelf [data-file='twice.js']").await;
        browser.until("document.querySelector('#field-name').value === 'twice'").await;
        browser.save_pictures("form-library").await;
        browser.until("document.querySelectorAll(\".node[data-id='g'] [data-port^='out']\").length === 2").await;

        // What is there already is asked about before it is written over.
        fill(&browser, "[data-key='func'] .shelf input", "twice").await;
        browser.click("[data-key='func'] .shelf [data-do='keep']").await;
        browser.until("document.querySelector('.shelf .warning')?.textContent.includes('twice.js is there already')").await;

        let flows = deployed_by_button(&browser, &server).await;
        let opened = node(&flows, "g");
        assert_eq!((&opened["func"], &opened["outputs"]), (&json!("return [msg, msg];"), &json!(2)));
        browser.click(".node[data-id='j'] [data-action='inject']").await;
        shown(&browser, "hi").await;

        // Templates have a part of the library of their own.
        select(&browser, "p").await;
        browser.element("[data-key='template'] .cm-content").await;
        browser.click("[data-key='template'] .shelf > summary").await;
        browser.until("document.querySelector(\"[data-key='template'] .shelf .hint\")?.textContent.includes('Nothing is kept')").await;
    })
    .await;
}
