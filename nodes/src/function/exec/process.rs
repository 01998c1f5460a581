//! A process of the operating system, and all that it starts.

use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, ChildStderr, ChildStdout, Command};

/// A running process; dropping it ends it and what it started.
pub(super) struct Process {
    child: Child,
    id: Option<u32>,
    has_ended: bool,
}

/// How a process ended.
pub(super) struct Ended {
    /// None when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it, such as `SIGTERM`.
    pub signal: Option<String>,
}

impl Process {
    /// Runs a line in the shell: bash where there is one, as Node-RED does.
    pub(super) fn shell(line: &str, hides_window: bool) -> io::Result<Self> {
        let mut command = if cfg!(windows) {
            let mut command = Command::new("cmd.exe");
            command.args(["/d", "/s", "/c", line]);
            command
        } else {
            let has_bash = cfg!(target_os = "linux") && std::path::Path::new("/bin/bash").exists();
            let mut command = Command::new(if has_bash { "/bin/bash" } else { "/bin/sh" });
            command.args(["-c", line]);
            command
        };
        Self::start(&mut command, hides_window)
    }

    /// Runs a program with these arguments.
    pub(super) fn program(program: &str, arguments: &[String], hides_window: bool) -> io::Result<Self> {
        Self::start(Command::new(program).args(arguments), hides_window)
    }

    fn start(command: &mut Command, hides_window: bool) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(engine::env::is_hidden))
        {
            command.env_remove(name);
        }
        // A group of its own, so that what it starts can be ended with it.
        #[cfg(unix)]
        command.process_group(0);
        #[cfg(windows)]
        if hides_window {
            /// CREATE_NO_WINDOW, from Microsoft's "Process Creation Flags".
            const NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(NO_WINDOW);
        }
        #[cfg(not(windows))]
        let _ = hides_window;
        let child = command.spawn()?;
        let id = child.id();
        Ok(Self { child, id, has_ended: false })
    }

    pub(super) fn id(&self) -> u32 {
        self.id.unwrap_or_default()
    }

    /// What it writes; once.
    pub(super) fn output(&mut self) -> Option<(ChildStdout, ChildStderr)> {
        self.child.stdout.take().zip(self.child.stderr.take())
    }

    /// Waits for its end. Safe to cancel.
    pub(super) async fn wait(&mut self) -> io::Result<Ended> {
        let status = self.child.wait().await?;
        self.has_ended = true;
        Ok(Ended { code: status.code(), signal: signal_of(status) })
    }

    /// Sends a signal, such as `SIGTERM`, to it and what it started; an unknown one is taken for that.
    #[cfg(unix)]
    pub(super) fn signal(&mut self, name: &str) {
        use rustix::process::{Pid, kill_process_group};
        let signal = SIGNALS.iter().find(|(known, _)| *known == name).map_or(SIGNALS[0].1, |found| found.1);
        if let Some(id) = self.id.and_then(|id| Pid::from_raw(id as i32)).filter(|_| !self.has_ended) {
            // It may have ended this moment.
            let _ = kill_process_group(id, signal);
        }
    }

    /// There are no signals here: it is ended.
    #[cfg(not(unix))]
    pub(super) fn signal(&mut self, _name: &str) {
        let _ = self.child.start_kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("SIGKILL");
    }
}

#[cfg(unix)]
const SIGNALS: &[(&str, rustix::process::Signal)] = &[
    ("SIGTERM", rustix::process::Signal::TERM),
    ("SIGKILL", rustix::process::Signal::KILL),
    ("SIGINT", rustix::process::Signal::INT),
    ("SIGHUP", rustix::process::Signal::HUP),
    ("SIGQUIT", rustix::process::Signal::QUIT),
    ("SIGABRT", rustix::process::Signal::ABORT),
    ("SIGALRM", rustix::process::Signal::ALARM),
    ("SIGPIPE", rustix::process::Signal::PIPE),
    ("SIGUSR1", rustix::process::Signal::USR1),
    ("SIGUSR2", rustix::process::Signal::USR2),
    ("SIGSTOP", rustix::process::Signal::STOP),
    ("SIGCONT", rustix::process::Signal::CONT),
];

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    let number = status.signal()?;
    let known = SIGNALS.iter().find(|(_, signal)| signal.as_raw() == number);
    Some(known.map_or_else(|| format!("SIG{number}"), |(name, _)| (*name).to_owned()))
}

#[cfg(not(unix))]
fn signal_of(_status: ExitStatus) -> Option<String> {
    None
}
