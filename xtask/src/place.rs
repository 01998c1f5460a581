//! Where things are: the checkout, the target folder, the members of the workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value as Json;

use crate::tool;

/// The checkout that xtask works on.
pub(crate) struct Place {
    /// The workspace's root folder.
    pub(crate) root: PathBuf,
    /// Cargo's target folder (`CARGO_TARGET_DIR` or the one that cargo chooses).
    pub(crate) target: PathBuf,
    /// What `cargo metadata --no-deps` says of the members.
    pub(crate) metadata: Json,
}

impl Place {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self> {
        // As cargo says now, not as it was at the build: checkouts that share a target folder share this binary.
        let package =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let manifest = Path::new(&package).join("../Cargo.toml");
        let output = tool::cargo()
            .args(["metadata", "--no-deps", "--format-version=1", "--offline", "--manifest-path"])
            .arg(&manifest)
            .output()
            .context("cannot start cargo")?;
        anyhow::ensure!(
            output.status.success(),
            "cargo cannot read the workspace: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let metadata: Json = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
        let folder = |key: &str| {
            metadata[key].as_str().map(PathBuf::from).with_context(|| format!("cargo metadata has no {key}"))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")?, metadata })
    }

    /// Where the built editor goes: what the server takes in.
    pub(crate) fn editor_dist(&self) -> PathBuf {
        self.target.join("editor-dist")
    }

    /// Where the built example plugins go.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.target.join("plugins")
    }

    /// The server's binary of a cargo profile's folder (`debug`, `release`).
    pub(crate) fn server_binary(&self, profile_folder: &str) -> PathBuf {
        self.target.join(profile_folder).join(format!("wireloom{}", std::env::consts::EXE_SUFFIX))
    }
}
