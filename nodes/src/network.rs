//! Nodes that talk to the network.

pub mod http;
pub mod http_in;
pub mod http_request;
pub mod http_response;
