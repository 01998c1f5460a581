//! mosquitto's command line clients as children of the test.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long anything may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `mosquitto_sub`; it ends with the value.
pub(crate) struct Client {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Messages of a persistent session come before its subscription is confirmed.
    early: VecDeque<String>,
}

/// Publishes and waits until the broker has it.
pub(crate) async fn publish(at: SocketAddr, arguments: &[&str]) {
    run(at, "mosquitto_pub", arguments).await;
}

/// Runs a client to its end, which must be a good one.
pub(crate) async fn run(at: SocketAddr, program: &str, arguments: &[&str]) {
    let status = Client::run(at, program, arguments).await;
    assert!(status.success(), "{program} {arguments:?}: {status}");
}

/// Starts `mosquitto_sub` and waits until the broker has taken its subscriptions. Messages read
/// `topic quality retain payload` unless `arguments` ask for another form.
pub(crate) async fn subscribe(at: SocketAddr, arguments: &[&str]) -> Client {
    let mut command = command(at, "mosquitto_sub", &["-d", "-F", "%t %q %r %p"]);
    command.args(arguments).stdout(Stdio::piped());
    let mut child =
        command.spawn().expect("mosquitto_sub starts; it comes with the package mosquitto-clients");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut client = Client { child, lines, early: VecDeque::new() };
    let subscribed = async {
        while let Some(line) = client.lines.next_line().await.unwrap() {
            if line.starts_with("Subscribed") {
                return;
            }
            if !is_debug_output(&line) {
                client.early.push_back(line);
            }
        }
        panic!("mosquitto_sub {arguments:?} ended");
    };
    tokio::time::timeout(PATIENCE, subscribed).await.expect("a subscription");
    client
}

impl Client {
    /// Runs a client to its end.
    pub(crate) async fn run(at: SocketAddr, program: &str, arguments: &[&str]) -> ExitStatus {
        let mut command = command(at, program, arguments);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        tokio::time::timeout(PATIENCE, status)
            .await
            .expect("an end")
            .unwrap_or_else(|error| panic!("{program}: {error}; it comes with the package mosquitto-clients"))
    }

    /// Waits for the next message.
    pub(crate) async fn next_message(&mut self) -> String {
        if let Some(message) = self.early.pop_front() {
            return message;
        }
        let message = async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("mosquitto_sub runs");
                if !is_debug_output(&line) {
                    return line;
                }
            }
        };
        tokio::time::timeout(PATIENCE, message).await.expect("a message")
    }

    /// The messages before the first of the topic `end`; then leaves.
    pub(crate) async fn messages_until(mut self, end: &str) -> Vec<String> {
        let mut messages = Vec::new();
        loop {
            let message = self.next_message().await;
            if message.split(' ').next() == Some(end) {
                self.leave().await;
                return messages;
            }
            messages.push(message);
        }
    }

    /// Disconnects. With MQTT 5 `mosquitto_sub` asks for its will to be published.
    pub(crate) async fn leave(mut self) {
        let pid = self.child.id().expect("it runs");
        let status = Command::new("kill").args(["-INT", &pid.to_string()]).status().await.unwrap();
        assert!(status.success());
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("an end").unwrap();
    }

    /// Is gone without a word.
    pub(crate) async fn vanish(mut self) {
        self.child.kill().await.unwrap();
    }
}

fn command(at: SocketAddr, program: &str, arguments: &[&str]) -> Command {
    // Into a pipe the clients write in blocks; `stdbuf` makes it lines, and then becomes the client.
    let mut command = Command::new("stdbuf");
    command.args(["-oL", program, "-h", &at.ip().to_string(), "-p", &at.port().to_string()]).args(arguments);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// `mosquitto_sub -d` says what it does between the messages.
fn is_debug_output(line: &str) -> bool {
    line.starts_with("Client ") || line.starts_with("Subscribed")
}
