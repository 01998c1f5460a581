//! Reading: knows where it is, and collects what is wrong.

use serde_json::Map;

use super::Setting;
use crate::value::number_text;
use crate::{Json, Problems};

/// Where in the settings reading is, and what was wrong so far.
#[derive(Default)]
pub struct Reader {
    path: String,
    problems: Problems,
}

impl Reader {
    /// Notes a problem of the value being read.
    pub fn problem(&mut self, text: impl Into<String>) {
        self.problems.add(self.path.clone(), text);
    }

    /// One of a few words.
    #[doc(hidden)]
    pub fn word<'a>(&mut self, value: &Json, words: &[&'a str]) -> Option<&'a str> {
        let found = words.iter().find(|word| value.as_str() == Some(word));
        if found.is_none() {
            let given = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.problem(format!("{given} cannot be chosen here; choose one of: {}", words.join(", ")));
        }
        found.copied()
    }

    /// The fields of an object, read by its schema.
    #[doc(hidden)]
    pub fn fields<'a>(&'a mut self, schema: &'a Json, value: &'a Json) -> Option<Fields<'a>> {
        match value {
            Json::Object(values) => Some(Fields { reader: self, schema, values }),
            _ => {
                self.problem("an object is needed here");
                None
            }
        }
    }

    /// The items of a list.
    pub(super) fn items<T: Setting>(&mut self, items: &[Json]) -> Option<Vec<T>> {
        // All are read, so that every problem is told.
        let read: Vec<Option<T>> = (0..)
            .zip(items)
            .map(|(index, item)| self.inside(&format!("[{index}]"), |reader| T::read(item, reader)))
            .collect();
        read.into_iter().collect()
    }

    pub(super) fn into_problems(self) -> Problems {
        self.problems
    }

    fn inside<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 && !step.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(step);
        let value = read(self);
        self.path.truncate(length);
        value
    }
}

/// The fields of one object.
#[doc(hidden)]
pub struct Fields<'a> {
    reader: &'a mut Reader,
    schema: &'a Json,
    values: &'a Map<String, Json>,
}

impl Fields<'_> {
    /// Reads one. The schema says its default and limits, and when it counts at all.
    pub fn read<T: Setting>(&mut self, name: &str) -> Option<T> {
        let rule = &self.schema["properties"][name];
        let default = &rule["default"];
        let is_shown = self.is_shown(rule);
        let value = match self.values.get(name) {
            Some(value) if is_shown => value,
            _ => default,
        };
        let names = self.schema["required"].as_array();
        let is_listed = names.is_some_and(|names| names.iter().any(|it| it == name));
        let is_missing = match value.as_str() {
            Some(text) => text.trim().is_empty() && (is_listed || !rule["minLength"].is_null()),
            None => value.is_null() && is_listed,
        };
        self.reader.inside(name, |reader| {
            if is_missing {
                // What the form does not show cannot be filled in; the type's own default stands for it.
                if !is_shown {
                    return T::read(&T::absent(), reader);
                }
                reader.problem("this is needed");
                return None;
            }
            let read = T::read(value, reader)?;
            check_limits(rule, &read.to_json(), reader).then_some(read)
        })
    }

    /// Whether every property that `x-show-if` names has one of its values.
    fn is_shown(&self, rule: &Json) -> bool {
        let Some(conditions) = rule["x-show-if"].as_object() else { return true };
        conditions.iter().all(|(name, values)| {
            let default = &self.schema["properties"][name.as_str()]["default"];
            let value = self.values.get(name).unwrap_or(default);
            values.as_array().is_some_and(|values| values.contains(value))
        })
    }
}

fn check_limits(rule: &Json, value: &Json, reader: &mut Reader) -> bool {
    let Some(number) = value.as_f64() else { return true };
    let limits = [rule["minimum"].as_f64(), rule["maximum"].as_f64()];
    let is_within = limits[0].is_none_or(|low| number >= low) && limits[1].is_none_or(|high| number <= high);
    if !is_within {
        let number = number_text(number);
        let text = match limits.map(|limit| limit.map(number_text)) {
            [Some(low), Some(high)] => format!("{number} is outside of {low} to {high}"),
            [Some(low), None] => format!("{number} is less than {low}"),
            [_, high] => format!("{number} is more than {}", high.unwrap_or_default()),
        };
        reader.problem(text);
    }
    is_within
}
