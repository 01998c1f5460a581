//! What a write costs before it is made: for those who let others write and must bound it.

use std::sync::Arc;

use super::{PropertyPath, Step};
use crate::value::{Object, Value};

impl PropertyPath {
    /// How many entries a write at this path copies or makes: those of the containers on the way that somebody else holds
    /// too, and those that arrays grow by. `is_shared` says whether the root itself is held by others.
    pub fn entries_written(&self, root: &Object, is_shared: bool) -> usize {
        let mut is_shared = is_shared;
        let mut entries = if is_shared { root.len() } else { 0 };
        let mut here = self.first.resolve(root).and_then(|step| step.child_of(root));
        for step in &self.rest {
            let Some(step) = step.resolve(root) else { break };
            here = match here {
                Some(Value::Object(object)) => {
                    is_shared |= Arc::strong_count(object) > 1;
                    entries = entries.saturating_add(if is_shared { object.len() } else { 0 });
                    step.child_of(object)
                }
                Some(Value::Array(items)) => {
                    is_shared |= Arc::strong_count(items) > 1;
                    entries = entries.saturating_add(if is_shared { items.len() } else { 0 });
                    let at = step.as_index().unwrap_or_default();
                    entries = entries.saturating_add(at.saturating_add(1).saturating_sub(items.len()));
                    items.get(at)
                }
                _ => {
                    let made = if let Step::Index(at, _) = step.as_ref() { at.saturating_add(1) } else { 1 };
                    entries = entries.saturating_add(made);
                    None
                }
            };
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_shared_and_what_grows() {
        let items: Value = (0..10).map(Value::from).collect::<Vec<_>>().into();
        let root = Object::from_iter([("a", items.clone()), ("b", 1.into())]);
        let count = |root: &Object, path: &str, is_shared| {
            PropertyPath::parse(path).unwrap().entries_written(root, is_shared)
        };
        assert_eq!(count(&root, "b", false), 0);
        assert_eq!(count(&root, "b", true), 2);
        assert_eq!(count(&root, "a[3]", false), 10, "another holds the array");
        drop(items);
        assert_eq!(count(&root, "a[3]", false), 0, "nobody else does");
        assert_eq!(count(&root, "a[3]", true), 12, "a copy of the root shares it");
        assert_eq!(count(&root, "a[99]", false), 90);
        assert_eq!(count(&root, "new[99]", false), 100);
        assert_eq!(count(&root, "new.x.y", false), 2);
        for largest in ["a[18446744073709551615]", "new[18446744073709551615].x"] {
            assert_eq!(count(&root, largest, true), usize::MAX, "{largest}");
        }
    }
}
