//! Nodes that read and write formats.

pub mod base64;
pub mod json;
