//! A start request, checked: words to execute, a directory that is there, an environment, a
//! name. Behind this door nothing is checked again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use persistproc_api::Problem;
use persistproc_api::limits::{self, SoftLimits};
use persistproc_api::problem::NextStep;
use persistproc_api::process::Size;
use persistproc_api::seconds::Seconds;
use persistproc_api::start::{Command, StartRequest};
use persistproc_api::words::join_words;
use serde_json::json;

/// What shows that a line needs a shell.
const SHELL_SYNTAX: &[char] =
    &['|', '&', ';', '<', '>', '(', ')', '$', '`', '*', '?', '[', '~', '{', '\n', '#'];

/// The longest label, in bytes.
const LONGEST_LABEL: usize = 300;

/// What to run, checked.
#[derive(Clone, Debug)]
pub struct ProcessSpec {
    pub command: Vec<String>,
    pub working_directory: PathBuf,
    /// As given; absent: whatever process has this command and directory.
    pub label: Option<String>,
    pub environment: BTreeMap<String, String>,
    pub inherit_environment: bool,
    pub tty: Option<Size>,
    pub stop_timeout: Option<Seconds>,
    pub umask: Option<u32>,
    pub limits: SoftLimits,
}

impl ProcessSpec {
    /// Checks a request.
    pub fn new(request: StartRequest) -> Result<Self, Problem> {
        let command = words(&request.command)?;
        let working_directory = directory(&request.working_directory)?;
        if let Some(label) = &request.label {
            check_label(label)?;
        }
        for (name, value) in &request.environment {
            if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                let predicate = format!("cannot have the variable {name:?}");
                return Err(Problem::parameter("environment", predicate).hint(
                    NextStep::from(
                        "A name is not empty and has no `=`; neither a name nor a value has a NUL.",
                    )
                    .then(NextStep::example("environment", json!({ "PORT": "3000" }))),
                ));
            }
        }
        if let Some(mask @ 0o1000..) = request.umask {
            let predicate = format!("cannot be {mask}: it is larger than 511 (0777)");
            return Err(Problem::parameter("umask", predicate)
                .hint(NextStep::example("umask", 18).then("18 is 022.")));
        }
        let unknown = |name: &&String| !limits::names().any(|known| known == *name);
        if let Some(name) = request.limits.keys().find(unknown) {
            let known = limits::names().collect::<Vec<_>>().join("`, `");
            let predicate = format!("cannot have {name:.60?}: there is no such limit");
            return Err(
                Problem::parameter("limits", predicate).hint(format!("The limits are `{known}`."))
            );
        }
        let StartRequest {
            label,
            environment,
            inherit_environment,
            tty,
            stop_timeout,
            umask,
            limits,
            ..
        } = request;
        Ok(Self {
            command,
            working_directory,
            label,
            environment,
            inherit_environment,
            tty,
            stop_timeout,
            umask,
            limits,
        })
    }

    /// The name this process has unless another was given.
    pub fn default_label(&self) -> String {
        format!("{} in {}", shown(&self.command), self.working_directory.display())
    }
}

/// A command as people would type it; a line for a shell as that line.
pub fn shown(command: &[String]) -> String {
    match command {
        [shell, flag, line] if shell == "sh" && flag == "-c" && needs_shell(line) => line.clone(),
        words => join_words(words),
    }
}

/// The words that a command is executed with.
pub fn words(command: &Command) -> Result<Vec<String>, Problem> {
    let words = match command {
        Command::Words(words) => words.clone(),
        Command::Line(line) if needs_shell(line) => vec!["sh".into(), "-c".into(), line.clone()],
        Command::Line(line) => shell_words::split(line).map_err(|_| {
            Problem::parameter("command", format!("has a quote that is never closed: {line:.200?}"))
                .hint("Close it, or give the command as a list of words.")
        })?,
    };
    if words.first().is_none_or(|word| word.is_empty()) {
        return Err(Problem::parameter("command", "is empty")
            .hint(NextStep::example("command", "npm run dev")));
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err(Problem::parameter("command", "has a NUL byte in it"));
    }
    Ok(words)
}

/// Whether a line means something else to a shell than its words: operators, expansions outside
/// of single quotes, or a variable set in front of it.
fn needs_shell(line: &str) -> bool {
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '\\') | (Some('"'), '\\') => {
                characters.next();
            }
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, _) if SHELL_SYNTAX.contains(&character) => return true,
            (Some('"'), '$' | '`') => return true,
            _ => {}
        }
    }
    line.split_whitespace().next().is_some_and(|word| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    })
}

fn directory(path: &Path) -> Result<PathBuf, Problem> {
    if !path.is_absolute() {
        let predicate = format!("is not an absolute path: {:?}", path.display().to_string());
        return Err(Problem::parameter("working_directory", predicate)
            .hint(NextStep::example("working_directory", "/home/me/project")));
    }
    match path.canonicalize() {
        Ok(found) if found.is_dir() => Ok(found),
        _ => Err(Problem::directory_missing(path)),
    }
}

fn check_label(label: &str) -> Result<(), Problem> {
    let problem = if label.trim().is_empty() {
        "it is empty"
    } else if label.len() > LONGEST_LABEL {
        "it is longer than 300 bytes"
    } else if label.chars().any(char::is_control) {
        "it has control characters"
    } else {
        return Ok(());
    };
    Err(Problem::parameter("label", format!("cannot be {label:.60?}: {problem}"))
        .hint(NextStep::example("label", "web")))
}

/// A short stable handle: the folder's and the command's words, with a number when it is taken.
pub fn new_id(
    working_directory: &Path,
    command: &[String],
    longest: usize,
    taken: impl Fn(&str) -> bool,
) -> String {
    let folder = working_directory.file_name().map(|name| name.to_string_lossy().into_owned());
    let program = Path::new(command.first().map_or("", |word| word)).file_name();
    let program = program.map(|name| name.to_string_lossy().into_owned());
    let words = folder.into_iter().chain(program).chain(command.iter().skip(1).cloned());
    let base = slug(&words.collect::<Vec<_>>().join(" "), longest.min(40).saturating_sub(4));
    let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or(base)
}

fn slug(text: &str, longest: usize) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(longest);
    let slug = slug.trim_matches('-');
    // A number alone would be taken for a pid.
    if slug.is_empty() || slug.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("p-{slug}").trim_end_matches('-').to_owned();
    }
    slug.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gets_a_shell_only_when_it_needs_one() {
        for line in ["npm run dev", "echo 'a  b'", r"grep \$x file", "node -e 'a && b'", "a --b=c"]
        {
            assert!(!needs_shell(line), "{line}");
        }
        for line in [
            "a && b",
            "a | b",
            "echo $HOME",
            "echo \"$HOME\"",
            "FOO=1 cmd",
            "ls *.rs",
            "a; b",
            "cd x\nmake",
        ] {
            assert!(needs_shell(line), "{line}");
        }
    }

    #[test]
    fn ids_are_short_readable_and_never_numbers() {
        let id = |folder: &str, words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            new_id(Path::new(folder), &words, 64, |id| id == "todo-npm-run-dev")
        };
        assert_eq!(id("/home/me/todo", &["npm", "run", "dev"]), "todo-npm-run-dev-2");
        assert_eq!(id("/srv/Ünï", &["/usr/bin/node", "server.js"]), "n-node-server-js");
        assert_eq!(id("/", &["42"]), "p-42");
        assert_eq!(id("/", &["…"]), "p");
        assert!(id("/x", &["a".repeat(500).as_str()]).len() <= 64);
    }
}
