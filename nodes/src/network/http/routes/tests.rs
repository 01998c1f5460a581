//! Requests through routes, with a flow's credits but without a flow: each case answers by itself.

use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use engine::delivery::Gate;
use http_body::Frame;
use tokio::sync::mpsc;

use super::*;

/// The far side of a route: what a flow would receive.
struct Flow {
    gate: Arc<Gate>,
    messages: mpsc::UnboundedReceiver<Message>,
    _registration: Registration,
}

struct TestIntake(Arc<Gate>, mpsc::UnboundedSender<Message>);

impl Intake for TestIntake {
    fn try_send(&self, message: Message) -> Result<(), Message> {
        match self.0.try_admit() {
            Some(delivery) => self.1.send(message.under(delivery)).map_err(|refused| refused.0),
            None => Err(message),
        }
    }

    fn admit(&self) -> BoxFuture<'_, Option<Delivery>> {
        Box::pin(self.0.admit())
    }

    fn send(&self, message: Message) -> BoxFuture<'_, bool> {
        Box::pin(std::future::ready(self.1.send(message).is_ok()))
    }

    fn render(&self, text: &Text) -> String {
        text.to_string()
    }
}

fn flow(routes: &Arc<HttpRoutes>, method: Method, pattern: &str, credits: usize) -> Flow {
    let (sender, messages) = mpsc::unbounded_channel();
    let gate = Gate::new(credits);
    let registration = routes.register(Route {
        method,
        pattern: PathPattern::parse(pattern).unwrap(),
        takes_uploads: false,
        leaves_body: false,
        intake: Box::new(TestIntake(gate.clone(), sender)),
    });
    Flow { gate, messages, _registration: registration }
}

/// A body of several frames, without a length in advance.
struct Frames(Mutex<Vec<Bytes>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.lock().unwrap().pop().map(|data| Ok(Frame::data(data))))
    }
}

fn request(method: Method, uri: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Request<Frames> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let frames = body.as_ref().chunks(1000).rev().map(Bytes::copy_from_slice).collect();
    request.body(Frames(Mutex::new(frames))).unwrap()
}

fn origin() -> Origin {
    Origin::plain(Ipv4Addr::LOCALHOST.into())
}

fn answer(message: &Message, body: &'static str) {
    let exchange = message.get("res").unwrap().as_handle::<Exchange>().unwrap();
    exchange.answer(Response::new(Bytes::from_static(body.as_bytes()))).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_request_becomes_a_message_and_its_answer_comes_back() {
    let routes = Arc::new(HttpRoutes::default());
    let mut flow = flow(&routes, Method::POST, "/users/:id", 1);
    let headers = [
        ("content-type", "application/json"),
        ("cookie", "a=1"),
        ("host", "example.org:1880"),
        ("x-a", "1"),
        ("x-a", "2"),
    ];
    let call = routes.handle(request(Method::POST, "/users/7?q=x", &headers, r#"{"n":1}"#), origin());
    let (response, ()) = tokio::join!(call, async {
        let message = flow.messages.recv().await.unwrap();
        assert_eq!(serde_json::to_string(message.payload()).unwrap(), r#"{"n":1}"#);
        let mut req = message.get("req").unwrap().clone();
        let req = req.as_object_mut().unwrap();
        assert_eq!(
            serde_json::to_value(req).unwrap(),
            serde_json::json!({
                "method": "POST", "url": "/users/7?q=x", "originalUrl": "/users/7?q=x", "baseUrl": "",
                "path": "/users/7", "params": {"id": "7"}, "query": {"q": "x"}, "body": {"n": 1},
                "headers": {"content-type": "application/json", "cookie": "a=1", "host": "example.org:1880", "x-a": "1, 2"},
                "cookies": {"a": "1"}, "ip": "127.0.0.1", "hostname": "example.org", "protocol": "http",
                "secure": false, "xhr": false,
                "connection": {"remoteAddress": "127.0.0.1"}, "socket": {"remoteAddress": "127.0.0.1"},
            })
        );
        assert_eq!(flow.gate.in_flight(), 1);
        answer(&message, "done");
    });
    assert_eq!(response.ok().unwrap().body(), "done");
    assert_eq!(flow.gate.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_compressed_body_reaches_the_flow_inflated() {
    let routes = Arc::new(HttpRoutes::default());
    let mut flow = flow(&routes, Method::POST, "/a", 1);
    let headers = [("content-encoding", "br"), ("content-type", "text/plain")];
    let call = routes.handle(request(Method::POST, "/a", &headers, b"\x0b\x02\x80hello\x03"), origin());
    let (response, ()) = tokio::join!(call, async {
        let message = flow.messages.recv().await.unwrap();
        assert_eq!(message.payload().as_str(), Some("hello"));
        answer(&message, "ok");
    });
    assert_eq!(response.ok().unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn the_first_route_wins_and_a_dropped_one_is_gone() {
    let routes = Arc::new(HttpRoutes::default());
    let mut first = flow(&routes, Method::GET, "/a/:x", 9);
    let mut second = flow(&routes, Method::GET, "/a/b", 9);
    for winner in [true, false] {
        let call = routes.handle(request(Method::GET, "/a/b", &[], ""), origin());
        let receive = async {
            let message = if winner { first.messages.recv().await } else { second.messages.recv().await };
            answer(&message.unwrap(), "ok");
        };
        let (response, ()) = tokio::join!(call, receive);
        assert_eq!(response.ok().unwrap().status(), 200);
        if winner {
            drop(std::mem::replace(&mut first, flow(&routes, Method::PUT, "/elsewhere", 1)));
        }
    }
    drop(second);
    assert!(routes.handle(request(Method::GET, "/a/b", &[], ""), origin()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_matches_no_route_comes_back_whole() {
    let routes = Arc::new(HttpRoutes::default());
    let _flow = flow(&routes, Method::POST, "/a", 1);
    let returned =
        routes.handle(request(Method::GET, "/a", &[("x", "y")], "body"), origin()).await.err().unwrap();
    assert_eq!(returned.headers()["x"], "y");
    assert_eq!(body::read(returned.into_body(), &HeaderMap::new(), 9).await.unwrap(), "body");
    let options = routes.handle(request(Method::OPTIONS, "/a", &[], ""), origin()).await.ok().unwrap();
    assert_eq!(options.headers()[ALLOW], "POST");
}

#[tokio::test(start_paused = true)]
async fn head_is_answered_by_a_get_route_without_a_body() {
    let routes = Arc::new(HttpRoutes::default());
    let mut flow = flow(&routes, Method::GET, "/a", 1);
    let call = routes.handle(request(Method::HEAD, "/a", &[], ""), origin());
    let (response, ()) = tokio::join!(call, async { answer(&flow.messages.recv().await.unwrap(), "hello") });
    let response = response.ok().unwrap();
    assert_eq!((response.body().len(), response.headers()["content-length"].as_bytes()), (0, &b"5"[..]));
}

#[tokio::test(start_paused = true)]
async fn limits_hold() {
    let limits = HttpLimits { body_bytes: 5000, open_requests: 2, ..HttpLimits::default() };
    let routes = Arc::new(HttpRoutes::new(limits));
    let mut flow = flow(&routes, Method::POST, "/a/:x", 1);
    let status = async |request| routes.handle(request, origin()).await.ok().unwrap().status().as_u16();

    let large = "x".repeat(5001);
    assert_eq!(status(request(Method::POST, "/a/b", &[], &large)).await, 413);
    assert_eq!(status(request(Method::POST, "/a/b", &[("content-length", "5001")], "")).await, 413);
    assert_eq!(
        status(request(Method::POST, "/a/b", &[("content-type", "application/json")], "{")).await,
        400
    );
    assert_eq!(status(request(Method::POST, "/a/%ff", &[], "")).await, 400);
    assert!(flow.messages.try_recv().is_err(), "nothing of these reaches the flow");

    // One under way holds the only credit; a second waits for it in vain; a third finds the house full.
    let first = routes.handle(request(Method::POST, "/a/b", &[], "1"), origin());
    let second = routes.handle(request(Method::POST, "/a/b", &[], "2"), origin());
    let (first, second, third, ()) = tokio::join!(
        first,
        second,
        async { routes.handle(request(Method::POST, "/a/b", &[], "3"), origin()).await },
        async {
            let message = flow.messages.recv().await.unwrap();
            tokio::time::sleep(limits.credit_wait * 2).await;
            assert!(flow.messages.try_recv().is_err(), "no credit, no message");
            answer(&message, "late but in time");
        }
    );
    assert_eq!(first.ok().unwrap().body(), "late but in time");
    for busy in [second.ok().unwrap(), third.ok().unwrap()] {
        assert_eq!((busy.status().as_u16(), busy.headers()[RETRY_AFTER].as_bytes()), (503, &b"1"[..]));
    }

    // A flow that ends without an answer, and one that keeps the exchange for ever.
    for is_kept in [false, true] {
        let call = routes.handle(request(Method::POST, "/a/b", &[], ""), origin());
        let start = tokio::time::Instant::now();
        let (response, kept) = tokio::join!(call, async { flow.messages.recv().await.filter(|_| is_kept) });
        assert_eq!(response.ok().unwrap().status(), 504);
        assert_eq!(start.elapsed() >= limits.answer_wait, is_kept);
        drop(kept);
    }
    assert_eq!(flow.gate.in_flight(), 0);
}

#[tokio::test]
async fn a_flow_answers_through_its_nodes() {
    use crate::testing::Bench;
    use engine::node::Services;
    use serde_json::json;

    let routes = Arc::new(HttpRoutes::default());
    let mut services = Services::default();
    services.insert(routes.clone());
    let flow = json!([
        { "id": "t", "type": "tab" },
        { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/things/:id", "wires": [["out", "twice"]] },
        { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "statusCode": "201", "headers": { "x-a": "b" }, "wires": [] },
        { "id": "twice", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        { "id": "lost", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "get", "url": "lost", "wires": [[]] },
    ]);
    let bench = Bench::start(flow, services).await;
    let post = || request(Method::POST, "/things/7", &[("content-type", "application/json")], "{\"a\":1}");
    // Nodes with a task of their own register when their task first runs.
    let are_there = async || routes.routes.read().unwrap().len() == 2;
    crate::testing::until("the routes are there", are_there).await;
    let response = routes.handle(post(), origin()).await.ok().unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (201, &b"{\"a\":1}"[..]));
    assert_eq!(response.headers()["x-a"], "b");
    let lost = routes.handle(request(Method::GET, "/lost", &[], ""), origin()).await.ok().unwrap();
    assert_eq!(lost.status(), 504);
    assert!(String::from_utf8_lossy(lost.body()).contains("without an answer"));
    bench.engine.stop().await;
    let errors = bench.errors();
    assert!(errors.len() == 1 && errors[0].contains("answered already"), "{errors:?}");
    assert!(routes.handle(post(), origin()).await.is_err(), "a stopped flow has no routes");
}
