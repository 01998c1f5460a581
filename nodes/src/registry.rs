//! The table of built-in node types. A new node is a file and a line here.

use engine::registry::NodeType;

use crate::common;

/// Every built-in node type.
pub const NODE_TYPES: &[NodeType] = &[
    // common
    common::comment::NODE,
    // function
    // network
    // sequence
    // parser
    // storage
    // location
];
