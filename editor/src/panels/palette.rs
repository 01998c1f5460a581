//! The palette: the node types that the server has.

use std::sync::Arc;

use leptos::prelude::*;
use model::descriptor::NodeDescriptor;

use super::Panel;
use crate::store::colour;
use crate::store::node_types::Group;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// Its row in the table.
pub(super) const PANEL: Panel = Panel {
    key: "palette",
    title: "palette.title",
    icon: "shapes",
    view: || view! { <Palette/> }.into_any(),
};

#[component]
fn Palette() -> impl IntoView {
    let editor = editor();
    let filter = RwSignal::new(String::new());
    let groups = Memo::new(move |_| editor.types.with(|types| types.palette(&filter.get())));
    let nothing = move || {
        let finds_nothing = groups.with(Vec::is_empty) && filter.with(|filter| !filter.trim().is_empty());
        finds_nothing.then(|| view! { <p class="hint">{show(&text("palette.nothing").with("filter", filter.get().trim()))}</p> })
    };
    view! {
        <section class="palette" id=PANEL.key aria-label=say(PANEL.title)>
            <label class="search">
                <Icon name="search" size=14.0/>
                <input
                    type="search"
                    placeholder=say("palette.filter")
                    aria-label=say("palette.filter")
                    prop:value=filter
                    on:input=move |event| filter.set(event_target_value(&event))
                />
            </label>
            <div class="scroll">
                <For each=move || groups.get() key=key children=group_view/>
                {nothing}
            </div>
            <footer class="hint">
                {move || show(&text("palette.count").with("count", editor.types.with(|types| types.listed())))}
            </footer>
        </section>
    }
}

/// A group is the same while it lists the same types.
fn key(group: &Group) -> Vec<Arc<str>> {
    std::iter::once(&group.category)
        .chain(group.types.iter().map(|one| &one.type_name))
        .map(|text| text.as_str().into())
        .collect()
}

fn group_view(group: Group) -> impl IntoView {
    let items = group.types.into_iter().map(|one| view! { <Item one/> });
    view! {
        <section class="category">
            <h2>{title(&group.category)}</h2>
            <ul>{items.collect_view()}</ul>
        </section>
    }
}

#[component]
fn Item(one: Arc<NodeDescriptor>) -> impl IntoView {
    let first_line = one.help.lines().map(|line| line.trim_matches(['#', ' '])).find(|line| !line.is_empty());
    view! {
        <li
            class="item"
            data-type=one.type_name.clone()
            style=colour::checked(&one.colour).map(colour::style)
            title=first_line.unwrap_or_default().to_owned()
        >
            <span class="block"><Icon name=one.icon.clone() size=14.0/></span>
            <span class="name">{one.type_name.clone()}</span>
        </li>
    }
}

/// A category's name as a heading.
fn title(category: &str) -> String {
    let mut letters = category.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
