//! PostgreSQL, over a pool of connections.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime};
use engine::node::BoxFuture;
use engine::{Object, Value};
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use model::text::Text;
use tokio::sync::mpsc;
use tokio_postgres::NoTls;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::{ErrorPosition, SqlState};

use super::{Batch, Database, DatabaseError, Dialect, ErrorKind, Statement};

#[cfg(test)]
pub(crate) mod cluster;
mod types;
use types::{Raw, Unstorable};

/// Connections to one server.
const CONNECTION_LIMIT: usize = 8;
/// How long to wait for a connection, new or free.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// A PostgreSQL database.
pub struct PostgresDatabase(Pool);

impl PostgresDatabase {
    /// The database of a URL; nothing is connected yet.
    ///
    /// # Errors
    /// When the URL is not understood or asks for encryption.
    pub fn new(url: &str, password: &str) -> Result<Self, Text> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|error| Text::key("database.postgres-url").with("reason", chain(&error)))?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(Text::key("database.postgres-tls"));
        }
        if !password.is_empty() {
            config.password(password);
        }
        config
            .application_name("wireloom")
            .connect_timeout(CONNECT_WAIT)
            .keepalives_idle(Duration::from_secs(30));
        let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, manager_config))
            .max_size(CONNECTION_LIMIT)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(CONNECT_WAIT))
            .create_timeout(Some(CONNECT_WAIT))
            .build()
            .map_err(|error| Text::key("database.postgres-url").with("reason", error))?;
        Ok(Self(pool))
    }

    /// The host to which a database of this URL would send its password in clear over a network; none where the URL says
    /// that this is meant (`sslmode=disable`).
    pub fn host_in_clear(url: &str) -> Option<String> {
        let config: tokio_postgres::Config = url.parse().ok()?;
        if config.get_ssl_mode() == SslMode::Disable {
            return None;
        }
        // An address given beside a name is what is connected to.
        let addresses = config.get_hostaddrs().iter().find(|address| !address.is_loopback());
        let names = config.get_hosts().iter().find_map(|host| match host {
            Host::Tcp(name) if !is_loopback(name) => Some(name.clone()),
            _ => None,
        });
        if config.get_hostaddrs().is_empty() { names } else { addresses.map(ToString::to_string) }
    }

    async fn client(&self) -> Result<deadpool_postgres::Object, DatabaseError> {
        self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => DatabaseError { kind: ErrorKind::Unavailable, ..error_of(&error) },
            other => DatabaseError::new(ErrorKind::Unavailable, other),
        })
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Database for PostgresDatabase {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), DatabaseError>> {
        Box::pin(async {
            self.client().await?.batch_execute("SELECT 1").await.map_err(|error| error_of(&error))
        })
    }

    fn run(
        &self,
        statement: Statement,
        rows: mpsc::Sender<Object>,
    ) -> BoxFuture<'_, Result<u64, DatabaseError>> {
        Box::pin(async move {
            let client = self.client().await?;
            let result = step(&client, &statement, &rows).await;
            match result {
                // A table changed since the statement was prepared; nothing was done yet.
                Err(error) if error.code.as_deref() == Some("0A000") => {
                    client.statement_cache.remove(&statement.sql, &[]);
                    step(&client, &statement, &rows).await
                }
                other => other,
            }
        })
    }

    fn run_batch(
        &self,
        batch: Arc<Batch>,
    ) -> BoxFuture<'_, Result<Vec<Result<u64, DatabaseError>>, DatabaseError>> {
        Box::pin(async move {
            let mut client = self.client().await?;
            match store(&mut client, &batch).await? {
                Ok(results) => Ok(results),
                // One of them was refused and took the transaction with it: again, each guarded.
                Err(Refused) => store_guarded(&mut client, &batch).await,
            }
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        // The pool itself stays: whoever still holds the node may ask again.
        self.0.retain(|_, _| false);
        Box::pin(std::future::ready(()))
    }
}

async fn step(
    client: &deadpool_postgres::Object,
    statement: &Statement,
    to: &mpsc::Sender<Object>,
) -> Result<u64, DatabaseError> {
    let failed = |error: tokio_postgres::Error| error_of(&error);
    let prepared = client.prepare_cached(&statement.sql).await.map_err(failed)?;
    check_count(prepared.params().len(), statement.parameters.len())?;
    let rows = client.query_raw(&prepared, &statement.parameters).await.map_err(failed)?;
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let mut object = Object::with_capacity(row.len());
        for (at, column) in row.columns().iter().enumerate() {
            let value = row.try_get::<_, Option<Raw<'_>>>(at).map_err(failed)?;
            let value = value.map_or(Ok(Value::Null), Raw::decode).map_err(|type_name| {
                let message = format!(
                    "the column {} has the type {type_name}, which is not understood; write {}::text",
                    column.name(),
                    column.name()
                );
                DatabaseError::new(ErrorKind::Statement, message)
            })?;
            object.insert(column.name(), value);
        }
        if to.send(object).await.is_err() {
            break;
        }
    }
    Ok(rows.rows_affected().filter(|_| prepared.columns().is_empty()).unwrap_or(0))
}

/// A row was refused, and nothing was stored.
struct Refused;

/// All rows in one transaction, one after another without waiting for the answers in between.
async fn store(
    client: &mut deadpool_postgres::Object,
    batch: &Batch,
) -> Result<Result<Vec<Result<u64, DatabaseError>>, Refused>, DatabaseError> {
    let failed = |error: tokio_postgres::Error| error_of(&error);
    let transaction = client.transaction().await.map_err(failed)?;
    let prepared = transaction.prepare_cached(&batch.sql).await.map_err(failed)?;
    let results = join_all(batch.rows.iter().map(|row| {
        let (transaction, prepared) = (&transaction, &prepared);
        async move {
            check_count(prepared.params().len(), row.len())?;
            transaction.execute_raw(prepared, row).await.map_err(|error| error_of(&error))
        }
    }))
    .await;
    let mut errors = results.iter().filter_map(|result| result.as_ref().err());
    match errors.next() {
        Some(error) if error.kind == ErrorKind::Row => {
            transaction.rollback().await.map_err(failed)?;
            Ok(Err(Refused))
        }
        Some(error) => Err(error.clone()),
        None => {
            transaction.commit().await.map_err(failed)?;
            Ok(Ok(results))
        }
    }
}

/// All rows in one transaction, each under a savepoint.
async fn store_guarded(
    client: &mut deadpool_postgres::Object,
    batch: &Batch,
) -> Result<Vec<Result<u64, DatabaseError>>, DatabaseError> {
    let failed = |error: tokio_postgres::Error| error_of(&error);
    let mut transaction = client.transaction().await.map_err(failed)?;
    let prepared = transaction.prepare_cached(&batch.sql).await.map_err(failed)?;
    let mut results = Vec::with_capacity(batch.rows.len());
    for row in &batch.rows {
        let guard = transaction.savepoint("row").await.map_err(failed)?;
        match guard.execute_raw(&prepared, row).await.map_err(failed) {
            Ok(changed) => {
                guard.commit().await.map_err(failed)?;
                results.push(Ok(changed));
            }
            Err(error) if error.kind == ErrorKind::Row => {
                guard.rollback().await.map_err(failed)?;
                results.push(Err(error));
            }
            Err(error) => return Err(error),
        }
    }
    transaction.commit().await.map_err(failed)?;
    Ok(results)
}

/// The client library panics where the counts differ.
fn check_count(needed: usize, given: usize) -> Result<(), DatabaseError> {
    if needed == given {
        return Ok(());
    }
    let message = format!("the statement takes {needed} values, {given} were given");
    Err(DatabaseError::new(ErrorKind::Statement, message))
}

fn error_of(error: &tokio_postgres::Error) -> DatabaseError {
    if let Some(unstorable) =
        std::error::Error::source(error).and_then(|source| source.downcast_ref::<Unstorable>())
    {
        return DatabaseError::new(ErrorKind::Row, unstorable);
    }
    let Some(error) = error.as_db_error() else {
        // Neither the server's nor a value's: the connection's.
        return DatabaseError::new(ErrorKind::Unavailable, chain(error));
    };
    let kind = match error.code() {
        &SqlState::UNDEFINED_TABLE | &SqlState::UNDEFINED_COLUMN => ErrorKind::Missing,
        code => match code.code().get(..2).unwrap_or_default() {
            // Connection, transaction rollback (deadlock), resources, operator intervention, system.
            "08" | "40" | "53" | "57" | "58" => ErrorKind::Unavailable,
            // Data and integrity, a check of a view, a trigger's own words.
            "22" | "23" | "44" | "P0" => ErrorKind::Row,
            _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => ErrorKind::Unavailable,
            _ => ErrorKind::Statement,
        },
    };
    let position = match error.position() {
        Some(ErrorPosition::Original(position)) => Some(*position as usize - 1),
        _ => None,
    };
    let message = match error.detail() {
        Some(detail) => ecow::eco_format!("{}: {detail}", error.message()),
        None => error.message().into(),
    };
    DatabaseError { kind, code: Some(error.code().code().into()), message, position }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_clear_over_a_network_are_seen() {
        for (url, host) in [
            ("postgres://u@localhost/d", None),
            ("postgres://u@127.0.0.1:5433/d", None),
            ("postgres://u@[::1]/d", None),
            ("postgres://u@%2Fvar%2Frun%2Fpostgresql/d", None),
            ("postgres://u@db.example/d", Some("db.example")),
            ("postgres://u@db.example/d?sslmode=prefer", Some("db.example")),
            ("postgres://u@db.example/d?sslmode=disable", None),
            ("postgres://u@db.example/d?hostaddr=127.0.0.1", None),
            ("postgres://u@localhost,10.0.0.7/d", Some("10.0.0.7")),
        ] {
            assert_eq!(PostgresDatabase::host_in_clear(url).as_deref(), host, "{url}");
        }
    }
}
