//! The routes of http in nodes, and the way of a request through one of them.

use std::fmt::Display;
use std::net::IpAddr;

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use bytes::Bytes;
use ecow::{EcoString, EcoVec, eco_format};
use engine::delivery::Delivery;
use engine::message::new_id;
use engine::node::{BoxFuture, TaskOut};
use engine::{Message, Object, Value};
use http::header::{ALLOW, CONTENT_TYPE, COOKIE, HOST, RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use model::text::Text;
use tokio::sync::Semaphore;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::timeout;

use super::body::{self, Refusal};
use super::exchange::Exchange;
use super::path::{PathMatch, PathPattern};
use super::{cookie, query};

/// What requests may take.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// The largest body; 413 beyond it.
    pub body_bytes: usize,
    /// How long a body may take to arrive; 408 after that.
    pub body_wait: Duration,
    /// Requests that may be open at once; 503 beyond it.
    pub open_requests: usize,
    /// How long a request waits for a credit of its flow; 503 after that.
    pub credit_wait: Duration,
    /// How long a flow may take to answer; 504 after that.
    pub answer_wait: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 5 * 1024 * 1024,
            body_wait: Duration::from_secs(60),
            open_requests: 1024,
            credit_wait: Duration::from_secs(5),
            answer_wait: Duration::from_secs(300),
        }
    }
}

/// Where the requests of a connection come from, as the server knows it. Cheap to clone; made once for a connection.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The client's address as text: an IPv4 address as such also where it came over IPv6.
    address: EcoString,
    /// Whether it came through TLS.
    is_secure: bool,
}

impl Origin {
    /// A client at this address that does not use TLS.
    pub fn plain(address: IpAddr) -> Self {
        Self { address: eco_format!("{}", address.to_canonical()), is_secure: false }
    }
}

/// The routes that http in nodes register. The server lends it to nodes as a service and hands it the
/// requests that it does not answer itself.
pub struct HttpRoutes {
    /// In order of registration: the first that matches answers, as in Express.
    routes: RwLock<Vec<Arc<Route>>>,
    limits: HttpLimits,
    open: Semaphore,
}

/// Takes the messages of one route into its flow.
pub(crate) trait Intake: Send + Sync {
    /// Hands a message to the flow if it has a credit and room for it right now; else gives it back.
    fn try_send(&self, message: Message) -> Result<(), Message>;
    /// Waits for a credit; `None` when the node is gone.
    fn admit(&self) -> BoxFuture<'_, Option<Delivery>>;
    /// Hands a message to the flow; `false` when the node is gone.
    fn send(&self, message: Message) -> BoxFuture<'_, bool>;
    /// Words for the client.
    fn render(&self, text: &Text) -> String;
}

impl Intake for TaskOut {
    fn try_send(&self, message: Message) -> Result<(), Message> {
        self.try_start_here(0, message, |message, delivery| Some(message.under(delivery)))
    }

    fn admit(&self) -> BoxFuture<'_, Option<Delivery>> {
        Box::pin(TaskOut::admit(self))
    }

    fn send(&self, message: Message) -> BoxFuture<'_, bool> {
        Box::pin(async { TaskOut::send(self, 0, message).await.is_ok() })
    }

    fn render(&self, text: &Text) -> String {
        self.node().registry.render(text).into()
    }
}

/// What an http in node registers.
pub(crate) struct Route {
    pub method: Method,
    pub pattern: PathPattern,
    pub takes_uploads: bool,
    pub leaves_body: bool,
    pub intake: Box<dyn Intake>,
}

/// Keeps a route registered; dropping it takes the route away. Requests under way are still answered.
pub(crate) struct Registration {
    routes: Weak<HttpRoutes>,
    route: Arc<Route>,
    /// Another route of the same method and pattern stands before it, so it gets nothing.
    pub is_shadowed: bool,
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(routes) = self.routes.upgrade() {
            let mut all = routes.routes.write().unwrap_or_else(PoisonError::into_inner);
            all.retain(|route| !Arc::ptr_eq(route, &self.route));
        }
    }
}

impl Default for HttpRoutes {
    fn default() -> Self {
        Self::new(HttpLimits::default())
    }
}

impl HttpRoutes {
    /// No routes yet.
    pub fn new(limits: HttpLimits) -> Self {
        Self { routes: RwLock::default(), limits, open: Semaphore::new(limits.open_requests) }
    }

    pub(crate) fn register(self: &Arc<Self>, route: Route) -> Registration {
        let route = Arc::new(route);
        let mut all = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        let is_shadowed =
            all.iter().any(|other| other.method == route.method && other.pattern == route.pattern);
        all.push(route.clone());
        Registration { routes: Arc::downgrade(self), route, is_shadowed }
    }

    /// Whether a request would be answered here.
    pub fn takes(&self, method: &Method, path: &str) -> bool {
        !matches!(self.find(method, path), Found::Nothing)
    }

    /// Sends a request through the flow whose route it matches, and waits for the answer.
    ///
    /// # Errors
    /// Gives the request back when no route matches it.
    pub async fn handle<B>(&self, request: Request<B>, origin: Origin) -> Result<Response<Bytes>, Request<B>>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: Display,
    {
        let (route, parameters) = match self.find(request.method(), request.uri().path()) {
            Found::Route(route, parameters) => (route, parameters),
            Found::Options(allowed) => return Ok(options(&allowed)),
            Found::Malformed(route) => {
                let refusal = (StatusCode::BAD_REQUEST, Text::key("http-in.path-encoding"));
                return Ok(refuse(&*route.intake, refusal));
            }
            Found::Nothing => return Err(request),
        };
        let answered = self.pass_through(&route, parameters, request, origin).await;
        Ok(answered.unwrap_or_else(|refusal| refuse(&*route.intake, refusal)))
    }

    async fn pass_through<B>(
        &self,
        route: &Route,
        parameters: Object,
        request: Request<B>,
        origin: Origin,
    ) -> Result<Response<Bytes>, Refusal>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: Display,
    {
        let limits = &self.limits;
        let too_many = |_| (StatusCode::SERVICE_UNAVAILABLE, Text::key("http-in.too-many"));
        let _open = self.open.try_acquire().map_err(too_many)?;
        let (head, body) = request.into_parts();
        let bytes = match body.is_end_stream() {
            true => Bytes::new(),
            // In a box, as all that most requests do without: their future is moved often.
            false => Box::pin(timeout(limits.body_wait, body::read(body, &head.headers, limits.body_bytes)))
                .await
                .map_err(|_| (StatusCode::REQUEST_TIMEOUT, Text::key("http-in.slow-body")))??,
        };
        let parsed = if route.leaves_body {
            body::Parsed { body: Value::buffer(bytes), files: None }
        } else {
            let bytes = body::inflate(bytes, &head.headers, limits.body_bytes)?;
            body::parse(bytes, &head.headers, route.takes_uploads).await?
        };

        let (payload, request) = request_of(&head, parameters, parsed, origin);
        let (exchange, mut answer) = Exchange::open(head.method, head.headers);
        let message = Message::bare(Object::of_distinct([
            (EcoString::inline("_msgid"), new_id().into()),
            (EcoString::inline("payload"), payload),
            (EcoString::inline("req"), request.into()),
            (EcoString::inline("res"), Value::Handle(exchange)),
        ]));
        if let Err(message) = route.intake.try_send(message) {
            Box::pin(self.send_when_free(&*route.intake, message)).await?;
        }
        let no_answer = || (StatusCode::GATEWAY_TIMEOUT, Text::key("http-in.no-answer"));
        match answer.try_recv() {
            Ok(response) => return Ok(response),
            Err(TryRecvError::Closed) => return Err(no_answer()),
            Err(TryRecvError::Empty) => {}
        }
        match Box::pin(timeout(limits.answer_wait, answer)).await {
            Ok(answered) => answered.map_err(|_| no_answer()),
            Err(_) => {
                let text = Text::key("http-in.late").with("seconds", limits.answer_wait.as_secs());
                Err((StatusCode::GATEWAY_TIMEOUT, text))
            }
        }
    }

    /// Hands a message to the flow once it has a credit.
    async fn send_when_free(&self, intake: &dyn Intake, message: Message) -> Result<(), Refusal> {
        let refused = |key| (StatusCode::SERVICE_UNAVAILABLE, Text::key(key));
        let delivery = timeout(self.limits.credit_wait, intake.admit())
            .await
            .map_err(|_| refused("http-in.busy"))?
            .ok_or_else(|| refused("http-in.stopping"))?;
        let is_sent = intake.send(message.under(delivery)).await;
        if is_sent { Ok(()) } else { Err(refused("http-in.stopping")) }
    }

    fn find(&self, method: &Method, path: &str) -> Found {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let mut allowed = Vec::new();
        for route in routes.iter() {
            let parameters = match route.pattern.matches(path) {
                PathMatch::No => continue,
                PathMatch::Yes(parameters) => Some(parameters),
                PathMatch::Malformed => None,
            };
            let answers_head = method == Method::HEAD && route.method == Method::GET;
            if route.method == *method || answers_head {
                return match parameters {
                    Some(parameters) => Found::Route(route.clone(), parameters),
                    None => Found::Malformed(route.clone()),
                };
            }
            if !allowed.contains(&route.method) {
                allowed.push(route.method.clone());
            }
        }
        if method == Method::OPTIONS && !allowed.is_empty() {
            Found::Options(allowed)
        } else {
            Found::Nothing
        }
    }
}

enum Found {
    Route(Arc<Route>, Object),
    Malformed(Arc<Route>),
    /// OPTIONS for a path that has routes, but none for OPTIONS.
    Options(Vec<Method>),
    Nothing,
}

/// What Express answers to OPTIONS by itself.
fn options(methods: &[Method]) -> Response<Bytes> {
    let mut names: Vec<_> = methods.iter().map(Method::as_str).collect();
    if names.contains(&"GET") && !names.contains(&"HEAD") {
        names.push("HEAD");
    }
    let allowed = names.join(",");
    let mut response = Response::new(Bytes::from(allowed.clone()));
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// Answers for a flow that cannot.
fn refuse(intake: &dyn Intake, (status, text): Refusal) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(intake.render(&text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// What a message says of a request: `payload`, and `req` as Express shows it.
fn request_of(
    head: &http::request::Parts,
    parameters: Object,
    parsed: body::Parsed,
    origin: Origin,
) -> (Value, Object) {
    const fn name(name: &'static str) -> EcoString {
        EcoString::inline(name)
    }
    const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
    let query = Value::from(query::parse(head.uri.query().unwrap_or_default()));
    let header = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let takes_query = head.method == Method::GET || head.method == Method::HEAD;
    let payload = if takes_query { query.clone() } else { parsed.body.clone() };
    let url = EcoString::from(head.uri.path_and_query().map_or("/", |path| path.as_str()));
    let host = header(HOST).or(head.uri.host()).unwrap_or_default();
    let host_name = if host.starts_with('[') {
        host.split_inclusive(']').next().unwrap_or_default()
    } else {
        host.split(':').next().unwrap_or_default()
    };
    let ip = Value::from(origin.address);
    let address = Value::from(Object::of_distinct([(name("remoteAddress"), ip.clone())]));
    let is_script = header(REQUESTED_WITH).is_some_and(|by| by.eq_ignore_ascii_case("xmlhttprequest"));
    let mut request = Object::of_distinct([
        (name("method"), Value::from(head.method.as_str())),
        (name("url"), url.clone().into()),
        (name("originalUrl"), url.into()),
        (name("baseUrl"), EcoString::new().into()),
        (name("path"), head.uri.path().into()),
        (name("params"), parameters.into()),
        (name("query"), query),
        (name("headers"), headers_of(&head.headers).into()),
        (name("cookies"), header(COOKIE).map(cookie::parse).unwrap_or_default().into()),
        (name("body"), parsed.body),
        (name("ip"), ip),
        (name("hostname"), host_name.into()),
        (name("protocol"), if origin.is_secure { "https" } else { "http" }.into()),
        (name("secure"), origin.is_secure.into()),
        (name("xhr"), is_script.into()),
        (name("connection"), address.clone()),
        (name("socket"), address),
    ]);
    if let Some(files) = parsed.files {
        request.insert("files", files);
    }
    (payload, request)
}

/// Headers by lower-case name, several of one name joined, as Node.js shows them.
pub(crate) fn headers_of(headers: &HeaderMap) -> Object {
    let mut all: EcoVec<(EcoString, Value)> = EcoVec::with_capacity(headers.keys_len());
    let mut last = None;
    // Those of one name follow each other.
    for (name, value) in headers {
        let text = text_of(value);
        if last.replace(name) == Some(name) {
            all.make_mut().last_mut().into_iter().for_each(|(_, former)| add(name, former, &text));
        } else if name == SET_COOKIE {
            all.push((name.as_str().into(), vec![text.into()].into()));
        } else {
            all.push((name.as_str().into(), text.into()));
        }
    }
    Object::of_distinct(all)
}

fn text_of(value: &HeaderValue) -> EcoString {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(value.as_bytes()).into_owned().into(),
    }
}

/// Adds another header of the same name.
fn add(name: &HeaderName, former: &mut Value, value: &EcoString) {
    let separator = if name == COOKIE { "; " } else { ", " };
    match former {
        Value::String(text) => text.push_str(&format!("{separator}{value}")),
        many => many.as_array_mut().into_iter().for_each(|all| all.push(value.clone().into())),
    }
}

#[cfg(test)]
#[path = "routes/tests.rs"]
mod tests;
