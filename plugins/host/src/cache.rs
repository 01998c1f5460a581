//! Compiled plugins on disk.
//!
//! A file is named by the hash of the component, and by what it was compiled for: the version of wasmtime, its settings and the
//! processor. It ends with a hash of itself, so that a damaged one is compiled anew.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::unchecked;

const ENDING: &str = "cwasm";
const HASH: usize = 32;

/// A folder of compiled plugins.
pub(crate) struct Cache(PathBuf);

impl Cache {
    /// Opens a folder, made if it is missing.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self(folder.to_owned()))
    }

    /// A compiled component, if there is a sound one for this engine.
    pub(crate) fn get(&self, engine: &Engine, sha256: &str) -> Option<Component> {
        let bytes = fs::read(self.path(engine, sha256)).ok()?;
        let (compiled, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
        let is_sound = Sha256::digest(compiled).as_slice() == hash;
        is_sound.then(|| unchecked::component(engine, compiled).ok()).flatten()
    }

    /// Keeps a compiled component, in place of what was compiled of it for other engines.
    pub(crate) fn put(&self, engine: &Engine, sha256: &str, component: &Component) -> io::Result<()> {
        self.forget(sha256)?;
        let compiled = component.serialize().map_err(|error| io::Error::other(error.to_string()))?;
        let path = self.path(engine, sha256);
        // Several may write the same at once, each under a name of its own.
        let partial = path.with_extension(format!("{}.partial", engine::message::new_id()));
        let written = fs::File::create(&partial).and_then(|mut file| {
            file.write_all(&compiled)?;
            file.write_all(&Sha256::digest(&compiled))
        });
        let moved = written.and_then(|()| fs::rename(&partial, &path));
        if moved.is_err() {
            let _ = fs::remove_file(&partial);
        }
        moved
    }

    /// Forgets what was compiled of a component.
    pub(crate) fn forget(&self, sha256: &str) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(sha256) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn path(&self, engine: &Engine, sha256: &str) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        self.0.join(format!("{sha256}-{:016x}.{ENDING}", hasher.finish()))
    }
}
