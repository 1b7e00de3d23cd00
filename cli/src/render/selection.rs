//! [`Selection`]: which processes `list` shows on a terminal without `--all`: those that run, those
//! that ended badly, and those that ended a short time ago. Pure.

use std::cmp::Reverse;

use persistproc_api::{Process, Time};

/// How long ago a process may have ended at most to be shown.
const RECENT_SECONDS: f64 = 15.0 * 60.0;

/// The processes to show, and how many are left out.
pub(crate) struct Selection {
    pub(crate) shown: Vec<Process>,
    pub(crate) hidden: usize,
}

impl Selection {
    /// Every process.
    pub(crate) fn all(processes: Vec<Process>) -> Self {
        Self { shown: processes, hidden: 0 }
    }

    /// The processes that matter at this time.
    pub(crate) fn relevant(mut processes: Vec<Process>, now: Time) -> Self {
        let before = processes.len();
        processes.retain(|process| is_relevant(process, now));
        Self { hidden: before - processes.len(), shown: processes }
    }

    /// The same processes, those that ended last before others that have ended.
    #[must_use]
    pub(crate) fn by_end(mut self) -> Self {
        // The sort is stable: those that run keep their order. A process is large: each is moved once.
        self.shown.sort_by_cached_key(|process| {
            (!process.status.is_alive(), Reverse(process.status.end_time()))
        });
        self
    }

    /// How many processes are left out, and how to see them.
    pub(crate) fn hidden_note(&self) -> Option<String> {
        (self.hidden > 0).then(|| format!("{} more ended: pp list --all", self.hidden))
    }
}

fn is_relevant(process: &Process, now: Time) -> bool {
    let status = &process.status;
    let is_recent = || {
        let age = status.end_time().map(|end| now.seconds_since(end));
        age.is_some_and(|age| age < RECENT_SECONDS)
    };
    status.is_alive() || status.is_failure() || is_recent()
}

#[cfg(test)]
mod tests {
    use persistproc_api::{Exit, Status};

    use super::*;
    use crate::render::table::tests::process;

    const NOW: i64 = 1_800_000_000;

    fn ended(minutes_ago: i64, exit: Exit, on_request: bool) -> Status {
        let end_time = Time::from_micros((NOW - minutes_ago * 60) * 1_000_000);
        let (pid, start_time) = (7, Time::from_micros(0));
        if on_request {
            Status::Terminated { pid, start_time, end_time, exit }
        } else {
            Status::Exited { pid, start_time, end_time, exit }
        }
    }

    #[test]
    fn what_ended_well_and_long_ago_is_left_out() {
        let start_time = Time::from_micros(0);
        for (status, is_shown) in [
            (Status::Running { pid: 7, start_time }, true),
            (Status::Lost { pid: None, start_time }, true),
            (ended(14, Exit::Code(0), false), true),
            (ended(15, Exit::Code(0), false), false),
            (ended(600, Exit::Code(1), false), true),
            (ended(600, Exit::Signal(9), false), true),
            (ended(14, Exit::Signal(15), true), true),
            (ended(600, Exit::Signal(15), true), false),
            // The clock was set back.
            (ended(-60, Exit::Code(0), false), true),
        ] {
            let processes = vec![process("web", None, &["npm"], "/", status.clone())];
            let selection = Selection::relevant(processes, Time::from_micros(NOW * 1_000_000));
            assert_eq!(selection.shown.len(), usize::from(is_shown), "{status:?}");
            assert_eq!(selection.hidden_note().is_some(), !is_shown);
        }
    }

    #[test]
    fn what_ended_last_comes_first() {
        let start_time = Time::from_micros(0);
        let running = Status::Running { pid: 7, start_time };
        let lost = Status::Lost { pid: None, start_time };
        let statuses = [
            ("old", ended(60, Exit::Code(1), false)),
            ("b", running.clone()),
            ("lost", lost),
            ("new", ended(1, Exit::Signal(15), true)),
            ("a", running),
        ];
        let processes =
            statuses.map(|(id, status)| process(id, None, &["npm"], "/", status)).to_vec();
        let shown = Selection::all(processes).by_end().shown;
        let ids: Vec<&str> = shown.iter().map(|process| process.id.as_str()).collect();
        assert_eq!(ids, ["b", "a", "new", "old", "lost"]);
    }

    #[test]
    fn the_note_counts_what_is_left_out() {
        let selection = Selection { shown: Vec::new(), hidden: 34 };
        assert_eq!(selection.hidden_note().unwrap(), "34 more ended: pp list --all");
        assert_eq!(Selection::all(Vec::new()).hidden_note(), None);
    }
}
