//! Several edits as one.

use super::Edit;
use crate::diff::Diff;
use crate::document::Document;
use crate::text::Text;

/// Edits that are made one after the other, each on what the one before left, and become one [`Diff`].
#[derive(Clone, Debug)]
pub struct Batch {
    document: Document,
    diff: Diff,
}

impl Batch {
    /// No edit yet.
    pub fn on(document: &Document) -> Self {
        Self { document: document.clone(), diff: Diff::default() }
    }

    /// The document with all edits so far.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Makes one more edit. Where it cannot be made, the batch stays as it was.
    pub fn make(&mut self, edit: impl FnOnce(&Document) -> Edit) -> Result<(), Text> {
        let diff = edit(&self.document)?;
        diff.apply(&mut self.document).map_err(|mismatch| mismatch.reason)?;
        self.diff = std::mem::take(&mut self.diff).then(diff);
        Ok(())
    }

    /// All of it as one.
    pub fn finish(self) -> Diff {
        self.diff
    }
}
