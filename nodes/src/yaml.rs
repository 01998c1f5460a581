//! YAML as the js-yaml library reads and writes it; the texts of its errors stand at the yaml node.

mod read;
mod scalar;
mod write;

pub(crate) use read::parse;
pub(crate) use write::write;

/// Values may be nested so deep.
const DEPTH_LIMIT: usize = 200;
