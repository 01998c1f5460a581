//! The flow tests of these flows, and how they stand.

use std::sync::Arc;

use leptos::prelude::*;
use model::api::FlowTests;
use model::document::Document;
use model::json::Json;

use super::Editor;
use crate::store::flow_tests::{Standing, Standings};

/// Signals of it. Handles only.
#[derive(Clone, Copy)]
pub struct Tested {
    /// As the server keeps them.
    pub list: RwSignal<Arc<FlowTests>>,
    /// How they stand against the flows as they are edited.
    pub standings: Memo<Arc<Standings>>,
    /// Counts how often the server told that they are others.
    pub news: RwSignal<u32>,
    /// Tests are running.
    pub is_running: RwSignal<bool>,
}

impl Tested {
    pub(super) fn new(document: Memo<Option<Arc<Document>>>) -> Self {
        let list = RwSignal::new(Arc::<FlowTests>::default());
        let standings = Memo::new(move |_| {
            let standings = list.with(|list| {
                // Most flows have none: then no edit makes work here.
                if list.tests.is_empty() {
                    return None;
                }
                document.with(|document| document.as_ref().map(|document| Standings::of(list, document)))
            });
            Arc::new(standings.unwrap_or_default())
        });
        Self { list, standings, news: RwSignal::new(0), is_running: RwSignal::new(false) }
    }
}

impl Editor {
    /// How the tests of a node stand; none where it has none.
    pub fn standing(self, id: &str) -> Option<Standing> {
        self.tested.standings.with(|standings| standings.nodes.get(id).copied())
    }

    /// The flows to test, where they are not those in force.
    pub fn flows_to_test(self) -> Option<Json> {
        self.workspace.with_untracked(|workspace| {
            let workspace = workspace.as_ref().filter(|workspace| workspace.is_changed())?;
            Some(crate::store::deploy::without_credentials(workspace.document()).to_json())
        })
    }
}
