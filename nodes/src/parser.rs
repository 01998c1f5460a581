//! Nodes that read and write formats.

pub mod base64;
pub mod csv;
pub mod html;
pub mod json;
pub mod xml;
pub mod yaml;
