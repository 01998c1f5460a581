//! Passwords of users: hashed by argon2id, kept in PHC form (`$argon2id$v=19$m=...`). Hashes of bcrypt, which Node-RED
//! makes, count as well.

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
    if is_bcrypt(hash) {
        return bcrypt::verify(password, hash).unwrap_or(false);
    }
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Whether a setting holds a hash that [`verify`] knows.
pub(crate) fn is_hash(hash: &str) -> bool {
    is_bcrypt(hash) || PasswordHash::new(hash).is_ok_and(|hash| hash.algorithm.as_str().starts_with("argon2"))
}

/// `$2b$<cost>$<22 characters of salt><31 of hash>`, and its older forms.
fn is_bcrypt(hash: &str) -> bool {
    hash.len() == 60 && ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|start| hash.starts_with(start))
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
        assert!(is_hash(&hash) && !is_hash("correct horse"));
        assert!(super::hash("short").is_err());
    }

    #[test]
    fn hashes_of_bcrypt_count_as_well() {
        let hash = bcrypt::hash("correct horse", 4).unwrap();
        assert!(is_hash(&hash) && verify("correct horse", &hash) && !verify("correct house", &hash));
        let older = hash.replacen("$2b$", "$2y$", 1);
        assert!(is_hash(&older) && verify("correct horse", &older));
        assert!(!is_hash("$2b$08$short") && !verify("", "$2b$08$short"));
    }
}
