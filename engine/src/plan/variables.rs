//! Environment variables that a flow document defines.

use std::collections::HashMap;

use ecow::EcoString;
use model::document::Node;
use model::json::Json;
use model::text::Text;

use crate::env::Env;
use crate::typed::{Expression, Surroundings};
use crate::value::{Object, Value};

/// A variable's name and value.
type Variable = (EcoString, Value);

/// The variables that the `env` rows of a tab, group, subflow or instance define, and what is wrong with
/// them: path and text. One that names itself is that of `outside`; the values of secret ones stand in the entry's
/// `credentials`.
pub(super) fn of_entry(
    node: &Node,
    env: &Env,
    outside: &Env,
    credentials: Option<&HashMap<String, String>>,
) -> (Vec<Variable>, Vec<(String, Text)>) {
    let (mut variables, mut problems) = (Vec::new(), Vec::new());
    let rows = node.field("env").and_then(Json::as_array).unwrap_or_default();
    for (at, row) in rows.iter().enumerate() {
        let Some(name) = row.get("name").and_then(Json::as_str).filter(|name| !name.is_empty()) else {
            continue;
        };
        let kind = row.get("type").and_then(Json::as_str).unwrap_or("str");
        // A variable may be made of those before it.
        let so_far = env.inner(variables.clone());
        if kind == "cred" {
            match secret(name, credentials) {
                Some(secret) => variables.push((name.into(), secret.into())),
                // A use of a subflow that says nothing itself has what the subflow says.
                None if so_far.get(name).is_some() => {}
                None => variables.push((name.into(), "".into())),
            }
            continue;
        }
        let is_own = row.get("value").and_then(Json::as_str).is_some_and(|value| {
            let named = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            named.unwrap_or(value) == name
        });
        match evaluate(row.get("value"), kind, if is_own { outside } else { &so_far }) {
            Ok(value) => variables.push((name.into(), value)),
            Err(reason) => {
                let text = Text::key("engine.bad-variable")
                    .with("name", name)
                    .with("type", kind)
                    .with("reason", reason);
                problems.push((format!("env[{at}].value"), text));
            }
        }
    }
    (variables, problems)
}

/// A secret variable's value, if it is set. That of a global-config node stands in the object `map`.
fn secret(name: &str, credentials: Option<&HashMap<String, String>>) -> Option<EcoString> {
    let credentials = credentials?;
    let in_map = || {
        let map: HashMap<String, serde_json::Value> = serde_json::from_str(credentials.get("map")?).ok()?;
        map.get(name)?.as_str().map(EcoString::from)
    };
    credentials.get(name).map(EcoString::from).or_else(in_map)
}

fn evaluate(value: Option<&Json>, kind: &str, env: &Env) -> Result<Value, String> {
    let text = match value {
        Some(Json::String(text)) => text.clone(),
        Some(other) => ecow::eco_format!("{other}"),
        None => EcoString::new(),
    };
    match kind {
        "num" => text.trim().parse::<f64>().map(Value::from).map_err(|error| error.to_string()),
        "bool" => Ok(Value::Bool(text == "true")),
        "json" => serde_json::from_str(&text).map_err(|error| error.to_string()),
        "bin" => {
            let bytes: Vec<u8> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            Ok(Value::buffer(bytes))
        }
        "env" => Ok(env.substitute(&text).or_else(|| env.get(&text)).unwrap_or_else(|| "".into())),
        // Worked out at deploy: of other variables, and of nothing that changes later.
        "jsonata" => {
            let surroundings = Surroundings { env: env.clone(), ..Surroundings::default() };
            let expression = Expression::parse(&text).map_err(|text| english(&text))?;
            expression.evaluate_with(&surroundings, &Object::new(), &[]).map_err(|error| english(&error.text))
        }
        // str, conf-type (the id of a config node), and texts of types still to come.
        _ => Ok(Value::String(text)),
    }
}

/// A text inside another one: what it says in English.
fn english(text: &Text) -> String {
    text.render_with([&crate::typed::TEXTS]).into()
}
