//! The work of a store node: collects rows, commits them together, and waits for a lost database.

use std::sync::Arc;
use std::time::Duration;

use engine::node::{TaskContext, TaskInput, TaskOut};
use engine::observe::{Level, Status};
use engine::{Message, NodeError, js};
use model::text::Text;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::schema::{SWEEP_ROWS, Table, TableSql};
use crate::storage::database::{
    Batch, Database, DatabaseError, ErrorKind, SqlValue, Statement, durably_for, fetch,
};

/// Between two tries while the database is lost: doubled from the first to the last.
const RETRY_WAIT: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// Between two looks for old rows.
const SWEEP_WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// A store node's settings, understood.
pub(super) struct Writer {
    pub database: Arc<dyn Database>,
    pub table: Table,
    pub sql: TableSql,
    /// Rows in a commit at most.
    pub batch_rows: usize,
    /// How long the first row of a commit waits for more.
    pub batch_wait: Duration,
    /// How long rows are kept.
    pub keep: Option<Duration>,
}

/// What it remembers between two commits.
#[derive(Default)]
struct State {
    /// The table was made or found.
    is_ensured: bool,
    /// The status says that it waits.
    is_waiting: bool,
    sweep_failed: bool,
}

impl Writer {
    /// Stores until the node is stopped and nothing is left.
    ///
    /// # Errors
    /// None: what goes wrong is an error of its messages.
    pub(super) async fn run(self, mut context: TaskContext) -> Result<(), NodeError> {
        let _durably = durably_for(&*self.database, context.node());
        let mut state = State::default();
        let sweep_wait = self.keep.map(|keep| (keep / 10).clamp(SWEEP_WAIT.0, SWEEP_WAIT.1));
        let mut next_sweep = sweep_wait.map(|_| Instant::now());
        let mut is_stopping = false;
        while !is_stopping {
            let sweep_due = async {
                match next_sweep {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let first = tokio::select! {
                input = context.next() => input,
                () = sweep_due => {
                    let has_more = self.sweep(&mut state, &context.out).await;
                    next_sweep = sweep_wait.map(|wait| Instant::now() + if has_more { Duration::ZERO } else { wait });
                    continue;
                }
            };
            let Some(first) = first else { break };
            let messages;
            (messages, is_stopping) = self.collect(first, &mut context).await;
            self.commit(messages, &mut state, &context.out).await;
        }
        Ok(())
    }

    /// The messages of one commit with their rows, and whether the node is asked to stop. A message that does not
    /// fit fails at once.
    async fn collect(
        &self,
        first: TaskInput,
        context: &mut TaskContext,
    ) -> (Vec<(Message, Vec<SqlValue>)>, bool) {
        let until = Instant::now() + self.batch_wait;
        let mut rows = Vec::new();
        let mut next = Some(first);
        let mut is_stopping = false;
        while let Some(input) = next {
            if let TaskInput::Message(message) = input {
                match self.row(&message) {
                    Ok(row) => rows.push((message, row)),
                    Err(error) => context.out.fail(error, Some(message)),
                }
            }
            if rows.len() >= self.batch_rows {
                break;
            }
            next = match timeout_at(until, context.next()).await {
                Ok(Some(input)) => Some(input),
                Ok(None) => {
                    is_stopping = true;
                    None
                }
                Err(_) => None,
            };
        }
        (rows, is_stopping)
    }

    fn row(&self, message: &Message) -> Result<Vec<SqlValue>, NodeError> {
        let read = |(at, column): (usize, &super::columns::Column)| {
            let now = (self.table.time == Some(at)).then(js::date::now);
            column.read(message, now, self.table.key.contains(&column.name))
        };
        self.table.columns.iter().enumerate().map(read).collect()
    }

    /// Stores the rows, however long it takes, and lets go of the messages only then.
    async fn commit(&self, messages: Vec<(Message, Vec<SqlValue>)>, state: &mut State, out: &TaskOut) {
        if messages.is_empty() {
            return;
        }
        let (messages, rows): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
        let batch = Arc::new(Batch { sql: self.sql.insert.clone(), rows });
        let mut wait = RETRY_WAIT.0;
        let mut was_missing = false;
        let result = loop {
            match self.try_commit(&batch, state).await {
                Err(error) if error.kind == ErrorKind::Unavailable => {
                    self.tell_waiting(&error, state, out);
                    sleep(wait).await;
                    wait = (wait * 2).min(RETRY_WAIT.1);
                }
                // Somebody removed the table, or the file it was in: once more, from the start.
                Err(error) if error.kind == ErrorKind::Missing && !was_missing => {
                    was_missing = true;
                    state.is_ensured = false;
                }
                other => break other,
            }
        };
        if std::mem::take(&mut state.is_waiting) {
            out.log(Level::Info, Text::key("store.back"));
            out.status(Status::clear());
        }
        match result {
            Ok(results) => {
                for (message, result) in messages.into_iter().zip(results) {
                    match result {
                        Ok(_) => out.done(message),
                        Err(error) => out.fail(error.to_node_error(&self.sql.insert), Some(message)),
                    }
                }
            }
            Err(error) => {
                for message in messages {
                    out.fail(error.to_node_error(&self.sql.insert), Some(message));
                }
            }
        }
    }

    async fn try_commit(
        &self,
        batch: &Arc<Batch>,
        state: &mut State,
    ) -> Result<Vec<Result<u64, DatabaseError>>, DatabaseError> {
        if !state.is_ensured {
            self.sql.ensure(&*self.database).await?;
            state.is_ensured = true;
        }
        self.database.run_batch(batch.clone()).await
    }

    fn tell_waiting(&self, error: &DatabaseError, state: &mut State, out: &TaskOut) {
        if !std::mem::replace(&mut state.is_waiting, true) {
            out.log(Level::Warn, Text::key("store.lost").with("reason", error));
            out.status(Status::new("yellow", "ring", Text::key("store.waiting").with("reason", error)));
        }
    }

    /// Deletes some of the rows that are too old; says whether there may be more.
    async fn sweep(&self, state: &mut State, out: &TaskOut) -> bool {
        let (Some(keep), Some(sweep)) = (self.keep, &self.sql.sweep) else { return false };
        // Before the first message the table may not be there.
        let oldest = js::date::now() - keep.as_secs_f64() * 1000.0;
        let statement = Statement { sql: sweep.clone(), parameters: vec![SqlValue::Time(oldest)] };
        match fetch(&*self.database, statement, 1).await {
            Ok((_, deleted)) => {
                state.sweep_failed = false;
                deleted >= SWEEP_ROWS
            }
            Err(error) => {
                let is_expected = matches!(error.kind, ErrorKind::Missing | ErrorKind::Unavailable);
                if !is_expected && !std::mem::replace(&mut state.sweep_failed, true) {
                    out.log(Level::Error, Text::key("store.sweep-failed").with("reason", error));
                }
                false
            }
        }
    }
}
