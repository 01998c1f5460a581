//! Nodes on the canvas. They have no handlers of their own: what is pressed is found by its attributes,
//! `data-id` for the node, `data-port` (`in`, `out:0`) and `data-action` (`inject`, `toggle`) for what is in it.

mod card;
mod marks;

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use model::check::Severity;

use super::app::editor;
use crate::state::Editor;
use crate::store::Id;
use crate::store::colour;
use crate::store::drawing::{DrawnNode, Shape};
use crate::texts::{say, show, text};

/// What all nodes of a canvas look at beside themselves. Provided around them.
#[derive(Clone, Copy)]
pub struct Surroundings {
    /// Nodes with an error among the debug messages, or a red status.
    pub failing: Memo<Arc<BTreeSet<Id>>>,
}

impl Surroundings {
    /// Derives them from the state.
    pub fn new(editor: Editor) -> Self {
        let failing = Memo::new(move |_| {
            let mut failing = editor.debug.with(|log| log.failing());
            editor.red.with(|red| failing.extend(red.iter().cloned()));
            Arc::new(failing)
        });
        Self { failing }
    }
}

/// How it stands with a node, beside what its settings say.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    is_selected: bool,
    /// A wire that is being drawn would arrive here.
    is_target: bool,
    /// A message is followed that has come to it.
    is_traced: bool,
    is_changed: bool,
    is_failing: bool,
    severity: Option<Severity>,
}

/// The node `id` of the open tab. Follows itself alone.
#[component]
pub fn NodeView(
    /// Its id.
    id: Id,
) -> impl IntoView {
    let editor = editor();
    let around = expect_context::<Surroundings>();
    let node = editor.node(id.clone());
    let state = state_of(editor, around, id.clone());
    // A move writes nothing but its place.
    let look = Memo::new_with_compare(
        move |_| node.get(),
        |before, now| match (before.and_then(Option::as_deref), now.and_then(Option::as_deref)) {
            (Some(before), Some(now)) => !now.looks_like(before),
            (before, now) => before.is_some() != now.is_some(),
        },
    );
    let place = move || node.with(|node| node.as_deref().map(DrawnNode::place));
    let status = editor.status(&id);
    let beat = {
        let status = status.clone();
        Memo::new(move |before: Option<&usize>| {
            status.track();
            before.map_or(0, |before| before + 1)
        })
    };
    move || {
        let node = look.get()?;
        let shape = class_of(&node);
        let class = move || format!("{shape}{}{}", state.with(State::classes), beat_class(beat.get()));
        let label = {
            let node = node.clone();
            move || state.with(|state| label(&node, state))
        };
        Some(view! {
            <g
                class=class
                data-id=node.id.to_string()
                data-type=node.type_name.clone()
                style=colour::style(&node.colour)
                transform=place
                tabindex="-1"
                role="group"
                aria-label=label
            >
                {card::view(&node)}
                {marks::corner(editor, &node, state)}
                {marks::status(&node, status.clone())}
                {marks::tested(editor, &node)}
                {marks::unseen(editor, &node)}
                {marks::figures(editor, &node)}
            </g>
        })
    }
}

/// How it stands with a node, now and later.
fn state_of(editor: Editor, around: Surroundings, id: Id) -> Memo<State> {
    Memo::new(move |_| State {
        is_selected: editor.selection.with(|selection| selection.holds(&id)),
        is_target: editor
            .canvas
            .wiring
            .with(|wire| wire.as_ref().is_some_and(|wire| wire.to.as_ref() == Some(&id))),
        is_traced: editor
            .live
            .trace
            .with(|trace| trace.as_ref().is_some_and(|trace| trace.current() == Some(&id))),
        is_changed: editor.dirty.with(|dirty| dirty.holds(&id)),
        is_failing: around.failing.with(|failing| failing.contains(&id)),
        severity: editor.problems.with(|problems| problems.severity(&id)),
    })
}

impl State {
    fn classes(&self) -> String {
        let marks = [
            (self.is_selected, " selected"),
            (self.is_changed, " changed"),
            (self.is_failing, " failing"),
            (self.is_target, " target"),
            (self.is_traced, " traced"),
            (self.severity == Some(Severity::Error), " invalid"),
            (self.severity == Some(Severity::Warning), " doubtful"),
        ];
        marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark).collect()
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

/// A node that said something new beats once: two classes in turn, for an animation to begin again.
fn beat_class(beat: usize) -> &'static str {
    match beat {
        0 => "",
        beat if beat.is_multiple_of(2) => " beats",
        _ => " beats again",
    }
}

/// What is said of the node `id` of the open tab, as it stands, to those who do not see it.
pub fn words(editor: Editor, around: Surroundings, id: Id) -> impl Fn() -> Option<String> {
    let node = editor.node(id.clone());
    let state = state_of(editor, around, id);
    move || node.with(|node| node.as_deref().map(|node| state.with(|state| label(node, state))))
}

fn label(node: &DrawnNode, state: &State) -> String {
    let words = text("node.words").with("name", &node.label).with("type", &node.type_name);
    let states = [
        (node.is_unknown, "node.unknown"),
        (node.is_disabled, "node.disabled"),
        (state.is_changed, "node.changed"),
        (state.severity == Some(Severity::Error), "node.invalid"),
        (state.severity == Some(Severity::Warning), "node.doubtful"),
        (state.is_failing, "node.failing"),
    ];
    let states = states.into_iter().filter(|(is_set, _)| *is_set).map(|(_, key)| say(key));
    std::iter::once(show(&words)).chain(states).collect::<Vec<_>>().join(", ")
}
