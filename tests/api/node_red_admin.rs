//! Node-RED's own command line client, from npm.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;
use wireloom_tests::server::Server;

const PACKAGE: &str = "node-red-admin@4.1.7";

/// Runs `node-red-admin` with a home folder of its own and gives what it printed.
async fn admin(home: &Path, program: &str, arguments: &[&str]) -> String {
    let mut npm = Command::new("npm");
    npm.args(["exec", "--yes", "--package", PACKAGE, "--", program]).args(arguments).current_dir(home);
    // npm's own settings and cache stay those of the user.
    let user_home = std::env::var("HOME").unwrap_or_default();
    for (name, file) in [("npm_config_cache", ".npm"), ("npm_config_userconfig", ".npmrc")] {
        if std::env::var_os(name).is_none() {
            npm.env(name, format!("{user_home}/{file}"));
        }
    }
    let output = npm.env("HOME", home).output().await.expect("npm can be started: install Node.js with npm");
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}: {text}{errors}");
    text.into_owned()
}

#[tokio::test]
async fn it_lists_the_nodes_and_reads_and_writes_flows() {
    let (data, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(data.path(), &[]).await;
    admin(home.path(), "node-red-admin", &["target", &server.url]).await;

    let list = admin(home.path(), "node-red-admin", &["list"]).await;
    assert!(list.contains("wireloom/comment") && list.contains("enabled"), "{list}");
    let info = admin(home.path(), "node-red-admin", &["info", "wireloom/comment"]).await;
    assert!(info.contains("comment"), "{info}");

    for (command, expected) in [("disable", false), ("enable", true)] {
        admin(home.path(), "node-red-admin", &[command, "wireloom/comment"]).await;
        assert_eq!(server.json("/nodes/wireloom/comment").await["enabled"], expected, "{command}");
    }

    // Its `request` is what its commands and other tools are made of.
    let flows = json!([{ "id": "t", "type": "tab", "label": "from the client" }]);
    let script = format!(
        r#"const path = require("path");
           const bin = process.env.PATH.split(path.delimiter).find(p => p.includes("_npx"));
           const request = require(path.join(bin, "..", "node-red-admin", "lib", "request"));
           const body = {{ method: "POST", headers: {{ "Node-RED-API-Version": "v2" }}, data: {{ flows: {flows} }} }};
           request.request("/flows", body)
               .then(answer => request.request("/flows", {{}}).then(flows => ({{ answer, flows }})))
               .then(result => console.log(JSON.stringify(result)), error => {{ console.error(error); process.exit(1); }});"#
    );
    let result: Value = serde_json::from_str(&admin(home.path(), "node", &["-e", &script]).await).unwrap();
    assert_eq!(result["flows"], flows, "{result}");
    assert_eq!(result["answer"]["rev"].as_str().map(str::len), Some(64), "{result}");
    assert_eq!(server.json("/flows").await, flows);
}
