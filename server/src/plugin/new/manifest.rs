//! A member's `Cargo.toml` made to stand alone.

use toml_edit::{DocumentMut, InlineTable, Item, Table, TomlError, Value};

/// Puts what a member takes from its workspace in its place. Members that it uses lie in folders inside of its own.
pub(super) fn alone(member: &str, workspace: &str) -> Result<String, TomlError> {
    let mut member: DocumentMut = member.parse()?;
    let workspace: DocumentMut = workspace.parse()?;
    let workspace = &workspace["workspace"];
    member.remove("lints");
    member.remove("dev-dependencies");
    if let Some(package) = member.get_mut("package").and_then(Item::as_table_mut) {
        inherit(package, &workspace["package"]);
    }
    each_dependencies(&mut member, &mut |table| {
        inherit(table, &workspace["dependencies"]);
        for (_, dependency) in table.iter_mut() {
            shorten_path(dependency);
        }
    });
    Ok(member.to_string())
}

/// Calls `change` with `[dependencies]` and the tables of the same name for single targets.
fn each_dependencies(member: &mut DocumentMut, change: &mut dyn FnMut(&mut Table)) {
    if let Some(table) = member.get_mut("dependencies").and_then(Item::as_table_mut) {
        change(table);
    }
    let targets = member.get_mut("target").and_then(Item::as_table_mut);
    for (_, target) in targets.into_iter().flat_map(Table::iter_mut) {
        if let Some(table) = target.get_mut("dependencies").and_then(Item::as_table_mut) {
            change(table);
        }
    }
}

/// Replaces `key.workspace = true` by what the workspace says of the key.
fn inherit(table: &mut Table, workspace: &Item) {
    for (key, item) in table.iter_mut() {
        let is_inherited = item.get("workspace").and_then(Item::as_bool) == Some(true);
        if let (true, Some(theirs)) = (is_inherited, workspace.get(key.get())) {
            let features = item.get("features").and_then(Item::as_array).cloned();
            *item = Item::Value(theirs.clone().into_value().unwrap_or_else(|_| Value::from("")));
            add_features(item, features);
        }
    }
}

fn add_features(dependency: &mut Item, features: Option<toml_edit::Array>) {
    let Some(features) = features else { return };
    if let Some(version) = dependency.as_str().map(str::to_owned) {
        let mut table = InlineTable::new();
        table.insert("version", version.into());
        *dependency = Item::Value(table.into());
    }
    let Some(table) = dependency.as_inline_table_mut() else { return };
    let list = table.entry("features").or_insert_with(|| toml_edit::Array::new().into());
    if let Some(list) = list.as_array_mut() {
        list.extend(features.iter().cloned());
    }
}

/// `plugins/sdk/derive` as `derive`: the last folder, which lies inside of the member's own.
fn shorten_path(dependency: &mut Item) {
    let Some(table) = dependency.as_inline_table_mut() else { return };
    let last = table.get("path").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    if let Some(last) = last.map(str::to_owned) {
        table.insert("path", last.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_stands_alone() {
        let workspace = "[workspace.package]\nversion = \"1.2.3\"\nedition = \"2024\"\n\n[workspace.dependencies]\n\
            # Why.\na = \"1\"\nb = { version = \"2\", features = [\"x\"] }\nc = { path = \"sub/me/c\" }\n";
        let member = "[package]\nname = \"me\"\nversion.workspace = true\nedition.workspace = true\n\n[lints]\n\
            workspace = true\n\n[dependencies]\na = { workspace = true, features = [\"y\"] }\nc.workspace = true\n\n\
            [target.'cfg(unix)'.dependencies]\nb.workspace = true\n\n[dev-dependencies]\nd.workspace = true\n";
        let alone: DocumentMut = alone(member, workspace).unwrap().parse().unwrap();
        assert_eq!(alone["package"]["version"].as_str(), Some("1.2.3"));
        assert_eq!(alone["dependencies"]["a"]["features"][0].as_str(), Some("y"));
        assert_eq!(alone["dependencies"]["a"]["version"].as_str(), Some("1"));
        assert_eq!(alone["dependencies"]["c"]["path"].as_str(), Some("c"));
        assert_eq!(alone["target"]["cfg(unix)"]["dependencies"]["b"]["features"][0].as_str(), Some("x"));
        assert!(alone.get("lints").is_none() && alone.get("dev-dependencies").is_none());
    }
}
