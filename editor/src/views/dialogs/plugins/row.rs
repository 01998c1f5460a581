//! A plugin in the list.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Manager;
use crate::net::api;
use crate::store::colour;
use crate::store::plugins::{Candidate, Installed, State, size_text, state_word};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// A plugin: what it is, what it may do, how it stands with it, and what can be done about it.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub(super) fn Row(manager: Manager, one: Arc<Installed>) -> impl IntoView {
    let asks_removal = RwSignal::new(false);
    let module = one.name.clone();
    let kept = StoredValue::new(Arc::clone(&one));
    let (word, tone) = match one.state {
        State::Running if !one.enabled => ("plugins.state.off", ""),
        state => state_word(state),
    };
    let title = one.type_name.clone().unwrap_or_else(|| one.name.clone());
    let icon = one.descriptor.as_ref().map_or("puzzle", |descriptor| descriptor.icon.as_str()).to_owned();
    let look = one.descriptor.as_ref().and_then(|descriptor| colour::checked(&descriptor.colour));
    let version =
        one.version.as_ref().map(|version| view! { <span class="version-number">{version.clone()}</span> });
    let problem = one.problem.as_ref().map(|problem| {
        view! { <p class="callout warning" data-state=state_word(one.state).0>{problem.message.clone()}</p> }
    });
    let about = (!one.about.description.is_empty()).then(|| view! { <p>{one.about.description.clone()}</p> });
    view! {
        <li class="row-item plugin" data-plugin=module data-state=word>
            <span class="block" style=look.map(colour::style)><Icon name=icon size=16.0/></span>
            <div class="row-content">
                <div class="plugin-head">
                    <strong>{title.clone()}</strong>
                    {version}
                    <span class=format!("badge {tone}")>{say(word)}</span>
                </div>
                {about}
                {problem}
                <Facts one=Arc::clone(&one)/>
                <Show when=move || asks_removal.get()>
                    <Removal manager one=kept.get_value() asks_removal/>
                </Show>
            </div>
            <Buttons manager one asks_removal/>
        </li>
    }
}

#[component]
fn Facts(one: Arc<Installed>) -> impl IntoView {
    let granted = one.granted.as_ref().map(|granted| match granted.as_slice() {
        [] => say("plugins.granted.nothing"),
        words => {
            let words: Vec<&str> = words.iter().map(|word| word.message.as_str()).collect();
            show(&text("plugins.granted").with("words", words.join("; ")))
        }
    });
    let used = match one.used {
        0 => say("plugins.unused"),
        count => show(&text("plugins.used").with("count", count)),
    };
    let by = one.installed_by.as_ref().filter(|by| !by.is_empty());
    let by = by.map(|by| show(&text("plugins.by").with("who", by)));
    let short: String = one.sha256.chars().take(12).collect();
    let hash = (!short.is_empty()).then(|| {
        view! { <span class="mono" title=one.sha256.clone()>{show(&text("plugins.hash").with("hash", short))}</span> }
    });
    let size = (one.size > 0).then(|| show(&size_text(one.size)));
    view! {
        {granted.map(|words| view! { <p class="granted">{words}</p> })}
        <p class="facts hint"><span>{used}</span>{size.map(|size| view! { <span>{size}</span> })}{hash}{by.map(|by| view! { <span>{by}</span> })}</p>
    }
}

#[component]
fn Buttons(manager: Manager, one: Arc<Installed>, asks_removal: RwSignal<bool>) -> impl IntoView {
    let editor = editor();
    let is_busy = move || manager.busy.with(Option::is_some);
    let name = one.type_name.clone().unwrap_or_else(|| one.name.clone());
    let review = Candidate::of(&one).filter(|_| one.state.can_be_approved()).map(|candidate| {
        let label = show(&text("plugins.review").with("name", &name));
        view! {
            <button type="button" class="button small" data-do="review" aria-label=label disabled=is_busy
                on:click=move |_| manager.candidate.set(Some(candidate.clone()))>
                {say("plugins.review.short")}
            </button>
        }
    });
    let switch = (one.state == State::Running).then(|| {
        let (is_on, module) = (one.enabled, one.name.clone());
        let key = if is_on { "plugins.switch-off" } else { "plugins.switch-on" };
        let label = show(&text("plugins.switch.label").with("what", say(key)).with("name", &name));
        view! {
            <button type="button" class="button small" data-do="switch" aria-label=label disabled=is_busy
                on:click=move |_| {
                    let module = module.clone();
                    manager.begin(text("plugins.switching").with("name", &module));
                    spawn_local(async move {
                        let switched = api::switch_plugin(editor, &module, !is_on).await;
                        manager.end(switched.map(|()| None));
                        editor.plugin_news.update(|news| *news = news.wrapping_add(1));
                    });
                }>
                {say(key)}
            </button>
        }
    });
    let label = show(&text("plugins.remove.label").with("name", &name));
    view! {
        <div class="button-row">
            {review}
            {switch}
            <button type="button" class="button small" data-do="remove" aria-label=label disabled=is_busy
                aria-expanded=Signal::derive(move || if asks_removal.get() { "true" } else { "false" })
                on:click=move |_| asks_removal.update(|asks| *asks = !*asks)>
                {say("plugins.remove")}
            </button>
        </div>
    }
}

/// Asks before it removes.
#[component]
fn Removal(manager: Manager, one: Arc<Installed>, asks_removal: RwSignal<bool>) -> impl IntoView {
    let editor = editor();
    let words = match one.used {
        0 => say("plugins.remove.ask"),
        count => show(&text("plugins.remove.used").with("count", count)),
    };
    let name = one.name.clone();
    let remove = move |_| {
        let name = name.clone();
        manager.begin(text("plugins.removing").with("name", &name));
        spawn_local(async move {
            let removed = api::remove_plugin(editor, &name).await;
            manager.end(removed.map(|()| Some(text("plugins.removed").with("name", name))));
        });
    };
    view! {
        <div class="callout warning removal">
            <p>{words}</p>
            <div class="button-row">
                <button type="button" class="button small danger" data-do="remove-now" on:click=remove>{say("plugins.remove")}</button>
                <button type="button" class="button small" on:click=move |_| asks_removal.set(false)>{say("plugins.keep")}</button>
            </div>
        </div>
    }
}
