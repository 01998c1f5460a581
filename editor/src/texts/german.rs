//! The editor's texts in German.
//!
//! The terms: Flow, Knoten (node), Konfigurationsknoten (config node), Verbindung (wire), Verbindungspunkt (junction),
//! Link-Knoten (link nodes), Ein- und Ausgang (ports), Subflow, Gruppe, Nachricht, Kontext, Zugangsdaten
//! (credentials), Arbeitsfläche (canvas), Gliederung (outline), Übersichtskarte (navigator), Beschriftung (label),
//! Tastenkürzel (shortcut), Fassung (one of two versions that contradict), Knopf (a node's button; Taste is a key), and
//! Deploy, deployen, deployt, as everybody says. Types of nodes keep the names by which they are found: inject, debug.
//!
//! Hints and commands stand in the infinitive ("Zuerst eine Gruppe auswählen."); where somebody has to be named, it is
//! "Sie" and "Ihr". Problems that follow a place begin in lower case, as in English.

mod canvas;
mod commands;
mod dialogs;
mod forms;
mod insight;
mod jsonata;
mod tools;

use model::text::Catalogue;

/// All of them, with the keys of the English ones; each table is sorted by key.
pub(super) const CATALOGUES: &[Catalogue] = &[
    canvas::TEXTS,
    commands::TEXTS,
    dialogs::TEXTS,
    forms::TEXTS,
    insight::TEXTS,
    jsonata::TEXTS,
    tools::TEXTS,
];
