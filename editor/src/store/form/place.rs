//! Where in a form a problem belongs: paths such as `rules[2].v`.

use model::check::Problem;
use model::json::Object;

use super::{Field, Form, Kind};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A property.
    Key(&'a str),
    /// An item of a list, from 0.
    Item(usize),
}

/// The steps of a path; what is no path is one key.
pub fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for piece in path.split('.').filter(|piece| !piece.is_empty()) {
        let (key, items) = piece.split_at(piece.find('[').unwrap_or(piece.len()));
        if !key.is_empty() {
            steps.push(Step::Key(key));
        }
        for item in items.split(']').filter_map(|item| item.strip_prefix('[')) {
            match item.parse() {
                Ok(item) => steps.push(Step::Item(item)),
                Err(_) => return vec![Step::Key(path)],
            }
        }
    }
    steps
}

/// The problems that the field itself shows: at the property at `prefix` (such as `rules[2].`; empty for the node),
/// or below it where the field has no fields inside that show them.
pub fn at<'a>(problems: &'a [Problem], prefix: &str, field: &Field) -> Vec<&'a Problem> {
    let place = format!("{prefix}{}", field.key);
    let keys: Vec<String> = field.keys().iter().map(|key| format!("{prefix}{key}")).collect();
    let is_at = |problem: &&Problem| {
        if keys.iter().any(|key| *key == problem.path) {
            return true;
        }
        let Some(rest) = problem.path.strip_prefix(place.as_str()) else { return false };
        match &field.kind {
            Kind::Rows(rows) => match steps(rest).as_slice() {
                [Step::Item(_), Step::Key(key), ..] => {
                    !rows.form.fields.iter().any(|field| field.keys().contains(key))
                }
                [Step::Item(_)] => true,
                _ => false,
            },
            _ => rest.starts_with(['[', '.']),
        }
    };
    problems.iter().filter(is_at).collect()
}

/// The problems that no shown field shows: they stand above the form.
pub fn elsewhere<'a>(problems: &'a [Problem], form: &Form, properties: &Object) -> Vec<&'a Problem> {
    let shown: Vec<&Field> =
        form.all().filter(|field| field.is_shown(properties, form)).map(AsRef::as_ref).collect();
    let is_elsewhere = |problem: &&Problem| {
        let steps = steps(&problem.path);
        let Some(Step::Key(key)) = steps.first() else { return true };
        let Some(field) = shown.iter().find(|field| field.keys().contains(key)) else { return true };
        match (&field.kind, steps.as_slice()) {
            // A field of the row that is not shown shows nothing.
            (Kind::Rows(rows), [_, Step::Item(item), Step::Key(key), ..]) => {
                let row =
                    properties.get(&field.key).and_then(|list| list.as_array()?.get(*item)?.as_object());
                let inside = rows.form.fields.iter().find(|field| field.keys().contains(key));
                match (row, inside) {
                    (Some(row), Some(inside)) => !inside.is_shown(row, &rows.form),
                    _ => false,
                }
            }
            _ => false,
        }
    };
    problems.iter().filter(is_elsewhere).collect()
}

#[cfg(test)]
mod tests {
    use model::check::Severity;
    use model::json::Json;
    use model::text::Text;
    use serde_json::json;

    use super::*;
    use crate::store::form::schema;

    #[test]
    fn paths_are_read() {
        assert_eq!(steps("rules[2].v"), [Step::Key("rules"), Step::Item(2), Step::Key("v")]);
        assert_eq!(steps("wires[0][1]"), [Step::Key("wires"), Step::Item(0), Step::Item(1)]);
        assert_eq!(steps("[3]"), [Step::Item(3)]);
        assert_eq!(steps("odd[x]"), [Step::Key("odd[x]")]);
        assert_eq!(steps(""), []);
    }

    #[test]
    fn every_problem_is_shown_once() {
        let form = schema::own_form(&json!({ "properties": {
            "rules": { "x-widget": "rows", "items": { "properties": {
                "t": { "type": "string" },
                "v": { "x-widget": "typed", "x-type-property": "vt", "x-show-if": { "t": ["eq"] } }
            } } },
            "points": { "type": "array", "x-widget": "area" },
            "far": { "type": "string", "x-show-if": { "near": [true] } }
        } }));
        let properties = Json::parse(r#"{"rules":[{"t":"eq"},{"t":"else"}]}"#).unwrap();
        let properties = properties.as_object().unwrap();
        let paths = [
            "rules",
            "rules[0].v",
            "rules[0].vt",
            "rules[1].v",
            "rules[0].q",
            "rules[5]",
            "points[2].latitude",
            "far",
            "wires",
            "",
        ];
        let problems: Vec<Problem> = paths
            .iter()
            .map(|path| Problem {
                node: None,
                path: (*path).into(),
                text: Text::key("x"),
                severity: Severity::Error,
            })
            .collect();
        let shown = |prefix: &str, field: &Field| -> Vec<String> {
            at(&problems, prefix, field).iter().map(|problem| problem.path.to_string()).collect()
        };
        let field = |key: &str| form.fields.iter().find(|field| field.key == key).unwrap().clone();
        assert_eq!(shown("", &field("rules")), ["rules", "rules[0].q", "rules[5]"]);
        let Kind::Rows(rows) = &field("rules").kind else { panic!("no rows") };
        assert_eq!(shown("rules[0].", &rows.form.fields[1]), ["rules[0].v", "rules[0].vt"]);
        assert_eq!(shown("", &field("points")), ["points[2].latitude"]);
        let elsewhere: Vec<&str> =
            elsewhere(&problems, &form, properties).iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(elsewhere, ["rules[1].v", "far", "wires", ""]);
    }
}
