//! The policy for libraries (`deny.toml`), held by cargo-deny where it is installed.

use std::path::Path;

use anyhow::Result;

use super::Problem;
use crate::{say, tool};

/// Runs `cargo deny check`, or says how to get it. It is not installed for the user: the policy holds
/// for whoever changes dependencies, and building the tool takes longer than all other checks.
pub(crate) fn check(root: &Path) -> Result<Vec<Problem>> {
    if tool::find("cargo-deny").is_none() {
        say::line(
            "cargo-deny is not installed, deny.toml is not checked (cargo install --locked cargo-deny)",
        );
        return Ok(Vec::new());
    }
    let mut deny = tool::cargo();
    deny.current_dir(root).args([
        "deny",
        "--offline",
        "--log-level=error",
        "check",
        "bans",
        "licenses",
        "sources",
    ]);
    Ok(match tool::run(&mut deny) {
        Ok(()) => Vec::new(),
        Err(error) => vec![Problem::file("deny.toml", format!("a library breaks the policy: {error}"))],
    })
}
