//! 10,000 commands that nobody thought of: after each the document is sound; all of them are undone and done again.

use leptos::prelude::*;
use model::document::Document;
use model::edit::{invariants, set_property};
use model::text::Text;

use super::run;
use crate::actions;
use crate::state::{Editor, QuickAdd};
use crate::store::Id;
use crate::store::drawing::Wire;
use crate::store::drawing::subflow::End;
use crate::store::edits::ends::{add_end, remove_end};
use crate::store::gestures::{Port, Slice};
use crate::store::node_types::tests::sample;
use crate::store::selection::Selection;
use crate::store::viewport::Size;

const COMMANDS: usize = 10_000;
/// A document with more entries than this is made smaller first.
const MOST_ENTRIES: usize = 160;

const START: &str = r#"[{"id":"t","type":"tab","label":"One"},{"id":"u","type":"tab","label":"Two"},
    {"id":"s","type":"subflow","name":"Sub","in":[{"x":60,"y":80,"wires":[{"id":"q"}]}],
     "out":[{"x":480,"y":80,"wires":[{"id":"q","port":0}]}],"env":[{"name":"A","type":"str","value":"x"}]},
    {"id":"q","type":"json","z":"s","x":240,"y":80,"wires":[[]]},
    {"id":"a","type":"inject","z":"t","x":110,"y":100,"wires":[["b"]]},
    {"id":"b","type":"switch","z":"t","x":310,"y":100,"rules":[{},{}],"wires":[["c"],["i"]]},
    {"id":"c","type":"debug","z":"t","x":510,"y":100,"wires":[]},
    {"id":"i","type":"subflow:s","z":"t","x":510,"y":200,"wires":[["c"]]},
    {"id":"g","type":"group","z":"t","nodes":["d"],"x":80,"y":280,"w":160,"h":80},
    {"id":"d","type":"json","z":"t","g":"g","x":160,"y":320,"wires":[["c"]]},
    {"id":"o","type":"link out","z":"t","x":700,"y":100,"links":["l"],"wires":[]},
    {"id":"l","type":"link in","z":"u","x":110,"y":100,"links":["o"],"wires":[["e"]]},
    {"id":"e","type":"debug","z":"u","x":310,"y":100,"wires":[]},{"id":"k","type":"mqtt-broker","name":"K"}]"#;

/// Commands that change the document or what is selected.
const KEYS: &[&str] = &[
    "node.toggle",
    "edit.delete",
    "edit.delete-reconnect",
    "edit.detach",
    "wire.series",
    "wire.many",
    "wire.split",
    "wire.junction",
    "group.make",
    "group.make",
    "group.ungroup",
    "group.merge",
    "group.leave",
    "group.copy-style",
    "group.paste-style",
    "subflow.add",
    "subflow.make",
    "subflow.make",
    "subflow.open",
    "subflow.expand",
    "subflow.dissolve",
    "arrange.left",
    "arrange.centre",
    "arrange.right",
    "arrange.top",
    "arrange.middle",
    "arrange.bottom",
    "arrange.grid",
    "arrange.across",
    "arrange.down",
    "order.front",
    "order.forward",
    "order.backward",
    "order.back",
    "select.up",
    "select.down",
    "select.connected",
    "names.generate",
    "labels.toggle",
    "jump.back",
    "jump.forward",
    "tab.toggle",
    "tab.left",
    "tab.right",
    "move.left",
    "move.down",
    "walk.left",
    "walk.right",
    "walk.up",
    "select.all",
    "edit.undo",
    "edit.redo",
    "tab.add",
];

const TYPES: [&str; 8] = ["inject", "switch", "debug", "json", "link in", "link out", "comment", "function"];

/// Numbers without a pattern, the same ones each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    fn one<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    fn place(&mut self) -> (f64, f64) {
        (self.below(60) as f64 * 20.0, self.below(40) as f64 * 20.0)
    }
}

fn document(editor: Editor) -> std::sync::Arc<Document> {
    editor.document.get_untracked().unwrap()
}

#[test]
fn ten_thousand_commands_leave_a_sound_document_and_are_undone() {
    let owner = Owner::new();
    owner.set();
    let editor = Editor::new();
    editor.types.set(sample().into());
    editor.canvas_size.set(Size { width: 1200.0, height: 800.0 });
    let start = Document::parse(START).unwrap();
    assert_eq!(invariants(&start), []);
    editor.open(start.clone(), "r".into());
    let mut random = Random(0x05ee_d0ff_10e5);
    for step in 0..COMMANDS {
        let done = command(editor, &mut random);
        let broken = invariants(&document(editor));
        assert!(broken.is_empty(), "after {done}, command {step}: {broken:?}");
        let kept = editor.workspace.with_untracked(|workspace| {
            let workspace = workspace.as_ref().unwrap();
            let mut document = (**workspace.document()).clone();
            workspace.to_undo().map_or(Ok(()), |last| last.diff.invert().apply(&mut document))
        });
        assert!(kept.is_ok(), "after {done}, command {step}: the last step cannot be undone: {kept:?}");
        assert!(editor.workspace.with_untracked(|workspace| workspace.is_some()));
    }
    until_settled(editor, Editor::redo); // What the last commands undid.
    let end = document(editor);
    let undone = until_settled(editor, Editor::undo);
    assert!(undone > COMMANDS / 4, "{undone} steps");
    assert!(*document(editor) == start, "all undone is not where it began");
    until_settled(editor, Editor::redo);
    assert!(document(editor) == end, "all done again is not where it ended");
}

/// Steps until nothing changes any more; gives back how often it did.
fn until_settled(editor: Editor, step: fn(Editor)) -> usize {
    let place = |editor: Editor| {
        editor.workspace.with_untracked(|workspace| workspace.as_ref().unwrap().history_place())
    };
    let mut count = 0;
    loop {
        let before = place(editor);
        step(editor);
        if place(editor) == before {
            return count;
        }
        count += 1;
    }
}

/// Does something; gives back what it was.
fn command(editor: Editor, random: &mut Random) -> String {
    if document(editor).len() > MOST_ENTRIES {
        run(editor, "select.all");
        run(editor, "edit.delete");
        if random.below(2) == 0 {
            actions::delete_tab(editor);
        }
        return "making it smaller".into();
    }
    let drawing = editor.drawing.get_untracked();
    let ids: Vec<Id> = drawing.nodes.iter().map(|node| node.id.clone()).collect();
    let groups = drawing.groups.iter().map(|group| group.id.clone());
    let all: Vec<Id> = ids.iter().cloned().chain(groups).collect();
    match random.below(16) {
        0 => {
            let chosen: Vec<Id> = (0..=random.below(4)).filter_map(|_| random.one(&all).cloned()).collect();
            editor.select(Selection::of(chosen));
            "select".into()
        }
        1 => {
            if let Some(wire) = random.one(&drawing.wires) {
                editor.select(Selection::wire(wire.clone()));
            }
            "select a wire".into()
        }
        2 => {
            let tabs = editor.tabs.get_untracked();
            if let Some(tab) = random.one(&tabs) {
                editor.show_tab(&tab.id);
            }
            "open a tab".into()
        }
        3 => {
            let subflows = document(editor);
            let subflows: Vec<String> =
                subflows.subflows().map(|one| format!("subflow:{}", one.id())).collect();
            let type_name = match random.below(3) {
                0 => random.one(&subflows).cloned().unwrap_or_default(),
                _ => random.one(&TYPES).map(|one| (*one).to_owned()).unwrap_or_default(),
            };
            actions::insert_over(editor, &type_name, random.place());
            format!("insert {type_name}")
        }
        4 => {
            let chosen = document(editor);
            let chosen = crate::store::moving::carried(&chosen, random.one(&all));
            let (dx, dy) = (random.below(30) as f64 * 20.0 - 300.0, random.below(20) as f64 * 20.0 - 200.0);
            if !chosen.is_empty() {
                actions::drop_moved(editor, &chosen, dx, dy);
            }
            "drop".into()
        }
        5 => {
            let ends = random.one(&drawing.nodes).cloned().zip(random.one(&drawing.nodes).cloned());
            if let Some((from, to)) = ends.filter(|(from, to)| from.outputs > 0 && to.has_input) {
                let port = random.below(usize::from(from.outputs)) as u16;
                actions::connect(editor, &Wire { from: from.id.clone(), port, to: to.id.clone() });
            }
            "connect".into()
        }
        6 => {
            let slice = if random.below(3) == 0 { Slice::Cut } else { Slice::Join };
            actions::slice(editor, slice, &[random.place(), random.place()]);
            format!("{slice:?}")
        }
        7 => {
            if let Some(copy) = actions::copy(editor) {
                actions::paste(editor, &copy, Some(random.place()));
            }
            "paste".into()
        }
        8 => end(editor, random, &drawing),
        9 => {
            let wires: Vec<Wire> = random.one(&drawing.wires).cloned().into_iter().collect();
            let port = random
                .one(&drawing.nodes)
                .filter(|node| node.has_input)
                .map(|node| Port { node: node.id.clone(), output: None });
            actions::rewire(editor, &wires, port.as_ref());
            "rewire".into()
        }
        10 => {
            let name = format!("n{}", random.below(20));
            if let Some(id) = random.one(&all) {
                let tag = format!("{id}/name");
                editor.edit_going_on(&tag, Text::literal("name"), |document| {
                    set_property(document, id, "name", Some(name.into()))
                });
            }
            "type a name".into()
        }
        11 => {
            actions::add_junction(editor, &QuickAdd { at: Some(random.place()), ..QuickAdd::default() });
            "junction".into()
        }
        _ => {
            let key = *random.one(KEYS).unwrap();
            run(editor, key);
            key.into()
        }
    }
}

/// Something with the ends of the subflow that is open.
fn end(editor: Editor, random: &mut Random, drawing: &crate::store::drawing::Drawing) -> String {
    let Some(open) = editor
        .tabs
        .get_untracked()
        .iter()
        .find(|tab| Some(&tab.id) == editor.open_tab.get_untracked().as_ref())
        .cloned()
    else {
        return "no tab".into();
    };
    if !open.is_subflow {
        return "no subflow".into();
    }
    let which = [End::Input(0), End::Output(random.below(3)), End::Status][random.below(3)];
    match random.below(4) {
        0 => drop(editor.edit(Text::literal("end"), |document| add_end(document, &open.id, which))),
        1 => drop(editor.edit(Text::literal("end"), |document| remove_end(document, &open.id, which))),
        2 => actions::end_moved(editor, which, 20.0, 40.0),
        _ => {
            let Some(node) = random.one(&drawing.nodes) else { return "no node".into() };
            let output = (!matches!(which, End::Input(_))).then_some(0);
            if output.is_some() && node.outputs > 0 || output.is_none() && node.has_input {
                actions::end_wired(editor, which, &Port { node: node.id.clone(), output });
            }
        }
    }
    format!("{which:?}")
}
