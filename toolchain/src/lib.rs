//! The Rust on this machine that compiles for WebAssembly: for the editor, which runs in browsers, and for plugins.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is compiled for: a machine without an operating system.
pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_COMPILER: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-19";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// What Debian's Rust for WebAssembly consists of.
pub const DEBIAN_NEEDS: [Need; 4] = [
    Need { file: DEBIAN_COMPILER, package: "rustc-web", name: "Rust compiler for the browser" },
    Need { file: DEBIAN_CARGO, package: "cargo-web", name: "cargo for the browser" },
    Need { file: DEBIAN_SOURCE, package: "rust-web-src", name: "source of Rust's standard library" },
    Need { file: DEBIAN_LINKER, package: "lld-19", name: "linker for the browser" },
];

/// A file that has to be there.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Where it is.
    pub file: &'static str,
    /// Debian's package that brings it.
    pub package: &'static str,
    /// What it is.
    pub name: &'static str,
}

/// A Rust that compiles for [`TARGET`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The one in use has the target's standard library.
    Own,
    /// Debian's `rustc-web`, which has its source and builds it first.
    Debian,
}

impl Toolchain {
    /// The one in use where it can, else Debian's; none where neither is there.
    pub fn find() -> Option<Self> {
        if own_is_ready() {
            return Some(Self::Own);
        }
        debian_is_ready().then_some(Self::Debian)
    }

    /// Its cargo; `own` is the one in use.
    pub fn cargo(self, own: impl Into<OsString>) -> Command {
        if self == Self::Own {
            return Command::new(own.into());
        }
        let mut cargo = Command::new(DEBIAN_CARGO);
        // Left in place, these would lead to the other compiler and its libraries.
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

    /// Arguments of cargo beyond the usual ones.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Own => &[],
            Self::Debian => &["-Zbuild-std=std,panic_abort"],
        }
    }

    /// The target folder in place of `folder`. Debian's compiler is of another version: sharing one, the two would undo each
    /// other's work.
    pub fn target_folder(self, folder: &Path) -> PathBuf {
        match self {
            Self::Own => folder.into(),
            Self::Debian => folder.join("web"),
        }
    }
}

/// Whether the compiler in use has the target's standard library.
pub fn own_is_ready() -> bool {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).args(["--print", "target-libdir", "--target", TARGET]).output();
    let Ok(output) = output else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Whether Debian's Rust for WebAssembly is there.
pub fn debian_is_ready() -> bool {
    DEBIAN_NEEDS.iter().all(|need| Path::new(need.file).exists())
}
