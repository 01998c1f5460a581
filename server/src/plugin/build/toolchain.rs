//! The Rust that compiles for WebAssembly.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Result};

/// What plugins are compiled for: a machine without an operating system.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_COMPILER: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-19";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// A Rust that can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// The one in use has the target's standard library.
    Own,
    /// Debian's `rustc-web`, which has its source and builds it first.
    Debian,
}

impl Toolchain {
    /// Looks for one.
    pub(super) fn find() -> Result<Self> {
        if own_is_ready() {
            return Ok(Self::Own);
        }
        let needs = [DEBIAN_COMPILER, DEBIAN_CARGO, DEBIAN_LINKER, DEBIAN_SOURCE];
        if needs.iter().all(|file| Path::new(file).exists()) {
            return Ok(Self::Debian);
        }
        Err(Failure::key("plugin-build.no-target").with("target", TARGET))
    }

    pub(super) fn cargo(self) -> Command {
        match self {
            Self::Own => Command::new("cargo"),
            Self::Debian => {
                let mut cargo = Command::new(DEBIAN_CARGO);
                // Left in place, these would lead to another compiler and its libraries.
                for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "RUSTC_WRAPPER", "LD_LIBRARY_PATH"] {
                    cargo.env_remove(name);
                }
                cargo
                    .env("RUSTC", DEBIAN_COMPILER)
                    // Building the standard library is an unstable option of a compiler that is otherwise stable.
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
                cargo
            }
        }
    }

    /// Arguments of cargo beyond the usual ones.
    pub(super) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Own => &[],
            Self::Debian => &["-Zbuild-std=std,panic_abort"],
        }
    }

    /// Debian's compiler is of another version: sharing a folder, the two would undo each other's work.
    pub(super) fn target_folder(self, folder: &Path) -> PathBuf {
        match self {
            Self::Own => folder.into(),
            Self::Debian => folder.join("web"),
        }
    }
}

/// Whether the compiler in use has the target's standard library.
fn own_is_ready() -> bool {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).args(["--print", "target-libdir", "--target", TARGET]).output();
    let Ok(output) = output else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}
