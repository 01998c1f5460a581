//! A private PostgreSQL server for tests: its own data in a temporary folder, an own port on loopback.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The server; dropping it stops it and removes its data.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    /// PostgreSQL refuses to run as root.
    user: Option<u32>,
}

impl Cluster {
    /// Makes and starts one.
    pub(crate) fn start_new() -> Self {
        let programs = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|version| version.path().join("bin"))
            .filter(|programs| programs.join("initdb").exists())
            .max()
            .expect("PostgreSQL is needed for this test; install it with: sudo apt-get install postgresql");
        let folder = TempDir::new().unwrap();
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let user = is_root.then(unprivileged_user);
        if let Some(user) = user {
            chown(folder.path(), Some(user), None).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Self { programs, folder, port, user };
        cluster.run("initdb", &["--no-sync", "-A", "trust", "-U", "wireloom", "-E", "UTF8", "--no-locale"]);
        cluster.start();
        cluster
    }

    /// Its `wireloom` user's database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://wireloom@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, again after [`Self::stop`].
    pub(crate) fn start(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=20",
            self.port
        );
        let log = self.data().join("log");
        self.run("pg_ctl", &["start", "-w", "-l", &log.to_string_lossy(), "-o", &options]);
    }

    /// Stops it as a crash would: connections are cut off.
    pub(crate) fn stop(&self) {
        self.run("pg_ctl", &["stop", "-w", "-m", "immediate"]);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.command(program, arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("-D").arg(self.data()).args(arguments).current_dir(Path::new("/"));
        // A server that kept these would keep the test's reader waiting.
        command.stdin(std::process::Stdio::null());
        if let Some(user) = self.user {
            command.uid(user);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl", &["stop", "-w", "-m", "immediate"]).output();
    }
}

/// The number of the user `postgres`, else of `nobody`.
fn unprivileged_user() -> u32 {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let number = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        line.split(':').nth(2)?.parse().ok()
    };
    number("postgres").or_else(|| number("nobody")).expect("a user without privileges")
}
