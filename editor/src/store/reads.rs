//! What nodes read of their messages and what never came: a slip of the pen in a path, as a rule.

use model::json::{Json, Object};
use model::text::Text;

use super::form::{Condition, Field, Form, Kind, Language, value};
use super::live::{Known, Shape};

/// So many messages have to be seen on every wire into a node before anything is said.
pub const ENOUGH: usize = 16;
/// So many names of what came instead are told.
const NAMED: usize = 6;

/// A property of the message that a node reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The field that says so, such as `rules[0].to`.
    pub field: String,
    /// The property, such as `payload.lat`.
    pub path: String,
}

/// A property that a node reads and that never came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The field that reads it.
    pub field: String,
    /// What to tell of it.
    pub text: Text,
}

/// What a node with this form reads. What it sets itself is not told, nor paths that lead into lists.
pub fn reads(form: &Form, node: &Object) -> Vec<Read> {
    let mut found = Found { node, reads: Vec::new(), others: Vec::new() };
    found.look(form, node, "");
    let Found { mut reads, others, .. } = found;
    let overlaps = |one: &str, other: &str| is_below(one, other) || is_below(other, one);
    reads.retain(|read| is_plain(&read.path) && !others.iter().any(|path| overlaps(path, &read.path)));
    reads
}

/// Which of these never came with messages of all of these wires; nothing where a wire is not known well enough.
pub fn never_came(reads: &[Read], wires: &[&Known]) -> Vec<Unseen> {
    let Some(count) = wires.iter().map(|wire| wire.count).min().filter(|count| *count >= ENOUGH) else {
        return Vec::new();
    };
    let is_unseen = |read: &&Read| wires.iter().all(|wire| is_closed(&wire.recent, &read.path));
    let unseen = reads.iter().filter(is_unseen);
    unseen
        .map(|read| Unseen { field: read.field.clone(), text: instead(&read.path, count, &wires[0].recent) })
        .collect()
}

struct Found<'a> {
    node: &'a Object,
    reads: Vec<Read>,
    /// Paths of the message that it names for another reason: to set them, as a rule.
    others: Vec<String>,
}

impl Found<'_> {
    fn look(&mut self, form: &Form, properties: &Object, prefix: &str) {
        for field in form.fields.iter().filter(|field| field.is_shown(properties, form)) {
            let place = format!("{prefix}{}", field.key);
            match &field.kind {
                Kind::Typed(types) => {
                    let value = types.value(&field.key, field.default.as_ref(), properties, self.node);
                    if value.type_name == "msg" && !value.text.is_empty() {
                        self.name(field, form, properties, place, value.text);
                    }
                }
                Kind::Code(Language::Mustache) if reads_now(field, form, properties) => {
                    let template = properties.get(&field.key).and_then(Json::as_str).unwrap_or_default();
                    let tags = tags(template).into_iter();
                    self.reads.extend(tags.map(|path| Read { field: place.clone(), path }));
                }
                Kind::Rows(rows) => {
                    let list = properties.get(&field.key).or(field.default.as_ref());
                    let list = list.and_then(Json::as_array).unwrap_or_default();
                    for (at, row) in list.iter().enumerate() {
                        if let Some(row) = row.as_object() {
                            self.look(&rows.form, row, &format!("{place}[{at}]."));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn name(&mut self, field: &Field, form: &Form, properties: &Object, place: String, path: String) {
        match reads_now(field, form, properties) {
            true => self.reads.push(Read { field: place, path }),
            false => self.others.push(path),
        }
    }
}

/// Whether a field says what is read of a message, in a form over these properties.
fn reads_now(field: &Field, form: &Form, properties: &Object) -> bool {
    field
        .reads
        .as_ref()
        .is_some_and(|conditions| conditions.iter().all(|condition| holds(condition, form, properties)))
}

/// `list[].key` is meant of every row of a list.
fn holds(condition: &Condition, form: &Form, properties: &Object) -> bool {
    let is_one = |value: &Json| condition.values.iter().any(|wanted| value::is_same(wanted, value));
    let own = |key: &str| {
        let default = || form.all().find(|field| field.key == key)?.default.clone();
        properties.get(key).cloned().or_else(default).unwrap_or(Json::Null)
    };
    match condition.key.split_once("[].") {
        Some((list, key)) => {
            let rows = own(list);
            rows.as_array().unwrap_or_default().iter().all(|row| is_one(row.get(key).unwrap_or(&Json::Null)))
        }
        None => is_one(&own(&condition.key)),
    }
}

/// Names in the tags of a Mustache template that stand for properties of the message: those outside of sections,
/// which have names of their own. None where the template changes how tags are written.
fn tags(template: &str) -> Vec<String> {
    let (mut found, mut depth) = (Vec::new(), 0usize);
    let mut rest = template;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((tag, behind)) = after.split_once("}}") else { break };
        rest = behind;
        let tag = tag.trim_start_matches('{').trim();
        match tag.chars().next() {
            Some('=') => return Vec::new(),
            Some('#' | '^') => depth += 1,
            Some('/') => depth = depth.saturating_sub(1),
            Some('!' | '>') | None => {}
            Some(_) if depth == 0 => found.push(tag.trim_start_matches('&').trim().to_owned()),
            Some(_) => {}
        }
    }
    let is_elsewhere = |path: &String| ["flow", "global", "env"].iter().any(|scope| is_below(path, scope));
    found.retain(|path| !is_elsewhere(path));
    found
}

/// Names joined by dots and nothing else.
fn is_plain(path: &str) -> bool {
    path.split('.').all(|name| {
        let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.chars().all(is_letter)
    })
}

/// Whether a path is `above` or leads on from it.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The paths above a path, the shortest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').map(|(at, _)| &path[..at])
}

/// Whether it is certain that a path was in none of the messages: it was not seen, and nothing above it is a value
/// that has properties of its own, or that was shown in part.
fn is_closed(shape: &Shape, path: &str) -> bool {
    let has_no_more =
        |kind: &&'static str| ["object", "null", "undefined", "number", "boolean"].contains(kind);
    let mut seen = above(path).map_while(|prefix| shape.get(prefix));
    !shape.contains_key(path) && seen.all(|kinds| kinds.iter().all(has_no_more))
}

/// What to tell of a path that never came: what there is at the place where it ends.
fn instead(path: &str, count: usize, shape: &Shape) -> Text {
    let seen = above(path).take_while(|prefix| shape.contains_key(*prefix)).last();
    let names = names_in(shape, seen);
    let parent = seen.map_or("msg".to_owned(), |seen| format!("msg.{seen}"));
    let text = |key| Text::key(key).with("path", format!("msg.{path}")).with("count", count);
    match names.is_empty() {
        false => text("unseen.has").with("parent", parent).with("names", names),
        true => {
            let kinds = seen.and_then(|seen| shape.get(seen)).into_iter().flatten().copied();
            text("unseen.is").with("parent", parent).with("kinds", kinds.collect::<Vec<_>>().join(" | "))
        }
    }
}

fn names_in(shape: &Shape, parent: Option<&str>) -> String {
    let child = |path: &str| {
        let rest = match parent {
            Some(parent) => path.strip_prefix(parent)?.strip_prefix('.')?,
            None => path,
        };
        (!rest.contains(['.', '['])).then(|| rest.to_owned())
    };
    let names: Vec<String> = shape.keys().filter_map(|path| child(path)).collect();
    let more = if names.len() > NAMED { ", ..." } else { "" };
    names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ") + more
}

#[cfg(test)]
mod tests {
    use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
    use serde_json::json;

    use super::*;
    use crate::store::live::add_shape;

    fn form() -> Form {
        let typed = |key: &str, more: serde_json::Value| {
            let mut schema = json!({ "type": "string", "x-widget": "typed", "x-type-property": key, "x-types": ["msg", "str"] });
            schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            schema
        };
        let row = json!({ "type": "object", "properties": {
            "t": { "type": "string" },
            "p": typed("pt", json!({ "x-reads": { "t": ["change"] } })), "pt": { "type": "string", "default": "msg" },
            "to": typed("tot", json!({ "x-reads": true })), "tot": { "type": "string" },
        }});
        Form::of(&NodeDescriptor {
            type_name: "x".into(),
            role: Role::Node,
            category: String::new(),
            colour: String::new(),
            icon: String::new(),
            inputs: 1,
            outputs: Outputs::Fixed(1),
            label: Label { properties: vec![], fallback: Text::literal("x") },
            button: false,
            schema: json!({ "properties": {
                "property": typed("kind", json!({ "x-reads": { "rules[].t": ["eq", "change", "set"] } })),
                "kind": { "type": "string", "default": "msg" },
                "template": { "type": "string", "x-widget": "code", "x-language": "mustache", "x-reads": true },
                "rules": { "type": "array", "x-widget": "rows", "items": row },
            }}),
            credentials: vec![],
            help: String::new(),
        })
    }

    fn read(node: &str) -> Vec<String> {
        let Json::Object(node) = Json::parse(node).unwrap() else { panic!("no object") };
        reads(&form(), &node).into_iter().map(|read| format!("{} {}", read.field, read.path)).collect()
    }

    #[test]
    fn what_is_read_is_told_and_what_is_set_is_not() {
        assert_eq!(
            read(
                r#"{"property":"payload.a","rules":[{"t":"set","p":"x","to":"y.z","tot":"msg"},
                {"t":"set","p":"q","to":"x.more","tot":"msg"},{"t":"change","p":"c","to":"text","tot":"str"}]}"#
            ),
            ["property payload.a", "rules[0].to y.z", "rules[2].p c"]
        );
        // A rule that asks for what may be absent makes the property one that may be.
        assert!(read(r#"{"property":"payload.a","rules":[{"t":"eq"},{"t":"null"}]}"#).is_empty());
        assert!(read(r#"{"property":"payload[0].a","rules":[]}"#).is_empty());
        assert_eq!(
            read(
                r#"{"template":"{{a.b}} {{{ c }}}{{#list}}{{inner}}{{/list}}{{! note}}{{&d}}{{flow.x}}{{env.Y}}"}"#
            ),
            ["template a.b", "template c", "template d"]
        );
        assert!(read(r#"{"template":"{{=<% %>=}}<% a %>{{b}}"}"#).is_empty());
    }

    fn known(messages: &[&str], times: usize) -> Known {
        let mut known = Known { count: messages.len() * times, ..Known::default() };
        messages.iter().for_each(|message| add_shape(&mut known.recent, &Json::parse(message).unwrap()));
        known
    }

    fn unseen(path: &str, wires: &[&Known]) -> Vec<String> {
        let reads = [Read { field: "f".into(), path: path.into() }];
        let words = |it: Unseen| it.text.to_string();
        never_came(&reads, wires).into_iter().map(words).collect()
    }

    #[test]
    fn only_what_certainly_never_came_is_told() {
        let car =
            known(&[r#"{"payload":{"lat":1,"name":"x","list":[{"a":1}]},"topic":"t","_msgid":"1"}"#], 16);
        let told = unseen("payload.lon", &[&car]);
        assert_eq!(told.len(), 1);
        assert!(
            told[0].contains("names: lat, list, name") && told[0].contains("parent: msg.payload"),
            "{told:?}"
        );
        assert!(unseen("topics", &[&car])[0].contains("names: _msgid, payload, topic"));
        assert!(unseen("payload.lat.deep", &[&car])[0].contains("kinds: number"));
        for path in ["payload.lat", "payload.name.length", "payload.list.length", "payload"] {
            assert!(unseen(path, &[&car]).is_empty(), "{path}");
        }
        let few = known(&[r#"{"payload":{}}"#], 15);
        let other = known(&[r#"{"payload":{"lon":2}}"#, r#"{"payload":{}}"#], 8);
        assert!(unseen("payload.lon", &[&few]).is_empty());
        assert!(unseen("payload.lon", &[&car, &few]).is_empty());
        assert!(unseen("payload.lon", &[&car, &other]).is_empty());
        assert!(unseen("payload.lon", &[]).is_empty());
        let cut = known(
            &[r#"{"req":{"__enc__":true,"type":"internal"},"n":{"__enc__":true,"type":"undefined"}}"#],
            16,
        );
        assert!(unseen("req.query", &[&cut]).is_empty());
        assert_eq!(unseen("n.x", &[&cut]).len(), 1);
    }
}
