//! The table of a store node: its statements, and how it comes to be.

use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;
use sha1::{Digest, Sha1};

use super::columns::Column;
use crate::storage::database::{Database, DatabaseError, Dialect, SqlValue, Statement, fetch, quote};

/// Rows deleted in one step: a writer never waits long for it.
pub(super) const SWEEP_ROWS: u64 = 1000;
/// PostgreSQL cuts names off after 63 bytes.
const INDEX_NAME_LIMIT: usize = 60;

/// What the node's author said of the table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Which of the columns is the time column.
    pub time: Option<usize>,
    /// Names of the columns of the unique key; empty for none.
    pub key: Vec<String>,
    pub conflict: Conflict,
}

/// What to do with a row whose key is there already.
#[derive(Deserialize, JsonSchema, Default, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("x-widget" = "choice", "x-enum-titles" = ["keep the stored row", "replace its values"]))]
pub(super) enum Conflict {
    #[default]
    Ignore,
    Update,
}

/// The statements of a table.
#[derive(Clone, Debug)]
pub(super) struct TableSql {
    pub insert: String,
    /// Deletes up to [`SWEEP_ROWS`] rows that are older than its parameter.
    pub sweep: Option<String>,
    create: String,
    /// Gives the names of the columns that are there.
    columns: Statement,
    /// Per column what adds it.
    add: Vec<(String, String)>,
    indices: Vec<String>,
}

impl Table {
    /// Its statements.
    ///
    /// # Errors
    /// A name that cannot be one, with the path of its property.
    pub(super) fn sql(&self, dialect: Dialect) -> Result<TableSql, (String, Text)> {
        let table = quote(&self.name).map_err(|text| ("table".to_owned(), text))?;
        let mut names = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            // A dot in a column's name is part of it.
            let name = column.name.replace('.', "");
            quote(&name).map_err(|text| (format!("columns[{at}].column"), text))?;
            names.push(format!("\"{}\"", column.name.replace('"', "\"\"")));
        }
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let with_type = |at: usize| format!("{} {}", names[at], self.columns[at].kind.sql(dialect));
        let all: Vec<_> = (0..names.len()).map(with_type).collect();
        let mut indices = Vec::new();
        if let Some(time) = self.time {
            let index = quoted(&self.index_name("time"));
            indices.push(format!("CREATE INDEX IF NOT EXISTS {index} ON {table} ({})", names[time]));
        }
        let key = self.key.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        if !key.is_empty() {
            let index = quoted(&self.index_name("key"));
            indices.push(format!("CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {table} ({key})"));
        }
        Ok(TableSql {
            insert: self.insert(dialect, &table, &names, &key),
            sweep: self.time.map(|time| sweep(dialect, &table, &names[time])),
            create: format!("CREATE TABLE IF NOT EXISTS {table} ({})", all.join(", ")),
            columns: match dialect {
                Dialect::Sqlite => Statement {
                    sql: "SELECT name FROM pragma_table_info(?1)".into(),
                    parameters: vec![SqlValue::Text(self.name.as_str().into())],
                },
                Dialect::Postgres => Statement {
                    sql: "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) \
                          AND attnum > 0 AND NOT attisdropped"
                        .into(),
                    parameters: vec![SqlValue::Text(table.as_str().into())],
                },
            },
            add: self
                .columns
                .iter()
                .enumerate()
                .map(|(at, column)| {
                    (column.name.clone(), format!("ALTER TABLE {table} ADD COLUMN {}", with_type(at)))
                })
                .collect(),
            indices,
        })
    }

    fn insert(&self, dialect: Dialect, table: &str, names: &[String], key: &str) -> String {
        let sign = if dialect == Dialect::Sqlite { '?' } else { '$' };
        let places: Vec<_> = (1..=names.len()).map(|at| format!("{sign}{at}")).collect();
        let mut sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        if key.is_empty() {
            return sql;
        }
        let others = self.columns.iter().zip(names).filter(|(column, _)| !self.key.contains(&column.name));
        let sets: Vec<_> = others.map(|(_, name)| format!("{name} = excluded.{name}")).collect();
        if self.conflict == Conflict::Update && !sets.is_empty() {
            sql.push_str(&format!(" ON CONFLICT ({key}) DO UPDATE SET {}", sets.join(", ")));
        } else {
            sql.push_str(&format!(" ON CONFLICT ({key}) DO NOTHING"));
        }
        sql
    }

    /// A name that is the same for the same table and columns, and no other.
    fn index_name(&self, what: &str) -> String {
        let columns = match what {
            "time" => self.time.map(|time| self.columns[time].name.clone()).unwrap_or_default(),
            _ => self.key.join("_"),
        };
        let name = format!("{}_{columns}_{what}", self.name.replace('.', "_"));
        if name.len() <= INDEX_NAME_LIMIT {
            return name;
        }
        let digest: String = Sha1::digest(&name).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("wireloom_{digest}_{what}")
    }
}

fn sweep(dialect: Dialect, table: &str, time: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!(
            "DELETE FROM {table} WHERE rowid IN \
             (SELECT rowid FROM {table} WHERE {time} < ?1 ORDER BY {time} LIMIT {SWEEP_ROWS})"
        ),
        Dialect::Postgres => format!(
            "DELETE FROM {table} WHERE ctid = ANY(ARRAY\
             (SELECT ctid FROM {table} WHERE {time} < $1 ORDER BY {time} LIMIT {SWEEP_ROWS}))"
        ),
    }
}

impl TableSql {
    /// Makes the table, its columns and indices where they are missing.
    ///
    /// # Errors
    /// The database's; among them rows that are there already and break the unique key.
    pub(super) async fn ensure(&self, database: &dyn Database) -> Result<(), DatabaseError> {
        let run = async |sql: &str| {
            let statement = Statement { sql: sql.to_owned(), parameters: vec![] };
            fetch(database, statement, 1).await.map(|_| ())
        };
        // Two nodes that make the same table at once: PostgreSQL lets one of them fail.
        if run(&self.create).await.is_err() {
            run(&self.create).await?;
        }
        let (there, _) = fetch(database, self.columns.clone(), 10_000).await?;
        let is_there = |name: &str| {
            there.iter().any(|row| {
                row.get("name")
                    .and_then(engine::Value::as_str)
                    .is_some_and(|there| there.eq_ignore_ascii_case(name))
            })
        };
        for (_, sql) in self.add.iter().filter(|(name, _)| !is_there(name)) {
            run(sql).await?;
        }
        for sql in &self.indices {
            if run(sql).await.is_err() {
                run(sql).await?;
            }
        }
        Ok(())
    }
}
