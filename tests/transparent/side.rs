//! `Side`: plays a row in one terminal, bare or under `pp`, and collects its outcome.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::termios::{LocalModes, tcgetattr, tcgetwinsize};

use crate::support::procs::{self, Proc};
use crate::support::tools;
use crate::support::wait::within;

use super::outcome::{Outcome, Shot, files, masked};
use super::row::{PREFIX, Row, Step};
use super::stage::Stage;

/// How long a screen of the bare program has to stay the same before it is compared.
const STABLE_FOR: Duration = Duration::from_millis(100);

/// How long the screen under `pp` may take to become the same.
const EQUAL_WITHIN: Duration = Duration::from_secs(4);

/// How long `pp` may take to set its terminal to raw mode.
const RAW_WITHIN: Duration = Duration::from_millis(700);

/// How long processes may take to end after their terminal's program has.
const ENDED_WITHIN: Duration = Duration::from_millis(500);

/// What tmux knows of a terminal, beside its text.
const MODES: &str = "cursor #{cursor_x},#{cursor_y}
cursor visible #{cursor_flag}
alternate screen #{alternate_on}
mouse #{mouse_any_flag} #{mouse_standard_flag} #{mouse_button_flag} #{mouse_all_flag} #{mouse_sgr_flag}
keypad #{keypad_flag} #{keypad_cursor_flag}
insert #{insert_flag} origin #{origin_flag} wrap #{wrap_flag}
scroll region #{scroll_region_upper},#{scroll_region_lower}
size #{pane_width}x#{pane_height}";

pub(super) struct Side<'s> {
    stage: &'s Stage,
    row: &'s Row,
    /// The short name of the row's folders.
    slug: &'s str,
    /// The shots of the bare program, if this is the side under `pp`.
    expected: Option<&'s [Shot]>,
    pane: String,
    shell: u32,
    more: Vec<String>,
    outcome: Outcome,
}

/// Plays a row on one side. `expected` is the outcome of the bare side, when this is the other.
pub(super) fn play(stage: &Stage, row: &Row, slug: &str, expected: Option<&Outcome>) -> Outcome {
    let mut side = Side {
        stage,
        row,
        slug,
        expected: expected.map(|bare| bare.shots.as_slice()),
        pane: String::new(),
        shell: 0,
        more: vec![stage.row_variable(slug)],
        outcome: Outcome::default(),
    };
    if row.own_daemon {
        side.more.extend(stage.own_environment(slug));
    }
    side.prepare();
    if let Err(broken) = side.play() {
        let shot = side.shot().unwrap_or_default();
        side.outcome.broken =
            Some(format!("{broken}\n--- screen:\n{}\n--- {}", shot.text, shot.modes));
    }
    side.finish();
    side.outcome
}

impl Side<'_> {
    /// Creates the working directory.
    fn prepare(&self) {
        let folder = self.folder();
        fs::create_dir(&folder).unwrap();
        for (name, text, executable) in &self.row.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, self.words(text)).unwrap();
            if *executable {
                use std::os::unix::fs::PermissionsExt;
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        if let Some(project) = &self.row.project {
            tools::fetch(project.script);
            let original = tools::folder().join(project.folder);
            let mut copy = Command::new("cp");
            copy.args(["-r", "--"]).arg(&original).arg(folder.join(project.name));
            assert!(copy.status().unwrap().success(), "cannot copy {}", original.display());
        }
        self.stage.user().own(&folder);
        if let Some(setup) = &self.row.setup {
            let output = self.stage.outside(&folder, &self.more, setup);
            assert_eq!(output.code, 0, "{}: setup: {output}", self.row.name);
        }
    }

    fn play(&mut self) -> Result<(), String> {
        self.open()?;
        self.type_text(&format!("cls; {}\r", self.words(&self.row.command)))?;
        self.until("the command to run", || {
            let title = self.ask("#{pane_title}")?;
            if title == "waits" { Err(self.text()?) } else { Ok(()) }
        })?;
        if matches!(self.row.steps.first(), Some(Step::Type(_) | Step::Key(_) | Step::Paste(_))) {
            self.wait_for_raw_mode();
        }
        for step in &self.row.steps {
            self.take(step)?;
        }
        self.take(&Step::Prompt)?;
        self.take(&Step::Shot)?;
        self.probe()
    }

    /// Opens the terminal and waits for the prompt.
    fn open(&mut self) -> Result<(), String> {
        let folder = self.folder().display().to_string();
        let rcfile = self.stage.folder("rcfile").display().to_string();
        let format = "#{pane_id} #{pane_pid}";
        let mut words = vec!["new-window", "-d", "-P", "-F", format, "-c", &folder, "--"];
        let environment = [self.stage.environment(), self.more.clone()].concat();
        words.extend(["env", "-i", "TERM=screen-256color"]);
        words.extend(environment.iter().map(String::as_str));
        words.extend(["bash", "--noprofile", "--rcfile", &rcfile, "-i"]);
        let answer = self.stage.tmux(&words)?;
        let (pane, shell) = answer.trim().split_once(' ').ok_or("no pane")?;
        self.pane = pane.to_owned();
        self.shell = shell.parse().map_err(|_| format!("no pid: {answer}"))?;
        self.stage.tmux(&["select-pane", "-t", pane, "-T", "waits"])?;
        self.take(&Step::Prompt)
    }

    /// Waits until `pp` has set its terminal to raw mode: keys typed before it are echoed by that
    /// terminal, and then by the program's own. `pp` may also leave the terminal alone.
    fn wait_for_raw_mode(&self) {
        within(RAW_WITHIN, || {
            let settings = tcgetattr(self.tty()?).map_err(|error| error.to_string())?;
            let is_raw = !settings.local_modes.contains(LocalModes::ECHO);
            if is_raw { Ok(()) } else { Err("not raw".to_owned()) }
        })
        .ok();
    }

    fn tty(&self) -> Result<fs::File, String> {
        let tty = self.ask("#{pane_tty}")?;
        fs::File::open(&tty).map_err(|error| format!("{tty}: {error}"))
    }

    fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Type(text) => self.type_text(&self.words(text)),
            Step::Key(name) => self.stage.tmux(&["send-keys", "-t", &self.pane, name]).map(drop),
            Step::Paste(text) => {
                let buffer = format!("buffer{}", self.pane);
                self.stage.tmux(&["set-buffer", "-b", &buffer, "--", text])?;
                let paste = ["paste-buffer", "-d", "-p", "-r", "-b", &buffer, "-t", &self.pane];
                self.stage.tmux(&paste).map(drop)
            }
            Step::Wait(part) => self.until(&format!("{part:?} on the screen"), || {
                let text = self.text()?;
                if text.contains(part.as_str()) { Ok(()) } else { Err(text) }
            }),
            Step::WaitGone(part) => self.until(&format!("no {part:?} on the screen"), || {
                let text = self.text()?;
                if text.contains(part.as_str()) { Err(text) } else { Ok(()) }
            }),
            Step::WaitFor(script) => self.until(&format!("`{script}`"), || {
                let output = self.stage.outside(&self.folder(), &self.more, script);
                if output.code == 0 { Ok(()) } else { Err(self.text()?) }
            }),
            Step::Shot => self.compare(),
            Step::Resize(columns, rows) => {
                let (columns, rows) = (columns.to_string(), rows.to_string());
                let size = ["-x", columns.as_str(), "-y", rows.as_str()];
                let words = [&["resize-window", "-t", &self.pane], &size[..]].concat();
                self.stage.tmux(&words)?;
                // tmux changes the size later if it has changed it a moment ago.
                let wanted = format!("{rows} {columns}");
                self.until("the new size of the terminal", || {
                    let size = tcgetwinsize(self.tty()?).map_err(|error| error.to_string())?;
                    let size = format!("{} {}", size.ws_row, size.ws_col);
                    if size == wanted { Ok(()) } else { Err(size) }
                })
            }
            Step::Outside(script) => {
                let output = self.stage.outside(&self.folder(), &self.more, &self.words(script));
                if output.code == 0 { Ok(()) } else { Err(format!("`{script}`: {output}")) }
            }
            Step::Answer(key) => {
                if self.expected.is_none() {
                    return Ok(());
                }
                // Where the keys of a pipeline go to several programs, `pp` does not ask.
                let asked = self.until("the question or the prompt", || {
                    let text = self.text()?;
                    match text.contains("Stop it?") {
                        true => Ok(true),
                        false if is_prompt(&text) => Ok(false),
                        false => Err(text),
                    }
                })?;
                if asked { self.take(&Step::Key(key)) } else { Ok(()) }
            }
            Step::Prompt => self.until("the prompt of the shell", || {
                let text = self.text()?;
                if is_prompt(&text) { Ok(()) } else { Err(text) }
            }),
        }
    }

    /// Takes a shot: of the bare program when its screen is stable, under `pp` when it is equal or
    /// the time is over.
    fn compare(&mut self) -> Result<(), String> {
        let at = self.outcome.shots.len();
        let shot = match self.expected.and_then(|expected| expected.get(at)) {
            Some(expected) => {
                let mut last = Shot::default();
                within(EQUAL_WITHIN, || {
                    last = self.shot()?;
                    if last == *expected { Ok(()) } else { Err(String::new()) }
                })
                .ok();
                last
            }
            None => self.stable_shot()?,
        };
        self.outcome.shots.push(shot);
        Ok(())
    }

    fn stable_shot(&self) -> Result<Shot, String> {
        let mut last = self.shot()?;
        let mut since = std::time::Instant::now();
        self.until("a screen that stays the same", || {
            let now = self.shot()?;
            if now != last {
                last = now;
                since = std::time::Instant::now();
            }
            if since.elapsed() < STABLE_FOR { Err(last.text.clone()) } else { Ok(last.clone()) }
        })
    }

    fn shot(&self) -> Result<Shot, String> {
        let text = match self.row.history {
            true => self.stage.tmux(&["capture-pane", "-p", "-J", "-S", "-", "-t", &self.pane])?,
            false => self.text()?,
        };
        let mut modes = self.ask(MODES)?;
        if self.row.asks() {
            modes = modes.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        }
        Ok(Shot { text: masked(&text, self.row), modes })
    }

    /// Asks the terminal's driver for its settings, once the shell has its prompt again.
    fn probe(&mut self) -> Result<(), String> {
        let file = self.probe_file();
        self.type_text(&format!("cls; {{ stty -a; echo asked; }} >{}\r", file.display()))?;
        self.outcome.settings = self.until("the settings of the terminal", || {
            let text = fs::read_to_string(&file).unwrap_or_default();
            if text.ends_with("asked\n") { Ok(text) } else { Err(text) }
        })?;
        Ok(())
    }

    /// Collects files and processes, then removes both.
    fn finish(&mut self) {
        let mut left = Vec::new();
        within(ENDED_WITHIN, || {
            left = self.processes();
            if left.is_empty() { Ok(()) } else { Err(String::new()) }
        })
        .ok();
        let words = left.iter().map(|found| masked(&found.words.join(" "), self.row));
        self.outcome.left = words.collect();
        self.outcome.left.sort();
        left.iter().for_each(|found| procs::kill_if_alive(found.pid));
        if !self.pane.is_empty() {
            self.stage.tmux(&["kill-pane", "-t", &self.pane]).ok();
        }
        let folder = self.folder();
        self.outcome.files = files(&folder, self.row);
        let side = if self.expected.is_none() { "bare" } else { "pp" };
        fs::rename(folder, self.stage.folder("bare").join(format!("{}.{side}", self.slug)))
            .unwrap();
    }

    /// The running processes of this row, without the shell of its terminal and persistproc.
    fn processes(&self) -> Vec<Proc> {
        let variable = self.stage.row_variable(self.slug);
        let found = self.stage.processes(&self.folder(), &variable);
        let is_own = |found: &Proc| found.pid == self.shell || found.is_persistproc();
        found.into_iter().filter(|found| !is_own(found)).collect()
    }

    fn folder(&self) -> PathBuf {
        self.stage.folder("rows").join(self.slug)
    }

    fn probe_file(&self) -> PathBuf {
        let side = if self.expected.is_none() { "bare" } else { "pp" };
        self.stage.folder("probes").join(format!("{}.{side}", self.slug))
    }

    /// The text with the prefix of this side.
    fn words(&self, text: &str) -> String {
        text.replace(PREFIX, if self.expected.is_none() { "" } else { "pp " })
    }

    fn type_text(&self, text: &str) -> Result<(), String> {
        let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        // tmux limits the length of a command.
        for part in bytes.chunks(200) {
            let mut words = vec!["send-keys", "-t", &self.pane, "-H"];
            words.extend(part.iter().map(String::as_str));
            self.stage.tmux(&words)?;
        }
        Ok(())
    }

    fn text(&self) -> Result<String, String> {
        self.stage.tmux(&["capture-pane", "-p", "-t", &self.pane])
    }

    fn ask(&self, format: &str) -> Result<String, String> {
        // A command of the control mode is one line.
        let format = format.replace('\n', "|");
        let answer = self.stage.tmux(&["display-message", "-p", "-t", &self.pane, &format])?;
        Ok(answer.trim_end().replace('|', "\n"))
    }

    fn until<T>(&self, what: &str, ask: impl FnMut() -> Result<T, String>) -> Result<T, String> {
        let waited = within(Duration::from_secs(self.row.limit), ask);
        waited.map_err(|_| format!("timeout while waiting for {what}"))
    }
}

/// Whether a screen ends with the prompt of the shell, `[0]$`.
fn is_prompt(text: &str) -> bool {
    let code = text.trim_end().strip_suffix("]$").and_then(|rest| rest.rsplit_once('['));
    code.is_some_and(|(_, code)| code.parse::<u8>().is_ok())
}
