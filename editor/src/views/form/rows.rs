//! Rows: added, removed, moved by drag and by arrow keys. Where each has an output, its wires go along.

use std::sync::Arc;

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Ol;
use leptos::prelude::*;
use model::edit::{RowEdit, edit_rows, rows_of, set_form_values};
use model::json::{Json, Object};
use model::text::Text;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{Part, Scope, descriptor, field_view, fold};
use crate::store::form::rows::NumberedRows;
use crate::store::form::value::Writes;
use crate::store::form::{RowsKind, variable};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// A list of rows.
pub(super) fn rows(part: &Part, kind: Arc<RowsKind>) -> AnyView {
    let Part { scope, field, id, .. } = part.clone();
    let (editor, node, key) = (scope.editor, scope.node.clone(), field.key.clone());
    let rows = Memo::new(move |before: Option<&NumberedRows>| {
        let now = editor.document.with(|document| {
            let document = document.as_ref()?;
            let descriptor = editor.types.with(|types| types.get(document.get(&node)?.type_name()).cloned());
            Some(rows_of(document.get(&node)?, descriptor.as_deref(), &key))
        });
        before.cloned().unwrap_or_default().follow(&now.unwrap_or_default())
    });
    let list = List { part: part.clone(), kind, rows, element: NodeRef::new(), dragged: RwSignal::new(None) };
    let (added, children) = (list.clone(), list.clone());
    let add = move |_| {
        let at = added.rows.with_untracked(|rows| rows.rows().len());
        added.edit(RowEdit::Insert { at, row: added.kind.new_row.clone() });
        added.focus_soon(at, "input, select, textarea");
    };
    let add_label = show(&text("rows.add").with("field", &field.title));
    view! {
        <ol class="rows" node_ref=list.element aria-labelledby=format!("{id}-label")>
            <For
                each=move || rows.with(|rows| rows.numbers().to_vec())
                key=|number| *number
                children=move |number| row(&children, number)
            />
        </ol>
        <button class="quiet add" type="button" id=id aria-label=add_label on:click=add>
            <Icon name="plus" size=14.0/>
            {say("rows.add.short")}
        </button>
    }
    .into_any()
}

#[derive(Clone)]
struct List {
    part: Part,
    kind: Arc<RowsKind>,
    rows: Memo<NumberedRows>,
    element: NodeRef<Ol>,
    /// The number of the row that is dragged, and where it would be put.
    dragged: RwSignal<Option<(u64, usize)>>,
}

impl List {
    fn edit(&self, edit: RowEdit) {
        let (scope, field) = (&self.part.scope, &self.part.field);
        scope.editor.edit(scope.step(field), |document| {
            let descriptor = descriptor(scope.editor, document, &scope.node);
            edit_rows(document, descriptor.as_deref(), &scope.node, &field.key, edit)
        });
    }

    fn move_row(&self, number: u64, to: usize) {
        let rows = self.rows.get_untracked();
        let Some(from) = rows.position(number) else { return };
        if from != to && to < rows.rows().len() {
            self.edit(RowEdit::Move { from, to });
        }
    }

    /// Focuses something in the row that then stands at `at`, once it is there.
    fn focus_soon(&self, at: usize, selector: &'static str) {
        let element = self.element;
        request_animation_frame(move || {
            let row = element.get_untracked().and_then(|list| items(&list).nth(at));
            if let Some(Ok(Some(target))) = row.map(|row| row.query_selector(selector))
                && let Ok(target) = target.dyn_into::<web_sys::HtmlElement>()
            {
                // Nothing is lost where it cannot be focused.
                let _ = target.focus();
            }
        });
    }

    /// Where a row would be put that is dropped at this height of the window.
    fn place_at(&self, y: f64) -> usize {
        let Some(list) = self.element.get_untracked() else { return 0 };
        let above = items(&list).filter(|row| {
            let frame = row.get_bounding_client_rect();
            frame.top() + frame.height() / 2.0 < y
        });
        above.count()
    }

    fn scope_of(&self, number: u64) -> Scope {
        let (rows, key) = (self.rows, self.part.field.key.clone());
        let has_hints = self.kind.has_hints;
        let properties = Memo::new(move |_| {
            let row = rows.with(|rows| rows.row(number).and_then(Json::as_object).cloned());
            let row = row.unwrap_or_else(Object::new);
            if has_hints { variable::read(&row) } else { row }
        });
        let prefix = {
            let key = key.clone();
            let place = Memo::new(move |_| rows.with(|rows| rows.position(number)));
            Signal::derive(move || format!("{key}[{}].", place.get().unwrap_or_default()))
        };
        let outer = self.part.scope.clone();
        let (editor, node) = (outer.editor, outer.node.clone());
        let write = Callback::new(move |(tag, what, writes): (String, Text, Writes)| {
            let Some(at) = rows.with_untracked(|rows| rows.position(number)) else { return };
            editor.edit_going_on(&tag, what, |document| {
                let descriptor = descriptor(editor, document, &node);
                let mut rows = document
                    .get(&node)
                    .map(|node| rows_of(node, descriptor.as_deref(), &key))
                    .unwrap_or_default();
                if let Some(row) = rows.get_mut(at) {
                    *row = match has_hints {
                        true => {
                            let before = row.as_object().cloned().unwrap_or_default();
                            Json::Object(variable::written(&before, writes))
                        }
                        false => written(row, writes),
                    };
                }
                let values = [(key.as_str(), Some(Json::Array(rows)))];
                set_form_values(document, descriptor.as_deref(), &node, values)
            });
        });
        let dom = format!("{}-{}-{number}", outer.dom, self.part.field.key);
        Scope {
            form: Arc::new(self.kind.form.clone()),
            properties,
            prefix,
            dom: dom.into(),
            is_row: true,
            write,
            ..outer
        }
    }
}

fn written(row: &Json, writes: Writes) -> Json {
    let mut row = row.as_object().cloned().unwrap_or_default();
    for (key, value) in writes {
        match value {
            Some(value) => row.insert(key, value),
            None => row.remove(&key),
        };
    }
    Json::Object(row)
}

fn items(list: &Element) -> impl Iterator<Item = Element> + use<> {
    std::iter::successors(list.first_element_child(), Element::next_element_sibling)
}

fn row(list: &List, number: u64) -> AnyView {
    let scope = list.scope_of(number);
    let plain = scope.form.fields.iter().filter(|field| field.section.is_none());
    let fields = plain.map(|field| field_view(&scope, field)).collect_view();
    let sections = scope.form.sections().into_iter().map(|section| {
        let fields = scope.form.fields.iter().filter(|field| field.section.as_deref() == Some(section));
        fold(&scope, section.to_owned(), fields.cloned().collect())
    });
    let sections = sections.collect_view();
    let rows = list.rows;
    let place = Memo::new(move |_| rows.with(|rows| rows.position(number).unwrap_or_default()));
    let title = list.part.field.title.clone();
    let label = move |key: &'static str| {
        let title = title.clone();
        move || show(&text(key).with("field", &title).with("row", place.get() + 1))
    };
    let (row_label, move_label, remove_label) = (label("rows.row"), label("rows.move"), label("rows.remove"));
    let remove_title = remove_label.clone();
    let remove = {
        let list = list.clone();
        move |_| {
            let at = place.get_untracked();
            list.edit(RowEdit::Remove { at });
            let left = list.rows.with_untracked(|rows| rows.rows().len());
            if left > 0 {
                list.focus_soon(at.min(left - 1), ".remove");
            }
        }
    };
    let by_key = {
        let list = list.clone();
        move |event: KeyboardEvent, is_grip: bool| {
            let at = place.get_untracked();
            let to = match event.key().as_str() {
                "ArrowUp" if is_grip || event.alt_key() => at.checked_sub(1),
                "ArrowDown" if is_grip || event.alt_key() => Some(at + 1),
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            if let Some(to) = to {
                list.move_row(number, to);
                // The row that moves in the page loses the focus.
                list.focus_soon(place.get_untracked(), ".grip");
            }
        }
    };
    let row_key = by_key.clone();
    let dragged = list.dragged;
    let grasp = move |event: PointerEvent| {
        if event.button() == 0 {
            dragged.set(Some((number, place.get_untracked())));
            if let Some(grip) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) {
                // Without it the drag ends at the edge of the grip; no more is lost.
                let _ = grip.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let drag = {
        let list = list.clone();
        move |event: PointerEvent| {
            if dragged.with_untracked(|dragged| dragged.is_some_and(|(held, _)| held == number)) {
                let to = list.place_at(f64::from(event.client_y()));
                dragged.set(Some((number, to)));
            }
        }
    };
    let drop = {
        let list = list.clone();
        move |_: PointerEvent| {
            let Some((held, to)) = dragged.get_untracked() else { return };
            dragged.set(None);
            let from = place.get_untracked();
            if held == number {
                // Among the rows without it.
                list.move_row(number, if to > from { to - 1 } else { to });
            }
        }
    };
    let is_held = move || dragged.with(|dragged| dragged.is_some_and(|(held, _)| held == number));
    let is_before = move || dragged.with(|dragged| dragged.is_some_and(|(_, to)| to == place.get()));
    let is_after = move || {
        let is_last = rows.with(|rows| place.get() + 1 == rows.rows().len());
        is_last && dragged.with(|dragged| dragged.is_some_and(|(_, to)| to == place.get() + 1))
    };
    view! {
        <li
            class="row-item"
            class:held=is_held
            class:drop-before=is_before
            class:drop-after=is_after
            role="group"
            aria-label=row_label
            on:keydown=move |event| row_key(event, false)
        >
            <button
                class="grip"
                type="button"
                aria-label=move_label
                title=say("rows.grip")
                on:keydown=move |event| by_key(event, true)
                on:pointerdown=grasp
                on:pointermove=drag
                on:pointerup=drop
                on:pointercancel=move |_| dragged.set(None)
            >
                <span class="number">{move || place.get() + 1}</span>
                <Icon name="grip-vertical" size=14.0/>
            </button>
            <div class="row-fields">{fields}{sections}</div>
            <button class="quiet square remove" type="button" title=remove_title aria-label=remove_label on:click=remove>
                <Icon name="x" size=14.0/>
            </button>
        </li>
    }
    .into_any()
}
