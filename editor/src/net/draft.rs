//! What was edited and not deployed outlives the page: kept in the browser a moment after each edit, and taken up
//! again when the page is opened.
//!
//! Several pages of one browser keep a draft each: a page holds the first slot that no other page holds. The browser
//! frees it when the page goes, however it goes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::document::Document;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::browser;
use super::deploy;
use crate::state::{Dialog, Editor};
use crate::store::draft::{base_text, edits_text, lacks_passwords, read};
use crate::store::workspace::Workspace;
use crate::texts::text;

/// Kept so long after an edit, together with all that is edited meanwhile; in milliseconds.
const SAVE_AFTER_MS: u64 = 300;
/// The checks begin so long after the first flows are painted.
const CHECKS_WAIT: Duration = Duration::from_millis(60);
/// Pages of one browser that keep drafts.
const MOST_SLOTS: usize = 9;

thread_local! {
    /// Which draft is this page's; none before the flows were loaded.
    static SLOT: Cell<Option<usize>> = const { Cell::new(None) };
    /// The revision whose flows are kept.
    static KEPT_BASE: RefCell<String> = const { RefCell::new(String::new()) };
    /// What is edited is kept.
    static IS_KEPT: Cell<bool> = const { Cell::new(true) };
}

fn edits_key(slot: usize) -> String {
    format!("wireloom-draft-{slot}")
}

fn base_key(slot: usize) -> String {
    format!("wireloom-draft-base-{slot}")
}

/// Keeps drafts from now on. To be called once, by the app.
pub fn follow(editor: Editor) {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        editor.workspace.track();
        if let Some(timer) = waiting.get_value() {
            timer.clear();
        }
        let later = std::time::Duration::from_millis(SAVE_AFTER_MS);
        waiting.set_value(set_timeout_with_handle(move || save(editor), later).ok());
    });
    window_event_listener(leptos::ev::pagehide, move |_| save(editor));
    window_event_listener(leptos::ev::beforeunload, move |event| {
        save(editor);
        if !IS_KEPT.get() {
            event.prevent_default();
            // Older browsers ask only then.
            event.set_return_value("-");
        }
    });
}

/// Keeps what is edited now; forgets what is deployed.
pub fn save(editor: Editor) {
    let Some(slot) = SLOT.get() else { return };
    editor.workspace.with_untracked(|workspace| {
        let Some(workspace) = workspace else { return };
        let Some(edits) = edits_text(workspace) else {
            browser::forget(&edits_key(slot));
            return IS_KEPT.set(!workspace.is_changed());
        };
        let has_base = KEPT_BASE.with_borrow(|kept| kept == workspace.revision())
            || browser::keep(&base_key(slot), &base_text(workspace));
        if has_base {
            KEPT_BASE.set(workspace.revision().to_owned());
        }
        let is_kept = has_base && browser::keep(&edits_key(slot), &edits);
        IS_KEPT.set(is_kept && !lacks_passwords(workspace));
    });
}

/// Opens the deployed flows for the first time, with the edits of the page that was left, if any.
pub(super) fn open(editor: Editor, document: Document, revision: String) {
    editor.are_checks_late.set(true);
    editor.open(document.clone(), revision.clone());
    spawn_local(async move {
        browser::painted().await;
        browser::sleep(CHECKS_WAIT).await;
        editor.are_checks_late.set(false);
    });
    if SLOT.get().is_some() {
        return;
    }
    spawn_local(async move {
        let slot = free_slot().await;
        let (edits, base) = (browser::remembered(&edits_key(slot)), browser::remembered(&base_key(slot)));
        SLOT.set(Some(slot));
        let Some(edits) = edits else { return save(editor) };
        let Some(kept) = read(&edits, base.as_deref(), (&document, &revision)) else {
            // Not thrown away: whoever wants it finds it in the storage of the page.
            browser::keep(&format!("{}-unread", edits_key(slot)), &edits);
            editor.notify(&text("draft.unread"), true);
            return save(editor);
        };
        let is_edited = editor
            .workspace
            .with_untracked(|workspace| workspace.as_ref().is_some_and(Workspace::is_changed));
        if is_edited {
            // Faster than the browser: what is edited now counts.
            return save(editor);
        }
        let is_outdated = kept.revision != revision;
        editor.update(|workspace| {
            *workspace = Workspace::open(kept.base, kept.revision);
        });
        editor.replace(text("step.draft"), &kept.edited);
        if is_outdated && deploy::take_theirs(editor, document, revision) == deploy::Taken::Contradicts {
            editor.dialog.set(Some(Dialog::Conflict { is_deploying: false }));
        }
        save(editor);
        editor.is_restored.set(true);
    });
}

/// Throws away what was edited and not deployed; one step to undo.
pub fn throw_away(editor: Editor) {
    let deployed = editor.workspace.with_untracked(|workspace| Some(workspace.as_ref()?.deployed().clone()));
    if let Some(deployed) = deployed {
        editor.replace(text("step.throw-away"), &deployed);
    }
    editor.is_restored.set(false);
    save(editor);
}

/// The first slot that no other page holds; the first one where the browser has no locks (a page that is not
/// served safely has none).
async fn free_slot() -> usize {
    let navigator = window().navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).unwrap_or(JsValue::UNDEFINED);
    let Some(request) =
        Reflect::get(&locks, &"request".into()).ok().and_then(|it| it.dyn_into::<Function>().ok())
    else {
        return 0;
    };
    for slot in 0..MOST_SLOTS {
        if hold(&locks, &request, slot).await {
            return slot;
        }
    }
    0
}

/// Tries to hold the lock of a slot until the page goes; gives back whether it is held.
async fn hold(locks: &JsValue, request: &Function, slot: usize) -> bool {
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
        let name = JsValue::from_str(&edits_key(slot));
        if request.call3(locks, &name, &options, &given).is_err() {
            let _ = resolved.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(answered).await;
    is_held.get()
}
