//! The command line.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand, value_parser};

use crate::settings::{Given, KEYS, Kind};

/// Wireloom runs visual flows that wire devices, brokers, APIs and databases together
#[derive(Debug, Parser)]
#[command(name = "wireloom", version, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Run the flows of a data folder, with editor and MQTT broker
    Run {
        /// A flow file to begin with; taken when the data folder holds no flows yet, and itself never written to
        #[arg(value_name = "FLOWS.json")]
        flows: Option<PathBuf>,
        /// Take the flow file even if the data folder holds flows; those stay as a revision
        #[arg(long, requires = "flows")]
        replace: bool,
        #[command(flatten)]
        settings: SettingFlags,
    },
    /// Say what is wrong with a flow file
    Check {
        /// The flow file
        #[arg(value_name = "FLOWS.json")]
        flows: PathBuf,
        #[command(flatten)]
        plugins: crate::plugin::Sources,
    },
    /// Write flows and credentials as Node-RED reads them; the one way by which credentials leave
    Export {
        /// In the form of Node-RED: the flow file, and the credential file under the secret of the target folder
        #[arg(long, required = true)]
        node_red: bool,
        /// The user folder of Node-RED to write to; may be the data folder itself
        #[arg(value_name = "TARGET_DIR")]
        target: PathBuf,
        #[command(flatten)]
        settings: SettingFlags,
    },
    /// Run flow tests: those of the data folder, which the editor made, or those of a file
    Test {
        /// A file of test cases [default: flow-tests.json of the data folder]
        #[arg(value_name = "CASES.json")]
        cases: Option<PathBuf>,
        /// The flow file whose nodes are tested [default: that of the data folder]
        #[arg(long, value_name = "FLOWS.json")]
        flows: Option<PathBuf>,
        #[command(flatten)]
        plugins: crate::plugin::Sources,
    },
    /// Make, install, list and remove plugins
    Plugin {
        #[command(subcommand)]
        task: crate::plugin::Task,
    },
    /// Let Node-RED's own specs drive the engine; for tests alone
    #[command(hide = true)]
    Spec,
    /// Show the settings in force and where each came from
    Config {
        #[command(flatten)]
        settings: SettingFlags,
    },
    /// Hash a password for the setting admin.password; it is read from the terminal or standard input
    HashPassword,
    /// Set the administrator's password in the data folder's wireloom.toml
    Passwd {
        #[command(flatten)]
        settings: SettingFlags,
    },
}

/// A flag for every setting of the table, and `--data`.
#[derive(Clone, Debug, Default)]
pub(crate) struct SettingFlags(pub(crate) Given);

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let data = Arg::new("data")
            .long("data")
            .value_name("DIR")
            .value_parser(value_parser!(PathBuf))
            .help("Folder for flows, revisions, credentials and settings; a Node-RED user folder will do [default: ~/.wireloom]");
        KEYS.iter().fold(command.arg(data), |command, key| {
            let flag = Arg::new(key.path).long(key.flag).help(help(key));
            command.arg(match key.kind {
                Kind::Switch => {
                    flag.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL")
                }
                Kind::Number(..) => flag.value_name("N"),
                Kind::PortOrOff => flag.value_name("N|off"),
                Kind::Address => flag.value_name("ADDR"),
                Kind::Text => flag.value_name("TEXT"),
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn help(key: &crate::settings::Key) -> String {
    match key.default {
        "" => key.help.to_owned(),
        default => format!("{} [default: {default}]", key.help),
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |path: &str| matches.get_one::<String>(path).cloned();
        let flags: HashMap<_, _> = KEYS.iter().filter_map(|key| Some((key.path, value(key.path)?))).collect();
        Ok(Self(Given { data: matches.get_one::<PathBuf>("data").cloned(), flags }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_come_through() {
        let cli =
            Cli::parse_from(["wireloom", "run", "f.json", "--headless", "--mqtt-port", "off", "--data", "d"]);
        let Task::Run { flows, replace, settings } = cli.task else { panic!("not a run") };
        assert_eq!((flows, replace), (Some("f.json".into()), false));
        assert_eq!(settings.0.data, Some("d".into()));
        assert_eq!(
            settings.0.flags,
            HashMap::from([("headless", "true".into()), ("mqtt-port", "off".into())])
        );
    }
}
