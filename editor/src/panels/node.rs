//! The node panel: what the selected node is and what it is set to.

use leptos::prelude::*;
use model::document::Node;

use super::Panel;
use crate::state::Editor;
use crate::store::node_types;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::markdown::Markdown;
use crate::views::tree::ValueView;

/// Its row in the table.
pub(super) const PANEL: Panel = Panel {
    key: "node",
    title: "info.title",
    icon: "sliders-horizontal",
    view: || view! { <Selected/> }.into_any(),
};

/// What every node has: shown on the canvas, not in the list.
const COMMON: [&str; 12] = ["id", "type", "z", "g", "x", "y", "wires", "name", "d", "l", "info", "icon"];

#[component]
fn Selected() -> impl IntoView {
    let editor = editor();
    let node = Memo::new(move |_| {
        let id = editor.inspected.get()?;
        editor.document.with(|document| document.as_ref()?.get(&id).cloned())
    });
    view! {
        <div class="scroll">
            {move || match node.get() {
                Some(node) => describe(editor, &node).into_any(),
                None => view! { <p class="hint">{say("info.none")}</p> }.into_any(),
            }}
        </div>
    }
}

fn describe(editor: Editor, node: &Node) -> impl IntoView + use<> {
    let descriptor = editor.types.with(|types| types.get(node.type_name()).cloned());
    let label = descriptor.as_ref().map(|descriptor| node_types::label(descriptor, node));
    let label = label
        .unwrap_or_else(|| if node.name().is_empty() { node.type_name() } else { node.name() }.to_owned());
    let fields = node.fields().iter().filter(|(key, _)| !COMMON.contains(key));
    let rows: Vec<_> = fields
        .map(|(key, value)| view! { <dt>{key.to_owned()}</dt><dd><ValueView value=value.clone()/></dd> })
        .collect();
    let properties = (!rows.is_empty()).then(|| view! { <h3>{say("info.config")}</h3><dl>{rows}</dl> });
    let problems = editor.problems.with(|problems| {
        let lines: Vec<_> =
            problems.of(node.id()).iter().map(|one| view! { <li>{one.words()}</li> }).collect();
        (!lines.is_empty())
            .then(|| view! { <h3>{say("info.problems")}</h3><ul class="problems">{lines}</ul> })
    });
    let help = match descriptor {
        Some(descriptor) => (!descriptor.help.is_empty()).then(|| descriptor.help.clone()),
        None if node.subflow_id().is_some() => None,
        None => Some(show(&text("info.unknown").with("type", node.type_name()))),
    };
    let help = help.map(|help| view! { <h3>{say("info.help")}</h3><Markdown text=help/> });
    view! {
        <div class="selected-node">
            <h2>{label}</h2>
            <p class="hint">{node.type_name().to_owned()}" · "<code>{node.id().to_owned()}</code></p>
            {problems}
            {properties}
            {help}
        </div>
    }
}
