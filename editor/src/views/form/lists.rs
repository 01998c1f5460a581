//! Lists without types: texts, names with texts, points on a map; and plain JSON.

use leptos::prelude::*;
use model::json::{Json, Number, Object};

use super::Part;
use super::input::Entry;
use crate::store::form::value::{is_same, parse, text_of, write};
use crate::store::form::{Choice, Field, Kind};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// Texts, one a line.
pub(super) fn list(part: &Part) -> AnyView {
    let Part { scope, field, .. } = part.clone();
    let value = scope.value(&field);
    let lines = Memo::new(move |_| {
        let lines: Vec<String> =
            value.with(|value| value.as_array().unwrap_or_default().iter().map(text_of).collect());
        Json::from(lines.join("\n"))
    });
    area(part, Entry::of(lines), 2, move |text| {
        let mut items: Vec<&str> = text.lines().collect();
        while items.last().is_some_and(|item| item.is_empty()) {
            items.pop();
        }
        let written: Option<Json> = (!items.is_empty()).then(|| items.iter().copied().collect());
        let shown = Json::from(items.join("\n"));
        let writes = match (written, field.is_default_left_out) {
            (None, true) => vec![(field.key.clone(), None)],
            (written, _) => write(&field, written.unwrap_or_else(|| Json::Array(Vec::new()))),
        };
        scope.write(&field, writes);
        shown
    })
}

/// Whatever JSON; what is none stays a text.
pub(super) fn json(part: &Part) -> AnyView {
    let Part { scope, field, .. } = part.clone();
    let value = scope.value(&field);
    let shown = Memo::new(move |_| {
        value.with(|value| match value {
            Json::Null | Json::String(_) => text_of(value).into(),
            other => Json::from(other.pretty(2)),
        })
    });
    area(part, Entry::of(shown), 4, move |text| {
        let written = parse(&Kind::Json, &text, None);
        let shown = match &written {
            Json::Null | Json::String(_) => Json::from(text_of(&written)),
            other => other.pretty(2).into(),
        };
        scope.write(&field, write(&field, written));
        shown
    })
}

/// Several lines. `set` writes a text and gives back how it is shown when it comes back.
fn area(
    part: &Part,
    entry: Entry,
    rows: u32,
    set: impl Fn(String) -> Json + Send + Sync + 'static,
) -> AnyView {
    let editor = part.scope.editor;
    view! {
        <textarea
            class="input mono"
            id=part.id.clone()
            rows=rows
            spellcheck="false"
            autocomplete="off"
            aria-describedby=part.described_by.clone()
            aria-invalid=part.invalid()
            prop:value=Signal::derive(move || entry.shown())
            on:input=move |event| {
                let text = event_target_value(&event);
                let shown = set(text.clone());
                entry.typed(text, shown);
            }
            on:blur=move |_| editor.settle()
        ></textarea>
    }
    .into_any()
}

/// Names with a text each.
pub(super) fn names(part: &Part) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let editor = scope.editor;
    let value = scope.value(&field);
    // While it is typed a name may be that of another, or empty, which an object cannot hold.
    let typed = RwSignal::new(None::<(Vec<(String, String)>, Json)>);
    let pairs = Memo::new(move |_| {
        value.with(|value| {
            typed.with(|typed| match typed {
                Some((pairs, written)) if written == value => pairs.clone(),
                _ => {
                    let entries = value.as_object().into_iter().flat_map(|object| object.iter());
                    entries.map(|(name, text)| (name.to_owned(), text_of(text))).collect()
                }
            })
        })
    });
    let set = Callback::new(move |pairs: Vec<(String, String)>| {
        let named = pairs.iter().filter(|(name, _)| !name.is_empty());
        let written = Json::Object(named.cloned().collect::<Object>());
        typed.set(Some((pairs, written.clone())));
        scope.write(&field, write(&field, written));
    });
    let count = Memo::new(move |_| pairs.with(Vec::len));
    let pair = move |at: usize| {
        let input = |is_name: bool, label: &'static str| {
            let shown = move || {
                pairs.with(|pairs| {
                    pairs.get(at).map(|(name, text)| if is_name { name.clone() } else { text.clone() })
                })
            };
            let typed = move |event| {
                let mut pairs = pairs.get_untracked();
                if let Some((name, text)) = pairs.get_mut(at) {
                    *(if is_name { name } else { text }) = event_target_value(&event);
                }
                set.run(pairs);
            };
            view! {
                <input
                    class="input"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    aria-label=say(label)
                    placeholder=say(label)
                    prop:value=shown
                    on:input=typed
                    on:blur=move |_| editor.settle()
                />
            }
        };
        let (name, text) = (input(true, "field.name"), input(false, "field.value"));
        let remove = move |_| {
            let mut pairs = pairs.get_untracked();
            if at < pairs.len() {
                pairs.remove(at);
            }
            set.run(pairs);
            editor.settle();
        };
        view! { <div class="beside">{name}{text}{remove_button(at, remove)}</div> }
    };
    let add = move |_| {
        let mut pairs = pairs.get_untracked();
        pairs.push(Default::default());
        set.run(pairs);
    };
    view! {
        <div class="pairs" role="group" aria-labelledby=format!("{id}-label") aria-describedby=described_by>
            <For each=move || 0..count.get() key=|at| *at children=pair/>
        </div>
        {add_button(part, add)}
    }
    .into_any()
}

/// A point: latitude and longitude in degrees.
pub(super) fn point(part: &Part) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let value = scope.value(&field);
    let editor = scope.editor;
    let set = Callback::new(move |point: Json| scope.write(&field, write(&field, point)));
    view! {
        <div
            class="beside"
            role="group"
            aria-labelledby=format!("{id}-label")
            aria-describedby=described_by
            on:focusout=move |_| editor.settle()
        >
            {degrees(value, set)}
        </div>
    }
    .into_any()
}

/// Check boxes, one for each value of a list.
pub(super) fn several(part: &Part, choices: Vec<Choice>) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let value = scope.value(&field);
    let check = move |choice: Choice| {
        let (scope, field, own) = (scope.clone(), field.clone(), choice.value.clone());
        let holds = move |list: &Json, one: &Json| {
            list.as_array().unwrap_or_default().iter().any(|known| is_same(known, one))
        };
        let is_chosen = {
            let own = own.clone();
            Signal::derive(move || value.with(|list| holds(list, &own)))
        };
        let all: Vec<Json> = choices_of(&field);
        let change = move |event| {
            let is_set = event_target_checked(&event);
            // In the order in which they are offered.
            let wanted = |one: &&Json| match is_same(one, &own) {
                true => is_set,
                false => value.with_untracked(|list| holds(list, one)),
            };
            let chosen = all.iter().filter(wanted).cloned().collect();
            scope.write(&field, write(&field, Json::Array(chosen)));
        };
        view! {
            <label class="check">
                <input type="checkbox" prop:checked=is_chosen on:change=change/>
                {choice.title}
            </label>
        }
    };
    view! {
        <div class="several" id=id.clone() role="group" aria-labelledby=format!("{id}-label") aria-describedby=described_by>
            {choices.into_iter().map(check).collect_view()}
        </div>
    }
    .into_any()
}

fn choices_of(field: &Field) -> Vec<Json> {
    match &field.kind {
        Kind::Several(choices) => choices.iter().map(|choice| choice.value.clone()).collect(),
        _ => Vec::new(),
    }
}

/// The corners of an area.
pub(super) fn corners(part: &Part) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let value = scope.value(&field);
    let editor = scope.editor;
    let points = Memo::new(move |_| value.with(|value| value.as_array().unwrap_or_default().to_vec()));
    let set = {
        let (scope, field) = (scope.clone(), field.clone());
        Callback::new(move |points: Vec<Json>| scope.write(&field, write(&field, Json::Array(points))))
    };
    let count = Memo::new(move |_| points.with(Vec::len));
    let corner = move |at: usize| {
        let value = Memo::new(move |_| points.with(|points| points.get(at).cloned().unwrap_or_default()));
        let set_one = Callback::new(move |point: Json| {
            let mut points = points.get_untracked();
            if let Some(place) = points.get_mut(at) {
                *place = point;
            }
            set.run(points);
        });
        let remove = move |_| {
            let mut points = points.get_untracked();
            if at < points.len() {
                points.remove(at);
            }
            set.run(points);
            editor.settle();
        };
        view! {
            <div class="beside">
                <span class="place">{at + 1}</span>
                {degrees(value, set_one)}
                {remove_button(at, remove)}
            </div>
        }
    };
    let add = move |_| {
        let mut points = points.get_untracked();
        points.push(points.last().cloned().unwrap_or_else(|| Json::Object(Object::new())));
        set.run(points);
        editor.settle();
    };
    view! {
        <div
            class="pairs"
            role="group"
            aria-labelledby=format!("{id}-label")
            aria-describedby=described_by
            on:focusout=move |_| editor.settle()
        >
            <For each=move || 0..count.get() key=|at| *at children=corner/>
        </div>
        {add_button(part, add)}
    }
    .into_any()
}

/// Two numbers of a point.
fn degrees(value: Memo<Json>, set: Callback<Json>) -> AnyView {
    let inputs = [("latitude", "area.latitude"), ("longitude", "area.longitude")].map(|(key, label)| {
        let own = Memo::new(move |_| value.with(|value| value.get(key).cloned().unwrap_or_default()));
        let entry = Entry::of(own);
        let typed = move |event| {
            let text = event_target_value(&event);
            let number =
                Number::from_literal(text.trim()).map_or_else(|| Json::from(text.trim()), Json::Number);
            let mut point = value.with_untracked(|value| value.as_object().cloned()).unwrap_or_default();
            point.insert(key, number.clone());
            entry.typed(text, number);
            set.run(Json::Object(point));
        };
        view! {
            <input
                class="input number"
                type="text"
                inputmode="decimal"
                autocomplete="off"
                aria-label=say(label)
                placeholder=say(label)
                prop:value=Signal::derive(move || entry.shown())
                on:input=typed
            />
        }
    });
    inputs.collect_view().into_any()
}

fn remove_button(at: usize, remove: impl Fn(leptos::ev::MouseEvent) + Send + Sync + 'static) -> AnyView {
    let label = show(&text("rows.remove-one").with("row", at + 1));
    view! {
        <button class="quiet square remove" type="button" title=label.clone() aria-label=label on:click=remove>
            <Icon name="x" size=14.0/>
        </button>
    }
    .into_any()
}

fn add_button(part: &Part, add: impl Fn(leptos::ev::MouseEvent) + Send + Sync + 'static) -> AnyView {
    let label = show(&text("rows.add").with("field", &part.field.title));
    view! {
        <button class="quiet add" type="button" id=part.id.clone() aria-label=label on:click=add>
            <Icon name="plus" size=14.0/>
            {say("rows.add.short")}
        </button>
    }
    .into_any()
}
