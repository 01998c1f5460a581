//! Packages that code asks for: where their files are. Nothing but JavaScript and JSON below one folder is read.

use std::fs;
use std::path::{Component, Path, PathBuf};

use rquickjs::context::EvalOptions;
use rquickjs::prelude::Func;
use rquickjs::{Ctx, Exception, Function, Object as JsObject, Result, TypedArray, Value as JsValue};
use sha1::Digest;

use crate::convert::{bytes_of, view_of};

/// Modules of Node.js that code has without a package.
pub const BUILT_IN: [&str; 10] =
    ["assert", "buffer", "crypto", "events", "os", "path", "querystring", "timers", "url", "util"];

/// A larger file is no module that people write.
const FILE_LIMIT_BYTES: u64 = 16 * 1024 * 1024;
/// Random bytes that are given at once: JavaScript's memory and time limits hold for what it makes of them.
const RANDOM_CHUNK_BYTES: usize = 64 * 1024;

/// The folder `node_modules` that packages are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packages(PathBuf);

impl Packages {
    /// The packages in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The file that `require(name)` means, in a module of the file `from`; empty for a function node.
    pub fn find(&self, name: &str, from: &str) -> Option<PathBuf> {
        let root = self.0.canonicalize().ok()?;
        let start = Path::new(from).parent().filter(|_| !from.is_empty());
        let found = if name.starts_with("./") || name.starts_with("../") || name == "." || name == ".." {
            file(&start?.join(name))
        } else if Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            // As Node.js does: from the inside out, each folder's own node_modules.
            let inside =
                start.into_iter().flat_map(Path::ancestors).map(|folder| folder.join("node_modules"));
            inside.chain([root.clone()]).find_map(|folder| package(&folder, name))
        } else {
            None
        };
        found?.canonicalize().ok().filter(|path| path.starts_with(&root))
    }
}

/// What `name`, such as `lodash/fp` or `@scope/package`, means in a folder of packages.
fn package(folder: &Path, name: &str) -> Option<PathBuf> {
    let words = if name.starts_with('@') { 2 } else { 1 };
    let ends = name.match_indices('/').nth(words - 1).map(|(at, _)| at);
    let (own, inner) = ends.map_or((name, ""), |at| (&name[..at], &name[at + 1..]));
    let home = folder.join(own);
    if !home.is_dir() {
        return file(&home);
    }
    exported(&home, inner).or_else(|| file(&home.join(inner)))
}

/// The file that a package's `exports` name for what is asked of it.
fn exported(home: &Path, inner: &str) -> Option<PathBuf> {
    let exports = manifest(home)?.get("exports")?.clone();
    let asked = if inner.is_empty() { ".".to_owned() } else { format!("./{inner}") };
    let entry = match exports.get(&asked) {
        Some(entry) => entry.clone(),
        None if inner.is_empty() => exports,
        None => return None,
    };
    condition(&entry).map(|path| home.join(path)).filter(|path| path.is_file())
}

/// The path under the conditions that hold here: `require`, then what is good for anything.
fn condition(entry: &serde_json::Value) -> Option<String> {
    match entry {
        serde_json::Value::String(path) => Some(path.clone()),
        serde_json::Value::Object(_) => {
            ["require", "node", "default"].iter().find_map(|name| condition(entry.get(name)?))
        }
        serde_json::Value::Array(entries) => entries.iter().find_map(condition),
        _ => None,
    }
}

fn manifest(folder: &Path) -> Option<serde_json::Value> {
    serde_json::from_str(&fs::read_to_string(folder.join("package.json")).ok()?).ok()
}

/// A file, with the ending that was left out, or the one that stands for a folder: what its manifest names as
/// `main`, a file or a folder with an index, or its own index.
fn file(path: &Path) -> Option<PathBuf> {
    let main = || {
        let main = path.join(manifest(path)?.get("main")?.as_str()?);
        with_ending(&main).or_else(|| index(&main))
    };
    with_ending(path).or_else(main).or_else(|| index(path))
}

fn with_ending(path: &Path) -> Option<PathBuf> {
    let named = ["", ".js", ".cjs", ".json"].into_iter().map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    });
    named.into_iter().find(|path| path.is_file())
}

fn index(folder: &Path) -> Option<PathBuf> {
    ["index.js", "index.cjs", "index.json"]
        .into_iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}

/// What `prelude/modules.js` needs of the world.
pub(crate) fn natives<'js>(
    ctx: &Ctx<'js>,
    natives: &JsObject<'js>,
    packages: Option<Packages>,
) -> Result<()> {
    let find = move |ctx: Ctx<'js>, name: String, from: String| -> Result<JsValue<'js>> {
        let Some(path) = packages.as_ref().and_then(|packages| packages.find(&name, &from)) else {
            return Ok(JsValue::new_undefined(ctx));
        };
        let is_fit = fs::metadata(&path).is_ok_and(|data| data.len() <= FILE_LIMIT_BYTES);
        let source = is_fit.then(|| fs::read_to_string(&path).ok()).flatten();
        let Some(source) = source else {
            return Err(Exception::throw_message(&ctx, &format!("{} cannot be read", path.display())));
        };
        let found = JsObject::new(ctx)?;
        found.set("path", path.to_string_lossy().into_owned())?;
        found.set("source", source)?;
        Ok(found.into_value())
    };
    natives.set("findModule", Function::new(ctx.clone(), find)?)?;
    let compile = |ctx: Ctx<'js>, path: String, source: String| -> Result<Function<'js>> {
        let mut options = EvalOptions::default();
        options.strict = false;
        options.filename = Some(path);
        let source = if source.starts_with("#!") { format!("//{source}") } else { source };
        let head = "(function (exports, require, module, __filename, __dirname) {";
        ctx.eval_with_options(format!("{head}{source}\n}})"), options)
    };
    natives.set("compile", Function::new(ctx.clone(), compile)?)?;
    let hash = |ctx: Ctx<'js>, name: String, bytes: JsValue<'js>| -> Result<TypedArray<'js, u8>> {
        let bytes = bytes_of(&bytes).unwrap_or_default();
        match hashed(&name, &bytes) {
            Some(hash) => view_of(&ctx, hash),
            None => Err(Exception::throw_message(&ctx, &format!("Digest method not supported: {name}"))),
        }
    };
    natives.set("hash", Function::new(ctx.clone(), hash)?)?;
    let random = |ctx: Ctx<'js>, size: usize| -> Result<TypedArray<'js, u8>> {
        let mut bytes = vec![0; size.min(RANDOM_CHUNK_BYTES)];
        getrandom::fill(&mut bytes).map_err(|error| Exception::throw_message(&ctx, &error.to_string()))?;
        view_of(&ctx, bytes)
    };
    natives.set("random", Function::new(ctx.clone(), random)?)?;
    natives.set("machine", Func::from(machine))
}

/// The hash by an algorithm; none if there is no such algorithm.
fn hashed(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    Some(match name {
        "md5" => <md5::Md5 as md5::Digest>::digest(bytes).to_vec(),
        "sha1" => sha1::Sha1::digest(bytes).to_vec(),
        "sha224" => sha2::Sha224::digest(bytes).to_vec(),
        "sha256" => sha2::Sha256::digest(bytes).to_vec(),
        "sha384" => sha2::Sha384::digest(bytes).to_vec(),
        "sha512" => sha2::Sha512::digest(bytes).to_vec(),
        _ => return None,
    })
}

/// What kind of machine this is, in Node.js's words.
fn machine(ctx: Ctx<'_>) -> Result<JsObject<'_>> {
    let (kind, platform) = match std::env::consts::OS {
        "macos" => ("Darwin", "darwin"),
        "windows" => ("Windows_NT", "win32"),
        "linux" => ("Linux", "linux"),
        other => (other, other),
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        other => other,
    };
    let machine = JsObject::new(ctx)?;
    machine.set("type", kind)?;
    machine.set("platform", platform)?;
    machine.set("arch", processor)?;
    machine.set("endianness", if cfg!(target_endian = "big") { "BE" } else { "LE" })?;
    machine.set("processors", std::thread::available_parallelism().map_or(1, usize::from))?;
    Ok(machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_node_js_would_and_nothing_outside() {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path().join("node_modules");
        let write = |path: &str, text: &str| {
            let path = modules.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("plain/index.js", "");
        write("named/package.json", r#"{"main": "lib/start"}"#);
        write("named/lib/start.js", "");
        write("named/node_modules/inner/index.js", "");
        write(
            "@scope/it/package.json",
            r#"{"exports": {".": {"import": "./no.mjs", "require": "./yes.cjs"}}}"#,
        );
        write("@scope/it/yes.cjs", "");
        write("@scope/it/data.json", "{}");
        write("itself/package.json", r#"{"main": "./"}"#);
        write("itself/index.js", "");
        write("back/package.json", r#"{"main": "lib"}"#);
        write("back/lib/package.json", r#"{"main": ".."}"#);
        write("back/lib/index.json", "{}");
        write("nothing/package.json", r#"{"main": "./x/.."}"#);
        fs::write(folder.path().join("secret.js"), "").unwrap();
        let packages = Packages::new(&modules);
        let root = modules.canonicalize().unwrap();
        let inside = root.join("named/lib/start.js").to_string_lossy().into_owned();
        for (name, from, found) in [
            ("plain", "", Some("plain/index.js")),
            ("named", "", Some("named/lib/start.js")),
            ("inner", &inside, Some("named/node_modules/inner/index.js")),
            ("inner", "", None),
            ("plain", &inside, Some("plain/index.js")),
            ("./start", &inside, Some("named/lib/start.js")),
            ("@scope/it", "", Some("@scope/it/yes.cjs")),
            ("@scope/it/data.json", "", Some("@scope/it/data.json")),
            ("itself", "", Some("itself/index.js")),
            ("back", "", Some("back/lib/index.json")),
            ("nothing", "", None),
            ("../secret", "", None),
            ("../../../secret", &inside, None),
            ("/etc/passwd", "", None),
            ("absent", "", None),
        ] {
            let expected = found.map(|path| root.join(path));
            assert_eq!(packages.find(name, from), expected, "{name} from {from}");
        }
    }
}
