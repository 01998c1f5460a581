//! Storage in a folder: the flow file (as Node-RED writes it), `credentials.json`, `revisions/`.
//!
//! In a Node-RED user folder the flow file is shared with it, and new credentials in its credential file are taken
//! over; that one, and every other file of Node-RED, is never written to.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use model::document::Document;

use super::atomic::{self, Access, Prepared};
use super::credential_file::{CredentialFile, Seen};
use super::key::Keys;
use super::{Credentials, Options, Revision, Storage, Stored, revisions};
use crate::failure::{Failure, Result};
use crate::node_red::{self, NodeRedCredentials};
use crate::source;

/// So many parts of the flow file's text may wait to be written.
const PARTS_AHEAD: usize = 4;

pub(super) struct Files {
    folder: PathBuf,
    flow_file: PathBuf,
    revisions_kept: usize,
    keys: Keys,
    node_red: Option<NodeRedCredentials>,
    /// What the last load saw of Node-RED's credentials; noted down by the next save.
    seen: Mutex<Option<Seen>>,
    /// One save at a time: it writes a file beside the flow file.
    turn: Mutex<()>,
    /// What the last save left to do. Who holds it may change what is in force.
    saving: Mutex<Option<Left>>,
    /// Held as long as the process lives; keeps another one out of the folder.
    _lock: File,
}

/// What is still to be done of a save once the flow file is written.
struct Left {
    /// The flows in force, to be kept as a revision.
    document: Document,
    /// Whether credentials of the flows before are still there.
    has_old_credentials: bool,
    /// The flow file before, whose space is free once this is let go of.
    former_file: Option<File>,
}

impl Files {
    pub(super) fn open(options: Options) -> Result<Self> {
        let Options { folder, flow_file, revisions_kept, credential_key, node_red } = options;
        let unwritable = |error: io::Error| Failure::file("storage.unwritable", &folder, error);
        fs::create_dir_all(&folder).map_err(unwritable)?;
        let lock = File::create(folder.join("wireloom.lock")).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::key("storage.in-use").with("path", folder.display()));
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
        }
        let keys = Keys::of(&folder, credential_key);
        let (seen, turn, saving) = Default::default();
        Ok(Self { folder, flow_file, revisions_kept, keys, node_red, seen, turn, saving, _lock: lock })
    }

    fn credentials(&self) -> PathBuf {
        self.folder.join("credentials.json")
    }

    fn revisions_folder(&self) -> PathBuf {
        self.folder.join("revisions")
    }

    fn text_file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// `own` with what changed in Node-RED's credential file since it was last looked at.
    fn with_node_red(&self, own: Credentials, before: Option<&Seen>) -> Result<Credentials> {
        let Some(file) = &self.node_red else { return Ok(own) };
        let Some((digest, text)) = file.read()? else { return Ok(own) };
        // Cut off by a crash or a full disk: nobody took credentials away.
        if text.trim_start_matches('\u{feff}').trim().is_empty() {
            return Ok(own);
        }
        if before.is_some_and(|seen| seen.digest == digest) {
            return Ok(own);
        }
        let theirs = file.open(&text)?;
        let none = Credentials::new();
        let merged = node_red::merge(&own, &theirs, before.map_or(&none, |seen| &seen.credentials));
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Seen { digest, credentials: theirs });
        Ok(merged)
    }

    /// Does what the last save left to do; first of all it keeps the flows in force as a revision. That comes before
    /// other flows take their place, and as long as they are in force the flow file has them.
    fn finish(&self, left: &mut Option<Left>) -> Result<()> {
        let Some(Left { document, has_old_credentials, former_file }) = left.as_mut() else { return Ok(()) };
        // First: on a small disk the revision may need its space.
        *former_file = None;
        let rev = document.rev();
        revisions::keep(&self.revisions_folder(), &rev, document)?;
        let tidied = match has_old_credentials {
            true => self.forget_credentials_before(&rev),
            false => Ok(()),
        };
        *left = None;
        let pruned = revisions::prune(&self.revisions_folder(), self.revisions_kept);
        for error in [tidied, pruned].into_iter().filter_map(Result::err) {
            tracing::warn!("the flows are saved, but what is no longer needed could not be removed: {error}");
        }
        Ok(())
    }

    fn forget_credentials_before(&self, rev: &str) -> Result<()> {
        let path = self.credentials();
        let mut credentials = CredentialFile::read(&path, &self.keys)?;
        match credentials.forget_all_but(rev) {
            true => write(&path, &credentials.write(&self.keys)?, Access::Private),
            false => Ok(()),
        }
    }

    fn saving(&self) -> MutexGuard<'_, Option<Left>> {
        self.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for Files {
    fn load(&self) -> Result<Option<Stored>> {
        let mut left = self.saving();
        let Some(document) = read_document(&self.flow_file)? else {
            return check_backup(&self.flow_file).map(|()| None);
        };
        let file = CredentialFile::read(&self.credentials(), &self.keys)?;
        let credentials = self.with_node_red(file.of(&document.rev()), file.node_red())?;
        // The machine stopped before they were kept, or somebody else wrote them.
        if left.is_none() && !revisions::is_newest(&self.revisions_folder(), &document.rev())? {
            *left = Some(Left { document: document.clone(), has_old_credentials: true, former_file: None });
        }
        Ok(Some(Stored { document, credentials }))
    }

    fn save(&self, stored: &Stored) -> Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let document = &stored.document;
        std::thread::scope(|scope| {
            // It takes as long as all the rest, so it is done meanwhile, the text on one thread and the file on another; it
            // takes its place when the rest is done.
            let (parts, written_out) = mpsc::sync_channel(PARTS_AHEAD);
            // Nobody takes the parts any more where the file cannot be written.
            let writing_out = scope.spawn(move || {
                let _ = document.pretty_parts().try_for_each(|part| parts.send(part));
            });
            let writing = scope.spawn(|| atomic::prepare(&self.flow_file, written_out, Access::Usual));
            let mut left = self.saving();
            self.finish(&mut left)?;
            let rev = document.rev();

            // The credentials of both the old and the new flows are there while either may be in force.
            let path = self.credentials();
            let mut credentials = CredentialFile::read(&path, &self.keys)?;
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let is_sealed_wrong = credentials.is_sealed_wrong(&self.keys);
            if credentials.add(&rev, &stored.credentials) | credentials.note(seen.as_ref()) | is_sealed_wrong
            {
                write(&path, &credentials.write(&self.keys)?, Access::Private)?;
            }
            // A text that a panic cut short must not become the flow file.
            let (written_out, written) = (writing_out.join(), writing.join());
            let written = written_out.and(written).unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let former_file = written
                .and_then(Prepared::put_in_place)
                .map_err(|error| Failure::file("storage.unwritable", &self.flow_file, error))?;
            let has_old_credentials = credentials.forget_all_but(&rev);
            *left = Some(Left { document: document.clone(), has_old_credentials, former_file });
            Ok(())
        })
    }

    fn tidy(&self) -> Result<()> {
        self.finish(&mut self.saving())
    }

    fn revisions(&self) -> Result<Vec<Revision>> {
        if let Err(error) = self.tidy() {
            tracing::warn!("the flows in force are saved, but not kept as a revision yet: {error}");
        }
        revisions::list(&self.revisions_folder())
    }

    fn revision(&self, id: &str) -> Result<Option<Document>> {
        match self.revisions()?.iter().any(|revision| revision.id == id) {
            true => read_document(&revisions::path(&self.revisions_folder(), id)),
            false => Ok(None),
        }
    }

    fn text(&self, name: &str) -> Result<Option<String>> {
        read_text(&self.text_file(name))
    }

    fn set_text(&self, name: &str, text: &str) -> Result<()> {
        let _turn = self.saving();
        write(&self.text_file(name), text, Access::Private)
    }
}

fn write(path: &Path, text: &str, access: Access) -> Result<()> {
    atomic::write(path, text.as_bytes(), access)
        .map_err(|error| Failure::file("storage.unwritable", path, error))
}

/// The file's text; none where there is no file.
pub(super) fn read_text(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("storage.unreadable", path, error)),
    }
}

fn read_document(path: &Path) -> Result<Option<Document>> {
    let Some(text) = read_text(path)? else { return Ok(None) };
    let text = text.trim_start_matches('\u{feff}');
    // Node-RED takes a file without anything in it for no flows.
    if text.trim().is_empty() {
        return Ok(None);
    }
    source::flows(text).map(Some).map_err(|error| Failure::file("storage.not-flows", path, error))
}

/// A flow file that is there and empty was cut off, if the copy that Node-RED keeps of the one before is not.
fn check_backup(path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let backup = path.with_file_name(format!(".{name}.backup"));
    let is_blank = |text: String| text.trim_start_matches('\u{feff}').trim().is_empty();
    if !path.exists() || read_text(&backup)?.is_none_or(is_blank) {
        return Ok(());
    }
    Err(Failure::key("storage.flows-emptied").with("path", path.display()).with("backup", backup.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(name: &str, password: &str) -> Stored {
        let text = format!(r#"[{{"id":"t","type":"tab","label":"{name}","odd":1.0}}]"#);
        let secrets = [("password".to_owned(), password.into())].into();
        Stored { document: Document::parse(&text).unwrap(), credentials: [("t".to_owned(), secrets)].into() }
    }

    #[test]
    fn what_is_saved_is_loaded_again_with_its_credentials() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(Options::of(folder.path(), 10)).unwrap();
        assert_eq!(files.load().unwrap(), None);
        for stored in [stored("one", "a"), stored("two", "b"), stored("two", "c")] {
            files.save(&stored).unwrap();
            assert_eq!(files.load().unwrap(), Some(stored));
        }
        let text = fs::read_to_string(folder.path().join("credentials.json")).unwrap();
        assert!(!text.contains("\"a\"") && !text.contains("\"b\""), "{text}");
        assert!(!fs::read_to_string(folder.path().join("flows.json")).unwrap().contains("password"));
    }

    #[test]
    fn revisions_are_kept_listed_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(Options::of(folder.path(), 2)).unwrap();
        for name in ["one", "two", "two", "three"] {
            files.save(&stored(name, "")).unwrap();
        }
        let revisions = files.revisions().unwrap();
        assert_eq!(revisions.len(), 2);
        assert!(revisions[0].time > revisions[1].time);
        let document = files.revision(&revisions[1].id).unwrap().unwrap();
        assert_eq!(document, stored("two", "").document);
        assert_eq!(files.revision("../flows").unwrap(), None);
    }

    #[test]
    fn flows_that_were_not_kept_in_time_become_a_revision_later() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(Options::of(folder.path(), 9)).unwrap();
        let kept = || revisions::list(&files.revisions_folder()).unwrap().len();
        files.save(&stored("one", "a")).unwrap();
        assert_eq!(kept(), 0);
        files.save(&stored("two", "b")).unwrap();
        assert_eq!(kept(), 1);
        drop(files);
        // As after a crash: the last ones are in the flow file alone.
        let files = Files::open(Options::of(folder.path(), 9)).unwrap();
        assert_eq!(files.load().unwrap(), Some(stored("two", "b")));
        assert_eq!(files.revisions().unwrap().len(), 2);
        fs::write(folder.path().join("flows.json"), r#"[{"id":"t","type":"tab","label":"mine"}]"#).unwrap();
        files.load().unwrap();
        files.save(&stored("three", "c")).unwrap();
        let revisions = files.revisions().unwrap();
        let label = |at: usize| {
            let document = files.revision(&revisions[at].id).unwrap().unwrap();
            document.nodes()[0].name().to_owned()
        };
        assert_eq!((0..4).map(label).collect::<Vec<_>>(), ["three", "mine", "two", "one"]);
    }

    #[test]
    fn flows_edited_by_hand_keep_their_credentials() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(Options::of(folder.path(), 2)).unwrap();
        files.save(&stored("one", "a")).unwrap();
        fs::write(folder.path().join("flows.json"), r#"[{"id":"t","type":"tab","label":"mine"}]"#).unwrap();
        assert_eq!(files.load().unwrap().unwrap().credentials, stored("", "a").credentials);
    }

    #[test]
    fn a_second_process_is_kept_out_and_a_broken_file_named() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(Options::of(folder.path(), 2)).unwrap();
        let error = Files::open(Options::of(folder.path(), 2)).err().unwrap().to_string();
        assert!(error.contains("is in use by another wireloom"), "{error}");
        fs::write(folder.path().join("flows.json"), "[{").unwrap();
        let error = files.load().unwrap_err().to_string();
        assert!(error.contains("flows.json is no flow file: line 1"), "{error}");
    }

    #[test]
    fn an_empty_flow_file_beside_a_copy_of_the_one_before_is_no_start_without_flows() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(Options::of(folder.path(), 2)).unwrap();
        let (path, backup) = (folder.path().join("flows.json"), folder.path().join(".flows.json.backup"));
        fs::write(&path, "\u{feff}\n").unwrap();
        assert_eq!(files.load().unwrap(), None);
        fs::write(&backup, "").unwrap();
        assert_eq!(files.load().unwrap(), None);
        fs::write(&backup, "[]").unwrap();
        let error = files.load().unwrap_err().to_string();
        assert!(error.contains("flows.json is empty") && error.contains(".flows.json.backup"), "{error}");
        fs::remove_file(&path).unwrap();
        assert_eq!(files.load().unwrap(), None);
    }

    #[test]
    fn an_empty_credential_file_of_node_red_takes_nothing_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flows_cred.json");
        let theirs = NodeRedCredentials::of(path.clone(), node_red::Secrets::default());
        let options = || Options { node_red: Some(theirs.clone()), ..Options::of(folder.path(), 2) };
        fs::write(folder.path().join("flows.json"), "[]").unwrap();
        fs::write(&path, r#"{"n":{"user":"ann"}}"#).unwrap();
        let files = Files::open(options()).unwrap();
        let before = files.load().unwrap().unwrap();
        assert_eq!(before.credentials.len(), 1);
        files.save(&before).unwrap();
        for empty in ["", "\u{feff} \n"] {
            fs::write(&path, empty).unwrap();
            assert_eq!(files.load().unwrap().unwrap(), before, "{empty:?}");
        }
    }

    #[test]
    fn small_texts() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(Options::of(folder.path(), 2)).unwrap();
        assert_eq!(files.text("user-settings").unwrap(), None);
        files.set_text("user-settings", "{}").unwrap();
        assert_eq!(files.text("user-settings").unwrap(), Some("{}".into()));
        let none: Credentials = files.load().unwrap().unwrap_or_default().credentials;
        assert!(none.is_empty());
    }
}
