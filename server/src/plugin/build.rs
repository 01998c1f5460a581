//! `wireloom plugin build`: makes the component of a project, and sees that it is a plugin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use model::text::Catalogue;
use serde_json::Value as Json;
use toolchain::Toolchain;
use wit_component::ComponentEncoder;

use crate::failure::{Failure, Result};

/// What to build.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of the project
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Where the component goes; NAME.wasm in the project's folder where nothing is said
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The cargo profile to build with
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
}

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    (
        "plugin-build.no-project",
        "{path} is not there; go to a plugin's folder or name it, or make one with `wireloom plugin new NAME`",
    ),
    ("plugin-build.metadata", "cargo cannot read {path}: {reason}"),
    ("plugin-build.no-package", "{path} is no package; name the folder of one"),
    ("plugin-build.no-cargo", "cargo cannot be started: {reason}; install Rust, see https://rustup.rs"),
    (
        "plugin-build.no-target",
        "Rust has no standard library for {target} here; get it with `rustup target add {target}` (where Rust is Debian's: `apt install rustc-web cargo-web rust-web-src lld-19`)",
    ),
    ("plugin-build.failed", "cargo could not build the plugin ({reason}); what it said stands above"),
    (
        "plugin-build.not-component",
        "what cargo built is no plugin: {reason}; does src/lib.rs end with wireloom_sdk::export!(…)?",
    ),
    ("plugin-build.read", "cannot read {path}: {reason}"),
    ("plugin-build.write", "cannot write {path}: {reason}"),
];

/// What was built.
pub(crate) struct Built {
    /// The component.
    pub(crate) path: PathBuf,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Builds it; the caller loads it, which shows whether it meets the contract.
///
/// # Errors
/// What is missing, and how to get it; or that the project cannot be built.
pub(crate) fn run(args: &Args) -> Result<Built> {
    let manifest = args.folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(Failure::key("plugin-build.no-project").with("path", manifest.display()));
    }
    let package = Package::of(&manifest)?;
    let no_target = || Failure::key("plugin-build.no-target").with("target", toolchain::TARGET);
    let toolchain = Toolchain::find().ok_or_else(no_target)?;
    let module = package.compile(&manifest, toolchain, &args.profile)?;
    let bytes = fs::read(&module).map_err(|error| Failure::file("plugin-build.read", &module, error))?;
    let bytes = component(&bytes)?;
    let path = args.out.clone().unwrap_or_else(|| args.folder.join(format!("{}.wasm", package.name)));
    write(&path, &bytes)?;
    Ok(Built { path, bytes })
}

/// The component of a core module that was built against the contract.
fn component(module: &[u8]) -> Result<Vec<u8>> {
    let encoded = ComponentEncoder::default().validate(true).module(module).and_then(|mut it| it.encode());
    encoded.map_err(|error| Failure::key("plugin-build.not-component").with("reason", format!("{error:#}")))
}

/// In one step, for a server may watch the folder.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error| Failure::file("plugin-build.write", path, error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let draft = path.with_extension("wasm.new");
    fs::write(&draft, bytes).map_err(failed)?;
    fs::rename(&draft, path).map_err(failed)
}

/// What cargo says of a project.
struct Package {
    name: String,
    target_folder: PathBuf,
}

impl Package {
    fn of(manifest: &Path) -> Result<Self> {
        let failed = |reason: &str| Failure::file("plugin-build.metadata", manifest, reason.trim());
        let mut cargo = Command::new("cargo");
        cargo.args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"]).arg(manifest);
        let output = cargo.output().map_err(no_cargo)?;
        if !output.status.success() {
            return Err(failed(&String::from_utf8_lossy(&output.stderr)));
        }
        let metadata: Json =
            serde_json::from_slice(&output.stdout).map_err(|error| failed(&error.to_string()))?;
        let manifest_path = fs::canonicalize(manifest).map_err(|error| failed(&error.to_string()))?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let is_it = |package: &&Json| {
            package["manifest_path"].as_str().and_then(|path| fs::canonicalize(path).ok()).as_ref()
                == Some(&manifest_path)
        };
        let name = { packages }.find(is_it).and_then(|package| package["name"].as_str());
        let no_package = || Failure::key("plugin-build.no-package").with("path", manifest.display());
        Ok(Self {
            name: name.ok_or_else(no_package)?.to_owned(),
            target_folder: metadata["target_directory"].as_str().ok_or_else(no_package)?.into(),
        })
    }

    /// Runs cargo, whose words go to the terminal; gives the core module.
    fn compile(&self, manifest: &Path, toolchain: Toolchain, profile: &str) -> Result<PathBuf> {
        let target_folder = toolchain.target_folder(&self.target_folder);
        let mut cargo = toolchain.cargo("cargo");
        cargo
            .args([
                "rustc",
                "--lib",
                "--crate-type=cdylib",
                "--target",
                toolchain::TARGET,
                "--profile",
                profile,
            ])
            .arg("--target-dir")
            .arg(&target_folder)
            .arg("--manifest-path")
            .arg(manifest)
            .args(["--package", &self.name])
            .args(toolchain.arguments());
        let status = cargo.status().map_err(no_cargo)?;
        if !status.success() {
            return Err(Failure::key("plugin-build.failed").with("reason", status));
        }
        let profile_folder = if profile == "dev" { "debug" } else { profile };
        let file = format!("{}.wasm", self.name.replace('-', "_"));
        Ok(target_folder.join(toolchain::TARGET).join(profile_folder).join(file))
    }
}

fn no_cargo(error: std::io::Error) -> Failure {
    Failure::key("plugin-build.no-cargo").with("reason", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(folder: &Path) -> String {
        let args = Args { folder: folder.into(), out: None, profile: "release".into() };
        run(&args).err().unwrap().0.key.into()
    }

    #[test]
    fn what_is_no_project_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(key(folder.path()), "plugin-build.no-project");
        fs::write(folder.path().join("Cargo.toml"), "[package\n").unwrap();
        assert_eq!(key(folder.path()), "plugin-build.metadata");
        fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        assert_eq!(key(folder.path()), "plugin-build.no-package");
    }

    #[test]
    fn what_is_no_module_is_no_component() {
        assert_eq!(component(b"\0asm").unwrap_err().0.key, "plugin-build.not-component");
    }
}
