//! Sends a message and finds out what came of it, node by node.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use model::document::Document;

use super::api::{self, Failure};
use super::browser;
use crate::state::Editor;
use crate::store::Id;
use crate::store::live::{Outlet, Seen};
use crate::store::node_types::NodeTypes;
use crate::store::trace::{Trace, downstream, id_of, linked, outlets, targets};

/// The pauses between looks; all of them together is how long is waited for a node.
const PAUSES_MS: [u64; 7] = [30, 70, 150, 300, 500, 1_000, 2_000];
/// So many looks without news in a row are enough.
const QUIET_LOOKS: usize = 5;

/// Sends a message that was seen on `from` to nodes once more, and shows its way as it becomes known.
///
/// # Errors
/// It cannot be sent.
pub async fn follow(editor: Editor, from: &Outlet, to: &[Id], sent: Arc<Seen>) -> Result<(), Failure> {
    let deployed = editor.workspace.with_untracked(|workspace| Some(workspace.as_ref()?.deployed().clone()));
    let Some(document) = deployed else { return Ok(()) };
    let types = editor.types.get_untracked();
    let mut trace = Trace::begin(sent.clone(), to);
    // Whoever asks for what is kept has it kept from then on: first all that the message may come by is asked.
    for id in downstream(&document, &types, to) {
        for outlet in outlets(&document, &types, &id) {
            // An output that does not run gives nothing.
            let kept = api::peek(editor, &outlet).await.unwrap_or_default();
            trace.was_there(&outlet, &kept);
        }
    }
    let failed_before = api::failed(editor).await.unwrap_or_default();
    let first = failed_before.failed.last().map_or(0, |one| one.number + 1);
    send(editor, from, to, &sent).await?;
    editor.live.trace.set(Some(trace.clone()));
    let mut quiet = 0;
    for pause in PAUSES_MS {
        browser::sleep(Duration::from_millis(pause)).await;
        let is_news =
            look(editor, &document, &types, &mut trace).await | failed(editor, &mut trace, first).await;
        quiet = if is_news { 0 } else { quiet + 1 };
        if !show(editor, &trace) || quiet >= QUIET_LOOKS {
            break;
        }
    }
    trace.is_going_on = false;
    show(editor, &trace);
    Ok(())
}

/// By reference, and as it was shown where it is not kept any more.
async fn send(editor: Editor, from: &Outlet, to: &[Id], sent: &Seen) -> Result<(), Failure> {
    let reference = [(sent.source.clone(), sent.number)];
    match api::replay(editor, from, to, &reference, None).await {
        Err(Failure::Refused(_)) if !sent.is_cut => {
            api::replay(editor, from, to, &[], Some(sent.message.clone())).await.map(drop)
        }
        outcome => outcome.map(drop),
    }
}

/// Looks at the outputs of all nodes that the message reached, and of those that it turns out to have reached.
async fn look(editor: Editor, document: &Document, types: &NodeTypes, trace: &mut Trace) -> bool {
    let (mut is_news, mut at) = (false, 0);
    while let Some(id) = trace.steps.get(at).map(|step| step.node.clone()) {
        for outlet in outlets(document, types, &id) {
            let kept = api::peek(editor, &outlet).await.unwrap_or_default();
            if trace.came(&outlet, kept) {
                trace.reached(targets(document, &outlet));
                is_news = true;
            }
        }
        trace.reached(linked(document, types, &id));
        at += 1;
    }
    is_news
}

/// Looks for nodes that failed with it, among the failures from number `first` on.
async fn failed(editor: Editor, trace: &mut Trace, first: u64) -> bool {
    let Ok(list) = api::failed(editor).await else { return false };
    let mut is_news = false;
    let sent = id_of(&trace.sent.message).map(str::to_owned);
    for one in list.failed.iter().filter(|one| one.number >= first) {
        let is_it = id_of(&one.message) == sent.as_deref();
        if let Some(step) = trace.steps.iter_mut().find(|step| is_it && *step.node == *one.node) {
            is_news |= step.error.is_none();
            step.error = Some(one.error.clone());
        }
    }
    is_news
}

/// Shows what is known by now; `false` where another message is looked at by now, or none.
fn show(editor: Editor, trace: &Trace) -> bool {
    let mut is_shown = false;
    editor.live.trace.maybe_update(|shown| {
        let Some(shown) = shown.as_mut().filter(|shown| Arc::ptr_eq(&shown.sent, &trace.sent)) else {
            return false;
        };
        is_shown = true;
        let now = trace.clone().shown_to(shown.shown);
        let is_other = *shown != now;
        *shown = now;
        is_other
    });
    is_shown
}
