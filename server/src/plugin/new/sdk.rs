//! The sources that plugins are built with, as this binary was built: the SDK and the contract.

use super::manifest;
use crate::failure::{Failure, Result};

include!(concat!(env!("OUT_DIR"), "/sdk_files.rs"));

/// Names and texts, ready to be used outside of the workspace that they come from.
pub(super) fn files() -> Result<Vec<(&'static str, String)>> {
    let text = |(name, text): &(&'static str, &'static str)| {
        let text = match name.ends_with("Cargo.toml") {
            true => manifest::alone(text, WORKSPACE)
                .map_err(|error| Failure::key("plugin-new.sdk").with("reason", format!("{name}: {error}")))?,
            false => (*text).to_owned(),
        };
        Ok((*name, text))
    };
    SDK_FILES.iter().map(text).collect()
}
