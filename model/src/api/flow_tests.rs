//! Flow tests that the server keeps: what nodes of the flows must give for messages that they get.

use std::collections::BTreeMap;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::text::{Catalogue, Text};

/// Topic of how the tests stand; its data is empty: who hears of it asks `GET /flows/tests` again.
pub const FLOW_TESTS_TOPIC: &str = "flow-tests";

/// What can be wrong with a flow test.
pub const TEXTS: Catalogue = &[
    ("flow-test.context", "the context holds other values than expected"),
    ("flow-test.count", "{place} gave {got} {got|message|messages}, expected {expected}"),
    ("flow-test.debug", "other debug output than expected"),
    ("flow-test.differs", "{place} gave another message than expected, number {number} of this step"),
    ("flow-test.errors", "other errors than expected"),
    (
        "flow-test.gone",
        "the flows have no node {id}, which this test is about: restore it, or delete the test",
    ),
    ("flow-test.message", "a message is an object of properties, such as {\"payload\": 1}"),
    ("flow-test.no-flows", "this test is about nodes of a flow file: name the file with --flows"),
    ("flow-test.not-flow", "the flow cannot be read: {reason}"),
    ("flow-test.problems", "other problems at the deploy than expected"),
    ("flow-test.send", "{place} cannot get a message: {reason}"),
    ("flow-test.status", "{place} shows another status than expected"),
    (
        "flow-test.time",
        "it did not come to an end within {seconds} s: something in it goes round for ever, or waits for what does not come",
    ),
    ("flow-test.unexpected", "{place} gave {got} {got|message|messages} that no step expects"),
    (
        "flow-test.unsteady",
        "{place} gives {first} {first|message|messages} in one run and {second} in the next, so that nothing can be expected of it",
    ),
];

/// What `GET /flows/tests` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowTests {
    /// The tests, in the order in which they are kept.
    pub tests: Vec<FlowTest>,
}

/// A test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowTest {
    /// Names it among the tests of these flows.
    pub name: EcoString,
    /// Ids of the nodes that it is about.
    pub nodes: Vec<EcoString>,
    /// How many messages it sends.
    pub messages: usize,
    /// Its nodes have the credentials of the flows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub credentials: bool,
    /// Context values that it begins with, by scope (`global`, a flow's id, `<node>:<flow>`) and key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub before: BTreeMap<EcoString, Json>,
    /// Context values that it expects in the end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub after: BTreeMap<EcoString, Json>,
    /// What came of its last run; absent where it did not run since the server started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<FlowTestResult>,
}

/// What came of running a test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowTestResult {
    /// [`crate::excerpt::Excerpt::fingerprint`] of what was tested; empty where the flows lack one of its nodes.
    pub fingerprint: EcoString,
    /// When it ran, in milliseconds since 1970 (UTC).
    pub time: u64,
    /// What was other than expected; absent where it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Mismatch>,
}

/// What was other than a test expects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// The step that found it, from 0; absent where it was found before or after all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// What is wrong. The place `place` names a node, or `<node>/<port>` for an output of it.
    pub text: Text,
    /// Where what came differs from what was expected, 20 places at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// A place where what came differs from what was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The property, such as `payload.cars[2]`; of errors and debug output the node.
    pub path: EcoString,
    /// What was expected there, as JSON where it has a form; absent for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<EcoString>,
    /// What came; absent for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<EcoString>,
}

/// What `POST /flows/tests` takes: a test is made of messages, and of what the nodes give for them now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewFlowTest {
    /// Its name.
    pub name: EcoString,
    /// Ids of the nodes that it is about.
    pub nodes: Vec<EcoString>,
    /// Ids of those of them where the messages arrive.
    pub to: Vec<EcoString>,
    /// The output whose kept messages are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<FromOutput>,
    /// Kept messages of that output, in this order.
    pub messages: Vec<TestMessage>,
    /// Its nodes get the credentials of the flows: those that reach out log in with them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub credentials: bool,
    /// The flows to test, in place of those in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<Json>,
}

/// A message that a test is to send.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestMessage {
    /// [`super::PeekMessage::source`].
    pub source: EcoString,
    /// [`super::PeekMessage::number`].
    pub number: u64,
    /// The message as it was shown, for when it is not kept any more; `{"type":"Buffer","data":[...]}` in it stands
    /// for bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg: Option<Json>,
}

/// An output port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromOutput {
    /// Id of the node.
    pub node: EcoString,
    /// Its output, from 0.
    pub port: usize,
}

/// What `POST /flows/tests/context` takes: other context values that a test begins with. What its nodes give then is what
/// is expected.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TestContext {
    /// Its name.
    pub name: EcoString,
    /// [`FlowTest::before`].
    pub before: BTreeMap<EcoString, Json>,
    /// The flows to test, in place of those in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<Json>,
}

/// What `POST /flows/tests/run` and `POST /flows/tests/accept` take.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunFlowTests {
    /// Names of the tests; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<EcoString>>,
    /// The flows to test, in place of those in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<Json>,
}
