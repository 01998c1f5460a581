//! The language that the editor speaks.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A language with tables of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// What every text is written in first.
    #[default]
    English,
    /// German; what it lacks shows in English.
    German,
}

/// Place of the current language in [`Language::all`].
static CURRENT: AtomicUsize = AtomicUsize::new(0);

/// The language that is shown.
pub fn language() -> Language {
    Language::all().get(CURRENT.load(Ordering::Relaxed)).copied().unwrap_or_default()
}

/// Shows texts in this language from now on. What is shown already stays: to be called before any view is made.
pub fn set_language(language: Language) {
    let place = Language::all().iter().position(|one| *one == language).unwrap_or_default();
    CURRENT.store(place, Ordering::Relaxed);
}

impl Language {
    /// All of them, in the order of the settings.
    pub fn all() -> [Self; 2] {
        [Self::English, Self::German]
    }

    /// Its code, as pages and browsers name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What it calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// A number, written with a decimal point, as this language writes it.
    pub fn decimal(self, number: &str) -> String {
        match self {
            Self::English => number.to_owned(),
            Self::German => number.replace('.', ","),
        }
    }

    /// The language of a code, such as `de` or `de-AT`.
    pub fn from_code(code: &str) -> Option<Self> {
        let main = code.split(['-', '_']).next()?;
        Self::all().into_iter().find(|language| language.code().eq_ignore_ascii_case(main))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_has_them() {
        assert_eq!(Language::English.decimal("1.5"), "1.5");
        assert_eq!(Language::German.decimal("1.5"), "1,5");
    }

    #[test]
    fn codes_with_a_country_name_the_language() {
        for (code, expected) in [
            ("de", Some(Language::German)),
            ("de-AT", Some(Language::German)),
            ("DE_ch", Some(Language::German)),
            ("en-US", Some(Language::English)),
            ("den", None),
            ("fr-DE", None),
            ("", None),
        ] {
            assert_eq!(Language::from_code(code), expected, "{code}");
        }
        for language in Language::all() {
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
    }
}
