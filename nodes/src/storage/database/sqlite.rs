//! SQLite, embedded: one writer and several readers on a file in WAL mode.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ecow::EcoString;
use engine::node::BoxFuture;
use engine::{Object, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::{Mutex as AsyncMutex, Semaphore, mpsc};

use super::value::integer;
use super::{Batch, Database, DatabaseError, Dialect, Durability, ErrorKind, SqlValue, Statement};

/// Connections that read at once.
const READER_LIMIT: usize = 4;
/// How long a statement waits for another process's lock.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// An SQLite database.
pub struct SqliteDatabase(Arc<Inner>);

struct Inner {
    /// `None` for one in memory.
    path: Option<PathBuf>,
    /// Whether every commit waits for the disk, whoever asks.
    is_durable: bool,
    /// How many need that right now.
    needing_durability: Arc<AtomicUsize>,
    /// It was there once.
    was_open: AtomicBool,
    /// Its lock is the order of writes. `None` until it is opened.
    writer: Arc<AsyncMutex<Option<Open>>>,
    readers: Arc<Semaphore>,
    idle_readers: Mutex<Vec<Open>>,
}

/// An open connection, and which file it is open on.
struct Open {
    connection: Connection,
    file: Option<FileId>,
    /// Whether its commits wait for the disk.
    is_durable: bool,
}

type FileId = (u64, u64);

impl SqliteDatabase {
    /// A database in a file, made when it is first used. Durable: every commit waits for the disk.
    pub fn at(path: PathBuf, is_durable: bool) -> Self {
        Self::new(Some(path), is_durable)
    }

    /// A database in memory.
    pub fn in_memory() -> Self {
        Self::new(None, false)
    }

    fn new(path: Option<PathBuf>, is_durable: bool) -> Self {
        Self(Arc::new(Inner {
            path,
            is_durable,
            needing_durability: Arc::default(),
            was_open: AtomicBool::new(false),
            writer: Arc::default(),
            readers: Arc::new(Semaphore::new(READER_LIMIT)),
            idle_readers: Mutex::default(),
        }))
    }

    /// Runs `work` on the writer, off the async threads, after those who asked before.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (inner, mut writer) = (self.0.clone(), self.0.writer.clone().lock_owned().await);
        blocking(move || {
            let mut open = inner.still_valid(writer.take())?;
            let result = work(&mut open.connection);
            inner.keep_if_sound(open, &result).into_iter().for_each(|open| *writer = Some(open));
            result
        })
        .await
    }
}

impl Database for SqliteDatabase {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), DatabaseError>> {
        Box::pin(self.write(|connection| connection.execute_batch("SELECT 1").map_err(error_of)))
    }

    fn run(
        &self,
        statement: Statement,
        rows: mpsc::Sender<Object>,
    ) -> BoxFuture<'_, Result<u64, DatabaseError>> {
        Box::pin(async move {
            let statement = Arc::new(statement);
            if self.0.path.is_some() {
                // The semaphore is never closed.
                let permit = self.0.readers.clone().acquire_owned().await.ok();
                let (inner, reading, to) = (self.0.clone(), statement.clone(), rows.clone());
                let read = blocking(move || {
                    let _permit = permit;
                    let reader = inner.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let open = inner.still_valid(reader)?;
                    let result = read_only(&open.connection, &reading, &to);
                    let kept = inner.keep_if_sound(open, &result);
                    inner.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).extend(kept);
                    result
                });
                match read.await {
                    Ok(true) => return Ok(0),
                    // It writes: that is the writer's.
                    Ok(false) => {}
                    // So is what a reader does not see yet: the file is made by the writer.
                    Err(error) => return Err(error),
                }
            }
            self.write(move |connection| step(connection, &statement, &rows)).await
        })
    }

    fn run_batch(
        &self,
        batch: Arc<Batch>,
    ) -> BoxFuture<'_, Result<Vec<Result<u64, DatabaseError>>, DatabaseError>> {
        Box::pin(self.write(move |connection| store(connection, &batch)))
    }

    fn durably(&self) -> Option<Durability> {
        Some(Durability::of(&self.0.needing_durability))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let mut writer = self.0.writer.clone().lock_owned().await;
            let readers =
                std::mem::take(&mut *self.0.idle_readers.lock().unwrap_or_else(PoisonError::into_inner));
            // One in memory lives as long as its connection; it ends with the node.
            let writer = writer.take_if(|open| open.file.is_some());
            // Closing writes the log back into the file.
            let _ = tokio::task::spawn_blocking(move || drop((readers, writer))).await;
        })
    }
}

impl Inner {
    /// The connection if it is still open on the file at the path, else a new one. Writes to a file that was
    /// moved or deleted under us would succeed, and be lost.
    fn still_valid(&self, open: Option<Open>) -> Result<Open, DatabaseError> {
        let mut open = match (open, &self.path) {
            (Some(open), None) => open,
            (Some(open), Some(path)) if file_id(path).is_some() && file_id(path) == open.file => open,
            (stale, path) => {
                drop(stale);
                let mut connection = self.connect(path.as_deref()).map_err(error_of)?;
                self.prepare(&mut connection).map_err(error_of)?;
                self.was_open.store(true, Ordering::Relaxed);
                Open { connection, file: path.as_deref().and_then(file_id), is_durable: false }
            }
        };
        let is_durable = self.is_durable || self.needing_durability.load(Ordering::Relaxed) > 0;
        if self.path.is_some() && is_durable != open.is_durable {
            let level = if is_durable { "FULL" } else { "NORMAL" };
            open.connection.pragma_update(None, "synchronous", level).map_err(error_of)?;
            open.is_durable = is_durable;
        }
        Ok(open)
    }

    fn connect(&self, path: Option<&Path>) -> rusqlite::Result<Connection> {
        let Some(path) = path else { return Connection::open_in_memory() };
        // A folder that went away may come back (a mount, a rename): it is not made again behind its back.
        if let Some(folder) = path.parent().filter(|_| !self.was_open.load(Ordering::Relaxed)) {
            let _ = std::fs::create_dir(folder);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(path, flags)
    }

    fn prepare(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(BUSY_WAIT)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "foreign_keys", true)?;
        if self.path.is_some() {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
        }
        Ok(())
    }

    /// The connection, unless an error says that it may be unsound.
    fn keep_if_sound<T>(&self, open: Open, result: &Result<T, DatabaseError>) -> Option<Open> {
        let is_lost = matches!(result, Err(error) if error.kind == ErrorKind::Unavailable);
        (self.path.is_none() || (!is_lost && open.connection.is_autocommit())).then_some(open)
    }
}

/// Which file is at a path: device and inode.
#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere an open file cannot be moved away.
#[cfg(not(unix))]
fn file_id(path: &Path) -> Option<FileId> {
    path.exists().then_some((0, 0))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DatabaseError> + Send + 'static,
) -> Result<T, DatabaseError> {
    let lost = |error| Err(DatabaseError::new(ErrorKind::Unavailable, error));
    tokio::task::spawn_blocking(work).await.unwrap_or_else(lost)
}

/// Runs a statement that only reads; `false` when it would write, and nothing was done.
fn read_only(
    connection: &Connection,
    statement: &Statement,
    rows: &mpsc::Sender<Object>,
) -> Result<bool, DatabaseError> {
    let is_read_only = connection.prepare_cached(&statement.sql).map_err(error_of)?.readonly();
    if is_read_only {
        step(connection, statement, rows)?;
    }
    Ok(is_read_only)
}

fn step(
    connection: &Connection,
    statement: &Statement,
    to: &mpsc::Sender<Object>,
) -> Result<u64, DatabaseError> {
    let before = connection.total_changes();
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(error_of)?;
    let names: Vec<EcoString> = prepared.column_names().map(EcoString::from).collect();
    let mut rows = prepared.query(rusqlite::params_from_iter(&statement.parameters)).map_err(error_of)?;
    while let Some(row) = rows.next().map_err(error_of)? {
        let mut object = Object::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            object.insert(name.clone(), value_of(row.get_ref(at).map_err(error_of)?));
        }
        if to.blocking_send(object).is_err() {
            break;
        }
    }
    drop(rows);
    // `changes` keeps its figure after a statement that changes nothing.
    Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
}

fn store(
    connection: &mut Connection,
    batch: &Batch,
) -> Result<Vec<Result<u64, DatabaseError>>, DatabaseError> {
    let mut refused: Vec<Option<DatabaseError>> = vec![None; batch.rows.len()];
    'again: loop {
        let transaction = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(error_of)?;
        let mut results = Vec::with_capacity(batch.rows.len());
        {
            let mut prepared = transaction.prepare_cached(&batch.sql).map_err(error_of)?;
            for (row, refused) in batch.rows.iter().zip(&mut refused) {
                if let Some(error) = refused {
                    results.push(Err(error.clone()));
                    continue;
                }
                match prepared.execute(rusqlite::params_from_iter(row)).map_err(error_of) {
                    Err(error) if error.kind != ErrorKind::Row => return Err(error),
                    // A constraint or trigger may roll everything back: again, without this row.
                    Err(error) if transaction.is_autocommit() => {
                        *refused = Some(error);
                        drop(prepared);
                        drop(transaction);
                        continue 'again;
                    }
                    Err(error) => results.push(Err(error)),
                    Ok(changed) => results.push(Ok(changed as u64)),
                }
            }
        }
        transaction.commit().map_err(error_of)?;
        return Ok(results);
    }
}

impl rusqlite::ToSql for SqlValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Bool(bool) => ValueRef::Integer((*bool).into()),
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(text) | Self::Json(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Time(at) if at.is_finite() => ValueRef::Integer(*at as i64),
            Self::Time(_) => ValueRef::Null,
        }))
    }
}

fn value_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => integer(number),
        ValueRef::Real(real) => Value::Number(real),
        ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::buffer(bytes.to_vec()),
    }
}

fn error_of(error: rusqlite::Error) -> DatabaseError {
    let message = error.to_string();
    let is_missing = message.contains("no such table")
        || message.contains("no such column")
        || message.contains("has no column named");
    let (code, position) = match &error {
        rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
            let offset = usize::try_from(*offset).ok();
            let position = offset.and_then(|offset| Some(sql.get(..offset)?.chars().count()));
            let kind = if is_missing { ErrorKind::Missing } else { ErrorKind::Statement };
            let code = Some(ecow::eco_format!("SQLITE_{}", error.extended_code));
            return DatabaseError { kind, code, message: msg.into(), position };
        }
        rusqlite::Error::SqliteFailure(failure, _) => (Some(*failure), None),
        _ => (None, None),
    };
    let kind = match code.map(|code| code.code) {
        _ if is_missing => ErrorKind::Missing,
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => ErrorKind::Row,
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::PermissionDenied
            | ErrorCode::OperationInterrupted
            | ErrorCode::SchemaChanged
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase,
        ) => ErrorKind::Unavailable,
        _ => ErrorKind::Statement,
    };
    let code = code.map(|code| ecow::eco_format!("SQLITE_{}", code.extended_code));
    DatabaseError { kind, code, message: message.into(), position }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::database::fetch;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_full_disk_stores_nothing_and_works_again_later() {
        let folder = tempfile::tempdir().unwrap();
        let database = SqliteDatabase::at(folder.path().join("x.db"), false);
        let sql = |sql: &str| Statement { sql: sql.into(), parameters: vec![] };
        fetch(&database, sql("CREATE TABLE t (x TEXT)"), 1).await.unwrap();
        // What the writer's connection may use; a new connection starts without it.
        database
            .write(|connection| connection.pragma_update(None, "max_page_count", 4).map_err(error_of))
            .await
            .unwrap();
        let rows = (0..20).map(|_| vec![SqlValue::Text("x".repeat(1000).into())]).collect();
        let batch = Arc::new(Batch { sql: "INSERT INTO t VALUES (?1)".into(), rows });
        let error = database.run_batch(batch.clone()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
        let count = async || {
            fetch(&database, sql("SELECT count(*) AS n FROM t"), 1).await.unwrap().0[0].get("n").cloned()
        };
        assert_eq!(count().await, Some(0.into()));
        database.run_batch(batch).await.unwrap();
        assert_eq!(count().await, Some(20.into()));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn commits_wait_for_the_disk_while_somebody_needs_that() {
        const NORMAL: i64 = 1;
        const FULL: i64 = 2;
        let folder = tempfile::tempdir().unwrap();
        let level = async |database: &SqliteDatabase| {
            let ask = |connection: &mut Connection| {
                connection
                    .pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))
                    .map_err(error_of)
            };
            database.write(ask).await.unwrap()
        };
        let database = SqliteDatabase::at(folder.path().join("x.db"), false);
        assert_eq!(level(&database).await, NORMAL);
        let (one, other) = (database.durably(), database.durably());
        assert_eq!(level(&database).await, FULL);
        drop(one);
        assert_eq!(level(&database).await, FULL);
        drop(other);
        assert_eq!(level(&database).await, NORMAL);
        assert_eq!(level(&SqliteDatabase::at(folder.path().join("y.db"), true)).await, FULL);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_trigger_that_rolls_everything_back_costs_its_row_only() {
        let database = SqliteDatabase::in_memory();
        let sql = |sql: &str| Statement { sql: sql.into(), parameters: vec![] };
        fetch(&database, sql("CREATE TABLE t (x INTEGER)"), 1).await.unwrap();
        let trigger =
            "CREATE TRIGGER g BEFORE INSERT ON t WHEN new.x = 2 BEGIN SELECT RAISE(ROLLBACK, 'no 2'); END";
        fetch(&database, sql(trigger), 1).await.unwrap();
        let rows = (1..=3).map(|x| vec![SqlValue::Integer(x)]).collect();
        let batch = Arc::new(Batch { sql: "INSERT INTO t VALUES (?1)".into(), rows });
        let results = database.run_batch(batch).await.unwrap();
        assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        let (rows, _) = fetch(&database, sql("SELECT x FROM t"), 9).await.unwrap();
        assert_eq!(rows.len(), 2);
    }
}
