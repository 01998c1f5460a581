//! What became of each property of `settings.js`, for the table of a user folder.

use model::text::Text;

use super::{LEFT, Row, SETTINGS, means_nothing};
use crate::failure::Result;
use crate::node_red::UserFolder;
use crate::node_red::settings_js::{Literal, Property};

impl UserFolder {
    /// Every property of `settings.js` and what becomes of it, those without a counterpart left out. `in_force` says
    /// for one of our settings what it is, if it came from here, or else why not.
    pub(in crate::node_red) fn rows(
        &self,
        in_force: &dyn Fn(&str) -> std::result::Result<String, Text>,
    ) -> Vec<Row> {
        let rows = self.script.properties.iter().filter_map(|property| {
            let (is_taken, note) = self.outcome(property, in_force)?;
            Some(Row { name: property.name.clone(), line: property.line, is_taken, note })
        });
        rows.collect()
    }

    /// The properties that nothing in Wireloom answers to.
    pub(in crate::node_red) fn without_counterpart(&self) -> Vec<&str> {
        let never = |_: &str| Err(Text::literal(""));
        let without =
            self.script.properties.iter().filter(|property| self.outcome(property, &never).is_none());
        without.map(|property| property.name.as_str()).collect()
    }

    /// What becomes of a property that has no one setting here: our own wins, whatever stands there.
    fn outcome_of(
        &self,
        own: &str,
        in_force: &dyn Fn(&str) -> std::result::Result<String, Text>,
        note: impl FnOnce() -> Result<Text>,
    ) -> (bool, Text) {
        match in_force(own).map(|_| note()) {
            Ok(Ok(note)) => (true, note),
            Ok(Err(failure)) => (false, failure.0),
            Err(why) => (false, why),
        }
    }

    fn outcome(
        &self,
        property: &Property,
        in_force: &dyn Fn(&str) -> std::result::Result<String, Text>,
    ) -> Option<(bool, Text)> {
        let name = property.name.as_str();
        let code = || (false, Text::key("node-red.code"));
        if let Some((own, _)) = SETTINGS.iter().find(|(_, theirs)| *theirs == name) {
            if name == "httpNodeRoot" && property.value == Literal::Bool(false) {
                return Some((false, Text::key("node-red.http-nodes")));
            }
            if self.setting(own).is_none_or(|taken| taken.line != property.line) {
                return (property.value.holds_code()).then(code);
            }
            let note =
                |value: String| Text::key("node-red.setting").with("setting", *own).with("value", value);
            return Some(match in_force(own) {
                Ok(value) => (true, note(value)),
                Err(why) => (false, why),
            });
        }
        if let Some((_, words)) = LEFT.iter().find(|(left, _)| *left == name) {
            return (!means_nothing(&property.value)).then(|| (false, Text::key(*words)));
        }
        match name {
            "credentialSecret" => Some(match &property.value {
                Literal::Text(_) | Literal::Bool(false) => (true, Text::key("node-red.secret")),
                Literal::Null => return None,
                _ => code(),
            }),
            "adminAuth" | "httpAdminAuth" | "httpNodeAuth" | "httpAuth" if means_nothing(&property.value) => {
                None
            }
            "adminAuth" => Some(self.outcome_of("users", in_force, || {
                let count = self.users()?.map_or(0, |users| users.len());
                Ok(Text::key("node-red.users").with("count", count))
            })),
            "httpNodeAuth" => Some(self.outcome_of("http-node-user", in_force, || {
                let (name, _) = self.http_node_user()?.unwrap_or_default();
                Ok(Text::key("node-red.http-user").with("name", name))
            })),
            "httpAdminAuth" | "httpAuth" => {
                Some((false, Text::key("node-red.basic-auth").with("name", name)))
            }
            "contextStorage" if matches!(self.context_stores(), Ok(None)) => {
                property.value.holds_code().then(code)
            }
            "contextStorage" => Some(self.outcome_of("context-stores", in_force, || {
                let count = self.context_stores()?.map_or(0, |stores| stores.stores().len());
                Ok(Text::key("node-red.stores").with("count", count))
            })),
            "functionGlobalContext" => Some(match self.seeds() {
                (seeds, left) if !left.is_empty() => {
                    let note = Text::key("node-red.seeds-code").with("count", seeds.len());
                    (!seeds.is_empty(), note.with("names", left.join(", ")))
                }
                (seeds, _) if seeds.is_empty() => return property.value.holds_code().then(code),
                (seeds, _) => (true, Text::key("node-red.seeds").with("count", seeds.len())),
            }),
            "httpRoot" if self.setting("http-node-root").is_some_and(|root| root.line == property.line) => {
                let both = |value: String| Text::key("node-red.http-root").with("value", value);
                Some(in_force("http-node-root").map_or_else(|why| (false, why), |value| (true, both(value))))
            }
            "httpAdminRoot" | "httpRoot" => {
                let is_same = matches!(property.value.text(), Some("/" | ""));
                (!is_same).then(|| (false, Text::key("node-red.root")))
            }
            "runtimeState" | "diagnostics" => {
                let is_on = property.value.get("enabled") != Some(&Literal::Bool(false));
                Some((is_on, Text::key("node-red.always")))
            }
            _ => None,
        }
    }
}
