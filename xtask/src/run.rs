//! `cargo xtask run`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::place::Place;
use crate::{say, setup, tool};

/// What starts when no flow file is named.
const CAMPUS: &str = "flows/smart-campus.json";
const DEFAULT_PORT: &str = "1880";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Passed on to `wireloom run`, such as `flows/http-api.json --port 1881`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Sets up, builds, and becomes the server: a signal to this process is a signal to the server.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    let web = setup::for_build(place)?;
    build::editor(place, &web)?;
    build::server(place, Profile::Release)?;

    let mut command = Command::new(place.server_binary(Profile::Release.folder()));
    command.arg("run").args(server_arguments(&args.rest, &place.root)).current_dir(&place.root);
    tool::forget_own_package(&mut command);
    say::line(format_args!(
        "starting Wireloom at http://127.0.0.1:{} (stop it with Ctrl-C)",
        port(&args.rest)
    ));
    become_it(command)
}

/// The campus flow is named unless the user names a flow file.
fn server_arguments(rest: &[String], root: &Path) -> Vec<String> {
    let names_flows = rest.iter().any(|word| !word.starts_with('-') && word.ends_with(".json"));
    let campus = (!names_flows && root.join(CAMPUS).is_file()).then(|| CAMPUS.to_owned());
    campus.into_iter().chain(rest.iter().cloned()).collect()
}

fn port(rest: &[String]) -> &str {
    let after = |(at, word): (usize, &'_ String)| match word.strip_prefix("--port")? {
        "" => rest.get(at + 1).map(String::as_str),
        _ => None,
    };
    let joined = rest.iter().find_map(|word| word.strip_prefix("--port="));
    joined.or_else(|| rest.iter().enumerate().find_map(after)).unwrap_or(DEFAULT_PORT)
}

#[cfg(unix)]
fn become_it(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(anyhow::Error::new(error).context(format!("cannot start {}", tool::shown(&command))))
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<()> {
    tool::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn names_the_port_that_the_user_chose() {
        assert_eq!(port(&words("")), "1880");
        assert_eq!(port(&words("--data d --port 1990")), "1990");
        assert_eq!(port(&words("--port=1991 --headless")), "1991");
    }

    #[test]
    fn the_campus_flow_gives_way_to_a_named_one() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("flows")).unwrap();
        std::fs::write(root.path().join(CAMPUS), "[]").unwrap();
        assert_eq!(
            server_arguments(&words("--port 1"), root.path()),
            words("flows/smart-campus.json --port 1")
        );
        assert_eq!(server_arguments(&words("x.json --port 1"), root.path()), words("x.json --port 1"));
    }
}
