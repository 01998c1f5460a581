//! The administrator's password: argon2id, kept in PHC form (`$argon2id$v=19$m=...`).

use std::io::{BufRead, IsTerminal};

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use model::text::Catalogue;

use crate::failure::{Failure, Result};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("password.short", "the password is too short; take at least {length} characters"),
    ("password.unread", "cannot read the password: {reason}"),
    ("password.differs", "the two passwords differ"),
    ("password.hash", "cannot hash the password: {reason}"),
    ("password.form", "admin.password is no argon2 hash; `wireloom passwd` sets one"),
];

const SHORTEST: usize = 8;

/// Hashes a password with a salt of its own (argon2id with the library's parameters, which are those that
/// OWASP's password storage sheet recommends).
///
/// # Errors
/// It is too short.
pub(crate) fn hash(password: &str) -> Result<String> {
    if password.chars().count() < SHORTEST {
        return Err(Failure::key("password.short").with("length", SHORTEST));
    }
    let failed = |reason: String| Failure::key("password.hash").with("reason", reason);
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| failed(error.to_string()))?;
    let salt = SaltString::encode_b64(&salt).map_err(|error| failed(error.to_string()))?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| failed(error.to_string()))?.to_string())
}

/// Whether `password` is the one that `hash` was made of. Takes tens of milliseconds on purpose.
pub(crate) fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Checks that a setting holds a hash.
///
/// # Errors
/// It does not.
pub(crate) fn check_form(hash: &str) -> Result<()> {
    match PasswordHash::new(hash) {
        Ok(hash) if hash.algorithm.as_str().starts_with("argon2") => Ok(()),
        _ => Err(Failure::key("password.form")),
    }
}

/// Reads a password: twice from a terminal, without showing it, or the first line of standard input.
///
/// # Errors
/// Nothing can be read, or the two differ.
pub(crate) fn read() -> Result<String> {
    let unread = |reason: std::io::Error| Failure::key("password.unread").with("reason", reason);
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(unread)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = rpassword::prompt_password("Password: ").map_err(unread)?;
    let second = rpassword::prompt_password("Again: ").map_err(unread)?;
    if first == second { Ok(first) } else { Err(Failure::key("password.differs")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_alone() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
        assert!(verify("correct horse", &hash));
        assert!(!verify("correct house", &hash));
        assert!(!verify("correct horse", "plain"));
        check_form(&hash).unwrap();
        assert!(check_form("correct horse").is_err());
        assert!(super::hash("short").is_err());
    }
}
