//! Finds out what is on this machine and installs what it may. What it cannot install it names, with
//! the command that would.

pub(crate) mod install;
pub(crate) mod npm;
mod web;

use anyhow::{Result, bail};

pub(crate) use web::WebToolchain;

use crate::place::Place;
use crate::{say, tool};
use install::Need;

/// What building needs: a toolchain for the browser and a C compiler.
pub(crate) fn for_build(place: &Place) -> Result<WebToolchain> {
    install::all(&[Need::program("cc", "gcc libc6-dev", "C compiler, for the embedded database")])?;
    web::toolchain(place)
}

/// What the tests need on top of that.
pub(crate) fn for_tests(place: &Place) -> Result<WebToolchain> {
    install::all(&[
        Need::program("mosquitto", "mosquitto", "MQTT broker"),
        Need::program("mosquitto_pub", "mosquitto-clients", "MQTT clients"),
        Need::program("chromium", "chromium", "browser"),
        Need::program("chromedriver", "chromium-driver", "browser driver"),
        // Node-RED's editor measures its labels in the browser; without it they are wider than everywhere else.
        Need::file(
            "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
            "fonts-liberation",
            "a font as wide as Helvetica",
        ),
        Need { name: "PostgreSQL", found: postgresql_is_there, packages: "postgresql", program: "" },
        Need::program("valgrind", "valgrind", "valgrind, which counts instructions"),
        Need::program("node", "nodejs", "Node.js, for Node-RED's own tools"),
        Need::program("npm", "npm", "npm, for Node-RED's own tools"),
    ])?;
    rust_component("rustfmt", "fmt")?;
    rust_component("clippy", "clippy")?;
    nextest()?;
    for_build(place)
}

fn postgresql_is_there(_: &str) -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin/postgres")).any(|file| file.is_file())
        || tool::find("postgres").is_some()
}

/// A part of the Rust toolchain that rustup's minimal profile leaves out.
fn rust_component(component: &str, subcommand: &str) -> Result<()> {
    if tool::find(&format!("cargo-{subcommand}")).is_some() {
        return Ok(());
    }
    let mut add = std::process::Command::new("rustup");
    add.args(["component", "add", component]);
    say::line(format_args!("{component} is missing: {}", tool::shown(&add)));
    tool::run(&mut add)
}

fn nextest() -> Result<()> {
    if tool::find("cargo-nextest").is_some() {
        return Ok(());
    }
    let mut install = tool::cargo();
    install.args(["install", "--locked", "cargo-nextest"]);
    // The tool is the user's, not this checkout's: it is built apart.
    install.env_remove("CARGO_TARGET_DIR").current_dir(std::env::temp_dir());
    say::line("cargo-nextest is missing: cargo install --locked cargo-nextest (some minutes)");
    if let Err(error) = tool::run(&mut install) {
        bail!(
            "cannot install cargo-nextest ({error}); install it with: cargo install --locked cargo-nextest"
        );
    }
    Ok(())
}
