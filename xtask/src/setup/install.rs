//! System packages: asks nothing of a machine that has them, installs them on Debian where it may.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::{say, tool};

/// Something that must be on the machine.
pub(crate) struct Need {
    /// What it is, in the user's words.
    pub(crate) name: &'static str,
    /// Whether it is there, given `program`.
    pub(crate) found: fn(&str) -> bool,
    /// The program or file to look for.
    pub(crate) program: &'static str,
    /// Debian's packages that bring it, separated by spaces.
    pub(crate) packages: &'static str,
}

impl Need {
    /// A program that has to be found.
    pub(crate) const fn program(program: &'static str, packages: &'static str, name: &'static str) -> Self {
        Self { name, found: |program| tool::find(program).is_some(), program, packages }
    }

    /// A file that has to exist.
    pub(crate) const fn file(path: &'static str, packages: &'static str, name: &'static str) -> Self {
        Self { name, found: |path| Path::new(path).exists(), program: path, packages }
    }

    fn is_met(&self) -> bool {
        (self.found)(self.program)
    }
}

/// Installs what of `needs` is missing, in one go; says the command where it may not.
pub(crate) fn all(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|need| need.name).collect::<Vec<_>>().join("; ");
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages.split(' ')).collect();
    let by_hand = format!("apt-get install {}", packages.join(" "));

    let Some(administrator) = administrator() else {
        bail!("missing on this machine: {names}. Install it (on Debian: sudo {by_hand}) and start again");
    };
    say::line(format_args!("missing: {names}"));
    say::line(format_args!("installing: {by_hand}"));
    apt_get(&administrator, &["update", "--quiet=2"])?;
    let mut install = vec!["install", "--yes", "--quiet=2", "--no-install-recommends"];
    install.extend(&packages);
    apt_get(&administrator, &install)?;
    match missing.iter().find(|need| !need.is_met()) {
        Some(need) => bail!("{by_hand} ran, but {} is still missing ({})", need.name, need.program),
        None => Ok(()),
    }
}

/// How to run apt-get here: the words before it, or nothing where it may not be run.
fn administrator() -> Option<Vec<&'static str>> {
    tool::find("apt-get")?;
    if tool::answer(Command::new("id").arg("-u")).as_deref() == Some("0") {
        return Some(vec![]);
    }
    tool::succeeds(Command::new("sudo").args(["-n", "true"])).then(|| vec!["sudo", "-n"])
}

fn apt_get(administrator: &[&str], arguments: &[&str]) -> Result<()> {
    let mut words = administrator.to_vec();
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    words.extend(arguments);
    // apt-get tells of every package on its output; what matters comes on its error stream.
    tool::run(Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_needs_nothing() {
        all(&[Need::program("sh", "dash", "shell"), Need::file("/", "base-files", "root")]).unwrap();
        assert!(!Need::program("no-such-program", "none", "nothing").is_met());
        assert!(!Need::file("/no/such/file", "none", "nothing").is_met());
    }
}
