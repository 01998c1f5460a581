//! Whether bytes are a component, and a component is a plugin.

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::capability::Capability;
use crate::error::LoadError;

/// The package of the contract.
const PACKAGE: &str = "wireloom:node/";

/// The version of the contract that this host has. Components of the same major version run.
pub(crate) const CONTRACT: &str = "1.0.0";

/// Interfaces that every plugin may import.
const FREE: [&str; 4] = ["types", "messages", "runtime", "context"];

/// Checks the size and the first bytes.
pub(crate) fn form(bytes: &[u8], limit: usize) -> Result<(), LoadError> {
    if bytes.len() > limit {
        return Err(LoadError::key("plugin.too-large").with("size", bytes.len()).with("limit", limit));
    }
    match bytes.first_chunk::<8>() {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(LoadError::key("plugin.core-module")),
        _ => Err(LoadError::key("plugin.malformed").with("reason", "it does not begin as one")),
    }
}

/// Checks that a component imports nothing but the contract's interfaces, and exports what a plugin must. Gives the
/// capabilities that it imports.
pub(crate) fn contract(engine: &Engine, component: &Component) -> Result<Vec<Capability>, LoadError> {
    let of = component.component_type();
    let mut imported = Vec::new();
    for (name, _) in of.imports(engine) {
        let interface =
            interface(name)?.ok_or_else(|| LoadError::key("plugin.foreign-import").with("import", name))?;
        match Capability::ALL.into_iter().find(|capability| capability.name() == interface) {
            Some(capability) => imported.push(capability),
            None if FREE.contains(&interface) => {}
            None => return Err(LoadError::key("plugin.foreign-import").with("import", name)),
        }
    }
    for (name, _) in of.exports(engine) {
        if interface(name)? == Some("node") {
            return Ok(imported);
        }
    }
    Err(LoadError::key("plugin.no-node").with("wanted", format!("{PACKAGE}node@{CONTRACT}")))
}

/// The name of an interface of the contract; none for a foreign one.
fn interface(name: &str) -> Result<Option<&str>, LoadError> {
    let Some(rest) = name.strip_prefix(PACKAGE) else { return Ok(None) };
    let (interface, version) = rest.split_once('@').unwrap_or((rest, "none"));
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(version) != major(CONTRACT) {
        let error = LoadError::key("plugin.wrong-contract").with("found", version);
        return Err(error.with("wanted", CONTRACT));
    }
    Ok(Some(interface))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_the_same_major_fit() {
        assert_eq!(interface("wireloom:node/http@1.0.0").unwrap(), Some("http"));
        assert_eq!(interface("wireloom:node/http@1.7.2").unwrap(), Some("http"));
        assert_eq!(interface("wasi:http/types@0.2.0").unwrap(), None);
        for name in ["wireloom:node/node@2.0.0", "wireloom:node/node@10.0.0", "wireloom:node/node"] {
            assert_eq!(interface(name).unwrap_err().text.key, "plugin.wrong-contract");
        }
    }

    #[test]
    fn what_is_no_component_is_told_from_what_is_a_module() {
        let key = |bytes: &[u8]| form(bytes, 100).unwrap_err().text.key;
        assert_eq!(key(b""), "plugin.malformed");
        assert_eq!(key(b"#!/bin/sh\n"), "plugin.malformed");
        assert_eq!(key(b"\0asm\x01\0\0\0"), "plugin.core-module");
        assert_eq!(key(&[0; 101]), "plugin.too-large");
        assert!(form(b"\0asm\x0d\0\x01\0", 100).is_ok());
    }
}
