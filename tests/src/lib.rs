//! Wireloom: integration tests, one binary.
