//! The table of built-in node types. A new node is a file and a line here.

use engine::registry::NodeType;

use crate::common;
use crate::function;
use crate::network;
use crate::storage;

/// Every built-in node type.
pub const NODE_TYPES: &[NodeType] = &[
    // common
    common::comment::NODE,
    // function
    function::function::NODE,
    function::template::NODE,
    // network
    network::http_in::NODE,
    network::http_request::NODE,
    network::http_response::NODE,
    network::mqtt_in::NODE,
    network::mqtt_out::NODE,
    network::mqtt_broker::NODE,
    network::tls_config::NODE,
    // sequence
    // parser
    // storage
    storage::database::NODE,
    storage::sql::NODE,
    storage::store::NODE,
    // location
];
