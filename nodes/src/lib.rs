//! The built-in nodes: one file a node, one line in [`registry`].

pub mod common;
pub mod config;
mod face;
pub mod function;
pub mod german;
pub mod location;
mod mustache;
pub mod network;
pub mod parser;
mod regex;
pub mod registry;
pub mod sequence;
mod sequences;
pub mod storage;
#[cfg(test)]
mod testing;
mod yaml;
