//! `Failure`: an error of a tool as a model reads it: the cause, the last lines of output where
//! they explain it, and the next call. All in one text of less than a thousand characters.

use persistproc_api::problem::NextStep;
use persistproc_api::process::ListQuery;
use persistproc_api::words::shown_lines;
use persistproc_api::{ErrorCode, Problem, Target};
use rmcp::model::{CallToolResult, ContentBlock};

use super::recent_output::recent_output;
use super::{lines, wording};
use crate::supervisor::Supervisor;

/// The longest failure, in characters.
const MAX_CHARS: usize = 990;

/// The longest cause and the longest next step, in characters each.
const MAX_SENTENCE_CHARS: usize = 330;

/// Lines of output in a failure.
const MAX_LINES: u64 = 15;

/// Processes that a failure lists.
const MAX_PROCESSES: usize = 8;

/// Precedes the lines of output.
pub(super) const HEADING: &str = "Last lines:";

/// Why a call failed, as text for a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure(String);

impl Failure {
    /// A failure with its cause and the next step.
    pub(super) fn new(cause: &str, next: &str) -> Self {
        Self::with_lines(cause, &[], next)
    }

    /// A failure with the last lines of output between cause and next step.
    pub(super) fn with_lines(cause: &str, output: &[String], next: &str) -> Self {
        let cause = sentence(cause);
        let next = sentence(next);
        let used = cause.chars().count() + next.chars().count() + HEADING.len() + 4;
        let budget = MAX_CHARS.saturating_sub(used);
        let output = lines::newest_lines(output, MAX_LINES as usize, budget);
        let mut parts = vec![cause];
        if !output.is_empty() {
            parts.push(format!("{HEADING}\n{}", output.join("\n")));
        }
        if !next.is_empty() {
            parts.push(next);
        }
        Self(parts.join("\n"))
    }

    /// An error of the supervisor. One about an ended process shows its last lines.
    pub(super) async fn from_problem(
        problem: Problem,
        target: Option<&Target>,
        supervisor: &Supervisor,
    ) -> Self {
        let next = next_step(&problem, target, supervisor);
        let output = match (problem.code, target) {
            (ErrorCode::NotRunning, Some(target)) => {
                let page = recent_output(supervisor, target, MAX_LINES).await;
                page.map(|page| page.output).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        Self::with_lines(&wording::cause(problem), &output, &next)
    }

    /// The failed result of a tool.
    pub(super) fn into_result(self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(self.0)])
    }
}

fn sentence(text: &str) -> String {
    lines::truncate(&shown_lines(text), MAX_SENTENCE_CHARS)
}

/// The next step of a problem. Three problems get a different step here, because a model acts on it
/// in its next call: a wrong name, an ended process, a name in place of a command.
fn next_step(problem: &Problem, target: Option<&Target>, supervisor: &Supervisor) -> String {
    match (problem.code, target) {
        (ErrorCode::NotFound, _) => known_processes(problem, supervisor),
        // The failure shows the last lines, so the step is only to restart.
        (ErrorCode::NotRunning, Some(target)) => {
            wording::next_step(&NextStep::restart(&target.name, "start it again"))
        }
        (ErrorCode::CommandNotFound, Some(target)) if is_process_name(target, supervisor) => {
            let step = NextStep::restart(&target.name, "restart the process with that name");
            wording::next_step(&step)
        }
        _ => wording::next_step(&problem.hint),
    }
}

/// Whether the command of a start is the label or the id of a process.
fn is_process_name(target: &Target, supervisor: &Supervisor) -> bool {
    let name = &target.name;
    let found = supervisor.resolve(&Target::new(name, None));
    found.is_ok_and(|process| process.label == *name || process.id == *name)
}

/// The processes that the caller may have meant.
fn known_processes(problem: &Problem, supervisor: &Supervisor) -> String {
    let processes = supervisor.list(&ListQuery::default());
    if processes.is_empty() {
        return wording::next_step(&NextStep::start_first());
    }
    let names: Vec<String> = processes
        .iter()
        .take(MAX_PROCESSES)
        .map(|process| format!("{:?} ({})", process.name(), process.status.word()))
        .collect();
    let mut text = format!("Known processes: {}.", names.join(", "));
    if let Some(name) = problem.hint.did_you_mean() {
        let guess = wording::next_step(&NextStep::DidYouMean(name.to_owned()));
        text = format!("{guess} {text}");
    }
    if processes.len() > MAX_PROCESSES {
        text = format!("{text} {}", wording::next_step(&NextStep::list()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_cause_lines_and_next_step_within_the_limit() {
        let lines = ["building", "error: no such module"].map(str::to_owned);
        assert_eq!(
            Failure::with_lines("It exited with code 1.", &lines, "Fix it.").0,
            "It exited with code 1.\nLast lines:\nbuilding\nerror: no such module\nFix it."
        );
        let many: Vec<String> = (0..100).map(|n| format!("{n} {}", "x".repeat(90))).collect();
        let Failure(text) = Failure::with_lines(&"c".repeat(900), &many, &"n".repeat(900));
        assert!((600..1000).contains(&text.chars().count()), "{}", text.chars().count());
        assert!(text.contains("99 x"), "{text}");
    }
}
