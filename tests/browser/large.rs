//! Large tabs: `cargo xtask bench editor` measures them here. Measuring is no test: run by name only.

use std::fmt::Write;
use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::packages::NodeRed;
use wireloom_tests::server::Server;

/// Nodes in a row of the made-up tab.
const COLUMNS: usize = 20;

/// So often each editor is opened; the median counts.
const OPENINGS: usize = 7;

/// What an editor may take for one step of it: Node-RED needs minutes for thousands of nodes.
const SLOWEST: Duration = Duration::from_secs(600);

/// What differs between the editors.
struct Kind {
    /// How many nodes are drawn: JavaScript.
    drawn: &'static str,
    surface: &'static str,
    /// The events' constructor and the beginning of their names.
    event: &'static str,
    prefix: &'static str,
    /// The element and the place of a node that stands well inside the canvas: JavaScript.
    grasp: &'static str,
    /// What moves the view by a step: JavaScript with `i`.
    pan: &'static str,
    /// What zooms by a step.
    zoom: &'static str,
    /// To see the flow at actual size.
    at_actual_size: &'static str,
    /// To see all of it and to have all of it selected, where the editor has such a way.
    all_seen: Option<&'static str>,
    select_all: Option<&'static str>,
}

const OURS: Kind = Kind {
    // From afar many are one shape, each a part of its path.
    drawn: "document.querySelectorAll('.node').length
        + [...document.querySelectorAll('.nodes-afar')].reduce((sum, one) => sum + one.getAttribute('d').split('M').length - 1, 0)",
    surface: "#surface",
    event: "PointerEvent",
    prefix: "pointer",
    // From afar a node has no element of its own.
    grasp: "(() => {
        const matrix = document.querySelector('#flow').getScreenCTM();
        for (let at = 0; ; at++) {
            const x = (120 + 180 * (at % 20)) * matrix.a + matrix.e, y = (60 + 60 * Math.floor(at / 20)) * matrix.d + matrix.f;
            if (x > 500 && x < 800 && y > 250) return [document.elementFromPoint(x, y), x, y];
        }
    })()",
    pan: "surface.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, deltaX: i % 40 < 20 ? 9 : -9, deltaY: i % 40 < 20 ? 6 : -6, clientX: 600, clientY: 300 }))",
    zoom: "surface.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, ctrlKey: true, deltaY: i % 40 < 20 ? 12 : -12, clientX: 600, clientY: 300 }))",
    at_actual_size: "document.querySelector('.zoom .percent').click()",
    all_seen: Some("document.querySelector('.zoom [data-do=fit]').click()"),
    select_all: None,
};
const NODE_RED: Kind = Kind {
    drawn: "document.querySelectorAll('.red-ui-flow-node').length",
    surface: "#red-ui-workspace-chart svg > g > g",
    event: "MouseEvent",
    prefix: "mouse",
    grasp: "(() => {
        const box = one => one.getBoundingClientRect();
        const body = [...document.querySelectorAll('.red-ui-flow-node')].map(node => node.querySelector('rect.red-ui-flow-node') || node)
            .find(body => box(body).left > 500 && box(body).top > 250 && box(body).left < 800);
        return [body, box(body).left + box(body).width / 2, box(body).top + box(body).height / 2];
    })()",
    pan: "document.querySelector('#red-ui-workspace-chart').scrollBy(i % 40 < 20 ? 9 : -9, i % 40 < 20 ? 6 : -6)",
    zoom: "document.querySelector('#red-ui-workspace-chart').dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, ctrlKey: true, deltaY: i % 40 < 20 ? 12 : -12, clientX: 600, clientY: 300 }))",
    at_actual_size: "RED.actions.invoke('core:zoom-reset')",
    all_seen: None,
    select_all: Some("RED.actions.invoke('core:select-all-nodes')"),
};

/// Times of frames in milliseconds while `step` happens in each of COUNT.
const FRAMES: &str = "
    const surface = document.querySelector(SURFACE);
    const frames = step => new Promise(done => {
        const times = []; let last = null, i = 0;
        const frame = now => {
            if (last !== null) times.push(now - last);
            last = now;
            if (i++ >= COUNT) return done(times.sort((a, b) => a - b));
            step(i);
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
    const fire = (name, x, y, on = surface) => on.dispatchEvent(new EVENT(PREFIX + name, { bubbles: true, cancelable: true,
        clientX: x, clientY: y, button: 0, buttons: 1, pointerId: 1, isPrimary: true, pointerType: 'mouse', view: window }));";
/// Drags a node, and all that is selected with it. It is let go when the times are taken.
const DRAG: &str = "
    const [body, x, y] = GRASP;
    fire('down', x, y, body);
    const times = await frames(i => fire('move', x + Math.sin(i / 12) * 90, y + i));
    setTimeout(() => fire('up', x, y + COUNT), 300);
    return times;";

/// What an editor took.
struct Measured {
    opened_ms: f64,
    /// By name, in the same order for each editor; none where it has no such gesture.
    gestures: Vec<(&'static str, Option<Gesture>)>,
}

/// What a gesture took, in milliseconds.
struct Gesture {
    frames_p50: f64,
    frames_p95: f64,
    /// What the page's main thread did for each frame: scripts, styles, layout, paint. A frame is never shorter than the
    /// screen's; this is.
    work: f64,
}

#[tokio::test]
#[ignore = "measures; run by `cargo xtask bench editor`"]
async fn measure_large_tabs() {
    let counts = std::env::var("WIRELOOM_BENCH_NODES").unwrap_or_else(|_| "1000".to_owned());
    for count in counts.split(',').map(|count| count.trim().parse().unwrap()) {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path(), &["--mqtt-port", "off"]).await;
        server.deploy(flows(count)).await;
        let ours = measure(&OURS, &server.url, count).await;
        assert!(server.stop().await.success());
        let theirs = if std::env::var_os("WIRELOOM_NODE_RED").is_some() {
            let folder = tempfile::tempdir().unwrap();
            let node_red = NodeRed::start(folder.path(), &flows(count)).await;
            let measured = measure(&NODE_RED, &node_red.url, count).await;
            node_red.stop().await;
            Some(measured)
        } else {
            None
        };
        println!("{}", table(count, &ours, theirs.as_ref()));
    }
}

fn table(count: usize, ours: &Measured, theirs: Option<&Measured>) -> String {
    let mut table = format!("| {count} nodes | Wireloom | Node-RED | better by |\n|---|--:|--:|--:|\n");
    let mut row = |what: &str, ours: Option<(String, f64)>, theirs: Option<(String, f64)>| {
        let ratio = ours.as_ref().zip(theirs.as_ref()).map(|(ours, theirs)| theirs.1 / ours.1);
        let ratio = ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.1}x"));
        let [ours, theirs] = [ours, theirs].map(|one| one.map_or("-".to_owned(), |(words, _)| words));
        writeln!(table, "| {what} | {ours} | {theirs} | {ratio} |").unwrap();
    };
    let opened = |one: &Measured| (format!("{:.0}", one.opened_ms), one.opened_ms);
    row("opens, ms", Some(opened(ours)), theirs.map(opened));
    for (at, (name, gesture)) in ours.gestures.iter().enumerate() {
        let others = theirs.and_then(|theirs| theirs.gestures[at].1.as_ref());
        let frames =
            |one: &Gesture| (format!("{:.1} / {:.1}", one.frames_p50, one.frames_p95), one.frames_p95);
        let work = |one: &Gesture| (format!("{:.2}", one.work), one.work);
        row(&format!("{name}: frames, ms (p50 / p95)"), gesture.as_ref().map(frames), others.map(frames));
        row(&format!("{name}: work for each, ms"), gesture.as_ref().map(work), others.map(work));
    }
    table
}

/// A tab of so many nodes, wired in rows.
fn flows(count: usize) -> Value {
    let node = |at: usize| {
        let (row, column) = (at / COLUMNS, at % COLUMNS);
        let is_last = column + 1 == COLUMNS || at + 1 == count;
        let wires = if is_last { json!([]) } else { json!([[format!("n{}", at + 1)]]) };
        let mut node = match column {
            0 => {
                json!({"type": "inject", "name": format!("Start {row}"), "props": [{"p": "payload"}], "repeat": "", "once": false, "payload": "", "payloadType": "date"})
            }
            _ if column + 1 == COLUMNS => {
                json!({"type": "debug", "name": format!("Output {row}"), "active": false, "tosidebar": true, "complete": "false"})
            }
            _ if column % 3 == 0 => {
                json!({"type": "change", "name": format!("Change {at}"), "rules": [{"t": "set", "p": "a", "pt": "msg", "to": "1", "tot": "num"}]})
            }
            _ => {
                json!({"type": "function", "name": format!("Step {at}"), "func": "return msg;", "outputs": 1})
            }
        };
        let place = json!({"id": format!("n{at}"), "z": "t", "x": 120 + 180 * column, "y": 60 + 60 * row, "wires": wires});
        node.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
        node
    };
    std::iter::once(json!({"id": "t", "type": "tab", "label": "Large"})).chain((0..count).map(node)).collect()
}

async fn measure(kind: &Kind, url: &str, count: usize) -> Measured {
    with_browser(1280, 720, |browser| async move {
        browser.allow(SLOWEST).await;
        browser.devtools("Performance.enable", json!({})).await;
        let mut opened = Vec::new();
        for _ in 0..OPENINGS {
            browser.open("about:blank").await;
            browser.open(url).await;
            opened.push(opening_time(&browser, kind, count).await);
        }
        opened.sort_by(f64::total_cmp);
        browser.run(kind.at_actual_size, vec![]).await;
        let mut gestures = Vec::new();
        let (pan, zoom) = (each_frame(kind.pan), each_frame(kind.zoom));
        gestures.push(("move the view", Some(frames(&browser, kind, &pan, 160).await)));
        gestures.push(("zoom", Some(frames(&browser, kind, &zoom, 160).await)));
        browser.run(kind.at_actual_size, vec![]).await;
        gestures.push(("drag one", Some(frames(&browser, kind, DRAG, 60).await)));
        select_all(&browser, kind).await;
        gestures.push(("drag all", Some(frames(&browser, kind, DRAG, 60).await)));
        if let Some(all_seen) = kind.all_seen {
            browser.run(all_seen, vec![]).await;
            browser.until(&format!("{} >= {count}", kind.drawn)).await;
        }
        for (name, script, count) in [
            ("drag all, all seen", DRAG, 60),
            ("move the view, all seen", pan.as_str(), 160),
            ("zoom, all seen", zoom.as_str(), 160),
        ] {
            let measured = match kind.all_seen {
                Some(_) => Some(frames(&browser, kind, script, count).await),
                None => None,
            };
            gestures.push((name, measured));
        }
        Measured { opened_ms: opened[OPENINGS / 2], gestures }
    })
    .await
}

fn each_frame(step: &str) -> String {
    format!("return await frames(i => {{ {step} }});")
}

async fn select_all(browser: &Browser, kind: &Kind) {
    match kind.select_all {
        Some(script) => drop(browser.run(script, vec![]).await),
        None => {
            browser.run(&format!("document.querySelector('{}').focus()", kind.surface), vec![]).await;
            browser.press_with(&[Key::Control], 'a').await;
        }
    }
}

/// Milliseconds from asking for the page until all nodes stand in it and were painted.
async fn opening_time(browser: &Browser, kind: &Kind, count: usize) -> f64 {
    let script = "return new Promise(done => {
        const look = () => DRAWN >= arguments[0]
            ? requestAnimationFrame(() => setTimeout(() => done(performance.now()))) : requestAnimationFrame(look);
        look();
    })";
    browser.run(&script.replace("DRAWN", kind.drawn), vec![json!(count)]).await.as_f64().unwrap()
}

async fn frames(browser: &Browser, kind: &Kind, script: &str, count: usize) -> Gesture {
    let mut script = format!("return (async () => {{ {FRAMES} {script} }})()").replace("EVENT", kind.event);
    for (name, value) in [
        ("SURFACE", json!(kind.surface).to_string()),
        ("PREFIX", json!(kind.prefix).to_string()),
        ("GRASP", kind.grasp.to_owned()),
        ("COUNT", count.to_string()),
    ] {
        script = script.replace(name, &value);
    }
    // What was begun before is over: a node that was let go, a view that was fitted.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = work_ms(browser).await;
    let times = browser.run(&script, vec![]).await;
    let work = (work_ms(browser).await - before) / count as f64;
    let times: Vec<f64> = times.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    let share = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Gesture { frames_p50: share(0.5), frames_p95: share(0.95), work }
}

/// What the page's main thread has done since it was opened.
async fn work_ms(browser: &Browser) -> f64 {
    let metrics = browser.devtools("Performance.getMetrics", json!({})).await;
    let metrics = metrics["metrics"].as_array().unwrap();
    let tasks = metrics.iter().find(|metric| metric["name"] == "TaskDuration").unwrap();
    tasks["value"].as_f64().unwrap() * 1e3
}
