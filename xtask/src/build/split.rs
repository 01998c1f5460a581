//! Splits the editor's WebAssembly in two: what shows the canvas, and what is loaded after it (`editor/src/later.rs`).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::Options;

/// For the compiler: the linker then leaves in the file where each function and constant is used.
pub(super) const LINKING: &str = "link-arg=--emit-relocs";
/// In [`Split::loader`], the place for the name of the main part's JavaScript.
pub(super) const MAIN: &str = "{glue}";
/// In [`Split::loader`], the place for the name of the later part.
pub(super) const LATER: &str = "split_later.wasm";
/// What the main part's JavaScript calls the loader.
pub(super) const LOADER: &str = "./later.js";

/// The parts.
pub(super) struct Split {
    /// What shows the canvas; still to be given its JavaScript.
    pub(super) main: Vec<u8>,
    /// What is loaded after it.
    pub(super) later: Vec<u8>,
    /// The JavaScript that loads it.
    pub(super) loader: String,
}

/// Splits a linked module. `folder` is one to work in; what it held is lost.
///
/// # Errors
///
/// When the module cannot be read, or falls into more or fewer than these parts.
pub(super) fn split(wasm: &[u8], folder: &Path) -> Result<Split> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    let main_path = folder.join("main.wasm");
    let main_module = format!("./{MAIN}");
    let mut options = Options::new(wasm);
    options.output_dir = folder;
    options.main_out_path = &main_path;
    options.link_name = LOADER;
    options.main_module = &main_module;
    let made = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("cannot split the editor: {error:#}"))?;
    let [later] = made.split_modules.as_slice() else {
        anyhow::bail!(
            "the editor has {} parts that are loaded later; it is made for one",
            made.split_modules.len()
        );
    };
    anyhow::ensure!(later.ends_with(LATER), "the editor's later part is {}, not {LATER}", later.display());
    Ok(Split {
        main: read(&main_path)?,
        later: without_custom_sections(&read(later)?)?,
        loader: String::from_utf8(read(&folder.join(LOADER))?)?,
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A module without its names and other notes for tools, which no browser needs.
///
/// The format: WebAssembly core specification 2.0, 5.5 (eight bytes, then sections of an id, a length and content; id 0
/// is a custom section).
fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(8).context("a module has at least eight bytes")?;
    let mut kept = header.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        let (length, size) = unsigned(after).context("a section has no length")?;
        let end = 1 + size + length;
        let (section, following) = rest.split_at_checked(end).context("a section is cut short")?;
        if id != 0 {
            kept.extend_from_slice(section);
        }
        rest = following;
    }
    Ok(kept)
}

/// A number in LEB128 (same specification, 5.2.2) of at most 32 bits, and how many bytes it takes.
fn unsigned(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn custom_sections_are_left_out() {
        let module = [HEADER, &[1, 1, 0xaa], &[0, 3, 1, b'n', 7], &[10, 0x82, 0x80, 0, 5, 6]].concat();
        let kept = [HEADER, &[1, 1, 0xaa], &[10, 0x82, 0x80, 0, 5, 6]].concat();
        assert_eq!(without_custom_sections(&module).unwrap(), kept);
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        assert!(without_custom_sections(b"\0asm").is_err());
        assert!(without_custom_sections(&[HEADER, &[1, 9, 0]].concat()).is_err());
        assert!(without_custom_sections(&[HEADER, &[1, 0x80]].concat()).is_err());
        assert!(split(HEADER, &tempfile::tempdir().unwrap().path().join("parts")).is_err());
    }
}
