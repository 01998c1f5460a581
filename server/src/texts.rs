//! Every text that the server itself says, in English; those of node types are in the registry. German: [`crate::german`].

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ecow::EcoString;
use engine::registry::Registry;
use model::language::Language;
use model::text::{Catalogue, Text};

use crate::german;

/// What those who use the server are told; each table stands in the file that uses it.
pub(crate) const SAID: &[Catalogue] = &[
    crate::api_error::TEXTS,
    crate::comms::TEXTS,
    crate::credentials::TEXTS,
    crate::examples::TEXTS,
    crate::flow_tests::TEXTS,
    crate::flows::TEXTS,
    crate::guard::TEXTS,
    crate::library::TEXTS,
    crate::plugin::TEXTS,
    crate::routes::actions::TEXTS,
    crate::routes::jsonata::TEXTS,
    crate::routes::plugin_files::TEXTS,
    crate::storage::TEXTS,
    crate::storage::context_stores::TEXTS,
];

/// What only the terminal shows: English, as the log and all that is typed there.
pub(crate) const TERMINAL: &[Catalogue] = &[
    broker::CATALOGUE,
    crate::check::TEXTS,
    crate::export::TEXTS,
    crate::node_red::TEXTS,
    crate::password::TEXTS,
    crate::plugin::BUILD_TEXTS,
    crate::plugin::COMMAND_TEXTS,
    crate::plugin::NEW_TEXTS,
    crate::run::TEXTS,
    crate::settings::TEXTS,
    crate::test::TEXTS,
    crate::users::TEXTS,
];

/// The tables of this crate and of those below it.
pub(crate) fn catalogues() -> impl Iterator<Item = &'static Catalogue> {
    SAID.iter().chain(TERMINAL).chain(model::CATALOGUES).chain([
        &plugins::TEXTS,
        &nodes::network::http::once::TEXTS,
        &nodes::network::mqtt::client::TEXTS,
    ])
}

/// The text in English.
pub(crate) fn render(text: &Text) -> EcoString {
    text.render_with(catalogues())
}

/// The text in a language.
pub(crate) fn render_in(language: Language, text: &Text) -> EcoString {
    said(language, text).unwrap_or_else(|| render(text))
}

/// A text of a node or of the engine in a language.
pub(crate) fn of_node(language: Language, registry: &Registry, text: &Text) -> EcoString {
    said(language, text).unwrap_or_else(|| registry.render(text))
}

fn said(language: Language, text: &Text) -> Option<EcoString> {
    match language {
        Language::English => None,
        Language::German => german::render(text),
    }
}

/// The language that a request asks for with `Accept-Language`.
pub(crate) fn asked(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.map(Language::asked).unwrap_or_default()
}

/// The language that a request asks for, as an argument of its route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked(pub(crate) Language);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(asked(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_twice() {
        let mut keys: Vec<_> =
            SAID.iter().chain(TERMINAL).flat_map(|table| table.iter()).map(|(key, _)| *key).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
