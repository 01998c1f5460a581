//! The context values that a test begins with and expects in the end.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::FlowTest;
use model::json::{Json, Object};

use crate::net::{api, flow_tests};
use crate::texts::say;
use crate::views::app::editor;
use crate::views::icon::Icon;
use crate::views::tree::ValueView;

/// What it begins with, to be changed, and what it expects.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub fn ContextView(
    /// The test.
    test: FlowTest,
) -> impl IntoView {
    let edited = RwSignal::new(None::<String>);
    let before =
        test.before.into_iter().map(|(scope, values)| (scope.to_string(), values)).collect::<Object>();
    let (name, text) = (test.name.to_string(), Json::Object(before.clone()).pretty(2));
    let toggle = move |_| {
        let is_open = edited.with_untracked(Option::is_some);
        edited.set((!is_open).then(|| text.clone()));
    };
    let values = |(scope, value): (String, Json)| view! { <ValueView key=scope.clone() value path=scope/> };
    let after: Vec<_> = test.after.into_iter().map(|(scope, values)| (scope.to_string(), values)).collect();
    let has_after = !after.is_empty();
    let is_empty = before.is_empty();
    view! {
        <details class="test-context" open=!is_empty || has_after>
            <summary>{say("tests.context")}</summary>
            <p class="about">
                <span class="hint">{say(if is_empty { "tests.before.none" } else { "tests.before" })}</span>
                <button class="quiet square" data-do="edit-context" title=say("tests.context.edit") aria-label=say("tests.context.edit") on:click=toggle>
                    <Icon name="pencil" size=13.0/>
                </button>
            </p>
            {before.iter().map(|(scope, value)| values((scope.to_string(), value.clone()))).collect_view()}
            {move || edited.with(Option::is_some).then(|| view! { <ContextForm name=name.clone() edited/> })}
            {has_after.then(|| view! { <p class="hint">{say("tests.after")}</p> })}
            {after.into_iter().map(values).collect_view()}
        </details>
    }
}

/// What it begins with, as JSON.
#[component]
fn ContextForm(
    /// The test's name.
    name: String,
    /// The text, as long as it is open.
    edited: RwSignal<Option<String>>,
) -> impl IntoView {
    let editor = editor();
    let problem = RwSignal::new(None::<String>);
    let submit = move |_| match Json::parse(&edited.get_untracked().unwrap_or_default()) {
        Ok(before) if before.as_object().is_some() => {
            let name = name.clone();
            spawn_local(async move {
                flow_tests::shown(editor, api::begin_flow_test_with(editor, &name, before).await);
            });
        }
        Ok(_) => problem.set(Some(say("tests.context.shape"))),
        Err(error) => problem.set(Some(error.to_string())),
    };
    view! {
        <textarea
            class="input mono"
            rows="6"
            spellcheck="false"
            aria-label=say("tests.before")
            prop:value=move || edited.get().unwrap_or_default()
            on:input=move |event| edited.set(Some(event_target_value(&event)))
        ></textarea>
        <p class="hint">{say("tests.context.shape")}</p>
        {move || problem.get().map(|problem| view! { <p class="problem error" role="alert">{problem}</p> })}
        <button class="button small primary" data-do="set-context" on:click=submit>{say("tests.context.set")}</button>
    }
}
