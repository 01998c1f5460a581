//! Takes the built editor into the binary: writes a table of its files for `src/editor_files.rs`.
//!
//! `WIRELOOM_EDITOR_DIST` names the folder that `cargo xtask build` filled. Without it the server still
//! builds, and shows a page that says how to get the editor.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const EDITOR_DIST: &str = "WIRELOOM_EDITOR_DIST";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed={EDITOR_DIST}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/editor_files/missing.html");

    let dist = env::var_os(EDITOR_DIST).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let files = match &dist {
        Some(folder) => {
            println!("cargo::rerun-if-changed={}", folder.display());
            plain_files(folder).map_err(|error| format!("{EDITOR_DIST} is {}: {error}", folder.display()))?
        }
        None => {
            let folder = env::var("CARGO_MANIFEST_DIR")?;
            vec![("index.html".to_owned(), Path::new(&folder).join("src/editor_files/missing.html"))]
        }
    };
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("editor_files.rs"), table_text(&files)?)?;
    fs::write(out.join("sdk_files.rs"), sdk_table()?)?;
    Ok(())
}

/// The sources that `wireloom plugin new` gives to a project, as a table of names and texts.
fn sdk_table() -> Result<String, Box<dyn std::error::Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let mut text = format!("const WORKSPACE: &str = include_str!({:?});\n", root.join("Cargo.toml"));
    text.push_str("const SDK_FILES: &[(&str, &str)] = &[\n");
    for folder in ["sdk", "wit"] {
        println!("cargo::rerun-if-changed={}", root.join("plugins").join(folder).display());
        let mut files = Vec::new();
        sources_below(&root.join("plugins").join(folder), folder, &mut files)?;
        files.sort();
        for (name, path) in files {
            writeln!(text, "    ({name:?}, include_str!({path:?})),")?;
        }
    }
    text.push_str("];\n");
    Ok(text)
}

/// The sources in a folder and those in it; `name` is what the folder is called in the table.
fn sources_below(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(own) = path.file_name().and_then(|own| own.to_str()) else { continue };
        let name = format!("{name}/{own}");
        let is_source = [".rs", ".rs.in", ".toml", ".wit"].iter().any(|end| own.ends_with(end));
        // What tests the sources against the contract belongs to this workspace.
        if path.is_dir() && name != "sdk/tests" {
            sources_below(&path, &name, files)?;
        } else if is_source {
            files.push((name, path));
        }
    }
    Ok(())
}

/// Name and path of each file of `folder`, without the compressed variants and what is hidden.
fn plain_files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = fs::canonicalize(entry?.path())?;
        let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
        if !name.starts_with('.') && !name.ends_with(".br") && !name.ends_with(".gz") && path.is_file() {
            files.push((name, path));
        }
    }
    if !files.iter().any(|(name, _)| name == "index.html") {
        return Err(io::Error::other("there is no index.html in it; run `cargo xtask build`"));
    }
    files.sort();
    Ok(files)
}

fn table_text(files: &[(String, PathBuf)]) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::from("static EMBEDDED: &[Embedded] = &[\n");
    for (name, path) in files {
        let variant = |suffix: &str| {
            let path = PathBuf::from(format!("{}{suffix}", path.display()));
            match path.is_file() {
                true => format!("Some(include_bytes!({path:?}))"),
                false => "None".to_owned(),
            }
        };
        writeln!(
            text,
            "    Embedded {{ path: {name:?}, content_type: {:?}, plain: include_bytes!({path:?}), brotli: {}, gzip: {} }},",
            content_type(name)?,
            variant(".br"),
            variant(".gz"),
        )?;
    }
    text.push_str("];\n");
    Ok(text)
}

fn content_type(name: &str) -> Result<&'static str, String> {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => Ok("text/html; charset=utf-8"),
        Some("js") => Ok("text/javascript; charset=utf-8"),
        Some("css") => Ok("text/css; charset=utf-8"),
        Some("wasm") => Ok("application/wasm"),
        Some("svg") => Ok("image/svg+xml"),
        Some("json") => Ok("application/json"),
        Some("woff2") => Ok("font/woff2"),
        Some("png") => Ok("image/png"),
        _ => Err(format!("no content type is known for {name}; add it in server/build.rs")),
    }
}
