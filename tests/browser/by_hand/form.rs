//! Filling forms: what to enter comes from the example, how from the node type's schema.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::compare::same;
use super::hand::{Hand, Maker};

/// Properties that have fields of their own kind, or none.
const ELSEWHERE: [&str; 4] = ["links", "scope", "repeat", "crontab"];

impl Maker<'_> {
    /// The form of the node that is selected.
    pub(super) async fn fill_node(&mut self, node: &Value) {
        if self.hand == Hand::Keyboard {
            self.browser.press(Key::Enter).await;
            self.browser.until("document.activeElement.closest('.inspector .form')").await;
        }
        if let Some(name) = node["name"].as_str().filter(|name| !name.is_empty()) {
            self.enter(".inspector .form > [data-key='name']", name).await;
        }
        let type_name = node["type"].as_str().unwrap();
        Box::pin(self.fill_properties(type_name, node)).await;
    }

    /// The form of the tab that is open.
    pub(super) async fn fill_tab(&mut self, tab: &Value) {
        if self.hand == Hand::Keyboard {
            self.to_canvas().await;
            self.browser.press(Key::Enter).await;
        }
        if self.hand == Hand::Mouse {
            self.browser.click("[role=tab][aria-controls=node]").await;
        }
        let form = ".inspector .form";
        self.browser.element(form).await;
        self.enter(&format!("{form} [data-key='label']"), tab["label"].as_str().unwrap()).await;
        for (at, variable) in tab["env"].as_array().into_iter().flatten().enumerate() {
            self.unfold(&format!("{form} [data-key='env']")).await;
            self.press_button(&format!("{form} [data-key='env'] > button.add")).await;
            let row = format!("{form} [data-key='env'] .row-item:nth-child({})", at + 1);
            self.enter(&format!("{row} [data-key='name']"), variable["name"].as_str().unwrap()).await;
            let value = format!("{row} [data-key='value']");
            self.choose(&format!("{value} select.type"), variable["type"].as_str().unwrap()).await;
            self.enter(&value, variable["value"].as_str().unwrap()).await;
        }
        if let Some(delivery) = tab["delivery"].as_str() {
            self.unfold(&format!("{form} [data-key='delivery']")).await;
            let offered = ["fast", "at-least-once", "effectively-once"].map(Value::from).to_vec();
            let field = format!("{form} [data-key='delivery']");
            self.choose_value(&field, &json!(delivery), Some(&offered)).await;
        }
    }

    async fn fill_properties(&mut self, type_name: &str, node: &Value) {
        let schema = self.types[type_name]["schema"].clone();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        if type_name == "inject" {
            self.repeat(node).await;
        }
        for (key, property) in &properties {
            if ELSEWHERE.contains(&key.as_str()) || is_beside_another(key, &properties) {
                continue;
            }
            let field = format!(".inspector .form [data-key='{key}']");
            self.fill_field(&field, key, property, node, &schema).await;
        }
    }

    /// One field, where the example has another value than the form has.
    async fn fill_field(&mut self, field: &str, key: &str, property: &Value, values: &Value, schema: &Value) {
        let property = &resolved(property, schema);
        let (Some(value), default) = (values.get(key), &property["default"]) else { return };
        let type_key = property["x-type-property"].as_str();
        let type_of = |values: &Value| type_key.map(|key| values[key].clone());
        let type_default =
            type_key.map(|key| resolved(&schema["properties"][key], schema)["default"].clone());
        if same(default, value) && type_of(values).unwrap_or_default() == type_default.unwrap_or_default() {
            return;
        }
        match property["x-widget"].as_str() {
            Some("hidden") => {}
            Some("typed") => {
                self.unfold(field).await;
                if let Some(Value::String(wanted)) = type_of(values).filter(|wanted| !wanted.is_null()) {
                    self.choose(&format!("{field} select.type"), &wanted).await;
                }
                let text = plain(value);
                if self.browser.count(&format!("{field} .typed > select.input:not(.type)")).await == 1 {
                    self.choose(&format!("{field} .typed > select.input:not(.type)"), &text).await;
                } else if self.browser.count(&format!("{field} .typed > input:enabled")).await == 1 {
                    self.enter(field, &text).await;
                }
            }
            Some("rows") => Box::pin(self.rows(field, property, value, schema)).await,
            Some("area") if value.is_array() => self.corners(field, value).await,
            Some("area") => {}
            Some("config-node") => {
                let wanted = property["x-config-type"].as_str().unwrap().to_owned();
                self.config(field, &wanted, value.as_str().unwrap()).await;
            }
            Some("code") => self.paste(field, value.as_str().unwrap()).await,
            _ if value.is_boolean() || default.is_boolean() => {
                self.unfold(field).await;
                self.check(&format!("{field} input[type=checkbox]"), plain(value) == "true").await;
            }
            _ if property["enum"].is_array() => {
                self.unfold(field).await;
                self.choose_value(field, value, property["enum"].as_array()).await;
            }
            Some("duration") => {
                self.enter(field, &plain(value)).await;
                let unit_key = property["x-unit-property"].as_str().unwrap();
                let unit = resolved(&schema["properties"][unit_key], schema);
                let units = unit["enum"].as_array().cloned();
                if let (Some(units), Some(wanted)) = (units, values.get(unit_key)) {
                    let at = units.iter().position(|one| one == wanted).unwrap();
                    self.choose(&format!("{field} select"), &at.to_string()).await;
                }
            }
            _ if value.is_string() || value.is_number() => self.enter(field, &plain(value)).await,
            _ => panic!("no way to fill {key} of {property}"),
        }
    }

    async fn rows(&mut self, field: &str, property: &Value, rows: &Value, schema: &Value) {
        self.unfold(field).await;
        let rows = rows.as_array().unwrap();
        let row_schema = resolved(&property["items"], schema);
        let there = format!("{field} .row-item");
        while self.browser.count(&there).await > rows.len() {
            let last = format!("{there}:last-child > .remove");
            self.press_button(&last).await;
        }
        while self.browser.count(&there).await < rows.len() {
            let count = self.browser.count(&there).await;
            self.press_button(&format!("{field} > button.add")).await;
            self.browser.until(&format!("document.querySelectorAll(\"{there}\").length > {count}")).await;
        }
        let known = row_schema["properties"].as_object().cloned().unwrap_or_default();
        for (at, row) in rows.iter().enumerate() {
            for (key, property) in &known {
                let field = format!("{there}:nth-child({}) [data-key='{key}']", at + 1);
                // What a new row begins with is the form's affair: everything is entered.
                let mut property = resolved(property, schema);
                property["default"] = Value::Null;
                let is_shown = format!("return !document.querySelector(\"{field}\")?.hidden");
                let has_field = self.browser.count(&field).await == 1
                    && self.browser.run(&is_shown, vec![]).await == true;
                if has_field && !row[key.as_str()].is_null() {
                    Box::pin(self.fill_field(&field, key, &property, row, &row_schema)).await;
                }
            }
        }
    }

    async fn corners(&mut self, field: &str, corners: &Value) {
        for (at, corner) in corners.as_array().unwrap().iter().enumerate() {
            let row = format!("{field} .pairs > .beside:nth-child({})", at + 1);
            if self.browser.count(&row).await == 0 {
                self.press_button(&format!("{field} button.add")).await;
            }
            for (nth, key) in ["latitude", "longitude"].iter().enumerate() {
                self.enter_nth(&format!("{row} input"), nth, &plain(&corner[*key])).await;
            }
        }
    }

    /// How often an inject node sends.
    async fn repeat(&mut self, node: &Value) {
        let seconds = plain(&node["repeat"]);
        if matches!(seconds.as_str(), "" | "0" | "null") {
            return;
        }
        let field = ".inspector .form .field:has(.schedule)";
        self.choose(&format!("{field} .schedule > select"), "1").await;
        self.choose(&format!("{field} .beside select"), "0").await;
        self.enter(&format!("{field} .beside"), &seconds).await;
    }

    /// Chooses a config node; makes it the first time.
    async fn config(&mut self, field: &str, type_name: &str, id: &str) {
        if let Some(made) = self.made.get(id).cloned() {
            self.choose(&format!("{field} select"), &made).await;
            return;
        }
        let example = self.example.iter().find(|node| node["id"] == id).unwrap().clone();
        self.press_button(&format!("{field} .config button:last-of-type")).await;
        self.browser.element(".inspector .back").await;
        let chosen = "return document.querySelector('.inspector .type').title";
        let made = self.browser.run(chosen, vec![]).await.as_str().unwrap().to_owned();
        self.made.insert(id.to_owned(), made);
        self.enter(".inspector .form > [data-key='name']", example["name"].as_str().unwrap()).await;
        Box::pin(self.fill_properties(type_name, &example)).await;
        self.picture(&format!("{type_name}-made")).await;
        self.press_button(".inspector .back").await;
        self.browser.until("!document.querySelector('.inspector .back')").await;
    }

    /// Ticks the nodes that a node links to or watches.
    pub(super) async fn choose_nodes(&self, key: &str, ids: &[String]) {
        if self.hand == Hand::Keyboard {
            self.browser.press(Key::Enter).await;
        }
        let field = format!(".inspector .form [data-key='{key}']");
        self.browser.element(&field).await;
        if self.browser.count(&format!("{field} input[type=radio][name$='-way']")).await > 0 {
            self.check(&format!("{field} label:last-of-type > input[name$='-way']"), true).await;
        }
        for id in ids {
            self.check(&format!("{field} input[value='{id}']"), true).await;
        }
    }

    /// Types into a field, in place of what is there.
    async fn enter(&self, field: &str, text: &str) {
        self.unfold(field).await;
        self.enter_nth(&format!("{field} :is(input:not([type=checkbox]), textarea)"), 0, text).await;
    }

    async fn enter_nth(&self, control: &str, nth: usize, text: &str) {
        self.focus(control, nth).await;
        self.browser.press_with(&[Key::Control], 'a').await;
        if text.is_empty() {
            self.browser.press(Key::Delete).await;
        } else if text.chars().count() > 60 || text.contains('\n') {
            self.browser.insert_text(text).await;
        } else {
            self.browser.type_text(text).await;
        }
    }

    /// Pastes code, as people do.
    async fn paste(&self, field: &str, code: &str) {
        self.unfold(field).await;
        self.browser.element(&format!("{field} :is(.cm-content, textarea)")).await;
        self.focus(&format!("{field} :is(.cm-content, textarea)"), 0).await;
        self.browser.press_with(&[Key::Control], 'a').await;
        self.browser.press(Key::Delete).await;
        self.browser.insert_text(code).await;
    }

    async fn check(&self, control: &str, is_wanted: bool) {
        let is_checked = "return document.querySelector(arguments[0]).checked";
        if self.browser.run(is_checked, vec![json!(control)]).await == is_wanted {
            return;
        }
        match self.hand {
            Hand::Mouse => self.browser.click_at(self.browser.middle_of(control).await).await,
            Hand::Keyboard => {
                self.focus(control, 0).await;
                self.browser.press(' ').await;
            }
        }
    }

    /// Chooses the option of a value from a menu.
    async fn choose(&self, menu: &str, value: &str) {
        self.browser.element(menu).await;
        let place = "const menu = document.querySelector(arguments[0]);
            return [[...menu.options].findIndex(option => option.value === arguments[1]), menu.selectedIndex];";
        let place = self.browser.run(place, vec![json!(menu), json!(value)]).await;
        let (wanted, now) = (place[0].as_i64().unwrap(), place[1].as_i64().unwrap());
        assert!(wanted >= 0, "{menu} offers no {value}");
        if wanted == now {
            return;
        }
        match self.hand {
            Hand::Mouse => {
                let option = format!("{menu} option[value='{value}']");
                self.browser.click(&option).await;
            }
            Hand::Keyboard => {
                self.focus(menu, 0).await;
                let key = if wanted > now { Key::Down } else { Key::Up };
                for _ in 0..(wanted - now).abs() {
                    self.browser.press(key).await;
                }
            }
        }
    }

    async fn choose_value(&self, field: &str, value: &Value, offered: Option<&Vec<Value>>) {
        let place = offered.and_then(|offered| offered.iter().position(|one| plain(one) == plain(value)));
        let menu = format!("{field} select");
        let by_value = "return [...document.querySelector(arguments[0]).options].some(option => option.value === arguments[1])";
        match place {
            Some(place) => self.choose(&menu, &place.to_string()).await,
            None => {
                assert_eq!(
                    self.browser.run(by_value, vec![json!(menu), value.clone()]).await,
                    true,
                    "{menu}: {value}"
                );
                self.choose(&menu, &plain(value)).await;
            }
        }
    }

    /// Presses a button of the form.
    async fn press_button(&self, button: &str) {
        match self.hand {
            Hand::Mouse => self.browser.click_at(self.browser.middle_of(button).await).await,
            Hand::Keyboard => {
                self.focus(button, 0).await;
                self.browser.press(Key::Enter).await;
            }
        }
    }

    /// Opens the foldable part around a field.
    async fn unfold(&self, field: &str) {
        self.browser.element(field).await;
        let closed = "const fold = document.querySelector(arguments[0]).closest('details:not([open])');
            document.querySelectorAll('summary[data-hand]').forEach(one => delete one.dataset.hand);
            if (!fold) return false;
            fold.querySelector('summary').dataset.hand = 'next';
            return true;";
        if self.browser.run(closed, vec![json!(field)]).await == true {
            self.press_button("summary[data-hand]").await;
        }
    }

    /// Moves the keyboard focus to the nth element that a CSS selector finds: by a click, or by Tab alone.
    async fn focus(&self, control: &str, nth: usize) {
        self.browser.element(control).await;
        let find = "document.querySelectorAll(arguments[0])[arguments[1]]";
        let has_focus =
            format!("return {find} === document.activeElement || {find}.contains(document.activeElement)");
        let arguments = || vec![json!(control), json!(nth)];
        match self.hand {
            Hand::Mouse => {
                let place = format!(
                    "{find}.scrollIntoView({{ block: 'nearest' }});
                    const box = {find}.getBoundingClientRect();
                    return [box.left + Math.min(box.width / 2, 40), box.top + Math.min(box.height / 2, 12)];"
                );
                let place = self.browser.run(&place, arguments()).await;
                self.browser.click_at((place[0].as_f64().unwrap(), place[1].as_f64().unwrap())).await;
                assert_eq!(self.browser.run(&has_focus, arguments()).await, true, "{control} takes no focus");
            }
            Hand::Keyboard => {
                // Before or behind what has the focus: Tab or Shift and Tab lead there.
                let is_before = format!(
                    "return Boolean({find}.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING)"
                );
                for _ in 0..150 {
                    if self.browser.run(&has_focus, arguments()).await == true {
                        return;
                    }
                    let in_code = "return document.activeElement.closest('.cm-editor') !== null";
                    if self.browser.run(in_code, vec![]).await == true {
                        self.browser.press(Key::Escape).await;
                    }
                    match self.browser.run(&is_before, arguments()).await == true {
                        true => self.browser.press_with(&[Key::Shift], Key::Tab.into()).await,
                        false => self.browser.press(Key::Tab).await,
                    }
                }
                self.browser.save_screenshot("failed").await;
                panic!("the keyboard does not lead to {control}");
            }
        }
    }
}

/// Whether a property has no field of its own: it is set beside another.
fn is_beside_another(key: &str, properties: &serde_json::Map<String, Value>) -> bool {
    let names = ["x-unit-property", "x-type-property", "x-repeat-property"];
    properties.values().any(|property| names.iter().any(|name| property[*name] == key))
}

/// A schema with its `$ref` followed.
fn resolved(property: &Value, root: &Value) -> Value {
    match property["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).cloned().unwrap_or_default(),
        None => property.clone(),
    }
}

/// A value as one types it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
