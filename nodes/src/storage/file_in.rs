//! `file in`: reads a file: whole, line by line, or in pieces.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskInput, TaskNode, TaskOut};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::typed::TypedValue;
use engine::{Message, NodeError, Object, Value};
use model::descriptor::{Label, NodeDescriptor};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::encoding::{self, Encoding};
use super::file_name::{self, WorkingFolder};
use crate::config::{Problems, flag, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "file in", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    encoding::UNKNOWN,
    ("file-in.label", "read file"),
    ("file.errors.nofilename", "no file is named, so nothing was written"),
    ("file-in.read", "the file {file} could not be read: {error}"),
    (
        "file-in.too-large",
        "the file {file} has more than {megabytes} MB, which is the limit for one message; read it line by line or in pieces",
    ),
    ("file-in.long-line", "the file {file} has a line of more than {megabytes} MB, which is the limit"),
    ("file-in.format", "{format} is not a format; choose utf8, lines, stream or none"),
];

/// A message carries so much at most: a file that is read whole, or a line of it.
const MESSAGE_LIMIT_BYTES: u64 = 512_000_000;
/// Files are read in pieces of this size, as Node.js does.
const PIECE_BYTES: usize = 65_536;

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
    /// # Send
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["utf8", "lines", "", "stream"],
        "x-enum-titles" = ["One text", "A message for each line", "One buffer", "A message for each piece, as buffers"]))]
    format: String,
    /// # Encoding
    /// Such as `utf8`, `utf16le`, `windows-1252`, `shift_jis`; `none` is UTF-8.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"format": ["utf8", "lines"]}))]
    encoding: String,
    /// # Keep all properties of the message
    /// In each message; otherwise the topic only.
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"format": ["lines", "stream"]}))]
    all_props: bool,
    /// # Send a message on errors too
    /// With `msg.error` and no payload, as older flows expect.
    #[serde(deserialize_with = "flag")]
    send_error: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            filename: String::new(),
            filename_type: "str".into(),
            format: "utf8".into(),
            encoding: "none".into(),
            all_props: false,
            send_error: false,
        }
    }
}

const HELP: &str = "\
Reads a file: as one text or buffer, or as a sequence of lines or pieces.

**Takes** any message; its name may come from the message. **Sends** the message with the file in `msg.payload` and its \
name in `msg.filename`; for lines and pieces, messages with `msg.parts`, the last of which knows their count.

Lines and pieces are read as fast as the flow takes them, so a file may be larger than the memory. Read whole it may have \
512 MB. A file that cannot be read is an error that can be caught.

**Example**: lines of a CSV file, then a csv node.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        label: Label {
            properties: vec!["name".into(), "filename".into()],
            fallback: Text::key("file-in.label"),
        },
        ..Face {
            type_name: NODE.name,
            category: "storage",
            colour: "#dbb84d",
            icon: "file-output",
            help: HELP,
        }
        .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let has = |name: &str| context.properties.contains_key(name);
    let name =
        file_name::parse(&config.filename, if has("filenameType") { &config.filename_type } else { "" });
    let name = problems.check("filename", name);
    let encoding = problems.check("encoding", Encoding::named(&config.encoding));
    let format = match config.format.as_str() {
        "utf8" => Some(Format::Text),
        "" => Some(Format::Buffer),
        "lines" => Some(Format::Lines),
        "stream" => Some(Format::Pieces),
        format => {
            problems.add("format", Text::key("file-in.format").with("format", format));
            None
        }
    };
    let ((name, encoding), format) = problems.settle(name.zip(encoding).zip(format))?;
    Built::task(FileIn {
        name,
        encoding,
        format,
        keeps_properties: config.all_props,
        // Nodes from before there was a choice do.
        sends_error: config.send_error || !has("sendError"),
        folder: context.services.get(),
    })
}

#[derive(Clone, Copy)]
enum Format {
    Text,
    Buffer,
    Lines,
    Pieces,
}

struct FileIn {
    name: TypedValue,
    encoding: Encoding,
    format: Format,
    keeps_properties: bool,
    sends_error: bool,
    folder: Option<Arc<WorkingFolder>>,
}

impl TaskNode for FileIn {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            while let Some(input) = context.next().await {
                let TaskInput::Message(mut message) = input else { continue };
                match self.answer(&mut message, &context.out).await {
                    Ok(()) => context.out.done(message),
                    Err(error) => {
                        let mut sent = message.clone();
                        sent.remove("payload");
                        let text = context.node().registry.render(&error.text);
                        let shown = [("message", Value::from(text)), ("code", error.code.clone().into())];
                        sent.set("error", Object::from_iter(shown));
                        context.out.fail(error, Some(message));
                        if self.sends_error {
                            let _ = context.out.send(0, sent).await;
                        }
                    }
                }
            }
            Ok(())
        })
    }
}

impl FileIn {
    async fn answer(&self, message: &mut Message, out: &TaskOut) -> Result<(), NodeError> {
        let name = file_name::text(&self.name.evaluate(out.node(), message)?);
        let name = name.as_str().replace(['\t', '\r', '\n'], "");
        if name.is_empty() {
            out.log(Level::Warn, Text::key("file.errors.nofilename"));
            return Ok(());
        }
        message.set("filename", name.as_str());
        let path = file_name::resolve(Path::new(name.as_str()), self.folder.as_deref());
        let failed = |error: std::io::Error| {
            NodeError::key("file-in.read")
                .with("file", path.display())
                .with("error", &error)
                .coded(file_name::code(&error))
        };
        let mut reader = BufReader::with_capacity(PIECE_BYTES, File::open(&path).await.map_err(failed)?);
        match self.format {
            Format::Lines if !matches!(self.encoding, Encoding::Utf16 { .. }) => {
                self.send_lines(&mut reader, message, out, &path).await?.map_err(failed)
            }
            Format::Pieces => self.send_pieces(&mut reader, message, out).await.map_err(failed),
            format => {
                let mut bytes = Vec::new();
                reader.take(MESSAGE_LIMIT_BYTES + 1).read_to_end(&mut bytes).await.map_err(failed)?;
                if bytes.len() as u64 > MESSAGE_LIMIT_BYTES {
                    return Err(too_large("file-in.too-large", &path));
                }
                if let Format::Lines = format {
                    // A line end takes two bytes here: the text is cut when it is decoded.
                    let text = self.encoding.decode(&bytes);
                    let mut parts = Parts::new(self, message, "string", "\n");
                    let mut lines = text.split('\n').peekable();
                    while let Some(line) = lines.next() {
                        parts.send(line.into(), lines.peek().is_none(), out).await;
                    }
                    return Ok(());
                }
                message.set(
                    "payload",
                    match format {
                        Format::Buffer => Value::buffer(bytes),
                        _ => self.encoding.decode(&bytes).into(),
                    },
                );
                let _ = out.send(0, message.clone()).await;
                Ok(())
            }
        }
    }

    async fn send_lines(
        &self,
        reader: &mut BufReader<File>,
        message: &Message,
        out: &TaskOut,
        path: &Path,
    ) -> Result<std::io::Result<()>, NodeError> {
        let mut parts = Parts::new(self, message, "string", "\n");
        loop {
            let mut line = Vec::new();
            let read = (&mut *reader).take(MESSAGE_LIMIT_BYTES + 1).read_until(b'\n', &mut line).await;
            if let Err(error) = read {
                return Ok(Err(error));
            }
            if line.len() as u64 > MESSAGE_LIMIT_BYTES {
                return Err(too_large("file-in.long-line", path));
            }
            // What follows the last line end is a line too, even if it is empty.
            let is_last = line.pop_if(|last| *last == b'\n').is_none();
            if !parts.send(self.encoding.decode(&line).into(), is_last, out).await || is_last {
                return Ok(Ok(()));
            }
        }
    }

    async fn send_pieces(
        &self,
        reader: &mut BufReader<File>,
        message: &Message,
        out: &TaskOut,
    ) -> std::io::Result<()> {
        let mut parts = Parts::new(self, message, "buffer", "");
        let mut piece = read_piece(reader).await?;
        while !piece.is_empty() {
            // The next one tells whether this is the last.
            let next = read_piece(reader).await?;
            if !parts.send(Value::buffer(piece), next.is_empty(), out).await {
                break;
            }
            piece = next;
        }
        Ok(())
    }
}

async fn read_piece(reader: &mut BufReader<File>) -> std::io::Result<Bytes> {
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    (&mut *reader).take(PIECE_BYTES as u64).read_to_end(&mut piece).await?;
    Ok(piece.into())
}

fn too_large(key: &'static str, path: &Path) -> NodeError {
    NodeError::key(key).with("file", path.display()).with("megabytes", MESSAGE_LIMIT_BYTES / 1_000_000)
}

/// The messages of a file that is read in parts.
struct Parts {
    base: Message,
    id: Value,
    kind: &'static str,
    separator: &'static str,
    count: usize,
}

impl Parts {
    fn new(node: &FileIn, message: &Message, kind: &'static str, separator: &'static str) -> Self {
        let base = if node.keeps_properties {
            message.clone()
        } else {
            let kept = ["topic", "filename"].into_iter();
            let kept = kept.filter_map(|name| Some((name, message.get(name)?.clone())));
            message.derive(kept.collect::<Object>())
        };
        Self { base, id: message.get("_msgid").cloned().unwrap_or_default(), kind, separator, count: 0 }
    }

    /// Sends a part; `false` when the node is gone.
    async fn send(&mut self, payload: Value, is_last: bool, out: &TaskOut) -> bool {
        let mut parts = Object::from_iter([
            ("index", Value::from(self.count)),
            ("ch", self.separator.into()),
            ("type", self.kind.into()),
            ("id", self.id.clone()),
        ]);
        self.count += 1;
        if is_last {
            parts.insert("count", self.count);
        }
        let mut message = self.base.clone();
        message.set("payload", payload);
        message.set("parts", parts);
        out.send_part(0, message).await.is_ok()
    }
}
