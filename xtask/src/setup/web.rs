//! The toolchain that compiles for the browser (wasm32-unknown-unknown).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::install::{self, Need};
use crate::place::Place;
use crate::{say, tool};

const TARGET: &str = "wasm32-unknown-unknown";
/// Leptos then compiles a view once for all its kinds of content: the editor gets a quarter smaller.
const SMALLER_VIEWS: &str = "--cfg erase_components";
/// Set to `rustup` or `debian` to choose the toolchain instead of having it found out.
const CHOICE: &str = "WIRELOOM_WEB_TOOLCHAIN";

/// How to compile for the browser on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebToolchain {
    /// The Rust that runs xtask has the standard library for the target.
    Own,
    /// Debian's `rustc-web`, which has its source and builds it first.
    Debian,
}

impl WebToolchain {
    /// A `cargo rustc` for the browser; `profile` is a cargo profile of this workspace. What follows `--` is for the last
    /// crate alone.
    pub(crate) fn cargo_rustc(self, place: &Place, profile: &str) -> Command {
        let mut command = match self {
            Self::Own => tool::cargo(),
            Self::Debian => debian_cargo(),
        };
        command.current_dir(&place.root).args([
            "rustc",
            "--locked",
            "--target",
            TARGET,
            "--profile",
            profile,
        ]);
        command.arg("--target-dir").arg(self.target_folder(place));
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        command.env("RUSTFLAGS", format!("{flags} {SMALLER_VIEWS}").trim());
        if self == Self::Debian {
            command.arg("-Zbuild-std=std,panic_abort");
        }
        command
    }

    /// Where the build leaves its `.wasm` files.
    pub(crate) fn output_folder(self, place: &Place, profile: &str) -> PathBuf {
        self.target_folder(place).join(TARGET).join(profile)
    }

    /// Debian's compiler is of another version: sharing a folder, the two would undo each other's work.
    fn target_folder(self, place: &Place) -> PathBuf {
        match self {
            Self::Own => place.target.clone(),
            Self::Debian => place.target.join("web"),
        }
    }
}

/// Finds the toolchain, or installs one.
pub(crate) fn toolchain(_: &Place) -> Result<WebToolchain> {
    match std::env::var(CHOICE).ok().as_deref() {
        Some("rustup") => match own_is_ready() || add_with_rustup() {
            true => Ok(WebToolchain::Own),
            false => bail!("rustup cannot add {TARGET}; unset {CHOICE} to try Debian's rustc-web"),
        },
        Some("debian") => debian(),
        Some(other) => bail!("{CHOICE} is `{other}`; it may be `rustup` or `debian`"),
        None if own_is_ready() => Ok(WebToolchain::Own),
        None if debian_is_ready() => Ok(WebToolchain::Debian),
        None if add_with_rustup() => Ok(WebToolchain::Own),
        None => debian(),
    }
}

/// Whether the compiler in use has the target's standard library.
fn own_is_ready() -> bool {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let library = tool::answer(Command::new(compiler).args(["--print", "target-libdir", "--target", TARGET]));
    library.is_some_and(|folder| {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn add_with_rustup() -> bool {
    if tool::find("rustup").is_none() {
        return false;
    }
    say::line(format_args!("no standard library for the browser: rustup target add {TARGET}"));
    let added = tool::succeeds(Command::new("rustup").args(["target", "add", TARGET])) && own_is_ready();
    if !added {
        say::line(format_args!("rustup cannot add {TARGET} here; taking Debian's rustc-web instead"));
    }
    added
}

const DEBIAN_COMPILER: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-19";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

const DEBIAN_NEEDS: [Need; 4] = [
    Need::file(DEBIAN_COMPILER, "rustc-web", "Rust compiler for the browser"),
    Need::file(DEBIAN_CARGO, "cargo-web", "cargo for the browser"),
    Need::file(DEBIAN_SOURCE, "rust-web-src", "source of Rust's standard library"),
    Need::file(DEBIAN_LINKER, "lld-19", "linker for the browser"),
];

fn debian() -> Result<WebToolchain> {
    install::all(&DEBIAN_NEEDS)?;
    Ok(WebToolchain::Debian)
}

fn debian_is_ready() -> bool {
    [DEBIAN_COMPILER, DEBIAN_CARGO, DEBIAN_SOURCE, DEBIAN_LINKER].iter().all(|file| Path::new(file).exists())
}

fn debian_cargo() -> Command {
    let mut command = Command::new(DEBIAN_CARGO);
    tool::forget_own_package(&mut command);
    // Left in place, these would lead Debian's cargo back to the other compiler and its libraries.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "RUSTC_WRAPPER", "LD_LIBRARY_PATH"] {
        command.env_remove(name);
    }
    command
        .env("RUSTC", DEBIAN_COMPILER)
        // Building the standard library is an unstable option of a compiler that is otherwise stable.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
    command
}
