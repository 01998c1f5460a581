//! `join`: makes one message out of a sequence.

use std::any::Any;
use std::time::Duration;

use ecow::EcoString;
use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::time::Instant;

use crate::config::{
    BUFFER_FULL, Problems, buffer_limit, check_room, flag, milliseconds, number_or_text, park, text, unescape,
};

mod group;
mod groups;
mod reduce;

use group::{Group, Kind};
use groups::Groups;
use reduce::Reduce;

/// The node type.
pub const NODE: NodeType = NodeType { name: "join", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    BUFFER_FULL,
    ("join.too-many", crate::sequences::TOO_MANY),
    ("join.label", "join"),
    ("join.mode", "{mode} is not a mode; choose auto, custom or reduce"),
    ("join.build", "{build} cannot be built; choose string, buffer, array, object or merged"),
    ("join.bytes", "the bytes to join with are written as a JSON array, such as [13, 10]"),
    (
        "join.no-parts",
        "the message has no msg.parts.id, so it belongs to no sequence and was dropped; join it in custom mode",
    ),
    ("join.no-property", "the message has no {property} to join; it was dropped"),
    ("join.no-key", "the message has no {key} to name its place in the object; it was dropped"),
    ("join.not-mergeable", "only objects can be merged, and this is of type {type}; it was left out"),
    ("join.buffer-type", "a value of type {type} cannot be part of a buffer"),
    ("join.index", "msg.parts.index is {index}, but it goes from 0 to {limit}"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Mode
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["auto", "custom", "reduce"],
        "x-enum-titles" = ["What a split node made", "As set here", "By an expression"]))]
    mode: String,
    /// # Combine
    /// A property of each message, or the whole message.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "propertyType", 
        "x-types" = ["msg", {"type": "full", "title": "the whole message", "value": ""}],
        "x-show-if" = {"mode": ["custom"]}))]
    property: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    property_type: String,
    /// # Make
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["string", "buffer", "array", "object", "merged"],
        "x-enum-titles" = ["A text", "A buffer", "An array", "An object of keys and values", "One merged object"],
        "x-show-if" = {"mode": ["custom"]}))]
    build: String,
    /// # Key
    /// The property that holds each value's key in the object.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"],
        "x-show-if" = {"build": ["object"], "mode": ["custom"]}))]
    key: String,
    /// # Join with
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "joinerType", "x-types" = ["str", "bin"],
        "x-show-if" = {"build": ["string", "buffer"], "mode": ["custom"]}))]
    joiner: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    joiner_type: String,
    /// # Use msg.parts where there is one
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"mode": ["custom"]}))]
    useparts: bool,
    /// # Keep what was sent
    /// Each further message sends all of it again.
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"mode": ["custom"]}))]
    accumulate: bool,
    /// # Send after so many messages
    /// Empty: what `msg.parts` says, or when `msg.complete` is there.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-show-if" = {"mode": ["custom"]}))]
    count: Option<f64>,
    /// # Or after so many seconds
    /// From the first message on.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-show-if" = {"mode": ["custom"]}))]
    timeout: Option<f64>,
    /// # For each message
    /// A JSONata expression: its result becomes `$A` for the next message. `$I` is the message's index, `$N` the
    /// number of messages.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "code", "x-language" = "text", "x-show-if" = {"mode": ["reduce"]}))]
    reduce_exp: String,
    /// # Start with
    /// What `$A` is for the first message.
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "reduceInitType",
        "x-types" = ["flow", "global", "str", "num", "bool", "json", "bin", "date", "jsonata", "env"],
        "x-show-if" = {"mode": ["reduce"]}))]
    reduce_init: Option<Json>,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    reduce_init_type: String,
    /// # From the last message to the first
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"mode": ["reduce"]}))]
    reduce_right: bool,
    /// # At the end
    /// A JSONata expression for the result; in it `$A` is what there is and `$N` the number of messages. Empty: `$A`.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "code", "x-language" = "text", "x-show-if" = {"mode": ["reduce"]}))]
    reduce_fixup: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: "auto".into(),
            property: "payload".into(),
            property_type: "msg".into(),
            build: "object".into(),
            key: "topic".into(),
            joiner: "\\n".into(),
            joiner_type: "str".into(),
            useparts: true,
            accumulate: false,
            count: None,
            timeout: None,
            reduce_exp: String::new(),
            reduce_init: None,
            reduce_init_type: String::new(),
            reduce_right: false,
            reduce_fixup: String::new(),
        }
    }
}

const HELP: &str = "\
Makes one message out of several: in *auto* mode it puts together what a split node took apart, by `msg.parts`; in \
*custom* mode it joins a number of messages, or those of some time, into a text, buffer, array or object; in *reduce* \
mode a JSONata expression makes one value of a sequence, such as `$A + payload` its sum.

**Takes** `msg.payload`, or another property. `msg.complete` sends what there is, `msg.reset` drops it, and \
`msg.restartTimeout` starts the time again.

**Sends** the last message with the joined property. It keeps 100,000 messages at most; with more, the oldest \
sequence is given up, and each of its messages is an error that can be caught. An unfinished sequence keeps its messages' deliveries open: a source that asks for *at least once* does \
not acknowledge them before they are sent.

**Example**: custom mode, an array of 10 messages.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "sequence".into(),
        colour: "#e2d96e".into(),
        icon: "merge".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("join.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let is_auto = match config.mode.as_str() {
        "auto" | "" => true,
        "custom" => false,
        "reduce" => false,
        mode => {
            problems.add("mode", Text::key("join.mode").with("mode", mode));
            false
        }
    };
    // A build that is missing, not just the default, is an array, as in Node-RED.
    let built = context.properties.get("build");
    let built = built.as_ref().and_then(|build| build.as_str()).unwrap_or("array");
    let kind = match Kind::parse(built) {
        Some(kind) => kind,
        None if is_auto => Kind::Array,
        None => {
            problems.add("build", Text::key("join.build").with("build", built));
            Kind::Array
        }
    };
    let joiner = match config.joiner_type.as_str() {
        "bin" => match serde_json::from_str::<Vec<u8>>(if config.joiner.is_empty() {
            "[]"
        } else {
            &config.joiner
        }) {
            Ok(bytes) => Some(Value::buffer(bytes)),
            Err(_) => {
                problems.add("joiner", Text::key("join.bytes"));
                None
            }
        },
        _ => Some(unescape(&config.joiner).into()),
    };
    let takes_whole = config.property_type == "full";
    let property = if takes_whole || config.property.is_empty() { "payload" } else { &config.property };
    let path = problems.check("property", PropertyPath::parse_message(property));
    let key = if config.key.is_empty() { "topic" } else { &config.key };
    let key = problems.check("key", PropertyPath::parse_message(key));
    let reduce = (config.mode == "reduce").then(|| Reduce::parse(&config, &mut problems)).flatten();
    let ((joiner, path), key) = problems.settle(joiner.zip(path).zip(key))?;
    let seconds = config.timeout.filter(|seconds| *seconds > 0.0 && !is_auto);
    Built::function(Join {
        reduce,
        is_auto,
        takes_whole,
        path,
        key,
        kind,
        joiner,
        uses_parts: config.useparts,
        accumulates: config.accumulate && !is_auto,
        count: config.count.filter(|count| !count.is_nan()),
        timeout: seconds.map(|seconds| milliseconds(seconds * 1000.0)),
        groups: Groups::default(),
        kept: 0,
    })
}

struct Join {
    /// In reduce mode.
    reduce: Option<Reduce>,
    is_auto: bool,
    takes_whole: bool,
    path: PropertyPath,
    key: PropertyPath,
    kind: Kind,
    joiner: Value,
    uses_parts: bool,
    accumulates: bool,
    count: Option<f64>,
    timeout: Option<Duration>,
    /// Groups under way, by the id of their sequence.
    groups: Groups,
    /// Messages kept in all groups.
    kept: usize,
}

/// The group of messages that belong to no sequence.
const NO_SEQUENCE: &str = "_";

/// What a message says of its place in its group.
struct Place {
    group: EcoString,
    kind: Kind,
    target: Option<f64>,
    joiner: Option<Value>,
    key: Value,
    index: Option<f64>,
    array_length: f64,
    path: PropertyPath,
}

impl FunctionNode for Join {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let warn = |out: &mut Out<'_>, text: Text| {
            out.log(Level::Warn, text);
            Ok(Progress::Done)
        };
        let has_sequence = message.get("parts").is_some_and(|parts| parts.get("id").is_some());
        if self.is_auto && !has_sequence {
            if message.get("reset").is_none() {
                return warn(out, Text::key("join.no-parts"));
            }
            self.drop_all(out);
            return Ok(Progress::Done);
        }
        let value = match self.value(message) {
            Ok(value) => value,
            Err(_) => {
                return warn(out, Text::key("join.no-property").with("property", self.path.as_str()));
            }
        };
        if let Some(reduce) = &mut self.reduce {
            return reduce.take(message, out);
        }
        if !self.is_auto && !self.uses_parts {
            drop_innermost_parts(message);
        }
        let place = self.place(message)?;
        if message.get("restartTimeout").is_some() {
            self.restart_timeout(&place.group, out);
        }
        if message.get("reset").is_some() {
            self.drop_group(&place.group, out);
            return Ok(Progress::Done);
        }
        let is_complete = message.get("complete").is_some();
        if matches!(place.kind, Kind::Object) && is_missing_key(&place.key) {
            if self.is_auto || !is_complete {
                return warn(out, Text::key("join.no-key").with("key", self.key.as_str()));
            }
            if let Some(group) = self.groups.get_mut(&place.group) {
                group.note_complete(message);
                self.complete(&place.group, out);
            }
            return Ok(Progress::Done);
        }
        let mut problem = None;
        let is_full = self.add(&place, value, message, is_complete, &mut problem, out)?;
        if let Some(text) = problem {
            out.log(Level::Warn, text);
        }
        if is_full || is_complete {
            self.complete(&place.group, out);
        }
        self.give_up(out);
        Ok(Progress::Pending)
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if let Some(id) = self.groups.id_of(token) {
            self.complete(&id, out);
        }
        Ok(())
    }

    fn kept(&self) -> usize {
        self.reduce.as_ref().map_or(self.kept, Reduce::kept)
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        match &mut self.reduce {
            Some(reduce) => Some(Box::new(reduce.park())),
            None => Some(Box::new(std::mem::take(&mut self.groups))),
        }
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        if let Some(reduce) = &mut self.reduce {
            return parked.take().into_iter().for_each(|groups| reduce.resume(groups));
        }
        let Some(groups) = parked.take::<Groups>() else { return };
        self.groups = groups;
        self.kept = self.groups.kept();
        for id in self.groups.ids() {
            if let Some((number, group)) = self.groups.numbered(&id)
                && let Some(due) = group.due()
            {
                group.set_timer(out.after(due.saturating_duration_since(Instant::now()), number), due);
            }
        }
    }
}

impl Join {
    fn value(&self, message: &Message) -> Result<Value, NodeError> {
        if self.takes_whole {
            return Ok(message.to_value());
        }
        if self.is_auto
            && let Some(path) =
                message.get("parts").and_then(|parts| parts.get("property")).and_then(Value::as_str)
        {
            return PropertyPath::parse_message(path)?
                .read(message.properties())
                .map(|value| value.into_owned());
        }
        self.path.read(message.properties()).map(|value| value.into_owned())
    }

    fn place(&self, message: &Message) -> Result<Place, NodeError> {
        let parts = message.get("parts");
        let part = |name: &str| parts.and_then(|parts| parts.get(name));
        let sequence = || part("id").map(js::to_text);
        if self.is_auto {
            let path = match part("property").and_then(Value::as_str) {
                Some(path) => PropertyPath::parse_message(path)?,
                None => PropertyPath::key("payload"),
            };
            return Ok(Place {
                group: sequence().unwrap_or_default(),
                kind: part("type").and_then(Value::as_str).and_then(Kind::parse).unwrap_or(Kind::Array),
                target: part("count").map(js::to_number),
                joiner: part("ch").cloned(),
                key: part("key").cloned().unwrap_or_default(),
                index: part("index").map(js::to_number).filter(|index| !index.is_nan()),
                array_length: part("len").map_or(f64::NAN, js::to_number),
                path,
            });
        }
        let by_parts = self.count.is_none() && parts.is_some();
        let key = match self.kind {
            Kind::Object => self.key.read(message.properties())?.into_owned(),
            _ => Value::Undefined,
        };
        Ok(Place {
            group: by_parts.then(sequence).flatten().unwrap_or_else(|| NO_SEQUENCE.into()),
            kind: self.kind,
            target: if by_parts { part("count").map(js::to_number) } else { self.count },
            joiner: Some(self.joiner.clone()),
            key,
            index: None,
            array_length: f64::NAN,
            path: self.path.clone(),
        })
    }

    /// Adds a message to its group; whether the group is complete now.
    fn add(
        &mut self,
        place: &Place,
        value: Value,
        message: &mut Message,
        is_complete: bool,
        problem: &mut Option<Text>,
        out: &mut Out<'_>,
    ) -> Result<bool, NodeError> {
        let is_new = self.groups.get_mut(&place.group).is_none();
        let mut fresh = is_new.then(|| Group::new(place));
        let Some(group) = fresh.as_mut().or_else(|| self.groups.get_mut(&place.group)) else {
            return Ok(false);
        };
        if self.accumulates {
            // A group that keeps what was sent would grow without end.
            check_room(group.size(), out)?;
        }
        group.add(place, value, is_complete, problem)?;
        if let Some(group) = fresh {
            self.groups.insert(place.group.clone(), group);
            self.restart_timeout(&place.group, out);
        }
        let parts_count = message.get("parts").and_then(|parts| parts.get("count")).map(js::to_number);
        park(message);
        let Some(group) = self.groups.get_mut(&place.group) else { return Ok(false) };
        group.keep(message.take());
        self.kept += 1;
        Ok(group.is_full(parts_count))
    }

    /// When it keeps more than it may, the messages of the oldest groups fail.
    fn give_up(&mut self, out: &mut Out<'_>) {
        let limit = buffer_limit(out);
        while self.kept > limit
            && let Some(mut group) = self.groups.oldest().and_then(|id| self.groups.remove(&id))
        {
            if let Some(timer) = group.take_timer() {
                out.cancel(timer);
            }
            self.kept -= group.kept();
            for message in group.into_members() {
                out.error(NodeError::key("join.too-many").with("limit", limit), Some(message));
            }
        }
    }

    /// Sends what a group has.
    fn complete(&mut self, id: &EcoString, out: &mut Out<'_>) {
        let Some(group) = self.groups.get_mut(id) else { return };
        if let Some(timer) = group.take_timer() {
            out.cancel(timer);
        }
        self.kept -= group.kept();
        let stays = self.accumulates && !group.was_told_to_complete();
        let (sent, members) = group.finish(stays);
        if !stays {
            self.groups.remove(id);
        }
        match sent {
            Ok(message) => {
                out.send(0, message);
                for member in members {
                    out.done(member);
                }
            }
            Err((error, message)) => out.error(error, Some(message)),
        }
    }

    fn restart_timeout(&mut self, id: &EcoString, out: &mut Out<'_>) {
        let (Some((number, group)), Some(timeout)) = (self.groups.numbered(id), self.timeout) else { return };
        if let Some(timer) = group.take_timer() {
            out.cancel(timer);
        }
        group.set_timer(out.after(timeout, number), Instant::now() + timeout);
    }

    fn drop_group(&mut self, id: &EcoString, out: &mut Out<'_>) {
        let Some(mut group) = self.groups.remove(id) else { return };
        if let Some(timer) = group.take_timer() {
            out.cancel(timer);
        }
        self.kept -= group.kept();
        for member in group.into_members() {
            out.done(member);
        }
    }

    fn drop_all(&mut self, out: &mut Out<'_>) {
        for id in self.groups.ids() {
            self.drop_group(&id, out);
        }
    }
}

fn is_missing_key(key: &Value) -> bool {
    key.is_nullish() || key.as_str() == Some("")
}

/// Takes the innermost sequence off the message, so that the next one out counts.
fn drop_innermost_parts(message: &mut Message) {
    let Some(parts) = message.get("parts") else { return };
    match parts.get("parts").cloned() {
        Some(outer) => message.set("parts", engine::Object::from_iter([("parts", outer)])),
        None => drop(message.remove("parts")),
    }
}

#[cfg(test)]
mod tests;
