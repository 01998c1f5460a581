//! `wireloom plugin`: works on the data folder, whether a server runs on it or not: a running one sees what changes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use model::text::Catalogue;
use plugins::{Host, Plugin};

use super::records::{Place, Record, is_name, name_for};
use super::{approve, asked, free_name, hash, listed, options, words};
use crate::cli::SettingFlags;
use crate::failure::{Failure, Result};
use crate::texts;

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Make a project for a plugin of your own
    New(super::new::Args),
    /// Build the plugin of a project
    Build(super::build::Args),
    /// Install a plugin, or approve one that lies in the folder
    Add {
        /// The component
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What it may do: http=HOST,... mqtt=publish:TOPIC,subscribe:TOPIC,broker:ID,... (without broker:ID the embedded one) kv, clock, clock=MILLISECONDS, random; `wireloom plugin info` says what it asks for
        #[arg(long = "grant", value_name = "GRANT")]
        grants: Vec<String>,
        /// Grant all that it asks for
        #[arg(long, conflicts_with = "grants")]
        grant_all: bool,
        #[command(flatten)]
        settings: SettingFlags,
    },
    /// Name the plugins of the data folder
    List {
        #[command(flatten)]
        settings: SettingFlags,
    },
    /// Remove a plugin; its nodes stay in the flows and run again when it is back
    Remove {
        /// The plugin
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        settings: SettingFlags,
    },
    /// Say what a component is and what it asks for
    Info {
        /// The component
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("plugins.added", "{name} {version} is installed; a server that runs takes it at once"),
    ("plugins.removed", "{name} is removed; its nodes stay in the flows and run again when it is back"),
    ("plugins.no-plugins", "no plugins are installed"),
];

/// Does it; gives what to say.
///
/// # Errors
/// What is wrong, and how to mend it.
pub(crate) fn run(task: &Task, data: &dyn Fn(&SettingFlags) -> Result<PathBuf>) -> Result<String> {
    match task {
        Task::New(args) => super::new::run(args),
        Task::Build(args) => {
            let built = super::build::run(args)?;
            let plugin = Host::new(plugins::Options::default())?.load(&built.bytes)?;
            Ok(format!("file     {}\n{}", built.path.display(), described(&plugin, built.bytes.len())))
        }
        Task::Add { file, grants, grant_all, settings } => {
            add(&Place::of(&data(settings)?), file, grants, *grant_all)
        }
        Task::List { settings } => list(&Place::of(&data(settings)?)),
        Task::Remove { name, settings } => remove(&Place::of(&data(settings)?), name),
        Task::Info { file } => {
            let bytes = read(file)?;
            let plugin = Host::new(plugins::Options::default())?.load(&bytes)?;
            Ok(described(&plugin, bytes.len()))
        }
    }
}

fn add(place: &Place, file: &Path, grants: &[String], grants_all: bool) -> Result<String> {
    let bytes = read(file)?;
    let plugin = Host::new(options(place, Default::default()))?.load(&bytes)?;
    let type_name = &plugin.descriptor().type_name;
    if crate::run::registry().is_built_in(type_name) {
        return Err(Failure::key("plugins.built-in").with("type", type_name));
    }
    let locked = place.lock()?;
    let records = place.records()?;
    let known = records.iter().find(|(_, record)| record.type_name == *type_name);
    let grants = match grants_all {
        true => words::all_of(plugin.requests(), known.map(|(_, record)| &record.grants)),
        false => words::parse(grants)?,
    };
    let present = in_folder(place, file).or_else(|| copy_in_folder(place, type_name, &bytes));
    let name = match (known, &present) {
        (Some((name, _)), _) => name.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) => free_name(type_name, place, |name| records.contains_key(name))?,
    };
    let record = approve(&name, &plugin, grants, "command line".into())?;
    let is_there = present.as_ref() == Some(&name);
    locked.install(&name, (!is_there).then_some(&bytes[..]), record)?;
    Ok(say(Failure::key("plugins.added").with("name", name).with("version", plugin.version())))
}

/// The name of a plugin whose file lies in the folder already.
fn in_folder(place: &Place, file: &Path) -> Option<String> {
    let (folder, file) = (fs::canonicalize(place.folder()).ok()?, fs::canonicalize(file).ok()?);
    (file.parent()? == folder).then(|| super::records::name_of(&file)).flatten()
}

/// The name of a plugin whose file lies in the folder already, put there by hand from this one.
fn copy_in_folder(place: &Place, type_name: &str, bytes: &[u8]) -> Option<String> {
    let name = name_for(type_name);
    (fs::read(place.file(&name)).ok()? == bytes).then_some(name)
}

fn list(place: &Place) -> Result<String> {
    let records = place.records()?;
    let mut names = place.names()?;
    names.extend(records.keys().cloned());
    names.sort_unstable();
    names.dedup();
    let mut lines = String::new();
    for name in &names {
        let (version, state, grants) = match records.get(name) {
            Some(record) => {
                (record.version.as_str(), state(place, name, record), words::written(&record.grants))
            }
            None => ("-", "new", String::new()),
        };
        let type_name = records.get(name).map_or("-", |record| record.type_name.as_str());
        // A string takes whatever is written.
        let _ = writeln!(lines, "{name}\t{version}\t{type_name}\t{state}\t{grants}");
    }
    match lines.is_empty() {
        true => Ok(say(Failure::key("plugins.no-plugins"))),
        false => Ok(lines.trim_end().to_owned()),
    }
}

/// Whether the file is the one that was installed.
fn state(place: &Place, name: &str, record: &Record) -> &'static str {
    match fs::read(place.file(name)).map(|bytes| hash(&bytes)) {
        Ok(sha256) if record.clone().of_file(&sha256).sha256 == sha256 => "installed",
        Ok(_) => "changed",
        Err(_) => "missing",
    }
}

fn remove(place: &Place, name: &str) -> Result<String> {
    let locked = place.lock()?;
    let is_known = is_name(name) && (place.file(name).exists() || place.records()?.contains_key(name));
    if !is_known {
        return Err(Failure::key("plugins.none").with("name", name));
    }
    locked.remove(name)?;
    locked.set(name, None)?;
    Ok(say(Failure::key("plugins.removed").with("name", name)))
}

fn described(plugin: &Plugin, size: usize) -> String {
    let (descriptor, about) = (plugin.descriptor(), plugin.about());
    let mut lines = vec![
        format!("type     {}", descriptor.type_name),
        format!("version  {}", plugin.version()),
        format!("size     {size} bytes"),
        format!("sha256   {}", plugin.sha256()),
    ];
    for (title, text) in [
        ("about    ", &about.description),
        ("author   ", &about.author),
        ("licence  ", &about.licence),
        ("homepage ", &about.homepage),
    ] {
        if !text.is_empty() {
            lines.push(format!("{title}{text}"));
        }
    }
    let words = asked(plugin.requests());
    if words.is_empty() {
        lines.push(format!("asks for {}", say(Failure::key("plugins.words.nothing"))));
    }
    for (_, text) in &words {
        lines.push(format!("asks to  {}", texts::render(text)));
    }
    let names: Vec<_> = plugin.requests().names().collect();
    if !names.is_empty() {
        lines.push(format!("grant    {} ({})", words::written(plugin.requests()), listed(&names)));
    }
    lines.join("\n")
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| Failure::file("plugins.unreadable", file, error))
}

fn say(text: Failure) -> String {
    text.to_string()
}
