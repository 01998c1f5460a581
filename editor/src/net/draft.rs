//! What was edited and not deployed outlives the page: kept in the browser a moment after each edit, and taken up
//! again when the page is opened.
//!
//! Several pages of one browser keep a draft each, in a slot that is theirs alone; see [`slots`].

mod slots;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::document::Document;

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

/// Which draft is this page's.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    /// Not asked yet: the flows are not loaded.
    Unknown,
    /// It is being found out.
    Sought,
    /// This one.
    Own(usize),
    /// None: too many pages are open.
    None,
}

thread_local! {
    static SLOT: Cell<Slot> = const { Cell::new(Slot::Unknown) };
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
        let later = Duration::from_millis(SAVE_AFTER_MS);
        waiting.set_value(set_timeout_with_handle(move || save(editor), later).ok());
    });
    window_event_listener(leptos::ev::pagehide, move |_| {
        save(editor);
        if let Slot::Own(slot) = SLOT.get() {
            slots::free(slot);
        }
    });
    // Back from where the browser keeps pages that were left: the slot may be another's by now.
    window_event_listener(leptos::ev::pageshow, move |_| save(editor));
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
    let slot = match SLOT.get() {
        Slot::Own(slot) if slots::is_own(slot) => slot,
        Slot::Own(_) => return seek_another(editor),
        Slot::Unknown | Slot::Sought | Slot::None => return IS_KEPT.set(!is_edited(editor)),
    };
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

fn is_edited(editor: Editor) -> bool {
    editor.workspace.with_untracked(|workspace| workspace.as_ref().is_some_and(Workspace::is_changed))
}

/// What is edited goes to a slot that nobody left a draft in: the one that this page had is another's, or has a draft that
/// stays for the next page.
fn seek_another(editor: Editor) {
    SLOT.set(Slot::Sought);
    KEPT_BASE.set(String::new());
    spawn_local(async move {
        let slot = slots::take(|slot| browser::remembered(&edits_key(slot)).is_none()).await;
        SLOT.set(slot.map_or(Slot::None, Slot::Own));
        save(editor);
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
    // The window of debug messages edits nothing.
    if SLOT.get() != Slot::Unknown || editor.bench.is_apart.get_value() {
        return;
    }
    SLOT.set(Slot::Sought);
    spawn_local(async move {
        let Some(slot) = slots::take(|_| true).await else { return SLOT.set(Slot::None) };
        let (edits, base) = (browser::remembered(&edits_key(slot)), browser::remembered(&base_key(slot)));
        SLOT.set(Slot::Own(slot));
        let Some(edits) = edits else { return save(editor) };
        let Some(kept) = read(&edits, base.as_deref(), (&document, &revision)) else {
            // Not thrown away: whoever wants it finds it in the storage of the page.
            browser::keep(&format!("{}-unread", edits_key(slot)), &edits);
            editor.notify(&text("draft.unread"), true);
            return save(editor);
        };
        if is_edited(editor) {
            // Faster than the browser: what is edited now counts here.
            return seek_another(editor);
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
