//! The whole page.

use leptos::prelude::*;

use super::canvas::Canvas;
use super::deploy::Bars;
use super::dialogs::{self, Dialogs};
use super::first;
use super::header::Header;
use super::keyboard;
use super::login::Login;
use super::notices::Notices;
use super::placing::PlacingView;
use super::shortcuts::Shortcuts;
use crate::later::{self, Part, later};
use crate::net::{draft, flow_tests, live, preferences, presence, session};
use crate::panels::{LeftPanels, RightPanels};
use crate::state::Editor;

/// The editor.
#[component]
pub fn App() -> impl IntoView {
    let editor = Editor::new();
    provide_context(editor);
    preferences::recall_theme(editor);
    session::follow_windows(editor);
    keyboard::listen(editor);
    dialogs::accept_files(editor);
    draft::follow(editor);
    live::follow(editor);
    flow_tests::follow(editor);
    presence::follow(editor);
    later::fetch(Some(editor));
    session::connect(editor);
    view! {
        <div
            class="app"
            data-guide=first::pointed_at(editor)
            data-sheet=move || editor.bench.sheet.get().name()
            data-sheet-tall=move || editor.bench.is_sheet_tall.get().then_some("")
        >
            <Header/>
            <Bars/>
            <div class="work">
                <LeftPanels/>
                <Canvas/>
                <Notices/>
                <RightPanels/>
            </div>
            <PlacingView/>
            <Shortcuts/>
            <Dialogs/>
            {move || editor.bench.menu.get().map(|menu| later(Part::Menu(menu)))}
            <Show when=move || editor.needs_login.get()>
                <Login/>
            </Show>
        </div>
    }
}

/// What the address of the debug messages' own window ends in.
pub const DEBUG_ADDRESS: &str = "#debug";

/// The debug messages in a window of their own.
#[component]
pub fn DebugPage() -> impl IntoView {
    let editor = Editor::new();
    provide_context(editor);
    editor.bench.is_apart.set_value(true);
    preferences::recall_theme(editor);
    later::fetch(Some(editor));
    session::connect(editor);
    view! {
        <main class="app debug-page">
            <div class="panel" id="debug">{later(Part::Debug)}</div>
            <Notices/>
            <Show when=move || editor.needs_login.get()>
                <Login/>
            </Show>
        </main>
    }
}

/// The look page in place of the editor.
#[component]
pub fn LookPage() -> impl IntoView {
    later::fetch(None);
    later(Part::Look)
}

/// The state that [`App`] provides to everything inside it.
pub fn editor() -> Editor {
    expect_context()
}
