//! `init --install` and `--uninstall`: the one line in the file a shell reads when it starts. What
//! else is in there is nobody's business here.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use persistproc_api::Problem;
use serde_json::json;

use super::Wishes;
use crate::agents::file;
use crate::args::{InitArgs, InitShell};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, diff, words};

/// Permissions of a start-up file that was not there yet.
const FRESH: u32 = 0o644;

pub(super) fn run(wishes: &Wishes, args: &InitArgs, context: &Context) -> Outcome {
    let home = home()?;
    let path = start_up_file(wishes.shell, &home)?;
    let before = file::read(&path).map_err(by_hand(wishes))?;
    let line = (!args.uninstall).then(|| wishes.line());
    let after = with_line(&before, wishes.shell, line.as_deref());
    let changed = before != after;
    let kept = match changed && !args.dry_run {
        true => file::replace(&path, &before, &after, FRESH).map_err(by_hand(wishes))?,
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
        if file::read(file)?.lines().any(|line| loads(line, shell)) {
            return Ok(file.clone());
        }
    }
    let first = candidates.into_iter().next();
    first.ok_or_else(|| Problem::internal("this shell has no such file"))
}

/// Whether a line of a start-up file loads our script.
fn loads(line: &str, shell: InitShell) -> bool {
    let call = format!("persistproc init {}", shell.word());
    !line.trim_start().starts_with('#') && line.contains(&call)
}

/// The text with this line in the place of the one that loads it, or at the end; or without any.
fn with_line(text: &str, shell: InitShell, line: Option<&str>) -> String {
    let mut line = line;
    let mut lines: Vec<&str> = Vec::new();
    for old in text.lines() {
        match loads(old, shell) {
            true => lines.extend(line.take()),
            false => lines.push(old),
        }
    }
    lines.extend(line);
    let unended =
        !text.is_empty() && !text.ends_with('\n') && lines.last() == text.lines().last().as_ref();
    let mut text = lines.join("\n");
    if !text.is_empty() && !unended {
        text.push('\n');
    }
    text
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
        let text = format!("a\n{ours}\n# persistproc init bash\nb\n");
        assert_eq!(put(&text, Some(ours)), text, "twice is once");
        let other = "eval \"$(persistproc init bash --cmd p)\"";
        assert_eq!(put(&text, Some(other)), text.replace(ours, other));
        assert_eq!(put(&text, None), "a\n# persistproc init bash\nb\n");
        assert_eq!(put("a", None), "a");
        assert_eq!(put(&format!("{ours}\n"), None), "");
    }
}
