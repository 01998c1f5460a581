//! A user folder of Node-RED: what of it is taken, and what is not and why.

mod cipher;
mod credentials;
mod export;
mod report;
mod settings_js;
mod taken;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use model::text::Catalogue;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

pub(crate) use credentials::{NodeRedCredentials, Secrets, merge};
pub(crate) use export::export;
pub(crate) use report::{Report, table};

use settings_js::Script;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("node-red.not-credentials", "{path} does not hold credentials of Node-RED: {reason}"),
    (
        "node-red.no-secret",
        "{path} is encrypted, and the secret for it is not known ({reason}): set node-red-secret (WIRELOOM_NODE_RED_SECRET) to the credentialSecret of Node-RED, or move the file away to start without its credentials",
    ),
    (
        "node-red.wrong-secret",
        "{path} does not open with the secret of {reason}: set node-red-secret (WIRELOOM_NODE_RED_SECRET) to the credentialSecret that it was written with, or move the file away to start without its credentials",
    ),
    ("node-red.place", "{path}, line {line}"),
    ("node-red.secret-code", "credentialSecret in {place} is no literal text"),
    ("node-red.secret-nowhere", "neither {script} nor {config} has one"),
    ("node-red.secret-origins", "{first} and of {second}"),
    ("node-red.sealed-form", "`$` is no text"),
    ("node-red.unwritable", "cannot write {path}: {reason}; what was there before is untouched"),
    (
        "node-red.no-randomness",
        "the system gives no randomness, so nothing can be encrypted; nothing was written",
    ),
    (
        "node-red.export-secret",
        "the credentialSecret of {path} is no literal, so it is not known: set node-red-secret (WIRELOOM_NODE_RED_SECRET) to it; nothing was written",
    ),
    (
        "node-red.export-config",
        "{path} cannot be read ({reason}), and may hold the secret that credentials are encrypted with: mend it, or move it away to have a new secret; nothing was written",
    ),
    ("node-red.no-flows", "{path} holds no flows, so there is nothing to export"),
    ("node-red.head", "Node-RED user folder {path}"),
    ("node-red.taken", "taken"),
    ("node-red.left", "not taken"),
    ("node-red.missing", "missing"),
    ("node-red.no-object", "no object stands at `module.exports`, so none of it was taken"),
    ("node-red.unreadable", "cannot be read: {reason}"),
    ("node-red.code", "it is no literal, and Wireloom does not run this file"),
    ("node-red.own-setting", "set in {origin} as well, which wins"),
    ("node-red.unfit", "{value} does not fit: it must be {expected}"),
    ("node-red.open-host", "others than this machine are let in only if there are users: see adminAuth"),
    ("node-red.setting", "{setting} = {value}"),
    ("node-red.secret", "opens the credential file"),
    ("node-red.users", "{count} {count|user|users}"),
    ("node-red.http-user", "HTTP nodes ask for {name}"),
    ("node-red.stores", "{count} context {count|store|stores}"),
    ("node-red.seeds", "{count} {count|value|values} of the global context"),
    (
        "node-red.seeds-code",
        "{count} {count|value|values} of the global context; no literals, so not taken: {names}",
    ),
    ("node-red.strategy", "only users with passwords are known, not {type}"),
    ("node-red.nobody", "it names nobody"),
    ("node-red.basic-auth", "only the users of adminAuth are known, not {name}"),
    ("node-red.unread-part", "code that may set {name} stands there, and Wireloom does not run this file"),
    ("node-red.tls", "Wireloom serves no TLS itself: put a reverse proxy in front"),
    ("node-red.root", "Wireloom serves editor and API at /"),
    ("node-red.http-root", "http-node-root = {value}; Wireloom serves editor and API at /"),
    ("node-red.http-nodes", "HTTP nodes are not switched off as a whole: disable them in the flows"),
    ("node-red.always", "always on in Wireloom"),
    ("node-red.static", "Wireloom serves no folders"),
    ("node-red.script", "Wireloom runs no middleware"),
    (
        "node-red.projects",
        "the project {name} is active: to run its flows, set flow-file to the flow file in its folder",
    ),
    ("node-red.no-counterpart", "no counterpart in Wireloom"),
    ("node-red.flows", "{count} {count|entry|entries}"),
    ("node-red.no-flow-file", "not there yet"),
    (
        "node-red.several-flow-files",
        "{path} holds several flow files ({names}), and none is that of this host: say with flow-file which one to run",
    ),
    ("node-red.credentials", "credentials of {count} {count|node|nodes}"),
    ("node-red.context-files", "the files of the store on disk"),
    ("node-red.context-unused", "no context store on disk is set up"),
    ("node-red.modules", "node modules are not run; see the types that are missing"),
    ("node-red.sessions", "log in anew"),
    ("node-red.user-settings", "what editors keep, until they keep something here"),
    ("node-red.library", "the library"),
    ("node-red.disabled", "switched off: {types}"),
    ("node-red.module", "of the module {module}"),
    ("node-red.missing-type", "of no module that Node-RED knew"),
];

/// The script with Node-RED's settings.
const SCRIPT: &str = "settings.js";

/// What Node-RED keeps for itself, a secret among it.
const RUNTIME: &str = ".config.runtime.json";
/// The same of older versions.
const OLDER: &str = ".config.json";

/// A user folder of Node-RED, as it was found.
#[derive(Clone)]
pub(crate) struct UserFolder {
    folder: PathBuf,
    /// What stands in `settings.js`.
    script: Script,
    /// Why nothing of `settings.js` was taken.
    script_problem: Option<Failure>,
    /// What Node-RED keeps for itself, from `.config.runtime.json` or the older `.config.json`.
    runtime: Map<String, Value>,
    /// Files that could not be read, and why.
    unread: Vec<(&'static str, String)>,
    /// The module that each node type comes from, as Node-RED knew it.
    modules: BTreeMap<String, String>,
    /// Types that were switched off there.
    disabled: Vec<String>,
}

/// It holds secrets.
impl std::fmt::Debug for UserFolder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.folder.fmt(out)
    }
}

impl UserFolder {
    /// Looks at a folder; none where nothing in it is Node-RED's. `variable` reads an environment variable.
    pub(crate) fn look(folder: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        const MARKS: &[&str] = &[SCRIPT, RUNTIME, OLDER, ".config.nodes.json"];
        let has_credentials = || {
            let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
            names.into_iter().any(|name| name.to_string_lossy().ends_with("_cred.json"))
        };
        if !(MARKS.iter().any(|mark| folder.join(mark).is_file()) || has_credentials()) {
            return None;
        }
        let mut found = Self {
            folder: folder.to_owned(),
            script: Script::default(),
            script_problem: None,
            runtime: Map::new(),
            unread: Vec::new(),
            modules: BTreeMap::new(),
            disabled: Vec::new(),
        };
        found.read_script(variable);
        let older = found.config(OLDER);
        found.runtime = older.into_iter().chain(found.config(RUNTIME)).collect();
        found.read_modules();
        Some(found)
    }

    fn read_script(&mut self, variable: &dyn Fn(&str) -> Option<String>) {
        let path = self.folder.join(SCRIPT);
        match fs::read_to_string(&path) {
            Ok(text) => match settings_js::read(&text, variable) {
                Some(script) => self.script = script,
                None => self.script_problem = Some(Failure::key("node-red.no-object")),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let failure = Failure::key("node-red.unreadable").with("reason", error);
                self.script_problem = Some(failure);
            }
        }
    }

    /// A file that Node-RED keeps; empty where there is none, or it is broken.
    fn config(&mut self, name: &'static str) -> Map<String, Value> {
        read_config(&self.folder.join(name)).unwrap_or_else(|reason| {
            self.unread.push((name, reason));
            Map::new()
        })
    }

    fn read_modules(&mut self) {
        let mut modules = self.config(".config.nodes.json");
        if modules.is_empty() {
            modules = self.runtime.get("nodes").and_then(Value::as_object).cloned().unwrap_or_default();
        }
        for (module, known) in &modules {
            for set in known.get("nodes").and_then(Value::as_object).into_iter().flat_map(Map::values) {
                let types = set.get("types").and_then(Value::as_array).into_iter().flatten();
                for name in types.filter_map(Value::as_str) {
                    self.modules.insert(name.to_owned(), module.clone());
                    if set.get("enabled") == Some(&Value::Bool(false)) {
                        self.disabled.push(name.to_owned());
                    }
                }
            }
        }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Types that were switched off there.
    pub(crate) fn disabled(&self) -> &[String] {
        &self.disabled
    }

    /// The project whose flows Node-RED runs in place of those of the folder, if projects are switched on.
    fn active_project(&self) -> Option<String> {
        let theme = settings_js::find(&self.script.properties, "editorTheme")?;
        if theme.value.get("projects")?.get("enabled")? != &settings_js::Literal::Bool(true) {
            return None;
        }
        let text = fs::read_to_string(self.folder.join(".config.projects.json")).ok()?;
        let config: Map<String, Value> = serde_json::from_str(&text).ok()?;
        config.get("activeProject")?.as_str().map(str::to_owned)
    }

    /// The module that a node type came from.
    pub(crate) fn module_of(&self, type_name: &str) -> Option<&str> {
        self.modules.get(type_name).map(String::as_str)
    }

    /// What the editor of this user kept there, or of whoever needed no log-in.
    pub(crate) fn user_settings(&self, name: Option<&str>) -> Option<Map<String, Value>> {
        let users = self.all_user_settings();
        let of = |name: &str| users.get(name).and_then(Value::as_object).cloned();
        name.and_then(of).or_else(|| of("_"))
    }

    fn all_user_settings(&self) -> Map<String, Value> {
        read_config(&self.folder.join(".config.users.json")).unwrap_or_default()
    }

    /// The secrets that may have sealed its credential file. `given` is one that the user set here.
    pub(crate) fn secrets(&self, given: Option<&str>) -> Secrets {
        let own = self.runtime.get("_credentialSecret").and_then(Value::as_str);
        let script = settings_js::find(&self.script.properties, "credentialSecret");
        let written = script.and_then(|property| property.value.text());
        let mut origins = Vec::new();
        if given.is_some() {
            origins.push("node-red-secret".to_owned());
        }
        if own.is_some() {
            origins.push(RUNTIME.to_owned());
        }
        let place = script.map(|property| {
            Failure::key("node-red.place").with("path", SCRIPT).with("line", property.line).to_string()
        });
        match (&place, written) {
            (Some(place), Some(_)) => origins.push(place.clone()),
            (Some(place), None) if origins.is_empty() => {
                origins.push(Failure::key("node-red.secret-code").with("place", place).to_string());
            }
            (None, _) if origins.is_empty() => {
                let nowhere = Failure::key("node-red.secret-nowhere").with("script", SCRIPT);
                origins.push(nowhere.with("config", RUNTIME).to_string());
            }
            _ => {}
        }
        // Node-RED's own order: what it made itself wins until it was replaced.
        let known = given.into_iter().chain(own).chain(written).map(str::to_owned).collect();
        let both = |first: String, second: String| {
            Failure::key("node-red.secret-origins").with("first", first).with("second", second).to_string()
        };
        Secrets { known, origin: origins.into_iter().reduce(both).unwrap_or_default() }
    }

    /// The credential file that belongs to a flow file: in the user folder, or else beside the flow file.
    pub(crate) fn credential_file(folder: &Path, flow_file: &Path) -> PathBuf {
        let extension = flow_file.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
        let stem = flow_file.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}_cred{}", extension.unwrap_or_default());
        let in_folder = folder.join(&name);
        if in_folder.exists() { in_folder } else { flow_file.with_file_name(name) }
    }
}

/// A file that Node-RED keeps, or its copy where it is empty; empty where there is none, or nothing in it. Else why it cannot be read.
fn read_config(path: &Path) -> std::result::Result<Map<String, Value>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(error) => return Err(error.to_string()),
    };
    match text.trim_start_matches('\u{feff}').trim() {
        // Node-RED puts back its copy of an empty one.
        "" if path.extension().is_some_and(|extension| extension == "json") => {
            read_config(&path.with_extension("json.backup"))
        }
        "" => Ok(Map::new()),
        text => serde_json::from_str(text).map_err(|error| error.to_string()),
    }
}

/// The flow file of a folder where nothing names one: `flows.json`, or that of this host, or the only one.
///
/// # Errors
/// There are several of other hosts. To begin with none of them would lose what belongs to the right one.
pub(crate) fn find_flow_file(folder: &Path) -> Result<PathBuf> {
    let usual = folder.join("flows.json");
    if usual.exists() {
        return Ok(usual);
    }
    if let Some(host) = host_name() {
        let of_host = folder.join(format!("flows_{host}.json"));
        if of_host.exists() {
            return Ok(of_host);
        }
    }
    match other_flow_files(folder).as_slice() {
        [] => Ok(usual),
        [only] => Ok(only.clone()),
        several => {
            let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let names: Vec<String> = several.iter().map(name).collect();
            let failure = Failure::key("node-red.several-flow-files").with("path", folder.display());
            Err(failure.with("names", names.join(", ")))
        }
    }
}

/// The flow files that are named after hosts, in order.
fn other_flow_files(folder: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let others = names.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("flows_") && name.ends_with(".json") && !name.ends_with("_cred.json")
    });
    let mut others: Vec<PathBuf> = others.collect();
    others.sort();
    others
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    rustix::system::uname().nodename().to_str().ok().map(str::to_owned)
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}
