//! Any calls on messages: paths, JSON, buffers, copies, sends, in any order.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wireloom_plugins::fuzzing::messages(bytes));
