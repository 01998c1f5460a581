//! Nodes that talk to the network.

pub mod action;
pub mod action_in;
pub mod action_out;
pub mod http;
pub mod http_in;
pub mod http_proxy;
pub mod http_request;
pub mod http_response;
pub mod limits;
pub mod mqtt;
pub mod mqtt_broker;
pub mod mqtt_in;
pub mod mqtt_out;
mod stream;
mod tcp;
pub mod tcp_in;
pub mod tcp_out;
pub mod tcp_request;
pub mod tls_config;
mod udp;
pub mod udp_in;
pub mod udp_out;
pub mod websocket;
pub mod websocket_client;
pub mod websocket_in;
pub mod websocket_listener;
pub mod websocket_out;
