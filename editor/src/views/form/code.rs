//! Code.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::Part;
use crate::store::form::Language;
use crate::store::form::value::{text_of, write};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// A field for code, which can be widened to fill most of the window and back.
pub(super) fn code(part: &Part, language: Language) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let value = scope.value(&field);
    let editor = scope.editor;
    let is_wide = RwSignal::new(false);
    let title = field.title.clone();
    let widen_label = move || {
        let key = if is_wide.get() { "code.narrow" } else { "code.widen" };
        show(&text(key).with("field", &title))
    };
    let label = widen_label.clone();
    let typed = move |event| {
        scope.write(&field, write(&field, event_target_value(&event).into()));
    };
    let closes = move |event: KeyboardEvent| {
        if event.key() == "Escape" && is_wide.get_untracked() {
            event.prevent_default();
            event.stop_propagation();
            is_wide.set(false);
        }
    };
    view! {
        <div class="code" class:wide=is_wide data-language=language.name() on:keydown=closes>
            <textarea
                class="input mono"
                id=id
                rows="8"
                spellcheck="false"
                autocomplete="off"
                aria-describedby=described_by
                aria-invalid=part.invalid()
                prop:value=move || value.with(text_of)
                on:input=typed
                on:blur=move |_| editor.settle()
            ></textarea>
            <button
                class="quiet square widen"
                type="button"
                title=label
                aria-label=widen_label
                aria-pressed=move || if is_wide.get() { "true" } else { "false" }
                on:click=move |_| is_wide.update(|is_wide| *is_wide = !*is_wide)
            >
                <Icon name=Signal::derive(move || if is_wide.get() { "minimize-2" } else { "maximize-2" }.to_owned()) size=14.0/>
            </button>
        </div>
        <div class="curtain" hidden=move || !is_wide.get() on:click=move |_| is_wide.set(false)></div>
        <p class="unseen">{say("code.hint")}</p>
    }
    .into_any()
}
