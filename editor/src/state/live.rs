//! What of the running flows is followed: figures over the flow, and the messages of one wire.

use std::collections::{BTreeSet, HashMap};

use leptos::prelude::*;

use super::{Connection, Editor};
use crate::store::Id;
use crate::store::event_log::EventLog;
use crate::store::live::{Figures, Log, Outlet, Overlay, Seen, Shape, add_shape, topics};

/// Signals of it. Handles only.
#[derive(Clone, Copy)]
pub struct Live {
    /// What is drawn over the flow.
    pub overlay: RwSignal<Overlay>,
    /// The panel that is shown: what only it shows is asked for only then.
    pub panel: RwSignal<&'static str>,
    /// How many messages there are that nodes failed with.
    pub failed: RwSignal<usize>,
    /// What happened to the flows as a whole.
    pub events: RwSignal<EventLog>,
    /// The output whose messages are shown.
    pub watched: RwSignal<Option<Outlet>>,
    /// What was seen of them.
    pub log: RwSignal<Log>,
    /// The messages stay as they are: a clip to look at and to send again.
    pub is_held: RwSignal<bool>,
    figures: StoredValue<HashMap<Id, ArcRwSignal<Figures>>>,
    /// What was seen on outputs since the page was opened: completes property paths.
    shapes: StoredValue<HashMap<Outlet, Shape>>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            overlay: RwSignal::new(Overlay::Nothing),
            panel: RwSignal::new(""),
            failed: RwSignal::new(0),
            events: RwSignal::new(EventLog::default()),
            watched: RwSignal::new(None),
            log: RwSignal::new(Log::default()),
            is_held: RwSignal::new(false),
            figures: StoredValue::new(HashMap::new()),
            shapes: StoredValue::new(HashMap::new()),
        }
    }
}

impl Editor {
    /// A node's figures, now and later.
    pub fn figures(self, id: &Id) -> ArcRwSignal<Figures> {
        let known = self.live.figures.with_value(|figures| figures.get(id).cloned());
        known.unwrap_or_else(|| {
            let signal = ArcRwSignal::new(Figures::default());
            self.live.figures.update_value(|figures| {
                figures.insert(id.clone(), signal.clone());
            });
            signal
        })
    }

    /// Shows figures that arrived.
    pub fn show_figures(self, figures: Vec<(Id, Figures)>) {
        for (id, figures) in figures {
            let signal = self.figures(&id);
            if signal.with_untracked(|shown| *shown != figures) {
                signal.set(figures);
            }
        }
    }

    /// Forgets all figures: nobody tells of them any more.
    pub fn clear_figures(self) {
        let known: Vec<_> = self.live.figures.with_value(|figures| figures.values().cloned().collect());
        for signal in known {
            signal.set(Figures::default());
        }
    }

    /// Shows messages that were seen on an output, where it is the one that is watched.
    pub fn show_seen(self, outlet: &Outlet, seen: Vec<Seen>, skipped: u64) {
        let is_watched = self.live.watched.with_untracked(|watched| watched.as_ref() == Some(outlet));
        if !is_watched || self.live.is_held.get_untracked() {
            return;
        }
        self.live.shapes.update_value(|shapes| {
            let shape = shapes.entry(outlet.clone()).or_default();
            seen.iter().for_each(|seen| add_shape(shape, &seen.message));
        });
        self.live.log.update(|log| log.extend(seen, skipped));
    }

    /// Watches another output, or none.
    pub fn watch(self, outlet: Option<Outlet>) {
        if self.live.watched.with_untracked(|watched| *watched != outlet) {
            self.live.log.set(Log::default());
            self.live.is_held.set(false);
            self.live.watched.set(outlet);
        }
    }

    /// What was seen on an output so far.
    pub fn shape(self, outlet: &Outlet) -> Shape {
        self.live.shapes.with_value(|shapes| shapes.get(outlet).cloned().unwrap_or_default())
    }

    /// Property paths that were seen on wires which lead to a node.
    pub fn paths_into(self, node: &str) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        self.drawing.with_untracked(|drawing| {
            for wire in drawing.wires.iter().filter(|wire| wire.to.as_ref() == node) {
                let outlet = Outlet { node: wire.from.clone(), port: wire.port };
                paths.extend(self.shape(&outlet).into_keys());
            }
        });
        paths
    }

    /// The topics of `/comms` that what is shown needs; none without a connection.
    pub fn live_topics(self) -> BTreeSet<String> {
        if self.connection.get() != Connection::Live {
            return BTreeSet::new();
        }
        let tab = self.open_tab.get();
        let watched = (self.live.panel.get() == "wire").then(|| self.live.watched.get()).flatten();
        topics(self.live.overlay.get(), tab.as_deref(), watched.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_shown_is_asked_for() {
        let owner = Owner::new();
        owner.set();
        let editor = Editor::new();
        let outlet = Outlet { node: "a".into(), port: 0 };
        editor.watch(Some(outlet.clone()));
        assert!(editor.live_topics().is_empty());
        editor.connection.set(Connection::Live);
        assert!(editor.live_topics().is_empty());
        editor.live.panel.set("wire");
        assert_eq!(editor.live_topics(), BTreeSet::from(["peek/a/0".to_owned()]));

        let seen = |number| Seen {
            source: "a".into(),
            number,
            timestamp: 0.0,
            message: model::json::Json::parse(r#"{"payload":1}"#).unwrap(),
            is_cut: false,
        };
        editor.show_seen(&outlet, vec![seen(0)], 0);
        editor.show_seen(&Outlet { node: "b".into(), port: 0 }, vec![seen(1)], 0);
        editor.live.is_held.set(true);
        editor.show_seen(&outlet, vec![seen(2)], 0);
        assert_eq!(editor.live.log.with_untracked(|log| log.messages().len()), 1);
        assert_eq!(editor.shape(&outlet).into_keys().collect::<Vec<_>>(), ["payload"]);
        editor.watch(None);
        assert_eq!(editor.live.log.with_untracked(|log| log.messages().len()), 0);

        let figures = editor.figures(&"a".into());
        editor.show_figures(vec![("a".into(), Figures { waiting: 2, ..Figures::default() })]);
        assert_eq!(figures.get_untracked().waiting, 2);
        editor.clear_figures();
        assert_eq!(figures.get_untracked(), Figures::default());
    }
}
