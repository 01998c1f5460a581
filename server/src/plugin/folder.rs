//! Plugins come, change and go: at the start, in the folder, through the API. What uses them follows.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::records::{FILE, name_of};
use super::{Change, Plugins, Running};
use crate::app::App;
use crate::failure::{Failure, Result};
use crate::flows::{Wanted, blocking};

/// A file is taken once nothing happened to it for this long: until then somebody may be writing it.
const QUIET: Duration = Duration::from_millis(400);

/// Loads the plugins of the data folder and follows what happens there. What cannot be loaded is logged.
pub(crate) async fn start(app: &App) {
    let plugins = app.plugins.clone();
    if let Err(failure) = blocking(move || plugins.load_all().map(|_| ())).await {
        tracing::error!("{failure}");
    }
    let seen = Arc::<Seen>::default();
    match watch(&app.plugins, seen.clone()) {
        // It watches as long as the task lives.
        Ok(watcher) => drop(tokio::spawn(follow(app.clone(), seen, watcher))),
        Err(failure) => tracing::warn!("{failure}"),
    }
}

/// What happened in the folder and was not looked at yet.
#[derive(Default)]
struct Seen {
    names: Mutex<BTreeSet<String>>,
    /// Told when there is something.
    news: Notify,
}

/// Stands for all plugins: the records changed.
const ALL: &str = "";

impl Seen {
    fn note(&self, event: &Event) {
        let is_change = matches!(
            event.kind,
            EventKind::Create(_)
                | EventKind::Modify(_)
                | EventKind::Remove(_)
                | EventKind::Access(AccessKind::Close(AccessMode::Write))
                | EventKind::Any
                | EventKind::Other
        );
        let named = event.paths.iter().filter_map(|path| match path.file_name()?.to_str()? {
            FILE => Some(ALL.to_owned()),
            _ => name_of(path),
        });
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let before = names.len();
        names.extend(named.filter(|_| is_change));
        // The system forgot something: look at everything.
        names.extend(event.need_rescan().then(|| ALL.to_owned()));
        if names.len() > before || (is_change && !names.is_empty()) {
            self.news.notify_one();
        }
    }

    fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.names.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn watch(plugins: &Plugins, seen: Arc<Seen>) -> Result<RecommendedWatcher> {
    let folder = plugins.place().folder();
    fs::create_dir_all(&folder).map_err(|error| Failure::file("storage.unwritable", &folder, error))?;
    let watched = || -> notify::Result<RecommendedWatcher> {
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if let Ok(event) = event {
                seen.note(&event);
            }
        })?;
        watcher.watch(&folder, RecursiveMode::NonRecursive)?;
        watcher.watch(plugins.place().data(), RecursiveMode::NonRecursive)?;
        Ok(watcher)
    };
    watched().map_err(|error| Failure::file("plugins.watch", &folder, error))
}

async fn follow(app: App, seen: Arc<Seen>, _watcher: RecommendedWatcher) {
    loop {
        seen.news.notified().await;
        while timeout(QUIET, seen.news.notified()).await.is_ok() {}
        let (plugins, names) = (app.plugins.clone(), seen.take());
        let looked = blocking(move || match names.contains(ALL) {
            true => plugins.load_all(),
            false => names.iter().map(|name| plugins.reload(name)).filter_map(Result::transpose).collect(),
        });
        match looked.await {
            Ok(changes) => announce(&app, &changes).await,
            Err(failure) => tracing::error!("{failure}"),
        }
        tell_state(&app);
    }
}

/// Builds the nodes of changed plugins anew, with all that waits in them, and tells the editors.
pub(crate) async fn announce(app: &App, changes: &[Change]) {
    if changes.is_empty() {
        return;
    }
    let in_force = app.flows.in_force().await;
    let types: BTreeSet<&str> = changes
        .iter()
        .flat_map(|change| [&change.before, &change.now])
        .filter_map(|running| Some(running.as_ref()?.type_name.as_str()))
        .collect();
    if in_force.document.nodes().iter().any(|node| types.contains(node.type_name()))
        && let Err(error) = app.flows.deploy(Wanted::Same).await
    {
        tracing::error!("{error:?}");
    }
    for change in changes {
        tell(app, change);
    }
}

/// Tells the editors of one change, as Node-RED does of its modules.
fn tell(app: &App, change: &Change) {
    let set = |running: &Running| node_set(app, &change.name, running);
    let publish =
        |what: &str, data: Value| app.hub.publish(&format!("notification/node/{what}"), data, false);
    match (&change.before, &change.now) {
        (Some(before), Some(now)) if before.type_name == now.type_name => {
            tracing::info!("plugin {}: version {} in place of {}", change.name, now.version, before.version);
            publish("upgraded", json!({ "module": change.name, "version": now.version }));
        }
        (before, now) => {
            if let Some(before) = before {
                tracing::info!("plugin {}: the node type {} is gone", change.name, before.type_name);
                publish("removed", json!([set(before)]));
            }
            if let Some(now) = now {
                tracing::info!(
                    "plugin {}: the node type {}, version {}",
                    change.name,
                    now.type_name,
                    now.version
                );
                publish("added", json!([set(now)]));
            }
        }
    }
}

/// Tells the editors to ask again what plugins there are: also where nothing runs that did not run before.
pub(crate) fn tell_state(app: &App) {
    app.hub.publish("notification/plugins", json!({}), false);
}

/// A plugin as one of Node-RED's node sets.
pub(crate) fn node_set(app: &App, name: &str, running: &Running) -> Value {
    let type_name = &running.type_name;
    json!({
        "id": format!("{name}/{type_name}"),
        "name": type_name,
        "types": [type_name],
        "enabled": app.registry.is_enabled(type_name),
        "local": true,
        "user": true,
        "module": name,
        "version": running.version,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use notify::event::CreateKind;

    use super::*;

    #[test]
    fn only_components_and_records_are_news() {
        let seen = Seen::default();
        let event = |kind, path: &str| Event::new(kind).add_path(Path::new(path).to_owned());
        let created = EventKind::Create(CreateKind::File);
        for path in ["/d/plugins/.lock", "/d/plugins/.cbor.wasm.new", "/d/flows.json", "/d/plugins/notes.txt"]
        {
            seen.note(&event(created, path));
        }
        seen.note(&event(EventKind::Access(AccessKind::Read), "/d/plugins/cbor.wasm"));
        assert!(seen.take().is_empty());
        seen.note(&event(created, "/d/plugins/cbor.wasm"));
        seen.note(&event(created, "/d/plugins.json"));
        assert_eq!(seen.take(), BTreeSet::from([ALL.to_owned(), "cbor".to_owned()]));
    }
}
