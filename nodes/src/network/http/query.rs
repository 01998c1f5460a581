//! Query strings and urlencoded forms, read as Express 4 does (the `qs` rules): `a=1&a=2` and `a[]=1` are
//! arrays, `a[b]=1` is an object.

use engine::{Object, Value};

use super::percent_decode;

/// Pairs beyond this are left out, as in `qs`.
const PAIR_LIMIT: usize = 1000;
/// Brackets beyond this depth stay part of the name, as in `qs`.
const DEPTH_LIMIT: usize = 5;
/// Indices beyond this make an object instead of an array, as in `qs`: `a[999999999]=x` must not cost memory.
const INDEX_LIMIT: usize = 20;

/// Reads a query string without its `?`.
pub fn parse(text: &str) -> Object {
    if text.is_empty() {
        return Object::new();
    }
    let mut root = Value::object();
    for pair in text.split('&').filter(|pair| !pair.is_empty()).take(PAIR_LIMIT) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name), decode(value));
        let keys = keys_of(&name);
        if !keys[0].is_empty() {
            put(&mut root, &keys, value.into());
        }
    }
    root.as_object().cloned().unwrap_or_default()
}

/// A plus is a space; what is malformed stays as it is.
fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode(&text).unwrap_or(text)
}

/// `a[b][]` as `a`, `b`, ``.
fn keys_of(name: &str) -> Vec<&str> {
    let Some(open) = name.find('[').filter(|open| *open > 0) else { return vec![name] };
    let mut keys = vec![&name[..open]];
    let mut rest = &name[open..];
    while let Some(inside) = rest.strip_prefix('[') {
        let Some(close) = inside.find(']').filter(|_| keys.len() <= DEPTH_LIMIT) else { break };
        keys.push(&inside[..close]);
        rest = &inside[close + 1..];
    }
    keys
}

fn put(at: &mut Value, keys: &[&str], value: Value) {
    let Some((key, others)) = keys.split_first() else {
        return match at {
            Value::Undefined => *at = value,
            Value::Array(_) => at.as_array_mut().into_iter().for_each(|items| items.push(value.clone())),
            Value::Object(_) => {}
            single => *single = vec![std::mem::take(single), value].into(),
        };
    };
    let index = key.parse::<usize>().ok().filter(|index| *index <= INDEX_LIMIT);
    if at == &Value::Undefined {
        *at = if key.is_empty() || index.is_some() { Value::from(Vec::new()) } else { Value::object() };
    }
    match at {
        Value::Array(_) if key.is_empty() || index.is_some() => {
            let Some(items) = at.as_array_mut() else { return };
            // As `qs` does: an index orders, it leaves no holes.
            let place = index.filter(|index| *index < items.len()).unwrap_or_else(|| {
                items.push(Value::Undefined);
                items.len() - 1
            });
            put(&mut items[place], others, value);
        }
        Value::Array(_) => {
            let items = std::mem::take(at);
            let numbered = items.as_array().into_iter().flatten().enumerate();
            *at = numbered.map(|(at, item)| (at.to_string(), item.clone())).collect::<Object>().into();
            put(at, keys, value);
        }
        Value::Object(_) => {
            let Some(object) = at.as_object_mut() else { return };
            if !object.contains_key(key) {
                object.insert(*key, Value::Undefined);
            }
            if let Some(slot) = object.get_mut(key) {
                put(slot, others, value);
            }
        }
        // `a=1&a[b]=2`: the plain value stays, beside the object.
        plain => {
            let mut object = Value::object();
            put(&mut object, keys, value);
            *plain = vec![std::mem::take(plain), object].into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_express_does() {
        for (query, expected) in [
            ("", r#"{}"#),
            ("a=1&b=x+y%20z&c", r#"{"a":"1","b":"x y z","c":""}"#),
            ("a=1&a=2&a=3", r#"{"a":["1","2","3"]}"#),
            ("a[]=1&a[]=2", r#"{"a":["1","2"]}"#),
            ("a[0]=x&a[1]=y", r#"{"a":["x","y"]}"#),
            ("a[b]=1&a[c][d]=2", r#"{"a":{"b":"1","c":{"d":"2"}}}"#),
            ("a[999999999]=x", r#"{"a":{"999999999":"x"}}"#),
            ("a%5Bb%5D=1", r#"{"a":{"b":"1"}}"#),
            ("a[]=1&a[b]=2", r#"{"a":{"0":"1","b":"2"}}"#),
            ("__proto__[x]=1", r#"{"__proto__":{"x":"1"}}"#),
            ("a=%zz&=1", r#"{"a":"%zz"}"#),
        ] {
            assert_eq!(serde_json::to_string(&parse(query)).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn has_limits() {
        let many: Vec<_> = (0..5000).map(|at| format!("k{at}=1")).collect();
        assert_eq!(parse(&many.join("&")).len(), PAIR_LIMIT);
        let deep = parse(&format!("a{}=1", "[x]".repeat(10_000)));
        assert_eq!(deep.len(), 1);
    }
}
