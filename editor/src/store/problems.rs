//! What is wrong with the flows: as the server said of what is deployed, and as the same checks say of what was
//! edited since.

mod started;

use std::collections::{BTreeMap, HashSet};

use model::check::{self, Severity};
use model::diff::Changes;
use model::document::Document;

pub use started::Started;

use super::node_types::NodeTypes;
use crate::texts;

/// The problems, by node; under "" those of entries without an id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(BTreeMap<String, Vec<Problem>>);

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The place in the node, such as `rules[2].v`; empty for the node as a whole.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
    /// How bad it is.
    pub severity: Severity,
}

impl Problems {
    /// What the checks find in a document.
    pub fn found(document: &Document, types: &NodeTypes) -> Self {
        let mut problems = Self::default();
        for problem in check::check(document, types) {
            let node = problem.node.as_deref().unwrap_or_default().to_owned();
            let message = texts::show(&problem.text);
            problems.add(node, Problem { path: problem.path.into(), message, severity: problem.severity });
        }
        problems
    }

    /// The problems of what is being edited: what the server said and still holds (`started`), and what was found
    /// now (`now`) but, in a node that is as deployed, not in the deployed flows (`deployed`), such as a config node
    /// that went. The server's word on a place comes before ours.
    pub fn merged(started: &Self, deployed: &Self, now: &Self, changes: &Changes) -> Self {
        let is_edited = |id: &str| {
            changes.added.contains(id) || changes.changed.contains(id) || changes.rewired.contains(id)
        };
        let mut merged = started.clone();
        for (node, problems) in &now.0 {
            let told: HashSet<String> = merged.of(node).iter().map(|problem| problem.path.clone()).collect();
            for problem in problems {
                let is_news = is_edited(node)
                    || problem.severity == Severity::Warning
                    || !deployed.of(node).contains(problem);
                if is_news && !told.contains(&problem.path) {
                    merged.add(node.clone(), problem.clone());
                }
            }
        }
        merged
    }

    /// The problems of a node.
    pub fn of(&self, id: &str) -> &[Problem] {
        self.0.get(id).map_or(&[], Vec::as_slice)
    }

    /// All problems of a node in words, one a line; none where it has none.
    pub fn words(&self, id: &str) -> Option<String> {
        let lines: Vec<String> = self.of(id).iter().map(Problem::words).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The worst of a node.
    pub fn severity(&self, id: &str) -> Option<Severity> {
        self.of(id).iter().map(|problem| problem.severity).max()
    }

    /// All of them with their nodes: errors first, then in document order.
    pub fn listed(&self, document: &Document) -> Vec<(String, Problem)> {
        let all = self
            .0
            .iter()
            .flat_map(|(node, problems)| problems.iter().map(move |one| (node.clone(), one.clone())));
        let mut listed: Vec<(String, Problem)> = all.collect();
        listed.sort_by_cached_key(|(node, problem)| {
            (problem.severity != Severity::Error, document.position(node).unwrap_or(usize::MAX))
        });
        listed
    }

    /// How many errors and how many warnings there are.
    pub fn counts(&self) -> (usize, usize) {
        let all = self.0.values().flatten();
        let errors = all.clone().filter(|problem| problem.severity == Severity::Error).count();
        (errors, all.count() - errors)
    }

    fn add(&mut self, node: String, problem: Problem) {
        let problems = self.0.entry(node).or_default();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

impl Problem {
    /// The place and what is wrong there.
    pub fn words(&self) -> String {
        match self.path.as_str() {
            "" => self.message.clone(),
            path => format!("{path}: {}", self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::diff::changed;
    use model::json::Json;

    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn the_servers_word_counts_until_a_node_is_edited() {
        let flows = |wires: &str, more: &str| {
            let text = format!(
                r#"[{{"id":"t","type":"tab"}},{{"id":"a","type":"inject","z":"t","x":1,"y":1,"wires":[[{wires}]]}},
                    {{"id":"b","type":"nowhere","z":"t","x":1,"y":1,"wires":[]}},
                    {{"id":"c","type":"json","z":"t","x":1,"y":1,"wires":[["d"]]}}{more}]"#
            );
            Document::parse(&text).unwrap()
        };
        let (types, node) = (sample(), r#",{"id":"d","type":"json","z":"t","x":1,"y":1,"wires":[]}"#);
        let (deployed, edited) = (flows("", node), flows(r#""gone""#, ""));
        let answer = r#"{"problems":[{"node":"b","path":"","message":"not installed"},{"node":"a","path":"p","message":"old"}]}"#;
        let started = Started::read(&Json::parse(answer).unwrap());
        let merged = |document: &Document| {
            let changes = changed(&deployed, document);
            let [before, now] = [&deployed, document].map(|document| Problems::found(document, &types));
            Problems::merged(&started.holding(&deployed, document, &changes), &before, &now, &changes)
        };
        let before = merged(&deployed);
        assert_eq!(
            (before.words("a").as_deref(), before.words("b").as_deref()),
            (Some("p: old"), Some("not installed"))
        );
        assert_eq!(before.counts(), (2, 0));
        let after = merged(&edited);
        // Never twice, though the checks find it too.
        assert_eq!(after.words("b").as_deref(), Some("not installed"));
        assert!(after.words("a").unwrap().starts_with("wires[0][0]: output 1"), "{:?}", after.words("a"));
        // Not edited, but what it is wired to went.
        assert!(after.words("c").is_some());
        let listed = after.listed(&edited);
        assert_eq!(listed.iter().map(|(node, _)| node.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
