//! The connections of clients: each is served where its requests are answered.
//!
//! A connection begins on the API's runtime. Once a flow answers a request of it, it moves to the runtime of the flows:
//! the way into the flow and back then needs no other thread. It moves back with the first request that is none for a flow,
//! or when it rests, so that flows that hold all their threads hold no connection that an author may want to use.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::{Builder, UpgradeableConnection};
use hyper_util::rt::TokioIo;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

mod home;
mod socket;

pub(crate) use home::{Home, on_api};
use socket::Socket;

/// A connection without a request for this long goes back to the API's runtime.
const REST: Duration = Duration::from_secs(1);
/// How long to wait after the system gave no connection: its files may be used up for a while.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);

/// A client that was silent for this long is asked whether it is still there, so often and at such intervals: one that went
/// without a word (out of reach, switched off) gives its place back after two minutes.
const SILENT: Duration = Duration::from_secs(60);
const ASK_AGAIN: Duration = Duration::from_secs(15);
const ASKS: u32 = 4;

/// Takes connections and serves them.
pub(crate) struct Server {
    open: TaskTracker,
    ending: CancellationToken,
}

impl Server {
    /// Serves what comes to `listener` with `router`; on `flows` what flows answer, on the runtime of the caller the rest.
    pub(crate) fn start(listener: TcpListener, router: Router, flows: Handle) -> Self {
        let (open, ending) = (TaskTracker::new(), CancellationToken::new());
        tokio::spawn(accept(listener, router, flows, open.clone(), ending.clone()));
        Self { open, ending }
    }

    /// Takes no more connections and ends those that are open, each after the request that it is at. What does not end
    /// within `patience` stays open.
    pub(crate) async fn stop(self, patience: Duration) {
        self.ending.cancel();
        self.open.close();
        let _ = timeout(patience, self.open.wait()).await;
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    flows: Handle,
    open: TaskTracker,
    ending: CancellationToken,
) {
    while let Some(accepted) = ending.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                prepare(&stream);
                open.spawn(serve(stream, peer, router.clone(), flows.clone(), ending.clone()));
            }
            // The client was faster.
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                tracing::debug!("no connection taken: {error}");
                sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
}

/// What is refused here is done without.
fn prepare(stream: &TcpStream) {
    // Answers are small and somebody waits for them.
    let _ = stream.set_nodelay(true);
    let alive = TcpKeepalive::new().with_time(SILENT).with_interval(ASK_AGAIN).with_retries(ASKS);
    let _ = SockRef::from(stream).set_tcp_keepalive(&alive);
}

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves one connection to its end, here and there.
async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    flows: Handle,
    ending: CancellationToken,
) {
    let home = Arc::new(Home::default());
    let answering = Answering { router, peer, home: home.clone() };
    let connection =
        Builder::new().serve_connection(TokioIo::new(Socket::from(stream)), answering).with_upgrades();
    let mut connection = Box::pin(connection);
    loop {
        let Some(moving) = stay(connection, home.clone(), ending.clone(), false).await else { return };
        let on_flows = flows.spawn(stay(moving, home.clone(), ending.clone(), true)).await;
        let Ok(Some(back)) = on_flows else { return };
        connection = back;
    }
}

type Connection = Pin<Box<UpgradeableConnection<TokioIo<Socket>, Answering>>>;

/// Serves a connection on one runtime until it is to go to the other one; `None` when it ended.
async fn stay(
    mut connection: Connection,
    home: Arc<Home>,
    ending: CancellationToken,
    is_on_flows: bool,
) -> Option<Connection> {
    let mut ended = pin!(ending.cancelled());
    let mut is_ending = false;
    let mut rest = pin!(sleep(REST));
    let moves = poll_fn(|context| {
        if !is_ending && ended.as_mut().poll(context).is_ready() {
            is_ending = true;
            connection.as_mut().graceful_shutdown();
        }
        // What is wrong with it is the client's affair, which is gone.
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        while is_on_flows && rest.as_mut().poll(context).is_ready() {
            home.look_for_rest();
            rest.as_mut().reset(Instant::now() + REST);
        }
        if home.is_flows() == is_on_flows { Poll::Pending } else { Poll::Ready(true) }
    });
    moves.await.then_some(connection)
}

/// Answers the requests of one connection.
struct Answering {
    router: Router,
    peer: SocketAddr,
    home: Arc<Home>,
}

impl hyper::service::Service<Request<Incoming>> for Answering {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        request.extensions_mut().insert(self.home.clone());
        self.router.clone().call(request)
    }
}

#[cfg(test)]
#[path = "connections/tests.rs"]
mod tests;
