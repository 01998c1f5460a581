//! Subflows: made empty or of what is selected, and as types of nodes that the palette lists.

use std::collections::BTreeSet;

use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::document::{Document, Kind, Node};
use model::edit::{Batch, Edit, connect, set_properties};
use model::json::{Json, Object};
use model::text::Text;

use super::groups::{reparent, roots};
use super::put;
use super::wires::{cut, wires_at};
use crate::store::Id;
use crate::store::colour;
use crate::store::drawing::{Drawing, Wire};
use crate::store::geometry::Rect;
use crate::store::moving::{GRID, carried, snapped, tidy};
use crate::texts::text;

/// Colour of a new subflow's nodes.
const COLOUR: &str = "#d2a679";
/// The palette's group of subflows that name none.
pub const CATEGORY: &str = "subflows";
/// Where the contents of a new subflow begin, and how far its ends stand from them.
const CORNER: f64 = 9.0 * GRID;
const END_DISTANCE: f64 = 6.0 * GRID;

/// Ids and name of a new subflow.
#[derive(Clone, Copy, Debug)]
pub struct NewSubflow<'a> {
    /// The template's id.
    pub id: &'a str,
    /// The id of its first instance.
    pub instance: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// Makes an empty subflow.
pub fn add(document: &Document, id: &str, name: &str) -> Edit {
    put(document, [template(id, name, Vec::new(), Vec::new())])
}

/// Makes a subflow of nodes and groups, and puts an instance of it in their place. What was wired to one of them
/// from outside becomes its input, what they were wired to its outputs.
pub fn from_selection(document: &Document, drawing: &Drawing, ids: &[Id], new: NewSubflow<'_>) -> Edit {
    let members = carried(document, ids);
    let tops = roots(document, ids);
    let frame = members.iter().filter_map(|id| drawing.frame(id)).reduce(Rect::with);
    let (Some(frame), Some(tab)) = (frame, tops.first().and_then(|id| document.get(id)?.z())) else {
        return Err(text("subflows.nothing"));
    };
    if document.get(tab).is_some_and(|tab| tab.kind() == Kind::Subflow) {
        // Its ends would have to be drawn anew, too.
        return Err(text("subflows.in-subflow"));
    }
    let Crossing { into, out_of } = crossing(document, tab, &members);
    let inputs: BTreeSet<&Id> = into.iter().map(|wire| &wire.to).collect();
    if inputs.len() > 1 {
        return Err(text("subflows.many-inputs"));
    }
    let outputs: Vec<(Id, u16)> = out_of
        .iter()
        .map(|wire| (wire.from.clone(), wire.port))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let (dx, dy) = snapped(frame, CORNER - frame.left, CORNER / 2.0 - frame.top);
    let y_of = |id: &Id| drawing.frame(id).map_or(0.0, |frame| frame.centre().1) + dy;

    let ins = inputs.iter().map(|id| end((END_DISTANCE / 2.0, y_of(id)), [wire_end(id, None)])).collect();
    let edge = frame.right + dx + END_DISTANCE;
    let outs = outputs.iter().enumerate().map(|(at, (id, port))| {
        end((edge, CORNER / 2.0 + at as f64 * 3.0 * GRID), [wire_end(id, Some(*port))])
    });
    let entry = template(new.id, new.name, ins, outs.collect());
    let mut batch = Batch::on(document);
    batch.make(|document| put(document, [entry, instance(new, tab, frame.centre(), outputs.len())]))?;
    for wire in &into {
        batch.make(|document| connect(document, &wire.from, usize::from(wire.port), new.instance))?;
    }
    for (at, output) in outputs.iter().enumerate() {
        for wire in out_of.iter().filter(|wire| wire.from == output.0 && wire.port == output.1) {
            batch.make(|document| connect(document, new.instance, at, &wire.to))?;
        }
    }
    batch.make(|document| cut(document, into.iter().chain(&out_of)))?;
    let around = tops.first().and_then(|id| document.get(id)?.g());
    let around = around.filter(|g| tops.iter().all(|id| document.get(id).and_then(Node::g) == Some(g)));
    batch.make(|document| reparent(document, &tops, None))?;
    if let Some(around) = around {
        batch.make(|document| reparent(document, &[new.instance.into()], Some(around)))?;
    }
    for id in &members {
        let Some(node) = document.get(id) else { continue };
        let place = |at: Option<f64>, by: f64| Some(Json::from(tidy(at.unwrap_or_default() + by)));
        let values =
            [("z", Some(Json::from(new.id))), ("x", place(node.x(), dx)), ("y", place(node.y(), dy))];
        batch.make(|document| set_properties(document, id, values))?;
    }
    Ok(batch.finish())
}

/// Wires between some nodes of a tab and the others.
struct Crossing {
    into: Vec<Wire>,
    out_of: Vec<Wire>,
}

fn crossing(document: &Document, tab: &str, members: &BTreeSet<Id>) -> Crossing {
    let mut crossing = Crossing { into: Vec::new(), out_of: Vec::new() };
    let here = |id: &Id| document.get(id).is_some_and(|node| node.z() == Some(tab));
    let all: BTreeSet<Wire> = members.iter().flat_map(|id| wires_at(document, id)).collect();
    for wire in all.into_iter().filter(|wire| here(&wire.from) && here(&wire.to)) {
        match (members.contains(&wire.from), members.contains(&wire.to)) {
            (false, true) => crossing.into.push(wire),
            (true, false) => crossing.out_of.push(wire),
            _ => {}
        }
    }
    crossing
}

fn template(id: &str, name: &str, ins: Vec<Json>, outs: Vec<Json>) -> Object {
    let mut entry: Object = [("id", id), ("type", "subflow"), ("name", name), ("info", ""), ("category", "")]
        .into_iter()
        .collect();
    entry.insert("in", Json::Array(ins));
    entry.insert("out", Json::Array(outs));
    entry.insert("env", Vec::new());
    entry.insert("meta", Json::Object(Object::new()));
    entry.insert("color", COLOUR);
    entry
}

fn instance(new: NewSubflow<'_>, tab: &str, (x, y): (f64, f64), outputs: usize) -> Object {
    let type_name = format!("subflow:{}", new.id);
    let mut entry: Object =
        [("id", new.instance), ("type", &type_name), ("z", tab), ("name", "")].into_iter().collect();
    let snap = |at: f64| (at / GRID).round() * GRID;
    entry.insert("x", snap(x));
    entry.insert("y", snap(y));
    entry.insert("wires", Json::Array(vec![Json::Array(Vec::new()); outputs]));
    entry
}

/// An end of a subflow as its template keeps it.
pub(super) fn end((x, y): (f64, f64), wires: impl IntoIterator<Item = Json>) -> Json {
    let mut end = Object::new();
    end.insert("x", tidy(x));
    end.insert("y", tidy(y));
    end.insert("wires", Json::Array(wires.into_iter().collect()));
    Json::Object(end)
}

/// What an end is wired to: the input of a node, or one of its outputs.
pub(super) fn wire_end(id: &str, port: Option<u16>) -> Json {
    let mut wire: Object = [("id", id)].into_iter().collect();
    if let Some(port) = port {
        wire.insert("port", u64::from(port));
    }
    Json::Object(wire)
}

/// A name that no subflow has.
pub fn free_name(document: &Document, name: impl Fn(usize) -> String) -> String {
    let is_taken = |name: &str| document.subflows().any(|subflow| subflow.name() == name);
    let names = (1..).map(name);
    names.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}

/// A subflow as a type of nodes.
pub fn as_type(template: &Node) -> NodeDescriptor {
    let ends = |key: &str| template.field(key).and_then(Json::as_array).map_or(0, <[Json]>::len);
    let count = |key: &str| u16::try_from(ends(key)).unwrap_or(u16::MAX);
    let or = |text: Option<&str>, otherwise: &str| {
        text.filter(|text| !text.is_empty()).unwrap_or(otherwise).to_owned()
    };
    let icon = template.text("icon").and_then(crate::store::node_red_icons::icon_of);
    NodeDescriptor {
        type_name: format!("subflow:{}", template.id()),
        role: Role::Node,
        category: or(template.text("category"), CATEGORY),
        colour: template.text("color").and_then(colour::checked).unwrap_or(COLOUR).to_owned(),
        icon: or(icon, "workflow"),
        inputs: count("in").min(1).try_into().unwrap_or(1),
        outputs: Outputs::Fixed(count("out")),
        label: Label {
            properties: vec!["name".into()],
            fallback: Text::literal(or(Some(template.name()), "subflow")),
        },
        button: false,
        schema: serde_json::json!({ "type": "object", "properties": {} }),
        credentials: vec![],
        help: template.text("info").unwrap_or_default().into(),
    }
}

/// Whether a subflow would contain itself if an instance of `inner` stood on `container`.
pub fn would_recur(document: &Document, inner: &str, container: &str) -> bool {
    let (mut open, mut seen) = (vec![inner.to_owned()], BTreeSet::new());
    while let Some(id) = open.pop() {
        if id == container {
            return true;
        }
        if seen.insert(id.clone()) {
            open.extend(document.nodes_on(&id).filter_map(Node::subflow_id).map(str::to_owned));
        }
    }
    false
}

/// The ids of the instances of a subflow.
pub fn instances(document: &Document, template: &str) -> Vec<Id> {
    let all = document.nodes().iter().filter(|node| node.subflow_id() == Some(template));
    all.map(|node| node.id().into()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, draw, ids};
    use super::*;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},
        {"id":"a","type":"inject","z":"t","x":100,"y":100,"wires":[["b"]]},
        {"id":"g","type":"group","z":"t","nodes":["b","c"],"x":200,"y":50,"w":400,"h":100},
        {"id":"b","type":"switch","z":"t","g":"g","x":300,"y":100,"rules":[{},{}],"wires":[["c"],["d"]]},
        {"id":"c","type":"switch","z":"t","g":"g","x":500,"y":100,"rules":[{}],"wires":[["d"]]},
        {"id":"d","type":"debug","z":"t","x":700,"y":100,"wires":[]}]"#;
    const NEW: NewSubflow<'_> = NewSubflow { id: "s", instance: "i", name: "Filter" };

    fn ends_of(node: &Node, key: &str) -> Vec<String> {
        let ends = node.field(key).and_then(Json::as_array).unwrap_or_default();
        ends.iter().filter_map(|end| end.get("wires")).map(Json::to_js_string).collect()
    }

    #[test]
    fn nodes_become_a_subflow_with_ends_where_wires_crossed() {
        let start = Document::parse(FLOW).unwrap();
        let made = after(&start, from_selection(&start, &draw(&start), &ids(&["b", "c"]), NEW));
        let template = made.get("s").unwrap();
        assert_eq!(ends_of(template, "in"), [r#"[{"id":"b"}]"#]);
        assert_eq!(ends_of(template, "out"), [r#"[{"id":"b","port":1}]"#, r#"[{"id":"c","port":0}]"#]);
        assert_eq!(made.get("a").unwrap().wires(), [["i"]]);
        assert_eq!(made.get("i").unwrap().wires(), [["d"], ["d"]]);
        assert_eq!((made.get("i").unwrap().g(), made.get("b").unwrap().g()), (Some("g"), None));
        assert_eq!(
            (made.get("b").unwrap().z(), made.get("b").unwrap().wires()[0].as_slice()),
            (Some("s"), ["c"].as_slice())
        );
        assert!(made.get("b").unwrap().wires()[1].is_empty());
        let type_of = as_type(template);
        assert_eq!(
            (type_of.inputs, type_of.outputs, type_of.category.as_str()),
            (1, Outputs::Fixed(2), CATEGORY)
        );
        assert!(would_recur(&made, "s", "s") && !would_recur(&made, "s", "t"));
        assert_eq!(instances(&made, "s"), ids(&["i"]));
    }

    #[test]
    fn a_group_goes_in_whole_and_two_inputs_are_refused() {
        let start = Document::parse(FLOW).unwrap();
        let made = after(&start, from_selection(&start, &draw(&start), &ids(&["g"]), NEW));
        assert_eq!((made.get("g").unwrap().z(), made.get("c").unwrap().g()), (Some("s"), Some("g")));
        let both = model::edit::connect(&start, "a", 0, "c");
        let both = after(&start, both);
        let refused = from_selection(&both, &draw(&both), &ids(&["b", "c"]), NEW);
        assert_eq!(refused, Err(text("subflows.many-inputs")));
        assert!(from_selection(&start, &draw(&start), &[], NEW).is_err());
        let empty = after(&start, add(&start, "e", "Empty"));
        assert_eq!(
            free_name(&empty, |number| if number == 1 { "Empty".into() } else { "Next".into() }),
            "Next"
        );
    }
}
