//! Nodes that every flow uses.

pub mod catch;
pub mod comment;
pub mod complete;
pub mod debug;
pub mod global_config;
pub mod inject;
pub mod junction;
pub mod link_call;
pub mod link_in;
pub mod link_out;
mod scope;
pub mod status;
pub mod unknown;
