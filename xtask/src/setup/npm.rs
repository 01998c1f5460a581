//! Packages of npm, without Node.js: fetched as a `package-lock.json` names them, checked, kept, unpacked.
//!
//! The lock says version and SHA-512 of every package. Archives are kept in `<target>/npm/archives`, so that each is
//! fetched once; `<target>/npm/<hash of the lock>` holds them unpacked, as `npm ci` would lay them out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest, Sha512};

use super::install::{self, Need};
use crate::build::assets::hash;
use crate::place::Place;
use crate::{say, tool};

/// The variables that name the registry, as npm reads them.
const REGISTRY: [&str; 2] = ["NPM_CONFIG_REGISTRY", "npm_config_registry"];
/// Written last into an unpacked folder.
const STAMP: &str = ".complete";

/// A folder whose `node_modules` holds the packages of a lock that this platform needs; fetches what is missing.
pub(crate) fn packages(place: &Place, lock: &Path) -> Result<PathBuf> {
    let text = fs::read(lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let folder = place.target.join("npm").join(&hash(&text)[..16]);
    if folder.join(STAMP).exists() {
        return Ok(folder);
    }
    let wanted = read_lock(&text).with_context(|| format!("{} cannot be understood", lock.display()))?;
    let archives = place.target.join("npm/archives");
    fetch(&wanted, &archives)?;
    if folder.exists() {
        // Left over from a run that did not end.
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    for package in &wanted {
        unpack(&archives.join(package.archive()), &folder.join(&package.path))?;
    }
    fs::write(folder.join(STAMP), "")?;
    Ok(folder)
}

/// The esbuild program among packages.
pub(crate) fn esbuild(packages: &Path) -> Result<PathBuf> {
    let (os, cpu) = platform();
    let folder = packages.join(format!("node_modules/@esbuild/{os}-{cpu}"));
    let program = if os == "win32" { folder.join("esbuild.exe") } else { folder.join("bin/esbuild") };
    ensure!(program.is_file(), "esbuild has no program for {os} on {cpu}");
    Ok(program)
}

/// One package of a lock.
#[derive(Debug, PartialEq, Eq)]
struct Package {
    /// Where it is laid out, such as `node_modules/esbuild`.
    path: String,
    name: String,
    version: String,
    /// SHA-512 of its archive.
    digest: Vec<u8>,
}

impl Package {
    /// The file that its archive is kept in.
    fn archive(&self) -> String {
        let digest: String = self.digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{digest}.tgz", self.name.replace('/', "-"), self.version)
    }

    /// Where a registry has its archive.
    fn url(&self, registry: &str) -> String {
        let file = self.name.rsplit('/').next().unwrap_or_default();
        format!("{}/{}/-/{file}-{}.tgz", registry.trim_end_matches('/'), self.name, self.version)
    }

    fn is_sound(&self, archive: &[u8]) -> bool {
        Sha512::digest(archive).as_slice() == self.digest
    }
}

#[derive(Deserialize)]
struct Lock {
    #[serde(rename = "lockfileVersion")]
    version: u32,
    packages: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: Option<String>,
    version: Option<String>,
    integrity: Option<String>,
    #[serde(default)]
    os: Names,
    #[serde(default)]
    cpu: Names,
    /// Only for systems with this C library.
    #[serde(default)]
    libc: Names,
    /// It comes in the archive of the package around it.
    #[serde(default, rename = "inBundle")]
    is_bundled: bool,
}

/// A list of one may be written as its one word.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Names {
    /// Whether `ours` is among them; a list of none fits everything.
    fn fits(&self, ours: &str) -> bool {
        match self {
            Self::One(name) => name == ours,
            Self::Many(names) => names.is_empty() || names.iter().any(|name| name == ours),
        }
    }
}

/// The packages that this platform needs.
fn read_lock(text: &[u8]) -> Result<Vec<Package>> {
    let lock: Lock = serde_json::from_slice(text)?;
    ensure!(lock.version >= 2, "lockfileVersion is {}; 2 or more is understood", lock.version);
    let (os, cpu) = platform();
    let is_ours = |entry: &Entry| {
        !entry.is_bundled && entry.os.fits(os) && entry.cpu.fits(cpu) && entry.libc.fits("glibc")
    };
    let entries = lock.packages.into_iter().filter(|(path, entry)| !path.is_empty() && is_ours(entry));
    let package = |(path, entry): (String, Entry)| {
        let own_name = path.rsplit("node_modules/").next().unwrap_or_default().to_owned();
        ensure!(is_inside(&path), "{path} leads out of its folder");
        let digest = entry.integrity.as_deref().and_then(|text| text.strip_prefix("sha512-"));
        Ok(Package {
            digest: STANDARD.decode(digest.with_context(|| format!("{path} has no SHA-512"))?)?,
            version: entry.version.with_context(|| format!("{path} has no version"))?,
            name: entry.name.unwrap_or(own_name),
            path,
        })
    };
    entries.map(package).collect()
}

fn is_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// This machine in npm's words.
fn platform() -> (&'static str, &'static str) {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let cpu = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    (os, cpu)
}

/// Brings the archives that are not there yet, and looks at every one.
fn fetch(wanted: &[Package], archives: &Path) -> Result<()> {
    let is_there = |package: &&Package| {
        fs::read(archives.join(package.archive())).is_ok_and(|bytes| package.is_sound(&bytes))
    };
    let missing: Vec<&Package> = wanted.iter().filter(|package| !is_there(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(archives).with_context(|| format!("cannot make {}", archives.display()))?;
    let registry = registry()?;
    install::all(&[Need::program("curl", "curl", "curl, to fetch packages")])?;
    say::line(format_args!("fetching {} packages from the npm registry", missing.len()));
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location", "--retry", "3", "--parallel"]);
    for package in &missing {
        curl.arg("--output").arg(archives.join(package.archive())).arg(package.url(&registry));
    }
    let status = curl.status().context("cannot start curl")?;
    ensure!(status.success(), "the npm registry did not give every package (curl: {status}); try again");
    match missing.iter().find(|package| !is_there(package)) {
        Some(package) => {
            // What is not what the lock says is not kept.
            let _ = fs::remove_file(archives.join(package.archive()));
            bail!("{} {} has another SHA-512 than its lock says", package.name, package.version)
        }
        None => Ok(()),
    }
}

/// The registry as it is set up for npm.
fn registry() -> Result<String> {
    if let Some(registry) =
        REGISTRY.iter().find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()))
    {
        return Ok(registry);
    }
    install::all(&[Need::program("npm", "npm", "npm, which knows its registry")])?;
    let told = tool::answer(Command::new("npm").args(["config", "get", "registry"]));
    told.filter(|url| url.starts_with("http"))
        .with_context(|| format!("npm does not say its registry; set {}", REGISTRY[0]))
}

/// Unpacks an archive, whose files all lie in one folder (`package`), into `folder`.
fn unpack(archive: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    tool::run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(folder).arg("--strip-components=1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_names_what_this_platform_needs() {
        let (os, cpu) = platform();
        let digest =
            "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        let lock = format!(
            r#"{{"lockfileVersion":3,"packages":{{"":{{"name":"own"}},
            "node_modules/@a/b":{{"version":"1.2.3","integrity":"sha512-{digest}"}},
            "node_modules/c/node_modules/d":{{"version":"2.0.0","integrity":"sha512-{digest}","os":["{os}"],"cpu":["{cpu}"]}},
            "node_modules/c/node_modules/f":{{"version":"1.0.0","inBundle":true}},
            "node_modules/e":{{"version":"2.0.0","integrity":"sha512-{digest}","os":"no-such-system"}}}}}}"#
        );
        let packages = read_lock(lock.as_bytes()).unwrap();
        assert_eq!(packages.len(), 2);
        // The digest is that of nothing.
        assert!(packages[0].is_sound(b"") && !packages[0].is_sound(b"x"));
        assert_eq!(packages[0].url("https://example.org/npm/"), "https://example.org/npm/@a/b/-/b-1.2.3.tgz");
        assert_eq!(
            (packages[1].name.as_str(), packages[1].path.as_str()),
            ("d", "node_modules/c/node_modules/d")
        );
        assert!(packages[0].archive().starts_with("@a-b-1.2.3-cf83e1357eef"));
    }

    #[test]
    fn an_odd_lock_is_an_error() {
        let error = |text: &str| format!("{:#}", read_lock(text.as_bytes()).unwrap_err());
        assert_eq!(
            error(r#"{"lockfileVersion":1,"packages":{}}"#),
            "lockfileVersion is 1; 2 or more is understood"
        );
        let one =
            |path: &str| format!(r#"{{"lockfileVersion":3,"packages":{{"{path}":{{"version":"1"}}}}}}"#);
        assert_eq!(error(&one("node_modules/a")), "node_modules/a has no SHA-512");
        assert_eq!(error(&one("../a")), "../a leads out of its folder");
    }
}
