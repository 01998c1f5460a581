//! Every text that the server itself says, in English; those of node types are in the registry.

use ecow::EcoString;
use model::text::{Catalogue, Text};

/// The tables of this crate; each stands in the file that uses it.
const OWN: &[Catalogue] = &[
    crate::api_error::TEXTS,
    crate::check::TEXTS,
    crate::comms::TEXTS,
    crate::credentials::TEXTS,
    crate::examples::TEXTS,
    crate::flow_tests::TEXTS,
    crate::flows::TEXTS,
    crate::export::TEXTS,
    crate::guard::TEXTS,
    crate::library::TEXTS,
    crate::node_red::TEXTS,
    crate::password::TEXTS,
    crate::plugin::TEXTS,
    crate::plugin::BUILD_TEXTS,
    crate::plugin::COMMAND_TEXTS,
    crate::plugin::NEW_TEXTS,
    crate::routes::actions::TEXTS,
    crate::routes::plugin_files::TEXTS,
    crate::run::TEXTS,
    crate::settings::TEXTS,
    crate::storage::TEXTS,
    crate::storage::context_stores::TEXTS,
    crate::test::TEXTS,
    crate::users::TEXTS,
];

/// The tables of this crate and of those below it.
pub(crate) fn catalogues() -> impl Iterator<Item = &'static Catalogue> {
    OWN.iter().chain(model::CATALOGUES).chain([
        &broker::CATALOGUE,
        &plugins::TEXTS,
        &nodes::network::http::once::TEXTS,
        &nodes::network::mqtt::client::TEXTS,
    ])
}

/// The text in English.
pub(crate) fn render(text: &Text) -> EcoString {
    text.render_with(catalogues())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_twice() {
        let mut keys: Vec<_> = OWN.iter().flat_map(|table| table.iter()).map(|(key, _)| *key).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
