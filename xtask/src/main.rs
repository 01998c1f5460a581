//! Wireloom: build, run, test, bench, tidy: all automation.

fn main() {}
