//! The connection to the server: loads what is shown, follows what happens, and heals by itself.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Date, Promise};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::edit::set_property;
use model::text::Text;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, WebSocket};

use super::api::{self, Failure};
use super::{browser, deploy, live, preferences};
use crate::state::{Connection, Editor};
use crate::store::Id;
use crate::store::backoff;
use crate::store::comms::{self, Event};
use crate::store::event_log::{Happening, Kind};
use crate::texts::text;

/// What arrives is shown this long after, together with all that arrives meanwhile.
const SHOW_AFTER: Duration = Duration::from_millis(150);
/// The server sends a heartbeat every 15 seconds; after two and some that are missing, it is gone.
const LONGEST_SILENCE: Duration = Duration::from_secs(40);
/// A notice that is no error goes away after this.
const NOTICE_STAYS: Duration = Duration::from_secs(4);

thread_local! {
    /// Counts the calls of [`connect`]: the last one alone goes on.
    static ROUND: Cell<u32> = const { Cell::new(0) };
}

/// Connects and stays connected, until the server wants a log-in; then to be called again after it. A connection that
/// is open still, of somebody who may do less, ends.
pub fn connect(editor: Editor) {
    let round = ROUND.get().wrapping_add(1);
    ROUND.set(round);
    live::close();
    spawn_local(async move {
        let mut failures = 0;
        loop {
            editor.connection.set(Connection::Connecting);
            let ended = follow(editor).await;
            if ROUND.get() != round {
                return;
            }
            match ended {
                Ended::LoginNeeded => return editor.needs_login.set(true),
                Ended::Lost { was_live: true } => {
                    log(editor, Kind::Lost, text("events.lost"));
                    failures = 1;
                }
                Ended::Lost { was_live: false } => failures += 1,
            }
            wait(editor, backoff::wait_seconds(failures)).await;
            if ROUND.get() != round {
                return;
            }
        }
    });
}

/// Ends the wait for the next try.
pub fn try_now(editor: Editor) {
    if matches!(editor.connection.get_untracked(), Connection::Lost { .. }) {
        editor.connection.set(Connection::Connecting);
    }
}

/// Presses the button of the selected node, where it has one.
pub fn press_selected(editor: Editor) {
    let id = editor.selection.with_untracked(|selection| selection.single().cloned());
    let node = id.and_then(|id| editor.drawing.with_untracked(|drawing| drawing.node(&id).cloned()));
    if let Some(node) = node.filter(|node| node.has_button && !node.has_input) {
        press(editor, "inject", node.id.clone());
    }
}

/// Presses a node's button: `action` is the button's `data-action`.
pub fn press(editor: Editor, action: &str, id: Id) {
    if action == "toggle" {
        let is_off = editor.document.with_untracked(|document| {
            let node = document.as_ref().and_then(|document| document.get(&id));
            node.is_some_and(|node| node.field("active") == Some(&false.into()))
        });
        return set_debug(editor, id, is_off);
    }
    let is_deployed = editor.workspace.with_untracked(|workspace| {
        workspace.as_ref().is_some_and(|workspace| workspace.deployed().get(&id).is_some())
    });
    if !is_deployed {
        editor.notify(&text("inject.not-deployed"), false);
        return;
    }
    if action == "inject" {
        let label = editor.drawing.with_untracked(|drawing| drawing.node(&id).map(|node| node.label.clone()));
        inject(editor, id, label.unwrap_or_default());
    }
}

/// Switches the output of a debug node on or off: at once where it runs, and in the flows.
pub fn set_debug(editor: Editor, id: Id, is_on: bool) {
    let what = text(if is_on { "step.debug-on" } else { "step.debug-off" });
    editor.edit(what, |document| set_property(document, &id, "active", Some(is_on.into())));
    let runs = editor.workspace.with_untracked(|workspace| {
        workspace.as_ref().is_some_and(|workspace| workspace.deployed().get(&id).is_some())
    });
    if runs {
        spawn_local(async move {
            if let Err(failure) = api::set_debug(editor, &id, is_on).await {
                fail(editor, &failure);
            }
        });
    }
}

/// Presses a node's button and tells how it went.
pub fn inject(editor: Editor, id: Id, name: String) {
    spawn_local(async move {
        match api::inject(editor, &id, &name).await {
            Ok(()) => notify_shortly(editor, text("inject.done").with("name", name)),
            Err(failure) => fail(editor, &failure),
        }
    });
}

/// Puts something that happened now into the event log.
pub(super) fn log(editor: Editor, kind: Kind, words: Text) {
    let time = browser::time_of_day_ms();
    editor.live.events.update(|log| log.add(time, Happening::new(kind, words)));
}

/// Tells the user something that goes away by itself.
pub fn notify_shortly(editor: Editor, text: Text) {
    let notice = editor.notify(&text, false);
    spawn_local(async move {
        browser::sleep(NOTICE_STAYS).await;
        editor.dismiss(notice);
    });
}

/// How a connection ended.
enum Ended {
    LoginNeeded,
    Lost { was_live: bool },
}

/// One connection, from the first request to its end.
async fn follow(editor: Editor) -> Ended {
    match load(editor).await {
        Ok(()) => {}
        Err(Failure::LoginNeeded) => return Ended::LoginNeeded,
        Err(failure @ Failure::Refused(_)) => {
            fail(editor, &failure);
            return Ended::Lost { was_live: false };
        }
        Err(Failure::Unreachable(_)) => return Ended::Lost { was_live: false },
    }
    let Some(socket) = api::comms_url().and_then(|url| WebSocket::new(&url).ok()) else {
        return Ended::Lost { was_live: false };
    };

    let opened = {
        let socket = socket.clone();
        Closure::<dyn FnMut()>::new(move || {
            let token = editor.token.get_value();
            let frames = token.iter().map(|token| comms::authenticate(token));
            for frame in frames.chain(comms::TOPICS.map(comms::subscribe)) {
                // A socket that closes meanwhile tells so itself.
                let _ = socket.send_with_str(&frame);
            }
            editor.clear_statuses();
            live::connected(socket.clone());
            editor.connection.set(Connection::Live);
            log(editor, Kind::Connected, text("events.connected"));
            // Between the first request and now there may have been a deploy.
            reload_if_others(editor);
        })
    };
    let last_heard = Rc::new(Cell::new(Date::now()));
    let received = {
        let (socket, last_heard) = (socket.clone(), Rc::clone(&last_heard));
        Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            last_heard.set(Date::now());
            if let Some(text) = message.data().as_string() {
                receive(editor, &socket, &text);
            }
        })
    };
    socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(received.as_ref().unchecked_ref()));
    close_when_silent(socket.clone(), last_heard);
    let closed = Promise::new(&mut |resolve, _| socket.set_onclose(Some(&resolve)));
    let _ = JsFuture::from(closed).await;
    live::disconnected(&socket);
    // Nobody tells of them any more.
    editor.show_others(Vec::new());
    editor.clear_held();
    socket.set_onopen(None);
    socket.set_onmessage(None);
    match editor.needs_login.get_untracked() {
        true => Ended::LoginNeeded,
        false => Ended::Lost { was_live: editor.connection.get_untracked() == Connection::Live },
    }
}

/// A connection can end without a word: a cable, a sleeping computer. The server is never silent for long.
fn close_when_silent(socket: WebSocket, last_heard: Rc<Cell<f64>>) {
    spawn_local(async move {
        while socket.ready_state() <= WebSocket::OPEN {
            if Date::now() - last_heard.get() > LONGEST_SILENCE.as_secs_f64() * 1e3 {
                let _ = socket.close();
            }
            browser::sleep(LONGEST_SILENCE / 8).await;
        }
    });
}

async fn load(editor: Editor) -> Result<(), Failure> {
    let types = api::node_types(editor).await?;
    let (document, revision) = api::flows(editor).await?;
    let problems = api::problems(editor).await?;
    match api::rights(editor).await {
        Ok(rights) => editor.rights.set(rights),
        Err(failure @ Failure::Unreachable(_)) => return Err(failure),
        // Who may not even ask is refused by the server.
        Err(Failure::LoginNeeded | Failure::Refused(_)) => editor.rights.set(Default::default()),
    }
    if editor.types.with_untracked(|shown| **shown != types) {
        editor.types.set(types.into());
    }
    deploy::take(editor, document, revision, problems);
    preferences::load(editor).await;
    Ok(())
}

/// Asks for the flows where others than these are deployed by now.
fn reload_if_others(editor: Editor) {
    spawn_local(async move {
        match api::problems_of_revision(editor).await {
            Ok((problems, revision)) => {
                let is_known = editor.workspace.with_untracked(|workspace| {
                    workspace.as_ref().is_some_and(|workspace| workspace.revision() == revision)
                });
                match is_known {
                    true => deploy::show_problems(editor, problems),
                    false => reload_flows(editor),
                }
            }
            Err(failure) => fail_if_refused(editor, &failure),
        }
    });
}

/// Asks for the flows and takes them in.
pub(super) fn reload_flows(editor: Editor) {
    spawn_local(async move {
        let answers = async { Ok((api::flows(editor).await?, api::problems(editor).await?)) };
        match answers.await {
            Ok(((document, revision), problems)) => deploy::take(editor, document, revision, problems),
            Err(failure) => fail_if_refused(editor, &failure),
        }
    });
}

/// Asks for the node types, and what they leave of the problems.
fn reload_types(editor: Editor) {
    spawn_local(async move {
        let answers = async { Ok((api::node_types(editor).await?, api::problems(editor).await?)) };
        match answers.await {
            Ok((types, problems)) => {
                if editor.types.with_untracked(|shown| **shown != types) {
                    editor.types.set(types.into());
                }
                deploy::show_problems(editor, problems);
            }
            Err(failure) => fail_if_refused(editor, &failure),
        }
    });
}

fn receive(editor: Editor, socket: &WebSocket, frame: &str) {
    let time = browser::time_of_day_ms();
    for event in comms::read(frame) {
        match event {
            Event::Deployed(revision) => {
                editor.deploying.news.update(|news| *news = news.wrapping_add(1));
                // The server tells those of all that runs anew.
                editor.clear_figures();
                editor.count_anew();
                deploy::heard_of(editor, revision);
            }
            Event::Running(is_running) => deploy::heard_of_state(editor, is_running),
            Event::NodeTypes => reload_types(editor),
            Event::Plugins => editor.plugin_news.update(|news| *news = news.wrapping_add(1)),
            Event::Notice(text) => {
                let text = Text::literal(text);
                log(editor, Kind::Notice, text.clone());
                notify_shortly(editor, text);
            }
            Event::Figures(flow, figures) => editor.show_figures(&flow, figures),
            Event::Present(others) => editor.show_others(others),
            Event::Seen(outlet, seen, skipped) => editor.show_seen(&outlet, seen, skipped),
            Event::Held(id, held) => editor.show_held(id, held),
            Event::Failed(count) => editor.live.failed.set(count),
            Event::FlowTests => editor.tested.news.update(|news| *news = news.wrapping_add(1)),
            Event::LoggedIn(true) => {}
            Event::LoggedIn(false) => {
                editor.needs_login.set(true);
                let _ = socket.close();
            }
            event => {
                if editor.receive(event, time) {
                    spawn_local(async move {
                        browser::sleep(SHOW_AFTER).await;
                        editor.show_arrived();
                    });
                }
            }
        }
    }
}

/// Counts down, until it is time or [`try_now`] is called.
async fn wait(editor: Editor, seconds: u32) {
    for left in (1..=seconds).rev() {
        editor.connection.set(Connection::Lost { seconds: left });
        for _ in 0..4 {
            browser::sleep(Duration::from_millis(250)).await;
            if editor.connection.get_untracked() == Connection::Connecting {
                return;
            }
        }
    }
}

/// Where a window beside the editor's leaves the node that is to be shown there.
const SHOWN: &str = "wireloom-show";

/// Has the editor's own window show a node.
pub fn show_in_editor(id: &str) {
    // The same one twice is told, too.
    browser::remember(SHOWN, &format!("{} {id}", Date::now()));
}

/// Shows nodes that windows beside this one ask for.
pub fn follow_windows(editor: Editor) {
    let seen = StoredValue::new(browser::remembered(SHOWN));
    window_event_listener_untyped("storage", move |_| {
        let now = browser::remembered(SHOWN);
        if seen.with_value(|seen| *seen == now) {
            return;
        }
        if let Some((_, id)) = now.as_deref().and_then(|now| now.split_once(' ')) {
            editor.jump_to(id);
        }
        seen.set_value(now);
    });
}

/// Tells the user why something that the editor asked for by itself was refused. That there is no log-in, or no server, the
/// connection notices.
pub(super) fn fail_if_refused(editor: Editor, failure: &Failure) {
    if let Failure::Refused(_) = failure {
        fail(editor, failure);
    }
}

/// Tells the user why a request failed.
pub fn fail(editor: Editor, failure: &Failure) {
    match failure {
        Failure::LoginNeeded => editor.needs_login.set(true),
        failure => {
            editor.notify(&failure.text(), true);
        }
    }
}
