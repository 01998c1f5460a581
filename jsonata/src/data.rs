//! What expressions work on.

use indexmap::IndexMap;

/// A value inside an expression; clones in O(1), stays on its thread.
pub type Data = jsonata_core::value::JValue;

/// The fields of an object, in order.
pub type Fields = IndexMap<String, Data>;
