//! `cargo xtask build`: the editor, the server with the editor inside, and with that the example plugins.

pub(crate) mod assets;
mod code;
mod editor;
mod plugins;
mod split;

use anyhow::Result;

pub(crate) use editor::editor;
pub(crate) use plugins::{PLUGINS, plugins};

use crate::place::Place;
use crate::{setup, tool};

/// The variable that tells the server's build where the built editor is.
pub(crate) const EDITOR_DIST: &str = "WIRELOOM_EDITOR_DIST";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build the server for development: compiles faster, runs slower
    #[arg(long)]
    dev: bool,
    /// Build the editor only
    #[arg(long)]
    editor_only: bool,
}

/// How cargo builds the server.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// Cargo's folder for it below the target folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Sets up and builds.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    let web = setup::for_build(place)?;
    editor(place, &web)?;
    if args.editor_only {
        return Ok(());
    }
    let profile = if args.dev { Profile::Dev } else { Profile::Release };
    server(place, profile)?;
    plugins(place, profile)
}

/// Builds the server's binary with the editor of the last [`editor`] call inside.
pub(crate) fn server(place: &Place, profile: Profile) -> Result<()> {
    let mut build = tool::cargo();
    build.current_dir(&place.root);
    match profile {
        Profile::Release => {
            build.args(["build", "--release", "--package", "wireloom-server", "--bin", "wireloom"])
        }
        // With everything that the tests need, so that libraries are built once, with one set of features.
        Profile::Dev => build.args(["build", "--workspace", "--all-targets"]),
    };
    tool::run(build.env(EDITOR_DIST, place.editor_dist()))
}
