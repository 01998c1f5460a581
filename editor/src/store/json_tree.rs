//! A JSON value as rows that can be edited: one a value, in the order in which they are read.

use model::json::{Json, Number, Object};
use model::text::Text;

/// Where a value is: positions from the outermost one inwards.
pub type Place = Vec<usize>;

/// More rows than this are edited as text.
pub const MOST_ROWS: usize = 500;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Truth,
    /// Null.
    Null,
    /// A list.
    List,
    /// An object.
    Object,
}

/// What a value is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// It is the whole.
    Whole,
    /// Its position in a list.
    Index(usize),
    /// Its name in an object.
    Name(String),
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it is.
    pub place: Place,
    /// What it is found by.
    pub key: Key,
    /// What it is.
    pub sort: Sort,
    /// A text, number or truth value as text.
    pub text: String,
    /// Values in it.
    pub count: usize,
    /// Values beside it, itself counted.
    pub beside: usize,
}

impl Sort {
    /// All of them, in the order of the menu, with the keys of their titles.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Text, "string", "typed.str"),
        (Self::Number, "number", "typed.num"),
        (Self::Truth, "boolean", "typed.bool"),
        (Self::Null, "null", "jtree.null"),
        (Self::List, "array", "jtree.list"),
        (Self::Object, "object", "jtree.object"),
    ];

    /// What a value is.
    pub fn of(value: &Json) -> Self {
        match value {
            Json::String(_) => Self::Text,
            Json::Number(_) => Self::Number,
            Json::Bool(_) => Self::Truth,
            Json::Null => Self::Null,
            Json::Array(_) => Self::List,
            Json::Object(_) => Self::Object,
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known, _)| *known == name).map(|(sort, ..)| sort)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(sort, ..)| *sort == self).map_or("", |(_, name, _)| name)
    }
}

/// The rows of a value; the first [`MOST_ROWS`] and one more.
pub fn rows(whole: &Json) -> Vec<Row> {
    let mut rows = Vec::new();
    walk(whole, Vec::new(), Key::Whole, 1, &mut rows);
    rows
}

fn walk(value: &Json, place: Place, key: Key, beside: usize, rows: &mut Vec<Row>) {
    if rows.len() > MOST_ROWS {
        return;
    }
    let text = match value {
        Json::String(text) => text.to_string(),
        Json::Number(_) | Json::Bool(_) => value.to_string(),
        _ => String::new(),
    };
    let count = match value {
        Json::Array(items) => items.len(),
        Json::Object(object) => object.len(),
        _ => 0,
    };
    rows.push(Row { place: place.clone(), key, sort: Sort::of(value), text, count, beside });
    let inner = |at: usize| place.iter().copied().chain([at]).collect::<Place>();
    match value {
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, inner(at), Key::Index(at), count, rows);
            }
        }
        Json::Object(object) => {
            for (at, (name, item)) in object.iter().enumerate() {
                walk(item, inner(at), Key::Name(name.to_owned()), count, rows);
            }
        }
        _ => {}
    }
}

/// The value at a place.
pub fn at<'a>(whole: &'a mut Json, place: &[usize]) -> Option<&'a mut Json> {
    place.iter().try_fold(whole, |value, step| match value {
        Json::Array(_) => value.as_array_mut()?.get_mut(*step),
        Json::Object(_) => value.as_object_mut()?.iter_mut().nth(*step).map(|(_, value)| value),
        _ => None,
    })
}

/// What a text typed for a value of a sort means.
///
/// # Errors
/// What is typed is no number.
pub fn typed(sort: Sort, text: &str) -> Result<Json, Text> {
    Ok(match sort {
        Sort::Number => match Number::from_literal(text.trim()) {
            Some(number) => number.into(),
            None => return Err(Text::key("check.number").with("found", Json::from(text))),
        },
        Sort::Truth => Json::Bool(text == "true"),
        _ => text.into(),
    })
}

/// The same value as one of another sort, as far as it can be: what cannot is empty.
pub fn retyped(value: &Json, sort: Sort) -> Json {
    let text = match value {
        Json::String(text) => text.to_string(),
        Json::Number(_) | Json::Bool(_) => value.to_string(),
        _ => String::new(),
    };
    match (sort, value) {
        (Sort::Text, _) => text.into(),
        (Sort::Number, _) => Number::from_literal(text.trim()).map_or_else(|| 0.into(), Json::from),
        (Sort::Truth, _) => Json::Bool(text == "true" || text == "1"),
        (Sort::Null, _) => Json::Null,
        (Sort::List, Json::Array(_)) | (Sort::Object, Json::Object(_)) => value.clone(),
        (Sort::List, Json::Object(object)) => {
            Json::Array(object.iter().map(|(_, value)| value.clone()).collect())
        }
        (Sort::Object, Json::Array(items)) => {
            let named = items.iter().enumerate().map(|(at, item)| (at.to_string(), item.clone()));
            Json::Object(named.collect())
        }
        (Sort::List, _) => Json::Array(Vec::new()),
        (Sort::Object, _) => Json::Object(Object::new()),
    }
}

/// Adds an empty text to the list or object at a place; gives back where it is.
pub fn add(whole: &mut Json, place: &[usize]) -> Option<Place> {
    let value = at(whole, place)?;
    let last = match value {
        Json::Array(_) => {
            let items = value.as_array_mut()?;
            items.push("".into());
            items.len() - 1
        }
        Json::Object(_) => {
            let object = value.as_object_mut()?;
            let taken = |name: &str| object.contains_key(name);
            let name = (1..).map(|number| format!("key{number}")).find(|name| !taken(name))?;
            object.insert(name, "");
            object.len() - 1
        }
        _ => return None,
    };
    Some(place.iter().copied().chain([last]).collect())
}

/// Gives the value at a place another name; it stays where it is.
///
/// # Errors
/// Another one has the name.
pub fn rename(whole: &mut Json, place: &[usize], name: &str) -> Result<(), Text> {
    let Some((last, around)) = place.split_last() else { return Ok(()) };
    let Some(object) = at(whole, around).and_then(Json::as_object_mut) else { return Ok(()) };
    let Some(now) = object.at(*last).map(|(now, _)| now.to_owned()).filter(|now| now != name) else {
        return Ok(());
    };
    if object.contains_key(name) {
        return Err(Text::key("jtree.taken").with("name", name));
    }
    if let Some(value) = object.remove(&now) {
        object.insert_at(*last, name.into(), value);
    }
    Ok(())
}

/// Takes the value at a place out; gives back where the eye goes next.
pub fn remove(whole: &mut Json, place: &[usize]) -> Option<Place> {
    let (last, around) = place.split_last()?;
    let value = at(whole, around)?;
    let left = match value {
        Json::Array(_) => {
            let items = value.as_array_mut()?;
            (*last < items.len()).then(|| items.remove(*last))?;
            items.len()
        }
        _ => {
            let object = value.as_object_mut()?;
            let name = object.at(*last)?.0.to_owned();
            object.remove(&name);
            object.len()
        }
    };
    let next = (left > 0).then(|| (*last).min(left - 1));
    Some(around.iter().copied().chain(next).collect())
}

/// Moves the value at a place by so many positions among those beside it; gives back where it is then. None where it
/// cannot go there.
pub fn shift(whole: &mut Json, place: &[usize], by: isize) -> Option<Place> {
    let (last, around) = place.split_last()?;
    let to = last.checked_add_signed(by)?;
    let value = at(whole, around)?;
    match value {
        Json::Array(_) => {
            let items = value.as_array_mut()?;
            (to < items.len()).then_some(())?;
            let item = items.remove(*last);
            items.insert(to, item);
        }
        _ => {
            let object = value.as_object_mut()?;
            (to < object.len() && object.move_key(*last, to)).then_some(())?;
        }
    }
    Some(around.iter().copied().chain([to]).collect())
}

/// The text of an edited value: on several lines where the former text was, or had nothing.
pub fn written(value: &Json, former: &str) -> String {
    match former.trim().is_empty() || former.contains('\n') {
        true => value.pretty(4),
        false => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn values_are_rows_in_order() {
        let shown: Vec<(Place, Key, Sort, String)> = rows(&json(r#"{"a":[1.50,null],"b":"x"}"#))
            .into_iter()
            .map(|row| (row.place, row.key, row.sort, row.text))
            .collect();
        let name = |name: &str| Key::Name(name.into());
        assert_eq!(
            shown,
            [
                (vec![], Key::Whole, Sort::Object, String::new()),
                (vec![0], name("a"), Sort::List, String::new()),
                (vec![0, 0], Key::Index(0), Sort::Number, "1.50".into()),
                (vec![0, 1], Key::Index(1), Sort::Null, String::new()),
                (vec![1], name("b"), Sort::Text, "x".into()),
            ]
        );
        let long = Json::Array((0..1_000).map(Json::from).collect());
        assert_eq!(rows(&long).len(), MOST_ROWS + 1);
    }

    #[test]
    fn rows_are_added_renamed_moved_and_removed() {
        let mut whole = json(r#"{"a":1,"key1":2,"c":[]}"#);
        assert_eq!(add(&mut whole, &[]), Some(vec![3]));
        assert_eq!(add(&mut whole, &[2]), Some(vec![2, 0]));
        assert_eq!(add(&mut whole, &[0]), None);
        assert_eq!(whole.to_string(), r#"{"a":1,"key1":2,"c":[""],"key2":""}"#);
        rename(&mut whole, &[1], "b").unwrap();
        assert_eq!(rename(&mut whole, &[1], "a").unwrap_err().key, "jtree.taken");
        rename(&mut whole, &[1], "b").unwrap();
        rename(&mut whole, &[], "x").unwrap();
        assert_eq!(whole.to_string(), r#"{"a":1,"b":2,"c":[""],"key2":""}"#);
        assert_eq!(shift(&mut whole, &[1], -1), Some(vec![0]));
        assert_eq!(shift(&mut whole, &[0], -1), None);
        assert_eq!(shift(&mut whole, &[3], 1), None);
        assert_eq!(shift(&mut whole, &[], 1), None);
        assert_eq!(whole.to_string(), r#"{"b":2,"a":1,"c":[""],"key2":""}"#);
        assert_eq!(remove(&mut whole, &[3]), Some(vec![2]));
        assert_eq!(remove(&mut whole, &[2, 0]), Some(vec![2]));
        assert_eq!(remove(&mut whole, &[9]), None);
        assert_eq!(whole.to_string(), r#"{"b":2,"a":1,"c":[]}"#);
    }

    #[test]
    fn lists_are_put_in_order() {
        let mut whole = json("[1,2,3]");
        assert_eq!(shift(&mut whole, &[0], 2), Some(vec![2]));
        assert_eq!(whole.to_string(), "[2,3,1]");
        assert_eq!(shift(&mut whole, &[2], 1), None);
        assert_eq!(remove(&mut whole, &[0]), Some(vec![0]));
        assert_eq!(whole.to_string(), "[3,1]");
    }

    #[test]
    fn values_change_their_sort_and_keep_what_they_can() {
        for (before, sort, after) in [
            (r#""12""#, Sort::Number, "12"),
            (r#""x""#, Sort::Number, "0"),
            ("1.50", Sort::Text, r#""1.50""#),
            ("true", Sort::Text, r#""true""#),
            (r#""true""#, Sort::Truth, "true"),
            (r#"{"a":1,"b":2}"#, Sort::List, "[1,2]"),
            ("[1,2]", Sort::Object, r#"{"0":1,"1":2}"#),
            ("7", Sort::Object, "{}"),
            ("[1]", Sort::Null, "null"),
        ] {
            assert_eq!(retyped(&json(before), sort).to_string(), after, "{before}");
        }
        assert_eq!(typed(Sort::Number, " 1.50 ").unwrap().to_string(), "1.50");
        assert!(typed(Sort::Number, "1x").is_err());
        assert_eq!(typed(Sort::Text, "1").unwrap(), Json::from("1"));
    }

    #[test]
    fn the_text_keeps_its_form() {
        let value = json(r#"{"a":1}"#);
        assert_eq!(written(&value, r#"{"a":2}"#), r#"{"a":1}"#);
        assert!(written(&value, "{\n}").contains('\n'));
        assert!(written(&value, "").contains('\n'));
    }
}
