//! JSON as a tree: a row for each value, with its name, its type and itself.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use model::json::Json;
use model::text::Text;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::Part;
use crate::store::form::value::text_of;
use crate::store::json_tree::{self, Key, MOST_ROWS, Place, Row, Sort};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// The two ways to edit it.
pub(super) fn ways(id: &str, is_tree: RwSignal<bool>) -> AnyView {
    let way = move |of_tree: bool, name: &'static str, label: &'static str, icon: &'static str| {
        view! {
            <button
                class="quiet"
                type="button"
                data-way=name
                aria-pressed=Signal::derive(move || if is_tree.get() == of_tree { "true" } else { "false" })
                on:click=move |_| is_tree.set(of_tree)
            >
                <Icon name=icon size=14.0/>
                {say(label)}
            </button>
        }
    };
    view! {
        <div class="json-ways" role="group" aria-label=say("jtree.ways") id=format!("{id}-ways")>
            {way(false, "text", "jtree.text", "braces")}
            {way(true, "tree", "jtree.tree", "list-tree")}
        </div>
    }
    .into_any()
}

/// What the rows read and write. Handles only.
#[derive(Clone, Copy)]
struct Tree {
    value: Memo<Json>,
    write: Callback<String>,
    /// What could not be done.
    problem: RwSignal<Option<Text>>,
    element: NodeRef<Div>,
}

/// The tree of a text that is JSON, shown while it is wanted.
pub(super) fn tree(
    part: &Part,
    value: Memo<Json>,
    write: Callback<String>,
    is_shown: RwSignal<bool>,
) -> AnyView {
    let tree = Tree { value, write, problem: RwSignal::new(None), element: NodeRef::new() };
    let label = show(&text("jtree.label").with("field", &part.field.title));
    let editor = part.scope.editor;
    let inside = move || {
        is_shown.get().then(|| {
            let label = label.clone();
            view! {
                <div class="json-tree" node_ref=tree.element role="group" aria-label=label on:focusout=move |_| editor.settle()>
                    {rows_view(tree)}
                    <div class="field-problems" aria-live="polite">
                        {move || tree.problem.get().map(|problem| view! { <p class="error">{show(&problem)}</p> })}
                    </div>
                </div>
            }
        })
    };
    inside.into_any()
}

fn rows_view(tree: Tree) -> AnyView {
    let whole = Memo::new(move |_| tree.value.with(|value| parsed(&text_of(value))));
    let rows =
        Memo::new(move |_| whole.with(|whole| whole.as_ref().map(json_tree::rows).unwrap_or_default()));
    let note = move || match whole.with(Option::is_some) {
        false => Some(say("jtree.no-json")),
        true => (rows.with(Vec::len) > MOST_ROWS).then(|| say("jtree.too-many")),
    };
    let shown = move || {
        let fits = rows.with(Vec::len) <= MOST_ROWS;
        if fits { rows.get() } else { Vec::new() }
    };
    // A row is its place: what it holds changes, and the focus stays.
    let places = move || shown().into_iter().map(|row| row.place).collect::<Vec<_>>();
    let row = move |place: Place| {
        let own = place.clone();
        let row = Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.place == own).cloned()));
        row_view(tree, place, row)
    };
    view! {
        {move || note().map(|note| view! { <p class="hint">{note}</p> })}
        <For each=places key=Clone::clone children=row/>
    }
    .into_any()
}

/// An empty text is nothing yet.
fn parsed(text: &str) -> Option<Json> {
    if text.trim().is_empty() { Some(Json::Null) } else { Json::parse(text).ok() }
}

impl Tree {
    /// Changes the value; what cannot be done is said.
    fn edit<T>(self, edit: impl FnOnce(&mut Json) -> Result<T, Text>) -> Option<T> {
        let former = self.value.with_untracked(text_of);
        let mut whole = parsed(&former)?;
        match edit(&mut whole) {
            Ok(done) => {
                self.problem.set(None);
                self.write.run(json_tree::written(&whole, &former));
                Some(done)
            }
            Err(problem) => {
                self.problem.set(Some(problem));
                None
            }
        }
    }

    /// The same, where what is done leads to another place: the first of `parts` that is there gets the focus.
    fn go(self, edit: impl FnOnce(&mut Json) -> Option<Place>, parts: &'static [&'static str]) {
        let place = self.edit(|whole| edit(whole).ok_or_else(|| Text::key("jtree.stuck")));
        let Some(place) = place else { return };
        let element = self.element;
        request_animation_frame(move || {
            let Some(tree) = element.get_untracked() else { return };
            let row = name_of(&place);
            let find =
                |part: &&str| tree.query_selector(&format!("[data-place='{row}'] {part}")).ok().flatten();
            let found = parts.iter().find_map(find);
            if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
                // Nothing is lost where it cannot be focused.
                let _ = found.focus();
            }
        });
    }

    fn set(self, place: &[usize], value: impl FnOnce(&Json) -> Result<Json, Text>) {
        self.edit(|whole| {
            if let Some(at) = json_tree::at(whole, place) {
                *at = value(at)?;
            }
            Ok(())
        });
    }
}

fn name_of(place: &[usize]) -> String {
    place.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

fn row_view(tree: Tree, place: Place, row: Memo<Option<Row>>) -> AnyView {
    let depth = place.len();
    let is_whole = depth == 0;
    let named = place.clone();
    let by_key = {
        let place = place.clone();
        move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowUp" if event.alt_key() => -1,
                "ArrowDown" if event.alt_key() => 1,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            tree.go(|whole| json_tree::shift(whole, &place, by), &["select"]);
        }
    };
    let tools = (!is_whole).then(|| tools(tree, &place, row));
    view! {
        <div
            class="json-row"
            data-place=name_of(&named)
            style=format!("--depth: {depth}")
            on:keydown=by_key
        >
            {key_view(tree, &place, row)}
            {sort_view(tree, &place, row)}
            {value_view(tree, &place, row)}
            {tools}
        </div>
    }
    .into_any()
}

/// What the value is found by; a name can be changed.
fn key_view(tree: Tree, place: &Place, row: Memo<Option<Row>>) -> AnyView {
    let key = Memo::new(move |_| row.with(|row| row.as_ref().map_or(Key::Whole, |row| row.key.clone())));
    let is_name = Memo::new(move |_| key.with(|key| matches!(key, Key::Name(_))));
    let words = Memo::new(move |_| match key.get() {
        Key::Whole => String::new(),
        Key::Index(at) => at.to_string(),
        Key::Name(name) => name,
    });
    let place = place.clone();
    let view = move || {
        if !is_name.get() {
            return view! { <span class="key-index">{words}</span> }.into_any();
        }
        let place = place.clone();
        let rename = move |event: leptos::ev::Event| {
            let typed = event_target_value(&event);
            let is_done = tree.edit(|whole| json_tree::rename(whole, &place, &typed)).is_some();
            if !is_done {
                event_target::<web_sys::HtmlInputElement>(&event).set_value(&words.get_untracked());
            }
        };
        view! {
            <input
                class="input mono json-key"
                type="text"
                autocomplete="off"
                spellcheck="false"
                aria-label=say("jtree.key")
                prop:value=words
                on:change=rename
            />
        }
        .into_any()
    };
    view.into_any()
}

fn sort_view(tree: Tree, place: &Place, row: Memo<Option<Row>>) -> AnyView {
    let sort = Memo::new(move |_| row.with(|row| row.as_ref().map_or(Sort::Null, |row| row.sort)));
    let options = Sort::ALL.map(|(one, name, title)| {
        view! { <option value=name prop:selected=Signal::derive(move || sort.get() == one)>{say(title)}</option> }
    });
    let place = place.clone();
    let choose = move |event| {
        if let Some(wanted) = Sort::named(&event_target_value(&event)) {
            tree.set(&place, |value| Ok(json_tree::retyped(value, wanted)));
        }
    };
    view! { <select class="input json-sort" aria-label=say("jtree.sort") on:change=choose>{options.collect_view()}</select> }
        .into_any()
}

fn value_view(tree: Tree, place: &Place, row: Memo<Option<Row>>) -> AnyView {
    let sort = Memo::new(move |_| row.with(|row| row.as_ref().map_or(Sort::Null, |row| row.sort)));
    let words =
        Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.text.clone()).unwrap_or_default()));
    let count = Memo::new(move |_| row.with(|row| row.as_ref().map_or(0, |row| row.count)));
    let place = place.clone();
    let view = move || {
        let (place, sort) = (place.clone(), sort.get());
        let set = move |typed: String| tree.set(&place, |_| json_tree::typed(sort, &typed));
        match sort {
            Sort::Text | Sort::Number => view! {
                <input
                    class="input mono json-value"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    inputmode=(sort == Sort::Number).then_some("decimal")
                    aria-label=say("jtree.value")
                    prop:value=words
                    on:change=move |event| set(event_target_value(&event))
                />
            }
            .into_any(),
            Sort::Truth => view! {
                <select
                    class="input json-value"
                    aria-label=say("jtree.value")
                    on:change=move |event| set(event_target_value(&event))
                >
                    <option value="true" prop:selected=move || words.with(|words| words == "true")>"true"</option>
                    <option value="false" prop:selected=move || words.with(|words| words == "false")>"false"</option>
                </select>
            }
            .into_any(),
            Sort::Null => view! { <span class="json-value hint">"null"</span> }.into_any(),
            Sort::List | Sort::Object => branch(tree, &place_of(row), count),
        }
    };
    view.into_any()
}

fn place_of(row: Memo<Option<Row>>) -> Place {
    row.with_untracked(|row| row.as_ref().map(|row| row.place.clone()).unwrap_or_default())
}

/// How much is in a list or object, and the button that adds to it.
fn branch(tree: Tree, place: &Place, count: Memo<usize>) -> AnyView {
    let place = place.clone();
    let add = move |_| tree.go(|whole| json_tree::add(whole, &place), &[".json-key", "input", "select"]);
    view! {
        <span class="json-value">
            <span class="hint">{move || show(&text("jtree.count").with("count", count.get()))}</span>
            <button class="quiet square" type="button" data-do="add" title=say("jtree.add") aria-label=say("jtree.add") on:click=add>
                <Icon name="plus" size=14.0/>
            </button>
        </span>
    }
    .into_any()
}

/// Buttons that move a value and take it out.
fn tools(tree: Tree, place: &Place, row: Memo<Option<Row>>) -> AnyView {
    let last = place.last().copied().unwrap_or_default();
    let beside = Memo::new(move |_| row.with(|row| row.as_ref().map_or(1, |row| row.beside)));
    let (up, down, out) = (place.clone(), place.clone(), place.clone());
    view! {
        <span class="json-tools">
            <button
                class="quiet square"
                type="button"
                data-do="up"
                title=say("jtree.up")
                aria-label=say("jtree.up")
                disabled=last == 0
                on:click=move |_| tree.go(|whole| json_tree::shift(whole, &up, -1), &["[data-do='up']:enabled", "select"])
            >
                <Icon name="arrow-up" size=13.0/>
            </button>
            <button
                class="quiet square"
                type="button"
                data-do="down"
                title=say("jtree.down")
                aria-label=say("jtree.down")
                disabled=Signal::derive(move || last + 1 >= beside.get())
                on:click=move |_| tree.go(|whole| json_tree::shift(whole, &down, 1), &["[data-do='down']:enabled", "select"])
            >
                <Icon name="arrow-down" size=13.0/>
            </button>
            <button
                class="quiet square remove"
                type="button"
                data-do="remove"
                title=say("jtree.remove")
                aria-label=say("jtree.remove")
                on:click=move |_| tree.go(|whole| json_tree::remove(whole, &out), &["[data-do='remove']", "select"])
            >
                <Icon name="x" size=14.0/>
            </button>
        </span>
    }
    .into_any()
}
