//! Which of the kept drafts is a page's own: the first slot that no other page of the browser holds.
//!
//! A lock of the browser holds a slot; it is freed when the page goes, however it goes. A page that is not served safely
//! (plain HTTP from another machine) has no locks. There a page writes its name beside the slot and answers when another
//! one asks whether it is still there; one that does not answer has gone, or sleeps, and finds out when it wakes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::net::browser;

/// Pages of one browser that keep drafts.
const MOST_SLOTS: usize = 9;
/// A page answers within this time, another one that takes the slot at the same moment is seen after it.
const ANSWERS_WITHIN: Duration = Duration::from_millis(400);

thread_local! {
    /// The name of this page beside a slot that it holds without a lock; empty while it holds none.
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
    static ANSWERS: Cell<bool> = const { Cell::new(false) };
}

/// Takes the first slot that no other page holds, of those that `is_wanted` says; none where all are held.
pub(super) async fn take(is_wanted: impl Fn(usize) -> bool) -> Option<usize> {
    let navigator = window().navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).unwrap_or(JsValue::UNDEFINED);
    let request = Reflect::get(&locks, &"request".into()).ok().and_then(|it| it.dyn_into::<Function>().ok());
    for slot in (0..MOST_SLOTS).filter(|slot| is_wanted(*slot)) {
        let is_taken = match &request {
            Some(request) => lock(&locks, request, slot).await,
            None => write_name(slot).await,
        };
        if is_taken {
            return Some(slot);
        }
    }
    None
}

/// Whether this page holds the slot still: one that slept may have lost it.
pub(super) fn is_own(slot: usize) -> bool {
    NAME.with_borrow(|name| name.is_empty() || browser::remembered(&name_key(slot)).as_ref() == Some(name))
}

/// Frees the slot, where no lock does so.
pub(super) fn free(slot: usize) {
    if NAME.with_borrow(|name| !name.is_empty()) && is_own(slot) {
        browser::forget(&name_key(slot));
    }
}

/// Tries to hold the lock of a slot until the page goes; gives back whether it is held.
async fn lock(locks: &JsValue, request: &Function, slot: usize) -> bool {
    let is_held = Rc::new(Cell::new(false));
    let answered = Promise::new(&mut |resolve, _| {
        let is_held = is_held.clone();
        let resolved = resolve.clone();
        let given = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            is_held.set(lock.is_truthy());
            let _ = resolve.call0(&JsValue::UNDEFINED);
            match lock.is_truthy() {
                // Never ends: the lock is held as long as the page is there.
                true => Promise::new(&mut |_, _| {}).into(),
                false => JsValue::UNDEFINED,
            }
        });
        let options = js_sys::Object::new();
        let _ = Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
        let name = JsValue::from_str(&super::edits_key(slot));
        if request.call3(locks, &name, &options, &given).is_err() {
            let _ = resolved.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(answered).await;
    is_held.get()
}

/// Tries to hold a slot by this page's name beside it. Asks the page whose name stands there first.
async fn write_name(slot: usize) -> bool {
    answer_from_now_on();
    if let Some(other) = browser::remembered(&name_key(slot)) {
        browser::forget(&answer_key(slot));
        // Said anew each time: what does not change is not told.
        browser::remember(&question_key(slot), &format!("{other} {}", js_sys::Math::random()));
        browser::sleep(ANSWERS_WITHIN).await;
        browser::forget(&question_key(slot));
        if browser::remembered(&answer_key(slot)).is_some_and(|answer| answer == other) {
            browser::forget(&answer_key(slot));
            return false;
        }
    }
    let name = format!("{:x}", (js_sys::Math::random() * 2_f64.powi(52)) as u64);
    if !browser::keep(&name_key(slot), &name) {
        // A browser that keeps nothing keeps no draft either, so nobody shares it.
        return true;
    }
    // It answers from now on; another page that wrote its own at the same moment is seen in a moment.
    NAME.set(name.clone());
    browser::sleep(ANSWERS_WITHIN).await;
    let is_held = browser::remembered(&name_key(slot)).as_ref() == Some(&name);
    if !is_held {
        NAME.set(String::new());
    }
    is_held
}

/// Answers pages that ask whether this one is still there.
fn answer_from_now_on() {
    if ANSWERS.replace(true) {
        return;
    }
    window_event_listener_untyped("storage", |event| {
        let key =
            Reflect::get(&event, &"key".into()).ok().and_then(|key| key.as_string()).unwrap_or_default();
        let slot = key.strip_prefix(QUESTION).and_then(|slot| slot.parse().ok());
        let Some(slot) = slot else { return };
        let question = browser::remembered(&question_key(slot)).unwrap_or_default();
        NAME.with_borrow(|name| {
            if !name.is_empty() && question.split(' ').next() == Some(name.as_str()) {
                browser::remember(&answer_key(slot), name);
            }
        });
    });
}

const QUESTION: &str = "wireloom-draft-question-";

fn question_key(slot: usize) -> String {
    format!("{QUESTION}{slot}")
}

fn answer_key(slot: usize) -> String {
    format!("wireloom-draft-answer-{slot}")
}

fn name_key(slot: usize) -> String {
    format!("wireloom-draft-page-{slot}")
}
