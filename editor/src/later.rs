//! What is loaded after the canvas is shown: a second WebAssembly file, which `cargo xtask build` splits from the first.
//!
//! Everything that only [`Part`]s use goes into it by itself. It is fetched once the first flows are painted, and again
//! until it is there; outside the browser it is part of the program.

// The split's macro declares the function as foreign to both files, which the compiler holds for unchecked code.
#[allow(unsafe_code)]
mod made;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::net::browser;
use crate::state::{Connection, Dialog, Editor, Menu};
use crate::store::backoff;
use crate::texts::{say, text};

/// What is wanted of the second file.
pub enum Wanted {
    /// A view.
    View(Part),
    /// What the command of this name does.
    Act(Box<Editor>, &'static str),
}

/// What is loaded later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The list of all commands.
    Actions,
    /// Content of the panel of config nodes.
    Configs,
    /// Content of the panel of context data.
    Context,
    /// Content of the debug panel.
    Debug,
    /// An open dialog.
    Dialog(Dialog),
    /// Content of the event log.
    Events,
    /// Content of the panel of messages that nodes failed with.
    Failed,
    /// The steps of the guided first flow.
    Guide,
    /// The look page.
    Look,
    /// An open menu.
    Menu(Menu),
    /// The navigator.
    Navigator,
    /// Content of the node panel.
    Node,
    /// Content of the panel of all flows and nodes.
    Outline,
    /// The list of keyboard shortcuts.
    Shortcuts,
    /// What can be done with the subflow that is open.
    SubflowBar,
    /// Content of the panel of flow tests.
    Tests,
    /// What an empty workspace offers.
    Welcome,
    /// Content of the panel of a wire's messages.
    Wire,
}

impl Part {
    /// Whether it has a place of its own where the user sees that it is waited for.
    fn has_place(&self) -> bool {
        matches!(
            self,
            Self::Configs
                | Self::Context
                | Self::Debug
                | Self::Events
                | Self::Node
                | Self::Outline
                | Self::Look
                | Self::Wire
                | Self::Failed
                | Self::Tests
        )
    }
}

/// Whether it is there; in the context of every view.
#[derive(Clone, Copy)]
struct Arrival(RwSignal<bool>);

/// A part, as soon as it is there.
pub fn later(part: Part) -> AnyView {
    let Arrival(is_here) = expect_context();
    (move || match is_here.get() {
        true => at_once(made::make(Wanted::View(part.clone()))),
        false => part.has_place().then(|| view! { <p class="hint">{say("later.loading")}</p> }.into_any()),
    })
    .into_any()
}

/// Does what a command does, as soon as the second file is there.
pub fn act(editor: Editor, key: &'static str) {
    let mut doing = Box::pin(made::make(Wanted::Act(Box::new(editor), key)));
    match doing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => drop(done),
        Poll::Pending => spawn_local(async move {
            if doing.await.is_err() {
                editor.notify(&text("later.failed"), true);
            }
        }),
    }
}

/// Fetches the parts once the flows are painted, or it is known that there are none to paint yet. To be called once, by
/// the page; tells `editor`'s user when that fails.
pub fn fetch(editor: Option<Editor>) {
    let is_here = RwSignal::new(false);
    provide_context(Arrival(is_here));
    let answered = editor.map(answered);
    spawn_local(async move {
        if let Some(answered) = answered {
            // It is never refused.
            let _ = JsFuture::from(answered).await;
        }
        browser::painted().await;
        let (mut failures, mut told) = (0, None);
        while made::load().await.is_err() {
            failures += 1;
            told = editor.map(|editor| editor.notify(&text("later.failed"), true));
            browser::sleep(Duration::from_secs(backoff::wait_seconds(failures).into())).await;
        }
        if let Some((editor, told)) = editor.zip(told) {
            editor.dismiss(told);
        }
        is_here.set(true);
    });
}

/// Is fulfilled once the server has sent its flows, wants a log-in first, or does not answer.
fn answered(editor: Editor) -> Promise {
    Promise::new(&mut |resolve, _| {
        Effect::new(move || {
            let is_lost = matches!(editor.connection.get(), Connection::Lost { .. });
            if is_lost || editor.needs_login.get() || editor.workspace.with(Option::is_some) {
                // Told again it changes nothing.
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
    })
}

/// The outcome of what has nothing to wait for any more.
fn at_once<Failure>(making: impl Future<Output = Result<AnyView, Failure>>) -> Option<AnyView> {
    match pin!(making).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(made) => made.ok(),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_made_at_once() {
        assert!(at_once(async { Ok::<_, ()>(().into_any()) }).is_some());
        assert!(at_once(async { Err(()) }).is_none());
        assert!(at_once(std::future::pending::<Result<AnyView, ()>>()).is_none());
    }
}
