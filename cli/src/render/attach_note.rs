//! The note with which an attached session begins: who started the process, what is typed for, and
//! how to leave. Pure.

use std::path::Path;

use persistproc_api::{Process, Time, client_names};

use super::words;

/// What the note depends on besides the process.
pub(crate) struct NoteContext<'a> {
    pub(crate) now: Time,
    /// The current directory.
    pub(crate) directory: &'a Path,
    pub(crate) home: Option<&'a Path>,
    /// Standard input is a terminal, so a person can type.
    pub(crate) can_type: bool,
    /// How to press the keys to detach.
    pub(crate) detach_keys: Option<String>,
}

/// The note for a process that was running before.
pub(crate) fn note(process: &Process, context: &NoteContext<'_>) -> String {
    let command = words::shown(&process.command_line());
    let mut note = format!("{}; showing its newest output.", beginning(process, context.now));
    if !context.can_type {
        return note;
    }
    if process.tty {
        if let Some(keys) = &context.detach_keys {
            note.push_str(&format!(" {keys} leaves it running."));
        }
        return note;
    }
    note.push_str(
        " It has no terminal: what you type is sent at Enter, Ctrl+D leaves it running. ",
    );
    let place = if process.working_directory == context.directory {
        String::new()
    } else {
        let directory = words::directory(&process.working_directory, context.home);
        let directory = words::shown(&directory);
        format!(" in {directory}")
    };
    note.push_str(&format!("`pp run --fresh {command}`{place} restarts it with one."));
    note
}

/// `claude-code started web 2 min ago (PID 7)`, or `web is already running (PID 7, for 2 min)`.
pub(crate) fn beginning(process: &Process, now: Time) -> String {
    let name = words::shown(process.name());
    let age = words::age(&process.status, now);
    let pid = process.status.pid().map(|pid| format!("PID {pid}"));
    let agent = process.started_by.as_deref().filter(|client| !client_names::is_person(client));
    if let (Some(agent), Some(age), Some(pid)) = (agent, &age, &pid) {
        return format!("{} started {name} {age} ago ({pid})", words::shown(agent));
    }
    let age = age.map(|age| format!("for {age}"));
    let facts: Vec<String> = [pid, age].into_iter().flatten().collect();
    format!("{name} is already running ({})", facts.join(", "))
}

#[cfg(test)]
mod tests {
    use persistproc_api::Status;

    use super::*;
    use crate::render::table::tests::process;

    fn noted(tty: bool, started_by: Option<&str>, directory: &str, can_type: bool) -> String {
        let status = Status::Running { pid: 7, start_time: Time::from_micros(0) };
        let process = Process {
            tty,
            started_by: started_by.map(str::to_owned),
            ..process("web", None, &["npm", "run", "dev"], "/work/web", status)
        };
        let context = NoteContext {
            now: Time::from_micros(130_000_000),
            directory: Path::new(directory),
            home: Some(Path::new("/work")),
            can_type,
            detach_keys: Some("Ctrl+] three times".into()),
        };
        note(&process, &context)
    }

    #[test]
    fn it_says_who_started_the_process_and_how_to_leave() {
        assert_eq!(
            noted(true, Some("cli"), "/work/web", true),
            "web is already running (PID 7, for 2 min); showing its newest output. Ctrl+] three \
             times leaves it running."
        );
        assert_eq!(
            noted(true, Some("claude-code"), "/work/web", false),
            "claude-code started web 2 min ago (PID 7); showing its newest output."
        );
    }

    #[test]
    fn it_says_what_gives_the_process_a_terminal() {
        let note = noted(false, Some("claude-code"), "/work/web", true);
        assert!(note.ends_with(
            "It has no terminal: what you type is sent at Enter, Ctrl+D leaves it running. `pp run \
             --fresh npm run dev` restarts it with one."
        ), "{note}");
        let elsewhere = noted(false, None, "/work", true);
        assert!(elsewhere.ends_with("`pp run --fresh npm run dev` in ~/web restarts it with one."));
    }
}
