//! [`with_managed_starts`]: the line with `persistproc start` in front of its dev servers. Everything else
//! stays as typed.

use super::parse;
use super::starts::{Background, Place, ServerStart, find_starts};

/// Words that depend on the jobs of the shell. A managed start is no job.
const JOB_WORDS: [&str; 5] = ["wait", "jobs", "fg", "bg", "disown"];

impl ServerStart {
    /// The command that starts the server through persistproc, with the `cd` in front.
    pub(super) fn call(&self, program: &str) -> String {
        let directory = self.directory.as_ref().map(|directory| format!("cd {directory} && "));
        format!("{}{}", directory.unwrap_or_default(), self.start(program))
    }

    fn start(&self, program: &str) -> String {
        let space = if self.assignments.is_empty() { "" } else { " " };
        format!("{}{space}{program} start {}", self.assignments, self.command)
    }
}

/// A replacement of characters.
struct TextEdit {
    start: usize,
    end: usize,
    text: String,
}

/// `None` if one of the servers cannot be replaced where it is.
pub(super) fn with_managed_starts(
    line: &str,
    starts: &[ServerStart],
    program: &str,
) -> Option<String> {
    if uses_jobs(line) {
        return None;
    }
    let characters: Vec<char> = line.chars().collect();
    let mut edits = Vec::new();
    let mut ends_of_background = Vec::new();
    for start in starts {
        let Place { start: from, end, background } = start.place?;
        edits.push(TextEdit { start: from, end, text: start.start(program) });
        if let Some(background) = background.filter(|b| !ends_of_background.contains(&b.end)) {
            ends_of_background.push(background.end);
            edits.extend(in_foreground(&characters, background)?);
        }
    }
    let rewritten = apply(&characters, edits);
    let remaining = find_starts(&parse(&rewritten)?);
    remaining.is_empty().then_some(rewritten)
}

fn uses_jobs(line: &str) -> bool {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c));
    line.contains("$!") || words.into_iter().any(|word| JOB_WORDS.contains(&word))
}

/// Removes the `&`: a start returns at once. Parentheses keep a `cd` inside from changing the directory of
/// the shell.
fn in_foreground(characters: &[char], background: Background) -> Option<Vec<TextEdit>> {
    let Background { start, end, is_unit } = background;
    let skip =
        |from: usize| (from..characters.len()).find(|at| !matches!(characters[*at], ' ' | '\t'));
    let at = skip(end)?;
    let is_operator = characters[at] == '&' && characters.get(at + 1) != Some(&'&');
    if !is_operator {
        return None;
    }
    let next = skip(at + 1).map(|next| characters[next]);
    let separator = match next {
        None | Some('\n' | ')' | '#') => "",
        Some(_) => ";",
    };
    let (open, close) = if is_unit { ("", "") } else { ("(", ")") };
    let text = format!("{close}{separator}");
    let open = TextEdit { start, end: start, text: open.to_owned() };
    Some(vec![open, TextEdit { start: end, end: at + 1, text }])
}

/// The characters with these replacements. Those at the same place are made in their order.
fn apply(characters: &[char], mut edits: Vec<TextEdit>) -> String {
    // An empty replacement opens parentheses in front of a command.
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut text = String::new();
    let mut at = 0;
    for edit in edits {
        text.extend(&characters[at..edit.start]);
        text.push_str(&edit.text);
        at = edit.end;
    }
    text.extend(&characters[at..]);
    text
}
