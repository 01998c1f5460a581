//! Starts the real binary, talks to it, and stops it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Far more than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `wireloom`; killed when dropped.
pub struct Server {
    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub url: String,
    /// Where its broker listens, if it has one.
    pub mqtt: Option<SocketAddr>,
    /// Asks it.
    pub client: Client,
    process: Process,
}

/// A process with its output.
pub struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    errors: Arc<Mutex<String>>,
}

/// The binary: `WIRELOOM_BIN`, or the one beside this test's own folder.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("WIRELOOM_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join(format!("wireloom{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing: cargo build -p wireloom-server", path.display());
    path
}

/// `wireloom` with no settings but these arguments.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WIRELOOM_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs `wireloom` with these arguments to its end.
pub async fn finish(arguments: &[&str]) -> Output {
    timeout(PATIENCE, command(arguments).output()).await.expect("it ends").unwrap()
}

/// The credentials of a data folder that no server uses, as `wireloom export` writes them into a folder whose Node-RED
/// encrypts none.
pub async fn exported_credentials(data: &Path) -> Value {
    let target = tempfile::tempdir().unwrap();
    std::fs::write(
        target.path().join("settings.js"),
        "module.exports = { flowFile: 'f.json', credentialSecret: false }",
    )
    .unwrap();
    let arguments =
        ["export", "--node-red", "--data", data.to_str().unwrap(), target.path().to_str().unwrap()];
    let output = finish(&arguments).await;
    assert!(output.status.success(), "{output:?}");
    serde_json::from_str(&std::fs::read_to_string(target.path().join("f_cred.json")).unwrap()).unwrap()
}

/// A hash of a password, as `wireloom hash-password` makes it.
pub async fn hash_password(password: &str) -> String {
    let mut command = command(&["hash-password"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut child.stdin.take().unwrap(), password.as_bytes()).await.unwrap();
    String::from_utf8(child.wait_with_output().await.unwrap().stdout).unwrap().trim().to_owned()
}

/// A flow that answers `GET /hello`.
pub fn hello_flow() -> Value {
    json!([
        { "id": "t", "type": "tab" },
        { "id": "in", "type": "http in", "z": "t", "url": "/hello", "method": "get", "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "wires": [] },
    ])
}

/// What `wireloom run` with this folder says when it refuses to start.
pub async fn refusal(data: &Path, arguments: &[&str]) -> String {
    let mut all = vec!["run", "--data", data.to_str().unwrap()];
    all.extend(arguments);
    let output = finish(&all).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// `wireloom run` on this folder: on free ports, without a broker unless the arguments say otherwise.
pub fn run(data: &Path, arguments: &[&str]) -> Command {
    let mut command = command(&["run", "--data", data.to_str().unwrap()]);
    for (flag, value) in [("--port", "0"), ("--mqtt-port", "off")] {
        if !arguments.contains(&flag) {
            command.args([flag, value]);
        }
    }
    command.args(arguments);
    command
}

impl Process {
    /// Starts a command.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let errors = Arc::new(Mutex::new(String::new()));
        let (kept, mut stderr) = (errors.clone(), child.stderr.take().unwrap());
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        Self { child, lines, errors }
    }

    /// The next line of its standard output; none when it has ended.
    pub async fn line(&mut self) -> Option<String> {
        timeout(PATIENCE, self.lines.next_line()).await.expect("a line").unwrap()
    }

    /// The rest of the next line that begins so; other lines are passed over.
    pub async fn line_after(&mut self, beginning: &str) -> String {
        self.line_after_one_of([beginning]).await.1
    }

    /// The next line that begins with one of these: which of them, and the rest of it.
    pub async fn line_after_one_of<const N: usize>(&mut self, beginnings: [&str; N]) -> (usize, String) {
        while let Some(line) = self.line().await {
            let rest =
                |(at, beginning): (usize, &&str)| Some((at, line.strip_prefix(*beginning)?.to_owned()));
            if let Some(found) = beginnings.iter().enumerate().find_map(rest) {
                return found;
            }
        }
        panic!("it ended without saying `{}`: {}", beginnings.join("` or `"), self.errors());
    }

    /// What it has written to standard error so far.
    pub fn errors(&self) -> String {
        self.errors.lock().unwrap().clone()
    }

    /// SIGKILL.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM.
    pub async fn terminate(&self) {
        let id = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    }

    /// Waits for its end; gives how it ended.
    pub async fn end(mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("it stops").unwrap()
    }
}

impl Server {
    /// Starts it and waits until its flows run; see [`run`].
    pub async fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::of(run(data, arguments)).await
    }

    /// Starts a `wireloom run` and waits until its flows run.
    pub async fn of(command: Command) -> Self {
        let mut process = Process::spawn(command);
        let url = process.line_after("listening on ").await;
        let mut mqtt = None;
        loop {
            let line = process.line().await.unwrap_or_else(|| panic!("it ended: {}", process.errors()));
            if let Some(address) = line.strip_prefix("mqtt on ") {
                mqtt = Some(address.parse().unwrap());
            }
            if line.starts_with("flows started: ") {
                break;
            }
        }
        Self { url, mqtt, client: client(), process }
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// The JSON at `path`, which must be there.
    pub async fn json(&self, path: &str) -> Value {
        json(self.get(path)).await
    }

    /// Deploys flows in version 2 and gives the answer.
    pub async fn deploy(&self, flows: Value) -> Value {
        let request = self.post("/flows").header("Node-RED-API-Version", "v2");
        json(request.json(&serde_json::json!({ "flows": flows }))).await
    }

    /// Its process, to read its output.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// SIGTERM, without waiting for the end.
    pub async fn terminate(&self) {
        self.process.terminate().await;
    }

    /// Waits for its end; gives how it ended.
    pub async fn end(self) -> ExitStatus {
        self.process.end().await
    }

    /// SIGTERM; gives how it ended.
    pub async fn stop(self) -> ExitStatus {
        self.terminate().await;
        self.end().await
    }

    /// SIGKILL.
    pub async fn kill(self) {
        self.process.kill().await;
    }
}

/// A client without proxy and cookies.
pub fn client() -> Client {
    // The nodes' libraries choose none for reqwest; there is one already after the first client.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

/// Sends a request and gives the JSON of an answer that must be a success.
pub async fn json(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The status and, if there is one, the `code` of an answer.
pub async fn status_and_code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}
