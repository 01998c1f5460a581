//! The table that a start on a user folder of Node-RED prints: what was taken, what was not and why, and which node
//! types are missing.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use model::text::Text;

use super::{SCRIPT, UserFolder};
use crate::texts;

/// What a start made of a user folder.
pub(crate) struct Report<'a> {
    /// The folder.
    pub(crate) folder: &'a UserFolder,
    /// The file of the flows.
    pub(crate) flow_file: &'a Path,
    /// How many entries the flows have.
    pub(crate) entries: usize,
    /// How many nodes have credentials.
    pub(crate) with_credentials: usize,
    /// Whether a context store is in the files that Node-RED uses.
    pub(crate) has_context_files: bool,
    /// The node types that are missing, with their nodes.
    pub(crate) missing: &'a BTreeMap<&'a str, Vec<&'a str>>,
    /// Types that are switched off.
    pub(crate) disabled: &'a [String],
    /// For one of our settings its value, if it came from `settings.js`, or else why it is another.
    pub(crate) in_force: &'a dyn Fn(&str) -> Result<String, Text>,
}

/// How a row begins.
#[derive(Clone, Copy)]
enum Fate {
    Taken,
    Left,
    Missing,
}

/// The words of a row.
struct Line {
    fate: Fate,
    what: String,
    note: Text,
}

/// The table, a line each.
pub(crate) fn table(report: &Report<'_>) -> String {
    let mut lines = Vec::new();
    files(report, &mut lines);
    script(report, &mut lines);
    others(report, &mut lines);
    for (name, nodes) in report.missing {
        let note = match report.folder.module_of(name) {
            Some(module) => Text::key("node-red.module").with("module", module),
            None => Text::key("node-red.missing-type"),
        };
        lines.push(Line { fate: Fate::Missing, what: format!("{name} ({})", nodes.len()), note });
    }
    rendered(report.folder.folder(), &lines)
}

fn rendered(folder: &Path, lines: &[Line]) -> String {
    let width = lines.iter().map(|line| line.what.chars().count()).max().unwrap_or_default().min(48);
    let mut text = String::new();
    // Writing to a string cannot fail; so below.
    let head = Text::key("node-red.head").with("path", folder.display());
    let _ = writeln!(text, "{}", texts::render(&head));
    for line in lines {
        let fate = texts::render(&Text::key(match line.fate {
            Fate::Taken => "node-red.taken",
            Fate::Left => "node-red.left",
            Fate::Missing => "node-red.missing",
        }));
        let _ = writeln!(text, "  {fate:<10} {:<width$}  {}", line.what, texts::render(&line.note));
    }
    text
}

fn files(report: &Report<'_>, lines: &mut Vec<Line>) {
    let mut row = |fate, what: String, note| lines.push(Line { fate, what, note });
    let folder = report.folder.folder();
    let shown = |path: &Path| path.strip_prefix(folder).unwrap_or(path).display().to_string();
    let flows = match report.flow_file.exists() || report.entries > 0 {
        true => Text::key("node-red.flows").with("count", report.entries),
        false => Text::key("node-red.no-flow-file"),
    };
    row(Fate::Taken, shown(report.flow_file), flows);
    let credentials = UserFolder::credential_file(folder, report.flow_file);
    if credentials.exists() {
        let note = Text::key("node-red.credentials").with("count", report.with_credentials);
        row(Fate::Taken, shown(&credentials), note);
    }
    if folder.join("context").is_dir() {
        match report.has_context_files {
            true => row(Fate::Taken, "context/".into(), Text::key("node-red.context-files")),
            false => row(Fate::Left, "context/".into(), Text::key("node-red.context-unused")),
        }
    }
    if folder.join("lib").is_dir() {
        row(Fate::Taken, "lib/".into(), Text::key("node-red.library"));
    }
}

fn script(report: &Report<'_>, lines: &mut Vec<Line>) {
    if let Some(problem) = &report.folder.script_problem {
        lines.push(Line { fate: Fate::Left, what: SCRIPT.into(), note: problem.0.clone() });
    }
    for row in report.folder.rows(report.in_force) {
        let fate = if row.is_taken { Fate::Taken } else { Fate::Left };
        lines.push(Line { fate, what: format!("{SCRIPT}:{} {}", row.line, row.name), note: row.note });
    }
    let without = report.folder.without_counterpart();
    if !without.is_empty() {
        let what = format!("{SCRIPT} {}", without.join(", "));
        lines.push(Line { fate: Fate::Left, what, note: Text::key("node-red.no-counterpart") });
    }
}

fn others(report: &Report<'_>, lines: &mut Vec<Line>) {
    let folder = report.folder;
    let mut row = |fate, what: &str, note| lines.push(Line { fate, what: what.into(), note });
    for (name, reason) in &folder.unread {
        row(Fate::Left, name, Text::key("node-red.unreadable").with("reason", reason));
    }
    if !folder.all_user_settings().is_empty() {
        row(Fate::Taken, ".config.users.json", Text::key("node-red.user-settings"));
    }
    if !report.disabled.is_empty() {
        let note = Text::key("node-red.disabled").with("types", report.disabled.join(", "));
        row(Fate::Taken, ".config.nodes.json", note);
    }
    if let Some(project) = folder.active_project() {
        row(Fate::Left, ".config.projects.json", Text::key("node-red.projects").with("name", project));
    }
    if folder.folder().join(".sessions.json").exists() {
        row(Fate::Left, ".sessions.json", Text::key("node-red.sessions"));
    }
    if folder.folder().join("node_modules").is_dir() {
        row(Fate::Left, "node_modules/", Text::key("node-red.modules"));
    }
}
