//! Who may use the admin API, and for what.

use std::fmt;

use model::api::permits;
use model::text::Catalogue;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Result};
use crate::password;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("users.name-missing", "{origin}: a user needs a name"),
    ("users.name-twice", "{origin}: there is another user {name}; give one of the two another name"),
    (
        "users.password",
        "{origin}: the password of {name} must be an argon2 or bcrypt hash; `wireloom hash-password` makes one",
    ),
    (
        "users.permission",
        "{origin}: {permission} is no permission; use `*`, `read`, `write`, or one such as `flows.read`",
    ),
];

/// What somebody may do: `*`, `read`, `write`, and single ones such as `flows.read`. Node-RED's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Permissions(Vec<String>);

impl Permissions {
    /// Everything.
    pub(crate) fn all() -> Self {
        Self(vec!["*".into()])
    }

    /// Permissions with commas or spaces between. `origin` is the place that errors name.
    ///
    /// # Errors
    /// One of them is none.
    pub(crate) fn parse(text: &str, origin: &dyn fmt::Display) -> Result<Self> {
        Self::of(text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()), origin)
    }

    /// Permissions from a list.
    ///
    /// # Errors
    /// One of them is none.
    pub(crate) fn of<'a>(parts: impl Iterator<Item = &'a str>, origin: &dyn fmt::Display) -> Result<Self> {
        let check = |part: &str| {
            let is_one =
                matches!(part, "*" | "read" | "write") || part.ends_with(".read") || part.ends_with(".write");
            match is_one {
                true => Ok(part.to_owned()),
                false => {
                    Err(Failure::key("users.permission").with("origin", origin).with("permission", part))
                }
            }
        };
        Ok(Self(parts.map(check).collect::<Result<_>>()?))
    }

    /// Whether these are enough for `needed`, such as `flows.write`.
    pub(crate) fn allow(&self, needed: &str) -> bool {
        self.0.iter().any(|own| permits(own, needed))
    }

    /// Whether these are enough for all that `others` allow.
    pub(crate) fn cover(&self, others: &Permissions) -> bool {
        others.0.iter().all(|other| match other.as_str() {
            "*" => self.0.iter().any(|own| own == "*"),
            "read" | "*.read" => self.0.iter().any(|own| matches!(own.as_str(), "*" | "read" | "*.read")),
            "write" | "*.write" => self.0.iter().any(|own| matches!(own.as_str(), "*" | "write" | "*.write")),
            other => self.allow(other),
        })
    }

    /// As Node-RED shows them: one text, or a list.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self.0.as_slice() {
            [one] => one.as_str().into(),
            many => many.into(),
        }
    }
}

/// Somebody with a password.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    /// A hash of the password.
    pub(crate) password: String,
    pub(crate) permissions: Permissions,
}

/// A token that stands in the settings and does not end.
#[derive(Clone)]
pub(crate) struct FixedToken {
    /// SHA-256 of the token.
    digest: [u8; 32],
    pub(crate) user: String,
    pub(crate) permissions: Permissions,
}

impl FixedToken {
    pub(crate) fn new(token: &str, user: &str, permissions: Permissions) -> Self {
        Self { digest: Sha256::digest(token.as_bytes()).into(), user: user.to_owned(), permissions }
    }
}

/// Everybody who may use the admin API.
#[derive(Clone, Default)]
pub(crate) struct Users {
    list: Vec<User>,
    tokens: Vec<FixedToken>,
    /// What somebody may do who is not logged in.
    pub(crate) anonymous: Option<Permissions>,
}

impl fmt::Debug for Users {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.list.iter().map(|user| (&user.name, &user.permissions))).finish()
    }
}

impl Users {
    /// Adds a user. `origin` is the place that errors name.
    ///
    /// # Errors
    /// The name is empty or taken, or the password is no hash.
    pub(crate) fn add(&mut self, user: User, origin: &dyn fmt::Display) -> Result<()> {
        let failure = |key| Err(Failure::key(key).with("origin", origin).with("name", &user.name));
        if user.name.is_empty() {
            return failure("users.name-missing");
        }
        if self.get(&user.name).is_some() {
            return failure("users.name-twice");
        }
        if !password::is_hash(&user.password) {
            return failure("users.password");
        }
        self.list.push(user);
        Ok(())
    }

    /// Adds a token.
    pub(crate) fn add_token(&mut self, token: FixedToken) {
        self.tokens.push(token);
    }

    /// Whether there is nobody, so that everybody who reaches the server may do everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.tokens.is_empty() && self.anonymous.is_none()
    }

    /// The user of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&User> {
        self.list.iter().find(|user| user.name == name)
    }

    /// Any user: whoever logs in with a name that nobody has waits as long as one that somebody has.
    pub(crate) fn first(&self) -> Option<&User> {
        self.list.first()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The token of the settings that this is.
    pub(crate) fn token(&self, token: &str) -> Option<&FixedToken> {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        self.tokens.iter().find(|known| known.digest == digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(text: &str) -> Permissions {
        Permissions::parse(text, &"here").unwrap()
    }

    #[test]
    fn permissions_allow_what_node_red_lets_them() {
        for (own, needed, expected) in [
            ("*", "flows.write", true),
            ("read", "flows.read", true),
            ("read", "flows.write", false),
            ("write", "flows.write", true),
            ("write", "flows.read", false),
            ("*.read", "nodes.read", true),
            ("flows.read, inject.write", "inject.write", true),
            ("flows.read", "nodes.read", false),
            ("", "flows.read", false),
        ] {
            assert_eq!(permissions(own).allow(needed), expected, "{own} {needed}");
        }
        let error = Permissions::parse("reed", &"w.toml, line 3").unwrap_err().to_string();
        assert!(error.starts_with("w.toml, line 3: reed is no permission"), "{error}");
    }

    #[test]
    fn what_anybody_may_do_is_not_everything() {
        let mut users = Users::default();
        assert!(users.is_empty());
        users.anonymous = Some(permissions("read"));
        assert!(!users.is_empty());
    }

    #[test]
    fn a_scope_may_not_go_beyond_the_permissions() {
        for (own, asked, expected) in [
            ("*", "read write", true),
            ("read", "*", false),
            ("read", "flows.read", true),
            ("read", "flows.write", false),
            ("flows.read", "read", false),
            ("read write", "*", false),
        ] {
            assert_eq!(permissions(own).cover(&permissions(asked)), expected, "{own} {asked}");
        }
    }
}
