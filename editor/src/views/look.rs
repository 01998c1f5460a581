//! The look page (`#look`): every token, control, node shape and state in one place, light beside dark, made from the
//! real components with made-up data. For those who make the editor, so its own words are not in the catalogue.

mod sample;

use leptos::prelude::*;
use model::document::Document;

use super::canvas::ZoomButtons;
use super::ends::{EndView, EndWireView};
use super::groups::GroupView;
use super::links::LinksView;
use super::nodes::{NodeView, Surroundings};
use super::notices::Notices;
use super::wires::WireView;
use crate::state::Editor;
use crate::store::geometry::Rect;

/// The part of the page's address that asks for it.
pub const ADDRESS: &str = "#look";

/// Words and grounds that stand on each other, as tokens; the page is checked for their contrast.
const INKS: &[(&str, &[&str])] = &[
    ("--ink", &["--ground", "--canvas", "--surface", "--raised", "--sunken", "--selected-ground"]),
    ("--ink-soft", &["--ground", "--canvas", "--surface", "--raised", "--sunken", "--selected-ground"]),
    ("--accent", &["--surface", "--raised", "--accent-ground", "--selected-ground"]),
    ("--accent-ink", &["--accent", "--accent-strong"]),
    ("--thread-ink", &["--surface", "--raised"]),
    ("--red-ink", &["--surface", "--raised", "--error-ground"]),
    ("--green-ink", &["--surface", "--raised", "--well-ground"]),
    ("--yellow-ink", &["--surface", "--raised", "--warning-ground"]),
    ("--blue-ink", &["--surface", "--raised", "--note-ground"]),
    ("--value-text", &["--surface", "--error-ground", "--warning-ground"]),
    ("--value-number", &["--surface", "--error-ground", "--warning-ground"]),
    ("--value-word", &["--surface", "--error-ground", "--warning-ground"]),
    ("--value-key", &["--surface", "--error-ground", "--warning-ground"]),
];
/// Lines and marks, which need less contrast than words.
const MARKS: &[(&str, &[&str])] = &[
    ("--line-strong", &["--surface", "--raised", "--canvas"]),
    ("--focus", &["--surface", "--canvas", "--ground"]),
    ("--thread", &["--surface", "--canvas"]),
    ("--red", &["--surface", "--canvas"]),
    ("--green", &["--surface", "--canvas"]),
    ("--yellow", &["--surface", "--canvas"]),
    ("--blue", &["--surface", "--canvas"]),
    ("--grey", &["--surface", "--canvas"]),
];
/// Least contrast of words, and of lines and marks (WCAG 2.2, 1.4.3 and 1.4.11).
const WORDS: &str = "4.5";
const LINES: &str = "3";
const SPACES: &[&str] = &["half", "1", "1-half", "2", "3", "4", "6", "8"];
const SIZES: &[&str] = &["small", "fine", "body", "large", "title"];

/// The page.
#[component]
pub fn Look() -> impl IntoView {
    let editor = Editor::new();
    provide_context(editor);
    if let Ok(document) = Document::parse(&sample::flows()) {
        editor.types.set(sample::types().into());
        editor.open(document, "made up".into());
        sample::live(editor);
    }
    provide_context(Surroundings::new(editor));
    view! {
        <main class="look">
            <Side theme="light"/>
            <Side theme="dark"/>
        </main>
        <Notices/>
    }
}

#[component]
fn Side(theme: &'static str) -> impl IntoView {
    view! {
        <div class="look-side" data-theme=theme>
            <h1>"Wireloom, "{theme}</h1>
            <section data-look="tokens">
                <h2>"Words on their grounds"</h2>
                {pairs(INKS, WORDS)}
                <h2>"Marks and lines"</h2>
                {pairs(MARKS, LINES)}
                <h2>"Spacing and type"</h2>
                {scales()}
            </section>
            <section data-look="nodes">
                <h2>"Nodes: every shape in every state"</h2>
                <Nodes/>
            </section>
            <section data-look="flow">
                <h2>"Wires, groups, links, ends of a subflow"</h2>
                <Flow/>
            </section>
            <section inner_html=include_str!("look/controls.html")></section>
            <section data-look="zoom" class="look-zoom">
                <h2>"Over the canvas"</h2>
                <ZoomButtons/>
            </section>
        </div>
    }
}

fn pairs(inks: &'static [(&'static str, &'static [&'static str])], least: &'static str) -> impl IntoView {
    let rows = inks.iter().map(|(ink, grounds)| {
        let cells = grounds.iter().map(move |ground| {
            let style = match least {
                WORDS => format!("color:var({ink});background:var({ground})"),
                _ => format!("border-color:var({ink});background:var({ground})"),
            };
            view! { <span class="look-pair" data-least=least data-ink=*ink style=style>{ground.trim_start_matches("--")}</span> }
        });
        view! { <div class="look-row"><code>{ink.trim_start_matches("--")}</code>{cells.collect_view()}</div> }
    });
    rows.collect_view()
}

fn scales() -> impl IntoView {
    let spaces = SPACES.iter().map(|name| {
        let style = format!("width:var(--space-{name});height:var(--space-{name})");
        view! { <span class="look-space" style=style title=*name></span> }
    });
    let sizes = SIZES.iter().map(|name| {
        view! { <span style=format!("font-size:var(--text-{name})")>{*name}</span> }
    });
    view! {
        <div class="look-row">{spaces.collect_view()}</div>
        <div class="look-row">{sizes.collect_view()}</div>
    }
}

/// A table: a row for each state, a column for each shape.
#[component]
fn Nodes() -> impl IntoView {
    let rows = sample::STATES.iter().enumerate().map(|(at, (state, ..))| {
        let y = sample::row(at);
        let nodes = sample::SHAPES.iter().map(|(shape, ..)| {
            let id = format!("{shape}-{state}");
            view! { <NodeView id=id.as_str().into()/> }
        });
        view! {
            <text class="look-state" x="0" y=y>{*state}</text>
            <g data-state=*state class=format!("look-{state}")>{nodes.collect_view()}</g>
        }
    });
    let height = sample::row(sample::STATES.len());
    view! {
        <svg class="look-canvas" viewBox=format!("0 0 {} {height}", sample::WIDTH)>{rows.collect_view()}</svg>
    }
}

/// What of the made-up tab stands under the table of nodes.
#[component]
fn Flow() -> impl IntoView {
    let editor = super::app::editor();
    let drawing = editor.drawing.get_untracked();
    let top = sample::row(sample::STATES.len());
    let below = drawing.nodes.iter().filter(|node| node.y > top).map(|node| node.id.clone());
    let nodes = below.map(|id| view! { <NodeView id/> }).collect_view();
    let wires = drawing.wires.iter().cloned().map(|wire| view! { <WireView wire/> }).collect_view();
    let groups = drawing.groups.iter().cloned().map(|group| view! { <GroupView group/> }).collect_view();
    let ends = drawing.ports.iter().cloned().map(|port| view! { <EndView port/> }).collect_view();
    let end_wires =
        drawing.port_wires.iter().cloned().map(|wire| view! { <EndWireView wire/> }).collect_view();
    let bottom = drawing.bounds().map_or(top, |bounds: Rect| bounds.bottom);
    let frame = format!("0 {top} {} {}", sample::WIDTH, bottom - top + 50.0);
    view! {
        <svg class="look-canvas" viewBox=frame>
            {groups} {end_wires} {wires} <LinksView/> {ends} {nodes}
        </svg>
    }
}
