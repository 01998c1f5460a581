//! Any bytes as a component.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wireloom_plugins::fuzzing::load(bytes));
