use super::*;
use crate::store::node_types::tests::sample;

const FLOWS: &str = r#"[{"id":"t","type":"tab","label":"One"},{"id":"u","type":"tab","label":"Two"},
    {"id":"a","type":"inject","z":"t","x":110,"y":100,"wires":[["b"]]},
    {"id":"b","type":"switch","z":"t","x":310,"y":100,"rules":[{},{}],"wires":[["c"],[]]},
    {"id":"c","type":"debug","z":"t","x":510,"y":100,"wires":[]},
    {"id":"g","type":"group","z":"t","nodes":["d"],"x":80,"y":280,"w":160,"h":80},
    {"id":"d","type":"switch","z":"t","g":"g","x":160,"y":320,"rules":[{}],"wires":[[]]},
    {"id":"e","type":"inject","z":"u","x":110,"y":100,"wires":[[]]}]"#;

fn editor() -> (leptos::prelude::Owner, Editor) {
    let owner = leptos::prelude::Owner::new();
    owner.set();
    let editor = Editor::new();
    editor.types.set(sample().into());
    editor.canvas_size.set(crate::store::viewport::Size { width: 800.0, height: 600.0 });
    editor.open(Document::parse(FLOWS).unwrap(), "r".into());
    (owner, editor)
}

fn document(editor: Editor) -> std::sync::Arc<Document> {
    editor.document.get_untracked().unwrap()
}

fn select(editor: Editor, ids: &[&str]) {
    editor.select(Selection::of(ids.iter().map(|id| Id::from(*id))));
}

#[test]
fn a_node_is_added_behind_the_selected_one() {
    let (_owner, editor) = editor();
    select(editor, &["b"]);
    let id = insert(editor, "json", None).unwrap();
    let node = document(editor).get(&id).unwrap().clone();
    assert_eq!(node.z(), Some("t"));
    // The first output is taken.
    assert_eq!(document(editor).get("b").unwrap().wires(), [vec!["c"], vec![id.as_ref()]]);
    assert_eq!(editor.selection.with_untracked(|selection| selection.single().cloned()), Some(id));
    editor.undo();
    assert_eq!(*document(editor), Document::parse(FLOWS).unwrap());
}

#[test]
fn a_group_goes_with_all_that_is_in_it() {
    let (_owner, editor) = editor();
    select(editor, &["g"]);
    nudge(editor, Direction::Right);
    nudge(editor, Direction::Right);
    assert_eq!(document(editor).get("d").unwrap().x(), Some(200.0));
    editor.undo();
    assert!(!editor.workspace.with_untracked(|workspace| workspace.as_ref().unwrap().is_changed()));
    select(editor, &["g"]);
    delete_selected(editor);
    assert!(document(editor).get("d").is_none() && document(editor).get("g").is_none());
    assert!(editor.selection.with_untracked(Selection::is_empty));
    editor.undo();
    assert!(editor.selection.with_untracked(|selection| selection.holds("d")));
}

#[test]
fn wires_are_drawn_and_taken_away_with_the_keyboard() {
    let (_owner, editor) = editor();
    select(editor, &["b"]);
    start_wire(editor);
    let wire = editor.canvas.wiring.get_untracked().unwrap();
    assert_eq!((wire.port, wire.to.as_deref()), (1, Some("c")));
    finish_wire(editor);
    assert_eq!(document(editor).get("b").unwrap().wires()[1], ["c"]);
    assert_eq!(editor.canvas.sketch.get_untracked(), None);
    select(editor, &["b"]);
    start_wire(editor);
    start_wire(editor);
    editor.canvas.wiring.update(|wire| wire.as_mut().unwrap().port = 1);
    finish_wire(editor);
    assert!(document(editor).get("b").unwrap().wires()[1].is_empty());
    select(editor, &["c"]);
    start_wire(editor);
    assert!(editor.canvas.wiring.get_untracked().is_none());
}

#[test]
fn what_is_copied_can_be_pasted_again_and_elsewhere() {
    let (_owner, editor) = editor();
    assert_eq!(copy(editor), None);
    select(editor, &["a", "b"]);
    let text = copy(editor).unwrap();
    assert!(paste(editor, &text, None));
    let copies: Vec<Id> = editor.selection.with_untracked(|selection| selection.nodes().cloned().collect());
    assert_eq!(copies.len(), 2);
    editor.show_tab(&"u".into());
    assert!(paste(editor, &text, Some((200.0, 200.0))));
    let there = document(editor);
    let on_tab: Vec<&Node> = there.nodes_on("u").collect();
    assert_eq!(on_tab.len(), 3);
    assert!(!paste(editor, "just words", None) && !paste(editor, "[]", None));
    editor.undo();
    editor.undo();
    assert_eq!(*document(editor), Document::parse(FLOWS).unwrap());
}

#[test]
fn tabs_come_go_and_change_places() {
    let (_owner, editor) = editor();
    add_tab(editor);
    let names = |editor: Editor| {
        editor.tabs.with_untracked(|tabs| tabs.iter().map(|tab| tab.name.clone()).collect::<Vec<_>>())
    };
    assert_eq!(names(editor), ["One", "Two", "Flow 3"]);
    move_tab(editor, -1);
    assert_eq!(names(editor), ["One", "Flow 3", "Two"]);
    next_tab(editor, -1);
    next_tab(editor, -1);
    assert_eq!(editor.open_tab.get_untracked().as_deref(), Some("u"));
    delete_tab(editor);
    assert_eq!(names(editor), ["One", "Flow 3"]);
    assert!(document(editor).get("e").is_none());
    editor.undo();
    assert!(document(editor).get("e").is_some());
}

/// A random number from 0 to below `limit`: xorshift64 (Marsaglia 2003), so that a failure comes again.
fn below(state: &mut u64, limit: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % limit.max(1) as u64) as usize
}

#[test]
fn after_every_command_all_holds_and_undoing_all_leads_back() {
    let (_owner, editor) = editor();
    let start = document(editor);
    let mut random = 0x5eed_u64;
    let (mut done, mut tried) = (0, 0);
    while done < 2_000 {
        tried += 1;
        assert!(tried < 200_000, "{done} edits only");
        let before = document(editor);
        let drawing = editor.drawing.get_untracked();
        let mut all: Vec<Id> = drawing.nodes.iter().map(|node| node.id.clone()).collect();
        all.extend(drawing.groups.iter().map(|group| group.id.clone()));
        let one = |random: &mut u64| all.get(below(random, all.len())).cloned();
        let chosen: Vec<Id> = (0..=below(&mut random, 3)).filter_map(|_| one(&mut random)).collect();
        editor.select(Selection::of(chosen));
        match below(&mut random, 16) {
            0..=3 => {
                let type_name = ["inject", "switch", "json"][below(&mut random, 3)];
                let at = (below(&mut random, 900) as f64, below(&mut random, 900) as f64);
                insert(editor, type_name, (below(&mut random, 2) == 0).then_some(at));
            }
            4 | 5 => {
                if let (Some(from), Some(to)) = (one(&mut random), one(&mut random)) {
                    let port = below(&mut random, 2) as u16;
                    connect(editor, &Wire { from, port, to });
                }
            }
            6 => delete_selected(editor),
            7 => nudge(editor, Direction::Down),
            8 => {
                start_wire(editor);
                walk_wire(editor, Direction::Down);
                finish_wire(editor);
            }
            9 => drop(copy(editor).map(|text| paste(editor, &text, None))),
            10 => toggle_enabled(editor),
            11 if below(&mut random, 8) == 0 => delete_tab(editor),
            12 if below(&mut random, 4) == 0 => add_tab(editor),
            13 => move_tab(editor, 1),
            14 => next_tab(editor, 1),
            _ => {
                if let Some(wire) = drawing.wires.get(below(&mut random, drawing.wires.len())) {
                    editor.select(Selection::wire(wire.clone()));
                    delete_selected(editor);
                }
            }
        }
        // A wire between what cannot be wired is refused, and said.
        editor.notices.set(Vec::new());
        let after = document(editor);
        assert_eq!(edit::invariants(&after), [], "after edit {done}");
        done += usize::from(after != before);
        // Tabs that grow without end would test nothing more.
        if after.len() > 400 {
            select_all(editor);
            delete_selected(editor);
            done += 1;
        }
    }
    let end = document(editor);
    let mut undone = 0;
    while editor.workspace.with_untracked(|workspace| workspace.as_ref().unwrap().to_undo().is_some()) {
        editor.undo();
        undone += 1;
    }
    assert_eq!(document(editor), start);
    assert!(undone > 1_000, "{undone} steps");
    while editor.workspace.with_untracked(|workspace| workspace.as_ref().unwrap().to_redo().is_some()) {
        editor.redo();
        undone -= 1;
    }
    assert_eq!((document(editor), undone), (end, 0));
}
