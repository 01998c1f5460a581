//! What of the running flows is followed: figures over the flow, and the messages of one wire.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use leptos::prelude::*;
use model::api::held_topic;

use super::{Connection, Editor};
use crate::store::Id;
use crate::store::event_log::EventLog;
use crate::store::live::{
    Figures, Held, Known, Log, MOST_SEEN, Outlet, Overlay, Seen, Shape, add_shape, topics,
};
use crate::store::reads::{ENOUGH, Unseen};
use crate::store::trace::Trace;

/// Signals of it. Handles only.
#[derive(Clone, Copy)]
pub struct Live {
    /// What is drawn over the flow.
    pub overlay: RwSignal<Overlay>,
    /// On a subflow's own tab: the tab, and the running use whose figures are shown in place of those of all.
    pub one_use: RwSignal<Option<(Id, Id)>>,
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
    /// The message that is followed through the flow.
    pub trace: RwSignal<Option<Trace>>,
    /// Nodes whose messages are held, and what is.
    pub held: RwSignal<BTreeMap<Id, Held>>,
    /// Those of them that are held for this page; whether a step set the breakpoint, so that it goes with the message.
    pub breakpoints: RwSignal<BTreeMap<Id, bool>>,
    figures: StoredValue<HashMap<Id, ArcRwSignal<Figures>>>,
    /// What was seen on outputs since the page was opened: completes property paths.
    known: StoredValue<HashMap<Outlet, Known>>,
    /// Counts how often that changed in a way that matters for `unseen`.
    pub news: RwSignal<u32>,
    /// Outputs that lead to the node whose form is shown, as long as it is to be found out what comes from there.
    pub asked: RwSignal<BTreeSet<Outlet>>,
    /// What nodes of the open flow read and never came. What finds it is loaded later, so it is no memo.
    pub unseen: RwSignal<Arc<BTreeMap<Id, Vec<Unseen>>>>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            overlay: RwSignal::new(Overlay::Nothing),
            one_use: RwSignal::new(None),
            panel: RwSignal::new(""),
            failed: RwSignal::new(0),
            events: RwSignal::new(EventLog::default()),
            watched: RwSignal::new(None),
            log: RwSignal::new(Log::default()),
            is_held: RwSignal::new(false),
            trace: RwSignal::new(None),
            held: RwSignal::new(BTreeMap::new()),
            breakpoints: RwSignal::new(BTreeMap::new()),
            figures: StoredValue::new(HashMap::new()),
            known: StoredValue::new(HashMap::new()),
            news: RwSignal::new(0),
            asked: RwSignal::new(BTreeSet::new()),
            unseen: RwSignal::new(Arc::default()),
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

    /// The use of the open subflow whose figures are shown; none for all of them together.
    pub fn shown_use(self) -> Option<Id> {
        let tab = self.open_tab.get()?;
        self.live.one_use.get().filter(|(of, _)| *of == tab).map(|(_, running)| running)
    }

    /// Shows figures of a flow that arrived. Those of a use of a subflow are those of the nodes in its template.
    pub fn show_figures(self, flow: &str, figures: Vec<(Id, Figures)>) {
        let shown_use = untrack(|| self.shown_use()).filter(|shown| shown.as_ref() == flow);
        for (id, figures) in figures {
            let inner =
                shown_use.as_ref().and_then(|shown| id.strip_prefix(shown.as_ref())?.strip_prefix('-'));
            let id = inner.map_or(id.clone(), Id::from);
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
        let is_asked = self.live.asked.with_untracked(|asked| asked.contains(outlet));
        let is_shown = is_watched && !self.live.is_held.get_untracked();
        if is_asked || is_shown {
            self.learn(outlet, &seen);
        }
        if !is_shown {
            return;
        }
        self.live.log.update(|log| log.extend(seen, skipped));
    }

    /// Shows what is held at a node; none where nothing is held there any more.
    pub fn show_held(self, id: Id, held: Option<Held>) {
        match held {
            Some(now) => self.live.held.update(|held| drop(held.insert(id, now))),
            None => {
                self.live.breakpoints.maybe_update(|own| own.remove(&id).is_some());
                self.live.held.update(|held| drop(held.remove(&id)));
            }
        }
    }

    /// How many messages are held at a node.
    pub fn held_at(self, id: &Id) -> usize {
        self.live.held.with(|held| held.get(id).map_or(0, |held| held.messages.len()))
    }

    /// Nothing is held any more as far as is known: nobody tells of it.
    pub fn clear_held(self) {
        self.live.breakpoints.update(BTreeMap::clear);
        self.live.held.update(BTreeMap::clear);
    }

    /// Takes note of what was in messages.
    fn learn(self, outlet: &Outlet, seen: &[Seen]) {
        let mut is_news = false;
        self.live.known.update_value(|known| {
            let known = known.entry(outlet.clone()).or_default();
            let (paths, count) = (known.recent.len(), known.count);
            seen.iter().for_each(|seen| add_shape(&mut known.shape, &seen.message));
            if std::mem::take(&mut known.is_settling) {
                return;
            }
            seen.iter().for_each(|seen| add_shape(&mut known.recent, &seen.message));
            known.count += seen.len();
            is_news = known.recent.len() > paths || count < MOST_SEEN;
        });
        if is_news {
            self.live.news.update(|news| *news = news.wrapping_add(1));
        }
    }

    /// What runs is other than it was: what never came so far may come now.
    pub fn count_anew(self) {
        self.live.known.update_value(|known| {
            for known in known.values_mut() {
                *known =
                    Known { shape: std::mem::take(&mut known.shape), is_settling: true, ..Known::default() };
            }
        });
        self.live.news.update(|news| *news = news.wrapping_add(1));
    }

    /// Whether enough messages of an output are known to say what never comes.
    pub fn knows(self, outlet: &Outlet) -> bool {
        self.live.known.with_value(|known| known.get(outlet).is_some_and(|known| known.count >= ENOUGH))
    }

    /// Whether that is so of any output.
    pub fn knows_any(self) -> bool {
        self.live.known.with_value(|known| known.values().any(|known| known.count >= ENOUGH))
    }

    /// What is known of the messages of an output.
    pub fn known(self, outlet: &Outlet) -> Known {
        self.live.known.with_value(|known| known.get(outlet).cloned().unwrap_or_default())
    }

    /// Watches another output, or none.
    pub fn watch(self, outlet: Option<Outlet>) {
        if self.live.watched.with_untracked(|watched| *watched != outlet) {
            self.live.log.set(Log::default());
            self.live.is_held.set(false);
            self.live.trace.set(None);
            self.live.watched.set(outlet);
        }
    }

    /// What was seen on an output so far.
    pub fn shape(self, outlet: &Outlet) -> Shape {
        self.known(outlet).shape
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
        let tab = self.shown_use().or_else(|| self.open_tab.get());
        let watched: Vec<Outlet> = match self.live.panel.get() {
            "wire" => self.live.watched.get().into_iter().collect(),
            "node" => self.live.asked.get().into_iter().collect(),
            _ => Vec::new(),
        };
        let mut topics = topics(self.live.overlay.get(), tab.as_deref(), &watched);
        self.live.breakpoints.with(|own| topics.extend(own.keys().map(|id| held_topic(id).into())));
        topics
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

        // A breakpoint stays while it is subscribed to.
        let held = Held { messages: vec![seen(0)], crowded_out: 0 };
        editor.live.breakpoints.update(|own| own.extend([("a".into(), false)]));
        editor.show_held("a".into(), Some(held));
        assert!(editor.live_topics().contains("held/a") && editor.held_at(&"a".into()) == 1);
        editor.show_held("a".into(), None);
        assert!(!editor.live_topics().contains("held/a") && editor.held_at(&"a".into()) == 0);

        let figures = editor.figures(&"a".into());
        editor.show_figures("t", vec![("a".into(), Figures { waiting: 2, ..Figures::default() })]);
        assert_eq!(figures.get_untracked().waiting, 2);
        editor.clear_figures();
        assert_eq!(figures.get_untracked(), Figures::default());
    }
}
