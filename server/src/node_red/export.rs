//! `wireloom export --node-red`: writes flows and credentials as Node-RED reads them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{OLDER, RUNTIME, SCRIPT, UserFolder, credentials, read_config, settings_js};
use crate::failure::{Failure, Result};
use crate::storage::Stored;
use crate::storage::atomic::{self, Access};

/// What an export wrote.
pub(crate) struct Exported {
    pub(crate) flow_file: PathBuf,
    pub(crate) credential_file: PathBuf,
    /// How many nodes have credentials.
    pub(crate) with_credentials: usize,
    /// Whether they are encrypted; Node-RED's setting may say that they are not to be.
    pub(crate) is_encrypted: bool,
}

/// How the credential file is to be written.
enum Seal {
    With(String),
    /// With a secret that the folder does not have yet.
    WithNew(String),
    Plain,
}

/// Writes flows and credentials into `target`, encrypted with the secret of that folder; one that has none gets one.
/// What stood there before stays as `.<name>.backup`, as Node-RED keeps it.
///
/// # Errors
/// The secret of `target` is not known, or something cannot be written.
pub(crate) fn export(
    stored: &Stored,
    target: &Path,
    secret: Option<&str>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Exported> {
    let unwritable = |path: &Path, error: std::io::Error| Failure::file("node-red.unwritable", path, error);
    fs::create_dir_all(target).map_err(|error| unwritable(target, error))?;
    let folder = UserFolder::look(target, variable);
    for name in [OLDER, RUNTIME] {
        config(&target.join(name))?;
    }
    let seal = seal(folder.as_ref(), target, secret)?;
    let named = folder.as_ref().and_then(|folder| folder.setting("flow-file"));
    let flow_file = match named {
        Some(taken) => target.join(taken.value),
        None => super::find_flow_file(target)?,
    };
    let credential_file = UserFolder::credential_file(target, &flow_file);

    let (secret, is_new) = match &seal {
        Seal::With(secret) => (Some(secret.as_str()), false),
        Seal::WithNew(secret) => (Some(secret.as_str()), true),
        Seal::Plain => (None, false),
    };
    let text = credentials::to_text(&stored.credentials, secret)
        .ok_or_else(|| Failure::key("node-red.no-randomness"))?;
    if is_new && let Some(secret) = secret {
        let path = target.join(RUNTIME);
        let mut config = config(&path)?;
        config.insert("_credentialSecret".into(), secret.into());
        replace(&path, &serde_json::to_string_pretty(&config).unwrap_or_default(), Access::Private)?;
    }
    replace(&credential_file, &text, Access::Private)?;
    replace(&flow_file, &stored.document.to_pretty_string(), Access::Usual)?;
    let with_credentials = stored.credentials.len();
    Ok(Exported { flow_file, credential_file, with_credentials, is_encrypted: secret.is_some() })
}

/// A file of the target that may hold its secret.
fn config(path: &Path) -> Result<serde_json::Map<String, Value>> {
    read_config(path).map_err(|reason| Failure::file("node-red.export-config", path, reason))
}

/// The secret that Node-RED will read the target's credentials with: the one that it made itself, as long as it has
/// one; then that of its settings.
fn seal(folder: Option<&UserFolder>, target: &Path, given: Option<&str>) -> Result<Seal> {
    let own = folder.and_then(|folder| folder.runtime.get("_credentialSecret")?.as_str());
    let script = folder.and_then(|folder| settings_js::find(&folder.script.properties, "credentialSecret"));
    match (own, script.map(|property| &property.value), given) {
        (Some(own), _, _) => Ok(Seal::With(own.to_owned())),
        (None, Some(settings_js::Literal::Text(secret)), _) => Ok(Seal::With(secret.clone())),
        (None, Some(settings_js::Literal::Bool(false)), _) => Ok(Seal::Plain),
        (None, Some(settings_js::Literal::Code), Some(given)) => Ok(Seal::With(given.to_owned())),
        (None, Some(settings_js::Literal::Code), None) => {
            Err(Failure::key("node-red.export-secret").with("path", target.join(SCRIPT).display()))
        }
        _ => {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|_| Failure::key("node-red.no-randomness"))?;
            Ok(Seal::WithNew(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
        }
    }
}

/// Replaces a file, and keeps what stood there before.
fn replace(path: &Path, text: &str, access: Access) -> Result<()> {
    let unwritable = |path: &Path, error: std::io::Error| Failure::file("node-red.unwritable", path, error);
    match fs::read(path) {
        Ok(before) if before != text.as_bytes() => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let backup = path.with_file_name(format!(".{}.backup", name.trim_start_matches('.')));
            atomic::write(&backup, &before, access).map_err(|error| unwritable(&backup, error))?;
        }
        _ => {}
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
    }
    atomic::write(path, text.as_bytes(), access).map_err(|error| unwritable(path, error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored() -> Stored {
        let document = model::document::Document::parse("[]").unwrap();
        Stored {
            document,
            credentials: [("n".to_owned(), [("user".to_owned(), json!("ann"))].into())].into(),
        }
    }

    #[test]
    fn a_target_whose_secret_cannot_be_read_stays_as_it_is() {
        for name in [OLDER, RUNTIME] {
            for bytes in [&b"{\"_credentialSecret\":\"old\","[..], b"[]", b"\xff"] {
                let target = tempfile::tempdir().unwrap();
                fs::write(target.path().join(name), bytes).unwrap();
                let error = export(&stored(), target.path(), None, &|_| None).err().unwrap().to_string();
                assert!(error.contains(name) && error.contains("nothing was written"), "{error}");
                assert_eq!(fs::read(target.path().join(name)).unwrap(), bytes);
                assert_eq!(fs::read_dir(target.path()).unwrap().count(), 1);
            }
        }
    }

    #[test]
    fn a_new_secret_comes_beside_what_stood_there() {
        let target = tempfile::tempdir().unwrap();
        let before = "\u{feff}{\"instanceId\":\"x\"}";
        fs::write(target.path().join(RUNTIME), before).unwrap();
        export(&stored(), target.path(), None, &|_| None).unwrap();
        let config = read_config(&target.path().join(RUNTIME)).unwrap();
        assert!(config["instanceId"] == "x" && config["_credentialSecret"].is_string());
        let backup = target.path().join(".config.runtime.json.backup");
        assert_eq!(fs::read_to_string(backup).unwrap(), before);
        // Emptied by a crash, it is read from its copy, as Node-RED does.
        fs::rename(target.path().join(RUNTIME), target.path().join(".config.runtime.json.backup")).unwrap();
        fs::write(target.path().join(RUNTIME), "").unwrap();
        // The next export finds that secret.
        export(&stored(), target.path(), None, &|_| None).unwrap();
        assert_eq!(read_config(&target.path().join(RUNTIME)).unwrap(), config);
    }
}
