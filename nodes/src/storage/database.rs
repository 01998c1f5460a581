//! `database`: a config node that other nodes reach a database through, and what every database can do.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ecow::EcoString;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, ConfigNode, NodeHandle};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::{NodeError, Object, Value};
use model::descriptor::{Credential, Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::DataFolder;

#[cfg(test)]
pub(crate) mod contract;
pub mod placeholders;
pub mod postgres;
pub mod sqlite;
pub mod value;

use postgres::PostgresDatabase;
use sqlite::SqliteDatabase;
pub use value::SqlValue;

/// The node type.
pub const NODE: NodeType = NodeType { name: "database", describe, build, texts: TEXTS };

/// A database, as nodes use it. Nothing connects before the first call, and a lost connection is made anew
/// by the next one.
pub trait Database: Send + Sync + 'static {
    /// Which SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// Whether it answers.
    fn ping(&self) -> BoxFuture<'_, Result<(), DatabaseError>>;

    /// Runs one statement in a transaction of its own and gives its rows to `rows` as they come, waiting
    /// while that is full; stops early when it is closed. Gives the number of rows changed.
    fn run(
        &self,
        statement: Statement,
        rows: mpsc::Sender<Object>,
    ) -> BoxFuture<'_, Result<u64, DatabaseError>>;

    /// Runs one statement with many rows of parameters in one transaction. A row that the database refuses
    /// fails alone; the others are committed when this returns `Ok`. Gives per row the number of rows changed.
    ///
    /// # Errors
    /// Nothing was stored, or (a connection lost during the commit) it is not known whether.
    fn run_batch(
        &self,
        batch: Arc<Batch>,
    ) -> BoxFuture<'_, Result<Vec<Result<u64, DatabaseError>>, DatabaseError>>;

    /// Where a commit need not wait for the disk: it does until what this gives is dropped.
    fn durably(&self) -> Option<Durability> {
        None
    }

    /// Closes all connections.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Somebody needs commits that survive a power cut; dropping it takes that back.
pub struct Durability(Arc<AtomicUsize>);

impl Durability {
    /// Counts in `needing`.
    fn of(needing: &Arc<AtomicUsize>) -> Self {
        needing.fetch_add(1, Ordering::Relaxed);
        Self(needing.clone())
    }
}

impl Drop for Durability {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// For a node whose sources are told that a message is done when its row is committed: it must not be lost after that.
pub fn durably_for(database: &dyn Database, node: &NodeHandle) -> Option<Durability> {
    node.acknowledges_late.then(|| database.durably()).flatten()
}

/// Which SQL a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// One statement; its placeholders are positions: `?1` for SQLite, `$1` for PostgreSQL.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// A value for each placeholder.
    pub parameters: Vec<SqlValue>,
}

/// One statement and many rows of parameters.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The SQL.
    pub sql: String,
    /// Per row a value for each placeholder.
    pub rows: Vec<Vec<SqlValue>>,
}

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The database cannot be reached, is full or overloaded: the same may work later.
    Unavailable,
    /// A table or column is not there.
    Missing,
    /// The values do not fit: a constraint or a type.
    Row,
    /// The statement is wrong.
    Statement,
}

/// An error of a database.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct DatabaseError {
    /// What to do about it.
    pub kind: ErrorKind,
    /// The database's code, such as `23505` or `SQLITE_CONSTRAINT_UNIQUE`.
    pub code: Option<EcoString>,
    /// The database's words.
    pub message: EcoString,
    /// Where in the statement, counted in characters from 0.
    pub position: Option<usize>,
}

impl DatabaseError {
    pub(crate) fn new(kind: ErrorKind, message: impl std::fmt::Display) -> Self {
        Self { kind, code: None, message: ecow::eco_format!("{message}"), position: None }
    }

    /// As a node's error; with the place in `sql` where the database names one.
    pub fn to_node_error(&self, sql: &str) -> NodeError {
        let error = match self.position {
            Some(position) => {
                let near: String = sql.chars().skip(position).take(20).collect();
                let before: String = sql.chars().take(position).collect();
                let line = before.matches('\n').count() + 1;
                let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
                NodeError::key("database.error-at")
                    .with("reason", &self.message)
                    .with("line", line)
                    .with("column", column)
                    .with("near", near.lines().next().unwrap_or_default())
            }
            None => NodeError::key("database.error").with("reason", &self.message),
        };
        match &self.code {
            Some(code) => error.coded(code.clone()),
            None => error,
        }
    }
}

/// Runs a statement and collects its rows.
///
/// # Errors
/// The database's; and of kind [`ErrorKind::Statement`] when there are more than `limit` rows.
pub async fn fetch(
    database: &dyn Database,
    statement: Statement,
    limit: usize,
) -> Result<(Vec<Value>, u64), DatabaseError> {
    let (sender, mut receiver) = mpsc::channel::<Object>(64);
    let collect = async {
        let mut rows = Vec::new();
        while let Some(row) = receiver.recv().await {
            if rows.len() == limit {
                receiver.close();
                let message = format!("the statement gives more than {limit} rows");
                return Err(DatabaseError::new(ErrorKind::Statement, message));
            }
            rows.push(Value::from(row));
        }
        Ok(rows)
    };
    let (changed, rows) = tokio::join!(database.run(statement, sender), collect);
    let changed = changed?;
    Ok((rows?, changed))
}

/// An SQL identifier in quotes; `schema.table` is quoted in parts.
///
/// # Errors
/// When a part is empty or holds a zero character.
pub fn quote(identifier: &str) -> Result<String, Text> {
    let parts: Vec<_> = identifier.trim().split('.').collect();
    if parts.iter().any(|part| part.trim().is_empty() || part.contains('\0')) {
        return Err(Text::key("database.identifier").with("name", identifier));
    }
    let quoted = parts.iter().map(|part| format!("\"{}\"", part.trim().replace('"', "\"\"")));
    Ok(quoted.collect::<Vec<_>>().join("."))
}

/// The node: nodes that name it in a property get its database.
pub struct DatabaseNode {
    /// The database.
    pub database: Arc<dyn Database>,
    /// The host to which passwords and rows go in clear over a network.
    host_in_clear: Option<String>,
}

impl ConfigNode for DatabaseNode {
    fn start(&self, handle: Arc<NodeHandle>) {
        if let Some(host) = &self.host_in_clear {
            handle.log(Level::Warn, Text::key("database.in-clear").with("host", host));
        }
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.database.close()
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Name
    name: String,
    /// # URL
    /// `sqlite:` and a file in the data folder (nothing to install), `sqlite::memory:`, or
    /// `postgres://user@host:5432/database`.
    #[schemars(extend("examples" = ["sqlite:wireloom.db", "postgres://user@localhost/database"]))]
    url: String,
    /// # Survive a power cut
    /// SQLite only: waits for the disk at each commit, as it always does for flows that deliver at least once. Without
    /// it, a power cut (not a crash) may cost the last commits of the others, and their stores run several times as fast.
    durable: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { name: String::new(), url: "sqlite:wireloom.db".into(), durable: false }
    }
}

const TEXTS: Catalogue = &[
    ("database.label", "database"),
    ("database.error", "the database says: {reason}"),
    ("database.error-at", "the database says: {reason} (line {line}, column {column}, near \"{near}\")"),
    ("database.identifier", "\"{name}\" is no name for a table or column"),
    (
        "database.url",
        "{url} is not understood: give sqlite:FILE, sqlite::memory: or postgres://USER@HOST:PORT/DATABASE",
    ),
    ("database.postgres-url", "the PostgreSQL URL is not understood: {reason}"),
    (
        "database.postgres-tls",
        "encrypted connections to PostgreSQL are not supported yet; leave sslmode out and use a private network or a tunnel",
    ),
    (
        "database.in-clear",
        "the password and all rows go to {host} in clear, as encrypted connections to PostgreSQL are not supported yet; use a tunnel, or say sslmode=disable in the URL where the network is private",
    ),
    (
        "database.mysql",
        "MySQL and MariaDB are not supported yet; use sqlite:FILE or postgres://USER@HOST:PORT/DATABASE",
    ),
    ("database.no-folder", "there is no data folder here for the file {path}; give an absolute path"),
];

const HELP: &str = "\
A database that **sql** and **store** nodes use.

- `sqlite:wireloom.db`: a file in the data folder; nothing to install. Readers do not wait for the writer.
- `sqlite::memory:`: gone when the flows stop.
- `postgres://user@host:5432/database`: a PostgreSQL server. The password goes into its own field. Connections are not \
encrypted: over a network that is not private, use a tunnel.

Connections are made when they are needed and made anew when they are lost.

While a flow uses it whose delivery level is *at least once*, a commit waits for the disk, so that what was acknowledged survives a \
power cut. Rows that a store node commits together wait once.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Config,
        category: "config".into(),
        colour: "#9fc5b5".into(),
        icon: "database".into(),
        inputs: 0,
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["name".into(), "url".into()], fallback: Text::key("database.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![Credential::secret("password", "Password")],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let folder = context.services.get::<DataFolder>();
    let folder = folder.as_ref().map(|folder| folder.0.as_path());
    let database = open(&config.url, context.credential("password"), config.durable, folder)
        .map_err(|text| BuildError::at("url", text))?;
    let host_in_clear = match database.dialect() {
        Dialect::Postgres => PostgresDatabase::host_in_clear(config.url.trim()),
        Dialect::Sqlite => None,
    };
    Built::config(DatabaseNode { database, host_in_clear })
}

/// The database of a URL; nothing is connected yet.
///
/// # Errors
/// When the URL is not understood.
pub fn open(
    url: &str,
    password: &str,
    is_durable: bool,
    folder: Option<&Path>,
) -> Result<Arc<dyn Database>, Text> {
    let url = url.trim();
    let scheme = url.split(':').next().unwrap_or_default();
    match scheme {
        "sqlite" => {
            let path = url["sqlite:".len()..].trim_start_matches("//");
            if path == ":memory:" {
                return Ok(Arc::new(SqliteDatabase::in_memory()));
            }
            if path.is_empty() {
                return Err(Text::key("database.url").with("url", url));
            }
            let path = match (Path::new(path).is_absolute(), folder) {
                (true, _) => path.into(),
                (false, Some(folder)) => folder.join(path),
                (false, None) => return Err(Text::key("database.no-folder").with("path", path)),
            };
            Ok(Arc::new(SqliteDatabase::at(path, is_durable)))
        }
        "postgres" | "postgresql" => Ok(Arc::new(PostgresDatabase::new(url, password)?)),
        "mysql" | "mariadb" => Err(Text::key("database.mysql")),
        _ => Err(Text::key("database.url").with("url", url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_quoted() {
        assert_eq!(quote("a"), Ok("\"a\"".into()));
        assert_eq!(quote("x\"; DROP TABLE y; --"), Ok("\"x\"\"; DROP TABLE y; --\"".into()));
        assert_eq!(quote("public.readings"), Ok("\"public\".\"readings\"".into()));
        for bad in ["", " ", "a.", "a\0b"] {
            assert!(quote(bad).is_err(), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn a_password_in_clear_is_warned_of() {
        for (host, count) in [("192.0.2.1", 1), ("localhost", 0)] {
            let flow = serde_json::json!([
                { "id": "t", "type": "tab" },
                { "id": "d", "type": "database", "url": format!("postgres://u@{host}/x") },
                { "id": "q", "type": "sql", "z": "t", "x": 1, "y": 1, "database": "d", "sql": "SELECT 1", "wires": [[]] },
            ]);
            let bench = crate::testing::Bench::start(flow, Default::default()).await;
            let warnings = bench.logged(Level::Warn);
            assert_eq!(warnings.len(), count, "{warnings:?}");
            assert!(warnings.iter().all(|text| text.contains("192.0.2.1 in clear")), "{warnings:?}");
        }
    }

    #[test]
    fn urls_are_understood_or_refused_with_words() {
        let folder = Path::new("/data");
        let open = |url, folder| open(url, "", false, folder).map(|database| database.dialect());
        assert_eq!(open("sqlite:x.db", Some(folder)), Ok(Dialect::Sqlite));
        assert_eq!(open("sqlite::memory:", None), Ok(Dialect::Sqlite));
        assert_eq!(open("sqlite:///abs/x.db", None), Ok(Dialect::Sqlite));
        assert_eq!(open("postgres://u@h/d", None), Ok(Dialect::Postgres));
        for (url, key) in [
            ("sqlite:x.db", "database.no-folder"),
            ("sqlite:", "database.url"),
            ("mysql://h/d", "database.mysql"),
            ("postgres://h:x/d", "database.postgres-url"),
            ("postgres://h/d?sslmode=require", "database.postgres-tls"),
            ("", "database.url"),
        ] {
            assert_eq!(open(url, None).unwrap_err().key, key, "{url}");
        }
    }
}
