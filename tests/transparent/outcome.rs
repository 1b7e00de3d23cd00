//! `Outcome`: all that a row leaves behind on one side: screens, files, the terminal's settings,
//! processes. Two outcomes are compared and printed side by side.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::row::{PREFIX, Row};

/// The state of a terminal at one moment, masked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shot {
    pub(super) text: String,
    /// The cursor and the modes that tmux knows.
    pub(super) modes: String,
}

/// One side of a row.
#[derive(Clone, Default)]
pub(super) struct Outcome {
    pub(super) shots: Vec<Shot>,
    /// Why the row could not be played to its end.
    pub(super) broken: Option<String>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// `stty -a` at the prompt afterwards.
    pub(super) settings: String,
    /// The command lines of processes that were left.
    pub(super) left: Vec<String>,
}

impl Outcome {
    /// What differs; empty if nothing does.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(broken) = &other.broken {
            found.push(format!("under pp: {broken}"));
        }
        for (at, (one, two)) in self.shots.iter().zip(&other.shots).enumerate() {
            if one.text != two.text {
                let sides = side_by_side(&one.text, &two.text);
                found.push(format!("screen {} of {}:\n{sides}", at + 1, self.shots.len()));
            }
            if one.modes != two.modes {
                let sides = side_by_side(&one.modes, &two.modes);
                found.push(format!("terminal at screen {}:\n{sides}", at + 1));
            }
        }
        if other.broken.is_some() {
            return found;
        }
        let names = self.files.keys().chain(other.files.keys());
        let mut names: Vec<&String> = names.collect();
        names.sort();
        names.dedup();
        for name in names {
            let text = |outcome: &Self| match outcome.files.get(name) {
                Some(bytes) => visible(bytes),
                None => "(no such file)".to_owned(),
            };
            if self.files.get(name) != other.files.get(name) {
                found.push(format!("file {name}:\n{}", side_by_side(&text(self), &text(other))));
            }
        }
        if self.settings != other.settings {
            let sides = side_by_side(&self.settings, &other.settings);
            found.push(format!("stty -a afterwards:\n{sides}"));
        }
        if self.left != other.left {
            let sides = side_by_side(&self.left.join("\n"), &other.left.join("\n"));
            found.push(format!("processes left:\n{sides}"));
        }
        found
    }
}

/// The files below a folder: their names, modes and contents.
pub(super) fn files(folder: &Path, row: &Row) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let prefixed = row.files.iter().filter(|(_, text, _)| text.contains(PREFIX));
    let mut ignored: Vec<&str> = prefixed.map(|(name, ..)| *name).collect();
    ignored.extend(&row.ignored_files);
    collect(folder, "", &ignored, &mut found);
    for bytes in found.values_mut() {
        if let Ok(text) = std::str::from_utf8(bytes) {
            *bytes = masked(text, row).into_bytes();
        }
    }
    found
}

fn collect(folder: &Path, prefix: &str, ignored: &[&str], found: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let Ok(facts) = fs::symlink_metadata(&path) else { continue };
        let mode = facts.permissions().mode();
        let is_ignored = ignored.iter().any(|pattern| match pattern.strip_suffix('/') {
            Some(folder) => facts.is_dir() && folder == name,
            None => *pattern == name,
        });
        if is_ignored {
            continue;
        }
        if facts.is_dir() {
            collect(&path, &format!("{name}/"), ignored, found);
        } else if facts.is_file() {
            found.insert(name, fs::read(&path).unwrap_or_default());
        } else {
            found.insert(name, format!("mode {mode:o}").into_bytes());
        }
    }
}

/// The text without what differs between two bare runs.
pub(super) fn masked(text: &str, row: &Row) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in &row.masks {
        text = pattern.replace_all(&text, *name).into_owned();
    }
    if row.asks() {
        text = without_question(&text);
    }
    let lines = text.lines().filter(|line| !line.starts_with("PERSISTPROC_"));
    let lines: Vec<String> = lines.map(without_tty).collect();
    let end = if text.ends_with('\n') { "\n" } else { "" };
    lines.join("\n") + end
}

/// The text without the question of `pp`, the key that it answers to, and empty lines.
fn without_question(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace("^C", "");
        line.split("Stop it?").next().unwrap_or_default().to_owned()
    });
    let kept = lines.filter(|line| !line.trim().is_empty());
    kept.map(|line| line + "\n").collect()
}

/// Replaces the number of a pseudo-terminal.
fn without_tty(line: &str) -> String {
    let mut parts = line.split("pts/");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        format!("{out}pts/N{rest}")
    })
}

/// Bytes as text; control characters apart from newlines are escaped.
fn visible(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let parts = text.chars().map(|c| match c {
        '\n' => "\n".to_owned(),
        c if c.is_control() => c.escape_debug().to_string(),
        c => c.to_string(),
    });
    parts.collect()
}

/// Two texts beside each other. `!` marks lines that differ.
fn side_by_side(one: &str, two: &str) -> String {
    const MOST_LINES: usize = 24;
    let (one, two) = (one.trim_end(), two.trim_end());
    let (one, two): (Vec<&str>, Vec<&str>) = (one.lines().collect(), two.lines().collect());
    let rows = one.len().max(two.len());
    let first = (0..rows).find(|at| one.get(*at) != two.get(*at)).unwrap_or(0);
    let start = first.saturating_sub(4);
    let shown = start..rows.min(start + MOST_LINES);
    let cell = |lines: &[&str], at: usize| lines.get(at).map_or("", |line| *line).to_owned();
    let width = shown.clone().map(|at| cell(&one, at).chars().count()).max().unwrap_or(0);
    let width = width.clamp(10, 90);
    let mut out = String::new();
    writeln!(out, "      {:width$} | under pp", "bare").unwrap();
    for at in shown {
        let mark = if one.get(at) == two.get(at) { ' ' } else { '!' };
        let left: String = cell(&one, at).chars().take(width).collect();
        let right: String = cell(&two, at).chars().take(110).collect();
        writeln!(out, "    {mark} {left:width$} | {right}").unwrap();
    }
    out
}
