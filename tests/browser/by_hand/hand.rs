//! Putting nodes on the canvas and drawing wires, as a person does.

use std::collections::HashMap;

use fantoccini::key::Key;
use serde_json::{Value, json};
use wireloom_tests::browser::Browser;

/// What is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    Mouse,
    Keyboard,
}

/// Makes flows after an example.
pub(super) struct Maker<'a> {
    pub(super) browser: &'a Browser,
    pub(super) hand: Hand,
    /// The node types, by name.
    pub(super) types: HashMap<String, Value>,
    pub(super) example: &'a [Value],
    /// The id of the node that was made for a node of the example.
    pub(super) made: HashMap<String, String>,
    pictures: usize,
}

impl<'a> Maker<'a> {
    pub(super) fn new(browser: &'a Browser, hand: Hand, described: &Value, example: &'a [Value]) -> Self {
        let types = described["descriptors"].as_array().unwrap();
        let types = types.iter().map(|one| (one["type"].as_str().unwrap().to_owned(), one.clone())).collect();
        Self { browser, hand, types, example, made: HashMap::new(), pictures: 0 }
    }

    /// Keeps a picture of how far it is.
    pub(super) async fn picture(&mut self, what: &str) {
        self.pictures += 1;
        let hand = format!("{:?}", self.hand).to_lowercase();
        self.browser.save_screenshot(&format!("by-{hand}-{:02}-{what}", self.pictures)).await;
    }

    /// A tab with all that is on it.
    pub(super) async fn make_tab(&mut self, at: usize, tab: &Value) {
        let count = self.browser.count(".bar .tabs [role=tab]").await;
        if count == at {
            match self.hand {
                Hand::Mouse => self.browser.click(".bar button[data-command='tab.add']").await,
                Hand::Keyboard => {
                    self.to_canvas().await;
                    self.browser.press('t').await;
                }
            }
        }
        let wanted = format!("document.querySelectorAll('.bar .tabs [role=tab]').length === {}", at + 1);
        self.browser.until(&wanted).await;
        self.fill_tab(tab).await;
        self.to_canvas().await;
        // The whole flow is to be seen.
        while self.browser.run(SCALE, vec![]).await.as_f64().unwrap() > 0.5 && self.hand == Hand::Mouse {
            self.browser.press('-').await;
        }
        let example = self.example;
        let here = |node: &&Value| {
            node["z"] == tab["id"]
                && node["x"].is_number()
                && node["type"] != "group"
                && node["type"] != "comment"
        };
        let nodes: Vec<&Value> = example.iter().filter(here).collect();
        let left = nodes.iter().filter_map(|node| node["x"].as_f64()).fold(f64::MAX, f64::min);
        let top = nodes.iter().filter_map(|node| node["y"].as_f64()).fold(f64::MAX, f64::min);
        let origin = self.browser.run(ORIGIN, vec![]).await;
        let (dx, dy) = (origin[0].as_f64().unwrap() - left, origin[1].as_f64().unwrap() - top);
        for node in &nodes {
            self.add(node, dx, dy).await;
            self.fill_node(node).await;
        }
        self.picture("filled").await;
        for node in &nodes {
            for (port, targets) in node["wires"].as_array().into_iter().flatten().enumerate() {
                for target in targets.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    self.wire(node, port, target).await;
                }
            }
        }
        self.picture("wired").await;
    }

    /// Moves the keyboard focus to the canvas, with nothing selected.
    pub(super) async fn to_canvas(&self) {
        if self.hand == Hand::Mouse {
            // An empty place in the lower left corner.
            let place = self.browser.run(EMPTY_PLACE, vec![]).await;
            self.browser.click_at((place[0].as_f64().unwrap(), place[1].as_f64().unwrap())).await;
            return;
        }
        let on_canvas = "return !document.activeElement || document.activeElement === document.body
            || document.activeElement.closest('#surface') !== null";
        for _ in 0..4 {
            if self.browser.run(on_canvas, vec![]).await == true {
                break;
            }
            self.browser.press(Key::Escape).await;
        }
        self.browser.press(Key::Escape).await;
        self.browser.until("!document.querySelector('.node.selected')").await;
    }

    async fn add(&mut self, node: &Value, dx: f64, dy: f64) {
        let type_name = node["type"].as_str().unwrap();
        match self.hand {
            Hand::Mouse => {
                let (x, y) = (node["x"].as_f64().unwrap() + dx, node["y"].as_f64().unwrap() + dy);
                let from = self.browser.middle_of(&format!(".palette [data-type='{type_name}']")).await;
                let to = self.browser.place_in_flow((x, y)).await;
                self.browser.drag(from, to).await;
            }
            Hand::Keyboard => {
                self.to_canvas().await;
                self.browser.press('a').await;
                self.choose_in_list(type_name, type_name).await;
            }
        }
        let selected = self.browser.element(&format!(".node.selected[data-type='{type_name}']")).await;
        let id = selected.attr("data-id").await.unwrap().unwrap();
        let is_new = self.made.insert(node["id"].as_str().unwrap().to_owned(), id.clone()).is_none();
        assert!(is_new && self.made.values().filter(|known| **known == id).count() == 1);
    }

    /// Types into the list over the canvas and takes the row `key`.
    async fn choose_in_list(&self, text: &str, key: &str) {
        self.browser.element(".picker input:focus").await;
        self.browser.type_text(text).await;
        let row = format!(".picker .item[data-key='{key}']");
        self.browser.element(&row).await;
        while self.browser.count(&format!("{row}.chosen")).await == 0 {
            self.browser.press(Key::Down).await;
        }
        self.browser.press(Key::Enter).await;
        self.browser.until("!document.querySelector('.picker')").await;
    }

    /// What a node is called on the canvas.
    async fn label(&self, id: &str) -> String {
        let script = "const node = document.querySelector(`.node[data-id='${arguments[0]}']`);
            return node.getAttribute('aria-label').split(',')[0].replace(/ \\([^()]*\\)$/, '');";
        self.browser.run(script, vec![json!(id)]).await.as_str().unwrap().to_owned()
    }

    async fn wire(&self, from: &Value, port: usize, to: &str) {
        let (from, to) = (self.made[from["id"].as_str().unwrap()].clone(), self.made[to].clone());
        let there = format!("[data-wire='{}:{from}:{port}:{to}']", from.len());
        if self.browser.count(&there).await == 1 {
            return;
        }
        match self.hand {
            Hand::Mouse => {
                let start = format!("[data-id='{from}'] [data-port='out:{port}']");
                let end = format!("[data-id='{to}'] [data-port='in']");
                self.browser
                    .drag(self.browser.middle_of(&start).await, self.browser.middle_of(&end).await)
                    .await;
            }
            Hand::Keyboard => {
                self.to_canvas().await;
                self.browser.press('f').await;
                self.choose_in_list(&self.label(&from).await, &from).await;
                self.browser.element(&format!(".node.selected[data-id='{from}']")).await;
                self.browser.press('w').await;
                let says = format!(
                    "document.getElementById('canvas-says').textContent.includes('output {}')",
                    port + 1
                );
                for _ in 0..20 {
                    if self.browser.run(&format!("return {says}"), vec![]).await == true {
                        break;
                    }
                    self.browser.press('w').await;
                }
                self.browser.press('f').await;
                self.choose_in_list(&self.label(&to).await, &to).await;
                self.browser.element(&format!(".node.target[data-id='{to}']")).await;
                self.browser.press(Key::Enter).await;
            }
        }
        self.browser.element(&there).await;
    }

    /// What names nodes that come later: links, and who is watched.
    pub(super) async fn draw_links(&mut self) {
        let example = self.example;
        for node in example.iter().filter(|node| node["z"].is_string()) {
            for key in ["links", "scope"] {
                let targets = node[key].as_array().into_iter().flatten().filter_map(Value::as_str);
                let targets: Vec<String> = targets.map(|target| self.made[target].clone()).collect();
                if !targets.is_empty() && node["type"] != "link in" {
                    self.open_form(node).await;
                    self.choose_nodes(key, &targets).await;
                }
            }
        }
    }

    /// Selects a node, on whatever tab it is, and moves the keyboard focus into its form.
    pub(super) async fn open_form(&self, node: &Value) {
        let id = &self.made[node["id"].as_str().unwrap()];
        self.to_canvas().await;
        // Finding works from every tab.
        self.browser.press('f').await;
        let name = node["name"].as_str().filter(|name| !name.is_empty());
        self.choose_in_list(name.or(node["topic"].as_str()).unwrap(), id).await;
        self.browser.element(&format!(".node.selected[data-id='{id}']")).await;
    }

    pub(super) async fn deploy(&self) {
        match self.hand {
            Hand::Mouse => self.browser.click(".deploy-now").await,
            Hand::Keyboard => {
                self.to_canvas().await;
                self.browser.press_with(&[Key::Control], 'd').await;
            }
        }
        self.browser.until("document.querySelector('.deploy-now:disabled') && !document.querySelector('.deploy-now.busy')").await;
        assert_eq!(self.browser.texts(".problem-list li").await, [""; 0]);
    }

    /// Opens the debug panel.
    pub(super) async fn show_debug(&self) {
        self.browser.click("[role=tab][aria-controls=debug]").await;
    }
}

const SCALE: &str = "return document.getElementById('flow').getScreenCTM().a";
/// The place in the flow near the canvas's upper left corner.
const ORIGIN: &str = "const place = document.getElementById('flow').getScreenCTM();
    const area = document.getElementById('surface').getBoundingClientRect();
    return [(area.left + 60 - place.e) / place.a, (area.top + 40 - place.f) / place.d];";
const EMPTY_PLACE: &str = "const area = document.getElementById('surface').getBoundingClientRect();
    return [area.left + 12, area.bottom - 12];";
