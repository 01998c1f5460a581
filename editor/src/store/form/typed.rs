//! Values with a type beside them.

use model::json::{Json, Number, Object};
use model::text::Text;
use serde_json::Value;

use super::schema::text;
use super::value;

/// The types of a typed value.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueTypes {
    /// The property of the type; without one there is one type and no menu.
    pub type_key: Option<String>,
    /// In the order offered.
    pub types: Vec<ValueType>,
    /// The type where the property is absent or empty.
    pub default: String,
    /// The property of the same row that names the property of the node which holds the value where the row has
    /// none; its type is then in the one whose name ends in `Type`.
    pub inherit_key: Option<String>,
    /// Values of older files: read as this type and value.
    pub read_as: Vec<(String, String, String)>,
}

/// One type that a value can have.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueType {
    /// What is written, such as `msg`.
    pub name: String,
    /// What the menu shows; none for a type of [`TYPES`], whose title is in the catalogue.
    pub title: Option<String>,
    /// How its value is entered.
    pub input: Input,
}

/// How a value is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A property of the message, flow or global context, shown behind this prefix.
    Property(&'static str),
    /// A line of text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Truth,
    /// A line of code.
    Code,
    /// The id of a node.
    Node,
    /// Nothing is entered: the value is always this.
    Fixed(String),
}

/// A typed value as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedValue {
    /// The type's name.
    pub type_name: String,
    /// The value as text.
    pub text: String,
}

/// The types that every form knows, with the key of their title.
pub const TYPES: [(&str, &str, Input); 16] = [
    ("msg", "typed.msg", Input::Property("msg.")),
    ("flow", "typed.flow", Input::Property("flow.")),
    ("global", "typed.global", Input::Property("global.")),
    ("str", "typed.str", Input::Text),
    ("num", "typed.num", Input::Number),
    ("bool", "typed.bool", Input::Truth),
    ("json", "typed.json", Input::Code),
    ("re", "typed.re", Input::Code),
    ("date", "typed.date", Input::Fixed(String::new())),
    ("bin", "typed.bin", Input::Code),
    ("env", "typed.env", Input::Code),
    ("jsonata", "typed.jsonata", Input::Code),
    ("cred", "typed.cred", Input::Code),
    ("node", "typed.node", Input::Node),
    ("prev", "typed.prev", Input::Fixed(String::new())),
    ("len", "typed.len", Input::Number),
];

impl ValueType {
    /// A type by its name; a text under that name where no form knows it.
    pub fn known(name: &str) -> Self {
        let input = TYPES.iter().find(|(known, ..)| *known == name).map(|(_, _, input)| input.clone());
        let title = input.is_none().then(|| name.to_owned());
        Self { name: name.to_owned(), title, input: input.unwrap_or(Input::Text) }
    }

    /// What the menu shows.
    pub fn title(&self) -> String {
        let known = TYPES.iter().find(|(known, ..)| *known == self.name).map(|(_, key, _)| *key);
        match (&self.title, known) {
            (Some(title), _) => title.clone(),
            (None, Some(key)) => crate::texts::show(&Text::key(key)),
            (None, None) => self.name.clone(),
        }
    }
}

impl ValueTypes {
    /// From a property's schema and that of its type.
    pub(super) fn read(schema: &Value, type_schema: Option<&Value>) -> Self {
        let types: Vec<ValueType> = schema
            .get("x-types")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(value_type)
            .collect();
        let offers = |name: &str| types.iter().any(|one| one.name == name);
        let told = type_schema.and_then(|schema| text(schema, "default")).filter(|name| offers(name));
        let first = || types.first().map_or("str", |one| one.name.as_str());
        let default = told.unwrap_or_else(|| if offers("str") { "str" } else { first() }).to_owned();
        let read_as = schema.get("x-read-as").and_then(Value::as_object).into_iter().flatten();
        let read_as = read_as.filter_map(|(from, to)| {
            Some((from.clone(), to.get(0)?.as_str()?.to_owned(), to.get(1)?.as_str()?.to_owned()))
        });
        Self {
            type_key: text(schema, "x-type-property").map(str::to_owned),
            default,
            inherit_key: text(schema, "x-inherit-property").map(str::to_owned),
            read_as: read_as.collect(),
            types,
        }
    }

    /// The value under `key`. `node` are the properties of the node around the row, for rows that leave their
    /// value there.
    pub fn value(&self, key: &str, default: Option<&Json>, properties: &Object, node: &Object) -> TypedValue {
        let type_of = |object: &Object, key: &str| {
            object.get(key).and_then(Json::as_str).filter(|name| !name.is_empty()).map(str::to_owned)
        };
        let own_type = || self.type_key.as_deref().and_then(|key| type_of(properties, key));
        let own = properties.get(key).filter(|value| !value.is_null());
        if let (None, Some(source)) = (own, self.inherited(properties)) {
            let type_name = type_of(node, &format!("{source}Type")).or_else(own_type);
            return TypedValue {
                type_name: type_name.unwrap_or_else(|| self.default.clone()),
                text: node.get(&source).map(value::text_of).unwrap_or_default(),
            };
        }
        let text = own.or(default).map(value::text_of).unwrap_or_default();
        let is_of = |name: &str, wanted: &str| name == wanted || name == self.default;
        let type_name = own_type().unwrap_or_else(|| self.default.clone());
        match self.read_as.iter().find(|(from, to, _)| *from == text && is_of(&type_name, to)) {
            Some((_, type_name, text)) => TypedValue { type_name: type_name.clone(), text: text.clone() },
            None => TypedValue { type_name, text },
        }
    }

    /// The node's property that holds the value of a row without one.
    fn inherited(&self, row: &Object) -> Option<String> {
        Some(row.get(self.inherit_key.as_deref()?)?.as_str()?.to_owned())
    }

    /// The type of a name; one that is not offered is shown by its name.
    pub fn of(&self, name: &str) -> ValueType {
        self.types.iter().find(|one| one.name == name).cloned().unwrap_or_else(|| ValueType::known(name))
    }

    /// What is written when another type is chosen: the value stays where the new type can have it.
    pub fn retyped(&self, value: &TypedValue, name: &str) -> TypedValue {
        let keeps = |holds: bool| if holds { value.text.clone() } else { String::new() };
        let text = match self.of(name).input {
            Input::Fixed(fixed) => fixed,
            Input::Truth if value.text == "false" => "false".to_owned(),
            Input::Truth => "true".to_owned(),
            Input::Number => keeps(Number::from_literal(value.text.trim()).is_some()),
            Input::Node => String::new(),
            Input::Property(_) | Input::Text | Input::Code => {
                // The only value of another type means nothing here.
                keeps(!matches!(self.of(&value.type_name).input, Input::Fixed(_)))
            }
        };
        TypedValue { type_name: name.to_owned(), text }
    }

    /// The properties to write for a value.
    pub fn write(&self, key: &str, value: &TypedValue) -> Vec<(String, Option<Json>)> {
        let mut written = vec![(key.to_owned(), Some(Json::from(value.text.as_str())))];
        if let Some(type_key) = &self.type_key {
            written.push((type_key.clone(), Some(value.type_name.as_str().into())));
        }
        written
    }
}

/// A name, or `{type, title, value}`: a type with one value.
fn value_type(schema: &Value) -> Option<ValueType> {
    if let Some(name) = schema.as_str() {
        return Some(ValueType::known(name));
    }
    let name = text(schema, "type")?;
    let mut one = ValueType::known(name);
    one.title = text(schema, "title").map(str::to_owned).or(one.title);
    if let Some(fixed) = text(schema, "value") {
        one.input = Input::Fixed(fixed.to_owned());
    }
    Some(one)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: serde_json::Value) -> Object {
        Json::from(value).as_object().unwrap().clone()
    }

    fn shown(types: &ValueTypes, row: serde_json::Value, node: serde_json::Value) -> (String, String) {
        let value = types.value("v", None, &object(row), &object(node));
        (value.type_name, value.text)
    }

    #[test]
    fn a_value_is_read_where_it_stands() {
        let schema =
            json!({"x-type-property": "vt", "x-types": ["msg", "str", "num"], "x-inherit-property": "p"});
        let types = ValueTypes::read(&schema, None);
        let nothing = || json!({});
        for (row, node, expected) in [
            (json!({"v": "a", "vt": "msg"}), nothing(), ("msg", "a")),
            (json!({"v": 3, "vt": ""}), nothing(), ("str", "3")),
            (json!({"p": "payload"}), json!({"payload": "5", "payloadType": "num"}), ("num", "5")),
            (json!({"p": "topic", "vt": "str"}), json!({"topic": "cars"}), ("str", "cars")),
            (json!({"p": "payload", "v": "", "vt": "str"}), json!({"payload": "5"}), ("str", "")),
            (json!({}), nothing(), ("str", "")),
        ] {
            assert_eq!(shown(&types, row, node), (expected.0.to_owned(), expected.1.to_owned()));
        }
    }

    #[test]
    fn older_values_are_read_as_what_they_mean() {
        let schema = json!({
            "x-type-property": "vt", "x-types": ["msg", {"type": "full", "title": "All", "value": "true"}],
            "x-read-as": {"false": ["msg", "payload"], "true": ["full", "true"]}
        });
        let types = ValueTypes::read(&schema, Some(&json!({"default": "msg"})));
        let own = |value: &str, name: &str| shown(&types, json!({"v": value, "vt": name}), json!({}));
        assert_eq!(own("false", "msg"), ("msg".into(), "payload".into()));
        assert_eq!(own("true", ""), ("full".into(), "true".into()));
        assert_eq!(own("true", "full"), ("full".into(), "true".into()));
        assert_eq!(own("a.false", "msg"), ("msg".into(), "a.false".into()));
        assert_eq!(types.of("full").title(), "All");
    }

    #[test]
    fn another_type_keeps_the_value_where_it_can() {
        let schema = json!({"x-type-property": "vt", "x-types": ["msg", "str", "num", "bool", "date",
            {"type": "full", "title": "All", "value": "true"}]});
        let types = ValueTypes::read(&schema, None);
        let value = |name: &str, text: &str| TypedValue { type_name: name.into(), text: text.into() };
        for (from, to, expected) in [
            (value("str", "a"), "msg", "a"),
            (value("str", "a"), "num", ""),
            (value("str", "1e3"), "num", "1e3"),
            (value("str", "no"), "bool", "true"),
            (value("str", "false"), "bool", "false"),
            (value("msg", "payload"), "date", ""),
            (value("msg", "payload"), "full", "true"),
            (value("full", "true"), "msg", ""),
        ] {
            assert_eq!(types.retyped(&from, to), value(to, expected));
        }
        let written = types.write("v", &value("num", "1"));
        assert_eq!(written, [("v".into(), Some("1".into())), ("vt".into(), Some("num".into()))]);
    }
}
