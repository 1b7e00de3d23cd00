//! The text of a startup file: which lines load the integration, and the text with our line added,
//! replaced or removed.

use crate::args::InitShell;

/// How a line of a startup file relates to the integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// The line that `--install` writes, or that the README shows, and nothing else on it.
    Ours,
    /// Loads the integration, but was customized or is part of a block.
    Custom,
    /// Does not load the integration.
    Other,
}

pub(super) fn classify(line: &str, shell: InitShell) -> LineKind {
    let call = format!("persistproc init {}", shell.name());
    if line.trim_start().starts_with('#') || !line.contains(&call) {
        return LineKind::Other;
    }
    match flags_of_call(line.trim_end(), &call, shell) {
        Some(flags) if are_only_flags(flags) => LineKind::Ours,
        _ => LineKind::Custom,
    }
}

/// The text between `call` and the end of the statement that loads its output.
fn flags_of_call<'a>(line: &'a str, call: &str, shell: InitShell) -> Option<&'a str> {
    let statement = line
        .strip_prefix("if command -v persistproc >/dev/null; then ")
        .and_then(|rest| rest.strip_suffix("; fi"))
        .or_else(|| line.strip_prefix("command -q persistproc; and "))
        .unwrap_or(line);
    if shell == InitShell::Fish {
        statement.strip_prefix(call)?.strip_suffix(" | source")
    } else {
        statement.strip_prefix("eval \"$(")?.strip_prefix(call)?.strip_suffix(")\"")
    }
}

/// Whether the text holds flags only: all quotes closed, and no operator that starts another
/// command.
fn are_only_flags(text: &str) -> bool {
    let Ok(words) = shell_words::split(text) else { return false };
    let Some(first) = words.first() else { return true };
    first.starts_with("--") && !outside_quotes(text).contains([';', '&', '|', '$', '`'])
}

/// The parts of a text that are outside single quotes.
fn outside_quotes(text: &str) -> String {
    text.split('\'').step_by(2).collect()
}

/// The text with `line` in place of our line, or at the end if there is none; with `None`, without
/// our line. All other text is kept, line endings included.
pub(super) fn with_line(text: &str, shell: InitShell, line: Option<&str>) -> String {
    let mut line = line;
    let mut new = String::new();
    for old in text.split_inclusive('\n') {
        let end = &old[old.trim_end_matches(['\r', '\n']).len()..];
        if classify(old, shell) != LineKind::Ours {
            new.push_str(old);
        } else if let Some(line) = line.take() {
            new.push_str(line);
            new.push_str(if end.is_empty() { "\n" } else { end });
        }
    }
    if let Some(line) = line {
        if !new.is_empty() && !new.ends_with('\n') {
            new.push('\n');
        }
        // A trailing backslash would join our line to the last one.
        if new.ends_with("\\\n") {
            new.push('\n');
        }
        new.push_str(line);
        new.push('\n');
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_bash_line(text: &str, line: Option<&str>) -> String {
        with_line(text, InitShell::Bash, line)
    }

    #[test]
    fn our_line_is_added_replaced_and_removed() {
        let ours = "eval \"$(persistproc init bash)\"";
        assert_eq!(with_bash_line("", Some(ours)), format!("{ours}\n"));
        assert_eq!(with_bash_line("a\nb", Some(ours)), format!("a\nb\n{ours}\n"));
        assert_eq!(with_bash_line("a \\\n", Some(ours)), format!("a \\\n\n{ours}\n"));
        let text = format!("a\r\n{ours}\r\n# persistproc init bash\nb\n");
        assert_eq!(with_bash_line(&text, Some(ours)), text, "adding it twice changes nothing");
        let other = "eval \"$(persistproc init bash --cmd p --wrap 'a; b')\"";
        assert_eq!(with_bash_line(&text, Some(other)), text.replace(ours, other));
        assert_eq!(
            with_bash_line(&text.replace(ours, other), None),
            "a\r\n# persistproc init bash\nb\n"
        );
        assert_eq!(with_bash_line("a", None), "a");
        assert_eq!(with_bash_line(&format!("{ours}\n"), None), "");
    }

    #[test]
    fn a_line_that_does_more_than_load_the_integration_is_custom() {
        let ours = "eval \"$(persistproc init bash)\"";
        let guarded = format!("if command -v persistproc >/dev/null; then {ours}; fi");
        assert_eq!(classify(&guarded, InitShell::Bash), LineKind::Ours);
        for custom in [
            &format!("alias x=1; {ours}; export Y=2"),
            &format!("command -v persistproc && {ours} && export PATH=/x"),
            &format!("  {ours}"),
            &format!("{ours}; eval \"$(x)\""),
            "eval \"$(persistproc init bash; x)\"",
        ] {
            assert_eq!(classify(custom, InitShell::Bash), LineKind::Custom, "{custom}");
        }
        let fish = "command -q persistproc; and persistproc init fish --cmd p | source";
        assert_eq!(classify(fish, InitShell::Fish), LineKind::Ours);
        assert_eq!(classify(&format!("{fish}; x"), InitShell::Fish), LineKind::Custom);
    }
}
