//! The admin API, settings, storage and life of the real binary.

mod comms;
mod crash;
mod editor;
mod flow;
mod flows;
mod http_nodes;
mod node_red_admin;
mod security;
mod start;
mod web_sockets;
