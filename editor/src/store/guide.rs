//! The guided first flow: what its user did is seen in the flows and in what arrives, so that it can be done in any
//! way, and left at any time.

use model::document::{Document, Kind, Node};

use super::Id;
use super::node_types::NodeTypes;

/// The node that starts the first flow.
pub const START_TYPE: &str = "inject";
/// The node that shows what it receives.
pub const SHOW_TYPE: &str = "debug";

/// The step that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A node that starts a flow is wanted.
    Start,
    /// A node that shows what it receives, and a wire to it.
    Show {
        /// The node to draw the wire from.
        from: Id,
        /// The node to draw it to, where it is there already.
        to: Option<Id>,
    },
    /// Deploy, then press the button.
    Run {
        /// The node with the button.
        from: Id,
        /// What is there is deployed.
        is_deployed: bool,
    },
    /// A message arrived.
    Done,
}

impl Step {
    /// Which of the three it is, from 1; 4 when all is done.
    pub fn number(&self) -> usize {
        match self {
            Self::Start => 1,
            Self::Show { .. } => 2,
            Self::Run { .. } => 3,
            Self::Done => 4,
        }
    }
}

/// The next step. `has_arrived` tells whether a message of the node with this id was seen.
pub fn next_step(document: &Document, deployed: &Document, has_arrived: impl Fn(&str) -> bool) -> Step {
    let of_type = |type_name: &'static str| {
        document.nodes().iter().filter(move |node| node.type_name() == type_name && node.kind() == Kind::Node)
    };
    let wired = of_type(START_TYPE).find_map(|start| {
        let targets = start.wires().into_iter().flatten();
        let mut shown =
            targets.filter_map(|to| document.get(to)).filter(|node| node.type_name() == SHOW_TYPE);
        shown.next().map(|shown| (start, shown))
    });
    let Some((start, shown)) = wired else {
        return match of_type(START_TYPE).next() {
            None => Step::Start,
            Some(start) => {
                let on_the_tab = |node: &&Node| node.z() == start.z();
                let to = of_type(SHOW_TYPE).find(on_the_tab).map(|node| node.id().into());
                Step::Show { from: start.id().into(), to }
            }
        };
    };
    let is_deployed = [start, shown]
        .iter()
        .all(|node| deployed.get(node.id()).is_some_and(|there| there.wires() == node.wires()));
    if is_deployed && has_arrived(shown.id()) {
        return Step::Done;
    }
    Step::Run { from: start.id().into(), is_deployed }
}

/// Whether the workspace is empty: nothing but tabs without a node.
pub fn is_empty(document: &Document) -> bool {
    document.nodes().iter().all(|node| node.kind() == Kind::Tab)
}

/// Whether the server has what the guide needs.
pub fn is_possible(types: &NodeTypes) -> bool {
    types.get(START_TYPE).is_some() && types.get(SHOW_TYPE).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_seen_to_be_done() {
        let tab = r#"{"id":"t","type":"tab"}"#;
        let inject =
            |wires: &str| format!(r#",{{"id":"i","type":"inject","z":"t","x":1,"y":1,"wires":[[{wires}]]}}"#);
        let debug = r#",{"id":"d","type":"debug","z":"t","x":9,"y":1,"wires":[]}"#;
        let document = |more: &str| Document::parse(&format!("[{tab}{more}]")).unwrap();
        let (empty, wired) = (document(""), document(&(inject(r#""d""#) + debug)));
        let nothing = |_: &str| false;
        let step = |document: &Document| next_step(document, &empty, nothing);
        assert_eq!(step(&empty), Step::Start);
        assert_eq!(step(&document(debug)), Step::Start);
        assert_eq!(step(&document(&inject(""))), Step::Show { from: "i".into(), to: None });
        assert_eq!(
            step(&document(&(inject("") + debug))),
            Step::Show { from: "i".into(), to: Some("d".into()) }
        );
        assert_eq!(step(&wired), Step::Run { from: "i".into(), is_deployed: false });
        assert_eq!(next_step(&wired, &empty, |_| true), Step::Run { from: "i".into(), is_deployed: false });
        assert_eq!(next_step(&wired, &wired, nothing), Step::Run { from: "i".into(), is_deployed: true });
        assert_eq!(next_step(&wired, &wired, |id| id == "d"), Step::Done);
        assert!(is_empty(&empty) && is_empty(&Document::default()) && !is_empty(&wired));
    }
}
