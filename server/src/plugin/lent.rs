//! The far side of what plugins are granted.

use std::net::SocketAddr;
use std::sync::Arc;

use engine::NodeError;
use engine::node::BoxFuture;
use nodes::network::http::once;
use nodes::network::mqtt::brokers::Brokers;
use plugins::{Http, HttpRequest, HttpResponse, Services};

use super::records::Place;

mod topics;
mod values;

use topics::Topics;
use values::Values;

/// What is lent to the plugins of a data folder.
pub(super) struct Lent {
    pub(super) services: Services,
    values: Arc<Values>,
    topics: Arc<Topics>,
}

impl Lent {
    /// To the plugins of this folder, with the broker nodes that run.
    pub(super) fn to(place: &Place, brokers: Arc<Brokers>) -> Self {
        let values = Values::of(&place.data().join("plugin-values"));
        let kv = Arc::new(values::Lent(values.clone()));
        let topics = Arc::new(Topics::of(brokers));
        let services = Services { http: Some(Arc::new(Requests)), mqtt: Some(topics.clone()), kv: Some(kv) };
        Self { services, values, topics }
    }

    /// What a test of flows lends: values that are gone when it ends. A test asks nobody else.
    pub(super) fn for_tests() -> Services {
        Services { kv: Some(Arc::new(values::Lent(Values::in_memory()))), ..Services::default() }
    }

    /// The embedded broker runs here.
    pub(super) fn broker_at(&self, address: SocketAddr, login: Option<(String, String)>) {
        self.topics.broker_at(address, login);
    }

    /// Writes what is not on disk yet.
    pub(super) fn flush(&self) {
        self.values.flush();
    }
}

/// Sends requests by the library of the http request node.
struct Requests;

impl Http for Requests {
    fn exchange(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, NodeError>> {
        Box::pin(async move {
            let asked = once::Asked {
                method: request.method,
                url: request.url,
                headers: request.headers,
                body: request.body.unwrap_or_default(),
                timeout: request.timeout,
                body_limit: request.body_limit,
            };
            let once::Answered { status, headers, body } = once::ask(asked).await?;
            Ok(HttpResponse { status, headers, body })
        })
    }
}
