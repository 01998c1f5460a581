//! What Wireloom takes of `settings.js`.

mod rows;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use engine::{Object, Value};
use model::text::Text;

use super::settings_js::{Literal, Property, find};
use super::{SCRIPT, UserFolder};
use crate::failure::{Failure, Result};
use crate::storage::context_stores::{StoreSettings, Written};
use crate::users::{FixedToken, Permissions, User, Users};

/// A value of `settings.js` for one of our settings.
pub(crate) struct Taken {
    pub(crate) value: String,
    pub(crate) line: usize,
}

/// One row of what was found: the name of a property, its line, and what became of it.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) is_taken: bool,
    pub(super) note: Text,
}

/// Properties that are one of our settings, word for word or nearly so.
const SETTINGS: &[(&str, &str)] = &[
    ("http-node-root", "httpNodeRoot"),
    ("buffer-limit", "nodeMessageBufferMaxLength"),
    ("function-modules", "functionExternalModules"),
    ("files-folder", "fileWorkingDirectory"),
    ("http-request-timeout-seconds", "httpRequestTimeout"),
    ("tcp-queue", "tcpMsgQueueSize"),
    ("port", "uiPort"),
    ("host", "uiHost"),
    ("flow-file", "flowFile"),
    ("headless", "disableEditor"),
    ("log", "logging"),
];

/// Properties that mean something that Wireloom does not do, with the words for it.
const LEFT: &[(&str, &str)] = &[
    ("https", "node-red.tls"),
    ("requireHttps", "node-red.tls"),
    ("httpStatic", "node-red.static"),
    ("httpStaticAuth", "node-red.static"),
    ("httpAdminMiddleware", "node-red.script"),
    ("httpNodeMiddleware", "node-red.script"),
];

/// How long Node-RED waits with writing a context store, where its settings say nothing.
const FLUSH: Duration = Duration::from_secs(30);

impl UserFolder {
    fn property(&self, name: &str) -> Option<&Property> {
        find(&self.script.properties, name)
    }

    /// The value for one of our settings, by that one's path.
    pub(crate) fn setting(&self, path: &str) -> Option<Taken> {
        let (_, name) = SETTINGS.iter().find(|(own, _)| *own == path)?;
        let property = self.property(name).filter(|property| property.value != Literal::Null);
        let property = match *name {
            "httpNodeRoot" => property.or_else(|| self.property("httpRoot"))?,
            _ => property?,
        };
        let value = match *name {
            "logging" => log_filter(property.value.get("console")?.get("level")?.text()?)?.to_owned(),
            // Without a limit, which Wireloom always has.
            "nodeMessageBufferMaxLength" if property.value == Literal::Number(0.0) => return None,
            // Milliseconds there, begun seconds here.
            "httpRequestTimeout" => match property.value {
                Literal::Number(millis) => (millis / 1000.0).ceil().to_string(),
                _ => return None,
            },
            "httpNodeRoot" => property.value.text()?.to_owned(),
            "uiHost" if property.value.text() == Some("localhost") => "127.0.0.1".to_owned(),
            _ => property.value.plain().filter(|value| !value.is_empty())?,
        };
        Some(Taken { value, line: property.line })
    }

    /// The place of a property, for errors.
    fn place(&self, property: &Property) -> String {
        format!("{}, line {}", self.folder().join(SCRIPT).display(), property.line)
    }

    /// A property that closes a door. None only where it is surely absent: what cannot be read may hold it.
    ///
    /// # Errors
    /// Something that could not be read may set it.
    fn lock(&self, name: &str) -> Result<Option<&Property>> {
        let path = self.folder().join(SCRIPT);
        if let Some(problem) = &self.script_problem {
            return Err(unusable(&path.display(), problem.clone()));
        }
        let property = self.property(name);
        match self.script.unread {
            Some(line) if property.is_none_or(|property| property.line <= line) => {
                let origin = format!("{}, line {line}", path.display());
                Err(unusable(&origin, Failure::key("node-red.unread-part").with("name", name)))
            }
            _ => Ok(property.filter(|property| !means_nothing(&property.value))),
        }
    }

    /// The users of `adminAuth`; none where it names none.
    ///
    /// # Errors
    /// A user cannot be taken as it stands there. Without users everybody would be let in, so this is no detail.
    pub(crate) fn users(&self) -> Result<Option<Users>> {
        for name in ["httpAdminAuth", "httpAuth"] {
            if let Some(property) = self.property(name).filter(|property| !means_nothing(&property.value)) {
                let note = Failure::key("node-red.basic-auth").with("name", name);
                return Err(unusable(&self.place(property), note));
            }
        }
        let Some(property) = self.lock("adminAuth")? else { return Ok(None) };
        let origin = self.place(property);
        let auth = &property.value;
        let unusable = |note: Failure| Err(unusable(&origin, note));
        match auth.get("type").and_then(Literal::text) {
            Some("credentials") => {}
            Some(other) => return unusable(Failure::key("node-red.strategy").with("type", other)),
            None => return unusable(Failure::key("node-red.code")),
        }
        let mut users = Users::default();
        let listed = match auth.get("users") {
            Some(Literal::List(users)) => users.as_slice(),
            Some(one @ Literal::Table(_)) => std::slice::from_ref(one),
            None => &[],
            Some(_) => return unusable(Failure::key("node-red.code")),
        };
        for user in listed {
            let text = |name| user.get(name).and_then(Literal::text).unwrap_or_default().to_owned();
            let permissions = permissions(user.get("permissions"), &origin)?.unwrap_or_default();
            users.add(User { name: text("username"), password: text("password"), permissions }, &origin)?;
        }
        for token in list(auth.get("tokens")) {
            let text = |name| token.get(name).and_then(Literal::text);
            if let (Some(value), Some(user)) = (text("token"), text("user")) {
                let scope = permissions(token.get("scope"), &origin)?.unwrap_or_default();
                users.add_token(FixedToken::new(value, user, scope));
            }
        }
        if let Some(default) = auth.get("default") {
            if default.holds_code() {
                return unusable(Failure::key("node-red.code"));
            }
            users.anonymous = permissions(default.get("permissions"), &origin)?;
        }
        if users.is_empty() {
            return unusable(Failure::key("node-red.nobody"));
        }
        Ok(Some(users))
    }

    /// How long log-ins last, in seconds.
    pub(crate) fn session_seconds(&self) -> Option<u64> {
        match self.property("adminAuth")?.value.get("sessionExpiryTime")? {
            Literal::Number(seconds) if *seconds >= 1.0 => Some(*seconds as u64),
            _ => None,
        }
    }

    /// Name and password hash that HTTP nodes ask for.
    ///
    /// # Errors
    /// It is there, but cannot be taken: without it everybody would be let in.
    pub(crate) fn http_node_user(&self) -> Result<Option<(String, String)>> {
        let property = match self.lock("httpNodeAuth")? {
            Some(property) => property,
            None => match self.lock("httpAuth")? {
                Some(property) => property,
                None => return Ok(None),
            },
        };
        let text = |name| property.value.get(name).and_then(Literal::text).map(str::to_owned);
        match (text("user"), text("pass")) {
            (Some(name), Some(hash)) if crate::password::is_hash(&hash) => Ok(Some((name, hash))),
            (Some(name), Some(_)) => {
                Err(Failure::key("users.password").with("origin", self.place(property)).with("name", name))
            }
            _ => Err(unusable(&self.place(property), Failure::key("node-red.code"))),
        }
    }

    /// The context stores; none where it names none.
    ///
    /// # Errors
    /// A store is of a kind that Wireloom does not know: values would be looked for in another one.
    pub(crate) fn context_stores(&self) -> Result<Option<StoreSettings>> {
        let Some(property) = self.property("contextStorage") else { return Ok(None) };
        let origin = self.place(property);
        let Literal::Table(stores) = &property.value else { return Ok(None) };
        let written = stores.iter().filter(|store| store.name != "_").map(|store| self.store(store, &origin));
        let written = written.collect::<Result<Vec<_>>>()?;
        if written.is_empty() {
            return Ok(None);
        }
        StoreSettings::of(written, self.folder(), &origin).map(Some)
    }

    fn store(&self, store: &Property, origin: &dyn fmt::Display) -> Result<Written> {
        let name = store.name.clone();
        if let Some(alias) = store.value.text() {
            let kind = alias.to_owned();
            return Ok(Written { name, kind, folder: None, interval: FLUSH });
        }
        let kind = store.value.get("module").and_then(Literal::text).ok_or_else(|| {
            let words = crate::texts::render(&Text::key("node-red.code"));
            Failure::key("context.store-kind")
                .with("origin", origin)
                .with("kind", format!("{name} ({words})"))
        })?;
        let config = store.value.get("config");
        let text = |name| config.and_then(|config| config.get(name)).and_then(Literal::text);
        let base = text("base").unwrap_or("context");
        let folder = text("dir").map_or_else(|| self.folder().to_owned(), PathBuf::from).join(base);
        let interval = match config.and_then(|config| config.get("flushInterval")) {
            Some(Literal::Number(seconds)) => Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(FLUSH),
            _ => FLUSH,
        };
        // Without a cache Node-RED writes at once.
        let is_cached = config.and_then(|config| config.get("cache")) != Some(&Literal::Bool(false));
        let interval = if is_cached { interval } else { Duration::ZERO };
        Ok(Written { name, kind: kind.to_owned(), folder: Some(folder), interval })
    }

    /// What the global context holds from the start, and the names of what cannot be taken of it.
    pub(crate) fn seeds(&self) -> (Object, Vec<String>) {
        let (mut seeds, mut left) = (Object::new(), Vec::new());
        if let Some(Property { value: Literal::Table(properties), .. }) =
            self.property("functionGlobalContext")
        {
            for Property { name, value, .. } in properties {
                match value.holds_code() {
                    true => left.push(name.clone()),
                    false => {
                        seeds.insert(name.as_str(), value_of(value));
                    }
                }
            }
        }
        (seeds, left)
    }
}

/// Whether a value says that there is no such thing.
fn means_nothing(value: &Literal) -> bool {
    matches!(value, Literal::Null | Literal::Bool(false))
}

/// A door that would stand open, because what closes it cannot be taken.
fn unusable(origin: &dyn fmt::Display, reason: Failure) -> Failure {
    Failure::key("settings.node-red-auth").with("origin", origin).with("reason", reason)
}

fn list(literal: Option<&Literal>) -> &[Literal] {
    match literal {
        Some(Literal::List(items)) => items,
        _ => &[],
    }
}

fn permissions(literal: Option<&Literal>, origin: &dyn fmt::Display) -> Result<Option<Permissions>> {
    match literal {
        Some(Literal::Text(text)) => Permissions::parse(text, origin).map(Some),
        Some(Literal::List(items)) => {
            Permissions::of(items.iter().filter_map(Literal::text), origin).map(Some)
        }
        _ => Ok(None),
    }
}

/// Node-RED's level of the console as a filter of our log.
fn log_filter(level: &str) -> Option<&'static str> {
    Some(match level {
        "off" => "off",
        "fatal" | "error" => "error",
        "warn" => "warn",
        "info" | "audit" | "metric" => "info,mqtt5=warn",
        "debug" => "debug",
        "trace" => "trace",
        _ => return None,
    })
}

fn value_of(literal: &Literal) -> Value {
    match literal {
        Literal::Null | Literal::Code => Value::Null,
        Literal::Bool(bool) => Value::Bool(*bool),
        Literal::Number(number) => Value::Number(*number),
        Literal::Text(text) => Value::String(text.as_str().into()),
        Literal::List(items) => items.iter().map(value_of).collect::<Vec<_>>().into(),
        Literal::Table(properties) => {
            let pairs = properties.iter().map(|property| (property.name.as_str(), value_of(&property.value)));
            Object::from_iter(pairs).into()
        }
    }
}

#[cfg(test)]
mod tests;
