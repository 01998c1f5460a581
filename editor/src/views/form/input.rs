//! Plain fields: text, number, check box, choice, duration.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::json::{Json, Number};

use super::Part;
use crate::store::form::value::{flag as flag_value, is_same, is_true, parse, text_of, write};
use crate::store::form::{Choice, Kind, NumberKind};
use crate::texts::say;

/// What was typed, beside what it was written as: `1.` stays what is shown while 1 is what is written.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    value: Memo<Json>,
    typed: RwSignal<Option<(String, Json)>>,
}

impl Entry {
    /// An entry of a value.
    pub(super) fn of(value: Memo<Json>) -> Self {
        Self { value, typed: RwSignal::new(None) }
    }

    /// What is shown.
    pub(super) fn shown(self) -> String {
        self.value.with(|value| {
            self.typed.with(|typed| match typed {
                Some((text, written)) if written == value => text.clone(),
                _ => text_of(value),
            })
        })
    }

    /// Takes note of what was typed and what it is written as.
    pub(super) fn typed(self, text: String, written: Json) {
        self.typed.set(Some((text, written)));
    }
}

/// One line of text.
pub(super) fn text(part: &Part) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let value = scope.value(&field);
    let editor = scope.editor;
    let placeholder = scope.is_row.then(|| field.title.clone());
    let label = scope.is_row.then(|| field.title.clone());
    let write = move |event| {
        scope.write(&field, write(&field, event_target_value(&event).into()));
    };
    view! {
        <input
            class="input"
            type="text"
            autocomplete="off"
            spellcheck="false"
            id=id
            placeholder=placeholder
            aria-label=label
            aria-describedby=described_by
            aria-invalid=part.invalid()
            prop:value=Signal::derive(move || value.with(text_of))
            on:input=write
            on:blur=move |_| editor.settle()
        />
    }
    .into_any()
}

/// A colour: chosen, or typed as CSS has it.
pub(super) fn colour(part: &Part) -> AnyView {
    let Part { scope, field, .. } = part.clone();
    let value = scope.value(&field);
    let editor = scope.editor;
    // The browser's own control knows colours of this form only.
    let shown = move || {
        let text = value.with(text_of);
        let is_plain = text.len() == 7
            && text.starts_with('#')
            && text[1..].chars().all(|digit| digit.is_ascii_hexdigit());
        if is_plain { text } else { "#999999".to_owned() }
    };
    let label = field.title.clone();
    let choose = move |event| scope.write(&field, write(&field, event_target_value(&event).into()));
    view! {
        <div class="colour-input">
            <input type="color" aria-label=label prop:value=shown on:input=choose on:change=move |_| editor.settle()/>
            {text(part)}
        </div>
    }
    .into_any()
}

/// A number. What is none is kept as it was typed, and said to be none.
pub(super) fn number(part: &Part, kind: NumberKind) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let entry = Entry::of(scope.value(&field));
    let editor = scope.editor;
    let label = scope.is_row.then(|| field.title.clone());
    let is_late = field.counts_outputs;
    let set = move |text: String, is_done: bool| {
        let now = scope.properties.with_untracked(|properties| properties.get(&field.key).cloned());
        if is_late && !is_done {
            return entry.typed(text, now.or_else(|| field.default.clone()).unwrap_or_default());
        }
        let written = parse(&field.kind, &text, now.as_ref());
        entry.typed(text, written.clone());
        scope.write(&field, write(&field, written));
    };
    let (typed, changed, stepped) = (set.clone(), set.clone(), set);
    view! {
        <input
            class="input number"
            type="text"
            inputmode="decimal"
            autocomplete="off"
            spellcheck="false"
            id=id
            aria-label=label
            aria-describedby=described_by
            aria-invalid=part.invalid()
            prop:value=Signal::derive(move || entry.shown())
            on:input=move |event| typed(event_target_value(&event), false)
            on:change=move |event| {
                if is_late {
                    changed(event_target_value(&event), true);
                }
            }
            on:keydown=move |event: KeyboardEvent| {
                if let Some(text) = step(&event, kind) {
                    event.prevent_default();
                    stepped(text, true);
                }
            }
            on:blur=move |_| editor.settle()
        />
    }
    .into_any()
}

/// The number after an arrow key, a whole step up or down, within its limits.
fn step(event: &KeyboardEvent, kind: NumberKind) -> Option<String> {
    let by = match event.key().as_str() {
        "ArrowUp" => 1.0,
        "ArrowDown" => -1.0,
        _ => return None,
    };
    let text = event_target_value(event);
    let now = if text.trim().is_empty() { 0.0 } else { Number::from_literal(text.trim())?.as_f64() };
    let next = (now + by).max(kind.minimum.unwrap_or(f64::MIN)).min(kind.maximum.unwrap_or(f64::MAX));
    // What binary fractions add is not meant.
    Number::from_f64((next * 1e9).round() / 1e9).map(|number| number.as_str().to_owned())
}

/// A check box.
pub(super) fn flag(part: &Part, is_inverted: bool) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let value = scope.value(&field);
    let title = field.title.clone();
    let set = move |event| {
        let now = scope.properties.with_untracked(|properties| properties.get(&field.key).cloned());
        let written = flag_value(event_target_checked(&event) != is_inverted, now.as_ref());
        scope.write(&field, write(&field, written));
        scope.editor.settle();
    };
    view! {
        <label class="check">
            <input
                type="checkbox"
                id=id
                aria-describedby=described_by
                prop:checked=Signal::derive(move || value.with(is_true) != is_inverted)
                on:change=set
            />
            {title}
        </label>
    }
    .into_any()
}

/// One of some values. A value that is none of them is shown, and stays until another is chosen.
pub(super) fn choice(part: &Part, choices: Vec<Choice>) -> AnyView {
    let Part { scope, field, .. } = part.clone();
    let value = scope.value(&field);
    let choose = move |chosen: Json| {
        scope.write(&field, write(&field, chosen));
        scope.editor.settle();
    };
    select(part, choices, value, choose)
}

/// A menu of values.
pub(super) fn select(
    part: &Part,
    choices: Vec<Choice>,
    value: Memo<Json>,
    choose: impl Fn(Json) + Send + Sync + 'static,
) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let label = scope.is_row.then(|| field.title.clone());
    let chosen = {
        let choices = choices.clone();
        Memo::new(move |_| {
            value.with(|value| choices.iter().position(|choice| is_same(&choice.value, value)))
        })
    };
    let odd = move || {
        let odd = chosen.with(Option::is_none).then(|| value.with(text_of));
        odd.map(|odd| {
            let title = if odd.is_empty() { say("form.choose") } else { odd };
            view! { <option value="odd" prop:selected=true>{title}</option> }
        })
    };
    let options = choices.iter().enumerate().map(|(at, choice)| {
        let is_chosen = move || chosen.get() == Some(at);
        view! { <option value=at.to_string() prop:selected=is_chosen>{choice.title.clone()}</option> }
    });
    let options = options.collect_view();
    view! {
        <select
            class="input"
            id=id
            aria-label=label
            aria-describedby=described_by
            aria-invalid=part.invalid()
            on:change=move |event| {
                let at = event_target_value(&event).parse::<usize>().ok();
                if let Some(choice) = at.and_then(|at| choices.get(at)) {
                    choose(choice.value.clone());
                }
            }
        >
            {odd}
            {options}
        </select>
    }
    .into_any()
}

/// A number and its unit.
pub(super) fn duration(
    part: &Part,
    unit_key: String,
    units: Vec<Choice>,
    default_unit: Json,
    kind: NumberKind,
) -> AnyView {
    let scope = part.scope.clone();
    let properties = scope.properties;
    let key = unit_key.clone();
    let unit = Memo::new(move |_| {
        properties.with(|properties| properties.get(&key).cloned()).unwrap_or_else(|| default_unit.clone())
    });
    let field = part.field.clone();
    let choose = move |chosen: Json| {
        scope.write(&field, vec![(unit_key.clone(), Some(chosen))]);
        scope.editor.settle();
    };
    let mut beside = part.clone();
    beside.id = format!("{}-unit", part.id);
    let label = format!("{}: {}", part.field.title, say("form.unit"));
    let menu = select(&beside, units, unit, choose);
    debug_assert!(matches!(part.field.kind, Kind::Duration { .. }));
    view! {
        <div class="beside">
            {number(part, kind)}
            <label class="unseen" for=beside.id.clone()>{label}</label>
            {menu}
        </div>
    }
    .into_any()
}
