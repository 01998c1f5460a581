//! A plugin before it comes in: what it is, what it asks for, and what it gets.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Manager;
use crate::net::api;
use crate::store::colour;
use crate::store::plugins::{Candidate, LISTS, list_text, set_list, size_text};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// A plugin that is looked at.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub(super) fn Review(manager: Manager, candidate: Candidate) -> impl IntoView {
    let grants = RwSignal::new(candidate.first_grants());
    let (head, type_name) = (head(&candidate), candidate.type_name.clone());
    let asks_nothing = candidate.asks.is_empty();
    let asks = candidate.asks.iter().map(|word| {
        view! { <li data-capability=word.capability.clone()><Icon name="shield-check" size=14.0/>{word.message.clone()}</li> }
    });
    let asks = asks.collect_view();
    let first = grants.get_untracked();
    let lists =
        LISTS.into_iter().filter_map(|place| Some(list_field(grants, place, list_text(&first, place)?)));
    let lists = lists.collect_view();
    view! {
        <section class="review" aria-labelledby="plugin-review" data-review=type_name>
            {head}
            {if asks_nothing {
                view! { <p class="callout well">{say("plugins.asks.nothing")}</p> }.into_any()
            } else {
                view! {
                    <div class="callout warning">
                        <strong>{say("plugins.asks")}</strong>
                        <ul class="asks">{asks}</ul>
                    </div>
                    {lists}
                }.into_any()
            }}
            <p class="hint gets">{say("plugins.gets")}</p>
            <Decision manager candidate grants/>
        </section>
    }
}

fn head(candidate: &Candidate) -> impl IntoView + use<> {
    let look = colour::checked(&candidate.descriptor.colour).map(colour::style);
    let icon = candidate.descriptor.icon.clone();
    let facts = show(
        &text("plugins.candidate")
            .with("version", &candidate.version)
            .with("size", show(&size_text(candidate.size)))
            .with("hash", candidate.sha256.chars().take(12).collect::<String>()),
    );
    let about = &candidate.about;
    let words = [&about.description, &about.author, &about.licence, &about.homepage];
    let about = words.into_iter().filter(|words| !words.is_empty()).cloned();
    let about = about.map(|words| view! { <span>{words}</span> }).collect_view();
    let former = candidate.replaces.as_ref().filter(|former| !former.version.is_empty());
    let former = former.map(|former| {
        let key = if former.sha256 == candidate.sha256 { "plugins.same" } else { "plugins.replaces" };
        view! { <p class="callout note">{show(&text(key).with("version", &former.version))}</p> }
    });
    let built_in = candidate.is_built_in.then(|| {
        let words = show(&text("plugins.built-in").with("type", &candidate.type_name));
        view! { <p class="callout error">{words}</p> }
    });
    view! {
        <div class="plugin-head">
            <span class="block" style=look><Icon name=icon size=16.0/></span>
            <h3 id="plugin-review">{candidate.type_name.clone()}</h3>
            <span class="hint" title=candidate.sha256.clone()>{facts}</span>
        </div>
        <p class="facts">{about}</p>
        {former}
        {built_in}
    }
}

/// Hosts or topics, which an administrator may narrow.
fn list_field(grants: RwSignal<serde_json::Value>, place: &'static str, typed: String) -> impl IntoView {
    let id = format!("grant{}", place.replace('/', "-"));
    let title = match place {
        "/http/hosts" => say("plugins.list.hosts"),
        "/mqtt/publish" => say("plugins.list.publish"),
        _ => say("plugins.list.subscribe"),
    };
    view! {
        <div class="field">
            <label for=id.clone()>{title}</label>
            <input
                id=id
                class="input mono"
                type="text"
                spellcheck="false"
                prop:value=typed
                on:input=move |event| grants.update(|grants| set_list(grants, place, &event_target_value(&event)))
            />
        </div>
    }
}

#[component]
fn Decision(manager: Manager, candidate: Candidate, grants: RwSignal<serde_json::Value>) -> impl IntoView {
    let editor = editor();
    let is_known = candidate.replaces.as_ref().is_some_and(|former| !former.version.is_empty());
    let key = match (candidate.asks.is_empty(), is_known) {
        (true, false) => "plugins.install",
        (true, true) => "plugins.upgrade",
        (false, false) => "plugins.allow-install",
        (false, true) => "plugins.allow-upgrade",
    };
    let cannot = candidate.is_built_in;
    let install = move |_| {
        let (name, version, sha256) =
            (candidate.type_name.clone(), candidate.version.clone(), candidate.sha256.clone());
        let granted = grants.get_untracked();
        manager.begin(text("plugins.installing").with("name", &name));
        spawn_local(async move {
            let installed = api::install_plugin(editor, &name, &sha256, &granted).await;
            if installed.is_ok() {
                manager.candidate.try_set(None);
            }
            let done = text("plugins.done").with("name", name).with("version", version);
            manager.end(installed.map(|()| Some(done)));
        });
    };
    view! {
        <div class="button-row">
            <button
                type="button"
                class="button primary"
                data-do="install"
                disabled=Signal::derive(move || cannot || manager.busy.with(Option::is_some))
                on:click=install
            >
                {show(&text(key))}
            </button>
            <button type="button" class="button" data-do="give-up" on:click=move |_| manager.candidate.set(None)>
                {say("plugins.give-up")}
            </button>
        </div>
    }
}
