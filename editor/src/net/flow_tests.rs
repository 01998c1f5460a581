//! Keeps the list of flow tests as the server has it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::FlowTests;

use super::api::{self, Failure};
use super::session;
use crate::state::{Connection, Editor};

/// Asks for the tests whenever the server says that they are others. To be called once, by the app.
pub fn follow(editor: Editor) {
    Effect::new(move || {
        editor.tested.news.track();
        if editor.connection.get() == Connection::Live {
            spawn_local(async move {
                // The connection itself notices what else can go wrong; who may not see tests has none.
                if let Ok(list) = api::flow_tests(editor).await {
                    show(editor, list);
                }
            });
        }
    });
}

/// Shows tests as the server answered, or why it did not.
pub fn shown(editor: Editor, answer: Result<FlowTests, Failure>) -> bool {
    match answer {
        Ok(list) => {
            show(editor, list);
            true
        }
        Err(failure) => {
            session::fail(editor, &failure);
            false
        }
    }
}

fn show(editor: Editor, list: FlowTests) {
    if editor.tested.list.with_untracked(|shown| **shown != list) {
        editor.tested.list.set(list.into());
    }
}

/// Runs tests, those of these names or all, one request at a time.
pub fn run(editor: Editor, names: Option<Vec<String>>) {
    if editor.tested.is_running.get_untracked() {
        return;
    }
    editor.tested.is_running.set(true);
    spawn_local(async move {
        shown(editor, api::run_flow_tests(editor, names.as_deref()).await);
        editor.tested.is_running.set(false);
    });
}
