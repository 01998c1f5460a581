use super::*;
use crate::store::comms::Event;
use crate::store::debug_log::MOST_ENTRIES;

const FLOWS: &str = r#"[{"id":"a","type":"tab","label":"A"},{"id":"b","type":"tab","label":"B"},
    {"id":"n","type":"x","z":"a","x":10,"y":10,"wires":[]},{"id":"m","type":"x","z":"b","x":900,"y":10,"wires":[]}]"#;

fn editor() -> (Owner, Editor) {
    let owner = Owner::new();
    owner.set();
    let editor = Editor::new();
    editor.canvas_size.set(Size { width: 800.0, height: 600.0 });
    editor.open(Document::parse(FLOWS).unwrap(), "r".into());
    (owner, editor)
}

fn debug(text: &str) -> Event {
    Event::Debug(Message { text: text.into(), ..Message::default() })
}

#[test]
fn a_tab_is_found_where_it_was_left() {
    let (_owner, editor) = editor();
    let left = editor.viewport.get_untracked().panned(5.0, 5.0);
    editor.viewport.set(left);
    editor.show_tab(&"b".into());
    assert_eq!(editor.drawing.get_untracked().nodes[0].id.as_ref(), "m");
    assert_ne!(editor.viewport.get_untracked(), left);
    editor.show_tab(&"a".into());
    assert_eq!(editor.viewport.get_untracked(), left);
}

#[test]
fn jumping_opens_the_tab_and_shows_the_node() {
    let (_owner, editor) = editor();
    let before = editor.viewport.get_untracked();
    editor.jump_to("n");
    assert_eq!(editor.viewport.get_untracked(), before);
    editor.jump_to("m");
    editor.viewport.update(|viewport| *viewport = viewport.panned(5_000.0, 0.0));
    editor.jump_to("m");
    assert_eq!(editor.open_tab.get_untracked().as_deref(), Some("b"));
    assert_eq!(editor.inspected.get_untracked().as_deref(), Some("m"));
    assert_eq!(editor.viewport.get_untracked().to_flow(400.0, 300.0), (900.0, 10.0));
    editor.jump_to("gone");
    assert_eq!(editor.inspected.get_untracked().as_deref(), Some("m"));
}

#[test]
fn what_arrives_is_shown_together() {
    let (_owner, editor) = editor();
    let status =
        |text: &str| Event::Status("n".into(), Some(Status { text: text.into(), ..Status::default() }));
    assert!(editor.receive(status("one"), 1));
    assert!(!editor.receive(status("two"), 2));
    assert!(!editor.receive(debug("x"), 3));
    assert_eq!(editor.status(&"n".into()).get_untracked(), None);
    editor.show_arrived();
    assert_eq!(editor.status(&"n".into()).get_untracked().unwrap().text, "two");
    assert_eq!(editor.debug.with_untracked(DebugLog::len), 1);
    assert!(editor.receive(debug("y"), 4));
    editor.clear_statuses();
    assert_eq!(editor.status(&"n".into()).get_untracked(), None);
}

#[test]
fn debug_output_waits_while_paused_and_is_bounded() {
    let (_owner, editor) = editor();
    editor.set_paused(true);
    for number in 0..5 * MOST_ENTRIES {
        editor.receive(debug(&number.to_string()), 0);
    }
    editor.show_arrived();
    assert_eq!(editor.waiting.get_untracked(), MOST_ENTRIES);
    assert!(editor.debug.with_untracked(DebugLog::is_empty));
    editor.set_paused(false);
    let shown = editor.debug.with_untracked(|log| log.filtered("", &crate::store::debug_log::Scope::All));
    assert_eq!(shown.last().unwrap().message.text, (5 * MOST_ENTRIES - 1).to_string());
    assert_eq!(editor.waiting.get_untracked(), 0);
}

#[test]
fn a_notice_is_told_once() {
    let (_owner, editor) = editor();
    let first = editor.notify(&Text::literal("no"), true);
    let second = editor.notify(&Text::literal("no"), true);
    assert_ne!(first, second);
    assert_eq!(editor.notices.with_untracked(Vec::len), 1);
    editor.dismiss(second);
    assert!(editor.notices.with_untracked(Vec::is_empty));
}
