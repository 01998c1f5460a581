//! Work on files, away from the threads that run flows.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use engine::NodeError;

/// What is done with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Append,
    Overwrite,
    Delete,
}

/// Writes files, one piece after another.
pub(super) struct Writer {
    action: Action,
    makes_folder: bool,
    /// The file that was added to last, kept open.
    open: Option<(PathBuf, File)>,
}

impl Writer {
    pub(super) fn new(action: Action, makes_folder: bool) -> Self {
        Self { action, makes_folder, open: None }
    }

    /// Does the work for one message; gives itself back.
    pub(super) async fn work(self, path: PathBuf, bytes: Vec<u8>) -> (Self, Result<(), NodeError>) {
        let (action, makes_folder) = (self.action, self.makes_folder);
        let work = move || {
            let mut writer = self;
            let result = writer.write(&path, &bytes);
            (writer, result)
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
            let error = NodeError::key("file.errors.writefail").with("error", error);
            (Self::new(action, makes_folder), Err(error))
        })
    }

    fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<(), NodeError> {
        if self.action == Action::Delete {
            return fs::remove_file(path).map_err(failed("file.errors.deletefail"));
        }
        if let Some(folder) = path.parent().filter(|_| self.makes_folder) {
            fs::create_dir_all(folder).map_err(failed("file.errors.createfail"))?;
        }
        if self.action == Action::Overwrite {
            return fs::write(path, bytes).map_err(failed("file.errors.writefail"));
        }
        // Somebody may have deleted or replaced the file meanwhile, as log rotation does.
        let kept = self.open.take().filter(|(open, file)| open == path && is_there(path, file));
        let mut file = match kept {
            Some((_, file)) => file,
            None => OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)
                .map_err(failed("file.errors.appendfail"))?,
        };
        file.write_all(bytes).map_err(failed("file.errors.appendfail"))?;
        self.open = Some((path.to_owned(), file));
        Ok(())
    }
}

/// Whether the open file is still the one of this name.
#[cfg(unix)]
fn is_there(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |a: &fs::Metadata, b: &fs::Metadata| a.ino() == b.ino() && a.dev() == b.dev();
    matches!((fs::metadata(path), file.metadata()), (Ok(a), Ok(b)) if same(&a, &b))
}

/// An open file cannot be replaced here.
#[cfg(not(unix))]
fn is_there(path: &Path, _file: &File) -> bool {
    path.exists()
}

fn failed(key: &'static str) -> impl Fn(std::io::Error) -> NodeError {
    move |error| NodeError::key(key).with("error", &error).coded(super::file_name::code(&error))
}
