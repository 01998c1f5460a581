//! The toolchain that compiles for the browser (wasm32-unknown-unknown).

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};
use toolchain::{DEBIAN_NEEDS, TARGET, Toolchain, debian_is_ready, own_is_ready};

use super::install::{self, Need};
use crate::place::Place;
use crate::{say, tool};

/// Leptos then compiles a view once for all its kinds of content: the editor gets a quarter smaller.
const SMALLER_VIEWS: &str = "--cfg erase_components";
/// Set to `rustup` or `debian` to choose the toolchain instead of having it found out.
const CHOICE: &str = "WIRELOOM_WEB_TOOLCHAIN";

/// How to compile for the browser on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WebToolchain(Toolchain);

impl WebToolchain {
    /// A `cargo rustc` for the browser; `profile` is a cargo profile of this workspace. What follows `--` is for the last
    /// crate alone.
    pub(crate) fn cargo_rustc(self, place: &Place, profile: &str) -> Command {
        let mut command = self.0.cargo(tool::cargo().get_program());
        tool::forget_own_package(&mut command);
        command.current_dir(&place.root).args([
            "rustc",
            "--locked",
            "--target",
            TARGET,
            "--profile",
            profile,
        ]);
        command.arg("--target-dir").arg(self.0.target_folder(&place.target));
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        command.env("RUSTFLAGS", format!("{flags} {SMALLER_VIEWS}").trim());
        command.args(self.0.arguments());
        command
    }

    /// Where the build leaves its `.wasm` files.
    pub(crate) fn output_folder(self, place: &Place, profile: &str) -> PathBuf {
        self.0.target_folder(&place.target).join(TARGET).join(profile)
    }
}

/// Finds the toolchain, or installs one.
pub(crate) fn toolchain(_: &Place) -> Result<WebToolchain> {
    match std::env::var(CHOICE).ok().as_deref() {
        Some("rustup") => match own_is_ready() || add_with_rustup() {
            true => Ok(WebToolchain(Toolchain::Own)),
            false => bail!("rustup cannot add {TARGET}; unset {CHOICE} to try Debian's rustc-web"),
        },
        Some("debian") => debian(),
        Some(other) => bail!("{CHOICE} is `{other}`; it may be `rustup` or `debian`"),
        None if own_is_ready() => Ok(WebToolchain(Toolchain::Own)),
        None if debian_is_ready() => Ok(WebToolchain(Toolchain::Debian)),
        None if add_with_rustup() => Ok(WebToolchain(Toolchain::Own)),
        None => debian(),
    }
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

fn debian() -> Result<WebToolchain> {
    install::all(&DEBIAN_NEEDS.map(|need| Need::file(need.file, need.package, need.name)))?;
    Ok(WebToolchain(Toolchain::Debian))
}
