//! Import and what belongs to it.

use leptos::prelude::*;

use crate::ids;
use crate::state::Editor;
use crate::store::Id;
use crate::store::import::{Import, Target};
use crate::texts::text;

/// Brings flows in as one step to undo; what came is selected and shown. `replaces`: what has the same id becomes what
/// comes in.
pub fn import(editor: Editor, import: &Import, target: Target, replaces: bool) {
    let open = editor.open_tab.get_untracked();
    let middle = editor.viewport.get_untracked().shown(editor.canvas_size.get_untracked()).centre();
    let mut came: Vec<Id> = Vec::new();
    let what = text("step.import");
    let is_done = editor.edit(what, |document| {
        let pasted = match replaces {
            true => import.replacing(document, open.as_deref())?,
            false => import.apply(document, target, open.as_deref(), middle, &mut ids::fresh)?,
        };
        came = pasted.ids.iter().map(|id| Id::from(id.as_str())).collect();
        Ok(pasted.diff)
    });
    if is_done {
        editor.show(&came);
    }
}
