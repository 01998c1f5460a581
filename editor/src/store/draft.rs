//! Edits that are not deployed, kept in the browser so that they outlive the page.
//!
//! Kept are the flows that the edits were made from (once a revision) and the edits as a diff against these.
//! Passwords are not kept.

use ecow::EcoString;
use model::diff::Diff;
use model::document::Document;
use model::json::Json;
use serde::{Deserialize, Serialize};

use super::deploy::without_credentials;
use super::workspace::Workspace;

/// The edits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The revision that they were made from.
    pub revision: EcoString,
    /// From the flows of that revision to the edited ones.
    pub diff: Diff,
}

/// What a browser kept, read again.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The flows that the edits were made from.
    pub base: Document,
    /// Their revision.
    pub revision: String,
    /// The edited flows.
    pub edited: Document,
}

impl Draft {
    /// The edits of a workspace; none where all is deployed.
    pub fn of(workspace: &Workspace) -> Option<Self> {
        if !workspace.is_changed() {
            return None;
        }
        let edited = without_credentials(workspace.document());
        let diff = Diff::between(workspace.deployed(), &edited);
        (!diff.is_empty()).then(|| Self { revision: workspace.revision().into(), diff })
    }

    /// The text to keep.
    pub fn to_text(&self) -> String {
        // Diffs are made of what JSON holds.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether passwords were typed that a draft does not keep.
    pub fn lacks_passwords(workspace: &Workspace) -> bool {
        workspace.document().nodes().iter().any(|node| node.field("credentials").is_some())
    }
}

/// The flows that edits are made from, as text to keep.
pub fn base_text(workspace: &Workspace) -> String {
    super::deploy::body(workspace.deployed(), workspace.revision()).to_string()
}

/// Reads what was kept; none where it does not fit together, as when the page went away in between. `deployed` are
/// the server's flows with their revision: where the draft was made from these, the kept base is not needed.
pub fn read(draft: &str, base: Option<&str>, deployed: (&Document, &str)) -> Option<Kept> {
    let draft: Draft = serde_json::from_str(draft).ok()?;
    let base = match deployed {
        (document, revision) if draft.revision == revision => document.clone(),
        _ => {
            let json = Json::parse(base?).ok()?;
            if json.get("rev").and_then(Json::as_str) != Some(&draft.revision) {
                return None;
            }
            Document::from_json(json).ok()?
        }
    };
    let mut edited = base.clone();
    draft.diff.apply(&mut edited).ok()?;
    Some(Kept { base, revision: draft.revision.into(), edited })
}

#[cfg(test)]
mod tests {
    use model::edit::set_property;
    use model::text::Text;

    use super::*;

    const FLOWS: &str =
        r#"[{"id":"t","type":"tab","label":"T"},{"id":"a","type":"x","z":"t","x":1.0,"y":2}]"#;

    fn edited() -> Workspace {
        let mut workspace = Workspace::open(Document::parse(FLOWS).unwrap(), "r1");
        let secret = Json::parse(r#"{"password":"sesame"}"#).unwrap();
        for (key, value) in [("name", Json::from("A")), ("credentials", secret)] {
            let edit = |document: &Document| set_property(document, "a", key, Some(value));
            workspace.edit(Text::literal(key), edit).unwrap();
        }
        workspace
    }

    #[test]
    fn edits_come_back_without_passwords() {
        let workspace = edited();
        let draft = Draft::of(&workspace).unwrap().to_text();
        assert!(!draft.contains("sesame") && Draft::lacks_passwords(&workspace));
        let kept = read(&draft, None, (workspace.deployed(), "r1")).unwrap();
        assert_eq!(kept.edited, without_credentials(workspace.document()));
        assert_eq!(kept.base, **workspace.deployed());
    }

    #[test]
    fn edits_of_another_revision_come_with_what_they_were_made_from() {
        let workspace = edited();
        let draft = Draft::of(&workspace).unwrap().to_text();
        let base = base_text(&workspace);
        let theirs = Document::parse(r#"[{"id":"t","type":"tab","label":"Theirs"}]"#).unwrap();
        let kept = read(&draft, Some(&base), (&theirs, "r2")).unwrap();
        assert_eq!((kept.revision.as_str(), &kept.base), ("r1", &**workspace.deployed()));
        assert_eq!(kept.edited.get("a").unwrap().name(), "A");
        assert_eq!(read(&draft, None, (&theirs, "r2")), None);
        assert_eq!(read(&draft, Some(&base.replace("r1", "r0")), (&theirs, "r2")), None);
        assert_eq!(read("{", Some(&base), (&theirs, "r2")), None);
    }

    #[test]
    fn there_is_no_draft_of_what_is_deployed() {
        let workspace = Workspace::open(Document::parse(FLOWS).unwrap(), "r1");
        assert_eq!(Draft::of(&workspace), None);
    }
}
