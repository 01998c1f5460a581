//! The form of whatever is inspected: fields that follow the document and write into it as one types.

mod code;
mod config;
mod credentials;
mod input;
mod json_tree;
mod library;
mod lists;
mod mirror;
mod nested;
mod nodes;
mod rows;
mod schedule;
mod tester;
mod typed;

use std::sync::Arc;

use leptos::prelude::*;
use model::check::{Problem, Severity};
use model::descriptor::NodeDescriptor;
use model::document::Document;
use model::edit::set_form_values;
use model::json::Object;
use model::text::Text;

use crate::state::Editor;
use crate::store::Id;
use crate::store::form::value::Writes;
use crate::store::form::{Field, Form, Kind, place};
use crate::texts::{say, show, text};
use crate::views::markdown;
use credentials::credentials_scope;

/// What the fields of one form, or of one row of it, read and write. Handles: a clone is the same scope.
#[derive(Clone)]
pub struct Scope {
    editor: Editor,
    /// The node, tab or group that is edited.
    node: Id,
    form: Arc<Form>,
    /// The properties that the fields show.
    properties: Memo<Object>,
    /// Those of the node, around a row.
    node_properties: Memo<Object>,
    problems: Memo<Arc<Vec<Problem>>>,
    /// What stands before a field's key in the path of a problem: `rules[2].` in a row.
    prefix: Signal<String>,
    /// What ids of elements begin with.
    dom: Arc<str>,
    /// In a row: labels are left out where the control says it.
    is_row: bool,
    write: Callback<(String, Text, Writes)>,
    /// Where the fields stand inside a property of the node: what their writes are as writes of the node.
    as_own: Option<Callback<Writes, Writes>>,
}

impl Scope {
    /// The scope of a node's own properties.
    pub fn of_node(editor: Editor, node: Id, form: Arc<Form>, problems: Memo<Arc<Vec<Problem>>>) -> Self {
        let id = node.clone();
        let properties = Memo::new(move |_| {
            editor.document.with(|document| {
                let node = document.as_ref()?.get(&id)?;
                Some(node.fields().clone())
            })
        });
        let properties = Memo::new(move |_| properties.get().unwrap_or_default());
        let id = node.clone();
        let write = Callback::new(move |(tag, what, writes): (String, Text, Writes)| {
            editor.edit_going_on(&tag, what, |document| {
                let descriptor = descriptor(editor, document, &id);
                let values = writes.iter().map(|(key, value)| (key.as_str(), value.clone()));
                set_form_values(document, descriptor.as_deref(), &id, values)
            });
        });
        Self {
            editor,
            node,
            form,
            properties,
            node_properties: properties,
            problems,
            prefix: Signal::stored(String::new()),
            dom: "field".into(),
            is_row: false,
            write,
            as_own: None,
        }
    }

    /// Writes what a field's new value means. One after another they are one step to undo, until the field is left.
    fn write(&self, field: &Field, writes: Writes) {
        let tag = format!("{}/{}", self.node, self.element_id(field));
        self.write.run((tag, self.step(field), writes));
    }

    /// What the step is called in the history.
    fn step(&self, field: &Field) -> Text {
        text("form.step").with("field", &field.title)
    }

    /// The id of a field's control.
    fn element_id(&self, field: &Field) -> String {
        format!("{}-{}", self.dom, field.key)
    }

    /// The value of a field, now and from now on.
    fn value(&self, field: &Arc<Field>) -> Memo<model::json::Json> {
        let (properties, field) = (self.properties, Arc::clone(field));
        Memo::new(move |_| properties.with(|properties| crate::store::form::value::value(&field, properties)))
    }
}

/// The descriptor of a node's type.
fn descriptor(editor: Editor, document: &Document, id: &str) -> Option<Arc<NodeDescriptor>> {
    let node = document.get(id)?;
    editor.types.with_untracked(|types| types.get(node.type_name()).cloned())
}

/// All fields of a form: the plain ones, the foldable parts, credentials, and what is seldom needed.
#[component]
pub fn FormView(
    /// What the fields read and write.
    scope: Scope,
) -> impl IntoView {
    let form = Arc::clone(&scope.form);
    let plain = form.fields.iter().filter(|field| field.section.is_none());
    let plain = plain.map(|field| field_view(&scope, field)).collect_view();
    let sections = form.sections().into_iter().map(|section| {
        let fields: Vec<_> =
            form.fields.iter().filter(|field| field.section.as_deref() == Some(section)).cloned().collect();
        fold(&scope, section.to_owned(), fields)
    });
    let sections = sections.collect_view();
    let credentials = (!form.credentials.is_empty()).then(|| {
        let scope = credentials_scope(&nested::secret_scope(&scope));
        let fields = form.credentials.iter().map(|field| field_view(&scope, field));
        fields.collect_view()
    });
    let variables = (!form.variables.is_empty()).then(|| {
        let inner = nested::instance_scope(&scope);
        form.variables.iter().map(|field| field_view(&inner, field)).collect_view()
    });
    let style = (!form.style.is_empty()).then(|| {
        let inner = nested::style_scope(&scope);
        fold(&inner, say("field.look"), form.style.clone())
    });
    let more = (!form.more.is_empty()).then(|| fold(&scope, say("form.more"), form.more.clone()));
    view! { <div class="form">{plain}{variables}{credentials}{sections}{style}{more}</div> }
}

/// A foldable part. It is open from the start where something in it is set, and says when something in it is wrong.
fn fold(scope: &Scope, title: String, fields: Vec<Arc<Field>>) -> AnyView {
    let is_set = scope.properties.with_untracked(|properties| {
        fields.iter().any(|field| {
            let value = properties.get(&field.key);
            value.is_some_and(|value| {
                !is_blank(value) && field.default.as_ref().is_none_or(|default| !default.semantic_eq(value))
            })
        })
    });
    let views = fields.iter().map(|field| field_view(scope, field)).collect_view();
    let shown: Vec<Memo<bool>> = fields.iter().map(|field| is_shown(scope, field)).collect();
    let (problems, prefix) = (scope.problems, scope.prefix);
    let has_problem = Memo::new(move |_| {
        problems.with(|problems| {
            prefix.with(|prefix| fields.iter().any(|field| !place::at(problems, prefix, field).is_empty()))
        })
    });
    view! {
        <details class="fold" open=is_set hidden=Signal::derive(move || !shown.iter().any(|shown| shown.get()))>
            <summary class:wrong=has_problem>{title}</summary>
            <div class="fold-inside">{views}</div>
        </details>
    }
    .into_any()
}

fn is_blank(value: &model::json::Json) -> bool {
    use model::json::Json;
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(object) => object.is_empty(),
        _ => false,
    }
}

fn is_shown(scope: &Scope, field: &Arc<Field>) -> Memo<bool> {
    let (properties, form, field) = (scope.properties, Arc::clone(&scope.form), Arc::clone(field));
    Memo::new(move |_| properties.with(|properties| field.is_shown(properties, &form)))
}

/// A field with its label, what it does, and what is wrong with it.
fn field_view(scope: &Scope, field: &Arc<Field>) -> AnyView {
    let id = scope.element_id(field);
    let shown = is_shown(scope, field);
    let problems = problems_of(scope, field);
    let is_wrong = Memo::new(move |_| problems.with(|problems| !problems.is_empty()));
    let part = Part {
        scope: scope.clone(),
        field: Arc::clone(field),
        described_by: format!("{id}-hint {id}-problems"),
        is_wrong,
        id: id.clone(),
    };
    let control = control(&part);
    let hint = (!field.description.is_empty()).then(|| {
        let class = if scope.is_row { "unseen" } else { "hint" };
        view! { <p id=format!("{id}-hint") class=class>{markdown::line(&field.description)}</p> }
    });
    let wrong = move || {
        let lines = problems.get().into_iter().map(|(words, severity)| {
            let class = if severity == Severity::Error { "error" } else { "warning" };
            view! { <p class=class>{words}</p> }
        });
        lines.collect_view()
    };
    // A list of controls has a heading; a check box its own label.
    let label = match &field.kind {
        Kind::Flag { .. } => None,
        Kind::Rows(_)
        | Kind::Corners
        | Kind::Names
        | Kind::Several(_)
        | Kind::Nodes(_)
        | Kind::Schedule { .. }
        | Kind::Point => Some(
            view! { <span class="label" id=format!("{id}-label")>{field.title.clone()}</span> }.into_any(),
        ),
        _ => Some(view! { <label class="label" for=id.clone()>{field.title.clone()}</label> }.into_any()),
    };
    view! {
        <div
            class="field"
            class:wrong=is_wrong
            data-key=field.key.clone()
            title=scope.is_row.then(|| field.title.clone())
            hidden=Signal::derive(move || !shown.get())
        >
            {label}
            {control}
            {hint}
            <div id=format!("{id}-problems") class="field-problems" aria-live="polite">{wrong}</div>
        </div>
    }
    .into_any()
}

/// What a control needs to know of its field.
#[derive(Clone)]
struct Part {
    scope: Scope,
    field: Arc<Field>,
    id: String,
    described_by: String,
    is_wrong: Memo<bool>,
}

impl Part {
    fn invalid(&self) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + 'static {
        let is_wrong = self.is_wrong;
        move || is_wrong.get().then_some("true")
    }
}

fn control(part: &Part) -> AnyView {
    match &part.field.kind {
        Kind::Text => input::text(part),
        Kind::Colour => input::colour(part),
        Kind::Number(number) => input::number(part, *number),
        Kind::Flag { is_inverted } => input::flag(part, *is_inverted),
        Kind::Choice(choices) => input::choice(part, choices.clone()),
        Kind::Duration { unit_key, units, default_unit, number } => {
            input::duration(part, unit_key.clone(), units.clone(), default_unit.clone(), *number)
        }
        Kind::Secret { has_lines } => credentials::secret(part, *has_lines),
        Kind::Several(choices) => lists::several(part, choices.clone()),
        Kind::Typed(types) => typed::typed(part, types.clone()),
        Kind::ConfigNode { type_name } => config::config_node(part, type_name.clone()),
        Kind::Nodes(kind) => nodes::nodes(part, kind.clone()),
        Kind::Code(language) => code::code(part, *language),
        Kind::Rows(rows) => rows::rows(part, Arc::clone(rows)),
        Kind::Schedule { repeat_key } => schedule::schedule(part, repeat_key.clone()),
        Kind::Point => lists::point(part),
        Kind::Corners => lists::corners(part),
        Kind::List => lists::list(part),
        Kind::Names => lists::names(part),
        Kind::Json => lists::json(part),
    }
}

/// What is wrong with a field, in words.
fn problems_of(scope: &Scope, field: &Arc<Field>) -> Memo<Vec<(String, Severity)>> {
    let (problems, prefix, field) = (scope.problems, scope.prefix, Arc::clone(field));
    Memo::new(move |_| {
        problems.with(|problems| {
            let found = prefix.with(|prefix| place::at(problems, prefix, &field));
            found.into_iter().map(|problem| (show(&problem.text), problem.severity)).collect()
        })
    })
}
