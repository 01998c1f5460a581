//! The brokers that the nodes are tried with, and a way to cut the line to them.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use broker::{Broker, Settings};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// A broker on a port of its own; it ends with the value.
pub(crate) enum AnyBroker {
    Embedded { broker: Box<dyn Broker>, _data: TempDir },
    Mosquitto { at: SocketAddr, _child: Box<Child>, _data: TempDir },
}

impl AnyBroker {
    /// One of each kind.
    pub(crate) async fn all() -> [Self; 2] {
        [Self::embedded().await, Self::mosquitto("").await]
    }

    pub(crate) async fn embedded() -> Self {
        let data = tempfile::tempdir().unwrap();
        let settings = Settings { port: 0, ..Settings::local(data.path().join("broker")) };
        Self::Embedded { broker: broker::start(settings).await.unwrap(), _data: data }
    }

    /// mosquitto with more lines of configuration; `{data}` in them is its folder.
    pub(crate) async fn mosquitto(more: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::mosquitto_in(data, |_| more.to_owned()).await
    }

    pub(crate) async fn mosquitto_in(data: TempDir, more: impl Fn(&Path) -> String) -> Self {
        // It cannot choose a port itself; another program may be faster than we are.
        for _ in 0..20 {
            let at = free_port().await;
            let port = at.port();
            let folder = data.path().display();
            let more = more(data.path());
            let config = format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\nuser root\n\
                 persistence false\npersistence_location {folder}/\n{more}\n"
            );
            let path = data.path().join("mosquitto.conf");
            std::fs::write(&path, config).unwrap();
            let child = Command::new("mosquitto")
                .arg("-c")
                .arg(&path)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn();
            let mut child = child.expect("mosquitto starts; it is a package of its own");
            for _ in 0..200 {
                if TcpStream::connect(at).await.is_ok() {
                    return Self::Mosquitto { at, _child: Box::new(child), _data: data };
                }
                if child.try_wait().unwrap().is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        panic!("mosquitto does not start");
    }

    pub(crate) fn at(&self) -> SocketAddr {
        match self {
            Self::Embedded { broker, .. } => broker.local_address(),
            Self::Mosquitto { at, .. } => *at,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Embedded { .. } => "embedded",
            Self::Mosquitto { .. } => "mosquitto",
        }
    }
}

async fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// A line to a broker that can be cut.
pub(crate) struct Line {
    at: SocketAddr,
    accepting: JoinHandle<()>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_cut: bool,
    carried: Vec<JoinHandle<()>>,
}

impl Line {
    pub(crate) async fn to(broker: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let Ok((mut near, _)) = listener.accept().await else { continue };
                let mut state = shared.lock().unwrap();
                if state.is_cut {
                    continue;
                }
                state.carried.push(tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(broker).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                }));
            }
        });
        Self { at, accepting, state }
    }

    pub(crate) fn at(&self) -> SocketAddr {
        self.at
    }

    /// Ends every connection without a word, and lets none through.
    pub(crate) fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_cut = true;
        state.carried.drain(..).for_each(|carried| carried.abort());
    }

    pub(crate) fn mend(&self) {
        self.state.lock().unwrap().is_cut = false;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}
