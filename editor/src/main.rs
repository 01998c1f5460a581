//! The editor's entry in the browser. Built by `cargo xtask build`.

#[cfg(target_arch = "wasm32")]
fn main() {
    editor::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("the editor runs in the browser: start Wireloom with `cargo xtask run`");
}
