//! A plugin in the browser: installed while flows run, used, upgraded, removed; and no message is lost.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use wireloom_tests::browser::{Browser, with_browser};
use wireloom_tests::packages;
use wireloom_tests::plugin::Stamp;
use wireloom_tests::server::Server;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Messages come in by HTTP, pass the node `s`, wait a moment and are counted by version.
fn flows(through: &str) -> Value {
    let count = "const seen = flow.get('seen') || {}; const by = msg.stamp || 'none';
        seen[by] = (seen[by] || 0) + 1; flow.set('seen', seen); msg.payload = seen; return msg;";
    let mut flows = json!([
        { "id": "t", "type": "tab", "label": "Stream" },
        { "id": "in", "type": "http in", "z": "t", "x": 120, "y": 80, "url": "/message", "method": "post", "wires": [[through]] },
        { "id": "wait", "type": "delay", "z": "t", "x": 480, "y": 80, "pauseType": "delay", "timeout": "20", "timeoutUnits": "milliseconds", "wires": [["count"]] },
        { "id": "count", "type": "function", "z": "t", "x": 660, "y": 80, "func": count, "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "x": 820, "y": 80, "wires": [] },
    ]);
    if through == "s" {
        let node = json!({ "id": "s", "type": "stamp", "z": "t", "x": 300, "y": 80, "name": "", "note": "mine", "wires": [["wait"]] });
        flows.as_array_mut().unwrap().push(node);
    }
    flows
}

/// Sends messages all the time; counts what was sent and what was answered.
#[derive(Default)]
struct Stream {
    sent: AtomicUsize,
    arrived: AtomicUsize,
    /// Answered with an error: while the type of the node is missing, nothing else is right.
    failed: AtomicUsize,
    ends: AtomicBool,
}

impl Stream {
    async fn run(self: Arc<Self>, url: String) {
        let client = wireloom_tests::server::client();
        while !self.ends.load(Ordering::Relaxed) {
            self.sent.fetch_add(1, Ordering::Relaxed);
            let answer = client.post(format!("{url}/message")).json(&json!({})).send().await.unwrap();
            match answer.status().as_u16() {
                200 => self.arrived.fetch_add(1, Ordering::Relaxed),
                _ => self.failed.fetch_add(1, Ordering::Relaxed),
            };
        }
    }

    /// Waits until so many more came through.
    async fn goes_on(&self, more: usize) {
        let goal = self.arrived.load(Ordering::Relaxed) + more;
        let there = async {
            while self.arrived.load(Ordering::Relaxed) < goal {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, there).await.expect("messages go on");
    }
}

async fn upload(browser: &Browser, file: &Path) {
    browser.type_into("#plugin-file", file.to_str().unwrap()).await;
    browser.element("#plugins-dialog .review").await;
}

#[tokio::test]
async fn a_plugin_comes_is_used_is_upgraded_and_goes_while_messages_flow() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "0"]).await;
    server.deploy(flows("wait")).await;
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, stamp: &Stamp<'_>| {
        let path = files.path().join(name);
        std::fs::write(&path, stamp.component()).unwrap();
        path
    };
    let first = file("stamp-1.wasm", &Stamp { hosts: &["api.example.org"], ..Stamp::new("stamp", "1.0.0") });
    let second = file("stamp-2.wasm", &Stamp { hosts: &["api.example.org"], ..Stamp::new("stamp", "2.0.0") });
    let noise = files.path().join("noise.wasm");
    std::fs::write(&noise, "no component").unwrap();

    let stream = Arc::<Stream>::default();
    let runners: Vec<_> = (0..8).map(|_| tokio::spawn(stream.clone().run(server.url.clone()))).collect();
    let test = stream.clone();
    let url = server.url.clone();
    with_browser(1280, 800, |browser| async move {
        browser.open(&url).await;
        browser.until("document.querySelector('.connection.live') && document.querySelector('.node')").await;
        browser.click("[data-command='palette.manage']").await;
        browser.element("#plugins-dialog .empty-state").await;
        browser.save_screenshot("plugins-empty").await;

        browser.type_into("#plugin-file", noise.to_str().unwrap()).await;
        browser.element("#plugins-dialog [data-state='trouble']").await;
        upload(&browser, &first).await;
        let asks = browser.texts("#plugins-dialog .asks li").await;
        let gets = browser.texts("#plugins-dialog .review .gets").await.join(" ");
        assert!(gets.contains("reads and writes the context"), "{gets}");
        assert_eq!(asks, ["send requests to api.example.org"]);
        browser.save_screenshot("plugins-review").await;
        look(&browser).await;
        assert_eq!(browser.count("#plugins-dialog [data-plugin]").await, 0, "nothing is installed yet");
        browser.click("#plugins-dialog [data-do='install']").await;
        browser.element("#plugins-dialog [data-plugin='stamp'][data-state='plugins.state.running']").await;
        browser.save_screenshot("plugins-installed").await;
        look(&browser).await;
        browser.press(Key::Escape).await;
        browser.until("!document.querySelector('#plugins-dialog')").await;
        test.goes_on(20).await;

        // In the palette without a new page; on the canvas with form and help.
        browser.element(".palette .item[data-type='stamp']").await;
        let deploy = json!({ "flows": flows("s") });
        let client = wireloom_tests::server::client();
        let answer = client.post(format!("{url}/flows")).header("Node-RED-API-Version", "v2");
        let answer = answer.header("Node-RED-Deployment-Type", "nodes").json(&deploy).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        browser.click_at(browser.middle_of(".node[data-type='stamp'] .body").await).await;
        browser.until("[...document.querySelectorAll('label, .label')].some(one => one.textContent.includes('Note'))").await;
        browser.save_screenshot("plugins-form").await;
        test.goes_on(50).await;
        assert!(seen(&client, &url).await["1.0.0"].as_u64().unwrap() > 0);

        browser.press(Key::Escape).await;
        browser.click("[data-command='palette.manage']").await;
        upload(&browser, &second).await;
        browser.save_screenshot("plugins-upgrade").await;
        browser.click("#plugins-dialog [data-do='install']").await;
        browser.until("document.querySelector('[data-plugin=stamp] .version-number')?.textContent === '2.0.0'").await;
        test.goes_on(50).await;
        assert!(seen(&client, &url).await["2.0.0"].as_u64().unwrap() > 0);
        let failed = test.failed.load(Ordering::Relaxed);
        assert_eq!(failed, 0, "not one was lost on the way from version to version");

        browser.click("#plugins-dialog [data-plugin='stamp'] [data-do='remove']").await;
        browser.element("#plugins-dialog .removal").await;
        browser.save_screenshot("plugins-remove").await;
        browser.click("#plugins-dialog [data-do='remove-now']").await;
        browser.element("#plugins-dialog .empty-state").await;
        browser.press(Key::Escape).await;
        browser.until("!document.querySelector(\".palette .item[data-type='stamp']\")").await;
        browser.until("document.querySelector(\".node[data-id='s']\")").await;
        browser.save_screenshot("plugins-removed").await;

        // It is dropped on the page and installed again: its nodes come back with their settings.
        drop_file(&browser, &second).await;
        browser.element("#plugins-dialog .review").await;
        browser.click("#plugins-dialog [data-do='install']").await;
        browser.element("#plugins-dialog [data-plugin='stamp']").await;
        test.goes_on(20).await;
        test.ends.store(true, Ordering::Relaxed);
    })
    .await;
    for runner in runners {
        timeout(PATIENCE, runner).await.expect("every message is answered").unwrap();
    }
    let (sent, arrived, failed) = (&stream.sent, &stream.arrived, &stream.failed);
    let (sent, arrived, failed) =
        (sent.load(Ordering::Relaxed), arrived.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
    println!(
        "{sent} messages were sent, {arrived} came through, {failed} were refused while the type was missing"
    );
    assert_eq!(sent, arrived + failed);
    let counted = seen(&wireloom_tests::server::client(), &server.url).await;
    let counted: u64 = counted.as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(counted as usize, arrived, "as many as were counted in the flow");
    assert_eq!(server.json("/flows").await.as_array().unwrap().last().unwrap()["note"], "mine");
    assert!(server.stop().await.success());
}

/// What the flow counted, by version.
async fn seen(client: &reqwest::Client, url: &str) -> Value {
    let answer = client.get(format!("{url}/context/flow/t/seen")).send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    serde_json::from_str(answer["msg"].as_str().unwrap()).unwrap()
}

/// Lets a file fall on the page.
async fn drop_file(browser: &Browser, file: &Path) {
    let bytes: Vec<u8> = std::fs::read(file).unwrap();
    let script = "const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(arguments[0])], 'stamp.wasm'));
        window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));";
    browser.run(script, vec![json!(bytes)]).await;
}

/// Nothing serious may keep anybody out of the dialog.
async fn look(browser: &Browser) {
    browser.run(&packages::axe(), vec![]).await;
    let script = "return (async () => (await axe.run('#plugins-dialog')).violations
        .filter(issue => ['serious', 'critical'].includes(issue.impact))
        .map(issue => issue.id + ' ' + issue.nodes.map(node => node.html.slice(0, 160)).join(' | ')))()";
    assert_eq!(browser.run(script, vec![]).await, json!([]));
}
