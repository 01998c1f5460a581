//! What a running flow shows of itself: figures of its nodes, and the messages on a wire.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use model::api::{metrics_topic, peek_topic};
use model::json::{Json, Object};

use super::Id;
use super::encoded::{is_cut, shown};
use super::tree::path_of;

/// Messages of a wire that are kept, as many as the server keeps.
pub const MOST_SEEN: usize = 64;
/// Of a list in a message, so many items are looked at for the shape.
const LOOKED_AT: usize = 20;
/// Deeper than this a message is not looked into for the shape.
const DEEPEST: usize = 8;
/// At this many messages per second a wire is as warm as it gets.
const WARMEST_PER_SECOND: f64 = 10_000.0;

/// What is drawn over a running flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlay {
    /// Nothing: nothing is asked for.
    #[default]
    Nothing,
    /// Rates on wires; what waits, times and errors at nodes.
    Figures,
    /// The same, and what is busy is warm.
    Heat,
}

impl Overlay {
    /// The one that its button brings.
    pub fn next(self) -> Self {
        match self {
            Self::Nothing => Self::Figures,
            Self::Figures => Self::Heat,
            Self::Heat => Self::Nothing,
        }
    }
}

/// An output port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outlet {
    /// The node that sends.
    pub node: Id,
    /// Its output, from 0.
    pub port: u16,
}

/// What is held at a node's input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// The messages, the oldest first.
    pub messages: Vec<Seen>,
    /// Messages that went on by themselves, for others came.
    pub crowded_out: u64,
}

/// A node's figures; the shape of them stands in [`model::api::NodeMetrics`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Messages sent per second, by output port.
    pub sent_per_second: Vec<f64>,
    /// Messages that wait for it or that it keeps.
    pub waiting: u64,
    /// The share of the time that it was at work.
    pub busy: f64,
    /// What 99 of 100 calls did not exceed, in microseconds.
    pub p99_us: Option<f64>,
    /// Errors since it was started.
    pub errors: u64,
    /// Messages received per second.
    pub received_per_second: f64,
}

impl Figures {
    /// Those of all nodes in a frame.
    pub fn read(data: &Json) -> Vec<(Id, Self)> {
        let nodes = data.get("nodes").and_then(Json::as_object);
        nodes.into_iter().flat_map(Object::iter).map(|(id, node)| (Id::from(id), Self::one(node))).collect()
    }

    fn one(node: &Json) -> Self {
        let number = |key: &str| node.get(key).and_then(Json::as_f64);
        let count = |key: &str| number(key).unwrap_or_default() as u64;
        let rates = node.get("sentPerSecond").and_then(Json::as_array).unwrap_or_default();
        Self {
            sent_per_second: rates.iter().map(|rate| rate.as_f64().unwrap_or_default()).collect(),
            waiting: count("waiting"),
            busy: number("busy").unwrap_or_default(),
            p99_us: number("p99Us"),
            errors: count("errors"),
            received_per_second: number("receivedPerSecond").unwrap_or_default(),
        }
    }

    /// Messages per second that leave by a port.
    pub fn rate(&self, port: u16) -> f64 {
        self.sent_per_second.get(usize::from(port)).copied().unwrap_or_default()
    }

    /// How warm the node is, 0 to 1: the share of the time that it works, or how much waits for it.
    pub fn warmth(&self) -> f64 {
        let waiting = (self.waiting as f64 / 1_000.0).min(1.0);
        self.busy.max(waiting).clamp(0.0, 1.0)
    }
}

/// How warm a wire is, 0 to 1: by tenfold steps of its rate.
pub fn warmth_of(per_second: f64) -> f64 {
    ((1.0 + per_second.max(0.0)).log10() / (1.0 + WARMEST_PER_SECOND).log10()).clamp(0.0, 1.0)
}

/// A number as short as it can be read: `0.4`, `55`, `1.2k`, `3.4M`.
pub fn short(number: f64) -> String {
    let (value, unit) = match number {
        _ if number < 1e3 => (number, ""),
        _ if number < 1e6 => (number / 1e3, "k"),
        _ => (number / 1e6, "M"),
    };
    let tenths = (value * 10.0).round() / 10.0;
    match value {
        _ if value >= 99.5 || tenths.fract() == 0.0 => format!("{value:.0}{unit}"),
        _ if value >= 10.0 && unit.is_empty() => format!("{value:.0}"),
        _ => format!("{value:.1}{unit}"),
    }
}

/// A time in the unit that suits it, from microseconds.
pub fn time_words(us: f64) -> String {
    match us {
        _ if us < 1e3 => format!("{} µs", short(us)),
        _ if us < 1e6 => format!("{} ms", short(us / 1e3)),
        _ => format!("{} s", short(us / 1e6)),
    }
}

/// A message that was seen on a wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The running node that sent it.
    pub source: String,
    /// Counted for each source.
    pub number: u64,
    /// When, in milliseconds since 1970.
    pub timestamp: f64,
    /// The message, as far as the server shows it.
    pub message: Json,
    /// Some of it is not shown: it was too long.
    pub is_cut: bool,
}

/// Reads what `peek/...` carries: the messages, and how many were passed over.
pub fn read_peek(data: &Json) -> (Vec<Seen>, u64) {
    let messages = data.get("messages").and_then(Json::as_array).unwrap_or_default();
    let skipped = data.get("skipped").and_then(Json::as_f64).unwrap_or_default() as u64;
    (messages.iter().filter_map(Seen::read).collect(), skipped)
}

impl Seen {
    fn read(message: &Json) -> Option<Self> {
        let number = |key: &str| message.get(key).and_then(Json::as_f64);
        let text = message.get("msg")?;
        let shown = shown(text);
        Some(Self {
            source: message.get("source")?.as_str()?.to_owned(),
            number: number("number")? as u64,
            timestamp: number("timestamp").unwrap_or_default(),
            is_cut: is_cut(&shown),
            message: shown,
        })
    }
}

/// The last messages of a wire, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    messages: VecDeque<Arc<Seen>>,
    /// Messages that were not shown, for there were too many.
    pub skipped: u64,
}

impl Log {
    /// Takes what arrived.
    pub fn extend(&mut self, seen: Vec<Seen>, skipped: u64) {
        self.skipped += skipped;
        self.messages.extend(seen.into_iter().map(Arc::new));
        let too_many = self.messages.len().saturating_sub(MOST_SEEN);
        self.skipped += too_many as u64;
        self.messages.drain(..too_many);
    }

    /// The messages.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Arc<Seen>> + ExactSizeIterator {
        self.messages.iter()
    }
}

/// Paths of properties that were seen, each with the kinds of value that stood there.
pub type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// What is known of the messages of an output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// What was in them since the page was opened.
    pub shape: Shape,
    /// What was in those since the flows were deployed.
    pub recent: Shape,
    /// The flows were deployed: the next frame may still tell of what left before, so it does not count.
    pub is_settling: bool,
    /// How many were seen since the flows were deployed.
    pub count: usize,
}

/// Adds what a message has to a shape.
pub fn add_shape(shape: &mut Shape, message: &Json) {
    let Some(object) = message.as_object() else { return };
    for (key, value) in object.iter() {
        look(shape, path_of("", key, false), value, DEEPEST);
    }
}

fn look(shape: &mut Shape, path: String, value: &Json, deepest: usize) {
    let is_bytes = value.get("type").and_then(Json::as_str) == Some("Buffer") && value.get("data").is_some();
    let encoded = value.get("__enc__").and_then(|_| value.get("type")?.as_str());
    let kind = match value {
        _ if is_bytes => "buffer",
        _ if encoded.is_some() => match encoded {
            Some("array") => "array",
            Some("number") => "number",
            Some("undefined") => "undefined",
            // What has properties that are not shown.
            _ => "...",
        },
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    shape.entry(path.clone()).or_default().insert(kind);
    if deepest == 0 || is_bytes {
        return;
    }
    if encoded.is_some() {
        if let Some(items) = value.get("data").filter(|_| kind == "array") {
            look(shape, path, items, deepest);
        }
        return;
    }
    match value {
        // One entry stands for all of the list.
        Json::Array(items) => {
            items.iter().take(LOOKED_AT).filter_map(Json::as_object).flat_map(Object::iter).for_each(
                |(key, value)| look(shape, path_of(&format!("{path}[0]"), key, false), value, deepest - 1),
            )
        }
        Json::Object(object) => {
            object.iter().for_each(|(key, value)| look(shape, path_of(&path, key, false), value, deepest - 1))
        }
        _ => {}
    }
}

/// The topics of `/comms` for what is shown: the figures of a tab, the messages of outputs.
pub fn topics<'a>(
    overlay: Overlay,
    tab: Option<&str>,
    watched: impl IntoIterator<Item = &'a Outlet>,
) -> BTreeSet<String> {
    let figures = tab.filter(|_| overlay != Overlay::Nothing).map(metrics_topic);
    let peeks = watched.into_iter().map(|outlet| peek_topic(&outlet.node, outlet.port.into()));
    figures.into_iter().chain(peeks).map(Into::into).collect()
}

/// The output in the rest of a topic `peek/<node>/<port>`.
pub fn outlet_of(rest: &str) -> Option<Outlet> {
    let (node, port) = rest.rsplit_once('/')?;
    Some(Outlet { node: node.into(), port: port.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.42, 3.0, 55.4, 999.0, 1_234.0, 45_600.0, 123_456.0, 3_400_000.0].map(short);
        assert_eq!(shown, ["0", "0.4", "3", "55", "999", "1.2k", "45.6k", "123k", "3.4M"]);
        assert_eq!([12.0, 1_500.0, 2_000_000.0].map(time_words), ["12 µs", "1.5 ms", "2 s"]);
    }

    #[test]
    fn figures_are_read_and_warm() {
        let frame = r#"{"time":1,"nodes":{"a/b":{"received":9,"sent":[4,5],"sentPerSecond":[40.0,50.5],
            "receivedPerSecond":90.0,"busy":0.25,"p99Us":12.5,"waiting":3,"errors":1},"c":{}}}"#;
        let figures = Figures::read(&Json::parse(frame).unwrap());
        let (id, one) = &figures[0];
        assert_eq!((id.as_ref(), one.rate(1), one.rate(7)), ("a/b", 50.5, 0.0));
        assert_eq!((one.waiting, one.errors, one.p99_us, one.warmth()), (3, 1, Some(12.5), 0.25));
        assert_eq!(figures[1].1, Figures::default());
        assert_eq!(Figures { waiting: 5_000, ..Figures::default() }.warmth(), 1.0);
        assert!(Figures::read(&Json::Null).is_empty());
        assert_eq!([warmth_of(0.0), warmth_of(1e9)], [0.0, 1.0]);
        assert!(warmth_of(10.0) < warmth_of(1_000.0));
    }

    #[test]
    fn the_last_messages_are_kept_and_their_shape_known() {
        let mut log = Log::default();
        for number in 0..100 {
            let frame = format!(
                r#"{{"skipped":1,"messages":[{{"source":"n","number":{number},"timestamp":5,"format":"Object",
                "msg":"{{\"payload\":{{\"lat\":1.5,\"at\":[{{\"x\":\"a\"}}],\"raw\":{{\"type\":\"Buffer\",\"data\":[1]}}}}}}"}}]}}"#
            );
            let (seen, skipped) = read_peek(&Json::parse(&frame).unwrap());
            log.extend(seen, skipped);
        }
        assert_eq!((log.messages().len(), log.skipped), (MOST_SEEN, 100 + 36));
        assert_eq!(log.messages().next().unwrap().number, 36);
        let mut shape = Shape::new();
        log.messages().for_each(|seen| add_shape(&mut shape, &seen.message));
        let paths: Vec<&str> = shape.keys().map(String::as_str).collect();
        assert_eq!(paths, ["payload", "payload.at", "payload.at[0].x", "payload.lat", "payload.raw"]);
        assert!(shape["payload.raw"].contains("buffer") && shape["payload.lat"].contains("number"));
    }

    #[test]
    fn topics_are_those_of_what_is_shown() {
        let outlet = Outlet { node: "a/b".into(), port: 1 };
        let all = topics(Overlay::Heat, Some("t"), Some(&outlet));
        assert_eq!(all.into_iter().collect::<Vec<_>>(), ["metrics/t", "peek/a/b/1"]);
        assert!(topics(Overlay::Nothing, Some("t"), []).is_empty());
        assert_eq!(outlet_of("a/b/1"), Some(outlet));
        assert_eq!([outlet_of("a"), outlet_of("a/x")], [None, None]);
    }
}
