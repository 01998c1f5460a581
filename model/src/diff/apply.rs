//! Applying a diff: all of it or nothing.

use super::{Change, Diff, Mismatch};
use crate::document::Document;
use crate::json::Object;
use crate::text::Text;

impl Diff {
    /// Applies the changes in order. Where one does not fit, the document stays as it was and the error
    /// names the change.
    pub fn apply(&self, document: &mut Document) -> Result<(), Mismatch> {
        let mut target = Target { document, is_index_stale: false };
        let mut result = Ok(());
        for (position, change) in self.changes.iter().enumerate() {
            if let Err(reason) = target.apply(change) {
                for done in self.changes[..position].iter().rev() {
                    let undone = target.apply(&done.invert());
                    debug_assert!(undone.is_ok(), "what was just done can be undone: {undone:?}");
                }
                result = Err(Mismatch { change: position, reason });
                break;
            }
        }
        target.refresh_index();
        result
    }
}

struct Target<'a> {
    document: &'a mut Document,
    is_index_stale: bool,
}

impl Target<'_> {
    fn refresh_index(&mut self) {
        if std::mem::take(&mut self.is_index_stale) {
            self.document.rebuild_index();
        }
    }

    fn apply(&mut self, change: &Change) -> Result<(), Text> {
        match change {
            Change::Insert { index, node } => {
                let length = self.document.len();
                if *index > length {
                    return Err(past_the_end(*index, length));
                }
                self.is_index_stale = true;
                self.document.nodes_mut().insert(*index, node.clone());
            }
            Change::Remove { index, node } => {
                self.expect_entry(*index, |entry| entry == node)?;
                self.is_index_stale = true;
                self.document.nodes_mut().remove(*index);
            }
            Change::Move { id, from, to } => {
                self.expect_entry(*from, |entry| entry.id() == id)?;
                let length = self.document.len();
                if *to >= length {
                    return Err(past_the_end(*to, length));
                }
                self.is_index_stale = true;
                let node = self.document.nodes_mut().remove(*from);
                self.document.nodes_mut().insert(*to, node);
            }
            Change::Replace { index, before, after } => {
                self.expect_entry(*index, |entry| entry == before)?;
                self.is_index_stale |= before.own_id() != after.own_id();
                self.document.nodes_mut()[*index] = after.clone();
            }
            Change::SetField { id, key, .. } if key == "id" => {
                return Err(Text::key("diff.id").with("id", id));
            }
            Change::SetField { id, key, position, before, after } => {
                let fields = self.fields(id)?;
                let fits = match (before, after) {
                    (Some(before), Some(after)) => match fields.get_mut(key) {
                        Some(value) if value == before => {
                            *value = after.clone();
                            true
                        }
                        _ => return Err(Text::key("diff.value").with("key", key).with("id", id)),
                    },
                    (None, Some(after)) => fields.insert_at(*position, key.clone(), after.clone()),
                    (Some(before), None) => {
                        let is_there = fields.at(*position) == Some((key.as_str(), before));
                        is_there && fields.remove(key).is_some()
                    }
                    (None, None) => true,
                };
                if !fits {
                    return Err(misplaced(key, id, *position));
                }
            }
            Change::MoveField { id, key, from, to } => {
                let fields = self.fields(id)?;
                let is_there = fields.at(*from).is_some_and(|(found, _)| found == key);
                if !is_there || !fields.move_key(*from, *to) {
                    return Err(misplaced(key, id, *from));
                }
            }
        }
        Ok(())
    }

    fn expect_entry(&self, index: usize, fits: impl Fn(&crate::document::Node) -> bool) -> Result<(), Text> {
        match self.document.nodes().get(index) {
            None => Err(past_the_end(index, self.document.len())),
            Some(entry) if fits(entry) => Ok(()),
            Some(_) => Err(Text::key("diff.entry").with("index", index)),
        }
    }

    fn fields(&mut self, id: &str) -> Result<&mut Object, Text> {
        self.refresh_index();
        let position = self.document.position(id);
        position
            .and_then(|position| self.document.nodes_mut().get_mut(position)?.json_mut().as_object_mut())
            .ok_or_else(|| Text::key("diff.node").with("id", id))
    }
}

fn past_the_end(index: usize, length: usize) -> Text {
    Text::key("diff.index").with("index", index).with("length", length)
}

fn misplaced(key: &str, id: &str, position: usize) -> Text {
    Text::key("diff.position").with("key", key).with("id", id).with("position", position)
}
