//! Large tabs: `cargo xtask bench editor` measures them here. Measuring is no test: run by name only.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::packages::NodeRed;
use wireloom_tests::server::Server;

/// Nodes in a row of the made-up tab.
const COLUMNS: usize = 20;

/// What an editor may take for one step of it: Node-RED needs minutes for thousands of nodes.
const SLOWEST: Duration = Duration::from_secs(600);

/// What differs between the editors.
struct Kind {
    name: &'static str,
    node: &'static str,
    body: &'static str,
    surface: &'static str,
    /// The events' constructor and the beginning of their names.
    event: &'static str,
    prefix: &'static str,
    /// What moves the view by a step: JavaScript with `i`.
    pan: &'static str,
    /// To see the flow at actual size, and to see all of it where there is a way.
    at_actual_size: &'static str,
}

const OURS: Kind = Kind {
    name: "Wireloom",
    node: ".node",
    body: ".body",
    surface: "#surface",
    event: "PointerEvent",
    prefix: "pointer",
    pan: "surface.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, deltaX: i % 40 < 20 ? 9 : -9, deltaY: i % 40 < 20 ? 6 : -6, clientX: 600, clientY: 300 }))",
    at_actual_size: "document.querySelector('.zoom .percent').click()",
};
const NODE_RED: Kind = Kind {
    name: "Node-RED",
    node: ".red-ui-flow-node",
    body: "rect.red-ui-flow-node",
    surface: "#red-ui-workspace-chart svg > g > g",
    event: "MouseEvent",
    prefix: "mouse",
    pan: "document.querySelector('#red-ui-workspace-chart').scrollBy(i % 40 < 20 ? 9 : -9, i % 40 < 20 ? 6 : -6)",
    at_actual_size: "",
};

/// Times of frames in milliseconds while `step` happens in each of 180.
const FRAMES: &str = "
    const surface = document.querySelector(SURFACE);
    const frames = step => new Promise(done => {
        const times = []; let last = null, i = 0;
        const frame = now => {
            if (last !== null) times.push(now - last);
            last = now;
            if (i++ >= 180) return done(times.sort((a, b) => a - b));
            step(i);
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
    const fire = (name, x, y, on = surface) => on.dispatchEvent(new EVENT(PREFIX + name, { bubbles: true, cancelable: true,
        clientX: x, clientY: y, button: 0, buttons: 1, pointerId: 1, isPrimary: true, pointerType: 'mouse', view: window }));";
/// Drags the first node that stands well inside the canvas.
const DRAG: &str = "
    const box = one => one.getBoundingClientRect();
    const body = [...document.querySelectorAll(NODE)].map(node => node.querySelector(BODY) || node)
        .find(body => box(body).left > 500 && box(body).top > 250 && box(body).left < 800);
    const x = box(body).left + box(body).width / 2, y = box(body).top + box(body).height / 2;
    fire('down', x, y, body);
    const times = await frames(i => fire('move', x + Math.sin(i / 12) * 90, y + i));
    fire('up', x, y + 180);
    return times;";

#[tokio::test]
#[ignore = "measures; run by `cargo xtask bench editor`"]
async fn measure_large_tabs() {
    let counts = std::env::var("WIRELOOM_BENCH_NODES").unwrap_or_else(|_| "1000".to_owned());
    let mut table = String::from(
        "| editor | nodes | opens | drag p50 / p95 | move the view p50 / p95 | drag, all seen | move, all seen |\n|---|---|---|---|---|---|---|\n",
    );
    for count in counts.split(',').map(|count| count.trim().parse().unwrap()) {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path(), &["--mqtt-port", "off"]).await;
        server.deploy(flows(count)).await;
        table += &measure(&OURS, &server.url, count).await;
        assert!(server.stop().await.success());
        if std::env::var_os("WIRELOOM_NODE_RED").is_some() {
            let folder = tempfile::tempdir().unwrap();
            let node_red = NodeRed::start(folder.path(), &flows(count)).await;
            table += &measure(&NODE_RED, &node_red.url, count).await;
            node_red.stop().await;
        }
    }
    println!("{table}");
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

async fn measure(kind: &Kind, url: &str, count: usize) -> String {
    let row = with_browser(1280, 720, |browser| async move {
        browser.allow(SLOWEST).await;
        let mut opened = Vec::new();
        for _ in 0..3 {
            browser.open("about:blank").await;
            browser.open(url).await;
            opened.push(opening_time(&browser, kind, count).await);
        }
        opened.sort_by(f64::total_cmp);
        let all_seen = match kind.at_actual_size {
            "" => ["-".to_owned(), "-".to_owned()],
            _ => [frames(&browser, kind, DRAG).await, frames(&browser, kind, &pan(kind)).await],
        };
        browser.run(kind.at_actual_size, vec![]).await;
        let near = [frames(&browser, kind, DRAG).await, frames(&browser, kind, &pan(kind)).await];
        let mut row = String::new();
        write!(
            row,
            "| {} | {count} | {:.0} ms | {} | {} | {} | {} |",
            kind.name, opened[1], near[0], near[1], all_seen[0], all_seen[1]
        )
        .unwrap();
        row
    });
    row.await + "\n"
}

fn pan(kind: &Kind) -> String {
    format!("return await frames(i => {});", kind.pan)
}

/// Milliseconds from asking for the page until all nodes stand in it and were painted.
async fn opening_time(browser: &Browser, kind: &Kind, count: usize) -> f64 {
    let script = "return new Promise(done => {
        const look = () => document.querySelectorAll(arguments[0]).length >= arguments[1]
            ? requestAnimationFrame(() => setTimeout(() => done(performance.now()))) : requestAnimationFrame(look);
        look();
    })";
    browser.run(script, vec![json!(kind.node), json!(count)]).await.as_f64().unwrap()
}

async fn frames(browser: &Browser, kind: &Kind, script: &str) -> String {
    let mut script = format!("return (async () => {{ {FRAMES} {script} }})()").replace("EVENT", kind.event);
    for (name, value) in
        [("SURFACE", kind.surface), ("PREFIX", kind.prefix), ("NODE", kind.node), ("BODY", kind.body)]
    {
        script = script.replace(name, &json!(value).to_string());
    }
    let times = browser.run(&script, vec![]).await;
    let times: Vec<f64> = times.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    let share = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    format!("{:.1} / {:.1} ms", share(0.5), share(0.95))
}
