//! What the server said of the flows that it runs, and whether it still holds for the flows as they are edited.

use std::cell::RefCell;
use std::collections::HashMap;

use model::check::Severity;
use model::diff::Changes;
use model::document::{Document, Kind, Node};
use model::json::Json;

use super::{Problem, Problems};
use crate::store::Id;
use crate::store::uses::{Use, uses};

/// What makes the environment of the nodes inside: an entry that differs in one of these may mend them.
const SURROUNDING: [&str; 7] = ["type", "z", "g", "d", "disabled", "env", "credentials"];

/// What could not be started, as the server said. All of it are errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Started(Vec<Told>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    node: String,
    /// The subflow's use in which the node could not be started; a tab, or empty, where it is in none.
    flow: String,
    problem: Problem,
}

impl Started {
    /// Reads what `GET /flows/problems` answers: `{problems: [{node, flow, path, message}]}`.
    pub fn read(answer: &Json) -> Self {
        let list = answer.get("problems").and_then(Json::as_array).unwrap_or_default();
        let told = |problem: &Json| {
            let field = |key| problem.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
            let severity = Severity::Error;
            let said = Problem { path: field("path"), message: field("message"), severity };
            Told { node: field("node"), flow: field("flow"), problem: said }
        };
        Self(list.iter().map(told).collect())
    }

    /// All of it.
    pub fn problems(&self) -> Problems {
        self.kept(|_| true)
    }

    /// What still holds after `changes` that lead from `deployed` to `now`: nothing that the node is started from
    /// was edited. That is the node, the config nodes that it names, and what gives it its environment: groups,
    /// tab or subflow, and the use of the subflow that it was to run in with all that is around that.
    pub fn holding(&self, deployed: &Document, now: &Document, changes: &Changes) -> Problems {
        if changes.is_idle() {
            return self.problems();
        }
        let edits = Edits { deployed, now, changes, uses: RefCell::default() };
        self.kept(|told| !edits.reach(told))
    }

    fn kept(&self, holds: impl Fn(&Told) -> bool) -> Problems {
        let mut problems = Problems::default();
        for told in self.0.iter().filter(|told| holds(told)) {
            problems.add(told.node.clone(), told.problem.clone());
        }
        problems
    }
}

struct Edits<'a> {
    deployed: &'a Document,
    now: &'a Document,
    changes: &'a Changes,
    /// Where subflows are used in the deployed flows, by subflow.
    uses: RefCell<HashMap<&'a str, Vec<Use>>>,
}

impl<'a> Edits<'a> {
    /// Whether they reach what a node is started from.
    fn reach(&self, told: &Told) -> bool {
        let Some(node) = self.deployed.get(&told.node) else { return self.touch(&told.node) };
        self.touch(node.id())
            || self.names_edited(node)
            || self.surround(node)
            || self.instances(node, &told.flow).iter().any(|id| self.surround_use(id))
    }

    /// Whether an entry is not as deployed.
    fn touch(&self, id: &str) -> bool {
        let Changes { added, removed, changed, rewired, .. } = self.changes;
        [added, removed, changed, rewired].into_iter().any(|ids| ids.contains(id))
    }

    /// Whether an entry names another that was edited, as its own config node or in its environment.
    fn names_edited(&self, node: &Node) -> bool {
        let of_env = node.field("env").and_then(Json::as_array).unwrap_or_default();
        let of_env = of_env.iter().filter_map(|variable| variable.get("value")?.as_str());
        let own = node.fields().iter().filter(|(key, _)| !matches!(*key, "id" | "z" | "g"));
        own.filter_map(|(_, value)| value.as_str()).chain(of_env).any(|named| {
            let entry = self.now.get(named).or_else(|| self.deployed.get(named));
            entry.is_some_and(|entry| entry.kind() == Kind::Config) && self.touch(named)
        })
    }

    /// Whether the groups around an entry, or its tab or subflow, give another environment.
    fn surround(&self, node: &Node) -> bool {
        let group = |inner: &&'a Node| self.deployed.get(inner.g()?);
        let first = node.g().and_then(|id| self.deployed.get(id));
        // Groups of a broken file may stand in each other.
        let groups = std::iter::successors(first, |one| group(one)).take(self.deployed.len());
        let container = node.z().and_then(|id| self.deployed.get(id));
        groups.chain(container).any(|entry| self.gives_otherwise(entry))
    }

    /// Whether a use of a subflow, or what is around it, gives another environment.
    fn surround_use(&self, instance: &str) -> bool {
        self.deployed
            .get(instance)
            .is_none_or(|node| self.gives_otherwise(node) || self.names_edited(node) || self.surround(node))
    }

    fn gives_otherwise(&self, entry: &Node) -> bool {
        self.touch(entry.id())
            && self
                .now
                .get(entry.id())
                .is_none_or(|now| SURROUNDING.iter().any(|key| now.field(key) != entry.field(key)))
    }

    /// The instances around a node that was to run in `flow`.
    fn instances(&self, node: &Node, flow: &str) -> Vec<Id> {
        let container = node.z().and_then(|id| self.deployed.get(id));
        let Some(subflow) = container.filter(|entry| entry.kind() == Kind::Subflow) else {
            return Vec::new();
        };
        let mut known = self.uses.borrow_mut();
        let used = known.entry(subflow.id()).or_insert_with(|| uses(self.deployed, subflow.id()));
        used.iter().find(|one| &*one.running == flow).map(|one| one.path.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use model::diff::changed;

    use super::*;

    /// A subflow with a node that takes its broker from the use, used twice on a tab and once in another subflow.
    const FLOWS: &str = r#"[{"id":"t","type":"tab","label":"T"},{"id":"u","type":"tab"},
        {"id":"in","type":"subflow","name":"In","env":[{"name":"BROKER","type":"mqtt-broker","value":""}]},
        {"id":"out","type":"subflow","name":"Out"},{"id":"b","type":"mqtt-broker","port":1},
        {"id":"n","type":"mqtt in","z":"in","x":1,"y":1,"broker":"${BROKER}"},
        {"id":"other","type":"json","z":"in","x":1,"y":1,"property":"payload"},
        {"id":"nested","type":"subflow:in","z":"out","x":1,"y":1},
        {"id":"g","type":"group","z":"t","nodes":["one"],"x":1,"y":1,"w":9,"h":9},
        {"id":"one","type":"subflow:in","z":"t","g":"g","x":1,"y":1},
        {"id":"two","type":"subflow:in","z":"t","x":1,"y":1,"env":[{"name":"BROKER","type":"mqtt-broker","value":"b"}]},
        {"id":"deep","type":"subflow:out","z":"u","x":1,"y":1},
        {"id":"alone","type":"mqtt in","z":"u","x":1,"y":1,"broker":"b"}]"#;

    /// Which of what was told of the node `n` in these flows, and of `alone`, still holds once `from` stands where
    /// `to` stood.
    #[track_caller]
    fn check(from: &str, to: &str, holding: &[&str]) {
        let deployed = Document::parse(FLOWS).unwrap();
        assert!(from.is_empty() || FLOWS.matches(from).count() == 1, "{from}");
        let now = if from.is_empty() { FLOWS.to_owned() } else { FLOWS.replace(from, to) };
        let now = Document::parse(&now).unwrap();
        let told = [("n", "one"), ("n", "two"), ("n", "deep-nested"), ("alone", "u")];
        let told = told.map(|(node, flow)| {
            format!(r#"{{"node":"{node}","flow":"{flow}","path":"broker","message":"{flow}"}}"#)
        });
        let answer = format!(r#"{{"problems":[{}]}}"#, told.join(","));
        let started = Started::read(&Json::parse(&answer).unwrap());
        let found = started.holding(&deployed, &now, &changed(&deployed, &now));
        let of = |node| found.of(node).iter().map(|one| one.message.clone()).collect::<Vec<_>>();
        assert_eq!([of("n"), of("alone")].concat(), holding, "{from} -> {to}");
    }

    #[test]
    fn a_problem_holds_until_what_the_node_is_started_from_is_edited() {
        let all = ["one", "two", "deep-nested", "u"];
        check("", "", &all);
        // The use that it was told of, and no other.
        let chosen = r#""z":"t","g":"g","x":1,"y":1,"env":[{"name":"BROKER","value":"b"}]}"#;
        check(r#""z":"t","g":"g","x":1,"y":1}"#, chosen, &["two", "deep-nested", "u"]);
        check(
            r#"{"id":"one","type":"subflow:in","z":"t","g":"g","x":1,"y":1},"#,
            "",
            &["two", "deep-nested", "u"],
        );
        check(
            r#""nested","type":"subflow:in""#,
            r#""nested","type":"subflow:in","d":true"#,
            &["one", "two", "u"],
        );
        check(
            r#""type":"subflow:out","z":"u""#,
            r#""type":"subflow:out","env":[1],"z":"u""#,
            &["one", "two", "u"],
        );
        // What is around a use: its group, its tab.
        check(r#""nodes":["one"]"#, r#""env":[1],"nodes":["one"]"#, &["two", "deep-nested", "u"]);
        check(r#""label":"T""#, r#""env":[1]"#, &["deep-nested", "u"]);
        // The subflow itself, and the node.
        check(r#""name":"In","env""#, r#""name":"In","was""#, &["u"]);
        check(r#""${BROKER}""#, r#""b""#, &["u"]);
        // A config node that is named, by the node or by the use.
        check(r#""port":1"#, r#""port":2"#, &["one", "deep-nested"]);
        // What gives nobody anything: names, places, other nodes of the subflow.
        check(r#""name":"In","#, r#""name":"Inner","#, &all);
        check(r#""label":"T""#, r#""label":"Other""#, &all);
        check(r#""id":"two","#, r#""id":"two","name":"Two","#, &all);
        check(r#""property":"payload""#, r#""property":"topic""#, &all);
    }

    #[test]
    fn what_is_told_of_two_uses_is_shown_once() {
        let answer = r#"{"problems":[{"node":"n","flow":"a","path":"p","message":"no"},
            {"node":"n","flow":"b","path":"p","message":"no"},{"node":null,"path":"[3]","message":"no id"}]}"#;
        let told = Started::read(&Json::parse(answer).unwrap()).problems();
        assert_eq!((told.of("n").len(), told.of("").len(), told.counts()), (1, 1, (2, 0)));
        assert_eq!(Started::read(&Json::Null), Started::default());
    }
}
