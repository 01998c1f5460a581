//! The first minute: what an empty workspace offers, and the guided first flow.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::ExampleInfo;

use super::app::editor;
use super::icon::Icon;
use crate::actions;
use crate::later::{Part, later};
use crate::net::{api, browser, session};
use crate::state::{Dialog, Editor};
use crate::store::guide::{self, Step, next_step};
use crate::store::import::{Import, Target};
use crate::store::workspace::Workspace;
use crate::texts::{say, show, text};

/// Where it is remembered that the guide was followed or left.
const GUIDE: &str = "wireloom-guide";

/// What the canvas says where nothing is on it.
#[component]
pub fn EmptyCanvas() -> impl IntoView {
    let editor = editor();
    let is_loaded = Memo::new(move |_| editor.document.with(Option::is_some));
    let is_first = Memo::new(move |_| {
        editor.document.with(|document| document.as_ref().is_some_and(|document| guide::is_empty(document)))
    });
    let is_empty = Memo::new(move |_| {
        editor.drawing.with(|drawing| drawing.nodes.is_empty() && drawing.groups.is_empty())
    });
    move || match (is_loaded.get() && is_empty.get(), is_first.get(), editor.is_guided.get()) {
        (false, ..) | (true, true, true) => ().into_any(),
        (true, true, false) => later(Part::Welcome),
        (true, false, _) => view! {
            <div class="empty">
                <strong>{say("canvas.empty")}</strong>
                <span>{say("canvas.empty.hint")}</span>
            </div>
        }
        .into_any(),
    }
}

/// What there is to begin with.
#[component]
pub fn Welcome() -> impl IntoView {
    let editor = editor();
    let examples = RwSignal::new(Vec::<ExampleInfo>::new());
    spawn_local(async move {
        // Without an answer there are none: the connection itself tells why.
        if let Ok(list) = api::examples(editor).await {
            drop(examples.try_set(list));
        }
    });
    let guide = editor.types.with(|types| guide::is_possible(types)).then(|| {
        view! {
            <button type="button" class="button primary" data-do="guide" on:click=move |_| editor.is_guided.set(true)>
                <Icon name="route"/>
                {say("first.guide")}
            </button>
        }
    });
    let card = move |info: ExampleInfo| {
        let chosen = info.clone();
        view! {
            <button type="button" class="example-card" data-example=info.name.to_string() on:click=move |_| take(editor, &chosen)>
                <strong>{info.title.to_string()}</strong>
                <span>{info.description.to_string()}</span>
                <small>{show(&text("first.nodes").with("count", info.nodes))}</small>
            </button>
        }
    };
    view! {
        <section class="welcome" aria-labelledby="welcome-title">
            <h2 id="welcome-title">{say("first.title")}</h2>
            <p>{say("first.words")}</p>
            <div class="button-row">
                {guide}
                <button type="button" class="button" data-do="import" on:click=move |_| editor.dialog.set(Some(Dialog::Import(None)))>
                    <Icon name="file-down"/>
                    {say("command.import")}
                </button>
            </div>
            <Show when=move || !examples.with(Vec::is_empty)>
                <h3>{say("first.examples")}</h3>
                <div class="example-cards">
                    <For each=move || examples.get() key=|info| info.name.clone() children=card/>
                </div>
            </Show>
        </section>
    }
}

/// Brings an example in.
fn take(editor: Editor, info: &ExampleInfo) {
    let name = info.name.clone();
    spawn_local(async move {
        match api::example(editor, &name).await {
            Ok(flows) => match Import::parse(&flows) {
                Ok(import) => {
                    actions::import(editor, &import, Target::Here, false);
                    session::notify_shortly(editor, text("first.taken"));
                }
                Err(reason) => drop(editor.notify(&reason, true)),
            },
            Err(failure) => drop(editor.notify(&failure.text(), true)),
        }
    });
}

/// The step of the guide that comes next; none while nobody is guided.
fn step(editor: Editor) -> Memo<Option<Step>> {
    Memo::new(move |_| {
        if !editor.is_guided.get() {
            return None;
        }
        editor.workspace.with(|workspace: &Option<Workspace>| {
            let workspace = workspace.as_ref()?;
            let has_arrived = |id: &str| editor.debug.with(|log| log.has_of(id));
            Some(next_step(workspace.document(), workspace.deployed(), has_arrived))
        })
    })
}

/// The three steps, while somebody is guided.
#[component]
pub fn Guide() -> impl IntoView {
    let editor = editor();
    view! { <Show when=move || editor.is_guided.get()>{later(Part::Guide)}</Show> }
}

/// The three steps.
#[component]
pub fn GuideSteps() -> impl IntoView {
    let editor = editor();
    let step = step(editor);
    let leave = move |_| {
        browser::remember(GUIDE, "done");
        editor.is_guided.set(false);
        super::canvas::focus();
    };
    let line = move |number: usize, key: &'static str, by_keys: &'static str| {
        let now = move || step.with(|step| step.as_ref().map_or(0, Step::number));
        view! {
            <li
                class:done=Signal::derive(move || { now() > number })
                class:now=Signal::derive(move || now() == number)
                aria-current=Signal::derive(move || (now() == number).then_some("step"))
            >
                <Icon name=Signal::derive(move || if now() > number { "circle-check" } else { "circle" }.to_owned())/>
                <span>{say(key)}<small>{say(by_keys)}</small></span>
            </li>
        }
    };
    let is_done = Memo::new(move |_| step.with(|step| *step == Some(Step::Done)));
    // What the guide speaks of then is seen.
    Effect::new(move || {
        if is_done.get() {
            editor.show_panel("debug");
        }
    });
    let is_done = move || is_done.get();
    view! {
        <Show when=move || step.with(Option::is_some)>
            <section class="guide" id="guide" aria-labelledby="guide-title" aria-live="polite">
                <header>
                    <h2 id="guide-title">{move || say(if is_done() { "guide.done" } else { "guide.title" })}</h2>
                    <button type="button" class="button quiet square" aria-label=say("guide.leave") title=say("guide.leave") on:click=leave>
                        <Icon name="x"/>
                    </button>
                </header>
                <ol>
                    {line(1, "guide.start", "guide.start.keys")}
                    {line(2, "guide.show", "guide.show.keys")}
                    {line(3, "guide.run", "guide.run.keys")}
                </ol>
                <Show when=is_done>
                    <p>{say("guide.next")}</p>
                    <button type="button" class="button primary" data-do="finish" on:click=leave>{say("guide.finish")}</button>
                </Show>
            </section>
        </Show>
    }
}

/// What is to be used next, for the styles to point at: `start`, `show`, `wire`, `deploy` or `press`.
pub fn pointed_at(editor: Editor) -> impl Fn() -> Option<&'static str> + Clone {
    let step = step(editor);
    move || match step.get()? {
        Step::Start => Some("start"),
        Step::Show { to: None, .. } => Some("show"),
        Step::Show { to: Some(_), .. } => Some("wire"),
        Step::Run { is_deployed: false, .. } => Some("deploy"),
        Step::Run { is_deployed: true, .. } => Some("press"),
        Step::Done => None,
    }
}

/// Whether somebody followed or left the guide in this browser.
pub fn was_guided() -> bool {
    browser::remembered(GUIDE).is_some()
}
