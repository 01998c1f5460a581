//! What Node-RED's nodes show of their settings, where that is not the setting as it stands in the flow.

use engine::{Object, Value, js, typed};
use serde_json::{Value as Json, json};

use super::codec::encode;

/// The property `name` of a node, encoded; `None` where it is the setting of that name, or its default.
pub(super) fn shown(node: &Json, name: &str) -> Option<Json> {
    match (node["type"].as_str()?, name) {
        ("change", "rules") => Some(rules(node)),
        (kind, name) => value(node, kind, name).map(|value| encode(&value)),
    }
}

fn value(node: &Json, kind: &str, name: &str) -> Option<Value> {
    let text = |key: &str, default: &str| -> Value {
        node[key].as_str().filter(|text| !text.is_empty()).unwrap_or(default).into()
    };
    let number = |key: &str, default: f64| -> f64 {
        let value = typed::value_of(&node[key]);
        if js::is_truthy(&value) { js::to_number(&value) } else { default }
    };
    let flag = |key: &str| js::is_truthy(&typed::value_of(&node[key]));
    Some(match (kind, name) {
        ("inject", "onceDelay") => (number("onceDelay", 0.1) * 1000.0).into(),
        ("debug", "complete") => match node["complete"].as_str() {
            Some("false" | "") | None => "payload".into(),
            Some(path) => path.into(),
        },
        ("trigger", "op1" | "op2") => text(name, if name == "op1" { "1" } else { "0" }),
        ("trigger", "op1type" | "op2type") => text(name, "str"),
        ("trigger", "extend") => text("extend", "false"),
        ("trigger", "units") => text("units", "ms"),
        ("trigger", "duration") => {
            let unit = match node["units"].as_str() {
                Some("s") => 1000.0,
                Some("min") => 60_000.0,
                Some("hr") => 3_600_000.0,
                _ => 1.0,
            };
            (number("duration", 250.0).abs() * unit).into()
        }
        ("delay", "rate") => {
            let unit = match node["rateUnits"].as_str() {
                Some("minute") => 60_000.0,
                Some("hour") => 3_600_000.0,
                Some("day") => 86_400_000.0,
                _ => 1000.0,
            };
            (unit / number("rate", f64::NAN) * number("nbRateUnits", 1.0).max(1.0)).into()
        }
        ("range", "round") => flag("round").into(),
        ("rbe", "func") => text("func", "rbe"),
        ("rbe", "gap") => text("gap", "0"),
        ("switch", "checkall") => text("checkall", "true"),
        ("switch", "rules") => match &node["rules"] {
            Json::Array(_) => return None,
            _ => Vec::new().into(),
        },
        ("join", "count") => number("count", 0.0).into(),
        ("join", "timer") => (number("timeout", 0.0) * 1000.0).into(),
        ("join", "build") => text("build", "array"),
        ("exec", "cmd") => text("command", ""),
        ("exec", "append") => text("append", ""),
        ("exec", "addpay") => match &node["addpay"] {
            Json::Null | Json::Bool(true) => "payload".into(),
            other => typed::value_of(other),
        },
        ("exec", "timer") => (number("timer", 0.0) * 1000.0).into(),
        ("exec", "oldrc") => js::to_text(&flag("oldrc").into()).into(),
        ("exec", "execOpt") => Object::from_iter([
            ("encoding", Value::from("binary")),
            ("maxBuffer", 10_000_000.into()),
            ("windowsHide", flag("winHide").into()),
        ])
        .into(),
        ("exec", "spawnOpt") => Object::from_iter([("windowsHide", flag("winHide"))]).into(),
        ("csv", "template") => text("temp", ""),
        ("csv", "sep") => text("sep", ","),
        ("csv", "quo") => "\"".into(),
        ("csv", "ret") => {
            let is_strict = node["spec"] == "rfc";
            let default = if is_strict { "\r\n" } else { "\n" };
            js::to_text(&text("ret", default)).replace("\\n", "\n").replace("\\r", "\r").into()
        }
        ("csv", "multi") => text("multi", "one"),
        ("csv", "hdrin") => flag("hdrin").into(),
        _ => return None,
    })
}

/// A change node's rules, those of its first versions as today's.
fn rules(node: &Json) -> Json {
    let given = match node["rules"].as_array() {
        Some(rules) => rules.clone(),
        None => vec![first_rule(node)],
    };
    given.into_iter().map(filled).collect()
}

/// The one rule of a node without a list of rules.
fn first_rule(node: &Json) -> Json {
    let text = |key: &str| node[key].as_str().unwrap_or_default();
    let undefined = || json!({ "$t": "undef" });
    let (kind, property) = (text("action"), text("property"));
    match kind {
        "" => json!({ "t": undefined(), "p": property }),
        "change" => {
            let is_expression = node.get("reg").cloned().unwrap_or_else(undefined);
            json!({ "t": kind, "p": property, "from": text("from"), "to": text("to"), "re": is_expression })
        }
        "delete" => json!({ "t": kind, "p": property }),
        _ => json!({ "t": if kind == "replace" { "set" } else { kind }, "p": property, "to": text("to") }),
    }
}

/// A rule with its types.
fn filled(mut rule: Json) -> Json {
    if rule["t"] == "set"
        && rule["tot"].is_null()
        && let Some(path) = rule["to"].as_str().and_then(|to| to.strip_prefix("msg.")).map(str::to_owned)
    {
        rule["to"] = path.into();
        rule["tot"] = "msg".into();
    }
    for (key, default) in [("pt", "msg"), ("tot", "str"), ("fromt", "str")] {
        if rule[key].as_str().is_none_or(str::is_empty) {
            rule[key] = default.into();
        }
    }
    if rule["t"] == "change" && rule["fromt"] == "str" {
        let text = rule["from"].as_str().unwrap_or_default();
        let source = if text.is_empty() { "(?:)".to_owned() } else { regex_escaped(text) };
        rule["fromRE"] = json!({ "$t": "regexp", "v": source, "flags": "g" });
    }
    rule
}

fn regex_escaped(text: &str) -> String {
    let escape = |character: char| match character {
        '-' | '[' | ']' | '{' | '}' | '(' | ')' | '*' | '+' | '?' | '.' | ',' | '\\' | '^' | '$' | '|'
        | '#' | ' ' => {
            format!("\\{character}")
        }
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}
