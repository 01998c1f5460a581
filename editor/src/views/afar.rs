//! The flow from afar, in a few shapes; see [`crate::store::afar`]. What is pressed is found by its place.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use model::check::Severity;

use super::app::editor;
use super::nodes::{Surroundings, words};
use crate::state::Editor;
use crate::store::Id;
use crate::store::afar::{Alike, LineMarks, Marks, blocks, lines};
use crate::store::drawing::Wire;
use crate::store::geometry::Rect;
use crate::store::live::{Overlay, warmth_of};
use crate::texts::{show, text};

/// All nodes.
#[component]
pub fn BlocksView() -> impl IntoView {
    let editor = editor();
    let failing = expect_context::<Surroundings>().failing;
    let moving = moving(editor);
    let shown = move |moves: bool| {
        let (selection, problems, failing) = (editor.selection.get(), editor.problems.get(), failing.get());
        let traced =
            editor.live.trace.with(|trace| trace.as_ref().and_then(|trace| trace.current().cloned()));
        let moving = moving.get();
        let marks = |id: &Id| {
            (moving.contains(id) == moves).then(|| Marks {
                is_selected: selection.holds(id),
                is_wrong: failing.contains(id) || problems.severity(id) == Some(Severity::Error),
                is_traced: traced.as_ref() == Some(id),
            })
        };
        // Nothing to look for.
        if moves && moving.is_empty() {
            return Vec::new();
        }
        editor.drawing.with(|drawing| blocks(&drawing.nodes, marks))
    };
    view! { <Shapes resting=move || shown(false) moving=move || shown(true)/> }
}

/// All wires.
#[component]
pub fn LinesView() -> impl IntoView {
    let editor = editor();
    let moving = moving(editor);
    let shown = move |moving_ends: usize| {
        let (selection, moving) = (editor.selection.get(), moving.get());
        let is_warm = editor.live.overlay.get() == Overlay::Heat;
        let marks = |wire: &Wire| {
            let moves = [&wire.from, &wire.to].map(|end| usize::from(moving.contains(end)));
            let warmth = |wire: &Wire| editor.figures(&wire.from).with(|figures| figures.rate(wire.port));
            (moves[0] + moves[1] == moving_ends).then(|| LineMarks {
                is_selected: selection.holds_wire(wire),
                is_near: selection.holds(&wire.from) || selection.holds(&wire.to),
                warmth: is_warm.then(|| (warmth_of(warmth(wire)) * 100.0).round() as u8),
            })
        };
        if moving_ends > 0 && moving.is_empty() {
            return Vec::new();
        }
        editor.drawing.with(|drawing| lines(drawing, &drawing.wires, None, marks))
    };
    let between = Memo::new(move |_| {
        let moving = moving.get();
        let crosses = |wire: &&Wire| moving.contains(&wire.from) != moving.contains(&wire.to);
        match moving.is_empty() {
            true => Vec::new(),
            false => editor.drawing.with(|drawing| drawing.wires.iter().filter(crosses).cloned().collect()),
        }
    });
    // Few as a rule, and others with each move: changed where they stand.
    let stretched = move || {
        let carried = editor.canvas.carried.get();
        let marks = |_: &Wire| Some(LineMarks { is_near: true, ..LineMarks::default() });
        let shapes = between
            .with(|wires| editor.drawing.with(|drawing| lines(drawing, wires, carried.as_ref(), marks)));
        shapes.into_iter().map(shape).collect_view()
    };
    view! {
        <Shapes resting=move || shown(0) moving=move || shown(2)/>
        {stretched}
    }
}

/// What those who do not see the shapes are told in their place: of all nodes together, and of the one that is
/// selected, each where it stands.
#[component]
pub fn WordsView() -> impl IntoView {
    let editor = editor();
    let around = expect_context::<Surroundings>();
    let all = move || {
        let (problems, selected) = (editor.problems.get(), editor.selection.with(|now| now.nodes().len()));
        editor.drawing.with(|drawing| {
            let is_wrong = |id: &Id| problems.severity(id) == Some(Severity::Error);
            let wrong = drawing.nodes.iter().filter(|node| is_wrong(&node.id)).count();
            let counts = [("afar.wrong", wrong), ("afar.selected", selected)];
            let counts = counts.into_iter().filter(|(_, count)| *count > 0);
            let counts = counts.map(|(key, count)| show(&text(key).with("count", count)));
            let words = show(&text("afar.words").with("count", drawing.nodes.len()));
            std::iter::once(words).chain(counts).collect::<Vec<_>>().join(" ")
        })
    };
    let bounds = move || editor.drawing.with(|drawing| drawing.bounds());
    let selected = Memo::new(move |_| editor.selection.with(|selection| selection.single().cloned()));
    let one = move || {
        let id = selected.get()?;
        let frame = {
            let id = id.clone();
            move || editor.drawing.with(|drawing| drawing.node(&id).map(|node| node.frame()))
        };
        let words = words(editor, around, id);
        Some(
            view! { <g class="said-afar one" role="group" tabindex="-1" aria-label=words>{move || frame().map(unseen)}</g> },
        )
    };
    view! {
        <g class="said-afar" role="group" tabindex="-1" aria-label=all>{move || bounds().map(unseen)}</g>
        {one}
    }
}

/// Gives words a place on the screen.
fn unseen(frame: Rect) -> impl IntoView {
    view! { <rect x=frame.left y=frame.top width=frame.width() height=frame.height()/> }
}

/// What is on its way; nothing as a rule.
fn moving(editor: Editor) -> Memo<Arc<BTreeSet<Id>>> {
    Memo::new(move |_| {
        editor
            .canvas
            .carried
            .with(|carried| carried.as_ref().map(|carried| Arc::clone(&carried.ids)).unwrap_or_default())
    })
}

/// What stays, and what moves together.
#[component]
fn Shapes(
    resting: impl Fn() -> Vec<Alike> + Send + Sync + 'static,
    moving: impl Fn() -> Vec<Alike> + Send + Sync + 'static,
) -> impl IntoView {
    let editor = editor();
    let place = move || {
        let way = editor.canvas.carried.with(|carried| carried.as_ref().map(|carried| carried.way));
        way.map(|(dx, dy)| format!("translate({dx:.1} {dy:.1})"))
    };
    let (resting, moving) = (Memo::new(move |_| resting()), Memo::new(move |_| moving()));
    view! {
        <For each=move || resting.get() key=Clone::clone children=shape/>
        <g transform=place>
            <For each=move || moving.get() key=Clone::clone children=shape/>
        </g>
    }
}

fn shape(one: Alike) -> impl IntoView {
    view! { <path class=one.class style=one.style d=one.path/> }
}
