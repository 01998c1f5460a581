//! Real files.

use std::path::Path;

use engine::node::Services;
use engine::{Message, Outcome, Value};
use serde_json::{Value as Json, json};

use crate::testing::{Bench, until};

async fn start(type_name: &str, node: Json) -> Bench {
    let mut all = json!({ "id": "n", "type": type_name, "x": 1, "y": 1, "wires": [["r"]] });
    all.as_object_mut().unwrap().extend(node.as_object().unwrap().clone());
    let recorder = json!({ "id": "r", "type": "recorder", "x": 1, "y": 1, "wires": [] });
    Bench::start(json!([all, recorder]), Services::default()).await
}

/// Sends a message and waits until the node is done with it.
async fn send(bench: &mut Bench, message: Json) -> Vec<Message> {
    bench.send("n", message);
    until("done", async || bench.open() == 0).await;
    bench.take_recorded()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn adds_overwrites_and_deletes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inner/log.txt");
    let name = path.to_str().unwrap();
    let node = json!({ "filename": name, "filenameType": "str", "appendNewline": true, "createDir": true, "overwriteFile": "false" });
    let mut bench = start("file", node).await;
    let got = send(&mut bench, json!({ "payload": "one", "topic": "kept" })).await;
    assert_eq!(got[0].get("filename"), Some(&name.into()));
    assert_eq!(got[0].topic(), Some("kept"));
    send(&mut bench, json!({ "payload": { "two": [2] } })).await;
    send(&mut bench, json!({ "payload": 3, "parts": { "type": "string", "index": 1, "count": 2 } })).await;
    assert!(send(&mut bench, json!({ "topic": "nothing to write" })).await.is_empty());
    assert_eq!(text(&path), "one\n{\"two\":[2]}\n3");
    // Log rotation takes the file away; the next message makes a new one.
    std::fs::remove_file(&path).unwrap();
    send(&mut bench, json!({ "payload": true })).await;
    assert_eq!(text(&path), "true\n");

    let node = json!({ "filename": "name", "filenameType": "msg", "appendNewline": false, "overwriteFile": "true", "encoding": "setbymsg" });
    let mut bench = start("file", node).await;
    send(&mut bench, json!({ "payload": "\u{e9}", "name": name, "encoding": "latin1" })).await;
    assert_eq!(std::fs::read(&path).unwrap(), [0xe9]);
    assert!(send(&mut bench, json!({ "payload": "x", "name": "" })).await.is_empty());

    let mut bench = start("file", json!({ "filename": name, "overwriteFile": "delete" })).await;
    assert_eq!(send(&mut bench, json!({})).await.len(), 1);
    assert!(!path.exists());
    let failed = bench.send("n", json!({}));
    until("failed", async || bench.open() == 0).await;
    assert_eq!(bench.outcome(failed), Some(Outcome::Failed));
    assert!(bench.errors()[0].contains("could not be deleted"), "{:?}", bench.errors());
}

#[tokio::test]
async fn writes_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut bench =
        start("file", json!({ "filename": path.to_str().unwrap(), "overwriteFile": "false" })).await;
    for number in 0..200 {
        bench.send("n", json!({ "payload": number }));
    }
    until("done", async || bench.open() == 0).await;
    let expected: String = (0..200).map(|number| format!("{number}\n")).collect();
    assert_eq!(text(&path), expected);
}

#[tokio::test]
async fn reads_whole_by_lines_and_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let name = path.to_str().unwrap();
    std::fs::write(&path, "one\r\ntwo\n").unwrap();

    let mut bench = start("file in", json!({ "filename": name, "format": "utf8" })).await;
    let got = send(&mut bench, json!({ "topic": "t" })).await;
    assert_eq!((got[0].payload(), got[0].topic()), (&"one\r\ntwo\n".into(), Some("t")));
    let mut bench = start("file in", json!({ "filename": name, "format": "" })).await;
    assert_eq!(send(&mut bench, json!({})).await[0].payload(), &Value::buffer("one\r\ntwo\n"));

    let node = json!({ "filename": "f", "filenameType": "msg", "format": "lines", "allProps": true });
    let mut bench = start("file in", node).await;
    let got = send(&mut bench, json!({ "f": name, "_msgid": "m" })).await;
    let lines: Vec<_> = got.iter().map(|message| message.payload().clone()).collect();
    assert_eq!(lines, ["one\r".into(), "two".into(), Value::from("")]);
    let parts = |at: usize| serde_json::to_value(got[at].get("parts")).unwrap();
    assert_eq!(parts(0), json!({ "index": 0, "ch": "\n", "type": "string", "id": "m" }));
    assert_eq!(parts(2)["count"], 3);

    std::fs::write(&path, vec![7; 2 * 65_536]).unwrap();
    let mut bench = start("file in", json!({ "filename": name, "format": "stream" })).await;
    let got = send(&mut bench, json!({ "secret": 1 })).await;
    assert_eq!(got.len(), 2);
    assert_eq!(got[1].payload().as_buffer().unwrap().len(), 65_536);
    assert_eq!(got[1].get("parts").unwrap().get("count"), Some(&2.into()));
    assert!(got[1].get("secret").is_none());
}

#[tokio::test]
async fn a_file_that_is_not_there_is_an_error() {
    let mut bench = start("file in", json!({ "filename": "/no/such/file", "sendError": true })).await;
    let failed = bench.send("n", json!({ "payload": 1 }));
    until("failed", async || bench.open() == 0).await;
    assert_eq!(bench.outcome(failed), Some(Outcome::Failed));
    let got = bench.take_recorded();
    assert_eq!(got[0].get("error").unwrap().get("code"), Some(&"ENOENT".into()));
    assert!(got[0].get("payload").is_none());
}

#[tokio::test]
async fn hears_of_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    let watched = folder.path().to_str().unwrap();
    let bench = start("watch", json!({ "files": watched })).await;
    // Nothing tells when the system has begun to watch: write until it is heard.
    let mut got = Vec::new();
    until("a change", async || {
        std::fs::write(&path, "hello").unwrap();
        got = bench.take_recorded();
        !got.is_empty()
    })
    .await;
    let message = &got[0];
    assert_eq!(message.payload(), &path.to_str().unwrap().into());
    assert_eq!(message.topic(), Some(watched));
    for (name, expected) in [("file", "a.txt"), ("event", "update"), ("type", "file")] {
        assert_eq!(message.get(name), Some(&expected.into()), "{name}");
    }
    assert_eq!(message.get("size"), Some(&5.into()));
    std::fs::remove_file(&path).unwrap();
    until("its end", async || {
        bench.take_recorded().iter().any(|message| message.get("event") == Some(&"remove".into()))
    })
    .await;
}
