//! What a menu offers: commands that can do something with what is selected.

use model::document::{Document, Kind};

use super::drawing::Drawing;
use super::selection::Selection;

/// The commands of a menu that are of use, by key; an empty one parts those before it from those behind it.
pub fn offered(commands: &[&'static str], is_of_use: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let mut offered: Vec<&'static str> = Vec::new();
    for command in commands.iter().copied() {
        let is_line = command.is_empty();
        let follows_line = offered.last().is_none_or(|last| last.is_empty());
        if if is_line { !follows_line } else { is_of_use(command) } {
            offered.push(command);
        }
    }
    if offered.last().is_some_and(|last| last.is_empty()) {
        offered.pop();
    }
    offered
}

/// Whether a command can do something with what is selected. True of those that need no selection.
pub fn is_of_use(command: &str, document: &Document, drawing: &Drawing, selection: &Selection) -> bool {
    let selected = || selection.nodes().filter_map(|id| document.get(id));
    let is_group = |id: &str| document.get(id).is_some_and(|node| node.kind() == Kind::Group);
    match command {
        "group.ungroup" => selection.nodes().any(|id| is_group(id)),
        "group.merge" => selection.nodes().len() > 1 && selection.nodes().any(|id| is_group(id)),
        "group.leave" => selected().any(|node| node.g().is_some()),
        "subflow.open" | "subflow.expand" => selected().any(|node| node.kind() == Kind::SubflowInstance),
        "edit.detach" | "edit.delete-reconnect" => {
            drawing.wires.iter().any(|wire| selection.holds(&wire.from) || selection.holds(&wire.to))
        }
        "live.breakpoint" => selection.nodes().any(|id| drawing.node(id).is_some_and(|node| node.has_input)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn lines_part_only_what_is_offered() {
        let commands = ["a", "", "b", "c", "", "d", ""];
        let offered = |unfit: &str| offered(&commands, |command| !unfit.contains(command)).join(" ");
        assert_eq!(offered("-"), "a  b c  d");
        assert_eq!(
            (offered("bc"), offered("a"), offered("d")),
            ("a  d".into(), "b c  d".into(), "a  b c".into())
        );
        assert_eq!(offered("abcd"), "");
    }

    #[test]
    fn what_is_selected_decides() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab"},{"id":"s","type":"subflow"},{"id":"u","type":"subflow:s","z":"t","x":1,"y":1},
                {"id":"g","type":"group","z":"t","nodes":["a"],"x":1,"y":1,"w":9,"h":9},
                {"id":"a","type":"inject","z":"t","g":"g","x":1,"y":1,"wires":[["b"]]},
                {"id":"b","type":"json","z":"t","x":1,"y":1,"wires":[[]]},{"id":"c","type":"comment","z":"t","x":1,"y":1}]"#,
        )
        .unwrap();
        let drawing = Drawing::new(&document, &sample(), "t");
        let commands =
            ["group.ungroup", "group.merge", "group.leave", "subflow.open", "edit.detach", "live.breakpoint"];
        let of_use = |ids: &[&str]| {
            let selection = Selection::of(ids.iter().map(|id| (*id).into()));
            let fits = commands.iter().filter(|one| is_of_use(one, &document, &drawing, &selection));
            fits.copied().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of_use(&["c"]), "");
        assert_eq!(of_use(&["a"]), "group.leave edit.detach");
        assert_eq!(of_use(&["b"]), "edit.detach live.breakpoint");
        assert_eq!(of_use(&["g", "c"]), "group.ungroup group.merge");
        assert_eq!(of_use(&["u"]), "subflow.open");
        assert!(is_of_use("edit.copy", &document, &drawing, &Selection::default()));
    }
}
