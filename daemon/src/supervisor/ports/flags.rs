//! [`port_arguments`]: what a command needs at its end so that its framework listens on a port.
//! Most servers read `PORT`; `FRAMEWORKS` lists those that ignore it. The framework is found in the
//! command, or in the script of `package.json` that the command runs.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// How deep scripts may call scripts.
const MAX_DEPTH: usize = 4;

/// Stands for the port in the flags of a framework.
const PORT: &str = "{port}";

/// A program that ignores `PORT`.
struct Framework {
    program: &'static str,
    /// The subcommands that serve. Empty: all but those in `others`.
    serving: &'static [&'static str],
    /// The subcommands that do not serve.
    others: &'static [&'static str],
    flags: &'static [&'static str],
}

const FRAMEWORKS: [Framework; 10] = [
    serving_by_default("vite", &["build", "optimize"], &["--port", PORT, "--strictPort"]),
    framework("astro", &["dev", "preview"], &["--port", PORT]),
    framework("ng", &["serve", "s", "dev"], &["--port", PORT]),
    framework("react-router", &["dev"], &["--port", PORT, "--strictPort"]),
    framework("remix", &["vite:dev"], &["--port", PORT, "--strictPort"]),
    framework("expo", &["start"], &["--port", PORT]),
    framework("react-native", &["start"], &["--port", PORT]),
    framework("webpack", &["serve", "server", "s"], &["--port", PORT]),
    serving_by_default("webpack-dev-server", &[], &["--port", PORT]),
    serving_by_default("vinxi", &["build"], &["--port", PORT]),
];

const fn framework(
    program: &'static str,
    serving: &'static [&'static str],
    flags: &'static [&'static str],
) -> Framework {
    Framework { program, serving, others: &[], flags }
}

const fn serving_by_default(
    program: &'static str,
    others: &'static [&'static str],
    flags: &'static [&'static str],
) -> Framework {
    Framework { program, serving: &[], others, flags }
}

impl Framework {
    fn serves(&self, arguments: &[String]) -> bool {
        let subcommand = arguments.iter().find(|word| !word.starts_with('-'));
        match subcommand {
            Some(word) if self.serving.is_empty() => !self.others.contains(&&**word),
            Some(word) => self.serving.contains(&&**word),
            None => self.serving.is_empty(),
        }
    }
}

/// A program that runs scripts of `package.json` or programs of the project.
struct PackageManager {
    program: &'static str,
    /// It keeps flags for itself unless they follow a `--`.
    needs_separator: bool,
    /// Its flags with a directory.
    directory_flags: &'static [&'static str],
    /// Its flags with another value.
    value_flags: &'static [&'static str],
}

const PACKAGE_MANAGERS: [PackageManager; 4] = [
    PackageManager {
        program: "npm",
        needs_separator: true,
        directory_flags: &["--prefix", "-C"],
        value_flags: &["--loglevel"],
    },
    PackageManager {
        program: "pnpm",
        needs_separator: false,
        directory_flags: &["-C", "--dir", "--prefix"],
        value_flags: &["--reporter", "--loglevel"],
    },
    PackageManager {
        program: "yarn",
        needs_separator: false,
        directory_flags: &["--cwd"],
        value_flags: &[],
    },
    PackageManager {
        program: "bun",
        needs_separator: false,
        directory_flags: &["--cwd"],
        value_flags: &["--env-file"],
    },
];

/// Flags that choose packages of a workspace: their script is not the one of this directory.
const WORKSPACE_FLAGS: [&str; 7] =
    ["-w", "--workspace", "--workspaces", "--filter", "-F", "-r", "--recursive"];

/// Words in front of a command that run it unchanged.
const WRAPPERS: [&str; 7] = ["env", "cross-env", "npx", "bunx", "dotenv", "exec", "time"];

/// What to append to a command, so that its framework listens on `port`. Empty if it reads `PORT`, if
/// it is unknown, or if the command chooses a port itself.
pub fn port_arguments(command: &[String], directory: &Path, port: u16) -> Vec<String> {
    let flags = match command {
        [shell, flag, line] if shell == "sh" && flag == "-c" => of_script(line, directory, 0),
        words => of_command(words, directory, 0),
    };
    let port = port.to_string();
    flags.unwrap_or_default().iter().map(|flag| flag.replace(PORT, &port)).collect()
}

/// Whether a command chooses a port by a flag: then it gets no other.
pub fn chooses_port(command: &[String]) -> bool {
    let words: Vec<&str> = command.iter().flat_map(|word| word.split_ascii_whitespace()).collect();
    let is_number = |word: &str| word.parse::<u16>().is_ok();
    let has_long = words.iter().any(|word| *word == "--port" || word.starts_with("--port="));
    // Other programs have a `-p` too.
    has_long || words.windows(2).any(|pair| pair[0] == "-p" && is_number(pair[1]))
}

fn is_port_flag(word: &str) -> bool {
    matches!(word.split_once('=').map_or(word, |(flag, _)| flag), "--port" | "-p")
}

/// The flags of a command line. Arguments reach the last of its commands.
fn of_script(script: &str, directory: &Path, depth: usize) -> Option<Vec<String>> {
    let last = script.rsplit(['&', '|', ';', '\n']).next()?.trim();
    if last.ends_with([')', '}', '`', '\\']) || last.contains('#') {
        return None;
    }
    of_command(&shell_words::split(last).ok()?, directory, depth)
}

fn of_command(words: &[String], directory: &Path, depth: usize) -> Option<Vec<String>> {
    let start = words.iter().position(|word| !is_prefix(word))?;
    let (program, arguments) = words.get(start..)?.split_first()?;
    let program = Path::new(program).file_name()?.to_str()?;
    if let Some(manager) = PACKAGE_MANAGERS.iter().find(|manager| manager.program == program) {
        return of_package_manager(manager, arguments, directory, depth);
    }
    let framework = FRAMEWORKS.iter().find(|framework| framework.program == program)?;
    if !framework.serves(arguments) || arguments.iter().any(|word| is_port_flag(word)) {
        return None;
    }
    Some(framework.flags.iter().map(|flag| (*flag).to_owned()).collect())
}

/// Whether a word stands in front of a command: an assignment, a wrapper, or a flag of a wrapper.
fn is_prefix(word: &str) -> bool {
    word.contains('=') || word.starts_with('-') || WRAPPERS.contains(&word)
}

fn of_package_manager(
    manager: &PackageManager,
    words: &[String],
    directory: &Path,
    depth: usize,
) -> Option<Vec<String>> {
    if depth >= MAX_DEPTH {
        return None;
    }
    let mut directory = directory.to_owned();
    let mut rest = words.iter();
    let mut names: Vec<String> = Vec::new();
    while let Some(word) = rest.next() {
        let flag = word.split_once('=').map_or(&**word, |(flag, _)| flag);
        if is_workspace_flag(word) {
            return None;
        } else if manager.directory_flags.contains(&flag) {
            let value = word.split_once('=').map(|(_, value)| value.to_owned());
            directory.push(value.or_else(|| rest.next().cloned())?);
        } else if manager.value_flags.contains(&flag) {
            rest.next();
        } else if !word.starts_with('-') {
            names.push(word.clone());
            let runs_next = matches!(&**word, "run" | "run-script" | "exec" | "x" | "dlx");
            if names.len() > 1 || !runs_next {
                break;
            }
        }
    }
    let arguments: Vec<String> = rest.cloned().collect();
    // npm reads its own flags after the name of the script too.
    let mut own_flags = arguments.iter().take_while(|word| *word != "--");
    if manager.needs_separator && own_flags.any(|word| is_workspace_flag(word)) {
        return None;
    }
    let name = names.last()?;
    let is_script_only =
        manager.needs_separator && names.first().is_some_and(|verb| verb.starts_with("run"));
    let runs_program = matches!(names.first().map(String::as_str), Some("exec" | "x" | "dlx"));
    if manager.needs_separator && names.len() == 1 && name != "start" {
        return None;
    }
    let script = (!runs_program).then(|| script(&directory, name)).flatten();
    let inner = match script {
        Some((script, folder)) => {
            // The script gets these arguments too.
            let line = format!("{script} {}", shell_words::join(without_separator(&arguments)));
            of_script(&line, &folder, depth + 1)?
        }
        None if is_script_only => return None,
        None => {
            let words = [vec![name.clone()], without_separator(&arguments)].concat();
            of_command(&words, &directory, depth + 1)?
        }
    };
    let has_separator = words.iter().any(|word| word == "--");
    let separator = (manager.needs_separator && !has_separator).then(|| "--".to_owned());
    Some(separator.into_iter().chain(inner).collect())
}

fn is_workspace_flag(word: &str) -> bool {
    WORKSPACE_FLAGS.contains(&word.split_once('=').map_or(word, |(flag, _)| flag))
}

fn without_separator(arguments: &[String]) -> Vec<String> {
    arguments.iter().filter(|word| *word != "--").cloned().collect()
}

/// A script of the nearest `package.json`, and the folder of that file.
fn script(directory: &Path, name: &str) -> Option<(String, PathBuf)> {
    let folder = directory.ancestors().find(|folder| folder.join("package.json").is_file())?;
    let text = std::fs::read_to_string(folder.join("package.json")).ok()?;
    let package: Value = serde_json::from_str(&text).ok()?;
    let script = package.get("scripts")?.get(name)?.as_str()?;
    Some((script.to_owned(), folder.to_owned()))
}

#[cfg(test)]
mod tests;
