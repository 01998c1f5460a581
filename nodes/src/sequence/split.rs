//! `split`: makes a sequence of messages out of one.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use engine::delivery::Delivery;
use engine::js;
use engine::js::path::PropertyPath;
use engine::message::new_id;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress};
use engine::registry::NodeType;
use engine::{Message, NodeError, Object, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{PARKED_LIMIT, Problems, flag, number_or_text, park, text, unescape};

mod parts;

use parts::{Content, Cut, Parts};

/// The node type.
pub const NODE: NodeType = NodeType { name: "split", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("split.label", "split"),
    ("split.type", "{type} is not a way to split; choose str, bin or len"),
    ("split.bytes", "the bytes to split at are written as a JSON array, such as [13, 10]"),
    ("split.length", "the length must be 1 or more"),
    (
        "split.rest-too-long",
        "the stream has had {megabytes} MB or {count} messages without a place to split at, which is the limit; check the separator",
    ),
    ("split.null", "{property} is null, which cannot be split"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Split texts and buffers at
    /// A text (`\n`, `\t` and so on are understood), bytes, or pieces of a fixed length.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "spltType", "x-types" = ["str", "bin", "len"]))]
    splt: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    splt_type: String,
    /// # Split arrays into pieces of
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 1))]
    array_splt: Option<f64>,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    array_splt_type: String,
    /// # Handle as a stream
    /// Messages follow on from each other: the rest after the last split is kept for the next message.
    #[serde(deserialize_with = "flag")]
    stream: bool,
    /// # Copy object keys to
    /// A property of the message; empty for none.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"]))]
    addname: String,
    /// # Property
    /// Of the message, such as `payload`.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"], "x-reads" = true))]
    property: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            splt: "\\n".into(),
            splt_type: "str".into(),
            array_splt: Some(1.0),
            array_splt_type: "len".into(),
            stream: false,
            addname: String::new(),
            property: "payload".into(),
        }
    }
}

const HELP: &str = "\
Splits one message into a sequence: a text or buffer at a separator or into pieces, an array into its elements, an \
object into its properties.

**Takes** `msg.payload`, or another property. **Sends** a message for each part, with `msg.parts`: `id` of the \
sequence, `index`, `count`, `type` (`string`, `array`, `object` or `buffer`), `ch` the separator, `len` the length, \
`key` of an object's property; a join node puts them together again by it. Parts of parts keep the outer \
`msg.parts` inside.

Parts are made one at a time, while the flow has room: a million of them take no more memory than one. What is no text, \
buffer, array or object is dropped.

**Example**: `[{...}, {...}]` from an HTTP request, to handle each entry by itself.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "sequence".into(),
        colour: "#e2d96e".into(),
        icon: "scissors".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("split.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let cut = match config.splt_type.as_str() {
        "str" | "" => {
            let separator = if config.splt.is_empty() { "\n".into() } else { unescape(&config.splt) };
            Some(Cut::At { separator: separator.as_bytes().to_vec(), shown: separator.into() })
        }
        "bin" => match serde_json::from_str::<Vec<u8>>(&config.splt) {
            Ok(bytes) if !bytes.is_empty() => {
                let shown = bytes.iter().map(|byte| Value::from(u32::from(*byte))).collect();
                Some(Cut::At { separator: bytes, shown })
            }
            _ => {
                problems.add("splt", Text::key("split.bytes"));
                None
            }
        },
        "len" => length(Some(js::parse_int(&config.splt, 10)), "splt", &mut problems).map(Cut::Every),
        other => {
            problems.add("spltType", Text::key("split.type").with("type", other));
            None
        }
    };
    if !matches!(config.array_splt_type.as_str(), "" | "len") {
        problems.add("arraySpltType", Text::key("split.type").with("type", &config.array_splt_type));
    }
    let array_length = length(config.array_splt.or(Some(1.0)), "arraySplt", &mut problems);
    let property = if config.property.is_empty() { "payload" } else { &config.property };
    let path = problems.check("property", PropertyPath::parse_message(property));
    let key_path = match config.addname.as_str() {
        "" => Some(None),
        name => problems.check("addname", PropertyPath::parse_message(name)).map(Some),
    };
    let ((cut, array_length), (path, key_path)) =
        problems.settle(cut.zip(array_length).zip(path.zip(key_path)))?;
    Built::function(Split {
        rules: Arc::new(Rules { cut, array_length, path, key_path }),
        is_stream: config.stream,
        next_index: 0,
        rest: None,
        jobs: Arc::default(),
    })
}

fn length(value: Option<f64>, path: &str, problems: &mut Problems) -> Option<usize> {
    let length = value.map_or(0.0, f64::trunc);
    if length >= 1.0 {
        return Some(length as usize);
    }
    problems.add(path, Text::key("split.length"));
    None
}

/// How the node splits.
struct Rules {
    cut: Cut,
    array_length: usize,
    path: PropertyPath,
    key_path: Option<PropertyPath>,
}

impl Rules {
    /// Whether parts can be made of the message: they must not fail one by one later.
    fn check_settable(&self, message: &Message) -> Result<(), NodeError> {
        if self.path.as_key().is_some() && self.key_path.is_none() {
            return Ok(());
        }
        let mut probe = message.clone();
        if let Some(path) = &self.key_path {
            path.set(probe.properties_mut(), "".into())?;
        }
        self.path.set(probe.properties_mut(), "".into())
    }
}

struct Split {
    rules: Arc<Rules>,
    is_stream: bool,
    /// In stream mode: the index of the next part.
    next_index: u64,
    /// In stream mode: what came after the last split.
    rest: Option<Rest>,
    /// Messages being split, in the order they came: the parts of one never overtake those of another.
    jobs: Arc<Mutex<Jobs>>,
}

/// What follows the last split of a stream, and the messages that it came of.
type Rest = (Value, Vec<Message>);

/// What a stream goes on with in the node's successor.
struct Parked {
    next_index: u64,
    rest: Option<Rest>,
}

/// Messages being split.
#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    /// Whether the cell holds the iterator that empties the queue.
    is_streaming: bool,
}

impl FunctionNode for Split {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let value = self.rules.path.read(message.properties())?.into_owned();
        self.rules.check_settable(message)?;
        let content = match value {
            Value::Undefined | Value::Bool(_) | Value::Number(_) | Value::Handle(_) => {
                return Ok(Progress::Done);
            }
            Value::Null => {
                return Err(NodeError::key("split.null").with("property", self.rules.path.as_str()));
            }
            Value::String(_) | Value::Buffer(_) if self.is_stream => {
                return self.add_to_stream(value, message, out);
            }
            value => value,
        };
        if let Some(parts) = Parts::of(content, &self.rules.cut, self.rules.array_length) {
            let job = Job::new(message, parts, self.rules.clone(), 0, true);
            self.send(job, out);
        }
        Ok(Progress::Done)
    }

    fn kept(&self) -> usize {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.waiting.len() + self.rest.as_ref().map_or(0, |(_, kept)| kept.len())
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        self.is_stream.then(|| {
            Box::new(Parked { next_index: self.next_index, rest: self.rest.take() }) as Box<dyn Any + Send>
        })
    }

    fn resume(&mut self, parked: Handover, _out: &mut Out<'_>) {
        if self.is_stream
            && let Some(parked) = parked.take::<Parked>()
        {
            (self.next_index, self.rest) = (parked.next_index, parked.rest);
        }
    }
}

impl Split {
    fn add_to_stream(
        &mut self,
        value: Value,
        message: &mut Message,
        out: &mut Out<'_>,
    ) -> Result<Progress, NodeError> {
        let (rest, mut kept) = self.rest.take().unwrap_or_default();
        let length = size(&rest) + size(&value);
        if length > REST_LIMIT_BYTES || kept.len() >= PARKED_LIMIT {
            self.rest = Some((rest, kept));
            let error = NodeError::key("split.rest-too-long").with("megabytes", REST_LIMIT_BYTES / 1_000_000);
            return Err(error.with("count", PARKED_LIMIT));
        }
        let whole = follow_on(rest, value);
        let (content, rest) = Content::split_off_rest(&whole, &self.rules.cut);
        let original = message.clone();
        if let Some(content) = content {
            let parts = Parts::new(content, &self.rules.cut);
            let deliveries = kept.iter().chain([&*message]).filter_map(|one| one.delivery().cloned());
            message.set_delivery(Delivery::merge(deliveries));
            let count = parts.count() as u64;
            let job = Job::new(message, parts, self.rules.clone(), self.next_index, false);
            self.next_index += count;
            self.send(job, out);
            kept.drain(..).for_each(|one| out.done(one));
        }
        if rest.is_empty() {
            out.done(original);
        } else {
            // It waits for the next message, in a buffer with a limit of its own.
            park(&original);
            kept.push(original);
            self.rest = Some((rest.into_value(), kept));
        }
        Ok(Progress::Pending)
    }

    fn send(&mut self, job: Job, out: &mut Out<'_>) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.waiting.push_back(job);
        if !jobs.is_streaming {
            jobs.is_streaming = true;
            out.stream(0, Message::default(), Stream(self.jobs.clone()));
        }
    }
}

/// So much may follow the last split of a stream before the next.
const REST_LIMIT_BYTES: usize = 16_000_000;

fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Buffer(bytes) => bytes.len(),
        _ => 0,
    }
}

/// What is left from the message before, followed by this one; a text does not follow on a buffer.
fn follow_on(rest: Value, value: Value) -> Value {
    match (rest, value) {
        (Value::String(rest), Value::String(text)) => ecow::eco_format!("{rest}{text}").into(),
        (Value::Buffer(rest), Value::Buffer(bytes)) => {
            let mut joined = Vec::with_capacity(rest.len() + bytes.len());
            joined.extend_from_slice(&rest);
            joined.extend_from_slice(&bytes);
            Value::buffer(Bytes::from(joined))
        }
        (_, value) => value,
    }
}

/// One message being split.
struct Job {
    /// The message but for what each part gets. It keeps the delivery open until the last part is made.
    base: Message,
    /// `parts` but for index and key.
    sequence: Object,
    parts: Parts,
    rules: Arc<Rules>,
    next_index: u64,
}

impl Job {
    fn new(message: &mut Message, parts: Parts, rules: Arc<Rules>, first_index: u64, counts: bool) -> Self {
        let mut base = message.take();
        let mut sequence = Object::with_capacity(8);
        if let Some(outer) = base.remove("parts") {
            sequence.insert("parts", outer);
        }
        sequence.insert("id", new_id());
        if rules.path.as_str() != "payload" {
            sequence.insert("property", rules.path.as_str());
        }
        parts.describe(&mut sequence, &rules.cut, rules.array_length);
        if counts || !parts.is_text_or_bytes() {
            sequence.insert("count", parts.count());
        }
        // A place for all that each part gets, so that the copies made of these need not grow.
        sequence.insert("index", first_index as f64);
        base.set("_msgid", Value::Undefined);
        base.set("parts", Value::Undefined);
        if let Some(name) = rules.path.as_key() {
            base.set(name, Value::Undefined);
        }
        Self { base, sequence, parts, rules, next_index: first_index }
    }

    fn next(&mut self) -> Option<Result<Message, NodeError>> {
        let (key, value) = self.parts.next()?;
        let mut sequence = self.sequence.clone();
        sequence.insert("index", self.next_index as f64);
        self.next_index += 1;
        let mut properties = self.base.properties().clone();
        properties.insert("_msgid", new_id());
        if let Some(key) = key {
            if let Some(path) = &self.rules.key_path
                && let Err(error) = path.set(&mut properties, key.clone().into())
            {
                return Some(Err(error));
            }
            sequence.insert("key", key);
        }
        properties.insert("parts", sequence);
        let set = self.rules.path.set(&mut properties, value);
        Some(set.map(|()| self.base.derive(properties)))
    }
}

/// Empties the queue of messages being split, a part at a time.
struct Stream(Arc<Mutex<Jobs>>);

impl Iterator for Stream {
    type Item = Result<Message, NodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(job) = jobs.waiting.front_mut() {
            match job.next() {
                // No error comes here: it was seen before that the properties can be set.
                Some(part) => return Some(part),
                None => drop(jobs.waiting.pop_front()),
            }
        }
        jobs.is_streaming = false;
        None
    }
}
