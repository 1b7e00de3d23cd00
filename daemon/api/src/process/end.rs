//! How a process ended, as text: the same words on every face.

use std::fmt;

use super::{Exit, LetGo, Process, Status};
use crate::time::Time;
use crate::words::duration;
use crate::{client_names, signals};

impl fmt::Display for Exit {
    /// `exit code 1`, `SIGTERM`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => f.write_str(&signals::name_or_number(*signal)),
        }
    }
}

impl Process {
    /// How the latest run ended, as a phrase that follows the name of the process: `exited with
    /// code 1`, `was stopped by claude-code (SIGTERM)`.
    pub fn end_phrase(&self) -> String {
        match (&self.status, &self.stopped_by) {
            (Status::Terminated { exit, .. }, Some(requester)) => {
                format!("was stopped {} ({exit})", client_names::by(requester))
            }
            (status, _) => status.end_phrase(),
        }
    }

    /// [`Process::end_phrase`], and how long ago that was, if it was not just now.
    pub fn end_phrase_at(&self, now: Time) -> String {
        let phrase = self.end_phrase();
        match self.status.end_time().and_then(|end| minutes_ago(end, now)) {
            Some(ago) => format!("{phrase}, {ago}"),
            None => phrase,
        }
    }

    /// Who started the latest run, if a program did: `started by claude-code 2 min ago`.
    pub fn agent_start_phrase(&self, now: Time) -> Option<String> {
        let agent = self.started_by.as_deref().filter(|name| !client_names::is_person(name))?;
        let ago = self.status.start_time().and_then(|start| minutes_ago(start, now));
        let ago = ago.map(|ago| format!(" {ago}")).unwrap_or_default();
        Some(format!("started {}{ago}", client_names::by(agent)))
    }
}

/// `2 min ago`. What was less than a minute ago needs no time.
fn minutes_ago(time: Time, now: Time) -> Option<String> {
    let seconds = now.seconds_since(time);
    (seconds >= 60.0).then(|| format!("{} ago", duration(seconds)))
}

impl Status {
    /// How a run ended, as a phrase that follows the name of the process. A status of a run that
    /// has not ended means that a new run has replaced the ended one.
    pub fn end_phrase(&self) -> String {
        match self {
            Self::Exited { exit: Exit::Code(code), .. } => format!("exited with code {code}"),
            Self::Exited { exit, .. } => format!("was killed by {exit}"),
            Self::Terminated { exit, .. } => format!("was stopped ({exit})"),
            Self::Failed { error, .. } => {
                format!("could not be started: {}", error.message.trim_end_matches('.'))
            }
            Self::Lost { .. } => "ended, but its exit status is unknown".to_owned(),
            Self::Running { .. } | Self::Stopping { .. } => "ended".to_owned(),
        }
    }
}

/// A sentence that names the processes that outlived a run.
pub fn let_go_sentence(let_go: &[LetGo]) -> Option<String> {
    let names = names(let_go);
    match names.len() {
        0 => None,
        1 => Some(format!("{} keeps running on its own.", names[0])),
        _ => Some(format!("{} keep running on their own.", names.join(", "))),
    }
}

/// A sentence that names the processes that were ended because their program had exited, and says how
/// to keep one.
pub fn ended_with_sentence(ended_with: &[LetGo]) -> Option<String> {
    let names = names(ended_with);
    let were = if names.len() == 1 { "was" } else { "were" };
    (!names.is_empty()).then(|| {
        format!(
            "{} {were} ended with it, as a background job that listens on no port. To keep it \
             running, start it as the command itself, without `&`.",
            names.join(", ")
        )
    })
}

fn names(processes: &[LetGo]) -> Vec<String> {
    processes.iter().map(|LetGo { pid, name }| format!("{name} (PID {pid})")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::time::Time;

    #[test]
    fn processes_that_are_let_go_are_named() {
        let agent = LetGo { pid: 7, name: "ssh-agent".into() };
        assert_eq!(let_go_sentence(&[]), None);
        let one = let_go_sentence(std::slice::from_ref(&agent));
        assert_eq!(one.unwrap(), "ssh-agent (PID 7) keeps running on its own.");
        let two = let_go_sentence(&[agent, LetGo { pid: 9, name: "adb".into() }]);
        assert_eq!(two.unwrap(), "ssh-agent (PID 7), adb (PID 9) keep running on their own.");
    }

    #[test]
    fn every_end_has_a_phrase() {
        let (pid, start_time, end_time) = (7, Time::from_micros(0), Time::from_micros(1));
        let exited = |exit| Status::Exited { pid, start_time, end_time, exit };
        let stopped = |exit| Status::Terminated { pid, start_time, end_time, exit };
        let error = Problem::invalid("Command not found: `vit`.");
        for (status, phrase) in [
            (exited(Exit::Code(3)), "exited with code 3"),
            (exited(Exit::Signal(9)), "was killed by SIGKILL"),
            (exited(Exit::Signal(250)), "was killed by signal 250"),
            (stopped(Exit::Code(0)), "was stopped (exit code 0)"),
            (stopped(Exit::Signal(15)), "was stopped (SIGTERM)"),
            (Status::Failed { end_time, error }, "could not be started: Command not found: `vit`"),
            (Status::Lost { pid: None, start_time }, "ended, but its exit status is unknown"),
            (Status::Running { pid, start_time }, "ended"),
        ] {
            assert_eq!(status.end_phrase(), phrase);
        }
    }
}
