//! Short messages to the user, in a corner.

use leptos::prelude::*;

use super::app::editor;
use super::icon::Icon;
use crate::texts::say;

/// All notices that are open.
#[component]
pub fn Notices() -> impl IntoView {
    let editor = editor();
    view! {
        <div class="notices" role="status" aria-live="polite">
            <For
                each=move || editor.notices.get()
                key=|notice| notice.number
                children=move |notice| {
                    let number = notice.number;
                    view! {
                        <div class="notice" class:error=notice.is_error>
                            <Icon name=if notice.is_error { "triangle-alert" } else { "check" }/>
                            <span>{notice.text}</span>
                            <button
                                class="quiet square"
                                aria-label=say("notice.close")
                                on:click=move |_| editor.dismiss(number)
                            >
                                <Icon name="x" size=14.0/>
                            </button>
                        </div>
                    }
                }
            />
        </div>
    }
}
