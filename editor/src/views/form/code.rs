//! Code: a plain field at first, the code editor as soon as that is loaded.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;

use super::mirror::{self, Mirror, Options};
use super::{Part, json_tree, library, tester};
use crate::store::form::Language;
use crate::store::form::value::{text_of, write};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;
use crate::views::others::HeldForm;

/// A field for code, which can be widened to fill most of the window and back.
pub(super) fn code(part: &Part, language: Language) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let value = scope.value(&field);
    let editor = scope.editor;
    let is_wide = RwSignal::new(false);
    let is_tree = RwSignal::new(false);
    let held = use_context::<HeldForm>();
    let holder = NodeRef::<Div>::new();
    let set = {
        let (scope, field) = (scope.clone(), field.clone());
        Callback::new(move |text: String| scope.write(&field, write(&field, text.into())))
    };
    let opened = Opened::new();
    let insert = Callback::new(move |words: String| match opened.is_open.get_untracked() {
        true => opened.with(|mirror| mirror.insert(&words)),
        false => set.run(value.with_untracked(text_of) + &words),
    });
    let ways = (language == Language::Json).then(|| json_tree::ways(&id, is_tree));
    let tree = (language == Language::Json).then(|| json_tree::tree(part, value, set, is_tree));
    let tester = (language == Language::Jsonata).then(|| tester::tester(part, value, insert));
    let library = field.library.clone().map(|library| library::library(part, library, value));
    {
        let (label, described_by) = (field.title.clone(), format!("{described_by} {id}-keys"));
        let open = move || open(opened, holder, value, editor, set, language, &label, &described_by);
        // Loading takes a moment in which the form may go.
        Effect::new(move |is_asked: Option<()>| {
            if is_asked.is_none() && holder.get().is_some() {
                open();
            }
        });
        Effect::new(move |_| {
            let text = value.with(text_of);
            opened.with(|mirror| mirror.set_text(&text));
        });
    }
    let title = field.title.clone();
    let widen_label = move || {
        let key = if is_wide.get() { "code.narrow" } else { "code.widen" };
        show(&text(key).with("field", &title))
    };
    let label = widen_label.clone();
    let escapes = StoredValue::new(0_u32);
    let keys = move |event: KeyboardEvent| {
        if event.key() != "Escape" {
            return escapes.set_value(0);
        }
        if is_wide.get_untracked() {
            event.prevent_default();
            event.stop_propagation();
            is_wide.set(false);
            opened.with(Mirror::focus);
        } else if opened.is_open.get_untracked() && escapes.get_value() == 0 {
            // The first lets Tab leave the code; only the second leaves the form.
            event.stop_propagation();
            escapes.set_value(1);
        }
    };
    view! {
        {ways}
        <div class="code" class:wide=is_wide data-language=language.name() hidden=is_tree on:keydown=keys>
            <div
                class="mirror"
                node_ref=holder
                inert=Signal::derive(move || held.is_some_and(|held| held.0.get()))
                hidden=Signal::derive(move || !opened.is_open.get())
            ></div>
            <textarea
                class="input mono"
                id=id.clone()
                rows="8"
                spellcheck="false"
                autocomplete="off"
                aria-describedby=described_by
                aria-invalid=part.invalid()
                hidden=opened.is_open
                prop:value=Signal::derive(move || value.with(text_of))
                on:input=move |event| set.run(event_target_value(&event))
                on:blur=move |_| editor.settle()
            ></textarea>
            <button
                class="quiet square widen"
                type="button"
                title=label
                aria-label=widen_label
                aria-pressed=Signal::derive(move || if is_wide.get() { "true" } else { "false" })
                on:click=move |_| {
                    is_wide.update(|is_wide| *is_wide = !*is_wide);
                    opened.with(Mirror::focus);
                }
            >
                <Icon name=Signal::derive(move || if is_wide.get() { "minimize-2" } else { "maximize-2" }.to_owned()) size=14.0/>
            </button>
        </div>
        {tree}
        <div class="curtain" hidden=Signal::derive(move || !is_wide.get()) on:click=move |_| is_wide.set(false)></div>
        <p class="unseen" id=format!("{id}-keys")>{say("code.hint")}</p>
        {library}
        {tester}
    }
    .into_any()
}

/// The code editor of a field, once it is open.
#[derive(Clone, Copy)]
struct Opened {
    mirror: StoredValue<Option<Mirror>, LocalStorage>,
    is_open: RwSignal<bool>,
}

impl Opened {
    fn new() -> Self {
        Self { mirror: StoredValue::new_local(None), is_open: RwSignal::new(false) }
    }

    fn with(self, act: impl FnOnce(&Mirror)) {
        // A form that is gone has none.
        let _ = self.mirror.try_with_value(|mirror| mirror.as_ref().map(act));
    }
}

/// Opens the code editor when it has loaded; where it cannot be loaded, the plain field stays.
#[allow(clippy::too_many_arguments, reason = "called once, a few lines above")]
fn open(
    opened: Opened,
    holder: NodeRef<Div>,
    value: Memo<model::json::Json>,
    editor: crate::state::Editor,
    set: Callback<String>,
    language: Language,
    label: &str,
    described_by: &str,
) {
    let attributes = [("aria-label", label.to_owned()), ("aria-describedby", described_by.to_owned())];
    spawn_local(async move {
        let Ok(module) = mirror::load().await else { return };
        let (Some(Some(parent)), Some(text)) =
            (holder.try_get_untracked(), value.try_with_untracked(text_of))
        else {
            return;
        };
        let options = Options {
            text: &text,
            language: language.name(),
            attributes: &attributes,
            syntax_error: say("code.syntax"),
            on_input: Closure::new(move |text: String| {
                set.try_run(text);
            }),
            on_leave: Closure::new(move || editor.settle()),
        };
        if let Ok(mirror) = Mirror::open(&module, &parent, options) {
            opened.mirror.try_update_value(|place| *place = Some(mirror));
            opened.is_open.try_set(true);
        }
    });
}
