//! The table of built-in node types. A new node is a file and a line here.

use engine::registry::NodeType;

use crate::common;
use crate::network;
use crate::storage;

/// Every built-in node type.
pub const NODE_TYPES: &[NodeType] = &[
    // common
    common::comment::NODE,
    // function
    // network
    network::http_in::NODE,
    network::http_request::NODE,
    network::http_response::NODE,
    // sequence
    // parser
    // storage
    storage::database::NODE,
    storage::sql::NODE,
    storage::store::NODE,
    // location
];
