//! Takes out of a merged document what fits neither side any more. What is wrong is found by the checks
//! themselves, so that the two cannot disagree.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ecow::EcoString;

use crate::check::Problem;
use crate::document::{Document, Kind, Node};
use crate::edit::{invariants, references};
use crate::json::Json;

/// Every round takes something out, and what that leaves behind is seen in the next; deep nests of subflows need
/// some.
const MOST_ROUNDS: usize = 100;

/// The document without what is wrong in it and was wrong on neither side; and what that was.
pub(super) fn repair(
    mut document: Document,
    base: &Document,
    mine: &Document,
    theirs: &Document,
) -> (Document, Vec<Problem>) {
    let known: HashSet<String> =
        [mine, theirs].into_iter().flat_map(invariants).map(|one| named(&one)).collect();
    let mut repaired = Vec::new();
    for _ in 0..MOST_ROUNDS {
        clear_ends(&mut document, [base, mine, theirs]);
        let mut problems = invariants(&document);
        problems.retain(|problem| !known.contains(&named(problem)));
        let Some(changed) = mend(&document, &problems, mine) else { break };
        document = changed;
        repaired.extend(problems);
    }
    (document, repaired)
}

fn named(problem: &Problem) -> String {
    format!("{:?} {}", problem.node, problem.text)
}

/// The ends of templates name nodes too, which no check looks at.
fn clear_ends(document: &mut Document, sides: [&Document; 3]) {
    let is_gone = |id: &str| document.get(id).is_none() && sides.iter().any(|side| side.get(id).is_some());
    let mut cleared = Vec::new();
    for (position, node) in
        document.nodes().iter().enumerate().filter(|(_, node)| node.kind() == Kind::Subflow)
    {
        if references::names(node, &is_gone) {
            let mut fields = node.fields().clone();
            let fate = |id: &str| if is_gone(id) { references::Fate::Drop } else { references::Fate::Keep };
            references::rewrite(&mut fields, Kind::Subflow, &fate);
            cleared.push((position, Node::new(Json::Object(fields))));
        }
    }
    for (position, node) in cleared {
        document.nodes_mut()[position] = node;
    }
}

/// What to do to one entry.
#[derive(Default)]
struct Mend {
    is_removed: bool,
    leaves_group: bool,
    /// Wires to take out, by output and place.
    wires: BTreeSet<(usize, usize)>,
    /// Outputs whose wires all go.
    outputs: BTreeSet<usize>,
    /// Items of a list property to take out.
    items: BTreeSet<(&'static str, EcoString)>,
    /// Members that a group gets.
    members: BTreeSet<EcoString>,
}

/// The document with every problem mended; none where there is nothing to mend.
fn mend(document: &Document, problems: &[Problem], mine: &Document) -> Option<Document> {
    let mut mends: BTreeMap<usize, Mend> = BTreeMap::new();
    let mut endless = Vec::new();
    for problem in problems {
        let Some(position) = problem.node.as_deref().and_then(|id| document.position(id)) else { continue };
        let node = &document.nodes()[position];
        let argument = |name: &str| problem.text.args.get(name).cloned().unwrap_or_default();
        let mut item = |key, value: EcoString| {
            mends.entry(position).or_default().items.insert((key, value));
        };
        match problem.text.key.as_ref() {
            "check.no-such-member" | "invariant.group" => item("nodes", argument("member")),
            "check.link-nothing" => item("links", argument("target")),
            "check.scope-nothing" => item("scope", argument("target")),
            "check.no-such-tab" | "check.missing-subflow" => {
                mends.entry(position).or_default().is_removed = true
            }
            "check.subflow-recursion" => endless.push(position),
            "check.no-such-group" => mends.entry(position).or_default().leaves_group = true,
            "invariant.member" => {
                let group = document.position(&argument("group"));
                let fits = |group: &usize| {
                    let group = &document.nodes()[*group];
                    group.z() == node.z() && group.field("nodes").and_then(Json::as_array).is_some()
                };
                match group.filter(fits) {
                    Some(group) => {
                        mends.entry(group).or_default().members.insert(node.id().into());
                    }
                    None => mends.entry(position).or_default().leaves_group = true,
                }
            }
            "check.dangling-wire" | "check.no-input" | "check.other-tab" | "check.no-such-output" => {
                let mend = mends.entry(position).or_default();
                match *indices(&problem.path) {
                    [output] => {
                        mend.outputs.insert(output);
                    }
                    [output, place] => {
                        mend.wires.insert((output, place));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    // Of the uses that make a subflow contain itself, those that I did not have.
    let is_theirs =
        |position: &&usize| mine.get(document.nodes()[**position].id()) != document.nodes().get(**position);
    let theirs: Vec<usize> = endless.iter().filter(is_theirs).copied().collect();
    for position in if theirs.is_empty() { endless } else { theirs } {
        mends.entry(position).or_default().is_removed = true;
    }
    if mends.is_empty() {
        return None;
    }
    let nodes =
        document.nodes().iter().enumerate().filter_map(|(position, node)| match mends.get(&position) {
            Some(mend) => mend.apply(node),
            None => Some(node.clone()),
        });
    let mended = Document::from_nodes(nodes.collect());
    (mended != *document).then_some(mended)
}

impl Mend {
    fn apply(&self, node: &Node) -> Option<Node> {
        if self.is_removed {
            return None;
        }
        let mut fields = node.fields().clone();
        if self.leaves_group {
            fields.remove("g");
        }
        if let Some(ports) = fields.get_mut("wires").and_then(Json::as_array_mut) {
            for (output, place) in self.wires.iter().rev() {
                if let Some(targets) = ports.get_mut(*output).and_then(Json::as_array_mut)
                    && *place < targets.len()
                {
                    targets.remove(*place);
                }
            }
            for output in &self.outputs {
                if let Some(targets) = ports.get_mut(*output).and_then(Json::as_array_mut) {
                    targets.clear();
                }
            }
        }
        for (key, item) in &self.items {
            if let Some(list) = fields.get_mut(key).and_then(Json::as_array_mut) {
                list.retain(|other| other.as_str() != Some(item));
            }
        }
        if let Some(members) = fields.get_mut("nodes").and_then(Json::as_array_mut) {
            members.extend(self.members.iter().map(|member| Json::from(member.clone())));
        }
        Some(Node::new(Json::Object(fields)))
    }
}

/// The numbers in a path such as `wires[0][2]`.
fn indices(path: &str) -> Vec<usize> {
    path.split(['[', ']']).filter_map(|piece| piece.parse().ok()).collect()
}
