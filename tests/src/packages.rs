//! Packages of npm that tests use; `cargo xtask test` fetches them and says where they are.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::server::{Process, client, json};

/// Far more than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(90);

/// What Node-RED is started with: nobody from outside, no questions, no sign of life to its makers.
const SETTINGS: &str = "module.exports = {
    uiHost: '127.0.0.1', flowFile: 'flows.json',
    editorTheme: { tours: false, projects: { enabled: false } },
    telemetry: { enabled: false, updateNotification: false },
    externalModules: { palette: { allowInstall: false } },
    logging: { console: { level: 'warn' } },
};";

/// The text of a `settings.js` with this in it, too.
pub fn settings(more: &str) -> String {
    SETTINGS.replace("};", more) + "\n};"
}

/// The folder that a variable of [`cargo xtask test`] names, with what is in its `node_modules`.
fn package(variable: &str, path: &str) -> PathBuf {
    let folder = std::env::var_os(variable)
        .unwrap_or_else(|| panic!("{variable} is not set: run this test with `cargo xtask test`"));
    let path = Path::new(&folder).join("node_modules").join(path);
    assert!(path.exists(), "{} is missing", path.display());
    path
}

/// The script that looks for what keeps people out of a page.
pub fn axe() -> String {
    std::fs::read_to_string(package("WIRELOOM_AXE", "axe-core/axe.min.js")).unwrap()
}

/// A running Node-RED; killed when dropped.
pub struct NodeRed {
    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub url: String,
    process: Process,
}

impl NodeRed {
    /// Starts it on a user folder, with these flows, and waits until it answers.
    pub async fn start(folder: &Path, flows: &Value) -> Self {
        std::fs::write(folder.join("settings.js"), settings("credentialSecret: false")).unwrap();
        std::fs::write(folder.join("flows.json"), flows.to_string()).unwrap();
        Self::on(folder).await
    }

    /// Starts it on a user folder as it is, and waits until it answers.
    pub async fn on(folder: &Path) -> Self {
        let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
            ("macos", _) => "darwin-arm64",
            (_, "aarch64") => "linux-arm64",
            _ => "linux-x64",
        };
        let node = package("WIRELOOM_NODE_RED", &format!("node-{platform}/bin/node"));
        // Free when asked; whoever takes it in between makes the test fail, not lie.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(node);
        command.arg(package("WIRELOOM_NODE_RED", "node-red/red.js"));
        command.args(["--port", &port.to_string(), "--userDir", folder.to_str().unwrap()]);
        command.current_dir(folder).kill_on_drop(true);
        let node_red = Self { url: format!("http://127.0.0.1:{port}"), process: Process::spawn(command) };
        let answers = async {
            let client = client();
            while !client
                .get(format!("{}/flows", node_red.url))
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                sleep(Duration::from_millis(200)).await;
            }
        };
        let is_there = timeout(PATIENCE, answers).await;
        assert!(is_there.is_ok(), "Node-RED does not answer: {}", node_red.process.errors());
        node_red
    }

    /// The JSON at `path`, which must be there.
    pub async fn json(&self, path: &str) -> Value {
        json(client().get(format!("{}{path}", self.url)).header("Accept", "application/json")).await
    }

    /// Deploys flows; gives back the status of the answer.
    pub async fn deploy(&self, flows: &Value) -> u16 {
        let request = client().post(format!("{}/flows", self.url)).json(flows);
        request.send().await.unwrap().status().as_u16()
    }

    /// Ends it.
    pub async fn stop(self) {
        self.process.kill().await;
    }
}
