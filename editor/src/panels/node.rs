//! The node panel: the form of what is selected, what is wrong with it, and its help.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use model::check::{Problem, Severity, check_node};
use model::document::{Document, Kind};
use model::edit::{delete_nodes, enable_nodes};
use model::text::Text;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

mod unseen;

use super::Panel;
use crate::later::{Part, later};
use crate::state::Editor;
use crate::store::Id;
use crate::store::colour;
use crate::store::form::{Form, candidates, common, place};
use crate::store::node_types::called;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::canvas;
use crate::views::form::{FormView, Scope};
use crate::views::icon::Icon;
use crate::views::markdown::Markdown;
use crate::views::others::HeldFormView;
use crate::views::tree::ValueView;

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "node", title: "info.title", icon: "sliders-horizontal", view: || later(Part::Node) };

/// What the panel is about. The form stays the same one as long as this does.
#[derive(Clone, Debug, PartialEq)]
enum Subject {
    Nothing,
    Several(Vec<Id>),
    One {
        id: Id,
        type_name: String,
        /// The node types: with others the form is another.
        form: Arc<Form>,
        is_container: bool,
    },
}

impl Subject {
    fn now(editor: Editor) -> Self {
        let inspected = editor.inspected.get();
        let several: Vec<Id> = editor.selection.with(|selection| selection.nodes().cloned().collect());
        if inspected.is_none() && several.len() > 1 {
            return Self::Several(several);
        }
        let one = inspected.or_else(|| editor.open_tab.get());
        let types = editor.types.get();
        let form = |document: &Document, id: &Id| {
            let node = document.get(id)?;
            let form = match types.get(node.type_name()) {
                Some(descriptor) => Form::of(descriptor),
                None => common::of_entry(document, node, &types),
            };
            let is_container = matches!(node.kind(), Kind::Tab | Kind::Subflow | Kind::Group);
            Some((node.type_name().to_owned(), Arc::new(form), is_container))
        };
        let found = one.and_then(|id| {
            let found = editor.document.with(|document| form(document.as_ref()?, &id))?;
            Some((id, found))
        });
        match found {
            Some((id, (type_name, form, is_container))) => Self::One { id, type_name, form, is_container },
            None => Self::Nothing,
        }
    }
}

/// Its content.
#[component]
pub fn Inspector() -> impl IntoView {
    let editor = editor();
    let subject = Memo::new(move |_| Subject::now(editor));
    unseen::follow(editor);
    let panel = NodeRef::<Div>::new();
    Effect::new(move |before: Option<u32>| {
        let count = editor.form_focus.get();
        // What was asked before the panel was there counts too.
        if before.unwrap_or_default() != count {
            // The panel may have to be shown first.
            request_animation_frame(move || focus_first(panel));
        }
        count
    });
    let leave = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            match editor.inspected_path.with_untracked(|path| !path.is_empty()) {
                true => go_back(editor),
                false => canvas::focus(),
            }
        }
    };
    view! {
        <div class="scroll inspector" node_ref=panel on:keydown=leave>
            {move || match subject.get() {
                Subject::Nothing => view! { <p class="hint">{say("info.none")}</p> }.into_any(),
                Subject::Several(ids) => several(editor, ids),
                Subject::One { id, type_name, form, is_container } => {
                    one(editor, id, &type_name, form, is_container)
                }
            }}
        </div>
    }
}

/// Goes back to the form that this one was opened from.
fn go_back(editor: Editor) {
    editor.inspect_back();
    editor.focus_form();
}

/// The first field of the form in which something is wrong, else its first one: the name.
fn focus_first(panel: NodeRef<Div>) {
    let Some(panel) = panel.get_untracked() else { return };
    let of = |css: &str| {
        let found = panel.query_selector_all(css).ok()?;
        let fields = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into::<HtmlElement>().ok());
        // Not those in parts that are folded.
        fields.into_iter().find(|field| field.offset_parent().is_some())
    };
    let wrong = of(".form :is(input, select, textarea)[aria-invalid=true]");
    if let Some(field) = wrong.or_else(|| of(".form :is(input, select, textarea)")) {
        // What cannot be focused is not: nothing else depends on it.
        let _ = field.focus();
    }
}

fn several(editor: Editor, ids: Vec<Id>) -> AnyView {
    let count = ids.len();
    let act = move |what: &'static str, is_enabled: Option<bool>| {
        let ids = ids.clone();
        move |_| {
            let ids = || ids.iter().map(AsRef::as_ref);
            editor.edit(text(what).with("count", count), |document| match is_enabled {
                Some(is_enabled) => enable_nodes(document, ids(), is_enabled),
                None => delete_nodes(document, ids()),
            });
        }
    };
    let (enable, disable) = (act("several.enabled", Some(true)), act("several.disabled", Some(false)));
    let delete = act("several.deleted", None);
    view! {
        <div class="subject">
            <h2>{show(&text("several.title").with("count", count))}</h2>
            <div class="actions">
                <button class="quiet" type="button" on:click=enable><Icon name="power" size=14.0/>{say("several.enable")}</button>
                <button class="quiet" type="button" on:click=disable><Icon name="circle-slash" size=14.0/>{say("several.disable")}</button>
                <button class="quiet" type="button" on:click=delete><Icon name="trash-2" size=14.0/>{say("several.delete")}</button>
            </div>
        </div>
    }
    .into_any()
}

fn one(editor: Editor, id: Id, type_name: &str, form: Arc<Form>, is_container: bool) -> AnyView {
    let descriptor = editor.types.with_untracked(|types| types.get(type_name).cloned());
    let problems = problems_of(editor, id.clone());
    let scope = Scope::of_node(editor, id.clone(), Arc::clone(&form), problems);
    let label = label_of(editor, id.clone());
    let icon = match &descriptor {
        Some(descriptor) => descriptor.icon.clone(),
        None if type_name == "tab" => "panel-right".to_owned(),
        None if type_name == "group" => "group".to_owned(),
        None if type_name.starts_with("subflow") => "workflow".to_owned(),
        None => "circle-help".to_owned(),
    };
    let colour = descriptor.as_ref().and_then(|known| colour::checked(&known.colour)).map(colour::style);
    let help = match &descriptor {
        Some(descriptor) => Some(descriptor.help.clone()).filter(|help| !help.is_empty()),
        None if is_container || type_name.starts_with("subflow") => None,
        None => Some(show(&text("info.unknown").with("type", type_name))),
    };
    let help = help.map(|help| {
        view! {
            <details class="fold about" open=descriptor.is_none()>
                <summary>{say("info.help")}</summary>
                <Markdown text=help/>
            </details>
        }
    });
    let docs = docs_of(editor, id.clone());
    let shown_type = if type_name.starts_with("subflow:") { "subflow" } else { type_name };
    // What no form knows is shown as it is.
    let rest = (descriptor.is_none() && !is_container).then(|| properties_of(editor, &id)).flatten();
    view! {
        <div class="subject">
            <Back/>
            <header>
                <span class="block" style=colour><Icon name=icon size=16.0/></span>
                <h2>{move || label.get()}</h2>
                <span class="hint type" title=id.to_string()>{shown_type.to_owned()}</span>
            </header>
            {docs}
            {elsewhere(editor, id.clone(), &form, problems)}
            <HeldFormView node=id><FormView scope/></HeldFormView>
            {rest}
            {help}
        </div>
    }
    .into_any()
}

/// What its user wrote about it.
fn docs_of(editor: Editor, id: Id) -> impl Fn() -> Option<AnyView> {
    let words = Memo::new(move |_| {
        editor.document.with(|document| {
            let info = document.as_ref()?.get(&id)?.text("info")?.trim().to_owned();
            (!info.is_empty()).then_some(info)
        })
    });
    move || {
        words.get().map(|words| {
            let docs = view! {
                <details class="fold about docs" open>
                    <summary>{say("info.docs")}</summary>
                    <Markdown text=words/>
                </details>
            };
            docs.into_any()
        })
    }
}

/// The way back to the node whose form this one was opened from.
#[component]
fn Back() -> impl IntoView {
    let editor = editor();
    let from = Memo::new(move |_| {
        let path = editor.inspected_path.get();
        path.last()?;
        let before = path.len().checked_sub(2).and_then(|at| path.get(at).cloned());
        before.or_else(|| editor.selection.with(|selection| selection.single().cloned()))
    });
    move || {
        let label = label_of(editor, from.get()?);
        Some(view! {
            <button class="quiet back" type="button" on:click=move |_| go_back(editor)>
                <Icon name="arrow-left" size=14.0/>
                {move || show(&text("info.back").with("name", label.get()))}
            </button>
        })
    }
}

fn label_of(editor: Editor, id: Id) -> Memo<String> {
    Memo::new(move |_| {
        let types = editor.types.get();
        let name = editor.document.with(|document| {
            let document = document.as_deref()?;
            let node = document.get(&id)?;
            Some(match node.kind() {
                Kind::Tab => candidates::container_name(node),
                _ => called(document, node, &types),
            })
        });
        name.unwrap_or_default()
    })
}

/// What the checks find, as the node is now; and what the server said when it started the node, as long as the
/// node is as it was then.
fn problems_of(editor: Editor, id: Id) -> Memo<Arc<Vec<Problem>>> {
    Memo::new(move |_| {
        let types = editor.types.get();
        let found =
            editor.document.with(|document| Some(check_node(document.as_ref()?, types.as_ref(), &id)));
        let mut found = found.unwrap_or_default();
        editor.live.unseen.with(|unseen| {
            found.extend(unseen.get(&id).into_iter().flatten().map(|one| Problem {
                node: Some((*id).into()),
                path: one.field.as_str().into(),
                text: one.text.clone(),
                severity: Severity::Warning,
            }));
        });
        let is_as_deployed = editor.workspace.with(|workspace| {
            let workspace = workspace.as_ref()?;
            Some(workspace.document().get(&id) == workspace.deployed().get(&id))
        });
        if is_as_deployed == Some(true) {
            editor.problems.with(|told| {
                for one in told.of(&id) {
                    if !found.iter().any(|known| known.path == one.path) {
                        found.push(Problem {
                            node: Some((*id).into()),
                            path: one.path.as_str().into(),
                            text: Text::literal(one.message.as_str()),
                            severity: Severity::Error,
                        });
                    }
                }
            });
        }
        Arc::new(found)
    })
}

/// The problems that no field shows: those of wires and the like.
fn elsewhere(editor: Editor, id: Id, form: &Arc<Form>, problems: Memo<Arc<Vec<Problem>>>) -> AnyView {
    let form = Arc::clone(form);
    let lines = Memo::new(move |_| {
        editor.document.with(|document| {
            let node = document.as_ref().and_then(|document| document.get(&id));
            let Some(node) = node else { return Vec::new() };
            problems.with(|problems| {
                let found = place::elsewhere(problems, &form, node.fields()).into_iter();
                let line = |one: &Problem| {
                    (with_place(&one.path, &show(&one.text)), one.severity == Severity::Error)
                };
                found.map(line).collect::<Vec<_>>()
            })
        })
    });
    let list = move || {
        let lines = lines.get();
        (!lines.is_empty()).then(|| {
            let lines = lines.into_iter().map(|(words, is_error)| {
                view! { <li class:warning=!is_error>{words}</li> }
            });
            view! { <ul class="problems">{lines.collect_view()}</ul> }
        })
    };
    view! { <div aria-live="polite">{list}</div> }.into_any()
}

fn with_place(path: &str, words: &str) -> String {
    if path.is_empty() { words.to_owned() } else { format!("{path}: {words}") }
}

/// What every node has; the rest of a node of an unknown type is listed.
const COMMON: [&str; 11] = ["id", "type", "z", "g", "x", "y", "wires", "name", "d", "info", "env"];

fn properties_of(editor: Editor, id: &Id) -> Option<AnyView> {
    let rows = editor.document.with_untracked(|document| {
        let node = document.as_ref()?.get(id)?;
        let fields = node.fields().iter().filter(|(key, _)| !COMMON.contains(key));
        Some(fields.map(|(key, value)| (key.to_owned(), value.clone())).collect::<Vec<_>>())
    })?;
    if rows.is_empty() {
        return None;
    }
    let rows = rows.into_iter().map(|(key, value)| view! { <dt>{key}</dt><dd><ValueView value/></dd> });
    Some(view! { <h3>{say("info.config")}</h3><dl>{rows.collect_view()}</dl> }.into_any())
}
