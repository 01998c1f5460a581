//! `http in`: starts a flow for each HTTP request to a path.

use std::sync::Arc;

use engine::NodeError;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskNode};
use engine::observe::Level;
use engine::registry::NodeType;
use http::Method;
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::http::path::PathPattern;
use super::http::routes::{HttpRoutes, Registration, Route};

/// The node type.
pub const NODE: NodeType = NodeType { name: "http in", describe, build, texts: TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Method
    /// Which requests it takes; GET takes HEAD, too.
    #[schemars(extend("x-widget" = "choice", "enum" = ["get", "post", "put", "delete", "patch"],
        "x-enum-titles" = ["GET", "POST", "PUT", "DELETE", "PATCH"]))]
    method: String,
    /// # URL
    /// The path, such as `/users/:id`. `:name` stands for a part of the path, `:name?` for one that may be
    /// missing, `*` for anything.
    url: String,
    /// # Accept file uploads
    /// Takes multipart forms apart: fields into `msg.payload`, files into `msg.req.files`.
    upload: bool,
    /// # Leave the body as it is
    /// The body comes as a buffer, whatever its content type.
    skip_body_parsing: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { method: "get".into(), url: String::new(), upload: false, skip_body_parsing: false }
    }
}

const TEXTS: Catalogue = &[
    ("http-in.label", "http in"),
    ("http-in.no-server", "there is no HTTP server here to take requests from"),
    ("http-in.url.empty", "the URL is missing; give a path such as /hello"),
    ("http-in.method", "{method} is not an HTTP method"),
    ("http-in.path.unnamed", "{path} has a colon without a name after it; write :name"),
    (
        "http-in.path.expression",
        "{path} has a {character}, but expressions are not understood in paths; use :name, :name? or *",
    ),
    ("http-in.path.wildcards", "{path} has more than {limit} wildcards"),
    (
        "http-in.shadowed",
        "another http in node takes {method} {url} already, so this one gets no requests; change one of them",
    ),
    // Answers to clients.
    ("http-in.path-encoding", "the path is not valid percent-encoded UTF-8"),
    ("http-in.too-large", "the body is larger than {limit} bytes"),
    ("http-in.broken-off", "the body ended early: {reason}"),
    ("http-in.slow-body", "the body did not arrive in time"),
    (
        "http-in.encoding",
        "the content encoding {encoding} is not taken; use gzip, deflate or br, or send the body as it is",
    ),
    (
        "http-in.not-encoded",
        "the body cannot be inflated, though its content encoding is {encoding}: {reason}",
    ),
    ("http-in.json", "the body is not valid JSON: {reason}"),
    ("http-in.multipart", "the body is not a valid multipart form: {reason}"),
    ("http-in.too-many", "too many requests are open; try again soon"),
    ("http-in.busy", "the flow is busy; try again soon"),
    ("http-in.stopping", "the flow is being stopped or deployed; try again soon"),
    ("http-in.no-answer", "the flow ended without an answer; end it with an http response node"),
    ("http-in.late", "the flow did not answer within {seconds} s"),
];

const HELP: &str = "\
Starts a flow for each HTTP request to its path. Answer with an **http response** node that gets the same \
message.

**Sends**
- `msg.payload`: the query of a GET request, else the body: JSON and forms as objects, text as text, \
everything else as a buffer.
- `msg.req`: the request: `method`, `url`, `path`, `params`, `query`, `headers`, `cookies`, `body`, `ip`, \
`hostname`, `protocol`, `files`.
- `msg.res`: the open exchange; keep it in the message.

Of two nodes with paths that match, the one that was started first takes the request. Bodies may have 5 MB. \
While the flow is busy the request waits up to 5 s, then it is answered with 503 and `Retry-After`. When \
the flow ends without an answer, or takes longer than 5 minutes, the client gets 504.

**Example**: URL `/users/:id`, method GET; then a change node that sets `payload` from `msg.req.params.id`, \
then an http response node.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "network".into(),
        colour: "#e7e7ae".into(),
        icon: "globe".into(),
        inputs: 0,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into(), "url".into()], fallback: Text::key("http-in.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Vec::new();
    let routes = context.services.get::<HttpRoutes>();
    if routes.is_none() {
        problems.push((String::new(), Text::key("http-in.no-server")));
    }
    let pattern = match config.url.trim() {
        "" => Err(Text::key("http-in.url.empty")),
        url => PathPattern::parse(url),
    };
    let pattern = pattern.map_err(|text| problems.push(("url".into(), text))).ok();
    let method = Method::from_bytes(config.method.to_ascii_uppercase().as_bytes())
        .map_err(|_| {
            problems.push(("method".into(), Text::key("http-in.method").with("method", &config.method)))
        })
        .ok();
    match (routes, pattern, method) {
        (Some(routes), Some(pattern), Some(method)) => {
            Built::task(HttpIn { config, routes, pattern, method })
        }
        _ => Err(BuildError { problems }),
    }
}

struct HttpIn {
    config: Config,
    routes: Arc<HttpRoutes>,
    pattern: PathPattern,
    method: Method,
}

impl TaskNode for HttpIn {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        let registration = self.register(&context);
        if registration.is_shadowed {
            let text =
                Text::key("http-in.shadowed").with("method", &self.method).with("url", &self.config.url);
            context.out.log(Level::Warn, text);
        }
        Box::pin(async move {
            context.without_input().await;
            drop(registration);
            Ok(())
        })
    }
}

impl HttpIn {
    fn register(&self, context: &TaskContext) -> Registration {
        self.routes.register(Route {
            method: self.method.clone(),
            pattern: self.pattern.clone(),
            takes_uploads: self.config.upload,
            leaves_body: self.config.skip_body_parsing,
            intake: Box::new(context.out.clone()),
        })
    }
}
