//! The ends of a subflow on its own tab, and the wires between them and its nodes.

use leptos::prelude::*;

use super::app::editor;
use crate::store::drawing::subflow::{DrawnPort, End, PORT_SIZE, PortWire};
use crate::store::geometry::wire_path;
use crate::texts::{say, show, text};

/// An input, an output or the status of a subflow.
#[component]
pub fn EndView(
    /// The end.
    port: DrawnPort,
) -> impl IntoView {
    let frame = port.frame();
    let (name, words) = match port.end {
        End::Input(_) => ("in", say("subflow.input")),
        End::Output(at) => ("out", show(&text("subflow.output").with("number", at + 1))),
        End::Status => ("status", say("subflow.status")),
    };
    let tip = if name == "in" { PORT_SIZE } else { 0.0 };
    let place = format!("translate({:.1} {:.1})", frame.left, frame.top);
    let middle = PORT_SIZE / 2.0;
    view! {
        <g class="end" data-end=name data-end-at=port.end.name() transform=place role="img" aria-label=words.clone()>
            <rect class="body" width=PORT_SIZE height=PORT_SIZE rx="9"/>
            <text x=middle y=PORT_SIZE + 9.0>{words.clone()}</text>
            <circle class="port" cx=tip cy=middle r="4.500"/>
        </g>
    }
}

/// A wire between an end and a node. Follows the node.
#[component]
pub fn EndWireView(
    /// The wire.
    wire: PortWire,
) -> impl IntoView {
    let editor = editor();
    let node = editor.node(wire.node.clone());
    let path = move || {
        let tip = editor.drawing.with(|drawing| {
            let end = drawing.ports.iter().find(|port| port.end == wire.end)?;
            Some(end.tip())
        });
        let ends = tip.zip(node.get());
        ends.map(|(tip, node)| match wire.output {
            Some(output) => wire_path(node.output(output), tip),
            None => wire_path(tip, node.input()),
        })
    };
    view! { <path class="end-wire" d=path/> }
}
