//! `Row`: one line of the table, a program with the keys typed for it. Each row is played twice, bare
//! and under `pp`, and both outcomes must be equal.

use regex::Regex;

/// Stands for `pp ` on one side and for nothing on the other, in commands and files.
pub(super) const PREFIX: &str = "{pp}";

/// One situation.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// What is typed at the prompt first. [`PREFIX`] is replaced.
    pub(super) command: String,
    /// Files in the working directory: name, content, and whether it is executable.
    pub(super) files: Vec<(&'static str, String, bool)>,
    /// A project that a script of `tests/support` fetches, and its name in the working directory.
    pub(super) project: Option<Project>,
    pub(super) steps: Vec<Step>,
    /// Texts of the screen and of files that differ between two bare runs, and what replaces them.
    pub(super) masks: Vec<(Regex, &'static str)>,
    /// Files that are not compared.
    pub(super) ignored_files: Vec<&'static str>,
    /// Programs without which the row is skipped.
    pub(super) needs: Vec<&'static str>,
    /// Why both sides differ, where they are meant to.
    pub(super) differs: Option<&'static str>,
    /// Whether the row has a daemon of its own.
    pub(super) own_daemon: bool,
    /// Whether the rows before and after are compared too: the output is longer than the screen.
    pub(super) history: bool,
    /// The seconds that each wait may take.
    pub(super) limit: u64,
    /// A script that prepares the working directory, run before the terminal is opened.
    pub(super) setup: Option<String>,
}

/// A folder from a package registry that a row gets a copy of.
#[derive(Clone, Copy)]
pub(super) struct Project {
    /// The script that fetches it.
    pub(super) script: &'static str,
    /// Its folder below `target/test-tools`.
    pub(super) folder: &'static str,
    /// Its name in the working directory.
    pub(super) name: &'static str,
}

/// What the user of the terminal does after the command is typed.
#[derive(Clone)]
pub(super) enum Step {
    /// Types a text as it is.
    Type(String),
    /// Presses a key, named as in tmux.
    Key(&'static str),
    /// Pastes a text, bracketed if the program asked for it.
    Paste(String),
    /// Waits until the screen shows this text.
    Wait(String),
    /// Waits until the screen does not show this text.
    WaitGone(String),
    /// Waits until a shell script in the working directory succeeds.
    WaitFor(String),
    /// Compares the screen.
    Shot,
    /// Changes the size of the terminal: columns and rows.
    Resize(u16, u16),
    /// Runs a shell script in the working directory, outside of the terminal.
    Outside(String),
    /// Under `pp` only: waits for its question and presses this key.
    Answer(&'static str),
    /// Waits until the shell shows its prompt.
    Prompt,
}

impl Row {
    pub(super) fn new(name: &'static str, command: &str) -> Self {
        Self {
            name,
            command: command.to_owned(),
            files: Vec::new(),
            project: None,
            steps: Vec::new(),
            masks: Vec::new(),
            ignored_files: Vec::new(),
            needs: Vec::new(),
            differs: None,
            own_daemon: false,
            history: false,
            limit: 10,
            setup: None,
        }
    }

    /// A row whose command is a bash script of several lines.
    pub(super) fn script(name: &'static str, script: &str) -> Self {
        Self::new(name, "bash ./script").file("script", script)
    }

    pub(super) fn file(mut self, name: &'static str, text: &str) -> Self {
        self.files.push((name, text.to_owned(), false));
        self
    }

    pub(super) fn executable(mut self, name: &'static str, text: &str) -> Self {
        self.files.push((name, text.to_owned(), true));
        self
    }

    pub(super) fn project(mut self, project: Project) -> Self {
        self.project = Some(project);
        self
    }

    pub(super) fn setup(mut self, script: &str) -> Self {
        self.setup = Some(script.to_owned());
        self
    }

    /// Types a text and presses Enter.
    pub(super) fn line(self, text: &str) -> Self {
        self.step(Step::Type(format!("{text}\r")))
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.step(Step::Type(text.to_owned()))
    }

    pub(super) fn key(self, name: &'static str) -> Self {
        self.step(Step::Key(name))
    }

    pub(super) fn paste(self, text: &str) -> Self {
        self.step(Step::Paste(text.to_owned()))
    }

    pub(super) fn wait(self, text: &str) -> Self {
        self.step(Step::Wait(text.to_owned()))
    }

    pub(super) fn wait_gone(self, text: &str) -> Self {
        self.step(Step::WaitGone(text.to_owned()))
    }

    pub(super) fn wait_for(self, script: &str) -> Self {
        self.step(Step::WaitFor(script.to_owned()))
    }

    pub(super) fn shot(self) -> Self {
        self.step(Step::Shot)
    }

    pub(super) fn resize(self, columns: u16, rows: u16) -> Self {
        self.step(Step::Resize(columns, rows))
    }

    pub(super) fn outside(self, script: &str) -> Self {
        self.step(Step::Outside(script.to_owned()))
    }

    pub(super) fn answer(self, key: &'static str) -> Self {
        self.step(Step::Answer(key))
    }

    pub(super) fn prompt(self) -> Self {
        self.step(Step::Prompt)
    }

    /// Replaces what this regular expression matches, on both sides.
    pub(super) fn mask(mut self, pattern: &str, name: &'static str) -> Self {
        self.masks.push((Regex::new(pattern).unwrap(), name));
        self
    }

    pub(super) fn ignore_file(mut self, name: &'static str) -> Self {
        self.ignored_files.push(name);
        self
    }

    pub(super) fn needs(mut self, program: &'static str) -> Self {
        self.needs.push(program);
        self
    }

    pub(super) fn differs(mut self, reason: &'static str) -> Self {
        self.differs = Some(reason);
        self
    }

    pub(super) fn own_daemon(mut self) -> Self {
        self.own_daemon = true;
        self
    }

    /// Compares the scrollback too.
    pub(super) fn history(mut self) -> Self {
        self.history = true;
        self
    }

    pub(super) fn limit(mut self, seconds: u64) -> Self {
        self.limit = seconds;
        self
    }

    /// Whether `pp` asks a question in this row. It needs lines of its own.
    pub(super) fn asks(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Answer(_)))
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
