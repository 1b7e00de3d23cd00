//! [`NoticeProgram`]: the program that shows a notice: `notify-send`, `osascript`, or one that was given. It
//! is executed without a shell, for a bounded time.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use persistproc_api::environment::Environment;
use persistproc_api::problem::NextStep;
use persistproc_api::{ErrorCode, Exit, Problem, words};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::time::timeout;

use super::text::NoticeText;
use crate::supervisor::runs::reaper::Reaper;

/// The name that stands for no program: only terminals that watch a process show notices.
pub(super) const TERMINAL: &str = "terminal";

/// How long a program may take. `notify-send` waits for a desktop that does not answer, up to a minute.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long the rest of its error message is awaited when it has exited.
const MESSAGE_TIMEOUT: Duration = Duration::from_millis(200);

/// The most bytes of its error message that are kept.
const MAX_MESSAGE_BYTES: usize = 1000;

/// The programs of desktops, in the order in which they are looked for.
const DESKTOP_PROGRAMS: [&str; 2] = ["notify-send", "osascript"];

/// What else can show notices.
pub(super) const OTHERS: &str = "`pp notify on --program ~/bin/notice` uses a program of your own, which gets the title and the text \
     as its last two arguments. Over SSH, `pp notify on --program terminal` leaves notices to the terminals \
     that watch a process.";

/// What `osascript` executes: its arguments are data and no part of the script.
const SCRIPT: [&str; 3] =
    ["on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run"];

/// A program that shows notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoticeProgram {
    path: PathBuf,
    arguments: Vec<String>,
}

impl NoticeProgram {
    /// The program that was given, or if none was, that of the desktop, looked for on the `PATH` of this
    /// environment.
    pub(super) fn find(given: &str, environment: &Environment) -> Result<Self, Problem> {
        let search = environment.get("PATH").unwrap_or_default();
        if given.trim().is_empty() {
            let found = DESKTOP_PROGRAMS.iter().find_map(|name| on_path(name, search));
            let path = found.ok_or_else(no_desktop_program)?;
            return Ok(Self { path, arguments: Vec::new() });
        }
        let split = shell_words::split(given).map_err(|_| {
            Problem::parameter(
                "program",
                format!("has a quote that is never closed: {given:.200?}"),
            )
            .hint("Close it.")
        })?;
        let (name, arguments) = split.split_first().ok_or_else(no_desktop_program)?;
        let named = match name.strip_prefix("~/") {
            Some(rest) => Path::new(environment.get("HOME").unwrap_or_default()).join(rest),
            None => PathBuf::from(name),
        };
        if !named.is_absolute() && name.contains('/') {
            return Err(Problem::parameter("program", format!("is a relative path: {name:.200?}"))
                .hint(NextStep::example("program", "/home/me/bin/notice")));
        }
        let path = if named.is_absolute() {
            Some(named).filter(|path| is_executable(path))
        } else {
            on_path(name, search)
        };
        let path = path.ok_or_else(|| {
            let message = format!("The program that shows notices was not found, or cannot be executed: {name:.200}.");
            Problem::new(ErrorCode::CommandNotFound, message).hint(
                "Give a program on the PATH of this shell or its whole path, and make it executable \
                 with `chmod +x`.",
            )
        })?;
        Ok(Self { path, arguments: arguments.to_vec() })
    }

    /// Shows a notice. An error is a sentence.
    pub(super) async fn show(
        &self,
        text: &NoticeText,
        environment: &Environment,
        reaper: &Reaper,
    ) -> Result<(), String> {
        let shown_path = words::shown(&self.path.display().to_string());
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .args(self.last_arguments(text))
            .current_dir("/")
            .env_clear()
            .envs(environment.pairs())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        let spawned = reaper.spawn(&mut command);
        let (mut child, mut exit) =
            spawned.map_err(|error| format!("{shown_path} could not be executed: {error}."))?;
        let pid = child.id();
        let stderr = child.stderr.take().map(OwnedFd::from);
        let message = tokio::spawn(read_message(stderr));
        let Ok(exit) = timeout(TIMEOUT, exit.status()).await else {
            if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
                // Fails if it has exited since.
                kill_process_group(pid, Signal::KILL).ok();
            }
            let seconds = TIMEOUT.as_secs();
            return Err(format!("{shown_path} did not end within {seconds} s and was killed."));
        };
        if exit == Exit::Code(0) {
            return Ok(());
        }
        let message = timeout(MESSAGE_TIMEOUT, message).await.ok().and_then(Result::ok);
        let message = message.map(|text| words::shown(text.trim())).unwrap_or_default();
        let ended = match exit {
            Exit::Code(code) => format!("exited with code {code}"),
            Exit::Signal(_) => format!("was killed by {exit}"),
        };
        Err(match message.trim_end_matches('.') {
            "" => format!("{shown_path} {ended}."),
            message => format!("{shown_path} {ended}: {message}."),
        })
    }

    /// The title and the text as arguments.
    fn last_arguments(&self, text: &NoticeText) -> Vec<OsString> {
        let NoticeText { title, body } = text;
        let words: Vec<&str> = match self.path.file_name().and_then(OsStr::to_str) {
            Some("notify-send") => {
                let body = for_notify_send(body);
                let words = ["--app-name=persistproc", "--", title, &body];
                return words.map(OsString::from).to_vec();
            }
            Some("osascript") => {
                let script = SCRIPT.iter().flat_map(|line| ["-e", line]);
                script.chain(["--", title, body]).collect()
            }
            _ => vec![title, body],
        };
        words.into_iter().map(OsString::from).collect()
    }
}

/// `notify-send` replaces escapes with a backslash in the text, and desktops read markup in it.
fn for_notify_send(body: &str) -> String {
    let mut text = String::new();
    for character in body.chars() {
        match character {
            '\\' => text.push_str(r"\\"),
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            other => text.push(other),
        }
    }
    text
}

/// Reads the error message of a program to its end, and keeps the beginning.
async fn read_message(stderr: Option<OwnedFd>) -> String {
    let Some(mut pipe) = stderr.and_then(|fd| pipe::Receiver::from_owned_fd(fd).ok()) else {
        return String::new();
    };
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        let room = MAX_MESSAGE_BYTES - kept.len();
        kept.extend(&buffer[..count.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

fn on_path(name: &str, search: &OsStr) -> Option<PathBuf> {
    let folders = std::env::split_paths(search).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

fn no_desktop_program() -> Problem {
    let message =
        "Neither notify-send nor osascript is installed, so no program can show a notice.";
    Problem::new(ErrorCode::CommandNotFound, message).hint(
        format!("Install notify-send (package libnotify-bin on Debian and Ubuntu, libnotify elsewhere). {OTHERS}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(title: &str, body: &str) -> NoticeText {
        NoticeText { title: title.into(), body: body.into() }
    }

    fn arguments(path: &str, body: &str) -> Vec<String> {
        let program = NoticeProgram { path: path.into(), arguments: Vec::new() };
        let arguments = program.last_arguments(&text("web ended", body));
        arguments.into_iter().map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn each_program_gets_the_text_as_data() {
        let body = r"a \n <b>&amp;";
        assert_eq!(
            arguments("/usr/bin/notify-send", body),
            ["--app-name=persistproc", "--", "web ended", r"a \\n &lt;b&gt;&amp;amp;"]
        );
        let script = arguments("/usr/bin/osascript", body);
        assert_eq!(script[script.len() - 3..], ["--", "web ended", body]);
        assert_eq!(arguments("/opt/notice", body), ["web ended", body]);
    }

    #[test]
    fn a_program_is_found_or_the_problem_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let notice = folder.path().join("notice");
        std::fs::write(&notice, "").unwrap();
        let mut environment = Environment::default();
        environment.set("PATH", folder.path());
        environment.set("HOME", folder.path());
        let find = |given: &str| NoticeProgram::find(given, &environment);
        let code = |given: &str| find(given).unwrap_err().code;
        assert_eq!(code(""), ErrorCode::CommandNotFound);
        assert_eq!(code("notice"), ErrorCode::CommandNotFound, "it is not executable");
        std::fs::set_permissions(&notice, std::fs::Permissions::from_mode(0o755)).unwrap();
        for given in ["notice --urgent 'a b'", "~/notice --urgent 'a b'"] {
            let program = find(given).unwrap();
            assert_eq!((program.path, program.arguments.len()), (notice.clone(), 2), "{given}");
        }
        assert_eq!(code("bin/notice"), ErrorCode::InvalidRequest);
        assert_eq!(code("'notice"), ErrorCode::InvalidRequest);
        assert_eq!(code("notice-2"), ErrorCode::CommandNotFound);
    }
}
