//! The flow document, its diff and edits, node descriptors and the admin API's types.
//!
//! Pure: no clock, no thread, no file, no network. Compiles natively and for the browser, so that the
//! server and the editor hold the same rules. It never drops a field that it does not know.

pub mod api;
pub mod check;
pub mod descriptor;
pub mod diff;
pub mod document;
pub mod edit;
pub mod excerpt;
pub mod german;
pub mod json;
pub mod language;
pub mod text;
pub mod topic;

/// Every table of texts in this crate.
pub const CATALOGUES: &[text::Catalogue] =
    &[json::TEXTS, document::TEXTS, diff::TEXTS, check::TEXTS, edit::TEXTS, api::TEXTS, api::FLOW_TEST_TEXTS];
