//! `http request`: asks an HTTP server.

use std::sync::Arc;
use std::time::Duration;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskNode};
use engine::registry::NodeType;
use engine::{NodeError, Value};
use model::descriptor::{Credential, Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

mod answer;
mod client;
mod digest;
mod multipart;
mod question;
#[cfg(test)]
mod tests;
mod work;

use client::Clients;
use digest::Digest;
pub(crate) use question::basic;

use super::http_proxy::HttpProxy;
use super::limits::{NetworkLimits, REQUEST_TIMEOUT};
use super::tls_config::TlsConfig;
use crate::mustache::Template;

/// The node type.
pub const NODE: NodeType = NodeType { name: "http request", describe, build, texts: TEXTS };

/// Requests of one node that may be under way at once; further messages wait.
const PARALLEL_LIMIT: usize = 64;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Method
    #[schemars(extend("x-widget" = "choice", "enum" = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "use"],
        "x-enum-titles" = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "set by msg.method"]))]
    method: String,
    /// # URL
    /// May hold properties of the message: `http://example.org/{{{topic}}}`. Empty: `msg.url`.
    url: String,
    /// # Payload of a GET request
    #[serde(deserialize_with = "pay_to")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["ignore", "query", "body"],
        "x-enum-titles" = ["ignored", "appended to the URL as its query", "sent as the body"],
        "x-show-if" = {"method": ["GET", "use"]}))]
    paytoqs: String,
    /// # Answer
    #[schemars(extend("x-widget" = "choice", "enum" = ["txt", "bin", "obj"],
        "x-enum-titles" = ["text", "a buffer", "a parsed JSON object"]))]
    ret: String,
    /// # Authentication
    #[schemars(extend("x-widget" = "choice", "enum" = ["", "basic", "digest", "bearer"],
        "x-enum-titles" = ["none", "user and password", "user and password, digest", "bearer token"]))]
    auth_type: String,
    /// # TLS
    /// Certificates for servers that have or want special ones.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "tls-config", "x-section" = "Connection"))]
    tls: String,
    /// # Proxy
    /// Without one the environment's is used: `http_proxy`, `https_proxy` and `no_proxy`.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "http proxy", "x-section" = "Connection"))]
    proxy: String,
    /// # Keep connections open
    #[serde(deserialize_with = "crate::config::flag")]
    #[schemars(extend("x-section" = "Connection"))]
    persist: bool,
    /// # Forgive faults in the answer's headers
    #[serde(rename = "insecureHTTPParser", deserialize_with = "crate::config::flag")]
    #[schemars(extend("x-section" = "Connection"))]
    insecure_http_parser: bool,
    /// # Answers other than 2xx are errors
    /// They go to catch nodes only.
    senderr: bool,
    /// # Headers
    #[schemars(extend("x-widget" = "rows", "default" = []))]
    headers: Vec<HeaderRow>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            method: "GET".into(),
            url: String::new(),
            paytoqs: "ignore".into(),
            ret: "txt".into(),
            auth_type: String::new(),
            tls: String::new(),
            proxy: String::new(),
            persist: false,
            insecure_http_parser: false,
            senderr: false,
            headers: Vec::new(),
        }
    }
}

/// A header: its name and value, each fixed or from the message.
#[derive(Deserialize, JsonSchema, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("default" = {"keyType": "other", "keyValue": "", "valueType": "other", "valueValue": ""}))]
struct HeaderRow {
    /// A header's name, `other` for the one beside it, `msg` for a property of the message.
    key_type: String,
    /// # Header
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "keyType",
        "x-types" = [{"type": "other", "title": "name"}, "msg", {"type": "Accept", "title": "Accept", "value": ""}, {"type": "Accept-Encoding", "title": "Accept-Encoding", "value": ""}, {"type": "Accept-Language", "title": "Accept-Language", "value": ""}, {"type": "Authorization", "title": "Authorization", "value": ""}, {"type": "Content-Type", "title": "Content-Type", "value": ""}, {"type": "Cookie", "title": "Cookie", "value": ""}, {"type": "Host", "title": "Host", "value": ""}, {"type": "User-Agent", "title": "User-Agent", "value": ""}]))]
    key_value: String,
    /// A value, `other` for the one beside it, `msg` for a property of the message.
    value_type: String,
    /// # Value
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "valueType",
        "x-types" = [{"type": "other", "title": "text"}, "msg", {"type": "application/json", "title": "application/json", "value": ""}, {"type": "application/x-www-form-urlencoded", "title": "application/x-www-form-urlencoded", "value": ""}, {"type": "text/plain", "title": "text/plain", "value": ""}, {"type": "text/html", "title": "text/html", "value": ""}]))]
    value_value: String,
}

/// Older flows have a truth value here.
fn pay_to<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Bool(true) => "query".into(),
        Value::String(text) if !text.is_empty() => text.to_string(),
        _ => "ignore".into(),
    })
}

const TEXTS: Catalogue = &[
    ("http-request.label", "http request"),
    ("httpin.errors.no-url", "there is no URL; write one into the node, or send one in msg.url"),
    ("http-request.url", "the URL {url} is not understood: {reason}"),
    ("httpin.errors.invalid-transport", "the URL {url} must begin with http:// or https://"),
    ("http-request.method", "{method} is not an HTTP method"),
    ("http-request.header", "the header {name} cannot be sent: {reason}"),
    ("httpin.errors.invalid-payload", "a payload that is appended to the URL must be an object"),
    ("http-request.payload", "the payload cannot be sent: {reason}"),
    ("http-request.auth", "the authentication {kind} is not supported; use basic, digest or bearer"),
    ("http-request.digest", "{url} asks for a digest that cannot be made: {reason}"),
    ("http-request.proxy", "the proxy {url} cannot be used: {reason}"),
    ("http-request.tls", "secure connections are not possible: {reason}"),
    ("http-request.refused", "nothing listens at {url}"),
    ("http-request.not-found", "the host of {url} is not known"),
    ("common.notification.errors.no-response", "no answer from {url} within {seconds} s"),
    ("http-request.failed", "the request to {url} failed: {reason}"),
    ("http-request.redirects", "{url} redirected more than {limit} times"),
    ("http-request.large", "the answer of {url} is larger than {limit} bytes"),
    ("http-request.status", "{url} answered {status}"),
    ("httpin.errors.json-error", "the answer of {url} is not JSON ({reason}); it is sent on as text"),
    ("httpin.errors.timeout-isnan", "msg.requestTimeout is no number, so the node's own time limit is used"),
    (
        "httpin.errors.timeout-isnegative",
        "msg.requestTimeout is less than 1, so the node's own time limit is used",
    ),
    (
        "httpin.errors.rejectunauthorized-invalid",
        "msg.rejectUnauthorized must be true or false; certificates are checked",
    ),
    ("http-request.proxied", "{url} is reached through the proxy {proxy}"),
    ("http-request.direct", "{url} is reached directly, not through the proxy {configured}"),
    ("httpin.status.requesting", "requesting"),
    ("http-request.error", "{code}"),
];

const HELP: &str = "\
Sends an HTTP request and gives the answer.

**Takes** (each only where the node has no value of its own)
- `msg.url`, `msg.method`
- `msg.payload`: the body of a request that has one: text, a buffer, or an object, sent as JSON or, with the \
content type `application/x-www-form-urlencoded`, as a form. With `multipart/form-data` each property is a part: text, a \
buffer, or `{value, options: {filename, contentType}}`.
- `msg.headers`, `msg.cookies`: objects by name.
- `msg.followRedirects`: false to get the redirect itself.
- `msg.rejectUnauthorized`: false to talk to servers with certificates that nobody vouches for.
- `msg.requestTimeout`: in milliseconds; 120 s by default, or what the settings say.

**Sends** the message with
- `msg.payload`: the answer's body
- `msg.statusCode`, `msg.headers`, `msg.responseUrl`, `msg.responseCookies`, `msg.redirectList`

Up to 64 requests are under way at once; their answers come in any order. When there is no answer, that is an error with a \
`code` such as `ECONNREFUSED`, `ENOTFOUND` or `ETIMEDOUT`; the message goes on, too, with the code as its `statusCode`, \
unless answers other than 2xx are errors.

**Example**: URL `https://example.org/devices/{{{payload.id}}}`, answer: a parsed JSON object.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "network".into(),
        colour: "#e7e7ae".into(),
        icon: "arrow-up-right".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("http-request.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![
            Credential {
                show_if: serde_json::json!({ "authType": ["basic", "digest"] }),
                ..Credential::text("user", "User")
            },
            Credential {
                show_if: serde_json::json!({ "authType": ["basic", "digest", "bearer"] }),
                ..Credential::secret("password", "Password or token")
            },
        ],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let mut config: Config = context.config()?;
    let mut problems = Vec::new();
    let mut digest = None;
    let (user, password) = (context.credential("user"), context.credential("password"));
    let authorization = match config.auth_type.as_str() {
        "bearer" => Some(format!("Bearer {password}")),
        // Older flows have credentials and no type.
        "basic" => Some(question::basic(user, password)),
        "digest" => {
            digest = Some(Digest::new(user, password));
            None
        }
        "" if !user.is_empty() => Some(question::basic(user, password)),
        "" => None,
        other => {
            problems.push(("authType".to_owned(), Text::key("http-request.auth").with("kind", other)));
            None
        }
    };
    config.method = config.method.to_ascii_uppercase();
    if config.method != "USE" && http::Method::from_bytes(config.method.as_bytes()).is_err() {
        problems.push(("method".into(), Text::key("http-request.method").with("method", &config.method)));
    }
    let url = Some(config.url.trim()).filter(|url| !url.is_empty()).map(Template::parse).transpose();
    let url = url.map_err(|text| problems.push(("url".into(), text))).unwrap_or_default();
    let mut note = |error: BuildError| problems.extend(error.problems);
    let tls = match config.tls.as_str() {
        "" => None,
        _ => context.config_node::<TlsConfig>("tls").map_err(&mut note).ok(),
    };
    let proxy = match config.proxy.as_str() {
        "" => None,
        _ => context.config_node::<HttpProxy>("proxy").map_err(&mut note).ok(),
    };
    if !problems.is_empty() {
        return Err(BuildError { problems });
    }
    let is_secure = tls.is_some();
    let clients = Clients::new(client::Means {
        is_persistent: config.persist,
        forgives: config.insecure_http_parser,
        tls,
        proxy,
    });
    let timeout =
        context.services.get::<NetworkLimits>().map_or(REQUEST_TIMEOUT, |limits| limits.request_timeout());
    let settings = Settings { config, url, authorization, digest, is_secure, clients, timeout };
    Built::task(HttpRequest(Arc::new(settings)))
}

struct Settings {
    config: Config,
    /// `None` where the message brings it.
    url: Option<Template>,
    authorization: Option<String>,
    digest: Option<Digest>,
    /// Whether a URL without `http://` or `https://` means the latter.
    is_secure: bool,
    clients: Clients,
    /// Where the message says nothing else.
    timeout: Duration,
}

struct HttpRequest(Arc<Settings>);

impl TaskNode for HttpRequest {
    fn run(self: Box<Self>, context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        if let Some(url) = self.0.url.as_ref().and_then(Template::fixed) {
            self.0.tell_way(url, &context.out);
        }
        Box::pin(work::run(self.0, context))
    }
}
