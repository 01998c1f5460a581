//! Limits of network nodes that the settings may change.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How long an http request node waits for an answer.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// How many messages wait for one connection of a tcp request node.
pub(crate) const TCP_QUEUE: usize = 1000;

/// Limits of network nodes: a service that the server lends to nodes. Nodes read them when they are built.
#[derive(Debug, Default)]
pub struct NetworkLimits(RwLock<Limits>);

#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    request_timeout: Option<Duration>,
    tcp_queue: Option<usize>,
}

impl NetworkLimits {
    /// Sets how long http request nodes wait for an answer (Node-RED's `httpRequestTimeout`); none for 120 s.
    pub fn set_request_timeout(&self, timeout: Option<Duration>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).request_timeout = timeout;
    }

    /// Sets how many messages wait for one connection of a tcp request node (Node-RED's `tcpMsgQueueSize`); none
    /// for 1,000.
    pub fn set_tcp_queue(&self, count: Option<usize>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).tcp_queue = count;
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        self.read().request_timeout.unwrap_or(REQUEST_TIMEOUT)
    }

    pub(crate) fn tcp_queue(&self) -> usize {
        self.read().tcp_queue.unwrap_or(TCP_QUEUE).max(1)
    }

    fn read(&self) -> Limits {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
