//! Finds each setting's value and remembers where it came from.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use model::text::Text;

use super::file::UserEntry;
use super::{FILE, KEYS, Key, file};
use crate::failure::{Failure, Result};
use crate::node_red::UserFolder;

/// What the command line gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// The data folder.
    pub(crate) data: Option<PathBuf>,
    /// Flags, by the setting's path.
    pub(crate) flags: HashMap<&'static str, String>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody set it.
    Default,
    /// `wireloom.toml`, or `settings.js` of Node-RED, with the line.
    File(PathBuf, usize),
    /// An environment variable.
    Variable(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => out.write_str("default"),
            Origin::File(path, line) => write!(out, "{}, line {line}", path.display()),
            Origin::Variable(name) => out.write_str(name),
            Origin::Flag(name) => write!(out, "--{name}"),
        }
    }
}

/// Every setting's value and origin.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// Where the data folder came from.
    pub(crate) data_origin: Origin,
    /// Value and origin of each setting, in the order of the table.
    pub(crate) values: Vec<(&'static Key, String, Origin)>,
    /// The users that `wireloom.toml` names.
    pub(crate) users: Vec<UserEntry>,
    /// The data folder as a user folder of Node-RED, if it is one.
    pub(crate) node_red: Option<UserFolder>,
    /// Values of Node-RED's settings that were not taken: our setting's path, and why.
    pub(crate) not_taken: Vec<(&'static str, Text)>,
}

/// Looks every setting up. `variable` reads an environment variable.
///
/// # Errors
/// A value that does not fit or a file that cannot be read, with the place.
pub(crate) fn resolve(given: &Given, variable: &dyn Fn(&str) -> Option<String>) -> Result<Resolved> {
    let (data, data_origin) = data_folder(given.data.as_deref(), variable)?;
    let path = data.join(FILE);
    let file = file::read(&path)?;
    let node_red = UserFolder::look(&data, variable);
    let mut not_taken = Vec::new();
    let mut values = Vec::with_capacity(KEYS.len());
    for key in KEYS {
        let from_file = || {
            let entry = file.entries.iter().find(|entry| entry.path == key.path)?;
            Some((entry.value.clone(), Origin::File(path.clone(), entry.line)))
        };
        let from_variable = || Some((variable(&key.variable())?, Origin::Variable(key.variable())));
        let from_flag = || Some((given.flags.get(key.path)?.clone(), Origin::Flag(key.flag)));
        let own = from_flag().or_else(from_variable).or_else(from_file);
        if let Some((value, origin)) = own.as_ref().filter(|(value, _)| !key.kind.fits(value)) {
            return Err(unfit(key, value, origin));
        }
        let theirs = node_red.as_ref().and_then(|folder| folder.setting(key.path));
        let (value, origin) = match (own, theirs) {
            (Some((value, origin)), theirs) => {
                if theirs.is_some() {
                    not_taken.push((key.path, Text::key("node-red.own-setting").with("origin", &origin)));
                }
                (value, origin)
            }
            (None, Some(theirs)) if key.kind.fits(&theirs.value) => {
                (theirs.value, Origin::File(data.join("settings.js"), theirs.line))
            }
            (None, theirs) => {
                if let Some(theirs) = theirs {
                    let why = Text::key("node-red.unfit").with("value", theirs.value);
                    not_taken.push((key.path, why.with("expected", key.kind.expected())));
                }
                (key.default.to_owned(), Origin::Default)
            }
        };
        values.push((key, value, origin));
    }
    Ok(Resolved { data, data_origin, values, users: file.users, node_red, not_taken })
}

/// The data folder, and who says so.
///
/// # Errors
/// Nobody says, and there is no home.
pub(crate) fn data_folder(
    given: Option<&Path>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(PathBuf, Origin)> {
    const VARIABLE: &str = "WIRELOOM_DATA";
    if let Some(data) = given {
        return Ok((data.to_owned(), Origin::Flag("data")));
    }
    if let Some(data) = variable(VARIABLE).filter(|data| !data.is_empty()) {
        return Ok((data.into(), Origin::Variable(VARIABLE.into())));
    }
    let home = variable("HOME").filter(|home| !home.is_empty()).or_else(|| variable("USERPROFILE"));
    let home = home.ok_or_else(|| Failure::key("settings.no-home"))?;
    Ok((PathBuf::from(home).join(".wireloom"), Origin::Default))
}

fn unfit(key: &Key, value: &str, origin: &Origin) -> Failure {
    let shown = if key.secret { "***" } else { value };
    Failure::key("settings.value")
        .with("origin", origin)
        .with("key", key.path)
        .with("value", shown)
        .with("expected", key.kind.expected())
}

impl Resolved {
    fn value(&self, path: &str) -> Option<&(&'static Key, String, Origin)> {
        self.values.iter().find(|(key, _, _)| key.path == path)
    }

    /// A setting's value as text; empty where there is no such setting.
    pub(super) fn text(&self, path: &str) -> &str {
        self.value(path).map_or("", |(_, value, _)| value)
    }

    /// A setting's value, if it is not empty.
    pub(super) fn some(&self, path: &str) -> Option<String> {
        Some(self.text(path).to_owned()).filter(|text| !text.is_empty())
    }

    /// Where a setting's value came from.
    pub(super) fn origin(&self, path: &str) -> &Origin {
        self.value(path).map_or(&Origin::Default, |(_, _, origin)| origin)
    }

    /// Whether a setting's value came from Node-RED's settings.
    pub(super) fn is_node_reds(&self, path: &str) -> bool {
        matches!(self.origin(path), Origin::File(file, _) if file.file_name().is_some_and(|name| name != FILE))
    }

    /// What became of Node-RED's value for a setting: it is in force, or why not.
    pub(crate) fn outcome(&self, path: &str) -> std::result::Result<String, Text> {
        let ours = match path {
            "users" => Some(self.origin_of_users()),
            // Left empty they do not count, but for the one that an empty value in a file switches off.
            "http-node-user" | "context-stores" => Some(match self.origin(path) {
                origin @ Origin::File(..) if path == "http-node-user" => origin.clone(),
                _ if self.text(path).is_empty() => Origin::Default,
                origin => origin.clone(),
            }),
            _ if self.is_node_reds(path) => return Ok(self.text(path).to_owned()),
            _ => None,
        };
        match ours {
            Some(Origin::Default) => return Ok(String::new()),
            Some(origin) => return Err(Text::key("node-red.own-setting").with("origin", origin)),
            None => {}
        }
        let why = self.not_taken.iter().find(|(left, _)| *left == path).map(|(_, why)| why.clone());
        Err(why.unwrap_or_else(|| Text::key("node-red.code")))
    }

    /// Where users of our own stand; the default where there are none.
    fn origin_of_users(&self) -> Origin {
        if !self.text("admin.password").is_empty() {
            return self.origin("admin.password").clone();
        }
        let line = self.users.first().map(|user| Origin::File(self.data.join(FILE), user.line));
        line.unwrap_or(Origin::Default)
    }

    /// Goes back to the default of a setting, and notes why.
    pub(super) fn leave(&mut self, path: &'static str, why: Text) {
        for (key, value, origin) in &mut self.values {
            if key.path == path {
                (*value, *origin) = (key.default.to_owned(), Origin::Default);
            }
        }
        self.not_taken.push((path, why));
    }

    /// A setting's value as a `T`.
    pub(super) fn typed<T: FromStr>(&self, path: &str) -> Result<T> {
        self.text(path).parse().map_err(|_| match self.value(path) {
            Some((key, value, origin)) => unfit(key, value, origin),
            None => Failure::key("settings.value").with("key", path),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("wireloom.toml"), "port = 1\nmqtt-port = 2\nlog = 'debug'\n")
            .unwrap();
        let mut given =
            Given { data: Some(folder.path().into()), flags: HashMap::from([("port", "3".into())]) };
        let variable = |name: &str| match name {
            "WIRELOOM_PORT" => Some("4".to_owned()),
            "WIRELOOM_MQTT_PORT" => Some("off".to_owned()),
            _ => None,
        };
        let mut resolved = resolve(&given, &variable).unwrap();
        let settings = Settings::of(&mut resolved).unwrap();
        assert_eq!((settings.port, settings.mqtt_port, settings.log.as_str()), (3, None, "debug"));
        assert_eq!(settings.revisions_kept, 100);
        let origins: Vec<String> = resolved.values.iter().map(|(_, _, origin)| origin.to_string()).collect();
        assert_eq!(origins[1], "--port");
        assert_eq!(origins[3], "WIRELOOM_MQTT_PORT");
        assert_eq!(origins[7], format!("{}, line 3", folder.path().join("wireloom.toml").display()));

        given.flags.insert("host", "everywhere".into());
        let error = resolve(&given, &variable).unwrap_err().to_string();
        assert_eq!(
            error,
            "--host: host is everywhere; it must be an IP address such as 127.0.0.1 or 0.0.0.0"
        );
    }
}
