//! The body of a node: block with icon, label, ports, buttons.

use leptos::prelude::*;

use crate::icons;
use crate::store::drawing::{DrawnNode, Shape};
use crate::store::geometry::{
    self, BUTTON_OUT, BUTTON_RADIUS, ICON_WIDTH, LINE_HEIGHT, PORT_DISTANCE, SWITCH_OUT, SWITCH_WIDTH,
    output_offset,
};
use crate::texts::{show, text};

/// Roundness of a card's corners.
const CORNER: f64 = 6.0;
const PORT_RADIUS: f64 = 4.5;
/// Where a port can be grasped: half of its width, and of its height where it has no neighbour.
const PORT_REACH: f64 = 11.0;
const ICON_SIZE: f64 = 16.0;

/// The node as it is drawn.
pub(super) fn view(node: &DrawnNode) -> AnyView {
    match node.shape {
        Shape::Junction => junction().into_any(),
        Shape::Comment => comment(node).into_any(),
        Shape::Card | Shape::Compact => card(node).into_any(),
    }
}

fn card(node: &DrawnNode) -> impl IntoView + use<> {
    let (width, height) = (node.width, node.height);
    let block = match node.shape {
        Shape::Compact => rounded(width, height, true),
        _ => rounded(ICON_WIDTH, height, false),
    };
    view! {
        <title>{title(node)}</title>
        <rect class="body" width=width height=height rx=CORNER/>
        <path class="block" d=block/>
        {glyph(&node.icon, (ICON_WIDTH - ICON_SIZE) / 2.0, height / 2.0)}
        {(node.shape == Shape::Card).then(|| label(node, ICON_WIDTH + 9.0))}
        {node.has_info.then(|| info_mark(width, height))}
        {ports(node)}
        {node.has_button.then(|| start_button(node))}
        {node.switch.map(|is_on| switch_button(node, is_on))}
    }
}

/// Words on the canvas.
fn comment(node: &DrawnNode) -> impl IntoView + use<> {
    view! {
        <title>{title(node)}</title>
        <rect class="body" width=node.width height=node.height rx=CORNER/>
        {glyph(&node.icon, 8.0, node.height / 2.0)}
        {label(node, ICON_WIDTH + 2.0)}
        {node.has_info.then(|| info_mark(node.width, node.height))}
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

/// What a pointer that rests on the node is told.
fn title(node: &DrawnNode) -> String {
    match node.label == node.type_name {
        true => node.label.clone(),
        false => format!("{} ({})", node.label, node.type_name),
    }
}

/// The inside of a card's frame: all of it, or its left end.
fn rounded(width: f64, height: f64, is_whole: bool) -> String {
    // Half a pixel inside, so that the frame stays whole.
    const INSET: f64 = 0.5;
    let corner = CORNER - INSET;
    let (top, bottom, left, right) = (INSET, height - INSET, INSET, width - INSET);
    let begin = format!("M{} {top}", left + corner);
    let end = format!(
        "a{corner} {corner} 0 0 1 -{corner} -{corner}V{}a{corner} {corner} 0 0 1 {corner} -{corner}z",
        top + corner
    );
    match is_whole {
        false => format!("{begin}H{width}V{bottom}H{}{end}", left + corner),
        true => format!(
            "{begin}H{}a{corner} {corner} 0 0 1 {corner} {corner}V{}a{corner} {corner} 0 0 1 -{corner} {corner}H{}{end}",
            right - corner,
            bottom - corner,
            left + corner
        ),
    }
}

/// The icon; drawn without a frame of its own, which would cost as much as a card.
fn glyph(name: &str, x: f64, middle: f64) -> impl IntoView + use<> {
    let scale = ICON_SIZE / 24.0;
    let place = format!("translate({x} {}) scale({scale:.4})", middle - ICON_SIZE / 2.0);
    view! { <g class="glyph" transform=place inner_html=icons::icon(name).data></g> }
}

fn label(node: &DrawnNode, x: f64) -> impl IntoView + use<> {
    let lines: Vec<String> = geometry::label_lines(&node.label).collect();
    let first = node.height / 2.0 - LINE_HEIGHT * (lines.len() as f64 - 1.0) / 2.0;
    let lines = lines.into_iter().enumerate().map(move |(at, line)| {
        view! { <text class="label" x=x y=first + LINE_HEIGHT * at as f64>{line}</text> }
    });
    lines.collect_view()
}

/// Its user wrote something about it.
fn info_mark(width: f64, height: f64) -> impl IntoView {
    let (right, bottom) = (width - 5.0, height - 5.0);
    view! { <path class="info-mark" d=format!("M{} {bottom}H{right}M{} {}H{right}", right - 4.0, right - 7.0, bottom - 3.0)/> }
}

/// The ports, each in an area that is easier to hit than itself.
fn ports(node: &DrawnNode) -> impl IntoView + use<> {
    let (width, middle, outputs) = (node.width, node.height / 2.0, node.outputs);
    let reach = if outputs > 1 { PORT_DISTANCE / 2.0 } else { PORT_REACH };
    let labels = node.output_labels.clone();
    let output = move |number: u16| {
        let label = labels.get(usize::from(number)).cloned().unwrap_or_default();
        port(format!("out:{number}"), width, middle + output_offset(number, outputs), reach, label)
    };
    view! {
        {node.has_input.then(|| port("in".to_owned(), 0.0, middle, PORT_REACH, node.input_label.clone()))}
        {(0..outputs).map(output).collect_view()}
    }
}

fn port(name: String, x: f64, y: f64, reach: f64, label: String) -> impl IntoView {
    view! {
        <g data-port=name>
            {(!label.is_empty()).then(|| view! { <title>{label}</title> })}
            <rect class="hit" x=x - PORT_REACH y=y - reach width=2.0 * PORT_REACH height=2.0 * reach/>
            <circle class="port" cx=x cy=y r=PORT_RADIUS/>
        </g>
    }
}

/// The button that starts the node.
fn start_button(node: &DrawnNode) -> impl IntoView + use<> {
    let middle = node.height / 2.0;
    let label = show(&text("inject.label").with("name", &node.label));
    let title = label.clone();
    view! {
        <g class="start" class:off=node.is_disabled data-action="inject" role="button" tabindex="-1" aria-label=label>
            <title>{title}</title>
            <path class="stem" d=format!("M{} {middle}H-1", BUTTON_RADIUS - BUTTON_OUT)/>
            <circle cx=-BUTTON_OUT cy=middle r=BUTTON_RADIUS/>
            <path class="triangle" d=format!("M{} {}l8 5l-8 5z", -BUTTON_OUT - 3.0, middle - 5.0)/>
        </g>
    }
}

/// The switch that turns the node on and off: up and filled is on.
fn switch_button(node: &DrawnNode, is_on: bool) -> impl IntoView + use<> {
    let (left, middle) = (node.width + SWITCH_OUT - SWITCH_WIDTH / 2.0, node.height / 2.0);
    let key = if is_on { "switch.off" } else { "switch.on" };
    let label = show(&text(key).with("name", &node.label));
    let title = label.clone();
    view! {
        <g
            class="switch"
            class:on=is_on
            data-action="toggle"
            role="switch"
            tabindex="-1"
            aria-checked=if is_on { "true" } else { "false" }
            aria-label=label
        >
            <title>{title}</title>
            <rect class="hit" x=left - 4.0 y=middle - 15.0 width="22" height="30"/>
            <path class="stem" d=format!("M{} {middle}H{left}", node.width + 1.0)/>
            <rect class="track" x=left y=middle - BUTTON_RADIUS width=SWITCH_WIDTH height=2.0 * BUTTON_RADIUS rx=SWITCH_WIDTH / 2.0/>
            <circle class="knob" cx=left + 7.0 cy=if is_on { middle - 4.0 } else { middle + 4.0 } r="4"/>
        </g>
    }
}
