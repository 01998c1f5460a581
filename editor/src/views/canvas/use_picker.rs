//! Whose figures are shown on a subflow's own tab: those of all its uses together, or of one.

use leptos::prelude::*;
use model::document::Document;

use crate::store::form::candidates::container_name;
use crate::store::live::Overlay;
use crate::store::uses::{Use, uses};
use crate::texts::{say, show, text};
use crate::views::app::editor;

/// The choice, while figures are shown.
#[component]
pub fn UsePicker() -> impl IntoView {
    let editor = editor();
    let found = Memo::new(move |_| {
        let open = editor.open_tab.get();
        editor.document.with(|document| {
            let (document, open) = document.as_ref().zip(open.as_deref())?;
            let named = |one: Use| Some((name(document, &one)?, one.running));
            Some(uses(document, open).into_iter().filter_map(named).collect::<Vec<_>>())
        })
    });
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let tab = editor.open_tab.get_untracked();
        let chosen = (!chosen.is_empty()).then(|| chosen.as_str().into());
        editor.live.one_use.set(tab.zip(chosen));
    };
    move || {
        let found = found.get().unwrap_or_default();
        if editor.live.overlay.get() == Overlay::Nothing || found.len() < 2 {
            return None;
        }
        let all = show(&text("live.all-uses").with("count", found.len()));
        let options = found.into_iter().map(|(name, running)| {
            let value = running.to_string();
            let is_chosen = move || editor.shown_use().as_ref() == Some(&running);
            view! { <option value=value prop:selected=is_chosen>{name}</option> }
        });
        Some(view! {
            <select class="input" data-do="use" aria-label=say("live.use") on:change=choose>
                <option value="" prop:selected=move || editor.shown_use().is_none()>{all}</option>
                {options.collect_view()}
            </select>
        })
    }
}

/// The tab of a use, and what the instances on the way to it are called.
fn name(document: &Document, one: &Use) -> Option<String> {
    let tab = document.get(document.get(one.path.first()?)?.z()?)?;
    let instances = one.path.iter().filter_map(|id| {
        let instance = document.get(id)?;
        let template = document.get(instance.subflow_id()?)?;
        Some([instance, template].into_iter().find(|node| !node.name().is_empty()).unwrap_or(instance))
    });
    let names = std::iter::once(tab).chain(instances).map(container_name);
    Some(names.collect::<Vec<_>>().join(" / "))
}
