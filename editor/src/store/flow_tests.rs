//! Flow tests: how they stand against the flows as they are edited.

use std::collections::BTreeMap;

use model::api::{FlowTest, FlowTests};
use model::document::Document;
use model::excerpt::Excerpt;
use model::json::Json;
use model::text::Text;

use super::Id;

/// How a test stands; the later ones count more where a node has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It passed with what is there now.
    Passed,
    /// It did not run, or what it is about changed since.
    Stale,
    /// It failed with what is there now.
    Failed,
}

impl Standing {
    /// Its name in the page and the end of its text's key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }

    /// How a test stands against these flows.
    pub fn of(test: &FlowTest, document: &Document) -> Self {
        let Some(result) = &test.result else { return Self::Stale };
        let excerpt = Excerpt::of(document, test.nodes.iter().map(AsRef::as_ref));
        let now = excerpt.map(|excerpt| excerpt.fingerprint()).unwrap_or_default();
        match result.fingerprint == now {
            false => Self::Stale,
            true if result.mismatch.is_some() => Self::Failed,
            true => Self::Passed,
        }
    }
}

/// How all tests stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standings {
    /// By the test's name.
    pub tests: BTreeMap<String, Standing>,
    /// By node: the one that counts most.
    pub nodes: BTreeMap<Id, Standing>,
}

impl Standings {
    /// How these stand against these flows.
    pub fn of(tests: &FlowTests, document: &Document) -> Self {
        let mut all = Self::default();
        for test in &tests.tests {
            let standing = Standing::of(test, document);
            all.tests.insert(test.name.to_string(), standing);
            for node in &test.nodes {
                let known = all.nodes.entry(node.as_str().into()).or_insert(standing);
                *known = standing.max(*known);
            }
        }
        all
    }
}

/// What a test of messages on their way along a wire is about: the nodes, and those of them where the messages
/// arrive. These are the nodes `ends` where the wire leads; where several nodes are selected and one of them is such
/// an end, it is about all that are selected, but for the one that sends.
pub fn subject(ends: &[Id], selected: &[Id], sender: &str) -> (Vec<Id>, Vec<Id>) {
    let chosen: Vec<Id> = selected.iter().filter(|id| id.as_ref() != sender).cloned().collect();
    let to: Vec<Id> = ends.iter().filter(|end| chosen.contains(end)).cloned().collect();
    match to.is_empty() || chosen.len() < 2 {
        true => (ends.to_vec(), ends.to_vec()),
        false => (chosen, to),
    }
}

/// The body that runs tests: those of these names or all, against these flows or those in force.
pub fn run_body(names: Option<&[String]>, flows: Option<Json>) -> Json {
    let names = names.map(|names| Json::Array(names.iter().map(|name| Json::from(name.as_str())).collect()));
    let parts = [("names", names), ("flows", flows)];
    Json::Object(parts.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
}

/// The text of a mismatch with the place that it names as its user calls it: `name` gives that of a node, and
/// `output` what an output of it is called.
pub fn worded(text: &Text, name: impl Fn(&str) -> String, output: impl Fn(&str, u16) -> String) -> Text {
    let Some(place) = text.args.get("place") else { return text.clone() };
    let words = match place.rsplit_once('/').and_then(|(node, port)| Some((node, port.parse().ok()?))) {
        Some((node, port)) => output(node, port),
        None => name(place),
    };
    text.clone().with("place", words)
}

#[cfg(test)]
mod tests {
    use model::api::FlowTestResult;

    use super::*;

    fn test(name: &str, nodes: &[&str], result: Option<FlowTestResult>) -> FlowTest {
        let nodes = nodes.iter().map(|id| (*id).into()).collect();
        FlowTest { name: name.into(), nodes, messages: 1, result, ..FlowTest::default() }
    }

    #[test]
    fn a_result_counts_while_the_nodes_are_as_they_were() {
        let flows = |to: &str| {
            let text =
                r#"[{"id":"a","type":"change","x":1,"y":1,"to":"TO"},{"id":"b","type":"json","x":1,"y":1}]"#;
            Document::parse(&text.replace("TO", to)).unwrap()
        };
        let print = |ids: [&str; 1]| Excerpt::of(&flows("x"), ids).unwrap().fingerprint().into();
        let mismatch = model::api::Mismatch { step: None, text: Text::literal("no"), differences: vec![] };
        let passed = FlowTestResult { fingerprint: print(["a"]), time: 1, mismatch: None };
        let failed = FlowTestResult { fingerprint: print(["b"]), time: 1, mismatch: Some(mismatch) };
        let tests = FlowTests {
            tests: vec![
                test("one", &["a"], Some(passed)),
                test("two", &["b"], Some(failed)),
                test("three", &["a", "b"], None),
            ],
        };
        let all = Standings::of(&tests, &flows("x"));
        let names: Vec<_> = all.tests.iter().map(|(name, it)| (name.as_str(), it.name())).collect();
        assert_eq!(names, [("one", "passed"), ("three", "stale"), ("two", "failed")]);
        assert_eq!(all.nodes["a"], Standing::Stale);
        assert_eq!(all.nodes["b"], Standing::Failed);
        assert_eq!(Standings::of(&tests, &flows("y")).tests["one"], Standing::Stale);
    }

    #[test]
    fn a_test_is_about_where_the_wire_leads_or_what_is_selected() {
        let ids = |ids: &[&str]| ids.iter().map(|id| Id::from(*id)).collect::<Vec<_>>();
        let ends = ids(&["b", "c"]);
        assert_eq!(subject(&ends, &ids(&["a"]), "a"), (ends.clone(), ends.clone()));
        assert_eq!(subject(&ends, &ids(&["x", "y"]), "a"), (ends.clone(), ends.clone()));
        assert_eq!(subject(&ends, &ids(&["a", "b", "d"]), "a"), (ids(&["b", "d"]), ids(&["b"])));
    }

    #[test]
    fn places_are_named_as_the_user_does() {
        let shown = |place: &str| {
            let text = Text::key("flow-test.count").with("place", place);
            let named = worded(&text, |id| format!("<{id}>"), |id, port| format!("<{id}> {}", port + 1));
            named.args["place"].to_string()
        };
        assert_eq!([shown("a/1"), shown("a")], ["<a> 2", "<a>"]);
        let body = run_body(Some(&["x".into()]), None);
        assert_eq!(body.to_js_string(), r#"{"names":["x"]}"#);
    }
}
