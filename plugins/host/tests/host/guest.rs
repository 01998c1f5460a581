//! Plugins for the tests, written in WebAssembly's text form: small, quick to make, and as hostile as can be.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What is special about a plugin; the rest is a node that passes on what it gets.
#[derive(Clone)]
pub(crate) struct Guest {
    /// The `type` that it describes.
    pub(crate) name: &'static str,
    /// Other fields of the description, such as `"parallel":true,`.
    pub(crate) more: &'static str,
    /// Other fields of the node in it, such as `,"inputs":0`.
    pub(crate) node: &'static str,
    /// Imports and helpers.
    pub(crate) items: &'static str,
    /// Bodies of the exports; each leaves its result on the stack. `$ok` is a result that is well, `$kept` says that the message is
    /// kept, and `$problem` and `$failure` make what their names say of a text in memory.
    pub(crate) describe: &'static str,
    pub(crate) configure: &'static str,
    pub(crate) start: &'static str,
    pub(crate) on_message: &'static str,
    pub(crate) on_timer: &'static str,
    pub(crate) stop: &'static str,
    pub(crate) version: &'static str,
    pub(crate) contract: &'static str,
}

/// Passes on what it gets.
pub(crate) const PASS: Guest = Guest {
    name: "pass",
    more: "",
    node: "",
    items: "",
    describe: "(call $description)",
    configure: "(global.get $none)",
    start: "(global.get $ok)",
    on_message: "(call $emit (i32.const 0) (local.get $message)) (global.get $ok)",
    on_timer: "(global.get $ok)",
    stop: "",
    version: "1.0.0",
    contract: "1.0.0",
};

/// Offsets of texts that guests use: two words and their length.
const WORDS: &[(i32, &str)] =
    &[(512, "payload"), (544, "topic"), (576, "kept"), (608, "count"), (640, "no good")];

impl Guest {
    /// The component.
    pub(crate) fn component(&self) -> Vec<u8> {
        let module = wat::parse_str(self.module()).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        component(&module, self.contract)
    }

    /// The core module in text form.
    fn module(&self) -> String {
        let (locals, on_message) = hoisted(self.on_message);
        let description = format!(
            r#"{{"version":"{}",{}"node":{{"type":"{}"{}}}}}"#,
            self.version, self.more, self.name, self.node
        );
        let data: String =
            WORDS.iter().map(|(at, word)| format!("(data (i32.const {at}) \"{word}\")\n")).collect();
        let Self { items, describe, configure, start, on_timer, stop, contract, .. } = self;
        format!(
            r#"(module
  (import "wireloom:node/runtime@{contract}" "emit" (func $emit (param i32 i32)))
  (import "wireloom:node/messages@{contract}" "[resource-drop]message" (func $drop (param i32)))
  {imports}
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 8192))
  (global $ok i32 (i32.const 16))
  (global $kept i32 (i32.const 32))
  (global $none i32 (i32.const 48))
  (data (i32.const 32) "\00\00\00\00\01")
  {data}
  (data (i32.const 1024) "{escaped}")
  (func $description (result i32)
    (i32.store (i32.const 64) (i32.const 1024))
    (i32.store (i32.const 68) (i32.const {length}))
    (i32.const 64))
  ;; A failure whose text is the word at this place.
  (func $failure (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 80) (i32.const 1))
    (i32.store (i32.const 84) (local.get $at))
    (i32.store (i32.const 88) (local.get $length))
    (i32.store (i32.const 92) (i32.const 0))
    (i32.const 80))
  ;; A list of one problem: path and text.
  (func $problem (param $path i32) (param $path_length i32) (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 112) (local.get $path))
    (i32.store (i32.const 116) (local.get $path_length))
    (i32.store (i32.const 120) (local.get $at))
    (i32.store (i32.const 124) (local.get $length))
    (i32.store (i32.const 128) (i32.const 112))
    (i32.store (i32.const 132) (i32.const 1))
    (i32.const 128))
  (func $realloc (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $heap) (i32.shl (memory.size) (i32.const 16)))
      (then (if (i32.eq (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))) (i32.const -1))
        (then unreachable))))
    (local.get $at))
  {definitions}
  (func (export "wireloom:node/node@{contract}#describe") (result i32) {describe})
  (func (export "wireloom:node/node@{contract}#configure") (param $properties i32) (param $length i32) (param i32 i32) (result i32) {configure})
  (func (export "wireloom:node/node@{contract}#start") (result i32) {start})
  (func (export "wireloom:node/node@{contract}#on-message") (param $message i32) (result i32)
    {locals}
    (global.set $heap (i32.const 8192))
    {on_message})
  (func (export "wireloom:node/node@{contract}#on-timer") (param $token i32) (result i32) {on_timer})
  (func (export "wireloom:node/node@{contract}#stop") {stop})
)"#,
            imports = imports(items, contract),
            definitions = definitions(items),
            escaped = description.replace('\\', "\\5c").replace('"', "\\22"),
            length = description.len(),
        )
    }
}

/// Declarations of locals, which may only stand at the front of a function, apart from the rest.
fn hoisted(body: &str) -> (String, String) {
    let (mut locals, mut rest) = (String::new(), body.to_owned());
    while let Some(start) = rest.find("(local $") {
        let end = start + rest[start..].find(')').unwrap() + 1;
        locals.push_str(&rest[start..end]);
        rest.replace_range(start..end, "");
    }
    (locals, rest)
}

/// The lines of `items` that are imports: `interface function name (params) (results)` each.
fn imports(items: &str, contract: &str) -> String {
    let lines = items.lines().map(str::trim).filter_map(|line| line.strip_prefix("import "));
    let import = |line: &str| {
        let mut parts = line.splitn(4, ' ');
        let (interface, function) = (parts.next().unwrap(), parts.next().unwrap());
        let (name, signature) = (parts.next().unwrap(), parts.next().unwrap_or_default());
        format!(
            "(import \"wireloom:node/{interface}@{contract}\" \"{function}\" (func {name} {signature}))\n"
        )
    };
    lines.map(import).collect()
}

fn definitions(items: &str) -> String {
    items.lines().filter(|line| !line.trim().starts_with("import ")).collect::<Vec<_>>().join("\n")
}

/// A component of a core module that was made for a version of the contract.
pub(crate) fn component(module: &[u8], contract: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/node.wit");
    let wit = std::fs::read_to_string(path).unwrap();
    encode(module, &wit.replace("@1.0.0;", &format!("@{contract};")), "plugin-with-capabilities")
}

/// A component of a core module that was made for a world.
pub(crate) fn encode(module: &[u8], wit: &str, world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("node.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut module = module.to_vec();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}
