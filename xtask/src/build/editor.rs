//! Builds the editor: WebAssembly, its JavaScript, style and page, named by content and compressed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use super::assets::{self, Asset};
use super::split;
use crate::place::Place;
use crate::setup::WebToolchain;
use crate::{say, tool};

const PACKAGE: &str = "wireloom-editor";
/// The cargo profile in the root manifest that the editor is built with.
const PROFILE: &str = "editor";
/// Written last into the output folder: the fingerprint of what the folder was made from.
const STAMP: &str = ".made-from";
/// First load in the browser, compressed: the build fails above it.
const LARGEST_FIRST_LOAD_BYTES: usize = 620_000;

/// Brings `<target>/editor-dist` up to date; does nothing where the sources have not changed.
pub(crate) fn editor(place: &Place, web: &WebToolchain) -> Result<()> {
    let mut build = web.cargo_rustc(place, PROFILE);
    build.args(["--package", PACKAGE, "--bin", PACKAGE, "--", "-C", split::LINKING]);
    tool::run(&mut build)?;

    let wasm = web.output_folder(place, PROFILE).join(format!("{PACKAGE}.wasm"));
    let wasm = fs::read(&wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let web_folder = place.root.join("editor/web");
    let sources = Sources {
        page: read(&web_folder.join("index.html"))?,
        start: read(&web_folder.join("start.js"))?,
        style: style(&web_folder.join("style"))?,
        icon: read(&web_folder.join("icon.svg"))?,
        code: super::code::bundle(place)?,
        wasm,
    };

    let dist = place.editor_dist();
    let fingerprint = sources.fingerprint();
    if fs::read_to_string(dist.join(STAMP)).is_ok_and(|stamp| stamp == fingerprint) {
        return Ok(());
    }
    let written = write(&sources, &place.target.join("editor-parts"), &dist)?;
    let (raw, compressed) = written.first_load();
    anyhow::ensure!(
        compressed <= LARGEST_FIRST_LOAD_BYTES,
        "the editor's first load is {} compressed; it may be {} (see {})",
        say::size(compressed),
        say::size(LARGEST_FIRST_LOAD_BYTES),
        dist.display()
    );
    fs::write(dist.join(STAMP), fingerprint)?;
    say::line(format_args!(
        "editor built: {}, first load {} compressed; after it {}; the code editor {}",
        say::size(raw),
        say::size(compressed),
        say::size(written.later.1),
        say::size(written.code.1)
    ));
    Ok(())
}

/// All that the output is made from.
struct Sources {
    page: String,
    start: String,
    style: String,
    icon: String,
    /// The code editor, loaded when it is first needed.
    code: Vec<u8>,
    wasm: Vec<u8>,
}

/// Size and compressed size, in bytes, of what was written.
struct Written {
    /// What every page loads.
    first: Vec<(usize, usize)>,
    /// What it loads when the canvas is shown.
    later: (usize, usize),
    /// The code editor.
    code: (usize, usize),
}

impl Written {
    fn first_load(&self) -> (usize, usize) {
        self.first.iter().fold((0, 0), |sum, asset| (sum.0 + asset.0, sum.1 + asset.1))
    }
}

impl Sources {
    fn fingerprint(&self) -> String {
        // This module's own text too: another way of writing makes other files.
        let parts: [&[u8]; 9] = [
            self.page.as_bytes(),
            self.start.as_bytes(),
            self.style.as_bytes(),
            self.icon.as_bytes(),
            &self.code,
            &self.wasm,
            include_bytes!("editor.rs"),
            include_bytes!("assets.rs"),
            include_bytes!("split.rs"),
        ];
        assets::hash(&parts.map(assets::hash).concat().into_bytes())
    }
}

/// Writes every file, hashed names first, the page that names them last. `parts` is a folder to work in.
fn write(sources: &Sources, parts: &Path, dist: &Path) -> Result<Written> {
    if dist.exists() {
        fs::remove_dir_all(dist).with_context(|| format!("cannot clear {}", dist.display()))?;
    }
    let split = split::split(&sources.wasm, parts)?;
    let (glue, wasm) = bindgen(split.main)?;
    let wasm = Asset::hashed("wireloom", "wasm", wasm);
    let later = Asset::hashed("later", "wasm", split.later);
    let loader = fill(&split.loader, &[(split::LATER, &later.name)])?;
    // The two import each other: both are named by the content of both.
    let content = [loader.as_bytes(), glue.as_bytes()].concat();
    let [loader_name, glue_name] =
        ["later", "wireloom"].map(|stem| assets::hashed_name(stem, "js", &content));
    let loader = fill(&loader, &[(split::MAIN, &glue_name)])?;
    let loader = Asset { name: loader_name, bytes: loader.into_bytes() };
    let glue =
        fill(&glue, &[(&format!("from \"{}\"", split::LOADER), &format!("from \"./{}\"", loader.name))])?;
    let glue = Asset { name: glue_name, bytes: glue.into_bytes() };
    let code = Asset::hashed("code", "js", sources.code.clone());
    let names = [("{glue}", &glue.name), ("{wasm}", &wasm.name), ("{code}", &code.name)];
    let start = fill(&sources.start, &names)?;
    let start = Asset::hashed("start", "js", start.into_bytes());
    let style = Asset::hashed("style", "css", sources.style.clone().into_bytes());
    let icon = Asset::hashed("icon", "svg", sources.icon.clone().into_bytes());
    let names = [
        ("{glue}", &glue.name),
        ("{loader}", &loader.name),
        ("{wasm}", &wasm.name),
        ("{start}", &start.name),
        ("{style}", &style.name),
        ("{icon}", &icon.name),
    ];
    let page = fill(&sources.page, &names)?;
    let page = Asset { name: "index.html".into(), bytes: page.into_bytes() };
    let (later, code) = (later.write(dist)?, code.write(dist)?);
    let first = [wasm, glue, loader, start, style, icon, page];
    let first = first.iter().map(|asset| asset.write(dist)).collect::<Result<_>>()?;
    Ok(Written { first, later, code })
}

/// The JavaScript that loads the module, and the module as that JavaScript wants it.
fn bindgen(wasm: Vec<u8>) -> Result<(String, Vec<u8>)> {
    let mut output = Bindgen::new()
        .input_bytes("wireloom", wasm)
        .web(true)
        .and_then(|bindgen| {
            bindgen.typescript(false).omit_default_module_path(true);
            // The part that comes later finds the main one by the names the linker gave.
            bindgen.keep_lld_exports(true).demangle(false);
            bindgen.remove_name_section(true).remove_producers_section(true).generate_output()
        })
        .map_err(|error| anyhow!("wasm-bindgen cannot read the editor: {error:#}"))?;
    Ok((output.js().to_owned(), output.wasm_mut().emit_wasm()))
}

/// Puts each name into its place; a place that is not there is an error, for the file would not load.
fn fill(template: &str, names: &[(&str, &String)]) -> Result<String> {
    names.iter().try_fold(template.to_owned(), |text, (place, name)| {
        anyhow::ensure!(text.contains(place), "a file in editor/web has no {place}");
        Ok(text.replace(place, name))
    })
}

/// The style sheet: every `.css` file of a folder, in order of their names.
fn style(folder: &Path) -> Result<String> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "css") {
            paths.push(path);
        }
    }
    anyhow::ensure!(!paths.is_empty(), "{} holds no style sheet", folder.display());
    paths.sort();
    let parts: Result<Vec<String>> = paths.iter().map(|path| read(path)).collect();
    Ok(parts?.join("\n"))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_place_is_an_error() {
        let name = String::from("a-1.js");
        assert_eq!(fill("<{a}>", &[("{a}", &name)]).unwrap(), "<a-1.js>");
        assert!(fill("<>", &[("{a}", &name)]).unwrap_err().to_string().contains("{a}"));
    }

    #[test]
    fn the_style_is_made_in_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        assert!(style(folder.path()).is_err());
        for (name, text) in [("20-b.css", "b"), ("10-a.css", "a"), ("notes.txt", "c")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(style(folder.path()).unwrap(), "a\nb");
    }

    #[test]
    fn every_source_changes_the_fingerprint() {
        let make = |style: &str, code: &[u8], wasm: &[u8]| Sources {
            page: String::new(),
            start: String::new(),
            style: style.into(),
            icon: String::new(),
            code: code.to_vec(),
            wasm: wasm.to_vec(),
        };
        assert_eq!(make("a", b"b", b"c").fingerprint(), make("a", b"b", b"c").fingerprint());
        assert_ne!(make("a", b"b", b"c").fingerprint(), make("ab", b"", b"c").fingerprint());
        assert_ne!(make("a", b"b", b"c").fingerprint(), make("a", b"b", b"d").fingerprint());
        assert_ne!(make("a", b"b", b"c").fingerprint(), make("a", b"d", b"c").fingerprint());
    }
}
