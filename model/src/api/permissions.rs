//! What a permission allows, by Node-RED's rules.

/// Whether the permission `own` is enough for `needed`, such as `flows.write`: it is that one, `*`, or `read` or `write`
/// for all of their kind.
pub fn permits(own: &str, needed: &str) -> bool {
    match own {
        "*" => true,
        "read" | "*.read" => needed.ends_with(".read"),
        "write" | "*.write" => needed.ends_with(".write"),
        own => own == needed,
    }
}
