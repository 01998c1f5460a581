//! Settings: what can be set, where it was set, and what is in force.
//!
//! A flag wins over an environment variable, that over `wireloom.toml` in the data folder, that over the default.

mod access;
mod file;
mod keys;
mod resolve;

use std::fmt::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use model::text::Catalogue;

pub(crate) use file::set_password;
pub(crate) use keys::{KEYS, Key, Kind};
pub(crate) use resolve::{Given, Resolved, data_folder, resolve};

use crate::failure::Result;
use crate::node_red::{NodeRedCredentials, UserFolder, find_flow_file};
use crate::storage;
use crate::storage::context_stores::StoreSettings;
use crate::users::Users;

/// The name of the settings file in the data folder.
pub(crate) const FILE: &str = "wireloom.toml";

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("settings.unknown-key", "{path}, line {line}: there is no setting {key}; `wireloom config` lists all"),
    ("settings.not-toml", "{path}: {reason}"),
    ("settings.unreadable", "cannot read {path}: {reason}"),
    ("settings.unwritable", "cannot write {path}: {reason}"),
    ("settings.value", "{origin}: {key} is {value}; it must be {expected}"),
    (
        "settings.node-red-auth",
        "{origin}: this cannot be taken ({reason}), and without it everybody would be let in: set users in wireloom.toml (`wireloom passwd`, `[[users]]`; for HTTP nodes http-node-user, which lets everybody in where it stands there empty), which then count in its place",
    ),
    ("settings.no-home", "there is no home folder; say with --data where the flows are to be kept"),
];

/// What is in force, typed. It holds secrets, so it cannot be printed as a whole.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The folder that holds flows, revisions, credentials and what the broker keeps.
    pub(crate) data: PathBuf,
    /// The address that the editor, API and HTTP nodes listen on.
    pub(crate) host: IpAddr,
    /// Their port; 0 lets the system choose.
    pub(crate) port: u16,
    /// The address that the broker listens on.
    pub(crate) mqtt_host: IpAddr,
    /// The broker's port; none for no broker.
    pub(crate) mqtt_port: Option<u16>,
    /// Who may use the broker: name and password (or its hash); none for everybody who reaches it.
    pub(crate) mqtt_user: Option<(String, String)>,
    /// No editor; the API and HTTP nodes stay.
    pub(crate) headless: bool,
    /// Which log entries are shown, as a filter of the `tracing` crates.
    pub(crate) log: String,
    /// Who may use the admin API.
    pub(crate) users: Users,
    /// How long a log-in lasts.
    pub(crate) session_lifetime: Duration,
    /// What stands before the paths of HTTP nodes: empty, or such as `/red`.
    pub(crate) http_node_root: String,
    /// Name and password hash that HTTP nodes ask for; none for everybody who reaches them.
    pub(crate) http_node_user: Option<(String, String)>,
    /// The file of the flows.
    pub(crate) flow_file: PathBuf,
    /// A text that seals credentials; none for a key in the data folder.
    pub(crate) credential_key: Option<String>,
    /// The secret of Node-RED's credential file, where it stands in no file of its folder.
    pub(crate) node_red_secret: Option<String>,
    /// The context stores.
    pub(crate) context_stores: StoreSettings,
    /// Names under which browsers may reach the server, besides IP addresses and `localhost`.
    pub(crate) allowed_hosts: Vec<String>,
    /// How many revisions of the flows are kept.
    pub(crate) revisions_kept: usize,
    /// How long a stop or deploy waits for messages on their way.
    pub(crate) drain_timeout: Duration,
    /// Messages that may be on their way in one cell.
    pub(crate) credits_per_cell: usize,
    /// Whether flows may be stopped and started.
    pub(crate) runtime_state: bool,
    /// Whether function nodes may use modules.
    pub(crate) function_modules: bool,
    /// Messages that one node keeps at most.
    pub(crate) buffer_limit: usize,
    /// Threads for flows; none for the engine's own choice.
    pub(crate) worker_threads: Option<usize>,
    /// The folder that file nodes look for files in; none for the one that the server was started in.
    pub(crate) files_folder: Option<PathBuf>,
    /// How long http request nodes wait for an answer.
    pub(crate) http_request_timeout: Duration,
    /// Messages that wait for one connection of a tcp request node.
    pub(crate) tcp_queue: usize,
}

impl Settings {
    /// Types what was found.
    ///
    /// # Errors
    /// The first value that does not fit, with its place.
    pub(crate) fn of(resolved: &mut Resolved) -> Result<Self> {
        let list = |text: String| {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
        };
        let users = access::users(resolved)?;
        access::close_host(resolved, &users);
        let mqtt_user: String = resolved.typed("mqtt-user")?;
        let mqtt_password: String = resolved.typed("mqtt-password")?;
        let workers: usize = resolved.typed("worker-threads")?;
        let flow_file = flow_file(resolved)?;
        let files_folder: String = resolved.typed("files-folder")?;
        Ok(Self {
            data: resolved.data.clone(),
            host: resolved.typed("host")?,
            port: resolved.typed("port")?,
            mqtt_host: resolved.typed("mqtt-host")?,
            mqtt_port: match resolved.text("mqtt-port") {
                "off" => None,
                _ => Some(resolved.typed("mqtt-port")?),
            },
            mqtt_user: (!mqtt_user.is_empty()).then_some((mqtt_user, mqtt_password)),
            headless: resolved.typed("headless")?,
            log: resolved.typed("log")?,
            users,
            session_lifetime: access::session_lifetime(resolved)?,
            http_node_root: root(resolved.text("http-node-root")),
            http_node_user: access::http_node_user(resolved)?,
            flow_file,
            credential_key: resolved.some("credential-key"),
            node_red_secret: resolved.some("node-red-secret"),
            context_stores: context_stores(resolved)?,
            allowed_hosts: list(resolved.typed("allowed-hosts")?),
            revisions_kept: resolved.typed("revisions-kept")?,
            drain_timeout: Duration::from_secs(resolved.typed("drain-timeout-seconds")?),
            credits_per_cell: resolved.typed("credits-per-cell")?,
            runtime_state: resolved.typed("runtime-state")?,
            function_modules: resolved.typed("function-modules")?,
            buffer_limit: resolved.typed("buffer-limit")?,
            worker_threads: (workers > 0).then_some(workers),
            files_folder: (!files_folder.is_empty()).then(|| files_folder.into()),
            http_request_timeout: Duration::from_secs(resolved.typed("http-request-timeout-seconds")?),
            tcp_queue: resolved.typed("tcp-queue")?,
        })
    }

    /// How the storage keeps things. `folder` is the data folder as Node-RED's, if it is that.
    pub(crate) fn storage(&self, folder: Option<&UserFolder>) -> storage::Options {
        let node_red = folder.map(|folder| {
            let file = UserFolder::credential_file(&self.data, &self.flow_file);
            NodeRedCredentials::of(file, folder.secrets(self.node_red_secret.as_deref()))
        });
        storage::Options {
            folder: self.data.clone(),
            flow_file: self.flow_file.clone(),
            revisions_kept: self.revisions_kept,
            credential_key: self.credential_key.clone(),
            node_red,
        }
    }
}

/// The file of the flows.
///
/// # Errors
/// The data folder is one of Node-RED's, and there are several that could be it.
pub(crate) fn flow_file(resolved: &Resolved) -> Result<PathBuf> {
    match resolved.some("flow-file") {
        Some(name) => Ok(resolved.data.join(name)),
        None => find_flow_file(&resolved.data),
    }
}

/// A path without a slash at its end, and with one at its beginning if anything is left.
fn root(text: &str) -> String {
    match text.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}

/// Our own setting wins over Node-RED's.
fn context_stores(resolved: &Resolved) -> Result<StoreSettings> {
    let interval = Duration::from_secs(resolved.typed("context-flush-seconds")?);
    let text = resolved.text("context-stores");
    let theirs = resolved.node_red.as_ref().filter(|_| text.is_empty());
    let theirs = theirs.map(|folder| folder.context_stores()).transpose()?.flatten();
    match theirs {
        Some(stores) => Ok(stores),
        None => StoreSettings::parse(text, interval, &resolved.data, resolved.origin("context-stores")),
    }
}

/// What is in force and where each value came from, as `wireloom.toml` would have it.
pub(crate) fn shown(resolved: &Resolved) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail; so below.
    let _ = writeln!(text, "# data folder: {} ({})", resolved.data.display(), resolved.data_origin);
    for (key, value, origin) in &resolved.values {
        let value = match key.kind {
            _ if key.secret && !value.is_empty() => "\"***\"".to_owned(),
            Kind::Switch | Kind::Number(..) => value.clone(),
            Kind::PortOrOff if value != "off" => value.clone(),
            _ => format!("{value:?}"),
        };
        let _ = writeln!(text, "{:<40} # {origin}", format!("{} = {value}", key.path));
    }
    text
}
