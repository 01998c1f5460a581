use std::thread;

use axum::Extension;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};

use super::*;

/// A connection may be asked so often before it must have moved.
const TRIES: usize = 1000;

fn runtime(name: &str) -> Runtime {
    RuntimeBuilder::new_multi_thread().worker_threads(2).thread_name(name).enable_all().build().unwrap()
}

/// `/admin` is a route of the API, everything else is answered by a flow; the answer is the thread that gave it.
fn router() -> Router {
    let here = || async { thread::current().name().unwrap_or_default().to_owned() };
    let admin = Router::new().route("/admin", get(here));
    let admin = admin.route_layer(from_fn_with_state(Handle::current(), on_api));
    admin.fallback(move |Extension(peer): Extension<Arc<Peer>>| {
        peer.home.to_flows();
        here()
    })
}

async fn start(flows: &Runtime) -> (Server, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::start(listener, Arc::new(router()), flows.handle().clone());
    (server, TcpStream::connect(address).await.unwrap())
}

async fn ask(client: &mut TcpStream, path: &str) -> String {
    client.write_all(format!("GET {path} HTTP/1.1\r\nhost: here\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A name is short and comes at once, behind the empty line.
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") || answer.ends_with(b"\r\n\r\n") {
        assert!(client.read_buf(&mut answer).await.unwrap() > 0);
    }
    String::from_utf8(answer).unwrap().rsplit("\r\n").next().unwrap().to_owned()
}

#[test]
fn a_connection_goes_where_its_requests_are_answered() {
    let (api, flows) = (runtime("api"), runtime("flows"));
    api.block_on(async {
        let (server, mut client) = start(&flows).await;
        assert_eq!(ask(&mut client, "/flow").await, "api", "every connection begins there");
        for _ in 0..3 {
            let mut tries = 0;
            while ask(&mut client, "/flow").await != "flows" {
                tries += 1;
                assert!(tries < TRIES, "it never moved");
            }
            assert_eq!(ask(&mut client, "/admin").await, "api");
        }
        server.stop(Duration::from_secs(10)).await;
    });
    flows.shutdown_background();
}

#[test]
fn stopping_ends_connections_wherever_they_are() {
    let (api, flows) = (runtime("api"), runtime("flows"));
    api.block_on(async {
        for is_on_flows in [false, true] {
            let (server, mut client) = start(&flows).await;
            while is_on_flows && ask(&mut client, "/flow").await != "flows" {}
            server.stop(Duration::from_secs(10)).await;
            assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        }
    });
    flows.shutdown_background();
}

#[test]
fn a_connection_in_which_nothing_goes_on_is_closed_and_no_other() {
    let (api, flows) = (runtime("api"), runtime("flows"));
    api.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = || async {
            sleep(Duration::from_secs(1)).await;
            "slow"
        };
        let router = router().merge(Router::new().route("/slow", get(slow)));
        let (answers, flows, ending) = (Arc::new(router), flows.handle().clone(), CancellationToken::new());
        let quiet = Duration::from_millis(50);
        let server = Server::start_with(listener, Serving { answers, flows, ending, quiet });
        let connect = async || TcpStream::connect(address).await.unwrap();
        let mut unfinished = connect().await;
        unfinished.write_all(b"GET /flow HTTP/1.1\r\nhost:").await.unwrap();
        let mut idle = connect().await;
        assert_eq!(ask(&mut idle, "/flow").await, "api");
        let mut waits = connect().await;
        assert_eq!(ask(&mut waits, "/slow").await, "slow", "it was closed before its answer");
        for closed in [&mut unfinished, &mut idle] {
            assert_eq!(closed.read(&mut [0]).await.unwrap(), 0);
        }
        server.stop(Duration::from_secs(10)).await;
    });
    flows.shutdown_background();
}

#[test]
fn what_rests_goes_back() {
    let home = Home::default();
    home.to_flows();
    home.look_for_rest();
    assert!(home.is_flows(), "a flow answered in between");
    home.look_for_rest();
    assert!(!home.is_flows());
}
