//! `wireloom plugin new` and `build`.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::process::Command;
use wireloom_tests::server::{Server, command, finish};

/// Runs a command in a project: with the libraries that are on this machine already, and compiled ones kept between runs.
async fn in_project(mut command: Command, folder: &Path) {
    let kept = super::component("units").with_file_name("../project-target");
    let command = command.current_dir(folder).env("CARGO_TARGET_DIR", kept).env("CARGO_NET_OFFLINE", "true");
    let output = command.stdin(Stdio::null()).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_new_project_is_tested_built_installed_and_runs() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("times");
    let made = finish(&["plugin", "new", "times", "--folder", folder.to_str().unwrap()]).await;
    assert!(made.status.success(), "{made:?}");
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, folder.join("Cargo.lock")).unwrap();
    let mut tests = Command::new("cargo");
    tests.args(["test", "--quiet"]);
    in_project(tests, &folder).await;
    in_project(command(&["plugin", "build"]), &folder).await;
    let component = folder.join("times.wasm");
    let size = std::fs::metadata(&component).unwrap().len();
    assert!(size < 200_000, "{size} bytes");

    let data = tempfile::tempdir().unwrap();
    let added =
        finish(&["plugin", "add", "--data", data.path().to_str().unwrap(), component.to_str().unwrap()])
            .await;
    assert!(added.status.success(), "{added:?}");
    let server = Server::start(data.path(), &[]).await;
    server.deploy(super::flow(json!({ "type": "times", "factor": 3 }))).await;
    let answer = server.post("/ask").json(&json!({ "payload": 14 })).send().await.unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(answer["message"]["payload"], 42, "{answer}");
    server.stop().await;
}
