//! `store`: puts properties of each message into the columns of a table, without a line of SQL.

use std::time::Duration;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskNode};
use engine::registry::NodeType;
use engine::{NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::database::DatabaseNode;

mod columns;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use columns::{Column, ColumnType};
use schema::{Conflict, Table};
use writer::Writer;

/// The node type.
pub const NODE: NodeType = NodeType { name: "store", describe, build, texts: TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["database"]))]
struct Config {
    /// # Name
    name: String,
    /// # Database
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "database"))]
    database: String,
    /// # Table
    /// Made when the first message comes, if it is not there; columns that it lacks are added.
    table: String,
    /// # Columns
    /// Which property of the message goes into which column.
    #[schemars(extend("x-widget" = "rows", "default" = []))]
    columns: Vec<ColumnRow>,
    /// # Time column
    /// Holds when the message came, unless a property is put into it. Empty for none.
    time_column: String,
    /// # Keep for
    /// Older rows are deleted, a few at a time. Empty or 0 keeps them for ever.
    #[schemars(with = "f64", range(min = 0.0), extend("x-widget" = "duration", "x-unit-property" = "keepUnit"))]
    keep: Value,
    /// # Unit
    #[schemars(extend("x-enum-titles" = ["seconds", "minutes", "hours", "days"], "default" = "h"))]
    keep_unit: Unit,
    /// # Unique key
    /// Columns, separated by commas, that no two rows may have in common: a message that is delivered twice is
    /// stored once.
    key: String,
    /// # When the key is there already
    #[schemars(extend("default" = "ignore"))]
    conflict: Conflict,
    /// # Rows per commit
    #[schemars(with = "u32", range(min = 1, max = 10000), extend("x-section" = "Speed"))]
    batch_rows: Value,
    /// # Wait for more rows, in ms
    #[schemars(with = "u32", range(min = 0, max = 60000), extend("x-section" = "Speed"))]
    batch_ms: Value,
}

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
#[schemars(extend("default" = {"property": "payload", "column": "", "type": "text"}))]
struct ColumnRow {
    /// # Property
    /// Such as `payload.temperature`.
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"]))]
    property: String,
    /// # Column
    column: String,
    /// # Type
    r#type: ColumnType,
}

#[derive(Deserialize, JsonSchema, Default, Clone, Copy)]
enum Unit {
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "min")]
    Minutes,
    #[default]
    #[serde(rename = "h")]
    Hours,
    #[serde(rename = "d")]
    Days,
}

impl Unit {
    fn seconds(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Minutes => 60.0,
            Self::Hours => 3600.0,
            Self::Days => 86_400.0,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: String::new(),
            database: String::new(),
            table: String::new(),
            columns: Vec::new(),
            time_column: "time".into(),
            keep: "".into(),
            keep_unit: Unit::default(),
            key: String::new(),
            conflict: Conflict::default(),
            batch_rows: 500.into(),
            batch_ms: 20.into(),
        }
    }
}

const TEXTS: Catalogue = &[
    ("store.label", "store"),
    ("store.waiting", "waiting for the database: {reason}"),
    ("store.lost", "the database cannot be used: {reason}; messages are held until it is back"),
    ("store.back", "the database is back; what was held is stored"),
    ("store.sweep-failed", "old rows could not be deleted: {reason}"),
    ("store.table", "the table is missing; give it a name"),
    ("store.no-columns", "there are no columns; add one for each property that is to be stored"),
    ("store.column-twice", "the column {column} is there twice; give each its own"),
    ("store.key", "the key names {column}, which is not among the columns"),
    ("store.keep-without-time", "a time column is needed to tell which rows are old; name one"),
    ("store.number", "a number from {low} to {high} is needed here"),
    ("store.misfit", "{property} does not fit the column {column}: {wanted} is needed, this is {given}"),
    ("store.key-empty", "{property} is missing, but the column {column} is part of the unique key"),
];

const HELP: &str = "\
Stores each message as a row of a table. The table is made when the first message comes; columns that it lacks \
are added.

**Takes** any message. A property that is missing is stored as NULL. One that does not fit its column is an error of \
that message, which a catch node can take; the others are stored.

Rows are committed together: up to 500, or what comes within 20 ms. A message is done when its row is committed. \
While the database is lost or full the node waits, shows a yellow ring and holds the messages; then it stores \
them. A connection lost in the middle of a commit may store rows twice, unless there is a unique key.

With *Keep for*, older rows are deleted in the background.

**Example**: `payload.id` to `device` (text), `payload.lat` to `latitude` (number), time column `time`, keep \
for 24 h.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "storage".into(),
        colour: "#9fc5b5".into(),
        icon: "database-zap".into(),
        inputs: 1,
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["name".into(), "table".into()], fallback: Text::key("store.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Vec::new();
    let database = match context.config_node::<DatabaseNode>("database") {
        Ok(node) => Some(node.database.clone()),
        Err(error) => {
            problems.extend(error.problems);
            None
        }
    };
    let dialect = database.as_ref().map(|database| database.dialect());
    let table = config.table(&mut problems);
    let batch_rows = number(&config.batch_rows, "batchRows", 1.0, 10_000.0, 500.0, &mut problems) as usize;
    let batch_wait = number(&config.batch_ms, "batchMs", 0.0, 60_000.0, 20.0, &mut problems) as u64;
    // A hundred years of the longest unit.
    let keep =
        number(&config.keep, "keep", 0.0, 36_500.0 * 24.0, 0.0, &mut problems) * config.keep_unit.seconds();
    if keep > 0.0 && table.time.is_none() {
        problems.push(("timeColumn".into(), Text::key("store.keep-without-time")));
    }
    match (database, dialect.map(|dialect| table.sql(dialect))) {
        (Some(database), Some(Ok(sql))) if problems.is_empty() => Built::task(Store(Writer {
            database,
            table,
            sql,
            batch_rows,
            batch_wait: Duration::from_millis(batch_wait),
            keep: (keep > 0.0).then(|| Duration::from_secs_f64(keep)),
        })),
        (_, sql) => {
            let unnamed = sql.and_then(Result::err);
            problems.extend(unnamed.filter(|(path, _)| problems.iter().all(|(other, _)| other != path)));
            Err(BuildError { problems })
        }
    }
}

impl Config {
    fn table(&self, problems: &mut Vec<(String, Text)>) -> Table {
        if self.table.trim().is_empty() {
            problems.push(("table".into(), Text::key("store.table")));
        }
        if self.columns.is_empty() {
            problems.push(("columns".into(), Text::key("store.no-columns")));
        }
        let mut columns: Vec<Column> = Vec::new();
        for (at, row) in self.columns.iter().enumerate() {
            let name = row.column.trim();
            if columns.iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
                let text = Text::key("store.column-twice").with("column", name);
                problems.push((format!("columns[{at}].column"), text));
            }
            match Column::new(&row.property, name, row.r#type) {
                Ok(column) => columns.push(column),
                Err(text) => problems.push((format!("columns[{at}].property"), text)),
            }
        }
        let time = Some(self.time_column.trim()).filter(|name| !name.is_empty());
        if let Some(time) = time
            && !columns.iter().any(|column| column.name == time)
        {
            columns.push(Column::arrival_time(time));
        }
        let key: Vec<String> =
            self.key.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        for name in &key {
            if !columns.iter().any(|column| column.name == *name) {
                problems.push(("key".into(), Text::key("store.key").with("column", name)));
            }
        }
        let time = time.and_then(|time| columns.iter().position(|column| column.name == time));
        Table { name: self.table.trim().to_owned(), columns, time, key, conflict: self.conflict }
    }
}

/// A setting that may stand there as a number, as text, or be empty.
fn number(
    value: &Value,
    path: &str,
    low: f64,
    high: f64,
    default: f64,
    problems: &mut Vec<(String, Text)>,
) -> f64 {
    let number = match value {
        Value::Number(number) => Some(*number),
        Value::String(text) if text.trim().is_empty() => Some(default),
        Value::String(text) => text.trim().parse().ok(),
        Value::Undefined | Value::Null => Some(default),
        _ => None,
    };
    number.filter(|number| (low..=high).contains(number)).unwrap_or_else(|| {
        problems.push((path.into(), Text::key("store.number").with("low", low).with("high", high)));
        default
    })
}

struct Store(Writer);

impl TaskNode for Store {
    fn run(self: Box<Self>, context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(self.0.run(context))
    }
}
