//! What the editor shows of running flows: rates, heat, the messages of a wire, and what is done with them.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::json;
use wireloom_tests::browser::with_browser;
use wireloom_tests::server::Server;

use super::start::with_all_loaded;

/// One inject node is pressed by hand; the other sends five times a second, and a delay node keeps what it sends.
const START: &str = r#"[{"id":"t","type":"tab","label":"Live","disabled":false,"info":"","env":[]},
    {"id":"u","type":"tab","label":"Other","disabled":false,"info":"","env":[]},
    {"id":"a","type":"inject","z":"t","x":150,"y":120,"name":"car","props":[{"p":"payload"}],"payload":"{\"lat\":52.4,\"lon\":13.1}","payloadType":"json","wires":[["b"]]},
    {"id":"b","type":"function","z":"t","x":370,"y":120,"name":"pass","func":"return msg;","outputs":1,"wires":[["c","f"]]},
    {"id":"c","type":"debug","z":"t","x":590,"y":120,"name":"end","active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]},
    {"id":"f","type":"change","z":"t","x":590,"y":200,"name":"read","rules":[{"t":"set","p":"seen","pt":"msg","to":"payload.lat","tot":"msg"}],"wires":[[]]},
    {"id":"x","type":"inject","z":"t","x":150,"y":420,"name":"bad","props":[{"p":"payload"}],"payload":"{}","payloadType":"json","wires":[["y"]]},
    {"id":"y","type":"function","z":"t","x":370,"y":420,"name":"strict","func":"if (msg.payload.car === undefined) { throw new Error('no car'); } return msg;","outputs":1,"wires":[["z"]]},
    {"id":"z","type":"debug","z":"t","x":590,"y":420,"name":"good","active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]},
    {"id":"r","type":"inject","z":"t","x":150,"y":320,"name":"tick","props":[{"p":"payload"}],"payload":"1","payloadType":"num","repeat":"0.2","wires":[["s"]]},
    {"id":"s","type":"function","z":"t","x":370,"y":320,"name":"forward","func":"return [[msg, msg]];","outputs":1,"wires":[["w"]]},
    {"id":"w","type":"delay","z":"t","x":590,"y":320,"name":"keep","pauseType":"delay","timeout":"1","timeoutUnits":"hours","wires":[[]]}]"#;

/// How many messages the debug panel has: equal ones in a row are one entry with their count.
const HEARD: &str = "[...document.querySelectorAll('#debug .entry')].reduce((sum, entry) => sum + Number(entry.querySelector('.badge')?.textContent.slice(1) ?? 1), 0)";

#[tokio::test]
async fn rates_and_heat_are_drawn_over_what_runs() {
    with_all_loaded(START, |browser, _| async move {
        assert_eq!(browser.count(".rate").await, 0);
        browser.click("[data-do='live']").await;
        // The tick comes five times a second, and twice as often out of the function.
        browser.element(".wire[data-wire='1:r:0:s'] .rate").await;
        browser.until("[...document.querySelectorAll('.rate')].some(rate => parseFloat(rate.textContent) > 7)").await;
        browser
            .until("document.querySelector(\".node[data-id='w'] .figures text\").textContent.includes('waiting')")
            .await;
        browser.save_pictures("live-figures").await;
        browser.click("[data-do='live']").await;
        browser.element("#flow.heat").await;
        browser.until("[...document.querySelectorAll('.wire')].some(wire => wire.style.getPropertyValue('--warmth') > '0%')").await;
        browser.save_pictures("live-heat").await;
        // On another tab nothing runs; back here the figures come again.
        browser.click(".bar .tab[data-tab='u']").await;
        browser.until("!document.querySelector('.rate')").await;
        browser.click(".bar .tab[data-tab='t']").await;
        browser.element(".rate").await;
        browser.click("[data-do='live']").await;
        browser.until("!document.querySelector('.rate') && !document.querySelector('.figures')").await;
    })
    .await;
}

#[tokio::test]
async fn messages_of_a_wire_are_seen_and_sent_again() {
    with_all_loaded(START, |browser, server| async move {
        browser.click_at(browser.middle_of(".node[data-id='b'] .label").await).await;
        browser.click("[data-panel='wire']").await;
        browser.until("document.querySelector('#wire .wire-head strong')?.textContent.includes('pass')").await;
        // The watch has begun when the server says so: it then keeps what comes.
        let press = async |times: usize| {
            for _ in 0..times {
                browser.click(".node[data-id='a'] [data-action]").await;
            }
        };
        while browser.count("#wire .seen").await == 0 {
            press(1).await;
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        browser.click("#wire [data-do='hold']").await;
        let held = browser.count("#wire .seen").await;
        press(2).await;
        browser.until(&format!("{HEARD} >= 3")).await;
        assert_eq!(browser.count("#wire .seen").await, held);
        browser.click("#wire .shape summary").await;
        let shape = browser.texts("#wire .shape tr").await.join(" ");
        assert!(shape.contains("payload.lat") && shape.contains("number"), "{shape}");
        browser.save_pictures("wire").await;

        // Sent again as it was: the debug node hears it once more.
        let before = browser.run(&format!("return {HEARD}"), vec![]).await.as_u64().unwrap();
        browser.click("#wire .seen [data-do='again']").await;
        browser.until(&format!("{HEARD} === {}", before + 1)).await;
        // Changed, and sent to where the selected wire ends alone.
        browser.click("#wire .seen [data-do='edit']").await;
        browser.run(
            "const area = document.querySelector('#wire .seen textarea'); area.value = arguments[0]; area.dispatchEvent(new Event('input', {bubbles: true}))",
            vec![json!("{\"payload\": \"by hand\"")],
        ).await;
        browser.click("#wire [data-do='send']").await;
        browser.element("#wire .problem.error").await;
        browser.run(
            "const area = document.querySelector('#wire .seen textarea'); area.value = arguments[0]; area.dispatchEvent(new Event('input', {bubbles: true}))",
            vec![json!("{\"payload\": \"by hand\"}")],
        ).await;
        browser.click("#wire [data-do='send']").await;
        browser.until("[...document.querySelectorAll('#debug .entry')].some(entry => entry.textContent.includes('by hand'))").await;
        browser.save_pictures("wire-edited").await;

        // What was seen completes what a node further on reads.
        browser.click("[data-panel='node']").await;
        browser.click_at(browser.middle_of(".node[data-id='f'] .label").await).await;
        browser.element("#node .inspector input[list]").await;
        browser.run("document.querySelectorAll('#node .inspector input[list]').forEach(input => input.dispatchEvent(new Event('focus')))", vec![]).await;
        browser.until("[...document.querySelectorAll('#node datalist option')].some(option => option.value === 'payload.lat')").await;
        // All of it went through the runtime: the delay node's wire was never touched, the function's was.
        let problems = server.json("/flows/problems").await;
        assert_eq!(problems["problems"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_message_that_failed_is_mended_and_sent_again() {
    with_all_loaded(START, |browser, server| async move {
        browser.click(".node[data-id='x'] [data-action]").await;
        browser.until("document.querySelector('[data-panel=failed] .badge')?.textContent === '1'").await;
        browser.click("[data-panel='failed']").await;
        browser.until("document.querySelector('#failed .words')?.textContent.includes('no car')").await;
        assert_eq!(browser.texts("#failed .link").await, ["strict"]);
        browser.click("#failed .seen [data-do='edit']").await;
        browser.element("#failed .seen textarea").await;
        browser.save_pictures("failed-messages").await;
        browser.run(
            "const area = document.querySelector('#failed textarea'); area.value = arguments[0]; area.dispatchEvent(new Event('input', {bubbles: true}))",
            vec![json!("{\"payload\": {\"car\": \"mended\"}}")],
        ).await;
        browser.click("#failed [data-do='send']").await;
        browser.until("[...document.querySelectorAll('#debug .entry')].some(entry => entry.textContent.includes('mended'))").await;
        browser.until("!document.querySelector('#failed .seen') && !document.querySelector('[data-panel=failed] .badge')").await;
        assert_eq!(server.json("/failed").await["failed"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn messages_that_failed_are_those_of_the_server_that_runs() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("flows.json"), START).unwrap();
    let server = Server::start(data.path(), &[]).await;
    let (url, path) = (server.url.clone(), data.path().to_owned());
    let port = url.rsplit(':').next().unwrap().to_owned();

    with_browser(1280, 720, |browser| async move {
        browser.open(&url).await;
        browser.element(".connection.live").await;
        browser.click(".node[data-id='x'] [data-action]").await;
        browser.until("document.querySelector('[data-panel=failed] .badge')?.textContent === '1'").await;
        browser.click("[data-panel='failed']").await;
        browser.element("#failed .seen").await;
        // The notice of the button goes away by itself.
        browser.until("!document.querySelector('.notice')").await;
        server.kill().await;
        browser.element("#lost-bar").await;
        // The connection counts down; nobody is asked meanwhile, and no error told of it.
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        assert_eq!(browser.texts(".notice").await, Vec::<String>::new());

        let server = Server::start(&path, &["--port", &port]).await;
        browser.until("!document.querySelector('#lost-bar') && document.querySelector('.connection.live')").await;
        browser.until("!document.querySelector('#failed .seen') && !document.querySelector('[data-panel=failed] .badge')").await;
        // The next one has the number of the former, and is another.
        browser.click(".node[data-id='x'] [data-action]").await;
        browser.until("document.querySelector('[data-panel=failed] .badge')?.textContent === '1' && document.querySelector('#failed .seen')").await;
        assert!(server.stop().await.success());
    })
    .await;
}

#[tokio::test]
async fn figures_go_with_what_ran_and_stopped_flows_are_told() {
    with_all_loaded(START, |browser, server| async move {
        browser.click("[data-do='live']").await;
        let keeps = "document.querySelector(\".node[data-id='w'] .figures text\")?.textContent.includes('waiting')";
        browser.until(keeps).await;
        assert_eq!(browser.count(".stopped-flows").await, 0);

        let state = |state: &'static str| server.post("/flows/state").json(&json!({ "state": state })).send();
        assert_eq!(state("stop").await.unwrap().status(), 200);
        browser.until("document.querySelector('.bar .stopped-flows')?.textContent.includes('Flows are stopped')").await;
        browser.until("!document.querySelector('.rate') && !document.querySelector('.node .figures text')?.textContent").await;
        browser.save_pictures("stopped-flows").await;
        browser.click("[data-do='start-flows']").await;
        browser.until("!document.querySelector('.stopped-flows')").await;
        browser.until(keeps).await;
        assert_eq!(server.json("/flows/state").await["state"], "start");

        // Somebody else deploys: what rests and still runs has its figures again, what was disabled has none.
        let mut flows: Vec<serde_json::Value> = serde_json::from_str(START).unwrap();
        let deploy = async |flows: &[serde_json::Value]| {
            let request = server.post("/flows").header("Node-RED-Deployment-Type", "nodes");
            assert_eq!(request.json(flows).send().await.unwrap().status(), 204);
        };
        flows.retain(|node| node["id"] != "r");
        deploy(&flows).await;
        browser.until("!document.querySelector(\".node[data-id='r']\")").await;
        browser.until(keeps).await;
        flows.iter_mut().find(|node| node["id"] == "w").unwrap()["d"] = true.into();
        deploy(&flows).await;
        browser.until(&format!("!({keeps})")).await;
    })
    .await;
}

#[tokio::test]
async fn flows_are_stopped_and_started_from_the_deploy_menu_and_the_list_of_commands() {
    with_all_loaded(START, |browser, server| async move {
        let state = || async { server.json("/flows/state").await["state"].clone() };
        let choose = async |command: &str| {
            browser.click(".deploy-how").await;
            browser.click(&format!(".deploy .menu [data-command='{command}']")).await;
        };
        let before = server.json("/flows").await;
        browser.click(".deploy-how").await;
        browser.element(".deploy .menu:not([hidden]) [data-command='flows.stop']").await;
        assert_eq!(browser.count(".deploy .menu [data-command='flows.start']").await, 0, "they run");
        browser.save_pictures("deploy-menu").await;
        browser.click(".deploy-how").await;

        choose("flows.stop").await;
        browser.until("document.querySelector('.bar .stopped-flows')").await;
        assert_eq!(state().await, "stop");
        let pressed = || async { server.post("/inject/a").send().await.unwrap().status().as_u16() };
        assert_eq!(pressed().await, 404, "nothing runs");

        choose("flows.start").await;
        browser.until("!document.querySelector('.stopped-flows')").await;
        assert_eq!((state().await, pressed().await), ("start".into(), 200));

        // By name, and the event log tells of it.
        browser.press_with(&[Key::Control, Key::Shift], 'p').await;
        browser.element(".picker input:focus").await;
        browser.type_text("stop the flows\n").await;
        browser.until("document.querySelector('.bar .stopped-flows')").await;
        assert_eq!(state().await, "stop");
        assert_eq!(server.json("/flows").await, before, "the flows are as they were");
        browser.click("[data-panel='events']").await;
        browser.until("document.querySelector('#events').textContent.includes('Flows were started')").await;
    })
    .await;
}

#[tokio::test]
async fn messages_are_held_at_a_breakpoint_stepped_from_node_to_node_and_let_go() {
    with_all_loaded(START, |browser, server| async move {
        let before = server.json("/flows").await;
        let received = async |id: &str| {
            let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
            let line = metrics.lines().find(|line| {
                line.starts_with("wireloom_node_received_total") && line.contains(&format!("id=\"{id}\""))
            });
            line.map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        };
        let holds = |id: &str, count: usize| {
            let mark = format!("document.querySelector(\".breakpoint[data-breakpoint='{id}']\")");
            format!(
                "{mark}?.querySelector('text').textContent === '{}'",
                if count == 0 { String::new() } else { count.to_string() }
            )
        };
        let press = async || assert_eq!(server.post("/inject/a").send().await.unwrap().status(), 200);
        let held = |id: &str, what: &str| format!("#wire [data-held='{id}'] [data-do='{what}']");

        browser.click(".node[data-id='b'] .body").await;
        browser.press('b').await;
        browser.until(&holds("b", 0)).await;
        press().await;
        press().await;
        browser.until(&holds("b", 2)).await;
        assert_eq!(
            (received("b").await, received("c").await),
            (0.0, 0.0),
            "it is held, and nothing is behind it"
        );
        browser
            .until("document.querySelector(\"#wire [data-held='b'] .entry\").textContent.includes('lat')")
            .await;
        browser.save_pictures("breakpoint").await;

        // One goes on, through the node, and is held at both of the next.
        browser.click(&held("b", "step-on")).await;
        browser.until(&holds("b", 1)).await;
        browser.until(&holds("c", 1)).await;
        browser.until(&holds("f", 1)).await;
        assert_eq!((received("b").await, received("c").await, received("f").await), (1.0, 0.0, 0.0));
        browser
            .until("document.querySelector(\"#wire [data-held='c'] .entry\").textContent.includes('lat')")
            .await;
        browser.click(&held("c", "step-on")).await;
        browser.until("!document.querySelector(\".breakpoint[data-breakpoint='c']\")").await;
        assert_eq!((received("c").await, received("f").await), (1.0, 0.0), "the other one is still held");
        browser.click("[data-panel='debug']").await;
        browser.until("document.querySelector('#debug .entry')?.textContent.includes('lat')").await;
        browser.click("[data-panel='wire']").await;
        browser.click(&held("f", "resume")).await;
        browser.until("!document.querySelector(\".breakpoint[data-breakpoint='f']\")").await;
        assert_eq!(received("f").await, 1.0);

        // All go on, and later ones are held again.
        press().await;
        browser.until(&holds("b", 2)).await;
        browser.click(&held("b", "resume")).await;
        browser.until(&holds("b", 0)).await;
        assert_eq!((received("b").await, received("c").await), (3.0, 3.0));
        press().await;
        browser.until(&holds("b", 1)).await;

        // Who leaves the page lets everything go.
        browser.open("about:blank").await;
        while received("c").await < 4.0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!((received("b").await, received("f").await), (4.0, 4.0));
        assert_eq!(server.json("/flows").await, before, "the flows are as they were");
    })
    .await;
}
