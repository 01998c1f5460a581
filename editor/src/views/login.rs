//! The log-in, over everything else, when the server asks who is there.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::editor;
use crate::net::{api, session};
use crate::state::Connection;
use crate::texts::{say, show};

/// The form. Goes away when the server takes user name and password.
#[component]
pub fn Login() -> impl IntoView {
    let editor = editor();
    let name = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let problem = RwSignal::new(String::new());
    let is_sent = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        is_sent.set(true);
        spawn_local(async move {
            let answer = api::log_in(editor, &name.get_untracked(), &password.get_untracked()).await;
            is_sent.set(false);
            match answer {
                Ok(()) => {
                    editor.needs_login.set(false);
                    session::connect(editor);
                }
                Err(failure) => problem.set(show(&failure.text())),
            }
        });
    };
    view! {
        <div class="curtain">
            <form class="login" on:submit=submit aria-labelledby="login-title">
                <h1 id="login-title">{say("login.title")}</h1>
                <p>{say("login.hint")}</p>
                <label>
                    {say("login.name")}
                    <input
                        autocomplete="username"
                        autofocus
                        required
                        prop:value=name
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                </label>
                <label>
                    {say("login.password")}
                    <input
                        type="password"
                        autocomplete="current-password"
                        required
                        prop:value=password
                        on:input=move |event| password.set(event_target_value(&event))
                    />
                </label>
                <p class="problem" role="alert">{problem}</p>
                <button class="primary" disabled=is_sent>{say("login.submit")}</button>
                // Who may look without a log-in may go on to.
                <Show when=move || editor.connection.get() == Connection::Live>
                    <button type="button" data-do="not-now" on:click=move |_| editor.needs_login.set(false)>
                        {say("login.later")}
                    </button>
                </Show>
            </form>
        </div>
    }
}
