//! From what lies in the folder and what was approved to what runs.

use std::fs;
use std::io;
use std::sync::PoisonError;

use model::text::Text;
use plugins::{Capabilities, Plugin};

use super::{Change, Entry, Plugins, Record, Running, State, approve, hash, listed};
use crate::failure::{Failure, Result};

impl Plugins {
    /// Compares file, record and registry of a plugin, and makes the registry what the other two say.
    pub(super) fn look(&self, name: &str) -> Result<Option<Change>> {
        let locked = self.place.lock()?;
        let kept = self.place.records()?.remove(name);
        let before = self.list().remove(name).and_then(|entry| entry.running);
        let Some(mut seen) = self.see(name, kept.as_ref()) else {
            self.known.write().unwrap_or_else(PoisonError::into_inner).remove(name);
            return Ok(self.unload(name, before));
        };
        let mut record = kept.clone().map(|kept| kept.of_file(&seen.sha256));
        if record != kept {
            locked.set(name, record.clone())?;
        }
        if let (State::Running, Some(plugin)) = (&seen.state, &seen.plugin)
            && record.is_none()
        {
            let new = approve(name, plugin, Capabilities::default(), "folder".into())?;
            locked.set(name, Some(new.clone()))?;
            record = Some(new);
        }
        let wanted = match (&seen.state, &seen.plugin, &record) {
            (State::Running, Some(plugin), Some(record)) => Some((plugin.clone(), record.grants.clone())),
            _ => None,
        };
        let keeps_running = match &seen.state {
            // What runs was approved; what lies there now was not, or is not whole yet.
            State::Changed(_) | State::Broken(_) => true,
            State::Waiting(_) => record.as_ref().map(|record| &record.sha256) != Some(&seen.sha256),
            State::Running | State::Missing(_) => false,
        };
        let now = match wanted {
            Some((plugin, grants)) => match self.put_in_force(&plugin, grants, before.as_ref()) {
                Ok(running) => Some(running),
                Err(text) => {
                    seen.state = State::Broken(text);
                    None
                }
            },
            None => before.clone().filter(|_| keeps_running),
        };
        if let Some(problem) = seen.state.problem() {
            tracing::warn!("{}", crate::texts::render(problem));
        }
        seen.running = now.clone();
        seen.record = record;
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), seen);
        if let Some(former) =
            before.as_ref().filter(|former| now.as_ref().is_none_or(|now| now.type_name != former.type_name))
        {
            self.registry.remove_plugin(&former.type_name);
        }
        Ok((before != now).then(|| Change { name: name.to_owned(), before, now }))
    }

    fn unload(&self, name: &str, before: Option<Running>) -> Option<Change> {
        let before = before?;
        self.registry.remove_plugin(&before.type_name);
        Some(Change { name: name.to_owned(), before: Some(before), now: None })
    }

    /// Puts a plugin into the registry, unless it is there already.
    fn put_in_force(
        &self,
        plugin: &Plugin,
        grants: Capabilities,
        before: Option<&Running>,
    ) -> std::result::Result<Running, Text> {
        let type_name = plugin.descriptor().type_name.clone();
        let (version, sha256) = (plugin.version().to_owned(), plugin.sha256().to_owned());
        let running = Running { type_name, version, sha256, grants: grants.clone() };
        if before != Some(&running) && !self.registry.add_plugin(plugin.factory(grants)) {
            return Err(Text::key("plugins.built-in").with("type", &running.type_name));
        }
        Ok(running)
    }

    /// What a plugin's file is; none where there is neither file nor record.
    fn see(&self, name: &str, record: Option<&Record>) -> Option<Entry> {
        let path = self.place.file(name);
        let before = self.list().remove(name);
        let entry =
            |plugin, state, sha256, size| Entry { plugin, record: None, state, sha256, size, running: None };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                record?;
                let text = Text::key("plugins.missing").with("name", name).with("path", path.display());
                return Some(entry(None, State::Missing(text), String::new(), 0));
            }
            Err(error) => {
                let text = Failure::file("plugins.unreadable", &path, error).0;
                return Some(entry(None, State::Broken(text), String::new(), 0));
            }
        };
        let (sha256, size) = (hash(&bytes), bytes.len());
        let same = before.filter(|before| before.sha256 == sha256).and_then(|before| before.plugin);
        let loaded = match same {
            Some(plugin) => Ok(plugin),
            None => self.host().and_then(|host| Ok(host.load(&bytes)?)),
        };
        Some(match loaded {
            Ok(plugin) => {
                let state = self.state_of(name, &plugin, &sha256, record);
                entry(Some(plugin), state, sha256, size)
            }
            Err(failure) => entry(None, State::Broken(failure.0), sha256, size),
        })
    }

    fn state_of(&self, name: &str, plugin: &Plugin, sha256: &str, record: Option<&Record>) -> State {
        let type_name = &plugin.descriptor().type_name;
        if self.registry.is_built_in(type_name) {
            return State::Broken(Text::key("plugins.built-in").with("type", type_name));
        }
        if let Some((owner, _)) = self.of_type(type_name).filter(|(owner, _)| owner != name) {
            let text =
                Text::key("plugins.clash").with("name", name).with("type", type_name).with("owner", owner);
            return State::Broken(text);
        }
        approval(name, plugin, sha256, record)
    }
}

/// Whether a plugin with this file may run: it is the one that was approved, with all that it asks for.
pub(super) fn approval(name: &str, plugin: &Plugin, sha256: &str, record: Option<&Record>) -> State {
    let record = record.cloned().map(|record| record.of_file(sha256));
    if record.as_ref().is_some_and(|record| record.sha256 != sha256) {
        return State::Changed(Text::key("plugins.changed").with("name", name));
    }
    let nothing = Capabilities::default();
    let missing = plugin.requests().missing_in(record.as_ref().map_or(&nothing, |record| &record.grants));
    match missing.is_empty() {
        true => State::Running,
        false => State::Waiting(
            Text::key("plugins.waiting").with("name", name).with("capabilities", listed(&missing)),
        ),
    }
}
