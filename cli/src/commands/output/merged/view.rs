//! [`View`]: the processes whose output is shown, and which of their runs are still to be read.

use std::path::PathBuf;

use persistproc_api::Process;
use persistproc_api::cursor::Cursor;
use persistproc_api::follow::FollowQuery;
use persistproc_api::output::{Lines, Stream};

use super::line_format::{LineFormat, LineSource};
use super::source::SourceStart;
use crate::session::OutputLine;

/// The processes of a merged output.
pub(super) struct View {
    format: LineFormat,
    sources: Vec<ViewSource>,
    /// Processes that start in this directory and below are shown too.
    later_in: Option<PathBuf>,
    stream: Stream,
    /// The client name of this command.
    reader: &'static str,
    /// The processes at the latest change.
    latest: Vec<Process>,
}

/// One process of the view.
struct ViewSource {
    line_source: LineSource,
    /// Whether a thread reads its output.
    is_read: bool,
    /// The latest run of which all output was read.
    last_run: u32,
}

impl View {
    pub(super) fn new(
        format: LineFormat,
        later_in: Option<PathBuf>,
        stream: Stream,
        reader: &'static str,
    ) -> Self {
        Self { format, sources: Vec::new(), later_in, stream, reader, latest: Vec::new() }
    }

    /// Adds a process whose output a thread will read. Returns its index.
    pub(super) fn add(&mut self, process: &Process) -> usize {
        let line_source = self.format.add(process);
        self.sources.push(ViewSource { line_source, is_read: true, last_run: 0 });
        self.sources.len() - 1
    }

    pub(super) fn name(&self, index: usize) -> &str {
        self.sources[index].line_source.name.text()
    }

    pub(super) fn format(&self, index: usize, line: &OutputLine) -> String {
        self.format.line(&self.sources[index].line_source, line)
    }

    /// The thread of a process has ended, after all output of this run.
    pub(super) fn done(&mut self, index: usize, run: u32) {
        let source = &mut self.sources[index];
        source.is_read = false;
        source.last_run = run;
    }

    pub(super) fn set_list(&mut self, processes: Vec<Process>) {
        self.latest = processes;
    }

    /// The runs that have begun and are not read yet.
    pub(super) fn new_runs(&mut self) -> Vec<SourceStart> {
        let mut starts = Vec::new();
        for process in std::mem::take(&mut self.latest) {
            if let Some((index, run)) = self.unread_run(&process) {
                let query = FollowQuery {
                    stream: self.stream,
                    lines: Lines::All,
                    after: Some(Cursor::start_of(run).to_string()),
                    wait: true,
                    ..FollowQuery::default()
                };
                let process = process.clone();
                let reader = self.reader;
                starts.push(SourceStart { process, query, backlog: None, index, reader });
            }
            self.latest.push(process);
        }
        starts
    }

    /// The index of a process of the view, and its first run that is not read yet.
    fn unread_run(&mut self, process: &Process) -> Option<(usize, u32)> {
        let known = self.sources.iter().position(|source| source.line_source.id == process.id);
        let Some(index) = known else {
            let directory = self.later_in.as_ref()?;
            let is_selected = process.working_directory.starts_with(directory) && process.run > 0;
            return is_selected.then(|| (self.add(process), 1));
        };
        let source = &mut self.sources[index];
        if source.is_read || process.run == source.last_run {
            return None;
        }
        // A process that was forgotten and started again counts its runs from 1.
        let run = if process.run > source.last_run { source.last_run + 1 } else { 1 };
        source.is_read = true;
        Some((index, run))
    }

    /// Whether nothing follows: all named processes have ended.
    pub(super) fn has_ended(&self) -> bool {
        self.later_in.is_none() && self.sources.iter().all(|source| !source.is_read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: &str, directory: &str, run: u32) -> Process {
        serde_json::from_value(serde_json::json!({
            "id": id, "label": id, "command": ["x"], "working_directory": directory,
            "status": "running", "pid": 1, "start_time": "2026-11-22T14:00:00Z", "end_time": null,
            "exit_code": null, "run": run, "tty": false,
            "log_combined": "/l", "log_stdout": "/l", "log_stderr": "/l",
        }))
        .unwrap()
    }

    fn new_runs(view: &mut View) -> Vec<String> {
        let starts = view.new_runs();
        let shown = |start: &SourceStart| {
            format!("{} {}", start.process.id, start.query.after.as_deref().unwrap_or_default())
        };
        starts.iter().map(shown).collect()
    }

    #[test]
    fn each_run_is_read_once() {
        let mut view =
            View::new(LineFormat::new(false, false, true), None, Stream::Combined, "cli");
        let index = view.add(&process("web", "/w", 2));
        view.set_list(vec![process("web", "/w", 2), process("other", "/w", 1)]);
        assert!(new_runs(&mut view).is_empty(), "it is being read");
        view.done(index, 2);
        assert!(new_runs(&mut view).is_empty() && view.has_ended());
        view.set_list(vec![process("web", "/w", 4)]);
        assert_eq!(new_runs(&mut view), [format!("web {}", Cursor::start_of(3))]);
        assert!(new_runs(&mut view).is_empty() && !view.has_ended());
        view.done(index, 4);
        view.set_list(vec![process("web", "/w", 1)]);
        assert_eq!(new_runs(&mut view), [format!("web {}", Cursor::start_of(1))]);
    }

    #[test]
    fn a_run_that_began_before_the_thread_ended_is_read() {
        let mut view =
            View::new(LineFormat::new(false, false, true), None, Stream::Combined, "cli");
        let index = view.add(&process("web", "/w", 1));
        view.set_list(vec![process("web", "/w", 2)]);
        assert!(new_runs(&mut view).is_empty());
        view.done(index, 1);
        assert_eq!(new_runs(&mut view), [format!("web {}", Cursor::start_of(2))]);
    }

    #[test]
    fn processes_that_start_later_are_added_if_they_are_below_the_directory() {
        let mut view = View::new(
            LineFormat::new(false, false, true),
            Some("/w".into()),
            Stream::Combined,
            "cli",
        );
        view.set_list(vec![process("web", "/w/a", 1), process("other", "/wo", 1)]);
        assert_eq!(new_runs(&mut view), [format!("web {}", Cursor::start_of(1))]);
        assert!(!view.has_ended(), "more may start");
    }
}
