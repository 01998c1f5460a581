//! The example plugins: built anew when they, the SDK or the contract changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Profile;
use super::assets::hash;
use crate::place::Place;
use crate::setup::npm;
use crate::tidy::files::tracked;
use crate::{say, tool};

/// The variable that tells tests where the built examples are.
pub(crate) const PLUGINS: &str = "WIRELOOM_PLUGINS";

const EXAMPLES: &str = "plugins/examples";
/// What every example is built from.
const SHARED: [&str; 5] =
    ["plugins/sdk", "plugins/wit", "toolchain/src", "server/src/plugin/build.rs", "Cargo.lock"];

/// Builds what changed with the server of `profile`, as its `plugin build` would anywhere.
pub(crate) fn plugins(place: &Place, profile: Profile) -> Result<()> {
    let files = tracked(&place.root)?;
    let shared = digest(&place.root, &files, &SHARED)?;
    for name in names(&files) {
        let folder = Path::new(EXAMPLES).join(&name);
        let own = digest(&place.root, &files, &[&folder.to_string_lossy()])?;
        let stamp = hash(format!("{shared} {own}").as_bytes());
        let example = Example { name: &name, folder: place.root.join(folder), place };
        if example.stamp() == Some(stamp.clone()) {
            continue;
        }
        example.build(profile).with_context(|| format!("the plugin {name} cannot be built"))?;
        fs::write(example.stamp_path(), stamp)?;
    }
    Ok(())
}

/// The folder of each example.
fn names(files: &[PathBuf]) -> Vec<String> {
    let below = files.iter().filter_map(|file| file.strip_prefix(EXAMPLES).ok());
    let folders = below.filter(|file| file.components().count() > 1);
    let mut names: Vec<String> =
        folders.filter_map(|file| Some(file.iter().next()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names.dedup();
    names
}

/// The hash of the files in these folders, with their names.
fn digest(root: &Path, files: &[PathBuf], folders: &[&str]) -> Result<String> {
    let mut all = Vec::new();
    for file in files.iter().filter(|file| folders.iter().any(|folder| file.starts_with(folder))) {
        all.extend_from_slice(file.to_string_lossy().as_bytes());
        let bytes = fs::read(root.join(file)).with_context(|| format!("cannot read {}", file.display()))?;
        all.extend_from_slice(hash(&bytes).as_bytes());
    }
    Ok(hash(&all))
}

struct Example<'a> {
    name: &'a str,
    folder: PathBuf,
    place: &'a Place,
}

impl Example<'_> {
    fn component(&self) -> PathBuf {
        self.place.plugins().join(format!("{}.wasm", self.name))
    }

    /// Beside the components, and hidden from whoever lists them.
    fn stamp_path(&self) -> PathBuf {
        self.place.plugins().join(format!(".{}.stamp", self.name))
    }

    /// What the component that is there was built from.
    fn stamp(&self) -> Option<String> {
        self.component().is_file().then(|| fs::read_to_string(self.stamp_path()).ok()).flatten()
    }

    fn build(&self, profile: Profile) -> Result<()> {
        fs::create_dir_all(self.place.plugins())?;
        match self.folder.join("package.json").is_file() {
            true => self.build_script(),
            false => self.build_rust(profile),
        }
    }

    fn build_rust(&self, profile: Profile) -> Result<()> {
        let mut build = Command::new(self.place.server_binary(profile.folder()));
        tool::forget_own_package(&mut build);
        build.env("CARGO_TARGET_DIR", &self.place.target).args([
            "plugin",
            "build",
            "--profile",
            "plugin",
            "--out",
        ]);
        tool::run(build.arg(self.component()).arg(&self.folder))
    }

    /// One in JavaScript: its tool comes from npm, as its lock says.
    fn build_script(&self) -> Result<()> {
        let lock = self.folder.join("package-lock.json");
        let packages = npm::packages(self.place, &lock)?.join("node_modules");
        let script: serde_json::Value = serde_json::from_slice(&fs::read(self.folder.join("package.json"))?)?;
        let line = script["scripts"]["build"].as_str().context("package.json has no script `build`")?;
        let (program, arguments) = line.split_once(' ').context("the script `build` has no arguments")?;
        let mut build = Command::new("node");
        build.current_dir(&self.folder).arg(packages.join(program).join("bin").join(program));
        for word in arguments.split_whitespace() {
            // The one file that it writes goes to where the others are.
            match word.ends_with(".wasm") {
                true => build.arg(self.component()),
                false => build.arg(word),
            };
        }
        tool::run(&mut build)?;
        let size = fs::metadata(self.component())?.len();
        ensure!(size > 0, "{} is empty", self.component().display());
        say::line(format_args!("{}: {}", self.component().display(), say::size(usize::try_from(size)?)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_contents_and_names() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
        fs::create_dir_all(root.path().join("a")).unwrap();
        let of = |files: &[&str]| {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            digest(root.path(), &files, &["a"]).unwrap()
        };
        write("a/one", "1");
        write("a/two", "1");
        write("other", "1");
        let first = of(&["a/one", "other"]);
        assert_ne!(first, of(&["a/two", "other"]));
        write("other", "2");
        assert_eq!(first, of(&["a/one", "other"]));
        write("a/one", "2");
        assert_ne!(first, of(&["a/one", "other"]));
    }

    #[test]
    fn examples_are_folders() {
        let files = [
            "plugins/examples/b/Cargo.toml",
            "plugins/examples/a/src/lib.rs",
            "plugins/examples/README.md",
            "plugins/examples/b/src/lib.rs",
            "plugins/sdk/Cargo.toml",
        ];
        assert_eq!(names(&files.map(PathBuf::from)), ["a", "b"]);
    }
}
