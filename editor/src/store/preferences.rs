//! What the user set up: theme, language, grid, keys. Kept on the server, under a name of its own beside Node-RED's
//! settings.

use std::collections::{BTreeMap, BTreeSet};

use model::json::{Json, Object};

use super::Id;
use super::shortcut::Shortcut;
use crate::texts::Language;

/// The name under which the server keeps them.
pub const NAME: &str = "wireloom";

/// The settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Preferences {
    /// Colours.
    pub theme: Theme,
    /// Language; none for that of the browser.
    pub language: Option<Language>,
    /// The grid's dots are shown.
    pub shows_grid: bool,
    /// What is moved snaps to the grid.
    pub snaps: bool,
    /// Keys other than the usual ones, by command; none for a command without any.
    pub keys: BTreeMap<String, Option<Shortcut>>,
    /// Tabs that are left out of the bar.
    pub hidden_tabs: BTreeSet<Id>,
    /// Categories of the palette that show their title alone.
    pub folded_categories: BTreeSet<String>,
    /// What another version kept.
    rest: Object,
}

/// Colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// Strong lines and inks, light or dark as the system says.
    Contrast,
}

impl Theme {
    /// All, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::Contrast];

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }

    /// The theme of a name; the system's for one that is not known.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            language: None,
            shows_grid: true,
            snaps: true,
            keys: BTreeMap::new(),
            hidden_tabs: BTreeSet::new(),
            folded_categories: BTreeSet::new(),
            rest: Object::new(),
        }
    }
}

const KEYS: &str = "keys";
const HIDDEN: &str = "hiddenTabs";
const FOLDED: &str = "foldedCategories";

impl Preferences {
    /// Reads what the server kept; what is malformed counts as not set.
    pub fn read(kept: &Json) -> Self {
        let usual = Self::default();
        let flag = |key: &str, usual: bool| kept.get(key).and_then(Json::as_bool).unwrap_or(usual);
        let keys = kept.get(KEYS).and_then(Json::as_object).into_iter().flat_map(Object::iter);
        let key = |(command, keys): (&str, &Json)| {
            let text = keys.as_str()?;
            let shortcut = Shortcut::parse(text);
            (text.is_empty() || shortcut.is_some()).then(|| (command.to_owned(), shortcut))
        };
        let texts = |key: &str| {
            let list = kept.get(key).and_then(Json::as_array).unwrap_or_default();
            list.iter().filter_map(Json::as_str)
        };
        Self {
            theme: Theme::named(kept.get("theme").and_then(Json::as_str).unwrap_or_default()),
            language: kept.get("language").and_then(Json::as_str).and_then(Language::from_code),
            shows_grid: flag("grid", usual.shows_grid),
            snaps: flag("snap", usual.snaps),
            keys: keys.filter_map(key).collect(),
            hidden_tabs: texts(HIDDEN).map(Id::from).collect(),
            folded_categories: texts(FOLDED).map(str::to_owned).collect(),
            rest: kept.as_object().cloned().unwrap_or_default(),
        }
    }

    /// As the server keeps them.
    pub fn to_json(&self) -> Json {
        let mut kept = self.rest.clone();
        kept.insert("theme", self.theme.name());
        kept.insert("language", self.language.map(Language::code).unwrap_or_default());
        kept.insert("grid", self.shows_grid);
        kept.insert("snap", self.snaps);
        let mut keys = Object::new();
        for (command, shortcut) in &self.keys {
            keys.insert(command.as_str(), shortcut.map(Shortcut::text).unwrap_or_default());
        }
        kept.insert(KEYS, Json::Object(keys));
        kept.insert(HIDDEN, Json::Array(self.hidden_tabs.iter().map(|id| Json::from(id.as_ref())).collect()));
        let folded = self.folded_categories.iter().map(|category| Json::from(category.as_str()));
        kept.insert(FOLDED, Json::Array(folded.collect()));
        Json::Object(kept)
    }

    /// The shortcuts of a command: those that the user chose, else the usual ones.
    pub fn shortcuts<'a>(&'a self, command: &str, usual: &'a [Shortcut]) -> &'a [Shortcut] {
        match self.keys.get(command) {
            Some(chosen) => chosen.as_slice(),
            None => usual,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_as_they_were_with_what_is_not_known() {
        let text = r#"{"theme":"dark","language":"de","grid":false,"snap":true,"keys":{"edit.undo":"mod+shift+u","tab.add":"","x":7,"y":"mod+"},
            "hiddenTabs":["a",3],"foldedCategories":["network"],"later":{"b":1}}"#;
        let read = Preferences::read(&Json::parse(text).unwrap());
        assert_eq!((read.theme, read.shows_grid, read.hidden_tabs.len()), (Theme::Dark, false, 1));
        assert_eq!(read.keys.len(), 2);
        assert_eq!(read.shortcuts("tab.add", &[Shortcut::plain("t")]), []);
        assert_eq!(read.shortcuts("edit.undo", &[])[0], Shortcut::primary("u").shift());
        assert_eq!(read.shortcuts("edit.redo", &[Shortcut::plain("r")]), [Shortcut::plain("r")]);
        let again = Preferences::read(&read.to_json());
        assert_eq!((again.keys, again.hidden_tabs), (read.keys.clone(), read.hidden_tabs.clone()));
        assert!(again.folded_categories.contains("network"));
        assert_eq!((read.language, again.language), (Some(Language::German), Some(Language::German)));
        assert_eq!(read.to_json().get("later").map(Json::to_js_string).as_deref(), Some(r#"{"b":1}"#));
        assert_eq!(Preferences::read(&Json::Null), Preferences::default());
    }
}
