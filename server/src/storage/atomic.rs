//! Files that are either old or new, whatever happens.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::hold;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Its owner alone (mode 0600).
    Private,
    /// As the file that is replaced had it; as the system's default says for a new one.
    Usual,
}

/// Writes `bytes` as the file at `path`: into a temporary file beside it, to disk, then in its place in one step.
///
/// # Errors
/// What the system says; the file is then as it was before.
pub(crate) fn write(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    write_parts(path, [first, second], access)
}

/// The same, part by part: no more than one of them has to be in memory.
///
/// # Errors
/// What the system says; the file is then as it was before.
pub(crate) fn write_parts<T: AsRef<[u8]>>(
    path: &Path,
    parts: impl IntoIterator<Item = T>,
    access: Access,
) -> io::Result<()> {
    prepare(path, parts, access)?.put_in_place().map(drop)
}

/// The first half of [`write_parts`]: what is written is on disk, beside the file. For one path at a time.
///
/// # Errors
/// What the system says; nothing is left behind.
pub(crate) fn prepare<T: AsRef<[u8]>>(
    path: &Path,
    parts: impl IntoIterator<Item = T>,
    access: Access,
) -> io::Result<Prepared> {
    // A link stays a link: what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let prepared = Prepared { temporary: temporary(&path), path, is_in_place: false };
    write_temporary(&prepared.temporary, parts, access, &prepared.path)?;
    hold::step("written");
    Ok(prepared)
}

/// A file that is on disk, beside the one that it is to replace; removed where it does not.
pub(crate) struct Prepared {
    path: PathBuf,
    temporary: PathBuf,
    is_in_place: bool,
}

impl Prepared {
    /// The second half of [`write_parts`]. Gives the file that was there before, still open: its space is freed when that is
    /// dropped. For a large file this takes a while, so it is left to the caller.
    ///
    /// # Errors
    /// What the system says; the file is then as it was before.
    pub(crate) fn put_in_place(mut self) -> io::Result<Option<File>> {
        // Where it cannot be opened, its space is freed by the rename.
        let is_held = cfg!(unix) && fs::metadata(&self.path).is_ok_and(|former| former.is_file());
        let mut former = if is_held { File::open(&self.path).ok() } else { None };
        if let Err(error) = fs::rename(&self.temporary, &self.path) {
            // Some file systems that are shared over a network do not replace a file that is open.
            former.take().ok_or(error)?;
            fs::rename(&self.temporary, &self.path)?;
        }
        self.is_in_place = true;
        hold::step("renamed");
        sync_folder(self.path.parent().unwrap_or(Path::new(".")))?;
        hold::step("in place");
        Ok(former)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if !self.is_in_place {
            // Best effort: the disk may be full, and the name is used again by the next write.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn write_temporary<T: AsRef<[u8]>>(
    path: &Path,
    parts: impl IntoIterator<Item = T>,
    access: Access,
    target: &Path,
) -> io::Result<()> {
    // One left over from a crash may have other rights.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    hold::step("before the file");
    let mut file = create(path, access)?;
    #[cfg(unix)]
    if access == Access::Usual
        && let Ok(before) = fs::metadata(target)
    {
        file.set_permissions(before.permissions())?;
    }
    #[cfg(not(unix))]
    let _ = target;
    let (mut written, mut on_its_way) = (0, 0);
    for (at, part) in parts.into_iter().enumerate() {
        if at == 1 {
            hold::step("half written");
        }
        file.write_all(part.as_ref())?;
        written += part.as_ref().len() as u64;
        if written - on_its_way >= SENT_ON {
            send_on(&file, on_its_way..written);
            on_its_way = written;
        }
    }
    hold::step("not on disk");
    file.sync_all()
}

/// So many bytes are written before the system is asked to bring them to disk.
const SENT_ON: u64 = 1 << 20;

/// Asks the system to bring a part of a file to disk, which it does while the next one is written.
#[cfg(target_os = "linux")]
fn send_on(file: &File, part: std::ops::Range<u64>) {
    // It goes there later, too.
    let length = std::num::NonZero::new(part.end - part.start);
    let _ = rustix::fs::fadvise(file, part.start, length, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn send_on(_file: &File, _part: std::ops::Range<u64>) {}

fn create(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options.open(path)
}

/// `.<name>.new` beside the file.
fn temporary(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}

/// Makes sure that names in a folder are on disk.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; the system looks after its names.
#[cfg(not(unix))]
pub(super) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write(&path, b"one", Access::Usual).unwrap();
        fs::write(temporary(&path), "left over").unwrap();
        write(&path, b"two", Access::Private).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_private_and_a_link_stays_one() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        write(&path, b"one", Access::Private).unwrap();
        symlink(&path, &link).unwrap();
        write(&link, b"two", Access::Private).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for mode in [0o600, 0o640, 0o666] {
            fs::write(&path, "one").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            write(&path, b"two", Access::Usual).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
        write(&path, b"three", Access::Private).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_failed_write_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::create_dir_all(path.join("in the way")).unwrap();
        assert!(write(&path, b"x", Access::Usual).is_err());
        assert!(!temporary(&path).exists());
        assert!(path.join("in the way").is_dir());
    }
}
