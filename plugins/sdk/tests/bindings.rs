//! The bindings are kept as a file, so that building a plugin does not begin with building their generator.

// Tests say what they expect by failing.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::Opts;

/// Set to write the file anew.
const WRITE: &str = "WIRELOOM_WRITE_BINDINGS";

#[test]
fn bindings_are_those_of_the_contract() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = folder.join("src/guest/bindings.rs.in");
    let generated = generated(&folder.join("../wit"));
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == generated, "the contract changed: {WRITE}=1 cargo test -p wireloom-sdk --test bindings");
}

fn generated(contract: &Path) -> String {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(contract).unwrap();
    let world = resolve.select_world(&[package], Some("plugin-with-capabilities")).unwrap();
    let options = Opts {
        format: true,
        std_feature: false,
        pub_export_macro: true,
        export_macro_name: Some("export_component".into()),
        default_bindings_module: Some("wireloom_sdk::guest::bindings".into()),
        generate_all: true,
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files).unwrap();
    let (_, text) = files.iter().next().unwrap();
    String::from_utf8(text.to_vec()).unwrap()
}
