//! `watch`: hears of changes to files and folders.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskNode};
use engine::observe::{Level, Status};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value, js};
use indexmap::IndexSet;
use model::descriptor::{Label, NodeDescriptor};
use model::text::{Catalogue, Text};
use notify::{Event, EventKind, RecursiveMode, Watcher};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::file_name;
use crate::config::{flag, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "watch", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("watch.label", "watch"),
    ("watch.no-files", "no file or folder is named"),
    ("watch.failed", "{path} cannot be watched: {error}"),
    ("watch.overflow", "more files changed at once than can be remembered, so some changes were missed"),
];

/// So many changes may wait to be told; with more, some are missed, and the log says so.
const CHANGE_LIMIT: usize = 10_000;

/// Changes of a file that follow each other so fast are told once.
const QUIET: Duration = Duration::from_millis(200);

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
struct Config {
    /// # Files or folders
    /// With commas between.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("minLength" = 1))]
    files: String,
    /// # Folders inside of folders too
    #[serde(deserialize_with = "flag")]
    recursive: bool,
}

const HELP: &str = "\
Sends a message when a file changes, comes or goes; for a folder, when that happens to a file in it.

**Sends** `msg.payload` and `msg.filename`, the path of the file; `msg.file`, its name; `msg.topic`, what is watched; \
`msg.event`, `update` or `remove`; `msg.type`, `file`, `directory` or `none` when it is gone; and `msg.size` in bytes.

Changes that follow each other within 200 ms are told once. What is not there yet is looked for again after a while.

**Example**: watch a folder for uploads, then a file in node.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        inputs: 0,
        label: Label { properties: vec!["name".into(), "files".into()], fallback: Text::key("watch.label") },
        ..Face { type_name: NODE.name, category: "storage", colour: "#dbb84d", icon: "eye", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let files: Vec<String> =
        config.files.split(',').map(|file| file.trim().to_owned()).filter(|file| !file.is_empty()).collect();
    if files.is_empty() {
        return Err(BuildError::at("files", Text::key("watch.no-files")));
    }
    Built::task(Watch { files, is_recursive: config.recursive })
}

struct Watch {
    files: Vec<String>,
    is_recursive: bool,
}

impl TaskNode for Watch {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let (changes, mut heard) = mpsc::channel(CHANGE_LIMIT);
            // Looking through folders takes time: not on the threads that run flows.
            let (files, is_recursive) = (self.files.clone(), self.is_recursive);
            let watching = tokio::task::spawn_blocking(move || watch(&files, is_recursive, changes));
            let _watcher = watching.await.map_err(|error| NodeError::literal(error.to_string()))??;
            context.out.status(Status::clear());
            let topic = match &self.files[..] {
                [only] => only.clone(),
                several => {
                    let several: Value = several.iter().map(|file| Value::from(file.as_str())).collect();
                    js::stringify(&several, 0).unwrap_or_default()
                }
            };
            let stopping = context.stopping();
            tokio::pin!(stopping);
            loop {
                let first = tokio::select! {
                    () = &mut stopping => return Ok(()),
                    change = heard.recv() => match change {
                        Some(change) => change,
                        None => return Ok(()),
                    },
                    () = context.without_input() => return Ok(()),
                };
                let mut changed = IndexSet::new();
                let mut has_missed = false;
                let mut note = |change| match change {
                    Change::Of(path) => drop(changed.insert(path)),
                    Change::Missed => has_missed = true,
                };
                note(first);
                tokio::time::sleep(QUIET).await;
                for _ in 0..CHANGE_LIMIT {
                    match heard.try_recv() {
                        Ok(change) => note(change),
                        Err(_) => break,
                    }
                }
                if has_missed {
                    context.out.log(Level::Warn, Text::key("watch.overflow"));
                }
                for path in changed {
                    let message = describe_change(&path, &topic).await;
                    tokio::select! {
                        () = &mut stopping => return Ok(()),
                        delivery = context.out.admit() => match delivery {
                            Some(delivery) => {
                                let _ = context.out.send(0, message.under(delivery)).await;
                            }
                            None => return Ok(()),
                        },
                    }
                }
            }
        })
    }
}

enum Change {
    Of(PathBuf),
    /// The system could not remember them all.
    Missed,
}

/// Starts watching. Of a file, the folder around it is watched: editors replace files.
fn watch(
    files: &[String],
    is_recursive: bool,
    changes: mpsc::Sender<Change>,
) -> Result<impl Watcher + use<>, NodeError> {
    let mut names: Vec<(PathBuf, Option<OsString>)> = Vec::new();
    for file in files {
        let path = PathBuf::from(file);
        let name = if path.is_dir() { None } else { path.file_name().map(ToOwned::to_owned) };
        let folder = match &name {
            Some(_) => path.parent().map(Path::to_owned).unwrap_or_default(),
            None => path,
        };
        names.push((folder, name));
    }
    let wanted = names.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let found = match event {
            Ok(event) if event.need_rescan() => vec![Change::Missed],
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => Vec::new(),
            Ok(event) => {
                let paths = event.paths.into_iter().filter_map(|path| told(&path, &wanted));
                paths.map(Change::Of).collect()
            }
            Err(_) => vec![Change::Missed],
        };
        for change in found {
            // It must not wait: the system's own queue would run over.
            let _ = changes.try_send(change);
        }
    })
    .map_err(|error| failed(&files.join(", "), &error))?;
    for ((folder, name), file) in names.iter().zip(files) {
        let mode = match (is_recursive, name) {
            (true, None) => RecursiveMode::Recursive,
            _ => RecursiveMode::NonRecursive,
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        if name.is_some() && !Path::new(file).exists() {
            let error = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(failed(file, &error.into()));
        }
        watcher.watch(folder, mode).map_err(|error| failed(file, &error))?;
    }
    Ok(watcher)
}

/// The path as it is told, if it is one of those that are watched.
fn told(path: &Path, wanted: &[(PathBuf, Option<OsString>)]) -> Option<PathBuf> {
    wanted.iter().find_map(|(folder, name)| match name {
        Some(name) => {
            let is_it = path.file_name() == Some(name)
                && path.parent().is_some_and(|parent| {
                    parent == folder || (folder.as_os_str().is_empty() && parent == Path::new("."))
                });
            is_it.then(|| folder.join(name))
        }
        None => path.starts_with(folder).then(|| path.to_owned()),
    })
}

fn failed(path: &str, error: &notify::Error) -> NodeError {
    let text = NodeError::key("watch.failed").with("path", path);
    match &error.kind {
        notify::ErrorKind::Io(error) => text.with("error", error).coded(file_name::code(error)),
        kind => text.with("error", format!("{kind:?}")),
    }
}

async fn describe_change(path: &Path, topic: &str) -> Message {
    let shown = path.to_string_lossy();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut message = Message::with_payload(&*shown);
    message.set("topic", topic);
    message.set("file", &*name);
    message.set("filename", &*shown);
    let found = tokio::fs::metadata(path).await.ok();
    message.set("event", if found.is_some() { "update" } else { "remove" });
    let kind = match &found {
        Some(found) if found.is_file() => {
            message.set("size", found.len() as f64);
            "file"
        }
        Some(found) if found.is_dir() => "directory",
        Some(found) => special(found),
        None => "none",
    };
    message.set("type", kind);
    message
}

#[cfg(unix)]
fn special(found: &std::fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = found.file_type();
    match () {
        () if kind.is_block_device() => "blockdevice",
        () if kind.is_char_device() => "characterdevice",
        () if kind.is_socket() => "socket",
        () if kind.is_fifo() => "fifo",
        () => "n/a",
    }
}

#[cfg(not(unix))]
fn special(_found: &std::fs::Metadata) -> &'static str {
    "n/a"
}
