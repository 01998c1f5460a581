//! The editor under fingers, on a tablet and a phone. What was done is read back from the server, after a deploy.

use std::sync::Arc;

use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::fingers::{Device, PHONE, TABLET, TABLET_UPRIGHT};
use wireloom_tests::server::Server;

use super::start::{node, once_deployed};

const START: &str = r#"[{"id":"t","type":"tab","label":"Kitchen","disabled":false,"info":"","env":[]},
    {"id":"u","type":"tab","label":"Garden","disabled":false,"info":"","env":[]},
    {"id":"a","type":"inject","z":"t","x":150,"y":100,"name":"go","props":[{"p":"payload"}],"payload":"seven","payloadType":"str","wires":[[]]},
    {"id":"b","type":"switch","z":"t","x":380,"y":100,"name":"which","property":"payload","propertyType":"msg",
     "rules":[{"t":"eq","v":"seven","vt":"str"},{"t":"else"}],"checkall":"true","repair":false,"outputs":2,"wires":[["c"],[]]},
    {"id":"c","type":"debug","z":"t","x":380,"y":260,"name":"end","active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]},
    {"id":"g","type":"debug","z":"u","x":150,"y":100,"name":"shed","active":true,"tosidebar":true,"complete":"payload","targetType":"msg","wires":[]}]"#;

async fn with_device<F: Future<Output = ()>>(device: Device, test: impl FnOnce(Browser, Arc<Server>) -> F) {
    let data = tempfile::tempdir().unwrap();
    let flows = data.path().join("start.json");
    std::fs::write(&flows, START).unwrap();
    let home = data.path().join("home");
    let server = Arc::new(Server::start(&home, &[flows.to_str().unwrap(), "--mqtt-port", "off"]).await);
    let (url, shared) = (server.url.clone(), server.clone());
    with_browser(1280, 900, |browser| async move {
        browser.become_device(device).await;
        browser.open(&url).await;
        browser.until("document.querySelector('.connection.live')").await;
        browser.element("#debug .entries").await;
        browser.until("matchMedia('(pointer: coarse)').matches && matchMedia('(hover: none)').matches").await;
        test(browser, shared).await;
    })
    .await;
    assert!(Arc::into_inner(server).unwrap().stop().await.success());
}

async fn deployed(browser: &Browser, server: &Server) -> Vec<Value> {
    browser.tap_on(".deploy-now").await;
    once_deployed(browser, server).await
}

/// Where a node's part is, not scrolled to: it stands on the canvas.
async fn part(browser: &Browser, id: &str, css: &str) -> (f64, f64) {
    browser.middle_of(&format!(".node[data-id='{id}'] {css}")).await
}

async fn scale(browser: &Browser) -> f64 {
    browser.run("return document.getElementById('flow').getScreenCTM().a", vec![]).await.as_f64().unwrap()
}

#[tokio::test]
async fn one_finger_moves_the_view_and_two_zoom_it() {
    with_device(TABLET, |browser, _| async move {
        let before = browser.place_in_flow((0.0, 0.0)).await;
        let empty = browser.place_in_flow((150.0, 300.0)).await;
        browser.swipe(empty, (empty.0 + 60.0, empty.1 + 40.0)).await;
        let after = browser.place_in_flow((0.0, 0.0)).await;
        let way = (after.0 - before.0, after.1 - before.1);
        assert!((way.0 - 60.0).abs() < 2.0 && (way.1 - 40.0).abs() < 2.0, "{way:?}");
        assert_eq!(browser.count(".node.selected").await, 0);

        // Twice as far apart: twice as large, and what was between the fingers is there still.
        let middle = browser.place_in_flow((300.0, 300.0)).await;
        let apart = |by: f64| [(middle.0 - by, middle.1), (middle.0 + by, middle.1)];
        let ([a, b], [c, d]) = (apart(40.0), apart(80.0));
        let one = scale(&browser).await;
        browser.fingers(&[(a, c), (b, d)]).await;
        browser.until("true").await;
        let two = scale(&browser).await;
        assert!((two / one - 2.0).abs() < 0.1, "{one} {two}");
        let now = browser.place_in_flow((300.0, 300.0)).await;
        assert!((now.0 - middle.0).abs() < 4.0 && (now.1 - middle.1).abs() < 4.0, "{middle:?} {now:?}");
        assert_eq!(browser.count(".node.selected, .deploy.changed").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_tap_selects_and_opens_a_drag_moves_and_wires() {
    with_device(TABLET, |browser, server| async move {
        browser.tap(part(&browser, "a", ".label").await).await;
        browser.element(".node.selected[data-id='a']").await;
        browser.element("#node:not([hidden]) .inspector [data-key='repeat'], #node:not([hidden]) .inspector [data-key='props']").await;
        browser.tap(browser.place_in_flow((150.0, 300.0)).await).await;
        browser.until("!document.querySelector('.node.selected')").await;

        // Beside the port, as far as a finger may be off.
        let (from, to) = (part(&browser, "a", "[data-port='out:0'] .port").await, part(&browser, "b", "[data-port='in'] .port").await);
        browser.swipe((from.0 + 15.0, from.1 + 12.0), (to.0 - 8.0, to.1 + 8.0)).await;
        browser.element("[data-wire='1:a:0:b']").await;
        browser.swipe(part(&browser, "c", ".label").await, browser.place_in_flow((400.0, 340.0)).await).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], json!([["b"]]));
        assert!((node(&flows, "c")["y"].as_f64().unwrap() - 340.0).abs() <= 20.0, "{}", node(&flows, "c"));
        assert_eq!((&node(&flows, "a")["x"], &node(&flows, "b")["x"]), (&json!(150), &json!(380)));

        // The button beside the node, once for each tap; and what it sends arrives.
        let button = part(&browser, "a", "[data-action] circle").await;
        browser.tap((button.0 - 14.0, button.1 + 14.0)).await;
        browser.until("document.querySelector('#debug .entry')?.textContent.includes('seven')").await;
        browser.tap_on("[data-panel='debug']").await;
        browser.until("document.querySelectorAll('#debug .entry').length === 1 && !document.querySelector('#debug .entry .badge')").await;
        browser.save_pictures("touch-tablet").await;

        // A wire is tapped beside it, and taken away by the menu.
        let (from, to) = (part(&browser, "a", "[data-port='out:0'] .port").await, part(&browser, "b", "[data-port='in'] .port").await);
        browser.tap(((from.0 + to.0) / 2.0, from.1 + 6.0)).await;
        browser.element(".wire.selected[data-wire='1:a:0:b']").await;
    })
    .await;
}

#[tokio::test]
async fn a_finger_that_rests_goes_on_as_a_lasso_and_on_a_wire_as_a_knife() {
    with_device(TABLET, |browser, server| async move {
        let before = browser.place_in_flow((0.0, 0.0)).await;
        let (corner, other) =
            (browser.place_in_flow((270.0, 50.0)).await, browser.place_in_flow((480.0, 300.0)).await);
        browser.hold_and_swipe(&[corner, other]).await;
        browser.until("document.querySelectorAll('.node.selected').length === 2").await;
        assert_eq!(browser.count(".node.selected:is([data-id='b'], [data-id='c'])").await, 2);
        assert_eq!(browser.count(".context-menu, .lasso").await, 0);
        assert_eq!(browser.place_in_flow((0.0, 0.0)).await, before, "the view stays");

        // What is selected moves together.
        let label = part(&browser, "c", ".label").await;
        browser.swipe(label, (label.0 + 60.0, label.1)).await;
        browser.element(".node.changed[data-id='b']").await;
        browser.element(".node.changed[data-id='c']").await;

        // From one wire across the other: both are cut. A second wire, so that there are two.
        let (from, to) = (
            part(&browser, "a", "[data-port='out:0'] .port").await,
            part(&browser, "b", "[data-port='in'] .port").await,
        );
        browser.swipe(from, to).await;
        browser.element("[data-wire='1:a:0:b']").await;
        let (from, to) = (
            part(&browser, "a", "[data-port='out:0'] .port").await,
            part(&browser, "c", "[data-port='in'] .port").await,
        );
        browser.swipe(from, to).await;
        browser.element("[data-wire='1:a:0:c']").await;
        let (a, b) = (
            part(&browser, "a", "[data-port='out:0'] .port").await,
            part(&browser, "b", "[data-port='in'] .port").await,
        );
        let middle = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
        browser.hold_and_swipe(&[(middle.0, middle.1 - 2.0), (middle.0 - 4.0, middle.1 + 130.0)]).await;
        browser.until("!document.querySelector(\"[data-wire='1:a:0:b'], [data-wire='1:a:0:c']\")").await;
        assert_eq!(browser.count(".context-menu").await, 0);

        // A second finger makes a pinch of it, and nothing is selected.
        let one = scale(&browser).await;
        let at = browser.place_in_flow((150.0, 320.0)).await;
        browser
            .fingers(&[
                ((at.0 - 40.0, at.1), (at.0 - 80.0, at.1)),
                ((at.0 + 40.0, at.1), (at.0 + 80.0, at.1)),
            ])
            .await;
        browser.until("true").await;
        assert!((scale(&browser).await / one - 2.0).abs() < 0.1);

        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], json!([[]]));
        assert_eq!(node(&flows, "b")["wires"], json!([["c"], []]), "what was not crossed stays");
        let moved = |id: &str, x: f64| (node(&flows, id)["x"].as_f64().unwrap() - x - 60.0).abs() <= 20.0;
        assert!(moved("b", 380.0) && moved("c", 380.0), "{flows:?}");
        // It runs as it is drawn: nothing leads away from the inject node.
        server.post("/inject/a").send().await.unwrap();
        let received = server.get("/metrics").send().await.unwrap().text().await.unwrap();
        let line = received
            .lines()
            .find(|line| line.starts_with("wireloom_node_received_total") && line.contains("id=\"b\""));
        assert!(line.is_some_and(|line| line.ends_with(" 0")), "{line:?}");
    })
    .await;
}

#[tokio::test]
async fn a_long_press_opens_the_menu_and_a_double_tap_adds() {
    with_device(TABLET, |browser, server| async move {
        browser.long_press(part(&browser, "b", ".label").await).await;
        browser.element(".context-menu [data-command='node.toggle']").await;
        browser.element(".node.selected[data-id='b']").await;
        browser.tap_on(".context-menu [data-command='node.toggle']").await;
        browser.until("!document.querySelector('.context-menu') && document.querySelector('.node.disabled[data-id=b]')").await;

        let empty = browser.place_in_flow((200.0, 200.0)).await;
        browser.long_press(empty).await;
        browser.element(".context-menu [data-command='edit.paste']").await;
        browser.tap(browser.place_in_flow((150.0, 320.0)).await).await;
        browser.until("!document.querySelector('.context-menu')").await;

        browser.double_tap(empty).await;
        browser.element(".picker input:focus").await;
        browser.type_text("template").await;
        browser.tap_on(".picker [data-key='template']").await;
        browser.element(".node.selected[data-type='template']").await;

        // From the palette: by a tap, and dragged.
        browser.tap_on(".palette [data-type='comment']").await;
        browser.element(".node.selected[data-type='comment']").await;
        let place = browser.place_in_flow((280.0, 330.0)).await;
        browser.swipe(browser.middle_of(".palette [data-type='complete']").await, place).await;
        browser.element(".node.selected[data-type='complete']").await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "b")["d"], json!(true));
        let of = |kind: &str| flows.iter().find(|node| node["type"] == kind).unwrap();
        assert!((of("template")["x"].as_f64().unwrap() - 200.0).abs() <= 20.0);
        assert!((of("complete")["x"].as_f64().unwrap() - 280.0).abs() <= 20.0);
        assert_eq!(of("comment")["z"], "t");
    })
    .await;
}

/// What can be pressed and is smaller than a finger, or outside of the page.
const SMALL: &str = "
    const seen = one => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && one.getClientRects().length;
    return [...document.querySelectorAll('button, select, summary, input:not([type=file]), [role=option], .item')]
        .filter(seen).filter(one => !one.closest('.unseen, .cm-editor, label'))
        .map(one => [one, one.getBoundingClientRect()])
        .filter(([one, box]) => box.width < 40 || box.height < 40)
        .map(([one, box]) => `${one.outerHTML.slice(0, 160)} ${box.width.toFixed(0)}x${box.height.toFixed(0)}`);";
/// How far the page, or what is in it, can be scrolled to the side.
const SIDEWAYS: &str = "
    const wide = [document.documentElement, document.body, ...document.querySelectorAll('.app, .bar, .work, .side, .panel, .dialog, .dialog-body')];
    return wide.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => `${one.tagName}.${one.className} ${one.scrollWidth} > ${one.clientWidth}`);";

async fn fits_fingers(browser: &Browser, what: &str) {
    for script in [SMALL, SIDEWAYS] {
        assert_eq!(browser.run(script, vec![]).await, json!([]), "{what}");
    }
}

#[tokio::test]
async fn everything_is_as_large_as_a_finger_on_every_device() {
    for device in [TABLET, TABLET_UPRIGHT, PHONE] {
        with_device(device, |browser, _| async move {
            let panels =
                ["debug", "node", "wire", "tests", "failed", "events", "outline", "configs", "context"];
            browser.tap(part(&browser, "b", ".block").await).await;
            browser.element("#node .inspector [data-key='rules']").await;
            for panel in panels {
                if browser.count(&format!("[data-panel='{panel}'][aria-selected='true']")).await == 0 {
                    browser.tap_on(&format!("[data-panel='{panel}']")).await;
                }
                browser.element(&format!("#{panel}:not([hidden])")).await;
                fits_fingers(&browser, &format!("{}: {panel}", device.name)).await;
                let button =
                    "document.querySelector('.panel-bar [aria-selected=true]').getBoundingClientRect()";
                browser.until(&format!("{button}.left >= 0 && {button}.right <= innerWidth")).await;
                browser.save_screenshot(&format!("{}-{panel}", device.name)).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn on_a_phone_one_watches_injects_and_deploys() {
    with_device(PHONE, |browser, server| async move {
        browser.until("getComputedStyle(document.querySelector('.side.left')).display === 'none'").await;
        browser.save_pictures("phone-start").await;
        // The tabs are a list.
        browser.tap_on(".tabs-button").await;
        browser.tap_on(".bar .tabs [data-tab='u']").await;
        browser.element(".node[data-id='g']").await;
        browser.until("!document.querySelector('.tabs.listed') && document.querySelector('.tabs-button').textContent === 'Garden'").await;
        browser.tap_on(".tabs-button").await;
        browser.save_pictures("phone-tabs").await;
        browser.tap_on(".bar .tabs [data-tab='t']").await;

        // A tap opens the form under the canvas; the node stays in sight.
        browser.tap(part(&browser, "a", ".block").await).await;
        browser.element(".app[data-sheet='panel'] #node:not([hidden]) .inspector").await;
        let seen = "const [node, canvas] = ['.node[data-id=a] .body', '.canvas'].map(css => document.querySelector(css).getBoundingClientRect());
            return node.top >= canvas.top && node.bottom <= canvas.bottom && node.left >= canvas.left && node.right <= canvas.right;";
        browser.until(&format!("(() => {{ {seen} }})()")).await;
        browser.save_pictures("phone-form").await;
        browser.tap_on(".side.right [data-do='sheet-close']").await;
        browser.until("getComputedStyle(document.querySelector('#node')).display === 'none'").await;

        // Wired, deployed, pressed, read.
        let (from, to) = (part(&browser, "a", "[data-port='out:0'] .port").await, part(&browser, "b", "[data-port='in'] .port").await);
        browser.swipe(from, to).await;
        let flows = deployed(&browser, &server).await;
        assert_eq!(node(&flows, "a")["wires"], json!([["b"]]));
        browser.tap_on("[data-panel='debug']").await;
        browser.element(".app[data-sheet='panel'] #debug:not([hidden])").await;
        browser.tap(part(&browser, "a", "[data-action] circle").await).await;
        browser.until("document.querySelector('#debug .entry .value, #debug .entry .plain')?.textContent.includes('seven')").await;
        let shown = "const box = document.querySelector('#debug .entry').getBoundingClientRect(); return box.height > 0 && box.right <= innerWidth && box.bottom <= innerHeight;";
        browser.until(&format!("(() => {{ {shown} }})()")).await;
        browser.save_pictures("phone-debug").await;
        browser.tap_on(".side.right [data-do='sheet-height']").await;
        browser.until("document.querySelector('#debug').getBoundingClientRect().height > 480").await;

        // The palette is a sheet, too.
        browser.tap_on("[data-do='palette']").await;
        browser.tap_on(".palette [data-type='template']").await;
        browser.element(".app[data-sheet='closed'] .node.selected[data-type='template']").await;
        browser.tap_on("[data-do='more']").await;
        browser.save_pictures("phone-menu").await;
        browser.tap_on(".context-menu [data-command='edit.undo']").await;
        browser.until("!document.querySelector(\".node[data-type='template']\")").await;
        fits_fingers(&browser, "phone").await;
    })
    .await;
}

#[tokio::test]
async fn a_notice_on_a_phone_covers_nothing_that_is_in_use() {
    const COVERED: &str = "(() => {
        const notice = document.querySelector('.notice').getBoundingClientRect();
        const used = [...document.querySelectorAll('.bar, .side, .panel-bar, .zoom, .subflow-bar, .page-bar, .guide')];
        const over = used.filter(one => {
            const frame = one.getBoundingClientRect();
            return frame.width > 0 && frame.height > 0 && frame.left < notice.right && notice.left < frame.right
                && frame.top < notice.bottom - 1 && notice.top < frame.bottom - 1;
        });
        const canvas = document.querySelector('.canvas').getBoundingClientRect();
        const inside = notice.top >= canvas.top - 1 && notice.bottom <= canvas.bottom + 1;
        return over.map(one => one.className).concat(inside ? [] : ['beside the canvas']).join();
    })()";
    for device in [PHONE, Device { name: "phone-on-its-side", width: 844, height: 390 }, TABLET_UPRIGHT] {
        with_device(device, |browser, server| async move {
            let mut places = 0;
            for sheet in ["", "[data-panel='debug']", "[data-do='sheet-height']", "[data-do='palette']"] {
                let is_there = sheet.is_empty() || browser.count(sheet).await > 0;
                if !is_there || (sheet.contains("height") && device.height < 500) {
                    continue;
                }
                if !sheet.is_empty() {
                    browser.tap_on(sheet).await;
                }
                // The server says something to everybody: another one deploys.
                let mut flows: Vec<Value> = serde_json::from_value(server.json("/flows").await).unwrap();
                flows.iter_mut().find(|node| node["id"] == "c").unwrap()["name"] =
                    format!("end {places}").into();
                server.deploy(Value::Array(flows)).await;
                browser.element(".notice").await;
                let covered = browser.run(&format!("return {COVERED}"), vec![]).await;
                assert_eq!(covered, json!(""), "{} {sheet}", device.name);
                if places == 1 {
                    browser.save_pictures(&format!("notice-{}", device.name)).await;
                }
                places += 1;
                browser.until("!document.querySelector('.notice')").await;
            }
            assert!(places >= 2, "{places}");
        })
        .await;
    }
}
