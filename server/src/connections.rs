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
use axum::response::Response;
use engine::node::BoxFuture;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::{Builder, UpgradeableConnection};
use hyper_util::rt::TokioIo;
use nodes::network::http::routes::Origin;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

mod home;
mod pulse;
mod socket;

pub(crate) use home::{Home, on_api};
use pulse::{Answer, Pulse};
use socket::Socket;

/// A connection without a request for this long goes back to the API's runtime.
const REST: Duration = Duration::from_secs(1);
/// A connection in which nothing went on for this long is closed, so that those who keep many open and send nothing, or a
/// head that does not end, leave room for others. Browsers and programs open another one when they need it.
const QUIET: Duration = Duration::from_secs(60);
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
    /// Has `answers` answer what comes to `listener`; on `flows` what flows answer, on the runtime of the caller the rest.
    pub(crate) fn start(listener: TcpListener, answers: Arc<dyn Answers>, flows: Handle) -> Self {
        Self::start_with(listener, Serving { answers, flows, ending: CancellationToken::new(), quiet: QUIET })
    }

    fn start_with(listener: TcpListener, serving: Serving) -> Self {
        let (open, ending) = (TaskTracker::new(), serving.ending.clone());
        tokio::spawn(accept(listener, serving, open.clone()));
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

/// Who is at the other end of a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The client's address.
    pub(crate) address: SocketAddr,
    /// The same, for flows.
    pub(crate) origin: Origin,
    /// Where the connection belongs.
    pub(crate) home: Home,
}

/// Answers requests.
pub(crate) trait Answers: Send + Sync {
    /// The answer to a request of a peer.
    fn answer(&self, request: Request<Body>, peer: &Arc<Peer>) -> BoxFuture<'static, Response>;
}

/// Its handlers find the peer among a request's extensions.
impl Answers for Router {
    fn answer(&self, mut request: Request<Body>, peer: &Arc<Peer>) -> BoxFuture<'static, Response> {
        request.extensions_mut().insert(peer.clone());
        let answer = self.clone().call(request);
        Box::pin(async {
            let Ok(response) = answer.await;
            response
        })
    }
}

/// What connections are served with.
#[derive(Clone)]
struct Serving {
    answers: Arc<dyn Answers>,
    flows: Handle,
    ending: CancellationToken,
    /// As [`QUIET`].
    quiet: Duration,
}

async fn accept(listener: TcpListener, serving: Serving, open: TaskTracker) {
    while let Some(accepted) = serving.ending.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                prepare(&stream);
                open.spawn(serve(stream, peer, serving.clone()));
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
async fn serve(stream: TcpStream, address: SocketAddr, serving: Serving) {
    let Serving { answers, flows, ending, quiet } = serving;
    let pulse = Arc::<Pulse>::default();
    let peer = Arc::new(Peer { address, origin: Origin::plain(address.ip()), home: Home::default() });
    let answering = Answering { answers, peer: peer.clone(), pulse: pulse.clone() };
    let socket = TokioIo::new(Socket::new(stream, pulse.clone()));
    let mut connection = Box::pin(Builder::new().serve_connection(socket, answering).with_upgrades());
    let stays = Stays { peer, pulse, ending, quiet };
    loop {
        let Some(moving) = stay(connection, stays.clone(), false).await else { return };
        let Ok(Some(back)) = flows.spawn(stay(moving, stays.clone(), true)).await else { return };
        connection = back;
    }
}

/// What says how long a connection stays where it is.
#[derive(Clone)]
struct Stays {
    peer: Arc<Peer>,
    pulse: Arc<Pulse>,
    ending: CancellationToken,
    quiet: Duration,
}

type Connection = Pin<Box<UpgradeableConnection<TokioIo<Socket>, Answering>>>;

/// Serves a connection on one runtime until it is to go to the other one; `None` when it ended.
async fn stay(mut connection: Connection, stays: Stays, is_on_flows: bool) -> Option<Connection> {
    let Stays { peer, pulse, ending, quiet } = stays;
    let mut ended = pin!(ending.cancelled());
    let mut is_ending = false;
    let (mut rest, mut silence) = (pin!(sleep(REST)), pin!(sleep(quiet)));
    let moves = poll_fn(|context| {
        if !is_ending && ended.as_mut().poll(context).is_ready() {
            is_ending = true;
            connection.as_mut().graceful_shutdown();
        }
        // What is wrong with it is the client's affair, which is gone.
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        while silence.as_mut().poll(context).is_ready() {
            if pulse.is_quiet() {
                return Poll::Ready(false);
            }
            silence.as_mut().reset(Instant::now() + quiet);
        }
        while is_on_flows && rest.as_mut().poll(context).is_ready() {
            peer.home.look_for_rest();
            rest.as_mut().reset(Instant::now() + REST);
        }
        if peer.home.is_flows() == is_on_flows { Poll::Pending } else { Poll::Ready(true) }
    });
    moves.await.then_some(connection)
}

/// Answers the requests of one connection.
struct Answering {
    answers: Arc<dyn Answers>,
    peer: Arc<Peer>,
    pulse: Arc<Pulse>,
}

impl hyper::service::Service<Request<Incoming>> for Answering {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer<BoxFuture<'static, Response>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.pulse.answering(self.answers.answer(request.map(Body::new), &self.peer))
    }
}

#[cfg(test)]
#[path = "connections/tests.rs"]
mod tests;
