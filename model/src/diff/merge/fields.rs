//! One entry out of two versions of it.

use ecow::EcoString;

use super::{Conflict, Decisions, Key, Side, order};
use crate::document::{Kind, Node};
use crate::json::{Json, Object};

/// Merges two versions of an entry that stood before as `before`, or that both sides added.
pub(super) fn merge(
    key: Key<'_>,
    before: Option<&Node>,
    mine: &Node,
    theirs: &Node,
    decisions: &mut Decisions<'_>,
) -> Node {
    if mine == theirs || before == Some(theirs) {
        return mine.clone();
    }
    if before == Some(mine) {
        return theirs.clone();
    }
    let has_fields = key.turn == 0 && key.id.is_some();
    if !has_fields {
        // Without an id of its own nobody can say which of its properties is meant.
        let conflict = Conflict {
            node: key.id.unwrap_or_default().into(),
            key: None,
            mine: Some(mine.json().clone()),
            theirs: Some(theirs.json().clone()),
        };
        return if decisions.ask(conflict) == Side::Mine { mine } else { theirs }.clone();
    }
    let none = Object::new();
    let base = before.map_or(&none, Node::fields);
    let order = order::merge(&keys(base), &keys(mine.fields()), &keys(theirs.fields()));
    let versions = Versions { base, mine, theirs };
    let mut merged = Object::new();
    for name in order {
        let value = match versions.of(name) {
            Value::Agreed(value) => value.cloned(),
            Value::Merged(value) => Some(value),
            Value::Disputed(own, other) => {
                let conflict = Conflict {
                    node: key.id.unwrap_or_default().into(),
                    key: Some(name.into()),
                    mine: own.cloned(),
                    theirs: other.cloned(),
                };
                if decisions.ask(conflict) == Side::Mine { own } else { other }.cloned()
            }
        };
        if let Some(value) = value {
            merged.insert(name, value);
        }
    }
    Node::new(Json::Object(merged))
}

fn keys(fields: &Object) -> Vec<&str> {
    fields.keys().map(EcoString::as_str).collect()
}

struct Versions<'a> {
    base: &'a Object,
    mine: &'a Node,
    theirs: &'a Node,
}

enum Value<'a> {
    Agreed(Option<&'a Json>),
    Merged(Json),
    Disputed(Option<&'a Json>, Option<&'a Json>),
}

impl<'a> Versions<'a> {
    fn of(&self, key: &str) -> Value<'a> {
        let (base, own, other) = (self.base.get(key), self.mine.field(key), self.theirs.field(key));
        match agreed(base, own, other) {
            Some(value) => Value::Agreed(value),
            None => match self.references(key, base, own, other) {
                Some(value) => Value::Merged(value),
                None => Value::Disputed(own, other),
            },
        }
    }

    /// Lists of references, merged item by item.
    fn references(
        &self,
        key: &str,
        base: Option<&Json>,
        own: Option<&Json>,
        other: Option<&Json>,
    ) -> Option<Json> {
        let kind = self.mine.kind();
        match key {
            "wires" => {
                let is_redrawn = self.has_moved_ports(self.mine) || self.has_moved_ports(self.theirs);
                if is_redrawn { None } else { lists(&ports(base)?, &ports(own)?, &ports(other)?) }
            }
            "links" | "scope" => list(base, own, other),
            "nodes" if kind == Kind::Group => list(base, own, other),
            "in" | "out" if kind == Kind::Subflow => ends(base?, own?, other?),
            _ => None,
        }
    }

    /// Whether a side's outputs are not those of before: some went, or wires moved together with rows. Then a
    /// port's number says nothing of what the other side meant by it.
    fn has_moved_ports(&self, side: &Node) -> bool {
        let (before, after) = (ports(self.base.get("wires")), ports(side.field("wires")));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let is_prefix_same = after.len() >= before.len() && after[..before.len()] == before[..];
        let has_other_rows = || {
            let rows =
                side.fields().iter().filter(|(key, value)| *key != "wires" && value.as_array().is_some());
            rows.into_iter().any(|(key, value)| self.base.get(key).is_some_and(|before| before != value))
        };
        !is_prefix_same && (after.len() != before.len() || has_other_rows())
    }
}

/// The value where the sides agree, or only one changed it. A change of a number's literal or of key order alone
/// gives way.
fn agreed<'a>(
    base: Option<&'a Json>,
    own: Option<&'a Json>,
    other: Option<&'a Json>,
) -> Option<Option<&'a Json>> {
    let same = |a: Option<&Json>, b: Option<&Json>| match (a, b) {
        (Some(a), Some(b)) => a.semantic_eq(b),
        (a, b) => a.is_none() && b.is_none(),
    };
    if own == other || other == base {
        Some(own)
    } else if own == base {
        Some(other)
    } else if same(own, other) || same(other, base) {
        Some(own)
    } else {
        same(own, base).then_some(other)
    }
}

/// The targets of each output; none where `wires` is there and no list of lists.
fn ports(wires: Option<&Json>) -> Option<Vec<&[Json]>> {
    let Some(wires) = wires else { return Some(Vec::new()) };
    wires.as_array()?.iter().map(Json::as_array).collect()
}

fn lists(base: &[&[Json]], own: &[&[Json]], other: &[&[Json]]) -> Option<Json> {
    let length = match (own.len() == base.len(), other.len() == base.len()) {
        (true, _) => other.len(),
        (_, true) => own.len(),
        _ => own.len().max(other.len()),
    };
    let at = |ports: &[&[Json]], port: usize| ports.get(port).map_or(Vec::new(), |port| port.to_vec());
    let merged = (0..length).map(|port| items(&at(base, port), &at(own, port), &at(other, port)));
    Some(Json::Array(merged.map(Json::Array).collect()))
}

fn list(base: Option<&Json>, own: Option<&Json>, other: Option<&Json>) -> Option<Json> {
    let base = base.map_or(Some(&[][..]), Json::as_array)?;
    Some(Json::Array(items(base, own?.as_array()?, other?.as_array()?)))
}

/// Mine without what they took out, then what they put in.
fn items(base: &[Json], own: &[Json], other: &[Json]) -> Vec<Json> {
    let stays = |item: &&Json| other.contains(item) || !base.contains(item);
    let is_new = |item: &&Json| !base.contains(item) && !own.contains(item);
    own.iter().filter(stays).chain(other.iter().filter(is_new)).cloned().collect()
}

/// The ends of a subflow template (`{x, y, wires: [{id, port}]}` each), where there are as many as before.
fn ends(base: &Json, own: &Json, other: &Json) -> Option<Json> {
    let (base, own, other) = (base.as_array()?, own.as_array()?, other.as_array()?);
    if base.len() != own.len() || base.len() != other.len() {
        return None;
    }
    let merged = base.iter().zip(own).zip(other).map(|((base, own), other)| {
        let (base, own, other) = (base.as_object()?, own.as_object()?, other.as_object()?);
        let mut merged = own.clone();
        for key in base.keys().chain(own.keys()).chain(other.keys()) {
            let (before, mine, theirs) = (base.get(key), own.get(key), other.get(key));
            let value = match agreed(before, mine, theirs) {
                Some(value) => value.cloned(),
                None if key == "wires" => Some(list(before, mine, theirs)?),
                None => return None,
            };
            match value {
                Some(value) => merged.insert(key.clone(), value),
                None => merged.remove(key),
            };
        }
        Some(Json::Object(merged))
    });
    merged.collect::<Option<Vec<Json>>>().map(Json::Array)
}
