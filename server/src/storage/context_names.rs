//! Which file holds which scope of a context store.

use std::fmt::Write;
use std::path::PathBuf;

use ecow::{EcoString, eco_format};
use engine::context::GLOBAL;

/// Node-RED's name for the file of a flow's own values.
const FLOW: &str = "flow";
const EXTENSION: &str = ".json";

/// The file of a scope, within the folder of the store.
pub(super) fn file_of(scope: &str) -> PathBuf {
    let (folder, name) = match scope.split_once(':') {
        _ if scope == GLOBAL => (scope, GLOBAL.to_owned()),
        None => (scope, FLOW.to_owned()),
        Some((node, flow)) => (flow, escaped(node, node == FLOW)),
    };
    PathBuf::from(escaped(folder, false)).join(name + EXTENSION)
}

/// The scope that the file `name` in `folder` holds; none for a file that holds no scope.
pub(super) fn scope_of(folder: &str, name: &str) -> Option<EcoString> {
    let name = name.strip_suffix(EXTENSION)?;
    let folder = unescaped(folder)?;
    Some(match name {
        _ if folder == GLOBAL => GLOBAL.into(),
        FLOW => folder.into(),
        name => eco_format!("{}:{folder}", unescaped(name)?),
    })
}

/// An id as a file name: as it is, unless something in it means something to a file system. Ids come with flows, and
/// must not lead out of the folder.
fn escaped(id: &str, first_too: bool) -> String {
    let mut name = String::with_capacity(id.len());
    for (at, byte) in id.bytes().enumerate() {
        let is_plain =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && at > 0);
        if is_plain && !(first_too && at == 0) {
            name.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.is_empty() { "%".into() } else { name }
}

fn unescaped(name: &str) -> Option<String> {
    if name == "%" {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use super::*;

    #[test]
    fn scopes_have_the_files_that_node_red_gives_them() {
        for (scope, file) in [
            ("global", "global/global.json"),
            ("f1", "f1/flow.json"),
            ("1a2b.3c", "1a2b.3c/flow.json"),
            ("n1:f1", "f1/n1.json"),
            ("sub-n1:sub", "sub/sub-n1.json"),
        ] {
            assert_eq!(file_of(scope), PathBuf::from(file));
        }
    }

    #[test]
    fn no_id_leads_elsewhere_and_each_comes_back() {
        for scope in
            ["../../etc", "a/b:c\\d", "..", ":f", "", "a\0b", "Zürich:100%", "flow:f", ".hidden:.f", "C:"]
        {
            let file = file_of(scope);
            let parts: Vec<_> = file.components().collect();
            assert!(
                parts.len() == 2 && parts.iter().all(|part| matches!(part, Component::Normal(_))),
                "{file:?}"
            );
            let name = |at: usize| parts[at].as_os_str().to_str().unwrap();
            assert!(!name(0).starts_with('.') && !name(1).starts_with('.'), "{file:?}");
            assert_eq!(scope_of(name(0), name(1)).as_deref(), Some(scope), "{file:?}");
        }
        assert_eq!(scope_of("f1", "notes.txt"), None);
    }
}
