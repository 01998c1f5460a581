//! Starts and stops the processes that are measured.

use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Connection, Request};

/// How long a process may take to its first answer before its start counts as failed.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long a process that starts may take to an answer before it is asked anew, and how long one that runs may take to a
/// deploy.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// How often a starting process is asked; the resolution of start times.
const POLL_EVERY: Duration = Duration::from_millis(1);

/// What runs flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The binary.
    Wireloom(PathBuf),
    /// The folder in which npm has installed node-red and node.
    NodeRed(PathBuf),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wireloom(_) => "Wireloom",
            Self::NodeRed(_) => "Node-RED",
        })
    }
}

/// A process of ours; stopped when dropped.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    _folder: TempDir,
}

impl Process {
    /// Starts `command`, which keeps its files in `folder`; what it prints goes to a file there.
    pub(crate) fn start(name: &str, mut command: Command, folder: TempDir) -> anyhow::Result<Self> {
        let log = folder.path().join("output.log");
        let file = File::create(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {name}: {}", command.get_program().to_string_lossy()))?;
        Ok(Self { name: name.to_owned(), child, log, _folder: folder })
    }

    /// Resident memory in MB (10^6 bytes).
    pub(crate) fn memory_megabytes(&self) -> anyhow::Result<f64> {
        self.status_megabytes("VmRSS:")
    }

    /// The most resident memory that it ever had, in MB.
    pub(crate) fn peak_megabytes(&self) -> anyhow::Result<f64> {
        self.status_megabytes("VmHWM:")
    }

    fn status_megabytes(&self, key: &str) -> anyhow::Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .with_context(|| format!("{} has stopped", self.name))?;
        let kibibytes: f64 =
            line.trim().trim_end_matches("kB").trim().parse().with_context(|| format!("{key} in {path}"))?;
        Ok(kibibytes * 1024.0 / 1e6)
    }

    /// Processor time that it took so far, in microseconds; in steps of 10,000.
    pub(crate) fn processor_micros(&self) -> anyhow::Result<f64> {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
        // The name, in brackets, may hold spaces; the 14th and 15th fields are the times in user and system mode, in
        // hundredths of a second (USER_HZ, which Linux keeps at 100 for programs).
        let fields: Vec<&str> =
            stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        let ticks = ticks(11).zip(ticks(12)).with_context(|| format!("{path} has no times"))?;
        Ok((ticks.0 + ticks.1) * 10_000.0)
    }

    /// Fails with the end of its output if it has stopped.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("{} stopped with {status}:\n{}", self.name, self.output());
        }
        Ok(())
    }

    /// The last lines that it printed.
    pub(crate) fn output(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if it has stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A runtime with a flow in it that answers requests.
pub(crate) struct Runtime {
    pub(crate) kind: Kind,
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    /// Its embedded broker, if it was to have one.
    pub(crate) broker: Option<SocketAddr>,
    /// From the start of the process to the first answer that shows the flow at work, in milliseconds.
    pub(crate) start_ms: f64,
}

/// What a runtime is started with.
pub(crate) struct Start<'a> {
    pub(crate) flow: &'a Value,
    /// A path that is answered with 200 once the flow runs; `/flows` for a flow without HTTP nodes.
    pub(crate) ready: &'a str,
    /// The port of the embedded broker, for a runtime that has one.
    pub(crate) broker_port: Option<u16>,
}

impl Runtime {
    /// Starts a runtime and waits for its first answer.
    pub(crate) async fn start(kind: &Kind, start: &Start<'_>) -> anyhow::Result<Self> {
        let port = free_port()?;
        let folder = tempfile::tempdir()?;
        let flow = serde_json::to_vec(start.flow)?;
        let command = match kind {
            Kind::Wireloom(binary) => wireloom(binary, folder.path(), &flow, port, start.broker_port)?,
            Kind::NodeRed(install) => node_red(install, folder.path(), &flow, port)?,
        };
        let begin = Instant::now();
        let mut process = Process::start(&kind.to_string(), command, folder)?;
        let address = local(port);
        let request = Request::get(start.ready);
        while !answers(address, &request).await {
            process.check()?;
            if begin.elapsed() > START_LIMIT {
                bail!(
                    "{kind} gave no answer at {} within {} s:\n{}",
                    start.ready,
                    START_LIMIT.as_secs(),
                    process.output()
                );
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        let start_ms = begin.elapsed().as_secs_f64() * 1000.0;
        let broker = start.broker_port.filter(|_| matches!(kind, Kind::Wireloom(_))).map(local);
        Ok(Self { kind: kind.clone(), process, address, broker, start_ms })
    }

    /// Deploys `flow`, changed nodes only; the time it took in milliseconds.
    pub(crate) async fn deploy(&self, flow: &Value) -> anyhow::Result<f64> {
        let body = serde_json::to_vec(flow)?;
        let headers = "Content-Type: application/json\r\nNode-RED-API-Version: v1\r\nNode-RED-Deployment-Type: nodes\r\n";
        let request = Request::new("POST", "/flows", headers, &body);
        let mut connection = Connection::open(self.address).await?;
        let begin = Instant::now();
        let response = connection.send_within(&request, ANSWER_LIMIT).await?;
        if !matches!(response.status, 200 | 204) {
            bail!(
                "{} answered {} to a deploy: {}",
                self.kind,
                response.status,
                String::from_utf8_lossy(&response.body)
            );
        }
        Ok(begin.elapsed().as_secs_f64() * 1000.0)
    }
}

/// A mosquitto of its own, with Nagle's algorithm off: with it, acknowledgements wait for delayed TCP ones and nothing else shows.
pub(crate) async fn mosquitto() -> anyhow::Result<(Process, SocketAddr)> {
    let port = free_port()?;
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("mosquitto.conf");
    fs::write(
        &config,
        format!("listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\n"),
    )?;
    let mut command = Command::new(
        ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .unwrap_or("mosquitto"),
    );
    command.arg("-c").arg(&config);
    let mut process = Process::start("mosquitto", command, folder)
        .context("is it installed? On Debian: apt install mosquitto")?;
    wait_for(&mut process, local(port)).await?;
    Ok((process, local(port)))
}

/// This program as the bare axum handler.
pub(crate) async fn reference() -> anyhow::Result<(Process, SocketAddr)> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--serve-reference", &port.to_string()]);
    let mut process = Process::start("the bare axum handler", command, tempfile::tempdir()?)?;
    wait_for(&mut process, local(port)).await?;
    Ok((process, local(port)))
}

/// This program as the bare relay over the broker at `broker`.
pub(crate) fn relay(broker: SocketAddr, qos: u8) -> anyhow::Result<Process> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--serve-relay", &broker.port().to_string(), "--relay-qos", &qos.to_string()]);
    Process::start("the bare relay", command, tempfile::tempdir()?)
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn wireloom(
    binary: &Path,
    folder: &Path,
    flow: &[u8],
    port: u16,
    broker_port: Option<u16>,
) -> anyhow::Result<Command> {
    let file = folder.join("bench.json");
    fs::write(&file, flow)?;
    let mut command = Command::new(binary);
    command.arg("run").arg(&file).arg("--data").arg(folder.join("data"));
    command.args(["--port", &port.to_string()]);
    command.args(["--mqtt-port", &broker_port.map_or_else(|| "off".to_owned(), |port| port.to_string())]);
    Ok(command)
}

fn node_red(install: &Path, folder: &Path, flow: &[u8], port: u16) -> anyhow::Result<Command> {
    fs::write(folder.join("flows.json"), flow)?;
    let settings = json!({
        "flowFile": "flows.json", "uiHost": "127.0.0.1", "uiPort": port, "credentialSecret": "bench",
        "nodesDir": install.join("node_modules/node-red-node-base64"),
        "logging": { "console": { "level": "warn" } }, "telemetry": { "enabled": false },
    });
    fs::write(folder.join("settings.js"), format!("module.exports = {settings};\n"))?;
    let mut command = Command::new(install.join("node_modules/.bin/node"));
    command.arg(install.join("node_modules/node-red/red.js")).arg("-u").arg(folder);
    Ok(command)
}

async fn answers(address: SocketAddr, request: &Request) -> bool {
    let Ok(mut connection) = Connection::open(address).await else { return false };
    connection.send_within(request, ANSWER_LIMIT).await.is_ok_and(|response| response.status == 200)
}

async fn wait_for(process: &mut Process, address: SocketAddr) -> anyhow::Result<()> {
    let begin = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        process.check()?;
        if begin.elapsed() > START_LIMIT {
            bail!("{} does not listen on {address}:\n{}", process.name, process.output());
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    Ok(())
}
