//! `sql`: runs a statement for each message, with values from the message as parameters.

use std::sync::Arc;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskInput, TaskNode, TaskOut};
use engine::registry::NodeType;
use engine::typed::TypedValue;
use engine::{Message, NodeError, Object, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::config::Problems;

use super::database::placeholders::Template;
use super::database::{Database, DatabaseNode, Statement, durably_for, fetch};

/// The node type.
pub const NODE: NodeType = NodeType { name: "sql", describe, build, texts: TEXTS };

/// Rows that one message may carry.
const ROW_LIMIT: usize = 100_000;
/// Rows read ahead of the flow when each becomes a message.
const READ_AHEAD: usize = 64;

#[derive(Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["database"]))]
struct Config {
    /// # Name
    name: String,
    /// # Database
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "database"))]
    database: String,
    /// # Statement
    /// One SQL statement. `$name` takes its value from the object `msg.params`, `?` from the array. Empty:
    /// `msg.sql`.
    #[schemars(extend("x-widget" = "code", "x-language" = "sql"))]
    sql: String,
    /// # Values
    /// Values for the `$name` places; they win over those of `msg.params`.
    #[schemars(extend("x-widget" = "rows", "default" = []))]
    values: Vec<ValueRow>,
    /// # Rows
    #[schemars(extend("default" = "rows"))]
    output: Output,
}

/// A value for a place in the statement.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
#[schemars(extend("default" = {"name": "", "v": "payload", "vt": "msg"}))]
struct ValueRow {
    /// # Place
    /// `name` for `$name`.
    name: String,
    /// # Value
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "vt",
        "x-types" = ["msg", "flow", "global", "str", "num", "bool", "json", "date", "jsonata", "env"]))]
    v: serde_json::Value,
    /// # Type
    #[schemars(extend("x-widget" = "hidden"))]
    vt: String,
}

#[derive(Deserialize, JsonSchema, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("x-widget" = "choice", "x-enum-titles" = ["one message with all rows", "one message for each row"]))]
enum Output {
    #[default]
    Rows,
    Each,
}

const TEXTS: Catalogue = &[
    ("sql.label", "sql"),
    ("sql.unnamed", "the value has no name; give it the name of its place in the statement, without the $"),
    (
        "sql.empty",
        "there is no statement; write one into the node, or leave it empty and send one in msg.sql",
    ),
    ("sql.several", "there is more than one statement; use a node for each"),
    ("sql.transaction", "{word} is not allowed: each statement is a transaction of its own"),
    (
        "sql.parameter",
        "there is no value for ${name}; add it to the node's values, or send an object with a property {name} in msg.params",
    ),
    ("sql.count", "the statement takes {needed} values from an array in msg.params, {given} were given"),
];

const HELP: &str = "\
Runs an SQL statement for each message, one after another.

**Takes**
- `msg.params`: the values, unless the node has them: an object for `$name` (or `:name`), an array for `?`. \
Values are never written into the statement's text, so they cannot change what it does.
- `msg.sql`: the statement, if the node has none.

**Sends** the message with
- `msg.payload`: an array of objects, one for each row; or, one message for each row, the row, with \
`msg.parts` to join them again.
- `msg.affected`: the number of rows changed.

Numbers, text, truth values, null and buffers keep their type. SQLite keeps truth values as 0 and 1 and dates as \
milliseconds since 1970; PostgreSQL's times come as dates, JSON as objects. Whole numbers beyond 2^53 come as \
text. What the database refuses is an error that a catch node can take.

**Example**: `SELECT kind, count(*) AS count FROM readings WHERE time > $since GROUP BY kind`";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "storage".into(),
        colour: "#9fc5b5".into(),
        icon: "database".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("sql.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let database = context.config_node::<DatabaseNode>("database")?.database.clone();
    let mut problems = Problems::default();
    let fixed = match config.sql.trim() {
        "" => None,
        sql => problems.check("sql", Template::parse(sql, database.dialect())),
    };
    let mut values = Vec::new();
    for (at, row) in config.values.iter().enumerate() {
        let name = row.name.trim().trim_start_matches(['$', ':']);
        if name.is_empty() {
            problems.add(format!("values[{at}].name"), Text::key("sql.unnamed"));
        }
        let value = problems.check(format!("values[{at}].v"), TypedValue::parse(&row.v, &row.vt));
        values.extend(value.map(|value| (name.to_owned(), value)));
    }
    problems.finish()?;
    Built::task(Sql { database, fixed, values, output: config.output })
}

struct Sql {
    database: Arc<dyn Database>,
    /// `None` where the message brings it.
    fixed: Option<Template>,
    /// Values by the name of their place.
    values: Vec<(String, TypedValue)>,
    output: Output,
}

impl TaskNode for Sql {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let _durably = durably_for(&*self.database, context.node());
            while let Some(input) = context.next().await {
                let TaskInput::Message(message) = input else { continue };
                match self.answer(&message, &context.out).await {
                    Ok(()) => context.out.done(message),
                    Err(error) => context.out.fail(error, Some(message)),
                }
            }
            Ok(())
        })
    }
}

impl Sql {
    async fn answer(&self, message: &Message, out: &TaskOut) -> Result<(), NodeError> {
        let from_message;
        let template = match &self.fixed {
            Some(template) => template,
            None => {
                let sql = message.get("sql").and_then(Value::as_str).unwrap_or_default();
                from_message = Template::parse(sql, self.database.dialect())?;
                &from_message
            }
        };
        let mut given = message.get("params").cloned().unwrap_or_default();
        if !self.values.is_empty() {
            let mut named = given.as_object().cloned().unwrap_or_default();
            for (name, value) in &self.values {
                named.insert(name.as_str(), value.evaluate(out.node(), message)?);
            }
            given = named.into();
        }
        let parameters = template.bind(&given)?;
        let statement = Statement { sql: template.sql.clone(), parameters };
        match self.output {
            Output::Rows => self.send_rows(statement, message, out).await,
            Output::Each => self.send_each(statement, message, out).await,
        }
    }

    async fn send_rows(
        &self,
        statement: Statement,
        message: &Message,
        out: &TaskOut,
    ) -> Result<(), NodeError> {
        let sql = statement.sql.clone();
        let found = fetch(&*self.database, statement, ROW_LIMIT).await;
        let (rows, affected) = found.map_err(|error| error.to_node_error(&sql))?;
        let mut answer = message.clone();
        answer.set("payload", rows);
        answer.set("affected", affected as f64);
        // The flow is gone: so is whoever waited for the rows.
        let _ = out.send(0, answer).await;
        Ok(())
    }

    async fn send_each(
        &self,
        statement: Statement,
        message: &Message,
        out: &TaskOut,
    ) -> Result<(), NodeError> {
        let sql = statement.sql.clone();
        let (sender, mut rows) = mpsc::channel::<Object>(READ_AHEAD);
        let id = engine::message::new_id();
        let send = async {
            // One row is kept back: the last one tells how many there were.
            let mut kept: Option<Object> = None;
            let mut index = 0_usize;
            loop {
                let next = rows.recv().await;
                let is_last = next.is_none();
                if let Some(row) = std::mem::replace(&mut kept, next) {
                    let mut part = message.clone();
                    part.set("payload", row);
                    let mut parts = Object::from_iter([
                        ("id", Value::from(id.clone())),
                        ("type", "array".into()),
                        ("index", index.into()),
                    ]);
                    if is_last {
                        parts.insert("count", index + 1);
                    }
                    part.set("parts", parts);
                    index += 1;
                    if out.send(0, part).await.is_err() {
                        break;
                    }
                }
                if is_last {
                    break;
                }
            }
            drop(rows);
        };
        let (changed, ()) = tokio::join!(self.database.run(statement, sender), send);
        changed.map(|_| ()).map_err(|error| error.to_node_error(&sql))
    }
}
