//! `http proxy`: the way out for HTTP requests, where there is but one.

use engine::node::{BuildContext, BuildError, Built, ConfigNode};
use engine::registry::NodeType;
use model::descriptor::{Credential, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::text;
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "http proxy", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("http-proxy.label", "http proxy"),
    (
        "http-proxy.url",
        "this is not the URL of a proxy: {reason}; write one such as http://proxy.example:3128",
    ),
];

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # URL
    /// Such as `http://proxy.example:3128`.
    #[serde(deserialize_with = "text")]
    url: String,
    /// # Without the proxy
    /// Hosts that are reached directly, such as `localhost`; `.example.org` means all hosts in a domain, and a port
    /// may follow: `localhost:8080`.
    noproxy: Option<Vec<String>>,
}

const HELP: &str = "\
A proxy that http request nodes send their requests through. A user and password are sent to the proxy, if there are any.

Without such a node, environment variables count: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, and those of npm \
before them; names in small letters win over those in capitals.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Config,
        inputs: 0,
        outputs: Outputs::Fixed(0),
        credentials: vec![Credential::text("username", "User"), Credential::secret("password", "Password")],
        ..Face { type_name: NODE.name, category: "config", colour: "#dddddd", icon: "waypoints", help: HELP }
            .node::<Config>()
    }
}

/// A proxy for HTTP.
pub(crate) struct HttpProxy {
    pub(crate) url: String,
    /// With commas between.
    pub(crate) exceptions: String,
    user: String,
    password: String,
}

impl ConfigNode for HttpProxy {}

impl HttpProxy {
    /// Which requests go through it, as if it stood in the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "http_proxy" | "https_proxy" => Some(self.url.clone()),
            "no_proxy" => Some(self.exceptions.clone()),
            _ => None,
        }
    }

    /// User and password, if there are any beside those in the URL.
    pub(crate) fn login(&self) -> Option<(&str, &str)> {
        let (user, password) = (self.user.as_str(), self.password.as_str());
        (!user.is_empty() || !password.is_empty()).then_some((user, password))
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let proxy = HttpProxy {
        url: config.url.trim().to_owned(),
        exceptions: config.noproxy.unwrap_or_default().join(","),
        user: context.credential("username").to_owned(),
        password: context.credential("password").to_owned(),
    };
    let wrong = |reason: String| BuildError::at("url", Text::key("http-proxy.url").with("reason", reason));
    let url: reqwest::Url = proxy.url.parse().map_err(|error| wrong(format!("{error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("it must begin with http:// or https://".to_owned()));
    }
    Built::config(proxy)
}
