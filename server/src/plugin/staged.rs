//! Uploads that wait to be confirmed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::records::Place;
use super::{CACHE, hash};
use crate::failure::{Failure, Result};
use crate::storage::atomic::{self, Access};

/// Uploads that may wait at once.
const MOST: usize = 8;
/// An upload that nobody confirms goes after this.
const STAYS: Duration = Duration::from_secs(15 * 60);

/// Uploads, by hash.
pub(super) struct Staged {
    folder: PathBuf,
}

impl Staged {
    /// Those of a data folder; what an earlier run left goes with its time.
    pub(super) fn of(place: &Place) -> Self {
        Self { folder: place.data().join(CACHE).join("uploads") }
    }

    /// Keeps an upload.
    ///
    /// # Errors
    /// Too many wait, or it cannot be written.
    pub(super) fn keep(&self, sha256: &str, bytes: &[u8]) -> Result<()> {
        let path = self.file(sha256);
        let unwritable = |error| Failure::file("storage.unwritable", &path, error);
        fs::create_dir_all(&self.folder).map_err(unwritable)?;
        let waiting = self.tidy();
        if waiting >= MOST && !path.exists() {
            return Err(Failure::key("plugins.too-many-staged"));
        }
        atomic::write(&path, bytes, Access::Private).map_err(unwritable)
    }

    /// The bytes of an upload.
    pub(super) fn get(&self, sha256: &str) -> Option<Vec<u8>> {
        // The hash comes from outside and stands in a path.
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bytes = is_hash.then(|| fs::read(self.file(sha256)).ok()).flatten()?;
        (hash(&bytes) == sha256).then_some(bytes)
    }

    /// Lets an upload go.
    pub(super) fn forget(&self, sha256: &str) {
        // What stays goes with its time.
        let _ = fs::remove_file(self.file(sha256));
    }

    /// Removes what waited too long; gives how many still wait.
    fn tidy(&self) -> usize {
        let is_old = |path: &Path| {
            let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
            modified.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age > STAYS))
        };
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter(|entry| !is_old(&entry.path()) || fs::remove_file(entry.path()).is_err()).count()
    }

    fn file(&self, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}.wasm"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_are_kept_by_hash_and_only_so_many() {
        let data = tempfile::tempdir().unwrap();
        let staged = Staged::of(&Place::of(data.path()));
        let uploads: Vec<Vec<u8>> = (0..=MOST as u8).map(|number| vec![number]).collect();
        for bytes in &uploads[..MOST] {
            staged.keep(&hash(bytes), bytes).unwrap();
        }
        staged.keep(&hash(&uploads[0]), &uploads[0]).unwrap();
        assert!(staged.keep(&hash(&uploads[MOST]), &uploads[MOST]).is_err());
        assert_eq!(staged.get(&hash(&uploads[0])).unwrap(), uploads[0]);
        staged.forget(&hash(&uploads[0]));
        assert!(staged.get(&hash(&uploads[0])).is_none());
        staged.keep(&hash(&uploads[MOST]), &uploads[MOST]).unwrap();
        for other in ["", "../../flows", "zz"] {
            assert!(staged.get(other).is_none());
        }
    }
}
