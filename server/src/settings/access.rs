//! Who is let in: users, and what HTTP nodes ask for.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use model::text::Text;

use super::Resolved;
use super::resolve::Origin;
use crate::failure::{Failure, Result};
use crate::users::{Permissions, User, Users};
use crate::{password, settings};

/// The users of `wireloom.toml`, flags and variables; those of Node-RED's settings where these name none.
///
/// # Errors
/// One of them cannot be used.
pub(super) fn users(resolved: &Resolved) -> Result<Users> {
    let mut users = Users::default();
    let admin = resolved.text("admin.password").to_owned();
    if !admin.is_empty() {
        let name = resolved.text("admin.user").to_owned();
        let user = User { name, password: admin, permissions: Permissions::all() };
        users.add(user, resolved.origin("admin.password"))?;
    }
    for entry in &resolved.users {
        let origin = Origin::File(resolved.data.join(settings::FILE), entry.line);
        let permissions = match &entry.permissions {
            Some(text) => Permissions::parse(text, &origin)?,
            None => Permissions::all(),
        };
        let user = User { name: entry.name.clone(), password: entry.password.clone(), permissions };
        users.add(user, &origin)?;
    }
    let theirs = resolved.node_red.as_ref().filter(|_| users.is_empty());
    if let Some(theirs) = theirs.map(|folder| folder.users()).transpose()?.flatten() {
        users = theirs;
    }
    if let Some(text) = resolved.some("anonymous-permissions") {
        let permissions = Permissions::parse(&text, resolved.origin("anonymous-permissions"))?;
        // Where there is nobody to log in, nobody has to.
        if !users.is_empty() {
            users.anonymous = Some(permissions);
        }
    }
    Ok(users)
}

/// Node-RED listens on every address by choice of its settings; without users Wireloom does not do so, and goes on
/// with its default.
pub(super) fn close_host(resolved: &mut Resolved, users: &Users) {
    let is_open = resolved.text("host").parse().is_ok_and(|host: IpAddr| !host.is_loopback());
    if is_open && users.is_empty() && resolved.is_node_reds("host") {
        resolved.leave("host", Text::key("node-red.open-host"));
    }
}

/// How long a log-in lasts.
pub(super) fn session_lifetime(resolved: &Resolved) -> Result<Duration> {
    let own = resolved.typed("session-seconds")?;
    let theirs = resolved.node_red.as_ref().and_then(|folder| folder.session_seconds());
    let seconds = match (resolved.origin("session-seconds"), theirs) {
        (Origin::Default, Some(seconds)) => seconds,
        _ => own,
    };
    Ok(Duration::from_secs(seconds))
}

/// Name and password hash that HTTP nodes ask for.
///
/// # Errors
/// The password is missing, or is no hash.
pub(super) fn http_node_user(resolved: &Resolved) -> Result<Option<(String, String)>> {
    let Some(name) = resolved.some("http-node-user") else {
        // An empty one in a file was meant so; a variable may be empty by chance.
        if matches!(resolved.origin("http-node-user"), Origin::File(..)) {
            return Ok(None);
        }
        return Ok(resolved.node_red.as_ref().map(|folder| folder.http_node_user()).transpose()?.flatten());
    };
    let hash = resolved.text("http-node-password");
    if !password::is_hash(hash) {
        let origin: &dyn fmt::Display = match resolved.origin("http-node-password") {
            Origin::Default => &"http-node-password",
            origin => origin,
        };
        return Err(Failure::key("users.password").with("origin", origin).with("name", name));
    }
    Ok(Some((name, hash.to_owned())))
}
