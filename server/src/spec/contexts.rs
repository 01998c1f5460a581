//! What the specs read and write of the contexts.

use engine::context::{ContextKey, Contexts, Scope};
use engine::node::NodeInfo;
use engine::{Engine, Value, js};
use serde_json::{Value as Json, json};

use super::codec::{decode, encode};

/// Reads, writes or lists what a context holds, as an order says.
pub(super) fn carry_out(
    contexts: &Contexts,
    engine: Option<&Engine>,
    op: &str,
    order: &Json,
) -> Result<Json, String> {
    let node = order["node"].as_str().unwrap_or_default();
    let info = NodeInfo {
        id: node.into(),
        flow: order["flow"].as_str().unwrap_or_default().into(),
        ..NodeInfo::default()
    };
    let info = engine.and_then(|engine| engine.node(node)).map_or(info, |found| (*found.info).clone());
    let scope = match order["scope"].as_str() {
        Some("flow") => Scope::Flow,
        Some("global") => Scope::Global,
        _ => Scope::Node,
    };
    let arguments: Vec<Value> = order["args"].as_array().into_iter().flatten().map(decode).collect();
    let text = |at: usize| arguments.get(at).and_then(Value::as_str);
    let key = |name: &Value, store: Option<&str>| {
        let name = js::to_text(name);
        let whole = store.map_or(name.clone(), |store| ecow::eco_format!("#:({store})::{name}"));
        ContextKey::parse(&whole).map_err(|error| error.to_string())
    };
    let several = |value: Option<&Value>| match value {
        Some(Value::Array(items)) => items.to_vec(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    };
    let is_several = matches!(arguments.first(), Some(Value::Array(_)));
    let values = match op {
        "context.keys" => {
            vec![contexts.keys(scope, &info, text(0)).into_iter().map(Value::from).collect()]
        }
        "context.get" => several(arguments.first())
            .iter()
            .map(|name| Ok(contexts.get(scope, &info, &key(name, text(1))?)))
            .collect::<Result<Vec<Value>, String>>()?,
        _ => {
            let (names, values) = (several(arguments.first()), arguments.get(1).cloned().unwrap_or_default());
            for (at, name) in names.iter().enumerate() {
                let value = match &values {
                    Value::Array(values) if is_several => values.get(at).cloned().unwrap_or_default(),
                    value => value.clone(),
                };
                let set = contexts.set(scope, &info, &key(name, text(2))?, value);
                set.map_err(|error| error.to_string())?;
            }
            Vec::new()
        }
    };
    if order["cb"] == true {
        let values: Vec<Json> = values.iter().map(encode).collect();
        return Ok(json!({ "err": null, "cb": values }));
    }
    let value =
        if is_several { values.into_iter().collect() } else { values.into_iter().next().unwrap_or_default() };
    Ok(json!({ "v": encode(&value) }))
}
