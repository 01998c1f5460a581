//! Keyboard shortcuts: how they are written, matched and shown.

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
        Self { key, primary: false, shift: false, alt: false }
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

    /// Whether this is what was pressed.
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
        let modifiers = [(self.primary, "Ctrl+", "⌘"), (self.alt, "Alt+", "⌥"), (self.shift, "Shift+", "⇧")];
        for (_, name, sign) in modifiers.iter().filter(|(is_set, ..)| *is_set) {
            words.push_str(if is_mac { sign } else { name });
        }
        words.push_str(&match self.key {
            " " => "Space".to_owned(),
            "ArrowLeft" => "←".to_owned(),
            "ArrowRight" => "→".to_owned(),
            "ArrowUp" => "↑".to_owned(),
            "ArrowDown" => "↓".to_owned(),
            key if key.len() == 1 => key.to_uppercase(),
            key => key.to_owned(),
        });
        words
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
    fn shown_as_the_keyboard_names_it() {
        assert_eq!(Shortcut::primary("z").shift().words(false), "Ctrl+Shift+Z");
        assert_eq!(Shortcut::primary("z").words(true), "⌘Z");
        assert_eq!(Shortcut::plain("ArrowLeft").alt().words(false), "Alt+←");
    }
}
