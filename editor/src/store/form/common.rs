//! The fields that nodes of every type have, and the forms of tabs, groups and subflows.

use std::sync::Arc;

use model::descriptor::{NodeDescriptor, Outputs, Role};
use model::document::{Document, Kind as EntryKind, Node};
use model::json::Json;
use serde_json::json;

use super::{Field, Form, Kind, Language, NumberKind, instance, schema, variable};
use crate::store::node_types::NodeTypes;
use crate::texts::say;

/// The name.
pub(super) fn name() -> Field {
    Field { default: Some("".into()), ..Field::new("name", say("field.name"), Kind::Text) }
}

/// What is seldom needed.
pub(super) fn more(descriptor: &NodeDescriptor) -> Vec<Field> {
    if descriptor.role == Role::Junction {
        return Vec::new();
    }
    let is_drawn = descriptor.role != Role::Config;
    let mut fields = vec![enabled("d")];
    if is_drawn {
        // Link nodes show their label only where they are told to.
        let is_shown = !matches!(descriptor.role, Role::LinkIn | Role::LinkOut);
        fields.push(Field {
            default: Some(is_shown.into()),
            is_default_left_out: true,
            ..Field::new("l", say("field.show-label"), Kind::Flag { is_inverted: false })
        });
        fields.push(icon());
    }
    let labels =
        |key: &str, title: String| Field { is_default_left_out: true, ..Field::new(key, title, Kind::List) };
    if descriptor.inputs > 0 && is_drawn {
        fields.push(labels("inputLabels", say("field.input-labels")));
    }
    if descriptor.outputs != Outputs::Fixed(0) {
        fields.push(labels("outputLabels", say("field.output-labels")));
    }
    fields.push(info());
    fields
}

/// The form of an entry that has no node type: a tab, a group, a subflow or a use of one; the name alone for a
/// node of a type that is not installed.
pub fn of_entry(document: &Document, node: &Node, types: &NodeTypes) -> Form {
    let own = |properties: serde_json::Value| schema::own_form(&json!({ "properties": properties }));
    let text = |title: String| json!({ "type": "string", "title": title, "default": "" });
    let mut form = match node.kind() {
        EntryKind::Tab => own(json!({ "label": text(say("field.name")) })),
        EntryKind::Subflow => {
            own(json!({ "name": text(say("field.name")), "category": text(say("field.category")) }))
        }
        _ => own(json!({ "name": text(say("field.name")) })),
    };
    let has_environment = matches!(node.kind(), EntryKind::Tab | EntryKind::Subflow | EntryKind::Group);
    match node.kind() {
        EntryKind::Tab => {
            let disabled = Field { is_default_left_out: false, ..enabled("disabled") };
            let locked = Field {
                default: Some(Json::Bool(false)),
                description: say("field.locked.hint"),
                is_default_left_out: true,
                ..Field::new("locked", say("field.locked"), Kind::Flag { is_inverted: false })
            };
            form.fields.extend([Arc::new(disabled), Arc::new(locked)]);
            form.fields.extend(own(json!({ "delivery": delivery() })).fields.into_iter().map(left_out));
        }
        EntryKind::Subflow => {
            form.fields.push(Arc::new(colour("color", say("field.colour"))));
            form.fields.push(Arc::new(icon()));
        }
        EntryKind::Group => form.style = style(),
        EntryKind::SubflowInstance => {
            let template = node.subflow_id().and_then(|id| document.get(id));
            form.variables = template.map(instance::fields).unwrap_or_default();
            form.credentials = template.map(instance::secrets).unwrap_or_default();
            form.more.push(Arc::new(enabled("d")));
        }
        EntryKind::Malformed => {}
        EntryKind::Junction => form = Form::default(),
        _ => form.more.push(Arc::new(enabled("d"))),
    }
    if has_environment {
        let environment = own(json!({ "env": environment() })).fields;
        match node.kind() {
            EntryKind::Subflow => {
                let with_hints = |field: &Arc<Field>| Arc::new(variable::with_hints(field, types));
                form.fields.extend(environment.iter().map(with_hints));
            }
            _ => form.fields.extend(environment),
        }
    }
    if node.kind() != EntryKind::Junction {
        form.more.push(Arc::new(info()));
    }
    form
}

fn icon() -> Field {
    Field {
        description: say("field.icon.hint"),
        is_default_left_out: true,
        ..Field::new("icon", say("field.icon"), Kind::Text)
    }
}

fn colour(key: &str, title: String) -> Field {
    Field { is_default_left_out: true, ..Field::new(key, title, Kind::Colour) }
}

/// How a group looks, as Node-RED keeps it.
fn style() -> Vec<Arc<Field>> {
    let places = ["nw", "n", "ne", "sw", "s", "se"];
    let titles = [
        say("field.place-nw"),
        say("field.place-n"),
        say("field.place-ne"),
        say("field.place-sw"),
        say("field.place-s"),
        say("field.place-se"),
    ];
    let mut fields = schema::own_form(&json!({ "properties": {
        "label": { "type": "boolean", "title": say("field.show-label"), "default": true },
        "label-position": {
            "type": "string", "title": say("field.label-place"), "x-widget": "choice", "default": "nw",
            "enum": places, "x-enum-titles": titles, "x-show-if": { "label": true }
        },
    } }))
    .fields;
    let opacity = |key: &str, title: String| Field {
        is_default_left_out: true,
        ..Field::new(
            key,
            title,
            Kind::Number(NumberKind {
                is_text: true,
                minimum: Some(0.0),
                maximum: Some(1.0),
                ..Default::default()
            }),
        )
    };
    let colours = [
        colour("color", say("field.label-colour")),
        colour("stroke", say("field.line-colour")),
        opacity("stroke-opacity", say("field.line-opacity")),
        colour("fill", say("field.fill-colour")),
        opacity("fill-opacity", say("field.fill-opacity")),
    ];
    fields.extend(colours.into_iter().map(Arc::new));
    fields
}

fn enabled(key: &str) -> Field {
    Field {
        default: Some(Json::Bool(false)),
        is_default_left_out: true,
        ..Field::new(key, say("field.enabled"), Kind::Flag { is_inverted: true })
    }
}

/// When what a flow receives counts as received.
fn delivery() -> serde_json::Value {
    json!({
        "type": "string", "x-widget": "choice", "title": say("field.delivery"), "description": say("field.delivery.hint"),
        "default": "fast",
        "enum": ["fast", "at-least-once", "effectively-once"],
        "x-enum-titles": [
            say("field.delivery.fast"), say("field.delivery.at-least-once"), say("field.delivery.effectively-once")
        ]
    })
}

/// The same field, whose default is not written into the flow.
fn left_out(field: Arc<Field>) -> Arc<Field> {
    Arc::new(Field { is_default_left_out: true, ..(*field).clone() })
}

fn info() -> Field {
    Field {
        description: say("field.info.hint"),
        is_default_left_out: true,
        ..Field::new("info", say("field.info"), Kind::Code(Language::Markdown))
    }
}

/// The environment variables of a tab, group or subflow, as Node-RED keeps them.
fn environment() -> serde_json::Value {
    json!({
        "type": "array", "title": say("field.env"), "description": say("field.env.hint"), "x-widget": "rows",
        "items": {
            "type": "object",
            "default": { "name": "", "type": "str", "value": "" },
            "properties": {
                "name": { "type": "string", "title": say("field.name"), "default": "" },
                "value": {
                    "title": say("field.value"), "x-widget": "typed", "x-type-property": "type",
                    "x-types": ["str", "num", "bool", "json", "bin", "env", "jsonata", "cred"]
                },
                "type": { "type": "string" }
            }
        }
    })
}
