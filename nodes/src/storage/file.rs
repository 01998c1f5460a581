//! `file`: writes to a file, or deletes one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::node::{
    BoxFuture, BuildContext, BuildError, Built, NodeHandle, TaskContext, TaskInput, TaskNode,
};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::typed::TypedValue;
use engine::{Message, NodeError, Value, js};
use model::descriptor::{Label, NodeDescriptor};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::encoding::{self, Encoding};
use super::file_name::{self, WorkingFolder};
use crate::config::{Problems, flag, text};
use crate::face::Face;

#[cfg(test)]
mod tests;
mod writer;

use writer::{Action, Writer};

/// The node type.
pub const NODE: NodeType = NodeType { name: "file", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    encoding::UNKNOWN,
    ("file.label", "write file"),
    ("file.errors.nofilename", "no file is named, so nothing was written"),
    ("file.errors.createfail", "the folder could not be made: {error}"),
    ("file.errors.writefail", "the file could not be written: {error}"),
    ("file.errors.appendfail", "the file could not be added to: {error}"),
    ("file.errors.deletefail", "the file could not be deleted: {error}"),
    ("file.action", "{action} is not an action; choose false (add), true (overwrite) or delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # File
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "filenameType",
        "x-types" = ["str", "msg", "flow", "global", "jsonata", "env"], "x-reads" = true))]
    filename: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    filename_type: String,
    /// # Action
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["false", "true", "delete"],
        "x-enum-titles" = ["Add to the file", "Overwrite the file", "Delete the file"]))]
    overwrite_file: String,
    /// # End each with a line end
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"overwriteFile": ["false", "true"]}))]
    append_newline: bool,
    /// # Make the folder if there is none
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"overwriteFile": ["false", "true"]}))]
    create_dir: bool,
    /// # Encoding
    /// Such as `utf8`, `utf16le`, `windows-1252`, `shift_jis`; `none` is UTF-8, and `setbymsg` takes the one in
    /// `msg.encoding`.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"overwriteFile": ["false", "true"]}))]
    encoding: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            filename: String::new(),
            filename_type: "str".into(),
            overwrite_file: "false".into(),
            append_newline: true,
            create_dir: false,
            encoding: "none".into(),
        }
    }
}

const HELP: &str = "\
Writes `msg.payload` to a file: adds it, or overwrites the file. Or deletes the file.

**Takes** a text or buffer; numbers and booleans are written as text, objects and arrays as JSON. Messages are written \
one after another, in order. `msg.encoding` names the encoding where the node leaves it to the message.

**Sends** the message, with `msg.filename`, when it is written. What could not be written is an error that can be caught, \
and the source of the message is not told that it is done.

A name that is no full path is one in the folder that Wireloom was started in, or that its settings name.

**Example**: a log of readings, one a line: text from a template node, *add to the file*.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        label: Label {
            properties: vec!["name".into(), "filename".into()],
            fallback: Text::key("file.label"),
        },
        ..Face {
            type_name: NODE.name,
            category: "storage",
            colour: "#dbb84d",
            icon: "file-input",
            help: HELP,
        }
        .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let has_type = context.properties.contains_key("filenameType");
    let name = file_name::parse(&config.filename, if has_type { &config.filename_type } else { "" });
    let name = problems.check("filename", name);
    let encoding = match config.encoding.as_str() {
        "setbymsg" => Some(None),
        encoding => problems.check("encoding", Encoding::named(encoding)).map(Some),
    };
    let action = match config.overwrite_file.as_str() {
        "false" | "" => Some(Action::Append),
        "true" => Some(Action::Overwrite),
        "delete" => Some(Action::Delete),
        action => {
            problems.add("overwriteFile", Text::key("file.action").with("action", action));
            None
        }
    };
    let ((name, encoding), action) = problems.settle(name.zip(encoding).zip(action))?;
    Built::task(FileNode {
        name,
        encoding,
        action,
        appends_line_end: config.append_newline,
        makes_folder: config.create_dir,
        folder: context.services.get(),
    })
}

struct FileNode {
    name: TypedValue,
    /// None where the message names it.
    encoding: Option<Encoding>,
    action: Action,
    appends_line_end: bool,
    makes_folder: bool,
    folder: Option<Arc<WorkingFolder>>,
}

/// How the system ends a line.
const LINE_END: &str = if cfg!(windows) { "\r\n" } else { "\n" };

impl TaskNode for FileNode {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let mut writer = Writer::new(self.action, self.makes_folder);
            while let Some(input) = context.next().await {
                let TaskInput::Message(mut message) = input else { continue };
                let (path, bytes) = match self.prepare(&mut message, context.node()) {
                    Ok(Some(prepared)) => prepared,
                    Ok(None) => {
                        if message.get("filename").and_then(Value::as_str) == Some("") {
                            context.out.log(Level::Warn, Text::key("file.errors.nofilename"));
                        }
                        context.out.done(message);
                        continue;
                    }
                    Err(error) => {
                        context.out.fail(error, Some(message));
                        continue;
                    }
                };
                let result;
                (writer, result) = writer.work(path, bytes).await;
                match result {
                    Ok(()) => {
                        // The flow is gone: the file is written all the same.
                        let _ = context.out.send(0, message.clone()).await;
                        context.out.done(message);
                    }
                    Err(error) => context.out.fail(error, Some(message)),
                }
            }
            Ok(())
        })
    }
}

impl FileNode {
    /// The file and what is written; `None` when there is nothing to do.
    fn prepare(
        &self,
        message: &mut Message,
        node: &NodeHandle,
    ) -> Result<Option<(PathBuf, Vec<u8>)>, NodeError> {
        let name = file_name::text(&self.name.evaluate(node, message)?);
        message.set("filename", name.as_str());
        if name.is_empty() {
            return Ok(None);
        }
        let path = file_name::resolve(Path::new(name.as_str()), self.folder.as_deref());
        if self.action == Action::Delete {
            return Ok(Some((path, Vec::new())));
        }
        let text = match message.payload() {
            Value::Undefined => return Ok(None),
            Value::Buffer(bytes) => return Ok(Some((path, bytes.to_vec()))),
            Value::String(text) => text.to_string(),
            value @ (Value::Number(_) | Value::Bool(_)) => js::to_text(value).into(),
            value => js::stringify(value, 0).unwrap_or_default(),
        };
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => Encoding::named(message.get("encoding").and_then(Value::as_str).unwrap_or("none"))?,
        };
        let text = if self.appends_line_end && !is_last_part(message) { text + LINE_END } else { text };
        Ok(Some((path, encoding.encode(&text))))
    }
}

/// The last part of a text that was split has no line end after it.
fn is_last_part(message: &Message) -> bool {
    let part = |name| message.get("parts").and_then(|parts| parts.get(name));
    let number = |name| part(name).map(js::to_number);
    part("type").and_then(Value::as_str) == Some("string")
        && number("count").zip(number("index")).is_some_and(|(count, index)| count == index + 1.0)
}
