//! [`ProcessSpec`]: a start request, checked. Nothing checks its command, directory, environment
//! or label again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use persistproc_api::Problem;
use persistproc_api::environment::Environment;
use persistproc_api::fnv;
use persistproc_api::handover::HandoverOffer;
use persistproc_api::launch::Launch;
use persistproc_api::limits::{self, SoftLimits};
use persistproc_api::problem::NextStep;
use persistproc_api::raw_bytes::RawBytes;
use persistproc_api::start::{Command, StartRequest};
use persistproc_api::words::{join_raw_words, join_words};
use serde_json::json;

/// Characters that make a line need a shell.
const SHELL_SYNTAX: &[char] =
    &['|', '&', ';', '<', '>', '(', ')', '$', '`', '*', '?', '[', '~', '{', '\n', '#'];

const MAX_LABEL_BYTES: usize = 300;

/// The most bytes of the command in a label that is made from it.
const MAX_LABEL_COMMAND_BYTES: usize = 1000;

const MAX_UMASK: u32 = 0o777;

/// What to run.
#[derive(Clone, Debug)]
pub struct ProcessSpec {
    /// The settings of the process. Its environment is added to the inherited one.
    pub launch: Launch,
    /// If absent, the request is about the process with this command and directory.
    pub label: Option<String>,
    pub inherit_environment: bool,
    /// The client's own environment, if the process has none yet.
    pub client_environment: Option<Environment>,
    /// What the client hands over, if the request starts a run.
    pub handover: Option<HandoverOffer>,
}

impl ProcessSpec {
    /// Checks a request.
    pub fn new(request: StartRequest) -> Result<Self, Problem> {
        let StartRequest {
            mut launch,
            label,
            inherit_environment,
            client_environment,
            handover,
            ..
        } = request;
        enter_directory(&mut launch);
        let words = raw_words(&launch)?;
        let mut launch = launch.with_command(Vec::new());
        launch.set_words(&words);
        let is_handed = handover.as_ref().is_some_and(|offer| offer.working_directory);
        let directory = directory(&launch.directory(), is_handed)?;
        launch.set_directory(&directory);
        if let Some(label) = &label {
            check_label(label)?;
        }
        check_environment("environment", &launch.environment)?;
        if let Some(environment) = &client_environment {
            check_environment("client_environment", environment)?;
        }
        check_umask(launch.umask)?;
        check_limits("limits", &launch.limits)?;
        check_limits("inherited.hard_limits", &launch.inherited.hard_limits)?;
        launch.settle_streams();
        Ok(Self { launch, label, inherit_environment, client_environment, handover })
    }

    /// The label of the process: the given one, or `<command> in <working directory>`. With a number
    /// above 1, that of another process for the same request.
    pub fn label(&self, number: u32) -> String {
        let suffix = if number > 1 { format!(" ({number})") } else { String::new() };
        if let Some(label) = &self.label {
            return format!("{label}{suffix}");
        }
        let Launch { command, working_directory, .. } = &self.launch;
        let command = match &self.launch.command_base64 {
            Some(_) => join_raw_words(&self.launch.words()),
            None => shown(command),
        };
        let command = shortened(command);
        match &self.launch.working_directory_base64 {
            Some(path) => {
                format!("{command}{suffix} in {}", join_raw_words(&[path.to_os_string()]))
            }
            None => format!("{command}{suffix} in {}", working_directory.display()),
        }
    }
}

/// A command as a part of a label. A long one is cut; its hash tells it from others that begin like it.
fn shortened(command: String) -> String {
    if command.len() <= MAX_LABEL_COMMAND_BYTES {
        return command;
    }
    let mut end = MAX_LABEL_COMMAND_BYTES;
    while !command.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… ({:08x})", &command[..end], fnv::hash_32(command.as_bytes()))
}

/// A command as people type it. A command line that was given to a shell is shown as that line.
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
        return Err(Problem::parameter("command", "contains a NUL byte"));
    }
    Ok(words)
}

/// [`words`], or the bytes of words that are not UTF-8.
fn raw_words(launch: &Launch<Command>) -> Result<Vec<OsString>, Problem> {
    let text = words(&launch.command)?;
    let Some(bytes) = &launch.command_base64 else {
        return Ok(text.into_iter().map(OsString::from).collect());
    };
    if !matches!(launch.command, Command::Words(_)) || bytes.len() != text.len() {
        return Err(Problem::parameter("command_base64", "does not have the words of `command`")
            .hint("Give both as lists of the same length, or `command` alone."));
    }
    if bytes.iter().any(|word| word.as_slice().contains(&0)) {
        return Err(Problem::parameter("command_base64", "contains a NUL byte"));
    }
    Ok(bytes.iter().map(RawBytes::to_os_string).collect())
}

/// Takes a leading `cd DIRECTORY &&` of a line for the working directory, so that the same command in
/// that directory is the same process. A directory that does not exist is left to the shell.
fn enter_directory(launch: &mut Launch<Command>) {
    let Command::Line(line) = &launch.command else { return };
    let Some((directory, rest)) = split_cd(line) else { return };
    let directory = launch.directory().join(directory);
    if directory.is_dir() {
        let rest = rest.to_owned();
        launch.set_directory(&directory);
        launch.command = Command::Line(rest);
    }
}

/// The directory and the rest of `cd DIRECTORY && rest`. `None` where a shell would do more: with an
/// expansion, or if a part of the rest runs outside of the directory.
fn split_cd(line: &str) -> Option<(String, &str)> {
    let rest = line.trim_start().strip_prefix("cd")?;
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let (directory, rest) = rest.split_once("&&")?;
    let rest = rest.trim();
    let [directory] = <[String; 1]>::try_from(shell_words::split(directory).ok()?).ok()?;
    let is_plain = !directory.starts_with(['-', '~']) && !needs_shell(&directory);
    // `cd a && b & c` runs c in the first directory.
    let without_and = rest.replace("&&", "").replace(">&", "").replace("&>", "");
    let has_job = without_and.trim_end_matches('&').contains('&');
    (is_plain && !has_job && !rest.is_empty()).then_some((directory, rest))
}

/// Whether a shell would do more with a line than split it into words: operators, expansions
/// outside of single quotes, or an assignment in front of the command.
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

/// The working directory with links resolved. One that is handed over need not exist any more under
/// its name.
fn directory(path: &Path, is_handed: bool) -> Result<PathBuf, Problem> {
    if !path.is_absolute() {
        let predicate = format!("is not an absolute path: {:?}", path.display().to_string());
        return Err(Problem::parameter("working_directory", predicate)
            .hint(NextStep::example("working_directory", "/home/me/project")));
    }
    match path.canonicalize() {
        Ok(found) if found.is_dir() => Ok(found),
        _ if is_handed => Ok(path.to_owned()),
        _ => Err(Problem::directory_missing(path)),
    }
}

pub(crate) fn check_environment(
    parameter: &'static str,
    environment: &Environment,
) -> Result<(), Problem> {
    let Some(name) = environment.invalid_name() else { return Ok(()) };
    let predicate = format!("cannot have the variable {name:?}");
    Err(Problem::parameter(parameter, predicate).hint(
        NextStep::from("A name is not empty and has no `=`; neither a name nor a value has a NUL.")
            .then(NextStep::example(parameter, json!({ "PORT": "3000" }))),
    ))
}

fn check_umask(umask: Option<u32>) -> Result<(), Problem> {
    let Some(mask) = umask.filter(|mask| *mask > MAX_UMASK) else { return Ok(()) };
    let predicate = format!("cannot be {mask}: it is larger than 511 (0777)");
    Err(Problem::parameter("umask", predicate)
        .hint(NextStep::example("umask", 18).then("18 is 022.")))
}

fn check_limits(parameter: &str, limits: &SoftLimits) -> Result<(), Problem> {
    let is_unknown = |name: &&String| !limits::names().any(|known| known == *name);
    let Some(name) = limits.keys().find(is_unknown) else { return Ok(()) };
    let known = limits::names().collect::<Vec<_>>().join("`, `");
    let predicate = format!("cannot have {name:.60?}: there is no such limit");
    Err(Problem::parameter(parameter, predicate).hint(format!("The limits are `{known}`.")))
}

pub(crate) fn check_label(label: &str) -> Result<(), Problem> {
    let problem = if label.trim().is_empty() {
        "it is empty".to_owned()
    } else if label.len() > MAX_LABEL_BYTES {
        format!("it is longer than {MAX_LABEL_BYTES} bytes")
    } else if label.chars().any(char::is_control) {
        "it has control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(Problem::parameter("label", format!("cannot be {label:.60?}: {problem}"))
        .hint(NextStep::example("label", "web")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leading_cd_is_the_directory() {
        let split = |line| split_cd(line).map(|(directory, rest)| format!("{directory}|{rest}"));
        for (line, found) in [
            ("cd web && npm run dev", "web|npm run dev"),
            ("  cd  'my app'  && npm run dev 2>&1 | cat", "my app|npm run dev 2>&1 | cat"),
            ("cd /srv/a && a && b &", "/srv/a|a && b &"),
        ] {
            assert_eq!(split(line).as_deref(), Some(found), "{line}");
        }
        for line in [
            "cd",
            "cd web",
            "cd && ls",
            "cd web; ls",
            "cd $HOME && ls",
            "cd ~/a && ls",
            "cd - && ls",
            "cd a && b & c",
            "cdrecord a && b",
        ] {
            assert_eq!(split(line), None, "{line}");
        }
    }

    #[test]
    fn a_line_gets_a_shell_if_it_needs_one() {
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
}
