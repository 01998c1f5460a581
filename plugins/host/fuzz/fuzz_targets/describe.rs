//! Any text as what a plugin says of itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| wireloom_plugins::fuzzing::describe(text));
