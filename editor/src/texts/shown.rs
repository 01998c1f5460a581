//! The language that the editor speaks.

use std::sync::atomic::{AtomicUsize, Ordering};

use model::language::Language;

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
