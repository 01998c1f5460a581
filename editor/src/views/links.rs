//! Virtual wires of the link nodes that are selected: dashed to their other ends, flags to other tabs.

use leptos::ev;
use leptos::prelude::*;

use super::app::editor;
use crate::state::Editor;
use crate::store::drawing::links::{Flag, Links, links};
use crate::store::geometry::{text_width, wire_path};
use crate::texts::{say, show, text};

/// How far a flag stands from its node, and how far flags are apart.
const OUT: f64 = 30.0;
const APART: f64 = 28.0;
const HEIGHT: f64 = 22.0;

/// All of them.
#[component]
pub fn LinksView() -> impl IntoView {
    let editor = editor();
    let shown = Memo::new(move |_| {
        let selection = editor.selection.get();
        if selection.nodes().len() == 0 {
            return Links::default();
        }
        let found = editor.document.with(|document| {
            let document = document.as_ref()?;
            Some(editor.types.with(|types| {
                editor.drawing.with(|drawing| links(document, types, drawing, |id| selection.holds(id)))
            }))
        });
        found.unwrap_or_default()
    });
    move || {
        let links = shown.get();
        if links == Links::default() {
            return None;
        }
        // They go with their nodes.
        editor.drawing.track();
        let wires = links.wires.iter().filter_map(|(from, to)| {
            let ends = editor
                .drawing
                .with_untracked(|drawing| drawing.node(from).cloned().zip(drawing.node(to).cloned()));
            let (from, to) = ends?;
            let path = wire_path(from.output(0), to.input());
            Some(view! { <path class="link-wire" d=path data-link-from=from.id.to_string() data-link-to=to.id.to_string()/> })
        });
        let wires = wires.collect_view();
        let flags = links.flags.iter().map(|flag| flag_view(editor, flag, &links)).collect_view();
        Some(view! {
            {wires}
            {flags}
        })
    }
}

fn flag_view(editor: Editor, flag: &Flag, all: &Links) -> Option<impl IntoView + use<>> {
    let node = editor.drawing.with_untracked(|drawing| drawing.node(&flag.node).cloned())?;
    let rows = all
        .flags
        .iter()
        .filter(|other| other.node == flag.node && other.is_outgoing == flag.is_outgoing)
        .count();
    let (x, y) = if flag.is_outgoing { node.output(0) } else { node.input() };
    let direction = if flag.is_outgoing { 1.0 } else { -1.0 };
    let drop = APART * (flag.row as f64 - (rows as f64 - 1.0) / 2.0);
    let tab = if flag.tab.is_empty() { say("tabs.unnamed") } else { flag.tab.clone() };
    // Flags are set smaller than labels.
    let width = text_width(&tab) * 12.0 / 14.0 + 22.0;
    let left = if flag.is_outgoing { OUT } else { -OUT - width };
    let words = show(&text("link.jump").with("tab", &tab));
    let target = flag.target.clone();
    let by_key = {
        let target = target.clone();
        move |event: ev::KeyboardEvent| {
            if event.key() == "Enter" {
                event.stop_propagation();
                editor.jump_to(&target);
            }
        }
    };
    let title = words.clone();
    Some(view! {
        <g
            class="flag"
            data-flag=flag.node.to_string()
            transform=format!("translate({x:.1} {y:.1})")
            role="link"
            tabindex="0"
            aria-label=words
            on:pointerdown=|event: ev::PointerEvent| event.stop_propagation()
            on:click=move |_| editor.jump_to(&target)
            on:keydown=by_key
        >
            <title>{title}</title>
            <path class="link-wire" d=wire_path((0.0, 0.0), (direction * OUT, drop))/>
            <rect x=left y=drop - HEIGHT / 2.0 width=width height=HEIGHT rx="5"/>
            <text x=left + 11.0 y=drop>{tab}</text>
        </g>
    })
}
