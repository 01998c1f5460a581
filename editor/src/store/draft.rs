//! Edits that are not deployed, kept in the browser so that they outlive the page.
//!
//! Kept are the edited flows, and (once a revision) the flows that the edits were made from: with both, the edits can
//! be put on top of whatever is deployed by then. Passwords are not kept.

use model::document::Document;
use model::json::Json;

use super::deploy::{body, without_credentials};
use super::workspace::Workspace;

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

/// The edited flows as text to keep; none where all is deployed but passwords.
pub fn edits_text(workspace: &Workspace) -> Option<String> {
    let edited = without_credentials(workspace.document());
    (edited != **workspace.deployed()).then(|| body(&edited, workspace.revision()).to_string())
}

/// The flows that the edits were made from, as text to keep.
pub fn base_text(workspace: &Workspace) -> String {
    body(workspace.deployed(), workspace.revision()).to_string()
}

/// Whether passwords were typed, which are not kept.
pub fn lacks_passwords(workspace: &Workspace) -> bool {
    workspace.document().nodes().iter().any(|node| node.field("credentials").is_some())
}

/// Reads what was kept; none where it does not fit together, as when the page went away in between. `deployed` are
/// the server's flows with their revision: where the edits were made from these, the kept base is not needed.
pub fn read(edits: &str, base: Option<&str>, deployed: (&Document, &str)) -> Option<Kept> {
    let (edited, revision) = flows(edits)?;
    let base = match deployed {
        (document, deployed) if deployed == revision => document.clone(),
        _ => flows(base?).filter(|(_, of)| *of == revision)?.0,
    };
    Some(Kept { base, revision, edited })
}

fn flows(text: &str) -> Option<(Document, String)> {
    let json = Json::parse(text).ok()?;
    let revision = json.get("rev")?.as_str()?.to_owned();
    Some((Document::from_json(json).ok()?, revision))
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
        let draft = edits_text(&workspace).unwrap();
        assert!(!draft.contains("sesame") && lacks_passwords(&workspace));
        let kept = read(&draft, None, (workspace.deployed(), "r1")).unwrap();
        assert_eq!(kept.edited, without_credentials(workspace.document()));
        assert_eq!(kept.base, **workspace.deployed());
    }

    #[test]
    fn edits_of_another_revision_come_with_what_they_were_made_from() {
        let workspace = edited();
        let draft = edits_text(&workspace).unwrap();
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
        assert_eq!(edits_text(&workspace), None);
    }
}
