//! Keyboard shortcuts: how they are written, matched and shown.

use crate::texts::say;

/// A key with its modifiers. `mod` is Ctrl, or Cmd on a Mac.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// As `KeyboardEvent.key` gives it, letters in lower case.
    pub key: &'static str,
    /// Ctrl, or Cmd on a Mac.
    pub primary: bool,
    /// Shift. For signs that need Shift on some keyboards (`?`, `+`) it is not looked at.
    pub shift: bool,
    /// Alt.
    pub alt: bool,
    /// A second key, alone, that has to follow.
    pub then: Option<&'static str>,
}

/// What a pressed key is to a shortcut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// All of it.
    Whole,
    /// The first of its two keys.
    Begins,
}

/// A pressed key, as an event tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed<'a> {
    /// `KeyboardEvent.key`.
    pub key: &'a str,
    /// Ctrl or Cmd.
    pub primary: bool,
    /// Shift.
    pub shift: bool,
    /// Alt.
    pub alt: bool,
}

impl Shortcut {
    /// The key alone.
    pub const fn plain(key: &'static str) -> Self {
        Self { key, primary: false, shift: false, alt: false, then: None }
    }

    /// The key with Ctrl or Cmd.
    pub const fn primary(key: &'static str) -> Self {
        Self { primary: true, ..Self::plain(key) }
    }

    /// With Shift too.
    pub const fn shift(self) -> Self {
        Self { shift: true, ..self }
    }

    /// With Alt too.
    pub const fn alt(self) -> Self {
        Self { alt: true, ..self }
    }

    /// With a second key, alone, after it.
    pub const fn then(self, key: &'static str) -> Self {
        Self { then: Some(key), ..self }
    }

    /// What `pressed` is to it, after `before` was pressed as the first of two keys.
    pub fn fit(self, before: Option<&Self>, pressed: Pressed<'_>) -> Option<Fit> {
        match (self.then, before) {
            (None, None) => self.is(pressed).then_some(Fit::Whole),
            (Some(_), None) => self.is(pressed).then_some(Fit::Begins),
            (Some(then), Some(before)) => {
                let follows = Self { then: None, ..self } == Self { then: None, ..*before };
                (follows && Self::plain(then).is(pressed)).then_some(Fit::Whole)
            }
            (None, Some(_)) => None,
        }
    }

    /// Reads what [`Shortcut::text`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, then) = match text.split_once(' ') {
            Some((first, then)) if !first.is_empty() && !then.is_empty() => (first, Some(then)),
            _ => (text, None),
        };
        let mut shortcut = Self::plain("");
        let mut rest = first;
        loop {
            let (modifier, after) = match rest.split_once('+') {
                Some((modifier, after)) if !after.is_empty() => (modifier, after),
                _ => break,
            };
            match modifier {
                "mod" => shortcut.primary = true,
                "shift" => shortcut.shift = true,
                "alt" => shortcut.alt = true,
                _ => break,
            }
            rest = after;
        }
        let is_key = |key: &str| key.chars().count() == 1 || NAMED.contains(&key);
        let keys = (is_key(rest)).then_some(rest).zip(Some(then));
        let (key, then) = keys.filter(|(_, then)| then.is_none_or(is_key))?;
        Some(Self { key: kept(key), then: then.map(kept), ..shortcut })
    }

    /// As it is kept: `mod+shift+z`, or `alt+a l` for two keys.
    pub fn text(self) -> String {
        let mut text = String::new();
        for (_, modifier) in [(self.primary, "mod+"), (self.alt, "alt+"), (self.shift, "shift+")]
            .iter()
            .filter(|(is_set, _)| *is_set)
        {
            text.push_str(modifier);
        }
        text.push_str(if self.key == " " { "Space" } else { self.key });
        if let Some(then) = self.then {
            text.push(' ');
            text.push_str(then);
        }
        text
    }

    /// The shortcut that a pressed key would be; none for a modifier alone.
    pub fn of(pressed: Pressed<'_>) -> Option<Self> {
        let is_named = NAMED.contains(&pressed.key);
        let is_key = is_named || pressed.key.chars().count() == 1;
        is_key.then(|| Self {
            key: if is_named { kept(pressed.key) } else { kept(&pressed.key.to_lowercase()) },
            primary: pressed.primary,
            shift: pressed.shift,
            alt: pressed.alt,
            then: None,
        })
    }

    /// Whether this, without its second key, is what was pressed.
    pub fn is(self, pressed: Pressed<'_>) -> bool {
        let is_sign = self.key.chars().count() == 1 && !self.key.chars().all(char::is_alphanumeric);
        self.key.eq_ignore_ascii_case(pressed.key)
            && self.primary == pressed.primary
            && self.alt == pressed.alt
            && (self.shift == pressed.shift || is_sign && self.key != " ")
    }

    /// As it is shown to the user.
    pub fn words(self, is_mac: bool) -> String {
        let mut words = String::new();
        let modifiers = [
            (self.primary, say("key.ctrl"), "⌘"),
            (self.alt, "Alt".to_owned(), "⌥"),
            (self.shift, say("key.shift"), "⇧"),
        ];
        for (_, name, sign) in modifiers.iter().filter(|(is_set, ..)| *is_set) {
            match is_mac {
                true => words.push_str(sign),
                false => words.extend([name.as_str(), "+"]),
            }
        }
        words.push_str(&named(self.key));
        if let Some(then) = self.then {
            words.push(' ');
            words.push_str(&named(then));
        }
        words
    }
}

fn named(key: &str) -> String {
    match key {
        " " | "Space" => say("key.space"),
        "Backspace" => say("key.backspace"),
        "Delete" => say("key.delete"),
        "End" => say("key.end"),
        "Enter" => say("key.enter"),
        "Escape" => say("key.escape"),
        "Home" => say("key.home"),
        "Insert" => say("key.insert"),
        "PageDown" => say("key.page-down"),
        "PageUp" => say("key.page-up"),
        "ArrowLeft" => "←".to_owned(),
        "ArrowRight" => "→".to_owned(),
        "ArrowUp" => "↑".to_owned(),
        "ArrowDown" => "↓".to_owned(),
        key if key.len() == 1 => key.to_uppercase(),
        key => key.to_owned(),
    }
}

/// Keys with a name that shortcuts may have, as `KeyboardEvent.key` gives it.
const NAMED: [&str; 27] = [
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "ArrowDown",
    "Backspace",
    "Delete",
    "End",
    "Enter",
    "Escape",
    "Home",
    "Insert",
    "PageDown",
    "PageUp",
    "Space",
    "Tab",
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F9",
    "F10",
    "F11",
    "F12",
];

/// A key for the time that the page is shown. Those that a user chooses are few, and chosen seldom.
fn kept(key: &str) -> &'static str {
    match NAMED.iter().find(|named| **named == key) {
        Some(&"Space") => " ",
        Some(named) => named,
        None => Box::leak(key.to_owned().into_boxed_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const Z: Pressed<'_> = Pressed { key: "z", primary: true, shift: false, alt: false };

    #[test]
    fn modifiers_count_but_not_for_signs() {
        assert!(Shortcut::primary("z").is(Z));
        assert!(!Shortcut::plain("z").is(Z));
        assert!(!Shortcut::primary("z").is(Pressed { shift: true, ..Z }));
        assert!(Shortcut::primary("z").shift().is(Pressed { key: "Z", shift: true, ..Z }));
        let question = Pressed { key: "?", primary: false, shift: true, alt: false };
        assert!(Shortcut::plain("?").is(question));
        assert!(!Shortcut::plain(" ").is(Pressed { key: " ", ..question }));
    }

    #[test]
    fn kept_as_text_and_read_back() {
        for shortcut in [
            Shortcut::primary("z").shift(),
            Shortcut::plain("a").alt().then("l"),
            Shortcut::plain("+"),
            Shortcut::primary("+"),
            Shortcut::plain(" "),
            Shortcut::plain("ArrowLeft").alt().shift(),
        ] {
            assert_eq!(Shortcut::parse(&shortcut.text()), Some(shortcut), "{}", shortcut.text());
        }
        for wrong in ["", "mod+", "hyper+a", "mod+ab", "a  b", "mod+a Nope"] {
            assert_eq!(Shortcut::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Shortcut::of(Z), Some(Shortcut::primary("z")));
        assert_eq!(Shortcut::of(Pressed { key: "Control", ..Z }), None);
    }

    #[test]
    fn two_keys_follow_each_other() {
        let (pair, alt_a) = (
            Shortcut::plain("a").alt().then("l"),
            Pressed { key: "a", primary: false, shift: false, alt: true },
        );
        let l = Pressed { key: "l", alt: false, ..alt_a };
        assert_eq!((pair.fit(None, alt_a), pair.fit(Some(&pair), l)), (Some(Fit::Begins), Some(Fit::Whole)));
        assert_eq!((pair.fit(None, l), pair.fit(Some(&pair), alt_a)), (None, None));
        assert_eq!(Shortcut::plain("l").fit(Some(&pair), l), None);
        assert_eq!(pair.words(false), "Alt+A L");
    }

    #[test]
    fn shown_as_the_keyboard_names_it() {
        assert_eq!(Shortcut::primary("z").shift().words(false), "Ctrl+Shift+Z");
        assert_eq!(Shortcut::primary("z").words(true), "⌘Z");
        assert_eq!(Shortcut::plain("ArrowLeft").alt().words(false), "Alt+←");
    }
}
