//! Paths of properties, as Node-RED writes them.

use serde_json::Map;

use crate::{Failure, Json};

/// The steps of a path; what `[msg.…]` names is looked up already.
pub(super) struct Path(Vec<Step>);

#[derive(Debug, PartialEq)]
enum Step {
    Name(String),
    Index(usize),
}

impl Path {
    /// Reads a path; `properties` are those of the message, for `[msg.…]`.
    pub(super) fn parse(text: &str, properties: &Json) -> Result<Self, Failure> {
        let text = text.trim();
        let mut rest = text.strip_prefix("msg.").unwrap_or(text);
        let bad = |reason: &str| {
            Failure::new(format!("{text} is no path of a property: {reason}")).code("INVALID_EXPR")
        };
        let mut steps = Vec::new();
        loop {
            let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
            match &rest[..end] {
                // Only a path that begins with a bracket has no name there.
                "" if !steps.is_empty() || !rest.starts_with('[') => return Err(bad("a name is missing")),
                "" => {}
                name => steps.push(Step::Name(name.into())),
            }
            rest = &rest[end..];
            while let Some(inside) = rest.strip_prefix('[') {
                let end = closing(inside).ok_or_else(|| bad("a bracket is not closed"))?;
                steps.push(
                    Self::bracket(&inside[..end], properties).ok_or_else(|| bad("a bracket holds no key"))?,
                );
                rest = &inside[end + 1..];
            }
            match rest.strip_prefix('.') {
                Some(after) if !after.is_empty() && !after.starts_with('[') => rest = after,
                Some(_) => return Err(bad("a name is missing")),
                None if rest.is_empty() => return Ok(Self(steps)),
                None => return Err(bad("a dot is missing")),
            }
        }
    }

    fn bracket(inside: &str, properties: &Json) -> Option<Step> {
        let quoted = ['"', '\''].iter().find_map(|quote| inside.strip_prefix(*quote)?.strip_suffix(*quote));
        if let Some(name) = quoted {
            return Some(Step::Name(name.into()));
        }
        if inside.starts_with("msg.") {
            return match Self::parse(inside, properties).ok()?.get(properties)? {
                Json::String(name) => Some(Step::Name(name.clone())),
                value => Some(Step::Index(usize::try_from(value.as_u64()?).ok()?)),
            };
        }
        inside.parse().ok().map(Step::Index)
    }

    /// What is there.
    pub(super) fn get<'a>(&self, root: &'a Json) -> Option<&'a Json> {
        self.0.iter().try_fold(root, |at, step| match step {
            Step::Name(name) => at.get(name),
            Step::Index(index) => at.get(index),
        })
    }

    /// Sets what is there, and makes what is missing on the way.
    pub(super) fn set(&self, root: &mut Json, value: Json) -> Result<(), Failure> {
        let mut at = root;
        for step in &self.0 {
            at = match step {
                Step::Name(name) => {
                    if at.is_null() {
                        *at = Map::new().into();
                    }
                    let object = at.as_object_mut();
                    object
                        .ok_or_else(|| Failure::new(format!("{name} cannot be set: there is no object")))?
                        .entry(name)
                        .or_insert(Json::Null)
                }
                Step::Index(index) => {
                    if at.is_null() {
                        *at = Json::Array(Vec::new());
                    }
                    let list = at.as_array_mut();
                    let list = list
                        .ok_or_else(|| Failure::new(format!("[{index}] cannot be set: there is no array")))?;
                    if list.len() <= *index {
                        list.resize(index + 1, Json::Null);
                    }
                    &mut list[*index]
                }
            };
        }
        *at = value;
        Ok(())
    }

    /// Takes away what is there.
    pub(super) fn delete(&self, root: &mut Json) {
        let Some((last, way)) = self.0.split_last() else { return };
        let parent = way.iter().try_fold(root, |at, step| match step {
            Step::Name(name) => at.get_mut(name),
            Step::Index(index) => at.get_mut(index),
        });
        match (parent, last) {
            (Some(Json::Object(object)), Step::Name(name)) => drop(object.shift_remove(name)),
            (Some(Json::Array(list)), Step::Index(index)) if *index < list.len() => drop(list.remove(*index)),
            _ => {}
        }
    }
}

/// Where the bracket that was opened before `inside` closes.
fn closing(inside: &str) -> Option<usize> {
    let mut depth = 0;
    let mut quote = None;
    for (at, letter) in inside.char_indices() {
        match (letter, quote) {
            (_, Some(open)) => quote = Some(open).filter(|open| *open != letter),
            ('"' | '\'', None) => quote = Some(letter),
            ('[', None) => depth += 1,
            (']', None) if depth == 0 => return Some(at),
            (']', None) => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn paths_lead_through_names_and_indexes() {
        let message = json!({ "payload": { "a b": [1, { "c": 2 }] }, "i": 1, "k": "payload" });
        let get = |path: &str| Path::parse(path, &message).unwrap().get(&message).cloned();
        assert_eq!(get("msg.payload[\"a b\"][0]"), Some(json!(1)));
        assert_eq!(get("payload['a b'][msg.i].c"), Some(json!(2)));
        assert_eq!(get("[msg.k]"), get("payload"));
        assert_eq!([get("payload.x.y"), get("i[0]")], [None, None]);
    }

    #[test]
    fn setting_makes_the_way() {
        let mut message = json!({ "n": 1 });
        let set =
            |message: &mut Json, path: &str| Path::parse(path, message).unwrap().set(message, json!(true));
        set(&mut message, "a.b[1].c").unwrap();
        assert_eq!(message["a"], json!({ "b": [null, { "c": true }] }));
        assert!(set(&mut message, "n.x").is_err() && set(&mut message, "a[0]").is_err());
    }

    #[test]
    fn what_is_no_path_is_an_error() {
        for path in ["", ".a", "a.", "a..b", "a[", "a[]", "a[x]", "a]b", "a[0]b", "a.[0]"] {
            assert!(Path::parse(path, &json!({})).is_err(), "{path}");
        }
    }
}
