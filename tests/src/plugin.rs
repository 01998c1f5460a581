//! Plugins made on the spot: small components with a version of their own, as far as tests need them.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A plugin whose nodes write their version into `msg.<type>` and pass the message on.
pub struct Stamp<'a> {
    /// The node type.
    pub type_name: &'a str,
    /// The plugin's version.
    pub version: &'a str,
    /// It asks for requests to these hosts.
    pub hosts: &'a [&'a str],
    /// It gets what is published to `in/#`, and with every message publishes its version to `out/version`.
    pub relays: bool,
    /// It traps on every message.
    pub traps: bool,
}

impl<'a> Stamp<'a> {
    /// One that asks for nothing.
    pub fn new(type_name: &'a str, version: &'a str) -> Self {
        Self { type_name, version, hosts: &[], relays: false, traps: false }
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.module()).unwrap();
        let mut resolve = Resolve::default();
        let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/wit/node.wit");
        let package = resolve.push_file(contract).unwrap();
        let world = resolve.select_world(&[package], Some("plugin-with-capabilities")).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
    }

    fn description(&self) -> Value {
        let mut capabilities = json!({});
        if !self.hosts.is_empty() {
            capabilities["http"] = json!({ "hosts": self.hosts });
        }
        if self.relays {
            capabilities["mqtt"] = json!({ "publish": ["out/#"], "subscribe": ["in/#"] });
        }
        json!({
            "version": self.version,
            "capabilities": capabilities,
            "description": "Stamps messages with its version.",
            "author": "the tests",
            "node": {
                "type": self.type_name, "role": "node", "category": "function", "colour": "#c0deed", "icon": "stamp",
                "inputs": 1, "outputs": 1,
                "label": { "properties": ["name"], "fallback": { "args": { "text": self.type_name } } },
                "schema": {
                    "type": "object",
                    "properties": { "note": { "type": "string", "title": "Note", "description": "What it is for.", "default": "" } }
                },
                "help": format!("Writes version {} of the plugin into the message.", self.version),
            },
        })
    }

    fn module(&self) -> String {
        let description = self.description().to_string();
        let (path, version) = (self.type_name, self.version);
        let fetch = match self.hosts {
            [] => "",
            _ => {
                r#"(import "wireloom:node/http@1.0.0" "fetch"
                     (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))"#
            }
        };
        let (topics, subscribe, publish) = match self.relays {
            false => ("", "", ""),
            true => (
                r#"(import "wireloom:node/mqtt@1.0.0" "publish" (func $publish (param i32 i32 i32 i32 i32 i32 i32)))
                   (import "wireloom:node/mqtt@1.0.0" "subscribe" (func $subscribe (param i32 i32 i32 i32)))"#,
                "(call $subscribe (i32.const 896) (i32.const 4) (i32.const 1) (i32.const 256))
                 (if (i32.load8_u (i32.const 256)) (then unreachable))",
                "(call $publish (i32.const 900) (i32.const 11) (i32.const 768) (global.get $version) (i32.const 1) (i32.const 0) (i32.const 256))
                 (if (i32.load8_u (i32.const 256)) (then unreachable))",
            ),
        };
        let work = match self.traps {
            true => "unreachable",
            false => {
                "(call $set-text (local.get $message) (i32.const 512) (global.get $path) (i32.const 768) (global.get $version) (i32.const 256))
                 (call $emit (i32.const 0) (local.get $message))
                 (i32.const 128)"
            }
        };
        format!(
            r#"(module
  (import "wireloom:node/messages@1.0.0" "[method]message.set-text"
    (func $set-text (param i32 i32 i32 i32 i32 i32)))
  (import "wireloom:node/runtime@1.0.0" "emit" (func $emit (param i32 i32)))
  {fetch}
  {topics}
  (memory (export "memory") 2)
  ;; 0: the place of a text or list; 128: a result that is well; 512: the path; 768: the version; 896: topics; 1024: the description.
  (data (i32.const 0) "\00\04\00\00{length}")
  (data (i32.const 512) "{path}")
  (data (i32.const 768) "{version}")
  (data (i32.const 896) "in/#out/version")
  (data (i32.const 1024) "{description}")
  (global $path i32 (i32.const {path_length}))
  (global $version i32 (i32.const {version_length}))
  (global $free (mut i32) (i32.const 16384))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    ;; What calls get is gone when they end.
    (if (i32.gt_u (i32.add (global.get $free) (local.get 3)) (i32.const 131000))
      (then (global.set $free (i32.const 16384))))
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "wireloom:node/node@1.0.0#describe") (result i32) (i32.const 0))
  (func (export "wireloom:node/node@1.0.0#configure") (param i32 i32 i32 i32) (result i32) (i32.const 128))
  (func (export "wireloom:node/node@1.0.0#start") (result i32) {subscribe} (i32.const 128))
  (func (export "wireloom:node/node@1.0.0#on-message") (param $message i32) (result i32) {publish} {work})
  (func (export "wireloom:node/node@1.0.0#on-timer") (param i32) (result i32) (i32.const 128))
  (func (export "wireloom:node/node@1.0.0#stop")))"#,
            length = bytes(&(description.len() as u32).to_le_bytes()),
            path = bytes(path.as_bytes()),
            version = bytes(version.as_bytes()),
            path_length = path.len(),
            version_length = version.len(),
            description = bytes(description.as_bytes()),
        )
    }
}

/// Bytes as a text in wat.
fn bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

/// The hash of a component, as the server shows it.
pub fn sha256(component: &[u8]) -> String {
    Sha256::digest(component).iter().map(|byte| format!("{byte:02x}")).collect()
}
