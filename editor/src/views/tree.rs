//! A value that can be unfolded.

use leptos::prelude::*;
use model::json::Json;

use super::app::editor;
use super::icon::Icon;
use crate::net::{browser, session};
use crate::store::tree::{self, Row, Sort};
use crate::texts::{say, show, text};

/// A value, folded.
#[component]
pub fn ValueView(
    /// What stands before it.
    #[prop(optional)]
    key: String,
    /// The value.
    value: Json,
    /// Its path, where it can be copied: each row then has buttons for its value and path.
    #[prop(optional)]
    path: Option<String>,
) -> impl IntoView {
    row_view(Row { key, value }, path)
}

fn row_view(row: Row, path: Option<String>) -> AnyView {
    let class = match tree::sort(&row.value) {
        Sort::Text => "value text",
        Sort::Number => "value number",
        Sort::Word => "value word",
        Sort::Buffer => "value buffer",
        Sort::Branch => "value branch",
    };
    let preview = tree::preview(&row.value);
    let key = (!row.key.is_empty()).then(|| view! { <span class="key">{row.key.clone()}</span> });
    let is_leaf = tree::children(&row.value).0.is_empty();
    let tools = path.clone().map(|path| {
        let pin = (!is_leaf).then(|| pin(path.clone()));
        view! { {pin}{tools(path, row.value.clone())} }
    });
    if tree::children(&row.value).0.is_empty() {
        return view! { <div class="row leaf">{key}<span class=class>{preview}</span>{tools}</div> }
            .into_any();
    }
    let open = RwSignal::new(path.as_ref().is_some_and(|path| {
        let pinned = editor().bench.pinned;
        pinned.with_untracked(|pinned| pinned.iter().any(|pinned| tree::leads_through(pinned, path)))
    }));
    let inside = move || {
        open.get().then(|| {
            let (rows, more) = tree::children(&row.value);
            let rest = (more > 0).then(
                || view! { <div class="row more">{show(&text("tree.more").with("count", more))}</div> },
            );
            let is_list = tree::is_list(&row.value);
            let child = |row: Row| {
                let path = path.as_ref().map(|path| tree::path_of(path, &row.key, is_list));
                row_view(row, path)
            };
            view! {
                <div class="inside">
                    {rows.into_iter().map(child).collect_view()}
                    {rest}
                </div>
            }
        })
    };
    view! {
        <div class="unfoldable">
            <div class="row-line">
                <button
                    class="row"
                    aria-expanded=Signal::derive(move || if open.get() { "true" } else { "false" })
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <Icon name="chevron-right" size=12.0/>
                    {key}
                    <span class=class>{preview}</span>
                </button>
                {tools}
            </div>
            {inside}
        </div>
    }
    .into_any()
}

/// A button that has a row, and those of later messages with the same path, unfolded from the start.
fn pin(path: String) -> AnyView {
    let pinned = editor().bench.pinned;
    let (own, known) = (path.clone(), path.clone());
    let is_pinned = move || pinned.with(|pinned| pinned.contains(&known));
    let label = show(&text("tree.pin").with("path", &path));
    view! {
        <button
            class="quiet square pin"
            data-pin=path
            title=label.clone()
            aria-label=label
            aria-pressed=Signal::derive(move || if is_pinned() { "true" } else { "false" })
            on:click=move |_| pinned.update(|pinned| {
                if !pinned.remove(&own) {
                    pinned.insert(own.clone());
                }
            })
        >
            <Icon name="pin" size=12.0/>
        </button>
    }
    .into_any()
}

/// Buttons that copy a row's path and value; seen when the row is pointed at or has the focus.
pub fn tools(path: String, value: Json) -> AnyView {
    let editor = editor();
    let copied = move |is_copied: bool, key: &'static str| match is_copied {
        true => session::notify_shortly(editor, text(key)),
        false => drop(editor.notify(&text("export.not-copied"), true)),
    };
    let label = show(&text("tree.copy-path").with("path", &path));
    let copy_path = move |_| copied(browser::copy(&path), "tree.path-copied");
    let copy_value = move |_| copied(browser::copy(&tree::plain(&value)), "tree.value-copied");
    view! {
        <span class="row-tools">
            <button class="quiet square" data-copy="path" title=label.clone() aria-label=label on:click=copy_path>
                <Icon name="route" size=12.0/>
            </button>
            <button class="quiet square" data-copy="value" title=say("tree.copy-value") aria-label=say("tree.copy-value") on:click=copy_value>
                <Icon name="copy" size=12.0/>
            </button>
        </span>
    }
    .into_any()
}
