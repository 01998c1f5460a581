//! The key that credentials are sealed with: from a file of the data folder, or from the setting `credential-key`.

use std::path::{Path, PathBuf};

use argon2::Argon2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::atomic::{self, Access};
use super::files;
use crate::failure::{Failure, Result};

/// The length of a key.
pub(super) const KEY_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// A key, and what tells it from others without giving it away.
#[derive(Clone)]
pub(super) struct SealKey {
    pub(super) bytes: [u8; KEY_BYTES],
    pub(super) mark: Mark,
}

/// Stands in the file beside what was sealed: which key it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    source: Source,
    /// The start of a hash of the key.
    id: String,
    /// Goes into a key that is made of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// The file of the data folder.
    File,
    /// The setting.
    Setting,
}

/// Where keys come from.
pub(super) struct Keys {
    file: PathBuf,
    setting: Option<String>,
}

impl Keys {
    /// Keys of the data folder; a text that is set wins over the folder's file.
    pub(super) fn of(folder: &Path, setting: Option<String>) -> Self {
        Self { file: folder.join("credentials.key"), setting }
    }

    /// The key that sealed the file at `path`.
    ///
    /// # Errors
    /// It is not here, or is another one.
    pub(super) fn that_sealed(&self, path: &Path, mark: &Mark) -> Result<SealKey> {
        let key = match mark.source {
            Source::File => self.read()?.map(|bytes| of_bytes(bytes, Source::File, None)),
            Source::Setting => self.of_setting(mark.salt.clone())?,
        };
        let (missing, wrong) = match mark.source {
            Source::File => ("storage.key-file-missing", "storage.key-file-wrong"),
            Source::Setting => ("storage.key-missing", "storage.key-wrong"),
        };
        let failure = |name: &'static str| {
            Failure::key(name).with("path", path.display()).with("file", self.file.display())
        };
        match key {
            None => Err(failure(missing)),
            Some(key) if key.mark.id != mark.id => Err(failure(wrong)),
            Some(key) => Ok(key),
        }
    }

    /// Whether what is written now would be sealed as `mark` says.
    pub(super) fn would_seal_with(&self, mark: &Mark) -> bool {
        self.setting.is_some() == (mark.source == Source::Setting)
    }

    /// The key to seal with from now on: that of the setting, or of the file, which is made where it is missing.
    /// `before` is the mark of what was sealed last.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn to_seal(&self, before: Option<&Mark>) -> Result<SealKey> {
        let salt = before.filter(|mark| mark.source == Source::Setting).and_then(|mark| mark.salt.clone());
        if let Some(key) = self.of_setting(salt)? {
            return Ok(key);
        }
        let bytes = match self.read()? {
            Some(bytes) => bytes,
            None => self.make()?,
        };
        Ok(of_bytes(bytes, Source::File, None))
    }

    fn of_setting(&self, salt: Option<String>) -> Result<Option<SealKey>> {
        let Some(text) = &self.setting else { return Ok(None) };
        let failed = |reason: String| Failure::key("storage.key-unmade").with("reason", reason);
        let salt = match salt {
            Some(salt) => salt,
            None => STANDARD.encode(random::<SALT_BYTES>()?),
        };
        let mut bytes = [0; KEY_BYTES];
        Argon2::default()
            .hash_password_into(text.as_bytes(), salt.as_bytes(), &mut bytes)
            .map_err(|error| failed(error.to_string()))?;
        Ok(Some(of_bytes(bytes, Source::Setting, Some(salt))))
    }

    fn read(&self) -> Result<Option<[u8; KEY_BYTES]>> {
        let Some(text) = files::read_text(&self.file)? else { return Ok(None) };
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Some).ok_or_else(|| Failure::key("storage.not-a-key").with("path", self.file.display()))
    }

    fn make(&self) -> Result<[u8; KEY_BYTES]> {
        let bytes = random::<KEY_BYTES>()?;
        let text = STANDARD.encode(bytes) + "\n";
        atomic::write(&self.file, text.as_bytes(), Access::Private)
            .map_err(|error| Failure::file("storage.unwritable", &self.file, error))?;
        Ok(bytes)
    }
}

fn of_bytes(bytes: [u8; KEY_BYTES], source: Source, salt: Option<String>) -> SealKey {
    let digest = Sha256::new().chain_update(b"wireloom: which key is it\0").chain_update(bytes).finalize();
    let id = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    SealKey { bytes, mark: Mark { source, id, salt } }
}

/// Bytes that nobody can guess.
pub(super) fn random<const COUNT: usize>() -> Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).map_err(|error| Failure::key("storage.key-unmade").with("reason", error))?;
    Ok(bytes)
}
