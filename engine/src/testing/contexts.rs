//! Context values of a flow under test: what it begins with, what it reads of those that run, what it leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use ecow::{EcoString, eco_format};
use model::api::Difference;
use serde_json::{Map, Value as Json, json};

use super::heard::{lock, taken};
use super::mismatch::differences;
use super::values::{decode, encode};
use super::{Case, Step};
use crate::context::{ContextKey, ContextStore, Contexts, MEMORY, MemoryStore};
use crate::js::path::PropertyPath;
use crate::{Message, NodeError, Object, Value};

/// Values by the name of their scope in a store, then by key: `count`, or `#:(disk)::count` in another than the default
/// store. What they hold at the top; no paths.
pub type Scopes = BTreeMap<EcoString, Map<String, Json>>;

impl Case {
    /// All context values that its steps set.
    pub fn context_set(&self) -> Scopes {
        merged(self.steps.iter().filter_map(|step| match step {
            Step::SetContext(scopes) => Some(scopes),
            _ => None,
        }))
    }

    /// All context values that its steps expect.
    pub fn context_expected(&self) -> Scopes {
        merged(self.steps.iter().filter_map(|step| match step {
            Step::ExpectContext(scopes) => Some(scopes),
            _ => None,
        }))
    }
}

/// All values of several; of a key that comes twice the last one counts.
fn merged<'a>(several: impl Iterator<Item = &'a Scopes>) -> Scopes {
    let mut all = Scopes::new();
    for (scope, values) in several.flatten() {
        all.entry(scope.clone()).or_default().extend(values.clone());
    }
    all
}

/// The stores of a flow under test.
pub(super) struct TestStores(BTreeMap<EcoString, Arc<MemoryStore>>);

impl TestStores {
    /// Empty ones: the default one, and those that a case names.
    pub(super) fn of(case: &Case) -> Self {
        let keys = case.steps.iter().filter_map(|step| match step {
            Step::SetContext(scopes) | Step::ExpectContext(scopes) => {
                Some(scopes.values().flat_map(Map::keys))
            }
            _ => None,
        });
        let named = keys.flatten().filter_map(|key| ContextKey::split(key).0);
        let names = named.chain([MEMORY]).map(EcoString::from).collect::<BTreeSet<_>>();
        Self(names.into_iter().map(|name| (name, Arc::default())).collect())
    }

    pub(super) fn contexts(&self) -> Contexts {
        let stores =
            self.0.iter().map(|(name, store)| (name.clone(), store.clone() as Arc<dyn ContextStore>));
        Contexts::of(stores, MEMORY)
    }

    fn store<'a, 'k>(&'a self, key: &'k str) -> (&'a MemoryStore, &'k str) {
        let (name, key) = ContextKey::split(key);
        (name.and_then(|name| self.0.get(name)).unwrap_or_else(|| &self.0[MEMORY]).as_ref(), key)
    }

    pub(super) fn set(&self, scopes: &Scopes) -> Result<(), NodeError> {
        for (scope, values) in scopes {
            for (key, value) in values {
                let (store, key) = self.store(key);
                store.set(scope, &PropertyPath::key(key), decode(value))?;
            }
        }
        Ok(())
    }

    /// Where what is there differs from what is expected, as of a message.
    pub(super) fn differences(&self, expected: &Scopes) -> Vec<Difference> {
        let of_scope = |(scope, expected): (&EcoString, &Map<String, Json>)| {
            let special = |name: &str| expected.get(name).and_then(Json::as_array).into_iter().flatten();
            let listed = ["$any", "$absent"].into_iter().flat_map(special).filter_map(Json::as_str);
            let keys = expected.keys().map(String::as_str).chain(listed);
            let values = keys.filter_map(|key| {
                let (store, name) = self.store(key);
                Some((EcoString::from(key), store.get(scope, &PropertyPath::key(name))?))
            });
            let found = differences(
                &Message::from_object(values.collect::<Object>()),
                &Json::Object(expected.clone()),
            );
            let named = |it: Difference| Difference { path: eco_format!("{scope} {}", it.path), ..it };
            found.into_iter().map(named).collect::<Vec<_>>()
        };
        expected.iter().flat_map(of_scope).collect()
    }

    /// All that they hold.
    pub(super) fn snapshot(&self) -> BTreeMap<(EcoString, String), Value> {
        let all = self.0.iter().flat_map(|(name, store)| {
            store.scopes().into_iter().flat_map(move |scope| {
                let values = store.snapshot(&scope);
                let one = |(key, value): (&EcoString, &Value)| {
                    ((scope.clone(), key_in(name, MEMORY, key)), value.clone())
                };
                values.iter().map(one).collect::<Vec<_>>()
            })
        });
        all.collect()
    }
}

/// A key with its store in front, unless that is the default one.
fn key_in(store: &str, default: &str, key: &str) -> String {
    if store == default { key.to_owned() } else { format!("#:({store})::{key}") }
}

/// What is expected of what two runs left: that which they changed, with whatever value where they do not agree.
pub(super) fn expected(
    before: &Scopes,
    first: &BTreeMap<(EcoString, String), Value>,
    second: &BTreeMap<(EcoString, String), Value>,
    is_secret: impl Fn(&Json) -> bool,
) -> Scopes {
    let had = |scope: &str, key: &str| before.get(scope)?.get(key).map(decode);
    let mut scopes = Scopes::new();
    let mut list = |scope: &EcoString, name: &str, key: &str| {
        let entry = scopes.entry(scope.clone()).or_default().entry(name).or_insert_with(|| json!([]));
        entry.as_array_mut().into_iter().for_each(|list| list.push(json!(key)));
    };
    let mut same = Vec::new();
    for ((scope, key), value) in first {
        let other = second.get(&(scope.clone(), key.clone()));
        if had(scope, key).as_ref() == Some(value) && other == Some(value) {
            continue;
        }
        match encode(value).filter(|json| other == Some(value) && !is_secret(json)) {
            Some(json) => same.push((scope, key, json)),
            None if other.is_some() => list(scope, "$any", key),
            None => {}
        }
    }
    for (scope, values) in before {
        let gone = |key: &&String| {
            let place = (scope.clone(), (*key).clone());
            !first.contains_key(&place) && !second.contains_key(&place)
        };
        values.keys().filter(gone).for_each(|key| list(scope, "$absent", key));
    }
    for (scope, key, json) in same {
        scopes.entry(scope.clone()).or_default().insert(key.clone(), json);
    }
    scopes
}

/// Stores that begin with what others hold, and note what was looked at of it.
pub(super) struct Probe {
    live: Arc<Contexts>,
    found: Arc<Mutex<Scopes>>,
}

impl Probe {
    pub(super) fn of(live: &Arc<Contexts>) -> Self {
        Self { live: live.clone(), found: Arc::default() }
    }

    pub(super) fn contexts(&self) -> Contexts {
        let stores = self.live.names().map(|name| {
            let store = Lent {
                name: name.clone(),
                own: MemoryStore::default(),
                live: self.live.clone(),
                asked: Mutex::default(),
                found: self.found.clone(),
            };
            (name.clone(), Arc::new(store) as Arc<dyn ContextStore>)
        });
        Contexts::of(stores, self.live.default_name())
    }

    /// What was looked at.
    pub(super) fn found(&self) -> Scopes {
        taken(&self.found)
    }
}

struct Lent {
    name: EcoString,
    own: MemoryStore,
    live: Arc<Contexts>,
    asked: Mutex<BTreeSet<(EcoString, EcoString)>>,
    found: Arc<Mutex<Scopes>>,
}

impl Lent {
    /// Takes a value over when it is first looked at.
    fn lend(&self, scope: &str, key: &str) {
        if !lock(&self.asked).insert((scope.into(), key.into())) {
            return;
        }
        let path = PropertyPath::key(key);
        let Some(value) = self.live.in_store(Some(&self.name), scope, &path) else { return };
        // What has no form in a case file cannot be there the next time.
        if let Some(json) = encode(&value)
            && self.own.set(scope, &path, value).is_ok()
        {
            let name = key_in(&self.name, self.live.default_name(), key);
            lock(&self.found).entry(scope.into()).or_default().insert(name, json);
        }
    }
}

impl ContextStore for Lent {
    fn get(&self, scope: &str, path: &PropertyPath) -> Option<Value> {
        if let Some(key) = path.first_key() {
            self.lend(scope, key);
        }
        self.own.get(scope, path)
    }

    fn set(&self, scope: &str, path: &PropertyPath, value: Value) -> Result<(), NodeError> {
        match (path.as_key(), path.first_key()) {
            (Some(key), _) => drop(lock(&self.asked).insert((scope.into(), key.into()))),
            // A part of a value is set in what is there.
            (None, Some(key)) => self.lend(scope, key),
            (None, None) => {}
        }
        self.own.set(scope, path, value)
    }

    fn keys(&self, scope: &str) -> Vec<EcoString> {
        self.live.keys_in_store(Some(&self.name), scope).iter().for_each(|key| self.lend(scope, key));
        self.own.keys(scope)
    }

    fn delete(&self, scope: &str) {
        self.own.delete(scope);
    }

    fn clean(&self, is_live: &dyn Fn(&str) -> bool) {
        self.own.clean(is_live);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_lent_and_noted_and_nothing_else() {
        let path = |text: &str| PropertyPath::parse(text).unwrap();
        let live = Contexts::new().with_store("disk", Arc::<MemoryStore>::default());
        let live = Arc::new(live.with_seeds(Object::from_iter([("seed", Value::from(7))])));
        live.store(None).set("t", &path("a.b"), 1.into()).unwrap();
        live.store(Some("disk")).set("t", &path("x"), 2.into()).unwrap();
        live.store(None).set("t", &path("never"), 3.into()).unwrap();
        live.store(None).set("t", &path("written"), 4.into()).unwrap();
        let probe = Probe::of(&live);
        let lent = probe.contexts();
        assert_eq!(lent.store(None).get("t", &path("a.b")), Some(1.into()));
        assert_eq!(lent.store(Some("disk")).get("t", &path("x")), Some(2.into()));
        assert_eq!(lent.in_store(None, "global", &path("seed")), Some(7.into()));
        lent.store(None).set("t", &path("written"), 5.into()).unwrap();
        lent.store(None).set("t", &path("a.b"), 6.into()).unwrap();
        assert_eq!(lent.store(None).get("t", &path("a.b")), Some(6.into()));
        assert_eq!(live.store(None).get("t", &path("a.b")), Some(1.into()), "what runs is not touched");
        let found = serde_json::to_value(probe.found()).unwrap();
        assert_eq!(found, json!({ "global": { "seed": 7 }, "t": { "a": { "b": 1 }, "#:(disk)::x": 2 } }));
    }

    #[test]
    fn what_changed_is_expected_and_what_is_another_each_time_with_any_value() {
        let of = |values: &[(&str, i64)]| {
            values
                .iter()
                .map(|(key, value)| (("t".into(), (*key).to_owned()), Value::from(*value)))
                .collect::<BTreeMap<_, _>>()
        };
        let before: Scopes =
            serde_json::from_value(json!({ "t": { "same": 1, "more": 1, "gone": 1 } })).unwrap();
        let (first, second) = (
            of(&[("same", 1), ("more", 2), ("time", 5), ("new", 3)]),
            of(&[("same", 1), ("more", 2), ("time", 6), ("new", 3)]),
        );
        let expected = expected(&before, &first, &second, |json| *json == json!(3));
        let expected = serde_json::to_value(expected).unwrap();
        assert_eq!(expected, json!({ "t": { "more": 2, "$any": ["new", "time"], "$absent": ["gone"] } }));
    }
}
