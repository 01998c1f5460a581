//! Flows go to Node-RED and come from it: a real one, of the version that its lock names.

mod answers;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::packages::{NodeRed, settings};
use wireloom_tests::server::{Server, client, finish};

/// How Node-RED's editor draws each node of a tab: centre, size, label, ports.
const THEIRS: &str = "
    const drawn = {};
    RED.nodes.eachNode(node => {
        if (node.z !== arguments[0]) return;
        const element = document.getElementById(node.id);
        drawn[node.id] = {
            x: node.x, y: node.y, width: node.w, height: node.h,
            inputs: element.querySelectorAll('.red-ui-flow-port-input').length,
            outputs: element.querySelectorAll('.red-ui-flow-port-output').length,
            label: [...element.querySelectorAll('.red-ui-flow-node-label-text')].map(line => line.textContent).join('|'),
        };
    });
    return drawn;";
/// How ours does.
const OURS: &str = "
    const drawn = {};
    for (const node of document.querySelectorAll('.node[data-id]')) {
        const [left, top] = node.getAttribute('transform').match(/-?[\\d.]+/g).map(Number);
        const body = node.querySelector('.body'), width = Number(body.getAttribute('width')), height = Number(body.getAttribute('height'));
        drawn[node.dataset.id] = {
            x: left + width / 2, y: top + height / 2, width, height,
            inputs: node.querySelectorAll('[data-port=in]').length,
            outputs: node.querySelectorAll('[data-port^=out]').length,
            label: [...node.querySelectorAll('.label')].map(line => line.textContent).join('|'),
        };
    }
    return drawn;";

/// Flows with all that Node-RED lets its users choose about looks. All nodes are named: of some that are not, Node-RED
/// makes up a label from their settings.
fn looks() -> Value {
    let node = |id: &str, kind: &str, x: i32, y: i32, more: Value| {
        let mut node = json!({"id": id, "type": kind, "z": "t", "x": x, "y": y, "wires": []});
        node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        node
    };
    json!([
        {"id": "t", "type": "tab", "label": "Looks", "disabled": false, "info": "", "env": []},
        {"id": "sub", "type": "subflow", "name": "Twice", "info": "", "category": "", "color": "#DDAA99", "env": [],
         "in": [{"x": 60, "y": 80, "wires": [{"id": "inside"}]}],
         "out": [{"x": 320, "y": 80, "wires": [{"id": "inside", "port": 0}]}, {"x": 320, "y": 140, "wires": []}],
         "status": {"x": 320, "y": 200, "wires": []}},
        {"id": "inside", "type": "function", "z": "sub", "name": "", "func": "return msg;", "outputs": 1, "x": 180, "y": 80, "wires": [[]]},
        node("a", "inject", 140, 80, json!({"name": "Every second, as long as it is day", "props": [{"p": "payload"}], "repeat": "", "crontab": "", "once": false, "onceDelay": 0.1, "topic": "", "payload": "", "payloadType": "date", "wires": [["b", "j"]]})),
        node("b", "function", 460, 80, json!({"name": "two \\n lines", "func": "return msg;", "outputs": 3, "icon": "font-awesome/fa-car", "outputLabels": ["cars", "", "rest"], "inputLabels": ["readings"], "wires": [["c"], [], ["d"]]})),
        node("c", "switch", 700, 40, json!({"name": "Which @ kind? WWW", "property": "payload", "propertyType": "msg", "rules": [{"t": "true"}, {"t": "false"}, {"t": "null"}, {"t": "nnull"}, {"t": "else"}], "checkall": "true", "repair": false, "outputs": 5, "wires": [[], [], [], [], []]})),
        node("d", "debug", 700, 160, json!({"name": "debug 1", "active": true, "tosidebar": true, "console": false, "tostatus": false, "complete": "false", "statusVal": "", "statusType": "auto", "l": false})),
        node("e", "change", 160, 240, json!({"name": "Off", "rules": [{"t": "set", "p": "payload", "pt": "msg", "to": "1", "tot": "num"}], "d": true, "icon": "node-red/timer.svg", "wires": [["s"]]})),
        node("s", "subflow:sub", 380, 240, json!({"name": "", "env": [], "wires": [[], []]})),
        node("j", "junction", 320, 160, json!({"wires": [["d"]]})),
        node("li", "link in", 95, 320, json!({"name": "In", "links": ["lo"], "wires": [["lo"]]})),
        node("lo", "link out", 255, 320, json!({"name": "Out", "mode": "link", "links": ["li"], "l": true})),
        node("w", "comment", 500, 320, json!({"name": "Words & <marks> “quoted”", "info": ""})),
        node("x", "csv", 700, 320, json!({"name": "Rows", "sep": ",", "wires": [[]]})),
    ])
}

#[tokio::test]
async fn a_flow_of_node_red_is_where_it_was() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let node_red = NodeRed::start(folder.path(), &looks()).await;
    let exported = node_red.json("/flows").await;
    let server = Server::start(data.path(), &["--mqtt-port", "off"]).await;
    server.deploy(exported.clone()).await;
    assert_eq!(server.json("/flows").await, exported, "nothing is lost or changed");
    let (theirs_url, ours_url) = (node_red.url.clone(), server.url.clone());

    with_browser(1600, 900, |browser| async move {
        browser.open(&theirs_url).await;
        browser
            .until(
                "window.RED && RED.nodes.node && document.querySelectorAll('.red-ui-flow-node').length > 10",
            )
            .await;
        let theirs = browser.run(THEIRS, vec![json!("t")]).await;
        browser.save_screenshot("node-red-theirs").await;
        browser.open("about:blank").await;
        browser.open(&ours_url).await;
        browser
            .until(
                "document.querySelectorAll('.node').length > 10 && document.querySelector('[data-port=in]')",
            )
            .await;
        let ours = browser.run(OURS, vec![]).await;
        browser.save_screenshot("node-red-ours").await;
        compare(&theirs, &ours);
        own_choices_are_drawn(&browser).await;
    })
    .await;
    node_red.stop().await;
    assert!(server.stop().await.success());
}

/// Junctions are no nodes in Node-RED's list of them.
fn compare(theirs: &Value, ours: &Value) {
    let theirs = theirs.as_object().unwrap();
    assert!(theirs.len() >= 10, "{theirs:?}");
    for (id, their) in theirs {
        let our = &ours[id];
        for key in ["x", "y", "width", "height", "inputs", "outputs"] {
            assert_eq!(our[key].as_f64(), their[key].as_f64(), "{id}: {key}: ours {our}, theirs {their}");
        }
        // Node-RED keeps a label in the page that it does not show.
        let shown = if our["width"] == our["height"] { &our["label"] } else { &their["label"] };
        assert_eq!(&our["label"], shown, "{id}");
    }
    let hidden = ["d", "li"].map(|id| ours[id]["label"].as_str());
    assert_eq!(hidden, [Some(""); 2]);
}

async fn own_choices_are_drawn(browser: &Browser) {
    let of = |id: &str, css: &str| format!(".node[data-id='{id}'] {css}");
    assert_eq!(browser.texts(&of("b", "[data-port] title")).await, ["readings", "cars", "rest"]);
    assert_eq!(browser.count(".node.disabled[data-id='e']").await, 1);
    assert_eq!(browser.count(&of("d", ".label")).await, 0);
    assert_eq!(browser.count(&of("d", ".switch.on")).await, 1);
    let colour = "return document.querySelector(\".node[data-id='s']\").style.getPropertyValue('--node')";
    assert_eq!(browser.run(colour, vec![]).await, json!("#DDAA99"));
    // Own icons are others than those of their types.
    let glyph =
        |id: &str| format!("return document.querySelector(\".node[data-id='{id}'] .glyph\").innerHTML");
    let (own, plain) = (browser.run(&glyph("b"), vec![]).await, browser.run(&glyph("e"), vec![]).await);
    assert!(own != plain && own.as_str().is_some_and(|own| own.contains("path")), "{own}");
}

#[tokio::test]
async fn the_campus_flow_deploys_in_node_red_unchanged() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../flows/smart-campus.json");
    deploys_unchanged(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).await;
}

/// Deploys flows in Node-RED: it keeps them as they are, and knows all but the node types that it lacks.
pub(crate) async fn deploys_unchanged(flows: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let node_red = NodeRed::start(folder.path(), &json!([])).await;
    assert_eq!(node_red.deploy(flows).await, 204);
    let kept = node_red.json("/flows").await;
    let (kept, sent) = (kept.as_array().unwrap(), flows.as_array().unwrap());
    assert_eq!(kept.len(), sent.len());
    for (kept, sent) in kept.iter().zip(sent) {
        assert_eq!(kept, sent);
    }

    let known = node_red.json("/nodes").await;
    let known: BTreeSet<&str> = known
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|set| set["types"].as_array().unwrap())
        .filter_map(Value::as_str)
        .collect();
    let is_their_own =
        |kind: &str| matches!(kind, "tab" | "group" | "subflow" | "junction") || kind.starts_with("subflow:");
    let missing: BTreeSet<&str> = flows
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node["type"].as_str())
        .filter(|kind| !known.contains(kind) && !is_their_own(kind))
        .collect();
    assert!(!missing.is_empty() && known.contains("mqtt in"), "{known:?}");
    let url = node_red.url.clone();
    let unknown = with_browser(1600, 900, |browser| async move {
        browser.open(&url).await;
        browser.until("window.RED && RED.nodes.node && document.querySelector('.red-ui-flow-node')").await;
        let script =
            "const types = []; const add = node => { if (node.type === 'unknown') types.push(node._orig.type); };
            RED.nodes.eachNode(add); RED.nodes.eachConfig(add); return types;";
        browser.run(script, vec![]).await
    })
    .await;
    let unknown: BTreeSet<&str> = unknown.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(unknown, missing, "shown as unknown is what Node-RED lacks, no more");
    node_red.stop().await;
}

/// What a user folder is to hold, whoever starts on it.
struct Expected {
    flows: Value,
    password: String,
    kept: Value,
}

/// Flows that give away, to who asks on this machine, the password that they were given and what they keep in context.
fn telltale() -> Value {
    let node = |id: &str, kind: &str, more: Value| {
        let mut node = json!({"id": id, "type": kind, "z": "t", "name": "", "x": 100, "y": 100, "wires": []});
        node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        node
    };
    let page = |id: &str, method: &str, to: &str| {
        let url = format!("/{id}");
        node(
            id,
            "http in",
            json!({"url": url, "method": method, "upload": false, "swaggerDoc": "", "wires": [[to]]}),
        )
    };
    let code = |id: &str, func: &str, to: &str| {
        node(
            id,
            "function",
            json!({"func": func, "outputs": 1, "timeout": 0, "noerr": 0, "initialize": "", "finalize": "", "libs": [], "wires": [[to]]}),
        )
    };
    json!([
        {"id": "t", "type": "tab", "label": "first", "disabled": false, "info": "", "env": []},
        page("probe", "get", "address"),
        code("address", "msg.url = msg.req.query.url; return msg;", "request"),
        node("request", "http request", json!({"method": "GET", "ret": "txt", "paytoqs": "ignore", "url": "", "tls": "", "persist": false,
            "proxy": "", "insecureHTTPParser": false, "authType": "basic", "senderr": false, "headers": [], "wires": [["answer"]]})),
        page("echo", "get", "header"),
        code("header", "msg.payload = msg.req.headers.authorization; return msg;", "answer"),
        page("keep", "post", "store"),
        code("store", "for (const scope of [context, flow, global]) { scope.set('kept', msg.payload); } return msg;", "answer"),
        page("read", "get", "load"),
        code("load", "msg.payload = [flow.get('kept'), global.get('kept')]; return msg;", "answer"),
        node("answer", "http response", json!({"statusCode": "", "headers": {}})),
    ])
}

/// Changes flows, password and context, as an editor would.
async fn change(url: &str, expected: &mut Expected, label: &str) {
    expected.flows[0]["label"] = label.into();
    expected.password = format!("password of {label}");
    expected.kept = json!({"by": label, "list": [1, 2.5, null, "ü"]});
    let mut flows = expected.flows.clone();
    flows[3]["credentials"] = json!({"user": "ann", "password": expected.password});
    let deploy = client().post(format!("{url}/flows")).json(&flows).send().await.unwrap();
    assert_eq!(deploy.status(), 204, "{label}");
    answers::settled(url, "request").await;
    let keep = client().post(format!("{url}/keep")).json(&expected.kept).send().await.unwrap();
    assert_eq!(keep.status(), 200, "{label}");
}

/// Looks whether everything is as the other one left it.
async fn verify(url: &str, expected: &Expected) {
    let page = async |path: String| {
        let answer = client().get(format!("{url}{path}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let parsed = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    assert_eq!(parsed(page("/flows".into()).await.1), expected.flows);
    let basic = client().get("http://any/").basic_auth("ann", Some(&expected.password)).build().unwrap();
    let basic = basic.headers()["authorization"].to_str().unwrap().to_owned();
    assert_eq!(page(format!("/probe?url={url}/echo")).await, (200, basic));
    let kept = parsed(page("/read".into()).await.1);
    assert_eq!(kept, json!([expected.kept, expected.kept]));
}

#[tokio::test]
async fn a_user_folder_goes_to_and_fro_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let context = "contextStorage: { default: 'disk', disk: { module: 'localfilesystem', config: { flushInterval: 0 } } }";
    let script = settings(&format!("credentialSecret: 'to and fro', {context}"));
    std::fs::write(folder.path().join("settings.js"), &script).unwrap();
    let mut expected = Expected { flows: telltale(), password: String::new(), kept: Value::Null };
    let path = folder.path().to_str().unwrap();
    for round in ["first", "second"] {
        let node_red = NodeRed::on(folder.path()).await;
        if round == "second" {
            verify(&node_red.url, &expected).await;
        }
        change(&node_red.url, &mut expected, &format!("Node-RED, {round}")).await;
        verify(&node_red.url, &expected).await;
        until_kept(folder.path(), &expected.kept).await;
        node_red.stop().await;

        let server = Server::start(folder.path(), &[]).await;
        verify(&server.url, &expected).await;
        change(&server.url, &mut expected, &format!("Wireloom, {round}")).await;
        verify(&server.url, &expected).await;
        server.stop().await;
        until_kept(folder.path(), &expected.kept).await;
        let export = finish(&["export", "--node-red", "--data", path, path]).await;
        assert!(export.status.success(), "{export:?}");
    }
    let node_red = NodeRed::on(folder.path()).await;
    verify(&node_red.url, &expected).await;
    node_red.stop().await;
    assert_eq!(std::fs::read_to_string(folder.path().join("settings.js")).unwrap(), script);
    let sealed = std::fs::read_to_string(folder.path().join("flows_cred.json")).unwrap();
    assert!(!sealed.contains("password"), "{sealed}");
}

/// Waits until the files hold what is kept.
async fn until_kept(folder: &Path, kept: &Value) {
    let is_there = |name: &str| {
        let text = std::fs::read_to_string(folder.join("context").join(name)).unwrap_or_default();
        serde_json::from_str::<Value>(&text).is_ok_and(|values| values["kept"] == *kept)
    };
    let files = ["global/global.json", "t/flow.json", "t/store.json"];
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !files.iter().all(|name| is_there(name)) {
        assert!(std::time::Instant::now() < patience, "the context is not written");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
