//! The node types that the server has: what the palette lists and how nodes are drawn.

use std::collections::HashMap;
use std::sync::Arc;

use model::descriptor::{NodeDescriptor, Outputs, Role};
use model::document::{Document, Kind, Node};
use model::json::Json;
use model::text::Text;

use crate::texts::{self, say};

/// The descriptors, by type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeTypes {
    by_type: HashMap<String, Arc<NodeDescriptor>>,
    /// In the server's order.
    in_order: Vec<Arc<NodeDescriptor>>,
}

/// A group of the palette.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Category of its types.
    pub category: String,
    /// Its types in order.
    pub types: Vec<Arc<NodeDescriptor>>,
}

impl NodeTypes {
    /// Takes the server's list, with the server's texts (templates by key) put into the labels.
    pub fn new(descriptors: Vec<NodeDescriptor>, texts: &HashMap<String, String>) -> Self {
        let label = |mut descriptor: NodeDescriptor| {
            let fallback = &mut descriptor.label.fallback;
            if let Some(template) = texts.get(fallback.key.as_ref()) {
                *fallback = Text::literal(fallback.render(Some(template)));
            }
            Arc::new(descriptor)
        };
        let in_order: Vec<Arc<NodeDescriptor>> = descriptors.into_iter().map(label).collect();
        let by_type = in_order.iter().map(|one| (one.type_name.clone(), Arc::clone(one))).collect();
        Self { by_type, in_order }
    }

    /// The descriptor of a type.
    pub fn get(&self, type_name: &str) -> Option<&Arc<NodeDescriptor>> {
        self.by_type.get(type_name)
    }

    /// The types of config nodes.
    pub fn configs(&self) -> impl Iterator<Item = &str> {
        self.in_order.iter().filter(|one| one.role == Role::Config).map(|one| one.type_name.as_str())
    }

    /// How many types the palette lists.
    pub fn listed(&self) -> usize {
        self.in_order.iter().filter(|one| is_listed(one)).count()
    }

    /// The palette's groups: the known categories first, then the others in the server's order. `filter` (any
    /// case) keeps the types whose name, label or category holds it.
    pub fn palette(&self, filter: &str) -> Vec<Group> {
        let filter = filter.trim().to_lowercase();
        let mut groups: Vec<Group> = Vec::new();
        for one in self.in_order.iter().filter(|one| is_listed(one) && matches(one, &filter)) {
            match groups.iter_mut().find(|group| group.category == one.category) {
                Some(group) => group.types.push(Arc::clone(one)),
                None => groups.push(Group { category: one.category.clone(), types: vec![Arc::clone(one)] }),
            }
        }
        let place = |group: &Group| CATEGORIES.iter().position(|known| *known == group.category);
        groups.sort_by_key(|group| place(group).unwrap_or(CATEGORIES.len()));
        groups
    }
}

impl NodeTypes {
    /// The types that a list to choose from shows for what was typed, best first: names that begin with it, then
    /// names that hold it, then categories that do.
    pub fn ranked(&self, filter: &str) -> Vec<Arc<NodeDescriptor>> {
        let filter = filter.trim().to_lowercase();
        let rank = |one: &NodeDescriptor| {
            let names = [one.type_name.to_lowercase(), type_label(one).to_lowercase()];
            let any = |fits: &dyn Fn(&str) -> bool| names.iter().any(|name| fits(name));
            if any(&|name| name == filter) {
                0
            } else if any(&|name| name.starts_with(&filter)) {
                1
            } else if any(&|name| name.contains(&filter)) {
                2
            } else {
                3
            }
        };
        let groups = self.palette(&filter).into_iter();
        let mut found: Vec<Arc<NodeDescriptor>> = groups.flat_map(|group| group.types).collect();
        if !filter.is_empty() {
            found.sort_by_key(|one| rank(one));
        }
        found
    }
}

impl model::check::Types for NodeTypes {
    fn descriptor(&self, type_name: &str) -> Option<&NodeDescriptor> {
        self.get(type_name).map(Arc::as_ref)
    }
}

/// Categories from what everybody needs to what some need.
const CATEGORIES: [&str; 7] = ["common", "function", "network", "storage", "sequence", "parser", "location"];

/// Config nodes and junctions are made where they are used, not dragged from the palette; others without a category
/// are not made at all.
fn is_listed(descriptor: &NodeDescriptor) -> bool {
    !descriptor.category.is_empty()
        && descriptor.role != Role::Config
        && descriptor.role != Role::Junction
        && descriptor.category != "config"
}

fn matches(descriptor: &NodeDescriptor, filter: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(filter);
    filter.is_empty()
        || holds(&descriptor.type_name)
        || holds(&type_label(descriptor))
        || holds(&descriptor.category)
        || holds(&category_title(&descriptor.category))
}

/// What a category is called in the palette: as nodes and subflows name it where it is not a known one.
pub fn category_title(category: &str) -> String {
    match category {
        "common" => say("category.common"),
        "function" => say("category.function"),
        "location" => say("category.location"),
        "network" => say("category.network"),
        "parser" => say("category.parser"),
        "sequence" => say("category.sequence"),
        "storage" => say("category.storage"),
        "subflows" => say("category.subflows"),
        other => {
            let mut letters = other.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

/// What a type is called where one chooses it: its label, or where that is only the beginning of its name (`mqtt` of
/// `mqtt in`, as on the canvas) all of the name.
pub fn type_title(descriptor: &NodeDescriptor) -> String {
    let (label, name) = (type_label(descriptor), &descriptor.type_name);
    let is_short = name.strip_prefix(label.as_str()).is_some_and(|rest| rest.starts_with(' '));
    if is_short { name.clone() } else { label }
}

/// What a node of a type is called that has no name.
pub fn type_label(descriptor: &NodeDescriptor) -> String {
    let label = texts::show(&descriptor.label.fallback);
    if label.is_empty() { descriptor.type_name.clone() } else { label }
}

/// What the user calls an entry: its label on the canvas, else its name or type. A use of a subflow without a name is
/// called as the subflow is.
pub fn called(document: &Document, node: &Node, types: &NodeTypes) -> String {
    let template = node.subflow_id().and_then(|id| document.get(id)).map(Node::name);
    match types.get(node.type_name()) {
        Some(descriptor) => label(descriptor, node),
        None => {
            let names = [node.name(), template.unwrap_or_default()];
            names.into_iter().find(|name| !name.is_empty()).unwrap_or(type_called(node)).to_owned()
        }
    }
}

/// What an entry's type is called: of a use of a subflow without the id, which tells nobody anything.
pub fn type_called(node: &Node) -> &str {
    if node.kind() == Kind::SubflowInstance { "subflow" } else { node.type_name() }
}

/// The label of a node: the first of its label properties that says something, else its type's label.
pub fn label(descriptor: &NodeDescriptor, node: &Node) -> String {
    let said = descriptor.label.properties.iter().find_map(|property| match node.field(property)? {
        Json::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Json::Number(number) => Some(number.as_str().to_owned()),
        _ => None,
    });
    said.unwrap_or_else(|| type_label(descriptor))
}

/// Output ports of a node.
pub fn outputs(descriptor: &NodeDescriptor, node: &Node) -> u16 {
    /// More ports than a screen is high: what a mistyped number must not draw.
    const MOST: u16 = 200;
    match &descriptor.outputs {
        Outputs::Fixed(count) => *count,
        Outputs::Property { property, default } => match node.field(property) {
            Some(Json::Array(rows)) => u16::try_from(rows.len()).unwrap_or(MOST).min(MOST),
            Some(Json::String(text)) => text.trim().parse::<u16>().map_or(*default, |count| count.min(MOST)),
            Some(Json::Number(number)) => {
                number.as_i64().map_or(*default, |count| count.clamp(0, MOST.into()) as u16)
            }
            _ => *default,
        },
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// Descriptors for tests, as the server would send them.
    pub(crate) fn sample() -> NodeTypes {
        let one = |type_name: &str, role: &str, category: &str, inputs: u8, outputs: serde_json::Value| {
            let fallback = match type_name {
                "link in" => json!({"key": "link.label"}),
                _ => json!({"args": {"text": type_name}}),
            };
            let schema = match type_name {
                "lamp" => json!({"properties": {"color": {}}}),
                _ => json!({}),
            };
            json!({
                "type": type_name, "role": role, "category": category, "colour": "#3b82a0", "icon": "zap",
                "inputs": inputs, "outputs": outputs, "button": matches!(type_name, "inject" | "debug"),
                "label": {"properties": ["name", "topic"], "fallback": fallback},
                "schema": schema,
                "help": "Helps."
            })
        };
        let list = json!([
            one("inject", "node", "common", 0, json!(1)),
            one("comment", "comment", "common", 0, json!(0)),
            one("switch", "node", "function", 1, json!({"property": "rules", "default": 1})),
            one("function", "node", "function", 1, json!({"property": "outputs", "default": 1})),
            one("link in", "link-in", "common", 0, json!(1)),
            one("link out", "link-out", "config", 1, json!(0)),
            one("link call", "link-call", "config", 1, json!(1)),
            one("debug", "node", "config", 1, json!(0)),
            one("lamp", "node", "config", 1, json!(0)),
            one("mqtt-broker", "config", "config", 0, json!(0)),
            one("robot", "node", "factory", 1, json!(1)),
            one("json", "node", "parser", 1, json!(1)),
        ]);
        let texts = HashMap::from([("link.label".to_owned(), "link in".to_owned())]);
        NodeTypes::new(serde_json::from_value(list).unwrap(), &texts)
    }

    fn node(text: &str) -> Node {
        Node::new(Json::parse(text).unwrap())
    }

    #[test]
    fn the_palette_groups_filters_and_leaves_config_nodes_out() {
        let shown = |filter: &str| -> Vec<(String, Vec<String>)> {
            let groups = sample().palette(filter);
            let names = |group: &Group| group.types.iter().map(|one| one.type_name.clone()).collect();
            groups.iter().map(|group| (group.category.clone(), names(group))).collect()
        };
        let categories: Vec<String> = shown("").into_iter().map(|(category, _)| category).collect();
        assert_eq!(categories, ["common", "function", "parser", "factory"]);
        assert_eq!(shown(" SWI "), [("function".into(), vec!["switch".into()])]);
        assert_eq!(shown("common")[0].1.len(), 3);
        assert!(shown("broker").is_empty());
        assert_eq!(sample().listed(), 7);
        assert_eq!(["common", "factory", ""].map(category_title), ["Common", "Factory", ""]);
    }

    #[test]
    fn labels_fall_back_to_the_type() {
        use model::descriptor::Label;

        let types = sample();
        let inject = types.get("inject").unwrap();
        assert_eq!(label(inject, &node(r#"{"name":" ","topic":"cars"}"#)), "cars");
        assert_eq!(label(inject, &node(r#"{"name":"Simulator"}"#)), "Simulator");
        assert_eq!(label(inject, &node("{}")), "inject");
        assert_eq!(type_label(types.get("link in").unwrap()), "link in");
        let title = |type_name: &str, text: &str| {
            let descriptor = NodeDescriptor {
                type_name: type_name.to_owned(),
                label: Label { properties: Vec::new(), fallback: Text::literal(text) },
                ..NodeDescriptor::clone(inject)
            };
            type_title(&descriptor)
        };
        assert_eq!(["mqtt", "mqtt in"].map(|label| title("mqtt in", label)), ["mqtt in", "mqtt in"]);
        assert_eq!([title("rbe", "filter"), title("switch", "sw"), title("x", "")], ["filter", "sw", "x"]);
    }

    #[test]
    fn a_use_of_a_subflow_is_called_as_the_subflow() {
        let document = Document::parse(
            r#"[{"id":"s","type":"subflow","name":"Wash"},{"id":"a","type":"subflow:s","z":"t","x":1,"y":1},
                {"id":"b","type":"subflow:s","z":"t","x":1,"y":1,"name":"Twice"},{"id":"c","type":"subflow:gone","z":"t","x":1,"y":1},
                {"id":"i","type":"inject","z":"t","x":1,"y":1},{"id":"u","type":"not installed","z":"t","x":1,"y":1}]"#,
        )
        .unwrap();
        let names = document.nodes()[1..].iter().map(|node| called(&document, node, &sample()));
        assert_eq!(names.collect::<Vec<_>>(), ["Wash", "Twice", "subflow", "inject", "not installed"]);
        assert_eq!(type_called(document.get("a").unwrap()), "subflow");
    }

    #[test]
    fn outputs_come_from_rows_numbers_and_texts() {
        let types = sample();
        let (switch, function) = (types.get("switch").unwrap(), types.get("function").unwrap());
        assert_eq!(outputs(switch, &node(r#"{"rules":[{},{},{}]}"#)), 3);
        assert_eq!(outputs(switch, &node("{}")), 1);
        assert_eq!(outputs(function, &node(r#"{"outputs":2}"#)), 2);
        assert_eq!(outputs(function, &node(r#"{"outputs":"4"}"#)), 4);
        assert_eq!(outputs(function, &node(r#"{"outputs":1e9}"#)), 200);
        assert_eq!(outputs(function, &node(r#"{"outputs":-3}"#)), 0);
    }
}
