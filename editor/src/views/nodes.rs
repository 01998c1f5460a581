//! Nodes on the canvas.

use leptos::ev;
use leptos::prelude::*;

use super::app::editor;
use super::icon::Icon;
use crate::net::session;
use crate::state::Editor;
use crate::store::Id;
use crate::store::colour;
use crate::store::drawing::{DrawnNode, Shape};
use crate::store::geometry::{ICON_WIDTH, output_offset};
use crate::store::selection::Selection;
use crate::store::status::Status;
use crate::texts::{show, text};

/// Roundness of a card's corners.
const CORNER: f64 = 7.0;
const PORT_RADIUS: f64 = 4.5;
const ICON_SIZE: f64 = 16.0;
/// Distance of the start button from its node.
const BUTTON_OUT: f64 = 22.0;

/// The node `id` of the open tab. Follows itself alone.
#[component]
pub fn NodeView(
    /// Its id.
    id: Id,
) -> impl IntoView {
    let editor = editor();
    let node = editor.node(id.clone());
    let status = editor.status(&id);
    let is_selected = {
        let id = id.clone();
        move || editor.selection.with(|selection| selection.holds(&id))
    };
    move || {
        let node = node.get()?;
        let class = class_of(&node);
        let place = format!("translate({:.1} {:.1})", node.x - node.width / 2.0, node.y - node.height / 2.0);
        let body = match node.shape {
            Shape::Junction => view! { <circle class="body" cx="5" cy="5" r="5"/> }.into_any(),
            Shape::Comment => comment(&node).into_any(),
            Shape::Card | Shape::Compact => card(&node).into_any(),
        };
        let select = {
            let id = id.clone();
            move |event: ev::PointerEvent| {
                event.stop_propagation();
                editor.select(Selection::one(id.clone()));
            }
        };
        let select_by_key = {
            let id = id.clone();
            move |event: ev::KeyboardEvent| {
                if event.key() == "Enter" {
                    event.stop_propagation();
                    editor.select(Selection::one(id.clone()));
                }
            }
        };
        Some(view! {
            <g
                class=class
                class:selected=is_selected.clone()
                data-id=id.to_string()
                data-type=node.type_name.clone()
                style=colour::style(&node.colour)
                transform=place
                tabindex="0"
                role="button"
                aria-label=format!("{} ({})", node.label, node.type_name)
                on:pointerdown=select
                on:keydown=select_by_key
            >
                {body}
                {(node.has_button && !node.has_input).then(|| start_button(editor, &node))}
                {problem_mark(editor, &node)}
                {status_view(&node, status.clone())}
            </g>
        })
    }
}

fn class_of(node: &DrawnNode) -> String {
    let shape = match node.shape {
        Shape::Card => "card",
        Shape::Compact => "compact",
        Shape::Comment => "comment",
        Shape::Junction => "junction",
    };
    let marks = [(node.is_disabled, " disabled"), (node.is_unknown, " unknown")];
    let marks: String = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark).collect();
    format!("node {shape}{marks}")
}

/// A card: the coloured block with the icon, the label, the ports.
fn card(node: &DrawnNode) -> impl IntoView + use<> {
    let (width, height, middle) = (node.width, node.height, node.height / 2.0);
    let is_compact = node.shape == Shape::Compact;
    let outputs = node.outputs;
    let ports = (0..outputs).map(move |port| {
        view! { <circle class="port" cx=width cy=middle + output_offset(port, outputs) r=PORT_RADIUS/> }
    });
    let label = (!is_compact).then(|| {
        view! { <text class="label" x=ICON_WIDTH + 10.0 y=middle>{node.label.clone()}</text> }
    });
    let block = match is_compact {
        true => format!(
            "M{CORNER} 0H{}a{CORNER} {CORNER} 0 0 1 {CORNER} {CORNER}V{}a{CORNER} {CORNER} 0 0 1 -{CORNER} {CORNER}H{CORNER}a{CORNER} {CORNER} 0 0 1 -{CORNER} -{CORNER}V{CORNER}a{CORNER} {CORNER} 0 0 1 {CORNER} -{CORNER}z",
            width - CORNER,
            height - CORNER
        ),
        false => format!(
            "M{CORNER} 0H{ICON_WIDTH}V{height}H{CORNER}a{CORNER} {CORNER} 0 0 1 -{CORNER} -{CORNER}V{CORNER}a{CORNER} {CORNER} 0 0 1 {CORNER} -{CORNER}z"
        ),
    };
    view! {
        <title>{format!("{} ({})", node.label, node.type_name)}</title>
        <rect class="body" width=width height=height rx=CORNER/>
        <path class="block" d=block/>
        <g class="glyph">
            <Icon name=node.icon.clone() size=ICON_SIZE x=(ICON_WIDTH - ICON_SIZE) / 2.0 y=middle - ICON_SIZE / 2.0/>
        </g>
        <rect class="frame" width=width height=height rx=CORNER/>
        {label}
        {node.has_input.then(|| view! { <circle class="port" cx="0" cy=middle r=PORT_RADIUS/> })}
        {ports.collect_view()}
    }
}

/// Words on the canvas.
fn comment(node: &DrawnNode) -> impl IntoView + use<> {
    let middle = node.height / 2.0;
    view! {
        <rect class="body" width=node.width height=node.height rx=CORNER/>
        <g class="glyph">
            <Icon name=node.icon.clone() size=ICON_SIZE x=8.0 y=middle - ICON_SIZE / 2.0/>
        </g>
        <text class="label" x=ICON_WIDTH + 2.0 y=middle>{node.label.clone()}</text>
    }
}

/// The button that starts the node.
fn start_button(editor: Editor, node: &DrawnNode) -> impl IntoView + use<> {
    let (id, name, middle) = (node.id.clone(), node.label.clone(), node.height / 2.0);
    let label = show(&text("inject.label").with("name", &name));
    let title = label.clone();
    let start = move || session::inject(editor, id.clone(), name.clone());
    let start_by_key = {
        let start = start.clone();
        move |event: ev::KeyboardEvent| {
            if matches!(event.key().as_str(), "Enter" | " ") {
                event.prevent_default();
                event.stop_propagation();
                start();
            }
        }
    };
    view! {
        <g
            class="start"
            class:off=node.is_disabled
            role="button"
            tabindex="0"
            aria-label=label
            on:pointerdown=|event: ev::PointerEvent| event.stop_propagation()
            on:click=move |_| start()
            on:keydown=start_by_key
        >
            <title>{title}</title>
            <path class="stem" d=format!("M{} {middle}H-1", 11.0 - BUTTON_OUT)/>
            <circle cx=-BUTTON_OUT cy=middle r="11"/>
            <path class="triangle" d=format!("M{} {}l8 5l-8 5z", -BUTTON_OUT - 3.0, middle - 5.0)/>
        </g>
    }
}

/// A mark at the corner of a node that could not be started.
fn problem_mark(editor: Editor, node: &DrawnNode) -> impl IntoView + use<> {
    let (id, corner) = (node.id.clone(), format!("translate({} 0)", node.width));
    let words = Memo::new(move |_| editor.problems.with(|problems| problems.words(&id)));
    move || {
        words.get().map(|words| {
            view! {
                <g class="problem-mark" transform=corner.clone()>
                    <title>{words}</title>
                    <circle r="8"/>
                    <path d="M0 -4.2V0.8M0 3.900V4"/>
                </g>
            }
        })
    }
}

/// Mark and words under the node.
fn status_view(node: &DrawnNode, status: ArcRwSignal<Option<Status>>) -> impl IntoView + use<> {
    let below = node.height + 13.0;
    move || {
        status.get().map(|status| {
            let has_mark = !status.fill.class().is_empty();
            let mark = has_mark.then(|| {
                view! { <circle class=format!("mark {}", status.fill.class()) class:ring=status.ring cx="7" cy=below r="4"/> }
            });
            view! {
                <g class="status">
                    {mark}
                    <text x=if has_mark { 16.0 } else { 3.0 } y=below>{status.text}</text>
                </g>
            }
        })
    }
}
