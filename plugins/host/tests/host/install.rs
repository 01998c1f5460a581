//! Loading: what is a plugin, what is none, and why.

use wireloom_plugins::{Capability, Host, Options};

use crate::guest::{Guest, PASS, encode};

fn host() -> Host {
    Host::new(Options::default()).unwrap()
}

fn refusal(bytes: &[u8]) -> (String, String) {
    match host().load(bytes) {
        Ok(plugin) => panic!("{} was loaded", plugin.descriptor().type_name),
        Err(error) => (error.text.key.to_string(), error.to_string()),
    }
}

#[test]
fn a_plugin_says_what_it_is_and_asks_for_what_it_imports() {
    let guest = Guest {
        more: r#""author":"someone","capabilities":{"http":{"hosts":["a.test"]},"kv":{}},"#,
        items: "import kv get $get (param i32 i32 i32)",
        start: "(call $get (i32.const 512) (i32.const 7) (i32.const 4096)) (global.get $ok)",
        ..PASS
    };
    let bytes = guest.component();
    let plugin = host().load(&bytes).unwrap();
    assert_eq!(plugin.descriptor().type_name, "pass");
    assert_eq!((plugin.version(), plugin.about().author.as_str()), ("1.0.0", "someone"));
    assert_eq!(plugin.requests().names().collect::<Vec<_>>(), [Capability::Kv], "http is not imported");
    assert_eq!(plugin.sha256().len(), 64);
}

#[test]
fn what_is_no_plugin_is_told_why() {
    let bytes = PASS.component();
    for cut in [0, 4, 7, 9, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(refusal(&bytes[..cut]).0, "plugin.malformed", "{cut} bytes of it");
    }
    assert_eq!(refusal(b"#!/bin/sh\nexit\n").0, "plugin.malformed");
    assert_eq!(refusal(b"\0asm\x01\0\0\0").0, "plugin.core-module");
    assert_eq!(refusal(b"\0asm\x0d\0\x01\0").0, "plugin.no-node", "an empty component");
    let small = Options {
        limits: wireloom_plugins::Limits { component_bytes: 100, ..Default::default() },
        ..Options::default()
    };
    let error = Host::new(small).unwrap().load(&bytes).err().unwrap();
    assert_eq!(error.text.key, "plugin.too-large");
}

#[test]
fn any_byte_may_be_wrong() {
    let (host, bytes) = (host(), PASS.component());
    let step = bytes.len() / 150;
    for at in (0..bytes.len()).step_by(step) {
        for flip in [0x01, 0x80, 0xff] {
            let mut broken = bytes.clone();
            broken[at] ^= flip;
            // It may still be one: a byte of a name or of the description is only a byte.
            if let Err(error) = host.load(&broken) {
                assert!(error.text.key.starts_with("plugin."), "{error}");
            }
        }
    }
}

#[test]
fn a_plugin_for_another_contract_is_told_which_is_wanted() {
    let (key, text) = refusal(&Guest { contract: "2.0.0", ..PASS }.component());
    assert_eq!(key, "plugin.wrong-contract");
    assert!(text.contains("2.0.0") && text.contains("1.0.0"), "{text}");
    host().load(&Guest { contract: "1.4.0", ..PASS }.component()).unwrap();
}

#[test]
fn there_is_nothing_to_import_but_the_contract() {
    let module = wat::parse_str(
        r#"(module
            (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func (result i64)))
            (memory (export "memory") 1))"#,
    )
    .unwrap();
    let wit = "package wasi:clocks@0.2.0;
        interface monotonic-clock { now: func() -> u64; }
        world clocks { import monotonic-clock; }";
    let (key, text) = refusal(&encode(&module, wit, "clocks"));
    assert_eq!(key, "plugin.foreign-import");
    assert!(text.contains("wasi:clocks"), "{text}");
}

#[test]
fn a_plugin_that_cannot_describe_itself_is_refused() {
    let key = |describe| refusal(&Guest { describe, ..PASS }.component()).0;
    assert_eq!(key("unreachable"), "plugin.describe-failed");
    assert_eq!(key("(loop $for_ever (br $for_ever)) unreachable"), "plugin.describe-failed");
    assert_eq!(key("(drop (memory.grow (i32.const 65000))) (global.get $none)"), "plugin.bad-description");
    assert_eq!(refusal(&Guest { name: "a/b", ..PASS }.component()).0, "plugin.bad-description");
    // A text beyond the memory's end.
    let beyond =
        "(i32.store (i32.const 64) (i32.const -16)) (i32.store (i32.const 68) (i32.const 64)) (i32.const 64)";
    assert_eq!(key(beyond), "plugin.describe-failed");
}

#[test]
fn what_was_compiled_is_taken_from_the_cache_and_a_damaged_file_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { cache: Some(folder.path().join("plugins")), ..Options::default() };
    let bytes = PASS.component();
    let load = || Host::new(options.clone()).unwrap().load(&bytes).unwrap();
    let files = || -> Vec<_> {
        let entries = std::fs::read_dir(folder.path().join("plugins")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let plugin = load();
    let [file] = files().try_into().unwrap();
    let compiled = std::fs::read(&file).unwrap();
    for damage in [compiled.len() / 2, compiled.len() - 1, 0] {
        let mut damaged = compiled.clone();
        damaged[damage] ^= 1;
        std::fs::write(&file, damaged).unwrap();
        assert_eq!(load().version(), "1.0.0");
        assert_eq!(std::fs::read(&file).unwrap(), compiled, "it was made anew");
    }
    std::fs::write(&file, &compiled[..20]).unwrap();
    load();
    Host::new(options.clone()).unwrap().forget(plugin.sha256()).unwrap();
    assert!(files().is_empty());
}

#[test]
fn a_component_of_another_world_is_no_node() {
    let module = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "go")))"#).unwrap();
    let wit = "package a:b; world other { export go: func(); }";
    assert_eq!(refusal(&encode(&module, wit, "other")).0, "plugin.no-node");
    // Of the package's name, but with other functions in it.
    let wit = "package wireloom:node@1.0.0; interface node { go: func(); } world other { export node; }";
    let module = wat::parse_str(
        r#"(module (memory (export "memory") 1) (func (export "wireloom:node/node@1.0.0#go")))"#,
    )
    .unwrap();
    assert_eq!(refusal(&encode(&module, wit, "other")).0, "plugin.no-node");
}
