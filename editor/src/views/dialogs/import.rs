//! Import: from the clipboard, a file, or an example, looked at before it comes in.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::ExampleInfo;
use model::text::Text;

use crate::actions;
use crate::net::{api, browser};
use crate::state::Source;
use crate::store::import::{Import, Preview, Target};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::dialog::{Modal, close};
use crate::views::dialogs::library::Library;
use crate::views::icon::Icon;

const NAME: &str = "import-dialog";

/// Problems that are listed; the others are counted.
const MOST_PROBLEMS: usize = 6;

#[component]
pub fn ImportDialog(
    /// What is looked at first: a file that was dropped.
    source: Option<Source>,
) -> impl IntoView {
    let editor = editor();
    let source = RwSignal::new(source);
    let target = RwSignal::new(Target::default());
    let examples = RwSignal::new(Vec::<ExampleInfo>::new());
    let trouble = RwSignal::new(None::<Text>);
    spawn_local(async move {
        match api::examples(editor).await {
            Ok(list) => drop(examples.try_set(list)),
            Err(failure) => drop(trouble.try_set(Some(failure.text()))),
        }
    });
    let read = Memo::new(move |_| {
        let source = source.get()?;
        let import = match Import::parse(&source.text) {
            Ok(import) => import,
            Err(reason) => return Some(Err(reason)),
        };
        let document = editor.document.get().unwrap_or_default();
        let preview = editor.types.with(|types| import.preview(&document, types));
        Some(Ok((import, preview)))
    });
    let is_good = move || read.with(|read| matches!(read, Some(Ok(_))));
    let brings_tabs =
        move || read.with(|read| matches!(read, Some(Ok((import, _))) if import.brings_its_tabs()));

    let file = NodeRef::<Input>::new();
    let choose_file = move |_| {
        let chosen = file.get_untracked().and_then(|input| input.files()?.get(0));
        let Some(chosen) = chosen else { return };
        spawn_local(async move {
            let taken = browser::read_file(&chosen).await;
            let taken = taken.map(|text| Source { name: chosen.name(), text: text.into() });
            drop(source.try_set(taken));
        });
    };
    let choose_example = move |info: ExampleInfo| {
        spawn_local(async move {
            match api::example(editor, &info.name).await {
                Ok(text) => {
                    drop(source.try_set(Some(Source { name: info.title.into(), text: text.into() })));
                }
                Err(failure) => drop(trouble.try_set(Some(failure.text()))),
            }
        });
    };
    let pasted = move |event| {
        let typed = event_target_value(&event);
        source.set((!typed.trim().is_empty()).then(|| Source { name: String::new(), text: typed.into() }));
    };
    // What came from elsewhere is not shown as typed text: it may be long.
    let typed = move || {
        source.with(|source| match source {
            Some(source) if source.name.is_empty() => source.text.to_string(),
            _ => String::new(),
        })
    };
    let replaces = RwSignal::new(false);
    let replaced = move || {
        read.with(|read| match read {
            Some(Ok((import, _))) => {
                editor.document.with(|document| document.as_ref().map_or(0, |one| import.replaced(one)))
            }
            _ => 0,
        })
    };
    let import = move |_| {
        let Some(Ok((import, _))) = read.get_untracked() else { return };
        close(NAME);
        actions::import(editor, &import, target.get_untracked(), replaces.get_untracked() && replaced() > 0);
    };
    let target_option = move |value: Target, title: &'static str| {
        view! {
            <button
                type="button"
                role="radio"
                data-target=if value == Target::Here { "here" } else { "new" }
                aria-checked=Signal::derive(move || if target.get() == value { "true" } else { "false" })
                on:click=move |_| target.set(value)
            >
                {say(title)}
            </button>
        }
    };
    view! {
        <Modal name=NAME title=say("import.title") is_wide=true closed=move || editor.dialog.set(None)>
            <div class="dialog-body import">
                <div class="field">
                    <label for="import-text">{say("import.paste")}</label>
                    <textarea
                        id="import-text"
                        class="input mono"
                        rows="5"
                        spellcheck="false"
                        autofocus
                        placeholder="[{ \"id\": … }]"
                        prop:value=typed
                        on:input=pasted
                    ></textarea>
                </div>
                <div class="field">
                    <label for="import-file">{say("import.file")}</label>
                    <input id="import-file" type="file" accept=".json,application/json" node_ref=file on:change=choose_file/>
                </div>
                <div class="field" class:hidden=Signal::derive(move || examples.with(Vec::is_empty))>
                    <span class="label" id="import-examples">{say("import.examples")}</span>
                    <div class="button-row" role="group" aria-labelledby="import-examples">
                        <For
                            each=move || examples.get()
                            key=|info| info.name.clone()
                            children=move |info| {
                                let (name, title, words) =
                                    (info.name.to_string(), info.title.to_string(), info.description.to_string());
                                view! {
                                    <button type="button" class="button small" data-example=name title=words on:click=move |_| choose_example(info.clone())>
                                        {title}
                                    </button>
                                }
                            }
                        />
                    </div>
                </div>
                {move || trouble.get().map(|trouble| view! { <p class="callout error" role="alert">{show(&trouble)}</p> })}
                <div class="preview" aria-live="polite">
                    {move || match read.get() {
                        None => view! { <p class="hint">{say("import.hint")}</p> }.into_any(),
                        Some(Err(reason)) => view! { <p class="callout error" data-state="refused">{show(&reason)}</p> }.into_any(),
                        Some(Ok((_, preview))) => {
                            let name = source.with(|source| source.as_ref().map(|source| source.name.clone()));
                            view! { <PreviewView preview name=name.unwrap_or_default()/> }.into_any()
                        }
                    }}
                </div>
                <label class="check" class:hidden=Signal::derive(move || replaced() == 0)>
                    <input
                        type="checkbox"
                        data-do="replace"
                        prop:checked=replaces
                        on:change=move |event| replaces.set(event_target_checked(&event))
                    />
                    {move || show(&text("import.replace").with("count", replaced()))}
                </label>
                <Library take=Callback::new(move |one: Source| source.set(Some(one)))/>
                <div class="button-row" class:hidden=Signal::derive(move || !is_good() || brings_tabs())>
                    <span class="label">{say("import.target")}</span>
                    <div class="segments" role="radiogroup" aria-label=say("import.target")>
                        {target_option(Target::Here, "import.here")}
                        {target_option(Target::NewTab, "import.new-tab")}
                    </div>
                </div>
            </div>
            <footer>
                <button type="button" class="button" on:click=|_| close(NAME)>{say("dialog.cancel")}</button>
                <button type="button" class="button primary" data-do="import" disabled=Signal::derive(move || !is_good()) on:click=import>
                    {say("import.do")}
                </button>
            </footer>
        </Modal>
    }
}

#[component]
fn PreviewView(preview: Preview, name: String) -> impl IntoView {
    let counts = [
        ("import.count.nodes", preview.nodes),
        ("import.count.tabs", preview.tabs),
        ("import.count.subflows", preview.subflows),
        ("import.count.groups", preview.groups),
        ("import.count.configs", preview.configs),
        ("import.count.reused", preview.reused),
        ("import.count.renamed", preview.renamed),
        ("import.count.left-out", preview.left_out),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let counts = counts.map(|(key, count)| {
        view! { <li data-count=key.rsplit('.').next().unwrap_or_default()>{show(&text(key).with("count", count))}</li> }
    });
    let unknown = preview.unknown.iter().map(|(name, count)| format!("{name} ({count})"));
    let unknown = unknown.collect::<Vec<_>>().join(", ");
    let unknown = (!unknown.is_empty()).then(|| {
        view! { <p class="callout warning" data-state="unknown"><Icon name="triangle-alert"/>{show(&text("import.unknown").with("types", unknown))}</p> }
    });
    let more = preview.problems.len().saturating_sub(MOST_PROBLEMS);
    let problems: Vec<_> = preview
        .problems
        .iter()
        .take(MOST_PROBLEMS)
        .map(|(node, problem)| view! { <li><strong>{node.clone()}</strong>": "{show(problem)}</li> })
        .collect();
    let problems = (!problems.is_empty()).then(|| {
        let more = (more > 0).then(|| view! { <li>{show(&text("import.more").with("count", more))}</li> });
        view! {
            <div class="callout warning" data-state="problems">
                <div>
                    <strong>{say("import.problems")}</strong>
                    <ul>{problems}{more}</ul>
                </div>
            </div>
        }
    });
    let name = (!name.is_empty()).then(|| view! { <strong>{name}</strong> });
    view! {
        {name}
        <ul class="counts" data-state="good">{counts.collect_view()}</ul>
        {unknown}
        {problems}
    }
}
