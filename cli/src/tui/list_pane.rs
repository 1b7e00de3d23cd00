//! [`ListPane`]: the processes of the list, and which of them are selected and marked. Pure.

use std::time::Duration;

use persistproc_api::{Process, Time};

use crate::list_facts;
use crate::render::selection::Selection;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The list of processes.
#[derive(Debug, Default)]
pub(super) struct ListPane {
    /// Whether the daemon has answered.
    pub(super) is_known: bool,
    processes: Vec<Process>,
    /// Those that are shown, in their order.
    shown: Vec<Process>,
    /// What says how many are not shown.
    hidden: usize,
    shows_all: bool,
    /// The id of the selected process.
    selected: Option<String>,
    /// Whether the selected process is the target of the command line, which is shown in any case.
    is_target: bool,
    /// The ids of the marked processes.
    marked: Vec<String>,
    /// The index of the first process on the screen.
    pub(super) offset: usize,
}

impl ListPane {
    /// A list in which this process is selected.
    pub(super) fn new(target: Option<String>) -> Self {
        Self { is_target: target.is_some(), selected: target, ..Self::default() }
    }

    /// Takes the processes after a change. Facts of the same runs are kept until they are measured
    /// again.
    pub(super) fn set(&mut self, mut processes: Vec<Process>, now: Time) {
        for process in &mut processes {
            let is_same = |old: &&Process| old.id == process.id && old.run == process.run;
            if process.facts.is_none()
                && let Some(old) = self.processes.iter().find(is_same)
            {
                process.facts.clone_from(&old.facts);
            }
        }
        self.is_known = true;
        self.processes = processes;
        self.refresh(now);
        if std::mem::take(&mut self.is_target) && self.selected_index().is_none() {
            self.toggle_all(now);
        }
        self.select_near(self.selected_index());
    }

    /// Takes measurements. Processes that have changed meanwhile have none.
    pub(super) fn set_facts(&mut self, measured: &[Process], now: Time) {
        for process in &mut self.processes {
            let is_same = |new: &&Process| new.id == process.id && new.run == process.run;
            if let Some(new) = measured.iter().find(is_same) {
                process.facts.clone_from(&new.facts);
            }
        }
        self.refresh(now);
    }

    /// Selects again what is shown: processes that have ended disappear after some time.
    pub(super) fn refresh(&mut self, now: Time) {
        let index = self.selected_index();
        let processes = self.processes.clone();
        let selection = if self.shows_all {
            Selection::all(processes)
        } else {
            Selection::relevant(processes, now)
        };
        let selection = selection.by_end();
        self.hidden = selection.hidden;
        self.shown = selection.shown;
        self.marked.retain(|id| self.processes.iter().any(|process| process.id == *id));
        if index.is_some() {
            self.select_near(index);
        }
    }

    /// Selects the process at this index, if the selected one is not shown any more.
    fn select_near(&mut self, index: Option<usize>) {
        if self.selected_index().is_none() {
            self.select(index.unwrap_or_default());
        }
    }

    pub(super) fn shown(&self) -> &[Process] {
        &self.shown
    }

    /// How many processes are not shown.
    pub(super) fn hidden(&self) -> usize {
        self.hidden
    }

    pub(super) fn selected(&self) -> Option<&Process> {
        self.shown.get(self.selected_index()?)
    }

    pub(super) fn selected_index(&self) -> Option<usize> {
        let selected = self.selected.as_deref()?;
        self.shown.iter().position(|process| process.id == selected)
    }

    /// Selects the process at this index, or the last one.
    pub(super) fn select(&mut self, index: usize) {
        let index = index.min(self.shown.len().saturating_sub(1));
        self.selected = self.shown.get(index).map(|process| process.id.clone());
    }

    pub(super) fn toggle_all(&mut self, now: Time) {
        self.shows_all = !self.shows_all;
        self.refresh(now);
    }

    pub(super) fn toggle_mark(&mut self) {
        let Some(id) = self.selected.clone() else { return };
        match self.marked.iter().position(|marked| *marked == id) {
            Some(at) => drop(self.marked.remove(at)),
            None => self.marked.push(id),
        }
    }

    pub(super) fn is_marked(&self, process: &Process) -> bool {
        self.marked.contains(&process.id)
    }

    /// Removes all marks. `false`: there were none.
    pub(super) fn clear_marks(&mut self) -> bool {
        !std::mem::take(&mut self.marked).is_empty()
    }

    /// The processes whose logs are shown: the marked ones, or else the selected one.
    pub(super) fn with_log(&self) -> Vec<&Process> {
        let marked: Vec<&Process> =
            self.processes.iter().filter(|process| self.is_marked(process)).collect();
        if marked.is_empty() { self.selected().into_iter().collect() } else { marked }
    }

    /// Whether a process that has just started listens on no port yet.
    pub(super) fn awaits_port(&self, now: Time) -> bool {
        list_facts::awaits_port(&self.shown, now)
    }

    /// When one of the ages in the list will be another text.
    pub(super) fn next_change(&self, now: Time) -> Option<Duration> {
        let since =
            |process: &Process| process.status.end_time().or_else(|| process.status.start_time());
        let ages = self.shown.iter().filter_map(since).map(|since| now.seconds_since(since));
        ages.map(until_next_text).min()
    }
}

/// How long the text of an age stays the same: a second, a minute or an hour in all.
fn until_next_text(age: f64) -> Duration {
    let age = Duration::try_from_secs_f64(age).unwrap_or_default();
    let unit = match age.as_secs() {
        0..MINUTE => 1,
        MINUTE..HOUR => MINUTE,
        _ => HOUR,
    };
    let next = Duration::from_secs((age.as_secs() / unit + 1) * unit);
    next.saturating_sub(age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_drawn_again_when_its_text_changes() {
        for (age, seconds) in
            [(0.25, 0.75), (59.5, 0.5), (61.0, 59.0), (3_599.0, 1.0), (3_600.0, 3_600.0)]
        {
            assert_eq!(until_next_text(age), Duration::from_secs_f64(seconds), "{age}");
        }
        assert_eq!(until_next_text(-5.0), Duration::from_secs(1));
    }
}
