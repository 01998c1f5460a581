//! Insight into what runs: flow tests, messages followed step by step, what is read and never comes.

use model::text::Catalogue;

pub(super) const TEXTS: Catalogue = &[
    ("error.test-add", "the new flow test"),
    ("error.tests", "the request for flow tests"),
    ("live.all-uses", "All {count} uses together"),
    ("live.use", "Figures of"),
    ("tests.accept", "Take what comes now as what is expected"),
    ("tests.count", "{passed} passed, {failed} failed, {stale} to run"),
    ("tests.delete", "Delete the test"),
    ("tests.deleted", "The test {name} is deleted"),
    ("tests.expected", "Expected"),
    ("tests.failed", "Its flow tests fail"),
    ("tests.got", "Came"),
    ("tests.messages", "{count} {count|message|messages}"),
    (
        "tests.none",
        "No flow tests yet. Select a wire, look at its messages in the panel Messages, and press Save as test: what the nodes behind it make of them is what is expected from then on.",
    ),
    ("tests.nothing", "nothing"),
    ("tests.passed", "Its flow tests pass"),
    ("tests.run", "Run the test"),
    ("tests.run-all", "Run all"),
    ("tests.stale", "Its flow tests did not run since it was changed"),
    ("tests.title", "Flow tests"),
    ("tests.where", "Where"),
    ("wire.test", "Save as test"),
    ("wire.test.about", "What {nodes} {count|makes|make} of these messages now is what is expected from now on."),
    (
        "wire.test.hint",
        "Keep these messages, and what the nodes behind the wire make of them, as a flow test",
    ),
    ("wire.test.name", "Name"),
    ("wire.test.save", "Save"),
    ("wire.test.saved", "The flow test {name} is saved"),
];
