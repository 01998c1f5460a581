//! What is typed to find something: words, and filters such as `is:unused` or `type:inject`.

use std::collections::BTreeSet;

use model::document::{Document, Kind, Node};

use crate::store::Id;
use crate::store::deploy::Dirty;
use crate::store::node_types::NodeTypes;
use crate::store::problems::Problems;

/// The words and the filters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What is no filter.
    pub words: String,
    filters: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Filter {
    /// Of a type that begins so.
    Type(String),
    /// On a flow with this id or name; on the open one.
    Flow(String),
    /// Names this id.
    Uses(String),
    /// In a state.
    Is(State),
    /// In a state that there is none of.
    Nothing,
}

/// What something can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A config node.
    Config,
    /// A subflow, or a use of one.
    Subflow,
    /// A config node or subflow that nobody uses.
    Unused,
    /// It has an error.
    Invalid,
    /// Its type is not installed.
    Unknown,
    /// It, or its flow, is switched off.
    Disabled,
    /// It is not deployed as it is.
    Changed,
    /// It is on a flow that is not in the bar.
    Hidden,
}

/// The states by the names that are typed after `is:`.
pub const STATES: [(&str, State); 8] = [
    ("changed", State::Changed),
    ("config", State::Config),
    ("disabled", State::Disabled),
    ("hidden", State::Hidden),
    ("invalid", State::Invalid),
    ("subflow", State::Subflow),
    ("unknown", State::Unknown),
    ("unused", State::Unused),
];

/// What a query looks at.
pub struct Facts<'a> {
    /// The document.
    pub document: &'a Document,
    /// The node types.
    pub types: &'a NodeTypes,
    /// What is wrong.
    pub problems: &'a Problems,
    /// What is not deployed.
    pub dirty: &'a Dirty,
    /// Flows that are not in the bar.
    pub hidden: &'a BTreeSet<Id>,
    /// The flow that is open.
    pub open: Option<&'a str>,
    /// Config nodes and subflows that something names.
    used: BTreeSet<String>,
}

impl Query {
    /// Reads what was typed. A value with blanks stands in quotes: `flow:"Living room"`.
    pub fn parse(typed: &str) -> Self {
        let mut query = Self::default();
        for piece in pieces(typed) {
            let (name, value) = match piece.split_once(':') {
                Some((name, value)) if !value.is_empty() => {
                    (name.to_lowercase(), value.trim_matches('"').to_lowercase())
                }
                _ => (String::new(), String::new()),
            };
            match name.as_str() {
                "type" => query.filters.push(Filter::Type(value)),
                "flow" => query.filters.push(Filter::Flow(value)),
                "uses" => query.filters.push(Filter::Uses(value)),
                "is" => {
                    let state = STATES.iter().find(|(name, _)| *name == value);
                    query.filters.push(state.map_or(Filter::Nothing, |(_, state)| Filter::Is(*state)));
                }
                _ => {
                    if !query.words.is_empty() {
                        query.words.push(' ');
                    }
                    query.words.push_str(&piece);
                }
            }
        }
        query
    }

    /// Whether there are filters.
    pub fn is_filtered(&self) -> bool {
        !self.filters.is_empty()
    }

    /// Whether something passes all filters.
    pub fn fits(&self, node: &Node, facts: &Facts<'_>) -> bool {
        self.filters.iter().all(|filter| match filter {
            Filter::Type(name) => node.type_name().to_lowercase().starts_with(name),
            Filter::Flow(name) => {
                let flow = node.z().and_then(|z| facts.document.get(z));
                flow.is_some_and(|flow| {
                    let is_open =
                        matches!(name.as_str(), "current" | "open") && facts.open == Some(flow.id());
                    is_open || flow.id() == name || flow.name().to_lowercase() == *name
                })
            }
            Filter::Uses(id) => {
                node.id() != id && node.json().to_js_string().to_lowercase().contains(&format!("\"{id}\""))
            }
            Filter::Is(state) => facts.is(node, *state),
            Filter::Nothing => false,
        })
    }
}

impl<'a> Facts<'a> {
    /// Looks at a document.
    pub fn new(
        document: &'a Document,
        types: &'a NodeTypes,
        (problems, dirty): (&'a Problems, &'a Dirty),
        hidden: &'a BTreeSet<Id>,
        open: Option<&'a str>,
    ) -> Self {
        let configs = crate::store::outline::configs(document, types);
        let named = configs.into_iter().filter(|one| one.users > 0).map(|one| one.id.to_string());
        let subflows = document.nodes().iter().filter_map(Node::subflow_id).map(str::to_owned);
        let used = named.chain(subflows).collect();
        Self { document, types, problems, dirty, hidden, open, used }
    }

    fn is(&self, node: &Node, state: State) -> bool {
        let flow = node.z().and_then(|z| self.document.get(z));
        match state {
            State::Config => node.is_config(),
            State::Subflow => matches!(node.kind(), Kind::Subflow | Kind::SubflowInstance),
            State::Unused => {
                matches!(node.kind(), Kind::Config | Kind::Subflow) && !self.used.contains(node.id())
            }
            State::Invalid => !self.problems.of(node.id()).is_empty(),
            State::Unknown => {
                matches!(node.kind(), Kind::Node | Kind::Config) && self.types.get(node.type_name()).is_none()
            }
            State::Disabled => node.is_disabled() || flow.is_some_and(Node::is_disabled),
            State::Changed => self.dirty.holds(node.id()),
            State::Hidden => {
                let container =
                    if matches!(node.kind(), Kind::Tab | Kind::Subflow) { Some(node) } else { flow };
                container.is_some_and(|container| self.hidden.contains(container.id()))
            }
        }
    }
}

/// What was typed, parted at blanks outside quotes.
fn pieces(typed: &str) -> Vec<String> {
    let (mut pieces, mut is_quoted) = (vec![String::new()], false);
    for letter in typed.chars() {
        is_quoted ^= letter == '"';
        match pieces.last_mut() {
            Some(last) if !letter.is_whitespace() || is_quoted => last.push(letter),
            _ => pieces.push(String::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn words_and_filters_are_told_apart() {
        let query = Query::parse("  car  is:unused type:MQTT http://x flow:\"Living room\" is: ");
        // What only looks like a filter is a word.
        assert_eq!(query.words, "car http://x is:");
        assert_eq!(
            query.filters,
            [Filter::Is(State::Unused), Filter::Type("mqtt".into()), Filter::Flow("living room".into())]
        );
        assert_eq!(Query::parse("is:blue").filters, [Filter::Nothing]);
        assert!(!Query::parse("").is_filtered());
    }

    #[test]
    fn filters_find_what_is_so() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab","label":"One","disabled":true},{"id":"u","type":"tab","label":"Two"},
                {"id":"a","type":"inject","z":"t","x":1,"y":1,"broker":"k"},{"id":"b","type":"debug","z":"u","x":1,"y":1,"d":true},
                {"id":"x","type":"odd","z":"u","x":1,"y":1},{"id":"k","type":"mqtt-broker"},{"id":"l","type":"mqtt-broker"},
                {"id":"s","type":"subflow"}]"#,
        )
        .unwrap();
        let (types, problems, dirty) = (sample(), Problems::default(), Dirty::default());
        let hidden = BTreeSet::from([Id::from("u")]);
        let facts = Facts::new(&document, &types, (&problems, &dirty), &hidden, Some("t"));
        let found = |typed: &str| {
            let query = Query::parse(typed);
            let found = document.nodes().iter().filter(|node| query.fits(node, &facts));
            found.map(|node| node.id().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("is:disabled"), ["t", "a", "b"]);
        assert_eq!(found("is:unused"), ["l", "s"]);
        assert_eq!(found("is:unknown"), ["x"]);
        assert_eq!(found("is:hidden"), ["u", "b", "x"]);
        assert_eq!(found("is:config uses:q"), Vec::<String>::new());
        assert_eq!(found("uses:k"), ["a"]);
        assert_eq!(found("flow:two type:de"), ["b"]);
        assert_eq!(found("flow:current"), ["a"]);
        assert!(found("is:blue").is_empty());
    }
}
