//! The table of built-in node types. A new node is a file and a line here.

use engine::registry::NodeType;

use crate::common;
use crate::function;
use crate::location;
use crate::network;
use crate::parser;
use crate::sequence;
use crate::storage;

/// Every built-in node type.
pub const NODE_TYPES: &[NodeType] = &[
    // common
    common::inject::NODE,
    common::debug::NODE,
    common::complete::NODE,
    common::catch::NODE,
    common::status::NODE,
    common::link_in::NODE,
    common::link_call::NODE,
    common::link_out::NODE,
    common::comment::NODE,
    common::junction::NODE,
    common::global_config::NODE,
    common::unknown::NODE,
    // function
    function::function::NODE,
    function::template::NODE,
    function::switch::NODE,
    function::change::NODE,
    function::range::NODE,
    function::delay::NODE,
    function::trigger::NODE,
    function::exec::NODE,
    function::rbe::NODE,
    // network
    network::http_in::NODE,
    network::http_request::NODE,
    network::http_response::NODE,
    network::http_proxy::NODE,
    network::action_in::NODE,
    network::action_out::NODE,
    network::mqtt_in::NODE,
    network::mqtt_out::NODE,
    network::mqtt_broker::NODE,
    network::tls_config::NODE,
    network::websocket_in::NODE,
    network::websocket_out::NODE,
    network::websocket_listener::NODE,
    network::websocket_client::NODE,
    network::tcp_in::NODE,
    network::tcp_out::NODE,
    network::tcp_request::NODE,
    network::udp_in::NODE,
    network::udp_out::NODE,
    // sequence
    sequence::split::NODE,
    sequence::join::NODE,
    sequence::sort::NODE,
    sequence::batch::NODE,
    // parser
    parser::csv::NODE,
    parser::html::NODE,
    parser::json::NODE,
    parser::xml::NODE,
    parser::yaml::NODE,
    parser::base64::NODE,
    // storage
    storage::file::NODE,
    storage::file_in::NODE,
    storage::watch::NODE,
    storage::database::NODE,
    storage::sql::NODE,
    storage::store::NODE,
    // location
    location::geofence::NODE,
];
