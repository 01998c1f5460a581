//! Property paths, such as `payload.a["b"][0]`.

/// A parsed property path.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyPath {}
