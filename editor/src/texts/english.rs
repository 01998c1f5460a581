//! The editor's texts in English.

mod canvas;
mod commands;
mod dialogs;
mod forms;
mod insight;
mod jsonata;
mod tools;

use model::text::Catalogue;

/// All of them; each table is sorted by key.
pub(super) const CATALOGUES: &[Catalogue] = &[
    canvas::TEXTS,
    commands::TEXTS,
    dialogs::TEXTS,
    forms::TEXTS,
    insight::TEXTS,
    jsonata::TEXTS,
    tools::TEXTS,
];
