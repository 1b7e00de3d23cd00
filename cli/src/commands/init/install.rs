//! `init --install` and `--uninstall`: the one line in the file a shell reads when it starts. What
//! else is in there is nobody's business here.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use persistproc_api::Problem;
use serde_json::json;

use super::Wishes;
use crate::agents::config_file;
use crate::args::{InitArgs, InitShell};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, diff, words};

/// Permissions of a start-up file that was not there yet.
const FRESH: u32 = 0o644;

pub(super) fn run(wishes: &Wishes, args: &InitArgs, context: &Context) -> Outcome {
    let home = home()?;
    let path = start_up_file(wishes.shell, &home).map_err(by_hand(wishes))?;
    let before = config_file::read(&path).map_err(by_hand(wishes))?;
    check_theirs(&before, &path, wishes, args.uninstall)?;
    let line = (!args.uninstall).then(|| wishes.line());
    let after = with_line(&before, wishes.shell, line.as_deref());
    let changed = before != after;
    let kept = match changed && !args.dry_run {
        true => config_file::replace(&path, &before, &after, FRESH).map_err(by_hand(wishes))?,
        false => None,
    };
    let difference = diff::lines(&before, &after);
    if context.json() {
        render::json(&json!({
            "shell": wishes.shell.word(),
            "file": path,
            "changed": changed,
            "dry_run": args.dry_run,
            "diff": difference.join("\n"),
            "kept": kept,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let shown = words::directory(&path, Some(&home));
    let mut lines = vec![match (changed, args.dry_run, args.uninstall) {
        (false, _, false) => format!("{shown} loads it already."),
        (false, _, true) => format!("{shown} does not load it."),
        (true, true, _) => format!("This would change {shown}:"),
        (true, false, _) => format!("Changed {shown}:"),
    }];
    lines.extend(difference.iter().map(|line| format!("  {line}")));
    if let Some(kept) = kept {
        lines.push(format!("As it was before: {}", words::directory(&kept, Some(&home))));
    }
    if changed && !args.dry_run {
        let new = if args.uninstall { "does without" } else { "knows it" };
        lines.push(format!("A new {} {new}.", wishes.shell.word()));
    }
    render::lines(lines)?;
    Ok(ExitCode::SUCCESS)
}

impl Wishes {
    /// What a start-up file needs. Where persistproc is not installed it does nothing.
    fn line(&self) -> String {
        let (shell, flags) = (self.shell.word(), self.flags());
        match self.shell {
            InitShell::Bash | InitShell::Zsh => format!(
                "if command -v persistproc >/dev/null; then eval \"$(persistproc init {shell}{flags})\"; fi"
            ),
            // It reads all before it runs anything, so it gets a file: `super::nu`.
            InitShell::Nu => format!("persistproc init nu --install{flags}"),
            InitShell::Fish => {
                format!("command -q persistproc; and persistproc init {shell}{flags} | source")
            }
        }
    }
}

impl InitShell {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Nu => "nu",
        }
    }
}

fn home() -> Result<PathBuf, Problem> {
    set("HOME").ok_or_else(|| {
        Problem::invalid("HOME is not set, and shells read their start-up files there.")
            .hint("Set it, as in: HOME=/home/me persistproc init bash --install")
    })
}

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The file that loads it already, or else the one to write to.
fn start_up_file(shell: InitShell, home: &Path) -> Result<PathBuf, Problem> {
    let fish = || set("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")).join("fish");
    let candidates = match shell {
        // A terminal on macOS begins with a login shell.
        InitShell::Bash if cfg!(target_os = "macos") => {
            vec![home.join(".bash_profile"), home.join(".bashrc")]
        }
        InitShell::Bash => vec![home.join(".bashrc")],
        InitShell::Zsh => vec![set("ZDOTDIR").unwrap_or_else(|| home.to_owned()).join(".zshrc")],
        InitShell::Fish => vec![fish().join("conf.d/persistproc.fish"), fish().join("config.fish")],
        InitShell::Nu => vec![],
    };
    for file in &candidates {
        if config_file::read(file)?.lines().any(|line| of_line(line, shell) != Line::Other) {
            return Ok(file.clone());
        }
    }
    let first = candidates.into_iter().next();
    first.ok_or_else(|| Problem::internal("this shell has no such file"))
}

/// What a line of a start-up file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// The one that we write, or that the README shows: it stands alone and is all ours.
    Ours,
    /// Somebody's own, which loads the script among other things or in a block.
    Theirs,
    /// It has nothing to do with us.
    Other,
}

fn of_line(line: &str, shell: InitShell) -> Line {
    let call = format!("persistproc init {}", shell.word());
    if line.trim_start().starts_with('#') || !line.contains(&call) {
        return Line::Other;
    }
    let line = line.trim_end();
    let bare = line
        .strip_prefix("if command -v persistproc >/dev/null; then ")
        .and_then(|rest| rest.strip_suffix("; fi"))
        .or_else(|| line.strip_prefix("command -q persistproc; and "))
        .unwrap_or(line);
    let flags = match shell {
        InitShell::Fish => bare.strip_prefix(&call).and_then(|rest| rest.strip_suffix(" | source")),
        _ => bare
            .strip_prefix("eval \"$(")
            .and_then(|rest| rest.strip_prefix(&call))
            .and_then(|rest| rest.strip_suffix(")\"")),
    };
    // One call with its flags: every quote closed, and nothing that ends it and begins another.
    let only_flags = |flags: &str| {
        let words = shell_words::split(flags).unwrap_or_else(|_| vec![";".to_owned()]);
        words.is_empty()
            || words[0].starts_with("--") && !unquoted(flags).contains([';', '&', '|', '$', '`'])
    };
    match flags {
        Some(flags) if only_flags(flags) => Line::Ours,
        _ => Line::Theirs,
    }
}

/// What of a text stands outside of single quotes.
fn unquoted(text: &str) -> String {
    text.split('\'').step_by(2).collect()
}

/// The text with this line in the place of ours, or at the end; or without any. Nothing else in
/// it changes, not even its line ends.
fn with_line(text: &str, shell: InitShell, line: Option<&str>) -> String {
    let mut line = line;
    let mut new = String::new();
    for old in text.split_inclusive('\n') {
        let end = &old[old.trim_end_matches(['\r', '\n']).len()..];
        if of_line(old, shell) != Line::Ours {
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
        // A last line that goes on must not go on into ours.
        if new.ends_with("\\\n") {
            new.push('\n');
        }
        new.push_str(line);
        new.push('\n');
    }
    new
}

/// A line that somebody made of ours is theirs to change.
fn check_theirs(text: &str, path: &Path, wishes: &Wishes, uninstall: bool) -> Result<(), Problem> {
    let mut lines = text.lines().enumerate();
    let Some((at, line)) = lines.find(|(_, line)| of_line(line, wishes.shell) == Line::Theirs)
    else {
        return Ok(());
    };
    let (shown, number) = (path.display(), at + 1);
    let message = format!("Line {number} of {shown} loads it in a way of its own: {}", line.trim());
    let hint = match uninstall {
        true => "Nothing was changed. Take it out of there yourself.".to_owned(),
        false => format!(
            "Nothing was changed. Change that line yourself, or put this in its place: {}",
            wishes.line()
        ),
    };
    Err(Problem::invalid(message).hint(hint))
}

fn by_hand(wishes: &Wishes) -> impl Fn(Problem) -> Problem {
    let line = wishes.line();
    move |problem| {
        problem.hint(format!("Nothing was changed. The line to write there yourself: {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_comes_changes_and_goes() {
        let put = |text, line| with_line(text, InitShell::Bash, line);
        let ours = "eval \"$(persistproc init bash)\"";
        assert_eq!(put("", Some(ours)), format!("{ours}\n"));
        assert_eq!(put("a\nb", Some(ours)), format!("a\nb\n{ours}\n"));
        assert_eq!(put("a \\\n", Some(ours)), format!("a \\\n\n{ours}\n"));
        let text = format!("a\r\n{ours}\r\n# persistproc init bash\nb\n");
        assert_eq!(put(&text, Some(ours)), text, "twice is once");
        let other = "eval \"$(persistproc init bash --cmd p --wrap 'a; b')\"";
        assert_eq!(put(&text, Some(other)), text.replace(ours, other));
        assert_eq!(
            with_line(&text.replace(ours, other), InitShell::Bash, None),
            "a\r\n# persistproc init bash\nb\n"
        );
        assert_eq!(put("a", None), "a");
        assert_eq!(put(&format!("{ours}\n"), None), "");
    }

    #[test]
    fn a_line_that_is_more_than_ours_is_theirs() {
        let ours = "eval \"$(persistproc init bash)\"";
        let guarded = format!("if command -v persistproc >/dev/null; then {ours}; fi");
        assert_eq!(of_line(&guarded, InitShell::Bash), Line::Ours);
        for theirs in [
            &format!("alias x=1; {ours}; export Y=2"),
            &format!("command -v persistproc && {ours} && export PATH=/x"),
            &format!("  {ours}"),
            &format!("{ours}; eval \"$(x)\""),
            "eval \"$(persistproc init bash; x)\"",
        ] {
            assert_eq!(of_line(theirs, InitShell::Bash), Line::Theirs, "{theirs}");
        }
        let fish = "command -q persistproc; and persistproc init fish --cmd p | source";
        assert_eq!(of_line(fish, InitShell::Fish), Line::Ours);
        assert_eq!(of_line(&format!("{fish}; x"), InitShell::Fish), Line::Theirs);
    }
}
