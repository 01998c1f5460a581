//! What the fuzzers begin with: `cargo test -p wireloom-plugins --test host seeds -- --ignored`

use std::path::Path;

use crate::guest::{Guest, PASS};
use crate::nodes::INCREMENT;

#[test]
#[ignore = "writes files"]
fn seeds_for_the_fuzzers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        std::fs::create_dir_all(folder.join(target)).unwrap();
        std::fs::write(folder.join(target).join(name), bytes).unwrap();
    };
    write("load", "pass", &PASS.component());
    write("load", "increment", &INCREMENT.component());
    write("load", "other-contract", &Guest { contract: "2.0.0", ..PASS }.component());
    let description = r##"{"version":"1.0.0","parallel":true,"author":"a","node":{"type":"x","category":"function",
        "colour":"#a0b0c0","icon":"puzzle","inputs":1,"outputs":{"property":"rules","default":1},"label":{"fallback":"x"},
        "schema":{"type":"object","properties":{"a":{"type":"string"}}},"credentials":[{"name":"p","title":"P","secret":true}],
        "help":"h"},"capabilities":{"http":{"hosts":["a.test:80","*.b.test","[::1]:1"]},"mqtt":{"publish":["a/+/#"]},
        "kv":{},"clock":{"resolutionMs":5},"random":{}}}"##;
    write("describe", "whole", description.as_bytes());
    let mut calls = vec![18];
    calls.extend(br#"{"a":[1,{"b":"x"}]"#);
    for operation in 0..16 {
        calls.extend([operation, 0, 12]);
        calls.extend(br#"payload.a[1]"#);
        calls.push(9);
        calls.extend(br#"{"c":[2]}"#);
    }
    write("messages", "each", &calls);
}
