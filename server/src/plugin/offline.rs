//! Plugins where no server runs: `wireloom check` and `wireloom test` know their nodes too, and change nothing on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use engine::registry::Registry;
use model::text::Text;
use plugins::{Capabilities, Host, Options, Plugin};

use super::lent::Lent;
use super::look::approval;
use super::records::{Place, Record};
use super::{State, hash};
use crate::failure::{Failure, Result};
use crate::settings;
use crate::texts;

/// Where plugins come from.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Sources {
    /// The data folder, as for `wireloom run`: its approved plugins count [default: ~/.wireloom]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A component or a folder of them: they count whatever they ask for, before those of the data folder
    #[arg(long = "plugins", value_name = "PATH")]
    components: Vec<PathBuf>,
}

impl Sources {
    /// The data folder.
    ///
    /// # Errors
    /// Nobody says where it is, and there is no home.
    pub(crate) fn data_folder(&self) -> Result<PathBuf> {
        let (data, _) = settings::data_folder(self.data.as_deref(), &|name| std::env::var(name).ok())?;
        Ok(data)
    }
}

/// Adds the node types of plugins to a registry. They keep values for as long as the process runs, and reach neither hosts nor
/// topics. What is in the data folder and cannot run is told on standard error, as a server that starts there would log it.
///
/// # Errors
/// A component that was named is no plugin, or a folder that was named holds none.
pub(crate) fn add(sources: &Sources, registry: &Registry) -> Result<()> {
    let host = Host::new(Options { services: Lent::for_tests(), ..Options::default() })?;
    // Without a home there is no folder, which is no fault of the flows.
    if let Ok(data) = sources.data_folder() {
        for problem in add_approved(&Place::of(&data), &host, registry)? {
            eprintln!("wireloom: {}", texts::render(&problem));
        }
    }
    for file in components(&sources.components)? {
        let plugin = host
            .load(&read(&file)?)
            .map_err(|error| Failure::file("plugins.not-loaded", &file, registry.render(&error.text)))?;
        let grants = plugin.requests().clone();
        if let Some(problem) = put_in(registry, &plugin, grants) {
            return Err(Failure(problem));
        }
    }
    Ok(())
}

/// Adds what an administrator approved; gives why the others are left out.
fn add_approved(place: &Place, host: &Host, registry: &Registry) -> Result<Vec<Text>> {
    let mut records = place.records()?;
    let mut problems = Vec::new();
    for name in place.names()? {
        let bytes = read(&place.file(&name))?;
        let state = match host.load(&bytes) {
            Ok(plugin) => add_one(&name, &plugin, &hash(&bytes), records.remove(&name), registry),
            Err(error) => State::Broken(error.text),
        };
        problems.extend(state.problem().cloned());
    }
    Ok(problems)
}

fn add_one(name: &str, plugin: &Plugin, sha256: &str, record: Option<Record>, registry: &Registry) -> State {
    let state = approval(name, plugin, sha256, record.as_ref());
    if state != State::Running {
        return state;
    }
    let grants = record.map(|record| record.of_file(sha256).grants).unwrap_or_default();
    put_in(registry, plugin, grants).map_or(State::Running, State::Broken)
}

/// Puts a plugin in; gives why it cannot be.
fn put_in(registry: &Registry, plugin: &Plugin, grants: Capabilities) -> Option<Text> {
    let type_name = &plugin.descriptor().type_name;
    let is_in = registry.add_plugin(plugin.factory(grants));
    (!is_in).then(|| Text::key("plugins.built-in").with("type", type_name))
}

/// The files that were named, and those in folders that were.
fn components(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error| Failure::file("plugins.unreadable", path, error);
        let entries = fs::read_dir(path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut inside: Vec<PathBuf> = entries.map_err(unreadable)?.iter().map(fs::DirEntry::path).collect();
        inside.retain(|path| path.extension().is_some_and(|ending| ending == "wasm"));
        if inside.is_empty() {
            return Err(Failure::key("plugins.no-components").with("path", path.display()));
        }
        inside.sort_unstable();
        files.append(&mut inside);
    }
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| Failure::file("plugins.unreadable", file, error))
}
