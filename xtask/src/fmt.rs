//! `cargo xtask fmt`.

use anyhow::Result;

use crate::place::Place;
use crate::tool;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only say whether something is not formatted
    #[arg(long)]
    pub(crate) check: bool,
}

/// Formats all crates, or checks that they are formatted.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    let mut command = tool::cargo();
    command.current_dir(&place.root).args(["fmt", "--all"]);
    if args.check {
        command.arg("--check");
    }
    tool::run(&mut command)
}
