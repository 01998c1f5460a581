//! The list of all commands: type, choose, Enter.

use leptos::prelude::*;

use super::picker::{Picker, Row};
use crate::commands::{self, Command};
use crate::texts::say;
use crate::views::app::editor;
use crate::views::shortcuts::is_mac;

/// The list.
#[component]
pub fn Actions() -> impl IntoView {
    let editor = editor();
    let is_mac = is_mac();
    let row = move |command: &Command| Row {
        key: command.key.to_owned(),
        label: say(command.title),
        hint: commands::words(editor, command, is_mac).into_iter().next().unwrap_or_default(),
        icon: "chevron-right".to_owned(),
        colour: String::new(),
    };
    let rows = Callback::new(move |filter: String| found(&filter).into_iter().map(row).collect::<Vec<_>>());
    let choose = Callback::new(move |key: String| commands::run(editor, &key));
    let close = Callback::new(move |takes_focus: bool| {
        editor.bench.shows_actions.set(false);
        if takes_focus {
            super::focus();
        }
    });
    view! { <Picker title="actions.filter" at=None editor rows choose close/> }
}

/// The commands whose title or name holds all that was typed, those that begin with it first.
fn found(filter: &str) -> Vec<&'static Command> {
    let typed = filter.trim().to_lowercase();
    let title = |command: &Command| say(command.title).to_lowercase();
    let holds = |command: &&Command| {
        let text = format!("{} {}", title(command), command.key);
        command.key != "actions.list" && typed.split_whitespace().all(|word| text.contains(word))
    };
    let mut found: Vec<_> = commands::all().filter(holds).collect();
    if !typed.is_empty() {
        found.sort_by_key(|command| !title(command).starts_with(&typed));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_by_any_of_their_words() {
        let keys = |filter: &str| found(filter).into_iter().map(|command| command.key).collect::<Vec<_>>();
        assert_eq!(keys("undo")[0], "edit.undo");
        assert!(keys("left align").contains(&"arrange.left"));
        assert!(keys("").len() > 60 && keys("no such thing").is_empty());
    }
}
