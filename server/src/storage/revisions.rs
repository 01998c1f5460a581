//! Revisions: one file each, `revisions/<milliseconds since 1970>-<start of rev>.json`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use model::document::Document;

use super::atomic::{self, Access};
use super::{Revision, hold};
use crate::failure::{Failure, Result};

/// Enough of the 64 digits of a `rev` to tell revisions apart.
const REV_DIGITS: usize = 16;

/// The file of the revision `id`.
pub(super) fn path(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.json"))
}

/// Whether the newest revision is that of these flows.
pub(super) fn is_newest(folder: &Path, rev: &str) -> Result<bool> {
    Ok(list(folder)?.first().is_some_and(|newest| newest.rev == start_of(rev)))
}

fn start_of(rev: &str) -> &str {
    &rev[..REV_DIGITS.min(rev.len())]
}

/// Keeps flows as the newest revision, unless they are that already. In one line: a third of the flow file.
pub(super) fn keep(folder: &Path, rev: &str, document: &Document) -> Result<()> {
    let newest = list(folder)?.into_iter().next();
    let rev = start_of(rev);
    if newest.as_ref().is_some_and(|revision| revision.rev == rev) {
        return Ok(());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis());
    // Newer than the newest even where the clock went back.
    let time = u64::try_from(now).unwrap_or(u64::MAX).max(newest.map_or(0, |revision| revision.time + 1));
    let path = path(folder, &format!("{time:013}-{rev}"));
    fs::create_dir_all(folder)
        .and_then(|()| atomic::write_parts(&path, document.text_parts(), Access::Usual))
        .map_err(|error| Failure::file("storage.unwritable", &path, error))
}

/// All revisions, newest first.
pub(super) fn list(folder: &Path) -> Result<Vec<Revision>> {
    let unreadable = |error: io::Error| Failure::file("storage.unreadable", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut revisions = Vec::new();
    for entry in entries {
        revisions.extend(entry.map_err(unreadable)?.file_name().to_str().and_then(revision));
    }
    revisions.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
    Ok(revisions)
}

/// Reads a file name; none for files that are no revisions.
fn revision(name: &str) -> Option<Revision> {
    let id = name.strip_suffix(".json")?;
    let (time, rev) = id.split_once('-')?;
    let is_rev = rev.len() == REV_DIGITS && rev.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_rev.then_some(Revision { id: id.to_owned(), time: time.parse().ok()?, rev: rev.to_owned() })
}

/// Removes the oldest ones past `kept`.
pub(super) fn prune(folder: &Path, kept: usize) -> Result<()> {
    for revision in list(folder)?.iter().skip(kept.max(1)) {
        let path = path(folder, &revision.id);
        hold::step("before a revision goes");
        fs::remove_file(&path).map_err(|error| Failure::file("storage.unwritable", &path, error))?;
    }
    Ok(())
}
