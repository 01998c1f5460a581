//! The languages in which people are told things.

/// A language with tables of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// What every text is written in first.
    #[default]
    English,
    /// German; what it lacks shows in English.
    German,
}

impl Language {
    /// All of them, in the order of the settings.
    pub const fn all() -> [Self; 2] {
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

    /// The language that a reader asks for with `Accept-Language`, such as `de-AT,de;q=0.9,en;q=0.5`: of those that
    /// there are the one that is liked best, the first of several; English where none is.
    pub fn asked(accept_language: &str) -> Self {
        let wanted = accept_language.split(',').filter_map(|part| {
            let (code, parameters) = part.split_once(';').unwrap_or((part, ""));
            let quality = match parameters.trim().strip_prefix("q=") {
                Some(quality) => quality.trim().parse::<f32>().ok()?,
                None => 1.0,
            };
            Some((Self::from_code(code.trim())?, quality)).filter(|(_, quality)| *quality > 0.0)
        });
        let best = wanted.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(language, _)| language).unwrap_or_default()
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

    #[test]
    fn the_language_is_the_one_that_is_liked_best() {
        for (asked, expected) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.5", Language::German),
            ("en;q=0.5, de;q=0.8", Language::German),
            ("en-GB,de", Language::English),
            ("fr,de;q=0.2", Language::German),
            ("de;q=0, *", Language::English),
            ("de;q=x", Language::English),
            (";;q=,,", Language::English),
        ] {
            assert_eq!(Language::asked(asked), expected, "{asked}");
        }
    }
}
