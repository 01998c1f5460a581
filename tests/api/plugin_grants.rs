//! What was approved counts: after an upgrade that was stopped, without a server, and for another broker.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use wireloom_tests::plugin::Stamp;
use wireloom_tests::server::{Process, Server, command, finish};

use super::plugins::install;
use crate::broker::mosquitto::{publish, subscribe};
use crate::mqtt::brokers::AnyBroker;

#[tokio::test]
async fn killed_at_any_write_of_an_upgrade_what_lies_there_is_approved() {
    let stamp = |version| Stamp { hosts: &["a.test"], ..Stamp::new("stamp", version) }.component();
    let files = tempfile::tempdir().unwrap();
    let file = |version: &str| files.path().join(format!("{version}.wasm"));
    for version in ["1.0.0", "2.0.0"] {
        fs::write(file(version), stamp(version)).unwrap();
    }
    let (mut steps, mut found) = (Vec::new(), [0, 0]);
    loop {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().to_str().unwrap();
        let add = |version| {
            command(&["plugin", "add", "--data", folder, "--grant-all", file(version).to_str().unwrap()])
        };
        assert!(add("1.0.0").output().await.unwrap().status.success());
        let mut upgrade = add("2.0.0");
        upgrade.env("WIRELOOM_HOLD_AT_WRITE", (steps.len() + 1).to_string());
        let mut upgrade = Process::spawn(upgrade);
        let (which, words) = upgrade.line_after_one_of(["held at ", "stamp 2.0.0"]).await;
        upgrade.kill().await;
        if which == 1 {
            break;
        }
        steps.push(words);
        // Looked at without a server, nothing is missing either.
        let flows = data.path().join("f.json");
        fs::write(&flows, flows_of_one("stamp").to_string()).unwrap();
        let checked = finish(&["check", "--data", folder, flows.to_str().unwrap()]).await;
        assert!(checked.status.success(), "killed at {steps:?}: {checked:?}");

        let server = Server::start(data.path(), &[]).await;
        let all = server.json("/nodes/plugins").await;
        assert_eq!(
            (&all[0]["state"], &all[0]["problem"]),
            (&json!("running"), &Value::Null),
            "killed at {steps:?}: {all}"
        );
        found[usize::from(all[0]["version"] == "2.0.0")] += 1;
        assert_eq!(all[0]["grants"], json!({ "http": { "hosts": ["a.test"] } }), "killed at {steps:?}");
        server.stop().await;
        let kept = fs::read_to_string(data.path().join("plugins.json")).unwrap();
        assert!(!kept.contains("former"), "killed at {steps:?}: {kept}");
    }
    // The record, the file, the record again: each before, half written, not on disk, written, renamed, in place.
    assert_eq!(steps.len(), 18, "{steps:?}");
    assert!(found[0] > 0 && found[1] > 0, "{found:?}");
}

/// A tab with a node of this type.
fn flows_of_one(type_name: &str) -> Value {
    json!([{ "id": "t", "type": "tab" }, { "id": "n", "type": type_name, "z": "t", "wires": [] }])
}

#[tokio::test]
async fn check_and_test_know_plugins() {
    let (data, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = data.path().to_str().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = files.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let flows = write("f.json", flows_of_one("stamp").to_string().as_bytes());
    let case = json!([{
        "name": "stamps",
        "flow": [{ "id": "n", "type": "stamp", "wires": [["out"]] }],
        "steps": [{ "send": { "to": "n", "msg": {} } }, { "expect": { "out": [{ "stamp": "1.0.0" }] } }],
    }]);
    let cases = write("cases.json", case.to_string().as_bytes());
    let run = async |arguments: &[&str]| {
        let output = finish(arguments).await;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let (is_well, said, _) = run(&["check", &flows, "--data", folder]).await;
    assert!(!is_well && said.contains("no node type stamp is installed"), "{said}");
    assert!(!run(&["test", &cases, "--data", folder]).await.0);

    // As a component beside the flows, whatever it asks for; by itself or in a folder.
    let asking = Stamp { hosts: &["a.test"], ..Stamp::new("stamp", "1.0.0") }.component();
    fs::create_dir(files.path().join("mine")).unwrap();
    let component = write("mine/any.wasm", &asking);
    let mine = files.path().join("mine");
    for plugins in [component.as_str(), mine.to_str().unwrap()] {
        let (is_well, said, wrong) = run(&["check", &flows, "--data", folder, "--plugins", plugins]).await;
        assert!(is_well && wrong.is_empty(), "{said}{wrong}");
        let (is_well, said, wrong) = run(&["test", &cases, "--data", folder, "--plugins", plugins]).await;
        assert!(is_well && wrong.is_empty(), "{said}{wrong}");
    }
    assert!(fs::read_dir(data.path()).unwrap().next().is_none(), "nothing is written");

    // In the data folder it counts as soon as it is approved.
    fs::create_dir(data.path().join("plugins")).unwrap();
    fs::write(data.path().join("plugins/stamp.wasm"), &asking).unwrap();
    let (is_well, _, wrong) = run(&["check", &flows, "--data", folder]).await;
    assert!(!is_well && wrong.contains("stamp asks for what nobody granted yet (http)"), "{wrong}");
    let added = finish(&["plugin", "add", "--data", folder, "--grant-all", &component]).await;
    assert!(added.status.success(), "{added:?}");
    assert!(run(&["check", &flows, "--data", folder]).await.0);
    assert!(run(&["test", &cases, "--data", folder]).await.0);
    // What is named comes first.
    let newer = write("newer.wasm", &Stamp::new("stamp", "2.0.0").component());
    let (is_well, said, _) = run(&["test", &cases, "--data", folder, "--plugins", &newer]).await;
    assert!(!is_well && said.contains("2.0.0"), "{said}");

    // What is named and is no plugin is an error.
    for (plugins, words) in [
        (flows.as_str(), "no WebAssembly component"),
        (folder, "holds no file NAME.wasm"),
        ("/no/such", "cannot read /no/such"),
    ] {
        let (is_well, _, wrong) = run(&["check", &flows, "--data", folder, "--plugins", plugins]).await;
        assert!(!is_well && wrong.contains(words), "{wrong}");
    }
}

#[tokio::test]
async fn topics_are_those_of_the_broker_that_was_granted() {
    let brokers = AnyBroker::all().await;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let relay = Stamp { relays: true, ..Stamp::new("relay", "1.0.0") }.component();
    let grants = json!({ "mqtt": { "publish": ["out/#"], "subscribe": ["in/#"], "broker": "b" } });
    let installed = install(&server, &relay, grants).await;
    assert_eq!(installed.status(), 200, "{}", installed.text().await.unwrap());
    let listed = finish(&["plugin", "list", "--data", data.path().to_str().unwrap()]).await;
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("mqtt=publish:out/#,subscribe:in/#,broker:b"), "{listed}");

    // The second time the node of that id means another broker, and the plugin's node is not built anew.
    for broker in &brokers {
        let mut flows = flows_of_one("relay");
        let port = broker.at().port().to_string();
        let node = json!({ "id": "b", "type": "mqtt-broker", "broker": "127.0.0.1", "port": port });
        flows.as_array_mut().unwrap().push(node);
        server.deploy(flows).await;
        let mut heard = subscribe(broker.at(), &["-t", "out/#"]).await;
        let published = async {
            loop {
                publish(broker.at(), &["-t", "in/a", "-m", "x"]).await;
                sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = published => {}
            message = heard.next_message() => assert_eq!(message, "out/version 0 0 1.0.0", "{}", broker.name()),
        }
        heard.leave().await;
    }
    server.stop().await;
}
