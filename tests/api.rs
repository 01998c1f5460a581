//! The admin API, settings, storage and life of the real binary.

mod actions;
mod comms;
mod comms_rights;
mod context;
mod crash;
mod credentials;
mod editor;
mod flow;
mod flow_tests;
mod flows;
mod http_nodes;
mod jsonata;
mod languages;
mod library;
mod live;
mod node_red_admin;
mod palette;
mod plugin_actions;
mod plugin_grants;
mod plugins;
mod presence;
mod security;
mod start;
mod user_folder;
mod users;
mod web_sockets;
