//! Plugins as the API lists them.

use serde::{Deserialize, Serialize};

/// What a plugin says of itself beside its node type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// One sentence.
    pub description: String,
    /// Who made it.
    pub author: String,
    /// SPDX.
    pub licence: String,
    /// An address.
    pub homepage: String,
}
