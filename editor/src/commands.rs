//! Every command: its name, its keys and what it does, in one table. The keyboard, buttons, menus and the list
//! of shortcuts all come from it.

pub mod acts;
mod basic;
mod more;

use leptos::prelude::*;

use crate::later;
use crate::state::Editor;
use crate::store::preferences::Preferences;
use crate::store::shortcut::{Fit, Pressed, Shortcut};

/// One command.
pub struct Command {
    /// Names it, such as `edit.undo`.
    pub key: &'static str,
    /// Key of its title.
    pub title: &'static str,
    /// Its usual shortcuts; the first is shown.
    pub shortcuts: &'static [Shortcut],
    /// Where they work.
    pub place: Place,
    /// Does it.
    run: Run,
}

/// What does a command.
enum Run {
    /// A function that is there.
    Now(fn(Editor)),
    /// One of [`acts::ACTS`], which are loaded later.
    Later,
}

/// Where a command's shortcuts work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Wherever the keyboard focus is, even in a text field.
    Everywhere,
    /// Wherever one does not type.
    Page,
    /// On the canvas.
    Canvas,
    /// On the canvas; done by the browser's own events (copying needs no permission then).
    Browser,
}

impl Command {
    /// Does it.
    pub fn run(&self, editor: Editor) {
        match self.run {
            Run::Now(run) => run(editor),
            Run::Later => later::act(editor, self.key),
        }
    }
}

/// All commands, in the order in which they are listed.
pub fn all() -> impl Iterator<Item = &'static Command> + Clone {
    basic::COMMANDS.iter().chain(more::COMMANDS)
}

/// The command of a name.
pub fn command(key: &str) -> Option<&'static Command> {
    all().find(|command| command.key == key)
}

/// Does the command of a name.
pub fn run(editor: Editor, key: &str) {
    if let Some(command) = command(key) {
        command.run(editor);
    }
}

/// What a pressed key means.
pub enum Meaning {
    /// This command.
    Command(&'static Command),
    /// The first of two keys.
    Begins(Shortcut),
}

/// What a pressed key means after `before`, the first of two keys. `is_typing`: the keyboard focus is in a text field;
/// `on_canvas`: it is on the canvas.
pub fn pressed(
    preferences: &Preferences,
    before: Option<Shortcut>,
    key: Pressed<'_>,
    is_typing: bool,
    on_canvas: bool,
) -> Option<Meaning> {
    let works = |command: &&Command| match command.place {
        Place::Everywhere => true,
        Place::Page => !is_typing,
        Place::Canvas => on_canvas,
        Place::Browser => false,
    };
    let fits = all().filter(works).flat_map(|command| {
        let shortcuts = preferences.shortcuts(command.key, command.shortcuts).to_vec();
        shortcuts.into_iter().filter_map(move |shortcut| {
            shortcut.fit(before.as_ref(), key).map(|fit| match fit {
                Fit::Whole => Meaning::Command(command),
                Fit::Begins => Meaning::Begins(shortcut),
            })
        })
    });
    // One key alone comes before the first of two, as for a key that the user chose anew.
    let mut begins = None;
    for fit in fits {
        match fit {
            Meaning::Command(_) => return Some(fit),
            Meaning::Begins(_) => drop(begins.get_or_insert(fit)),
        }
    }
    begins
}

/// The shortcuts of a command as they are shown.
pub fn words(editor: Editor, command: &Command, is_mac: bool) -> Vec<String> {
    editor.bench.preferences.with(|preferences| {
        let shortcuts = preferences.shortcuts(command.key, command.shortcuts);
        shortcuts.iter().map(|shortcut| shortcut.words(is_mac)).collect()
    })
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::has;

    fn meant(key: Pressed<'_>, is_typing: bool, on_canvas: bool) -> Option<&'static str> {
        match pressed(&Preferences::default(), None, key, is_typing, on_canvas)? {
            Meaning::Command(command) => Some(command.key),
            Meaning::Begins(_) => Some("begins"),
        }
    }

    #[test]
    fn every_key_means_one_thing() {
        let commands: Vec<_> = all().collect();
        for (at, command) in commands.iter().enumerate() {
            assert!(has(command.title), "{} has no title", command.key);
            for other in &commands[at + 1..] {
                assert_ne!(command.key, other.key);
                let both = command.shortcuts.iter().find(|shortcut| other.shortcuts.contains(shortcut));
                assert!(both.is_none(), "{both:?} means {} and {}", command.key, other.key);
            }
        }
    }

    #[test]
    fn what_is_done_later_is_there_then_and_nothing_else() {
        let later = all().filter(|command| matches!(command.run, Run::Later)).map(|command| command.key);
        let mut later: Vec<_> = later.collect();
        let mut acts: Vec<_> = acts::ACTS.iter().map(|(key, _)| *key).collect();
        later.sort_unstable();
        acts.sort_unstable();
        assert_eq!(later, acts);
    }

    #[test]
    fn letters_typed_into_a_field_are_letters() {
        let letter = Pressed { key: "a", primary: false, shift: false, alt: false };
        assert_eq!(meant(letter, true, false), None);
        assert_eq!(meant(letter, false, true), Some("node.add"));
        assert_eq!(meant(letter, false, false), None);
        let undo = Pressed { key: "z", primary: true, shift: false, alt: false };
        assert_eq!(meant(undo, true, false), None);
        assert_eq!(meant(undo, false, false), Some("edit.undo"));
        assert_eq!(meant(Pressed { alt: true, ..letter }, false, true), Some("begins"));
    }

    #[test]
    fn a_chosen_key_takes_the_place_of_the_usual_one() {
        let mut preferences = Preferences::default();
        preferences.keys.insert("edit.undo".into(), Some(Shortcut::plain("F9")));
        let key = |key, primary| Pressed { key, primary, shift: false, alt: false };
        let meant = |key| match pressed(&preferences, None, key, false, true) {
            Some(Meaning::Command(command)) => command.key,
            _ => "",
        };
        assert_eq!((meant(key("F9", false)), meant(key("z", true))), ("edit.undo", ""));
    }
}
