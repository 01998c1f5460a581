//! Values of fields: from a property to what is shown, and back.

use model::json::{Json, Number, Object};

use super::{Field, Kind, NumberKind};

/// What is written: properties and their values, none to take a property out.
pub type Writes = Vec<(String, Option<Json>)>;

/// The value of a field: the property's, else its default.
pub fn value(field: &Field, properties: &Object) -> Json {
    properties.get(&field.key).or(field.default.as_ref()).cloned().unwrap_or_default()
}

/// A value in one line.
pub fn text_of(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.to_string(),
        Json::Number(number) => number.as_str().to_owned(),
        other => other.to_string(),
    }
}

/// The value that a text typed into a field stands for. `now` is the property as it is.
pub fn parse(kind: &Kind, text: &str, now: Option<&Json>) -> Json {
    match kind {
        Kind::Number(number) | Kind::Duration { number, .. } => parse_number(*number, text, now),
        Kind::Json => Json::parse(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}

/// A number, as a number or a text, whichever it was; what is no number stays a text, for the checks to tell of.
fn parse_number(kind: NumberKind, text: &str, now: Option<&Json>) -> Json {
    let literal = text.trim();
    let is_text = match now {
        Some(Json::Number(_)) => false,
        Some(Json::String(now)) if Number::from_literal(now.trim()).is_some() => true,
        _ => kind.is_text,
    };
    match Number::from_literal(literal) {
        Some(number) if !is_text => number.into(),
        _ => literal.into(),
    }
}

/// Whether a flag is set: true, or the text of it.
pub fn is_true(value: &Json) -> bool {
    match value {
        Json::Bool(value) => *value,
        Json::String(text) => !matches!(text.as_str(), "" | "false"),
        Json::Number(number) => number.as_f64() != 0.0,
        _ => false,
    }
}

/// A flag's value, as a text where it was one.
pub fn flag(is_set: bool, now: Option<&Json>) -> Json {
    match now {
        Some(Json::String(_)) => if is_set { "true" } else { "false" }.into(),
        _ => is_set.into(),
    }
}

/// Whether two values mean the same to a form: 1 and "1" do, and true and "true".
pub fn is_same(one: &Json, other: &Json) -> bool {
    let scalar = |value: &Json| matches!(value, Json::String(_) | Json::Number(_) | Json::Bool(_));
    one.semantic_eq(other) || scalar(one) && scalar(other) && text_of(one) == text_of(other)
}

/// What is written for a field's new value.
pub fn write(field: &Field, value: Json) -> Writes {
    let is_default = match &field.default {
        Some(default) => default.semantic_eq(&value),
        None => value.as_str() == Some("") || value.is_null() || value == Json::Bool(false),
    };
    vec![(field.key.clone(), (!(field.is_default_left_out && is_default)).then_some(value))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_form() {
        let number = Kind::Number(NumberKind::default());
        let text = Kind::Number(NumberKind { is_text: true, ..NumberKind::default() });
        let five = Json::from("5");
        for (kind, typed, now, expected) in [
            (&number, "2.50", None, "2.50"),
            (&number, "2", Some(&five), r#""2""#),
            (&text, "2", None, r#""2""#),
            (&text, "2", Some(&Json::from(5)), "2"),
            (&number, "", Some(&Json::from(5)), r#""""#),
            (&number, "-", None, r#""-""#),
            (&number, "${PORT}", None, r#""${PORT}""#),
            (&number, " 7 ", Some(&Json::from("")), "7"),
        ] {
            assert_eq!(parse(kind, typed, now).to_string(), expected, "{typed}");
        }
    }

    #[test]
    fn flags_and_choices_read_what_node_red_writes() {
        for (value, expected) in [
            (Json::Bool(true), true),
            ("true".into(), true),
            ("false".into(), false),
            ("".into(), false),
            (Json::Null, false),
            (1.into(), true),
        ] {
            assert_eq!(is_true(&value), expected, "{value}");
        }
        assert_eq!(flag(false, Some(&"true".into())), Json::from("false"));
        assert_eq!(flag(true, None), Json::Bool(true));
        assert!(is_same(&1.into(), &"1".into()));
        assert!(is_same(&Json::Bool(true), &"true".into()));
        assert!(!is_same(&Json::Null, &"".into()));
    }

    #[test]
    fn defaults_are_left_out_where_the_field_says_so() {
        let mut field = Field::new("d", "Enabled", Kind::Flag { is_inverted: true });
        assert_eq!(write(&field, false.into()), [("d".to_owned(), Some(Json::Bool(false)))]);
        field.is_default_left_out = true;
        assert_eq!(write(&field, false.into()), [("d".to_owned(), None)]);
        assert_eq!(write(&field, true.into()), [("d".to_owned(), Some(Json::Bool(true)))]);
    }
}
