//! Where there is no room beside the canvas, panels are sheets under it: what opens, heads and closes them. Style sheets
//! alone decide when that is.

use leptos::prelude::*;

use crate::state::Sheet;
use crate::texts::say;
use crate::views::app::editor;
use crate::views::icon::Icon;

/// Opens and closes the palette.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub fn PaletteButton() -> impl IntoView {
    let editor = editor();
    let is_open = move || editor.bench.sheet.get() == Sheet::Palette;
    view! {
        <button
            type="button"
            class="tab sheet-only"
            data-do="palette"
            title=say("palette.title")
            aria-label=say("palette.title")
            aria-expanded=Signal::derive(move || if is_open() { "true" } else { "false" })
            on:click=move |_| editor.open_sheet(if is_open() { Sheet::Closed } else { Sheet::Palette })
        >
            <Icon name="shapes" size=14.0/>
        </button>
    }
}

/// What a sheet is called; makes it higher, and closes it.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub fn Head(
    /// Key of its title.
    title: Signal<&'static str>,
) -> impl IntoView {
    let editor = editor();
    let is_tall = editor.bench.is_sheet_tall;
    let words = move || say(if is_tall.get() { "sheet.lower" } else { "sheet.higher" });
    view! {
        <header class="sheet-head sheet-only">
            <h2>{move || say(title.get())}</h2>
            <button
                type="button"
                class="quiet square"
                data-do="sheet-height"
                title=words
                aria-label=words
                on:click=move |_| is_tall.update(|tall| *tall = !*tall)
            >
                <Icon name=Signal::derive(move || if is_tall.get() { "chevron-down" } else { "chevron-up" }.to_owned())/>
            </button>
            <button
                type="button"
                class="quiet square"
                data-do="sheet-close"
                title=say("sheet.close")
                aria-label=say("sheet.close")
                on:click=move |_| editor.open_sheet(Sheet::Closed)
            >
                <Icon name="x"/>
            </button>
        </header>
    }
}
