//! A value that can be unfolded.

use leptos::prelude::*;
use model::json::Json;

use super::icon::Icon;
use crate::store::tree::{self, Row, Sort};
use crate::texts::{show, text};

/// A value, folded.
#[component]
pub fn ValueView(
    /// What stands before it.
    #[prop(optional)]
    key: String,
    /// The value.
    value: Json,
) -> impl IntoView {
    row_view(Row { key, value }, false)
}

fn row_view(row: Row, is_open: bool) -> AnyView {
    let class = match tree::sort(&row.value) {
        Sort::Text => "value text",
        Sort::Number => "value number",
        Sort::Word => "value word",
        Sort::Buffer => "value buffer",
        Sort::Branch => "value branch",
    };
    let preview = tree::preview(&row.value);
    let key = (!row.key.is_empty()).then(|| view! { <span class="key">{row.key.clone()}</span> });
    if tree::children(&row.value).0.is_empty() {
        return view! { <div class="row leaf">{key}<span class=class>{preview}</span></div> }.into_any();
    }
    let open = RwSignal::new(is_open);
    let inside = move || {
        open.get().then(|| {
            let (rows, more) = tree::children(&row.value);
            let rest = (more > 0).then(
                || view! { <div class="row more">{show(&text("tree.more").with("count", more))}</div> },
            );
            view! {
                <div class="inside">
                    {rows.into_iter().map(|row| row_view(row, false)).collect_view()}
                    {rest}
                </div>
            }
        })
    };
    view! {
        <div class="unfoldable">
            <button
                class="row"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Icon name="chevron-right" size=12.0/>
                {key}
                <span class=class>{preview}</span>
            </button>
            {inside}
        </div>
    }
    .into_any()
}
