//! Nodes that talk to the network.

pub mod http;
pub mod http_in;
pub mod http_request;
pub mod http_response;
mod mqtt;
pub mod mqtt_broker;
pub mod mqtt_in;
pub mod mqtt_out;
pub mod tls_config;
