//! Deploying, and taking in what others deploy.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::diff::{Merge, Side};
use model::document::Document;
use model::text::Text;

use super::api::{self, Deploy, Failure};
use super::session::{fail, fail_if_refused, log, notify_shortly, reload_flows};
use super::{browser, draft};
use crate::state::{Connection, Dialog, Editor, Theirs};
use crate::store::conflict::Choices;
use crate::store::deploy::{DeployKind, kind_named};
use crate::store::event_log::{Happening, Kind};
use crate::store::node_types::called;
use crate::store::problems::Started;
use crate::store::rights::DEPLOY;
use crate::store::workspace::Workspace;
use crate::texts::text;

/// Where the kind of deploy is remembered.
const KIND: &str = "wireloom-deploy";

/// Chooses what deploys restart; remembered.
pub fn choose_kind(editor: Editor, kind: DeployKind) {
    editor.deploying.kind.set(kind);
    browser::remember(KIND, kind.name);
}

/// Takes the kind that was remembered.
pub fn recall_kind(editor: Editor) {
    editor.deploying.kind.set(kind_named(browser::remembered(KIND).as_deref()));
}

/// Deploys what was edited; where that cannot be done yet, says why or asks.
pub fn deploy(editor: Editor) {
    if !may_deploy(editor) {
        return;
    }
    let errors = editor.problems.with_untracked(|problems| problems.counts().0);
    if editor.deploying.theirs.with_untracked(Option::is_some) {
        editor.dialog.set(Some(Dialog::Conflict { is_deploying: true }));
    } else if errors > 0 && !editor.deploying.accepts_errors.get_value() && is_ready(editor) {
        editor.dialog.set(Some(Dialog::Errors));
    } else {
        deploy_now(editor);
    }
}

/// Deploys, errors or not.
pub fn deploy_now(editor: Editor) {
    if !is_ready(editor) {
        return;
    }
    let workspace = editor.workspace.with_untracked(Clone::clone);
    let Some(workspace) = workspace else { return };
    let sent = workspace.document().clone();
    editor.deploying.is_busy.set(true);
    spawn_local(async move {
        let kind = editor.deploying.kind.get_untracked();
        let answer = api::deploy(editor, &sent, workspace.revision(), kind).await;
        match answer {
            Ok(Deploy::Done(revision)) => {
                log_deploy(editor, "events.deployed", &revision);
                editor.update(|workspace| workspace.was_deployed(sent, revision));
                draft::save(editor);
                match api::problems(editor).await {
                    Ok(problems) => show_problems(editor, problems),
                    Err(failure) => fail(editor, &failure),
                }
                notify_shortly(editor, text("deploy.done"));
            }
            Ok(Deploy::Outdated) => match api::flows(editor).await {
                Ok((document, revision)) => take_while_deploying(editor, document, revision),
                Err(failure) => fail(editor, &failure),
            },
            Err(Failure::LoginNeeded) => {
                editor.notify(&text("deploy.log-in"), false);
                editor.needs_login.set(true);
            }
            Err(failure) => fail(editor, &failure),
        }
        editor.deploying.is_busy.set(false);
        let heard = editor.deploying.heard.get_value();
        editor.deploying.heard.set_value(None);
        if let Some(revision) = heard {
            heard_of(editor, revision);
        }
    });
}

/// Stops the deployed flows and starts them again, as they are.
pub fn restart(editor: Editor) {
    spawn_local(async move {
        match api::restart(editor).await {
            Ok(()) => {
                log(editor, Kind::Deploy, text("deploy.restarted"));
                notify_shortly(editor, text("deploy.restarted"));
            }
            Err(failure) => fail(editor, &failure),
        }
    });
}

/// Stops the flows, or starts those that somebody stopped.
pub fn set_running(editor: Editor, is_running: bool) {
    spawn_local(async move {
        if let Err(failure) = api::set_running(editor, is_running).await {
            fail(editor, &failure);
        }
    });
}

/// The flows run from now on, or they are stopped.
pub(super) fn heard_of_state(editor: Editor, is_running: bool) {
    editor.clear_figures();
    if editor.deploying.is_stopped.get_untracked() != is_running {
        return;
    }
    editor.deploying.is_stopped.set(!is_running);
    log(editor, Kind::Deploy, text(if is_running { "events.started" } else { "stopped.title" }));
    // What cannot be started is known only once it was to be.
    spawn_local(async move {
        match api::problems(editor).await {
            Ok(problems) => show_problems(editor, problems),
            Err(failure) => fail_if_refused(editor, &failure),
        }
    });
}

/// Whether the user may deploy. Where not, says so, or asks for a log-in where there was none.
fn may_deploy(editor: Editor) -> bool {
    let rights = editor.rights.get_untracked();
    if rights.allow(DEPLOY) {
        return true;
    }
    match rights.name {
        Some(name) => {
            editor.notify(&text("rights.look-only").with("name", name), true);
        }
        None => editor.needs_login.set(true),
    }
    false
}

/// Whether there is something to deploy, and somebody to deploy it to.
fn is_ready(editor: Editor) -> bool {
    let is_changed = editor.workspace.with_untracked(|w| w.as_ref().is_some_and(Workspace::is_changed));
    if editor.deploying.is_busy.get_untracked() || !is_changed {
        return false;
    }
    let is_lost = editor.connection.get_untracked() != Connection::Live;
    if is_lost {
        editor.notify(&text("deploy.lost"), true);
    }
    !is_lost
}

/// Somebody deployed flows of this revision; it may have been us.
pub(super) fn heard_of(editor: Editor, revision: String) {
    if editor.deploying.is_busy.get_untracked() {
        return editor.deploying.heard.set_value(Some(revision));
    }
    let is_known = editor.workspace.with_untracked(|workspace| {
        workspace.as_ref().is_some_and(|workspace| workspace.revision() == revision)
    });
    if !is_known {
        log_deploy(editor, "events.deployed-elsewhere", &revision);
        reload_flows(editor);
    }
}

/// Takes in the deployed flows, whoever deployed them: for the first time with what was edited and not deployed
/// when the page was left.
pub(super) fn take(editor: Editor, document: Document, revision: String, started: Started) {
    if editor.deploying.is_busy.get_untracked() {
        // The answer to our own deploy says more.
        return editor.deploying.heard.set_value(Some(revision));
    }
    show_problems(editor, started);
    if editor.workspace.with_untracked(Option::is_none) {
        return draft::open(editor, document, revision);
    }
    take_theirs(editor, document, revision);
}

/// Takes in flows that somebody else deployed: silently without edits, together with the edits where they do not
/// contradict each other; else it is to be decided. Gives back what came of it.
pub(super) fn take_theirs(editor: Editor, document: Document, revision: String) -> Taken {
    let Some(workspace) = editor.workspace.get_untracked() else { return Taken::AsItWas };
    if workspace.revision() == revision {
        editor.deploying.theirs.set(None);
        return Taken::AsItWas;
    }
    if **workspace.deployed() == document {
        editor.update(|workspace| workspace.was_deployed(Arc::new(document), revision));
        return Taken::AsItWas;
    }
    let theirs = Arc::new(document);
    let changes = model::diff::changed(workspace.deployed(), &theirs);
    let count = changes.added.len() + changes.removed.len() + changes.changed.len() + changes.rewired.len();
    let Merge { conflicts, .. } = workspace.merge(&theirs, &|_| Side::Mine);
    if !conflicts.is_empty() {
        editor.deploying.theirs.set(Some(Theirs { document: theirs, revision }));
        return Taken::Contradicts;
    }
    let is_edited = workspace.is_changed();
    editor.deploying.theirs.set(None);
    editor.update(|workspace| {
        workspace.take(theirs, revision, &|_| Side::Mine);
    });
    draft::save(editor);
    let key = if is_edited { "flows.merged" } else { "flows.taken" };
    notify_shortly(editor, text(key).with("count", count.max(1)));
    Taken::Merged
}

/// What came of taking in flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Nothing in them is new.
    AsItWas,
    /// They are in.
    Merged,
    /// The user decides.
    Contradicts,
}

/// A deploy was refused because of these flows.
fn take_while_deploying(editor: Editor, document: Document, revision: String) {
    match take_theirs(editor, document, revision) {
        Taken::Contradicts => editor.dialog.set(Some(Dialog::Conflict { is_deploying: true })),
        Taken::AsItWas | Taken::Merged => {
            editor.notify(&text("deploy.again"), false);
        }
    }
}

/// Takes in the flows that contradict the edits, as it was chosen; then deploys where a deploy waits.
pub fn decide(editor: Editor, choices: &Choices, is_deploying: bool) {
    let Some(Theirs { document, revision }) = editor.deploying.theirs.get_untracked() else { return };
    editor.deploying.theirs.set(None);
    editor.update(|workspace| {
        workspace.take(document, revision, &|conflict| choices.side(conflict));
    });
    draft::save(editor);
    if is_deploying {
        deploy(editor);
    }
}

pub(super) fn show_problems(editor: Editor, started: Started) {
    if editor.started.with_untracked(|shown| **shown != started) {
        log_problems(editor, &started);
        editor.started.set(started.into());
    }
}

fn log_deploy(editor: Editor, key: &'static str, revision: &str) {
    let short: String = revision.chars().take(8).collect();
    log(editor, Kind::Deploy, text(key).with("revision", short));
}

/// Nodes that could not be started are told of once, in the event log too.
fn log_problems(editor: Editor, started: &Started) {
    let document = editor.document.get_untracked().unwrap_or_default();
    let time = browser::time_of_day_ms();
    let known = editor.started.with_untracked(|known| known.problems());
    editor.live.events.update(|log| {
        for (id, problem) in started.problems().listed(&document) {
            if known.of(&id).contains(&problem) {
                continue;
            }
            let name = document
                .get(&id)
                .map(|node| editor.types.with_untracked(|types| called(&document, node, types)));
            let node = Some((id.as_str().into(), name.unwrap_or_else(|| id.clone())));
            log.add(time, Happening { kind: Kind::Error, words: Text::literal(problem.words()), node });
        }
    });
}
