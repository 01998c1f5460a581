//! The panels beside the canvas, in one table.

pub mod configs;
pub mod context;
pub mod debug;
mod edge;
pub mod events;
pub mod failed;
mod message;
pub mod node;
pub mod outline;
mod palette;
mod sheet;
pub mod tests;
pub mod wire;

use leptos::html::Div;
use leptos::prelude::*;

use crate::state::{Editor, Sheet};
use crate::store::debug_log::DebugLog;
use crate::texts::say;
use crate::views::app::editor;
use crate::views::icon::Icon;

/// One panel.
pub struct Panel {
    /// Names it in the page.
    pub key: &'static str,
    /// Key of its title.
    pub title: &'static str,
    /// Its icon's name.
    pub icon: &'static str,
    /// Its content.
    pub view: fn() -> AnyView,
}

/// Left of the canvas: what flows are made of.
pub const LEFT: &[Panel] = &[palette::PANEL];
/// Right of the canvas: what happens, and what is selected.
pub const RIGHT: &[Panel] = &[
    debug::PANEL,
    node::PANEL,
    wire::PANEL,
    tests::PANEL,
    failed::PANEL,
    events::PANEL,
    outline::PANEL,
    configs::PANEL,
    context::PANEL,
];

/// Shows the form of what is selected; a panel in which one follows what is selected stays.
pub fn show_form(editor: Editor) {
    let is_open = editor.bench.sheet.get_untracked() == Sheet::Panel;
    if !(is_open && stays(editor.live.panel.get_untracked())) {
        editor.show_panel(node::PANEL.key);
    }
}

/// The panels left of the canvas.
#[component]
pub fn LeftPanels() -> impl IntoView {
    view! {
        <aside class="side left">
            <sheet::Head title=Signal::stored(palette::PANEL.title)/>
            {LEFT.iter().map(|panel| (panel.view)()).collect_view()}
        </aside>
    }
}

/// The panels right of the canvas, one at a time. All are kept, so that a list stays where it was.
#[component]
pub fn RightPanels() -> impl IntoView {
    let editor = editor();
    let chosen = RwSignal::new(0);
    // Derived from the last of three things that the user did: chose a panel, selected a node, or asked for the form.
    let last = Memo::new(move |before: Option<&Shown>| {
        let now = Shown {
            chosen: chosen.get(),
            inspected: editor.inspected.get(),
            focus: editor.form_focus.get(),
            asked: editor.bench.panel.get(),
            panel: chosen.get() % RIGHT.len(),
        };
        let asked = || RIGHT.iter().position(|panel| panel.key == now.asked.0);
        let panel = match before {
            Some(before) if before.asked != now.asked => asked().unwrap_or(before.panel),
            // Trees and lists of nodes stay while one goes through them.
            Some(before)
                if stays(RIGHT[before.panel].key)
                    && before.focus == now.focus
                    && before.chosen == now.chosen =>
            {
                before.panel
            }
            Some(before) if now.inspected.is_some() && before.inspected != now.inspected => NODE,
            Some(before) if before.focus != now.focus => NODE,
            Some(before) if before.chosen == now.chosen => before.panel,
            _ => now.panel,
        };
        Shown { panel, ..now }
    });
    let bar = NodeRef::<Div>::new();
    Effect::new(move || {
        let panel = last.with(|last| RIGHT[last.panel].key);
        editor.live.panel.set(panel);
        show_button(bar, panel);
    });
    let width = RwSignal::new(edge::remembered());
    let is_shown = move |at: usize| last.with(|last| last.panel == at);
    // A click on the panel that was chosen before counts too: every choice is a new number.
    let choose = move |at: usize| {
        let is_open = editor.bench.sheet.get_untracked() == Sheet::Panel;
        let closes = is_open && last.with_untracked(|last| last.panel == at);
        editor.open_sheet(if closes { Sheet::Closed } else { Sheet::Panel });
        chosen.update(|chosen| *chosen = (*chosen / RIGHT.len() + 1) * RIGHT.len() + at);
    };
    let buttons = RIGHT.iter().enumerate().map(|(at, panel)| {
        view! {
            <button
                role="tab"
                class="tab"
                aria-selected=Signal::derive(move || if is_shown(at) { "true" } else { "false" })
                aria-controls=panel.key
                data-panel=panel.key
                title=say(panel.title)
                on:click=move |_| choose(at)
            >
                <Icon name=panel.icon size=14.0/>
                <span class="title">{say(panel.title)}</span>
                {(panel.key == failed::PANEL.key).then(|| how_many(editor))}
                {(panel.key == debug::PANEL.key).then(|| news(editor, move || is_shown(at)))}
            </button>
        }
    });
    // What is pressed there takes the keyboard from the canvas, even where nothing is: keys meant for a field that cannot
    // be edited just now do nothing to the flow.
    let panels = RIGHT.iter().enumerate().map(|(at, panel)| {
        view! { <div class="panel" id=panel.key role="tabpanel" tabindex="-1" hidden=Signal::derive(move || !is_shown(at))>{(panel.view)()}</div> }
    });
    view! {
        <aside class="side right" style=Signal::derive(move || format!("--right-width: {}px", width.get()))>
            <edge::Edge width/>
            <div class="panel-bar">
                <sheet::PaletteButton/>
                <div class="tabs" role="tablist" node_ref=bar>{buttons.collect_view()}</div>
            </div>
            <sheet::Head title=Signal::derive(move || last.with(|last| RIGHT[last.panel].title))/>
            {panels.collect_view()}
        </aside>
    }
}

/// Scrolls the button of a panel into view: on a phone there is not room for all.
fn show_button(bar: NodeRef<Div>, panel: &str) {
    let Some(bar) = bar.get() else { return };
    if let Ok(Some(button)) = bar.query_selector(&format!("[data-panel={panel}]")) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
        button.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// How many messages there are that nodes failed with, where there are any.
fn how_many(editor: Editor) -> impl IntoView {
    move || {
        let count = editor.live.failed.get();
        (count > 0).then(|| view! { <span class="badge red">{count}</span> })
    }
}

/// A dot while there are debug messages that came since their panel was last shown.
fn news(editor: Editor, is_shown: impl Fn() -> bool + Send + Sync + 'static) -> impl IntoView {
    let seen = Memo::new(move |before: Option<&u64>| {
        let is_shown = is_shown();
        let before = before.copied().unwrap_or_default();
        if is_shown { editor.debug.with(DebugLog::total) } else { before }
    });
    let has_news = Memo::new(move |_| editor.debug.with(DebugLog::total) > seen.get());
    view! {
        <Show when=move || has_news.get()>
            <span class="news" role="img" aria-label=say("debug.news") title=say("debug.news")></span>
        </Show>
    }
}

/// The panel that is shown, and what led to it.
#[derive(Clone, PartialEq)]
struct Shown {
    chosen: usize,
    inspected: Option<crate::store::Id>,
    focus: u32,
    asked: (&'static str, u32),
    panel: usize,
}

/// Whether a panel stays when a node is selected.
fn stays(panel: &str) -> bool {
    matches!(panel, "outline" | "context" | "wire" | "failed" | "tests" | "events")
}

/// Place of the node panel in [`RIGHT`].
const NODE: usize = 1;
