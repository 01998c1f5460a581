//! Nodes on the canvas. They have no handlers of their own: what is pressed is found by its attributes,
//! `data-id` for the node, `data-port` (`in`, `out:0`) and `data-action` (`inject`) for what is in it.

use leptos::prelude::*;

use super::app::editor;
use super::icon::Icon;
use crate::state::Editor;
use crate::store::Id;
use crate::store::colour;
use crate::store::drawing::{DrawnNode, Shape};
use crate::store::geometry::{ICON_WIDTH, PORT_DISTANCE, output_offset};
use crate::store::status::Status;
use crate::texts::{show, text};

/// Roundness of a card's corners.
const CORNER: f64 = 7.0;
const PORT_RADIUS: f64 = 4.5;
/// Where a port can be grasped: half of its width, and of its height where it has no neighbour.
const PORT_REACH: f64 = 11.0;
const ICON_SIZE: f64 = 16.0;
/// Distance of the start button from its node.
const BUTTON_OUT: f64 = 22.0;

/// The node `id` of the open tab. Follows itself alone; a move writes nothing but its place.
#[component]
pub fn NodeView(
    /// Its id.
    id: Id,
) -> impl IntoView {
    let editor = editor();
    let node = editor.node(id.clone());
    let look = Memo::new_with_compare(
        move |_| node.get(),
        |before, now| match (before.and_then(Option::as_deref), now.and_then(Option::as_deref)) {
            (Some(before), Some(now)) => !now.looks_like(before),
            (before, now) => before.is_some() != now.is_some(),
        },
    );
    let place = move || node.with(|node| node.as_deref().map(DrawnNode::place));
    let status = editor.status(&id);
    let is_target = {
        let id = id.clone();
        move || {
            editor.canvas.wiring.with(|wire| wire.as_ref().is_some_and(|wire| wire.to.as_ref() == Some(&id)))
        }
    };
    let is_selected = {
        let id = id.clone();
        move || editor.selection.with(|selection| selection.holds(&id))
    };
    let is_changed = {
        let id = id.clone();
        move || editor.dirty.with(|dirty| dirty.holds(&id))
    };
    move || {
        let node = look.get()?;
        let body = match node.shape {
            Shape::Junction => junction().into_any(),
            Shape::Comment => comment(&node).into_any(),
            Shape::Card | Shape::Compact => card(&node).into_any(),
        };
        Some(view! {
            <g
                class=class_of(&node)
                class:selected=is_selected.clone()
                class:target=is_target.clone()
                class:changed=is_changed.clone()
                data-id=id.to_string()
                data-type=node.type_name.clone()
                style=colour::style(&node.colour)
                transform=place
                tabindex="-1"
                role="group"
                aria-label=format!("{} ({})", node.label, node.type_name)
            >
                {body}
                {(node.has_button && !node.has_input).then(|| start_button(&node))}
                <circle class="changed-mark" cx=node.width - 1.0 cy="-1" r="5"/>
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
        {ports(node)}
    }
}

/// The ports, each in an area that is easier to hit than itself.
fn ports(node: &DrawnNode) -> impl IntoView + use<> {
    let (width, middle, outputs) = (node.width, node.height / 2.0, node.outputs);
    let reach = if outputs > 1 { PORT_DISTANCE / 2.0 } else { PORT_REACH };
    let output = move |number: u16| {
        port(format!("out:{number}"), width, middle + output_offset(number, outputs), reach)
    };
    view! {
        {node.has_input.then(|| port("in".to_owned(), 0.0, middle, PORT_REACH))}
        {(0..outputs).map(output).collect_view()}
    }
}

fn port(name: String, x: f64, y: f64, reach: f64) -> impl IntoView {
    view! {
        <g data-port=name>
            <rect class="hit" x=x - PORT_REACH y=y - reach width=2.0 * PORT_REACH height=2.0 * reach/>
            <circle class="port" cx=x cy=y r=PORT_RADIUS/>
        </g>
    }
}

/// A point that wires run through: its middle moves it, its sides are its ports.
fn junction() -> impl IntoView {
    view! {
        <g data-port="in"><rect class="hit" x="-9" y="-6" width="11" height="22"/></g>
        <g data-port="out:0"><rect class="hit" x="8" y="-6" width="11" height="22"/></g>
        <circle class="body" cx="5" cy="5" r="5"/>
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
fn start_button(node: &DrawnNode) -> impl IntoView + use<> {
    let middle = node.height / 2.0;
    let label = show(&text("inject.label").with("name", &node.label));
    let title = label.clone();
    view! {
        <g
            class="start"
            class:off=node.is_disabled
            data-action="inject"
            role="button"
            tabindex="-1"
            aria-label=label
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
