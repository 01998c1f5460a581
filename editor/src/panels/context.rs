//! Context data: what the selected node, the open flow and all flows keep. Asked for, not followed.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Panel;
use crate::later::{Part, later};
use crate::net::{api, session};
use crate::state::Editor;
use crate::store::context_data::{self, Kept, Scope};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;
use crate::views::tree::ValueView;

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "context", title: "context.title", icon: "database", view: || later(Part::Context) };

/// Its content.
#[component]
pub fn ContextData() -> impl IntoView {
    let editor = editor();
    let node = Memo::new(move |_| editor.selection.with(|selection| selection.single().cloned()));
    let flow = Memo::new(move |_| editor.open_tab.get());
    let node_scope = Signal::derive(move || node.get().map(Scope::Node));
    let flow_scope = Signal::derive(move || flow.get().map(Scope::Flow));
    view! {
        <div class="scroll context">
            <ScopeView name="node" title="context.node" scope=node_scope/>
            <ScopeView name="flow" title="context.flow" scope=flow_scope/>
            <ScopeView name="global" title="context.global" scope=Signal::stored(Some(Scope::Global))/>
        </div>
    }
}

/// What a scope was found to keep.
#[derive(Clone, Debug, Default, PartialEq)]
enum Found {
    /// It was not asked for yet.
    #[default]
    NotAsked,
    /// These values.
    Values(Vec<Kept>),
}

#[component]
fn ScopeView(
    /// Names it in the page.
    name: &'static str,
    /// Key of its heading.
    title: &'static str,
    /// Whose data; none where nothing is chosen.
    scope: Signal<Option<Scope>>,
) -> impl IntoView {
    let editor = editor();
    let found = RwSignal::new(Found::NotAsked);
    // Another scope: what was found is not its.
    Effect::new(move |before: Option<Option<Scope>>| {
        let now = scope.get();
        if before.is_some_and(|before| before != now) {
            found.set(Found::NotAsked);
        }
        now
    });
    let list = move || match found.get() {
        Found::NotAsked => view! { <p class="hint">{say("context.not-asked")}</p> }.into_any(),
        Found::Values(values) if values.is_empty() => {
            view! { <p class="hint">{say("context.empty")}</p> }.into_any()
        }
        Found::Values(values) => {
            let rows = values
                .into_iter()
                .filter_map(|kept| Some(kept_view(editor, scope.get_untracked()?, kept, found)));
            view! { <ul>{rows.collect_view()}</ul> }.into_any()
        }
    };
    view! {
        <section class="context-scope" data-scope=name>
            <header>
                <h3>{say(title)}</h3>
                <button
                    type="button"
                    class="quiet square"
                    data-do="refresh"
                    title=say("context.refresh")
                    aria-label=show(&text("context.refresh-scope").with("scope", say(title)))
                    disabled=Signal::derive(move || scope.with(Option::is_none))
                    on:click=move |_| if let Some(scope) = scope.get_untracked() { refresh(editor, scope, found) }
                >
                    <Icon name="refresh-cw" size=14.0/>
                </button>
            </header>
            {list}
        </section>
    }
}

fn refresh(editor: Editor, scope: Scope, found: RwSignal<Found>) {
    spawn_local(async move {
        match api::context(editor, &scope).await {
            // The panel may be gone.
            Ok(answer) => drop(found.try_set(Found::Values(context_data::read(&answer)))),
            Err(failure) => session::fail(editor, &failure),
        }
    });
}

fn kept_view(editor: Editor, scope: Scope, kept: Kept, found: RwSignal<Found>) -> impl IntoView {
    let path = format!("{}{}", scope.prefix(), kept.key);
    let label = show(&text("context.delete").with("key", &kept.key));
    let (store, key) = (kept.store.clone(), kept.key.clone());
    let delete = move |_| {
        let (scope, store, key) = (scope.clone(), store.clone(), key.clone());
        spawn_local(async move {
            match api::forget_context(editor, &scope, &store, &key).await {
                Ok(()) => refresh(editor, scope, found),
                Err(failure) => session::fail(editor, &failure),
            }
        });
    };
    view! {
        <li class="kept" data-key=kept.key.clone()>
            <div><ValueView key=kept.key.clone() value=kept.value path/></div>
            <span class="hint">{kept.store}</span>
            <button type="button" class="quiet square" data-do="delete" title=label.clone() aria-label=label on:click=delete>
                <Icon name="trash-2" size=14.0/>
            </button>
        </li>
    }
}
