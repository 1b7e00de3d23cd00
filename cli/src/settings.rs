//! [`Settings`]: what variables and `config.toml` set for the daemon, by the names of the flags of
//! `serve`. What is invalid is left out and reported: it must not make every command fail.

mod file;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use persistproc_api::Problem;
use persistproc_api::serve_flags::ServeFlags;
use persistproc_api::words::{self, nearest};

use crate::args::parsers;

/// The settings of the daemon that a command would start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) variables: ServeFlags,
    pub(crate) file: ServeFlags,
    /// The program that shows desktop notices.
    pub(crate) notify_program: Option<String>,
    /// The configuration file, if there is one.
    pub(crate) path: Option<PathBuf>,
    /// What is invalid: a sentence each, with the file and line, or the variable.
    errors: Vec<String>,
}

/// Sets a flag from a text, or says what is expected.
type SetFlag = fn(&mut ServeFlags, &str) -> Result<(), String>;

/// The keys of the file. `PERSISTPROC_` with a key in capitals is its variable.
const SETTINGS: [(&str, SetFlag); 6] = [
    ("log_limit", |flags, text| store(&mut flags.log_limit, parsers::log_limit(text))),
    ("total_log_limit", |flags, text| store(&mut flags.total_log_limit, parsers::log_limit(text))),
    ("keep_runs", |flags, text| store(&mut flags.keep_runs, parsers::run_count(text))),
    ("keep_processes", |flags, text| store(&mut flags.keep_processes, parsers::number(text))),
    ("port", |flags, text| store(&mut flags.port, parsers::port(text))),
    ("no_names", |flags, text| store(&mut flags.no_names, switch(text))),
];

/// The key of the program that shows desktop notices. `notify` reads it, and no flag of `serve` sets it.
const NOTIFY_PROGRAM: &str = "notify_program";

impl Settings {
    /// Reads the variables and the file.
    pub(crate) fn read() -> Self {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let mut settings = Self::default();
        settings.read_variables(&variable);
        if let Some(path) = config_file(&variable) {
            settings.read_file(path);
        }
        settings
    }

    fn read_variables(&mut self, variable: &dyn Fn(&str) -> Option<OsString>) {
        let program = variable(&variable_name(NOTIFY_PROGRAM));
        self.notify_program = program.map(|program| program.to_string_lossy().into_owned());
        for (key, set) in SETTINGS {
            let name = variable_name(key);
            let Some(value) = variable(&name) else { continue };
            let value = value.to_string_lossy();
            if let Err(expected) = set(&mut self.variables, &value) {
                self.errors.push(format!("{name} is `{value}`: {expected}."));
            }
        }
    }

    /// Takes one line of the file, or says what is wrong with it.
    fn take_entry(&mut self, entry: &file::ConfigEntry) -> Result<(), String> {
        if entry.key.replace('-', "_") == NOTIFY_PROGRAM {
            self.notify_program.get_or_insert_with(|| entry.value.clone());
            return Ok(());
        }
        set_key(&mut self.file, entry)
    }

    fn read_file(&mut self, path: PathBuf) {
        let shown = shown_path(&path);
        match file::read(&path) {
            Ok(None) => return,
            Ok(Some(entries)) => {
                for entry in entries {
                    if let Err(error) = self.take_entry(&entry) {
                        self.errors.push(format!("{shown}, line {}: {error}.", entry.line));
                    }
                }
            }
            Err(file::ConfigFileError::Unreadable(error)) => {
                self.errors.push(format!("Cannot read {shown}: {error}."));
            }
            Err(file::ConfigFileError::Syntax { line, message }) => {
                self.errors.push(format!("{shown}, line {line}: {message}."));
            }
        }
        self.path = Some(path);
    }

    /// What is invalid, if anything is.
    pub(crate) fn error_text(&self) -> Option<String> {
        (!self.errors.is_empty()).then(|| self.errors.join(" "))
    }

    /// The next step if something is invalid.
    pub(crate) fn fix(&self) -> &'static str {
        "Correct it, then run `persistproc shutdown --keep`: the next command starts a daemon that uses \
         it, and all processes keep running."
    }

    /// An error if something is invalid, for a user who starts a daemon.
    pub(crate) fn require_valid(&self) -> Result<(), Problem> {
        match self.error_text() {
            Some(error) => Err(Problem::invalid(error)
                .hint("Correct it. Example of a line in the file: log_limit = \"1GiB\"")),
            None => Ok(()),
        }
    }
}

/// The variable of a key of the file.
pub(crate) fn variable_name(key: &str) -> String {
    format!("PERSISTPROC_{}", key.to_ascii_uppercase())
}

/// The path of the file, with `~` for the home.
pub(crate) fn shown_path(path: &Path) -> String {
    words::directory(path, env::var_os("HOME").map(PathBuf::from).as_deref())
}

/// `config.toml` in the configuration directory, whether it exists or not.
fn config_file(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let configured = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    // The specification wants a relative path to be ignored.
    let configured = configured.filter(|path| path.is_absolute());
    let folder = configured.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")))?;
    Some(folder.join("persistproc").join("config.toml"))
}

/// Sets the flag of one line of the file, or says what is wrong with the line.
fn set_key(flags: &mut ServeFlags, entry: &file::ConfigEntry) -> Result<(), String> {
    let name = entry.key.replace('-', "_");
    let Some((_, set)) = SETTINGS.into_iter().find(|(key, _)| *key == name) else {
        return Err(unknown_key(&entry.key));
    };
    set(flags, &entry.value)
        .map_err(|expected| format!("`{}` is `{}`: {expected}", entry.key, entry.value))
}

fn unknown_key(key: &str) -> String {
    let keys: Vec<&str> =
        SETTINGS.map(|(key, _)| key).into_iter().chain([NOTIFY_PROGRAM]).collect();
    match nearest(key, keys.iter().map(|key| (*key).to_owned())) {
        Some(similar) => format!("unknown key `{key}`, expected `{similar}`"),
        None => format!("unknown key `{key}`, expected one of {}", keys.join(", ")),
    }
}

fn store<T>(place: &mut Option<T>, value: Result<T, String>) -> Result<(), String> {
    *place = Some(value?);
    Ok(())
}

/// Parses a truth value.
fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_file(text: &str) -> Settings {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let mut settings = Settings::default();
        settings.read_file(path);
        let shown = folder.path().display().to_string();
        for error in &mut settings.errors {
            *error = error.replace(&shown, "<folder>");
        }
        settings
    }

    #[test]
    fn a_valid_file_sets_flags_in_both_spellings() {
        let text = "# comment\nlog-limit = '1GiB'\ntotal_log_limit = 2000000\nkeep_runs = 9\nno_names = true\n";
        let settings = of_file(text);
        assert_eq!(settings.error_text(), None);
        let expected = ServeFlags {
            log_limit: Some(1 << 30),
            total_log_limit: Some(2_000_000),
            keep_runs: Some(9),
            no_names: Some(true),
            ..ServeFlags::default()
        };
        assert_eq!(settings.file, expected);
    }

    #[test]
    fn an_error_names_the_line_and_the_key_and_the_rest_holds() {
        let text = "keep_runs = 0\nkeep_processes = 7\nlog_limt = 1\ncolor = 'red'\n\
                    port = [1]\nlog_limit = 'much'\n[limits]\nkeep_runs = 2\n";
        let settings = of_file(text);
        assert_eq!(settings.file.keep_processes, Some(7));
        insta::assert_snapshot!(settings.errors.join("\n"), @"
        <folder>/config.toml, line 1: `keep_runs` is `0`: the latest run is always kept: give 1 or more, such as 5.
        <folder>/config.toml, line 3: unknown key `log_limt`, expected `log_limit`.
        <folder>/config.toml, line 4: unknown key `color`, expected one of log_limit, total_log_limit, keep_runs, keep_processes, port, no_names, notify_program.
        <folder>/config.toml, line 5: `port` is `a list`: expected a port from 1 to 65535, such as 8947.
        <folder>/config.toml, line 6: `log_limit` is `much`: expected a size, such as 256MiB, 1GiB or 1000000.
        <folder>/config.toml, line 7: unknown key `limits`, expected one of log_limit, total_log_limit, keep_runs, keep_processes, port, no_names, notify_program.
        ");
        insta::assert_snapshot!(of_file("keep_runs = \n").errors.join("\n"), @"<folder>/config.toml, line 1: string values must be quoted, expected literal string.");
    }

    #[test]
    fn variables_are_named_after_the_keys() {
        let variable = |name: &str| match name {
            "PERSISTPROC_KEEP_RUNS" => Some("9".into()),
            "PERSISTPROC_LOG_LIMIT" => Some("10k".into()),
            "PERSISTPROC_NO_NAMES" => Some("0".into()),
            "PERSISTPROC_NOTIFY_PROGRAM" => Some("notice --urgent".into()),
            _ => None,
        };
        let mut settings = Settings::default();
        settings.read_variables(&variable);
        assert_eq!(settings.notify_program.as_deref(), Some("notice --urgent"));
        assert_eq!(
            (settings.variables.keep_runs, settings.variables.no_names),
            (Some(9), Some(false))
        );
        insta::assert_snapshot!(settings.errors.join("\n"), @"PERSISTPROC_LOG_LIMIT is `10k`: the minimum is 1MiB; give more, such as 256MiB.");
        assert_eq!(config_file(&variable), None);
    }
}
