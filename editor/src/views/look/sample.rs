//! The made-up flow of the look page: a subflow's tab, so that its ends are there too.

use std::collections::HashMap;

use leptos::prelude::Set;
use model::descriptor::NodeDescriptor;
use model::document::Document;
use model::edit::set_property;
use model::json::Json;
use model::text::Text;

use crate::state::Editor;
use crate::store::comms::Event;
use crate::store::debug_log::{Level, Message};
use crate::store::drawing::Wire;
use crate::store::node_types::NodeTypes;
use crate::store::problems::Started;
use crate::store::selection::Selection;
use crate::store::status::Status;

/// Width of what is drawn, in the flow's units.
pub(super) const WIDTH: f64 = 840.0;

/// The shapes that the page shows, each a column: the first word of an id, the type, the place, settings.
pub(super) const SHAPES: &[(&str, &str, f64, &str)] = &[
    ("link", "link in", 110.0, r#","l":false"#),
    ("start", "sample start", 235.0, r#","name":"Start""#),
    ("card", "sample card", 390.0, r#","name":"Sort by kind","rules":[1,2],"info":"Why.""#),
    ("switch", "sample switch", 545.0, r#","name":"Output""#),
    ("off", "sample switch", 700.0, r#","name":"Output","active":false"#),
    ("junction", "junction", 810.0, ""),
];

/// The states, each a row: with what its nodes have in their settings and what they say of themselves.
pub(super) const STATES: &[(&str, &str, &str)] = &[
    ("plain", "", ""),
    ("hovered", "", ""),
    ("selected", "", ""),
    ("changed", "", ""),
    ("invalid", r#","wires":[["gone"]]"#, ""),
    ("doubtful", r#","g":"gone""#, ""),
    ("disabled", r#","d":true"#, ""),
    ("running", "", r#"{"fill":"green","shape":"dot","text":"connected"}"#),
    ("busy", "", r#"{"fill":"blue","shape":"dot","text":"12 a second"}"#),
    ("waiting", "", r#"{"fill":"yellow","shape":"ring","text":"waiting"}"#),
    ("idle", "", r#"{"fill":"grey","shape":"ring","text":"idle"}"#),
    ("failing", "", r#"{"fill":"red","shape":"ring","text":"no answer"}"#),
    ("unknown", "", ""),
];

/// Below the table: wires of every kind, groups, links to other tabs.
const FLOW: &str = r##"
    {"id":"g1","type":"group","z":"t","name":"A group","nodes":["w1","w2"],"x":20,"y":TOP+40,"w":330,"h":110,"style":{"stroke":"#3b82a0","fill":"#3b82a0","fill-opacity":"0.1","color":"#3b82a0","label":true}},
    {"id":"g2","type":"group","z":"t","name":"Named below","nodes":[],"x":380,"y":TOP+40,"w":360,"h":110,"style":{"label":true,"label-position":"se"}},
    {"id":"w1","type":"sample card","z":"t","g":"g1","name":"First","x":90,"y":TOP+90,"rules":[1,2,3],"wires":[["w2"],["w3"],["w1"]]},
    {"id":"w2","type":"sample card","z":"t","g":"g1","name":"Second","icon":"font-awesome/fa-car","color":"#b5544d","x":280,"y":TOP+80,"wires":[["w3"]]},
    {"id":"w3","type":"sample card","z":"t","name":"Two \\n lines","x":470,"y":TOP+90,"wires":[["w4"]]},
    {"id":"w4","type":"sample card","z":"t","name":"Switched off","d":true,"x":650,"y":TOP+90,"wires":[]},
    {"id":"l1","type":"link out","z":"t","x":240,"y":TOP+210,"links":["l2","l3"],"wires":[]},
    {"id":"l2","type":"link in","z":"t","x":90,"y":TOP+260,"links":["l1"],"wires":[]},
    {"id":"l3","type":"link in","z":"u","x":40,"y":40,"links":["l1"],"wires":[]},
    {"id":"c1","type":"comment","z":"t","name":"Words beside a flow","x":560,"y":TOP+210,"wires":[]},
    {"id":"u","type":"tab","label":"Elsewhere"}"##;

/// Where the middle of a row is.
pub(super) fn row(at: usize) -> f64 {
    30.0 + 60.0 * at as f64
}

/// The flow.
pub(super) fn flows() -> String {
    let top = row(STATES.len());
    let mut entries = vec![format!(
        r##"{{"id":"t","type":"subflow","name":"Samples","in":[{{"x":400,"y":{y},"wires":[]}}],"out":[{{"x":520,"y":{y},"wires":[{{"id":"w3","port":0}}]}}],"status":{{"x":640,"y":{y},"wires":[]}}}}"##,
        y = top + 265.0
    )];
    for (at, (state, settings, _)) in STATES.iter().enumerate() {
        for (shape, type_name, x, more) in SHAPES {
            let is_strange = *state == "unknown" && *shape != "junction";
            let type_name = if is_strange { "not installed" } else { type_name };
            let wires = if settings.contains("wires") { "" } else { r#","wires":[[]]"# };
            entries.push(format!(
                r#"{{"id":"{shape}-{state}","type":"{type_name}","z":"t","x":{x},"y":{y}{more}{settings}{wires}}}"#,
                y = row(at)
            ));
        }
    }
    let mut flow = FLOW.to_owned();
    for more in [40, 80, 90, 210, 260] {
        flow = flow.replace(&format!("TOP+{more}"), &(top + f64::from(more)).to_string());
    }
    entries.push(flow);
    format!("[{}]", entries.join(","))
}

/// The node types in it.
pub(super) fn types() -> NodeTypes {
    let one = |name: &str, role: &str, icon: &str, colour: &str, ports: &str| {
        format!(
            r#"{{"type":"{name}","role":"{role}","category":"common","colour":"{colour}","icon":"{icon}",{ports},"label":{{"properties":["name"],"fallback":{{"args":{{"text":"{name}"}}}}}},"schema":{{}},"help":""}}"#
        )
    };
    let list = [
        one("sample start", "node", "circle-play", "#a6bbcf", r#""inputs":0,"outputs":1,"button":true"#),
        one(
            "sample card",
            "node",
            "git-fork",
            "#e2d96e",
            r#""inputs":1,"outputs":{"property":"rules","default":1}"#,
        ),
        one("sample switch", "node", "bug", "#87a980", r#""inputs":1,"outputs":0,"button":true"#),
        one("comment", "comment", "message-square", "#ffffff", r#""inputs":0,"outputs":0"#),
        one("link in", "link-in", "log-in", "#dddddd", r#""inputs":0,"outputs":1"#),
        one("link out", "link-out", "log-out", "#dddddd", r#""inputs":1,"outputs":0"#),
    ];
    let descriptors: Vec<NodeDescriptor> =
        list.iter().filter_map(|one| serde_json::from_str(one).ok()).collect();
    NodeTypes::new(descriptors, &HashMap::new())
}

/// Brings the nodes into their states, as the server, the user and time would.
pub(super) fn live(editor: Editor) {
    let of = |state: &'static str| SHAPES.iter().map(move |(shape, ..)| format!("{shape}-{state}"));
    editor.show_tab(&"t".into());
    for id in of("changed") {
        let edit =
            |document: &Document| set_property(document, &id, "outputLabels", Some(Json::Array(Vec::new())));
        editor.edit(Text::literal("change"), edit);
    }
    let invalid = of("invalid")
        .map(|id| format!(r#"{{"node":"{id}","path":"wires[0][0]","message":"there is no node `gone`"}}"#));
    let answer = format!(r#"{{"problems":[{}]}}"#, invalid.collect::<Vec<_>>().join(","));
    editor.started.set(Started::read(&Json::parse(&answer).unwrap_or_default()).into());
    for (state, _, status) in STATES.iter().filter(|(_, _, status)| !status.is_empty()) {
        let status = Json::parse(status).ok().and_then(|status| Status::read(&status));
        // A junction has no status.
        for id in of(state).filter(|id| !id.starts_with("junction")) {
            editor.receive(Event::Status(id.as_str().into(), status.clone()), 0);
        }
    }
    let error = Message {
        id: "card-failing".into(),
        level: Level::Error,
        text: "no answer".into(),
        ..Message::default()
    };
    editor.receive(Event::Debug(error), 0);
    editor.show_arrived();
    let selected = of("selected").chain(["l1".to_owned()]).map(|id| id.as_str().into());
    let wire = Wire { from: "w1".into(), port: 0, to: "w2".into() };
    editor.select(Selection::of(selected).toggled_wire(&wire));
    editor.notify(&Text::literal("Deployed: 12 nodes run"), false);
    editor.notify(&Text::literal("The broker does not answer: check its address"), true);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::drawing::Drawing;
    use crate::store::problems::Problems;

    #[test]
    fn every_shape_is_there_in_every_state() {
        let (document, types) = (Document::parse(&flows()).unwrap(), types());
        let drawing = Drawing::new(&document, &types, "t");
        for (state, ..) in STATES {
            for (shape, ..) in SHAPES {
                let node = drawing.node(&format!("{shape}-{state}")).unwrap();
                assert_eq!(node.is_unknown, *state == "unknown" && *shape != "junction", "{shape} {state}");
            }
        }
        assert_eq!(drawing.ports.len(), 3);
        let problems = Problems::found(&document, &types);
        for (shape, ..) in SHAPES {
            let severity = |state: &str| problems.severity(&format!("{shape}-{state}"));
            use model::check::Severity::{Error, Warning};
            assert_eq!(
                (severity("invalid"), severity("doubtful"), severity("plain")),
                (Some(Error), Some(Warning), None),
                "{shape}"
            );
        }
    }
}
