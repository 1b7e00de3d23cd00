//! Every error as a model reads it: what happened, the last lines where they tell why, and the
//! call to make now. All of it in the text, under a thousand characters.

use persistproc_api::output::{Lines, OutputQuery};
use persistproc_api::process::ListQuery;
use persistproc_api::words::shown_lines;
use persistproc_api::{ErrorCode, Problem};
use rmcp::model::{CallToolResult, ContentBlock};

use super::lines;
use super::target::Target;
use crate::supervisor::Supervisor;

/// The longest error, in characters.
const LONGEST: usize = 990;

/// Characters that cause and next step may take each.
const SENTENCES: usize = 330;

/// Lines that an error shows.
const LINES: u64 = 15;

/// Names that an error lists.
const NAMES: usize = 8;

/// Why a call failed, in words for a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure(String);

impl Failure {
    /// What happened, and what to do now.
    pub(super) fn new(cause: &str, next: &str) -> Self {
        Self::with_lines(cause, &[], next)
    }

    /// The same with the last lines of output in between.
    pub(super) fn with_lines(cause: &str, output: &[String], next: &str) -> Self {
        let sentence = |text| lines::cut(&shown_lines(text), SENTENCES);
        let (cause, next) = (sentence(cause), sentence(next));
        let heading = "Last lines:";
        let used = cause.chars().count() + next.chars().count() + heading.len() + 4;
        let output = lines::newest(output, LINES as usize, LONGEST.saturating_sub(used));
        let mut parts = vec![cause];
        if !output.is_empty() {
            parts.push(format!("{heading}\n{}", output.join("\n")));
        }
        parts.extend((!next.is_empty()).then_some(next));
        Self(parts.join("\n"))
    }

    /// The supervisor said no.
    pub(super) async fn of(
        problem: Problem,
        target: Option<&Target>,
        supervisor: &Supervisor,
    ) -> Self {
        let next = next(&problem, target, supervisor);
        let cause = in_our_words(&problem.message);
        let output = match (problem.code, target) {
            (ErrorCode::NotRunning, Some(target)) => last_lines(supervisor, target).await,
            _ => Vec::new(),
        };
        Self::with_lines(&cause, &output, &next)
    }

    /// A tool's answer that says so.
    pub(super) fn into_result(self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(self.0)])
    }
}

/// The newest lines of a process, if they can be had.
pub(super) async fn last_lines(supervisor: &Supervisor, target: &Target) -> Vec<String> {
    let query = OutputQuery {
        lines: Lines::AtMost(LINES),
        working_directory: target.directory.clone(),
        ..OutputQuery::default()
    };
    supervisor.output(&target.name, &query).await.map(|page| page.output).unwrap_or_default()
}

/// The next step, as a call of a tool where one helps.
fn next(problem: &Problem, target: Option<&Target>, supervisor: &Supervisor) -> String {
    let name = target.map_or("…", |target| &target.name);
    match problem.code {
        ErrorCode::NotFound => known(problem, supervisor),
        ErrorCode::NotRunning => {
            format!("ctrl(action: \"restart\", command_or_label: {name:?}) starts it again.")
        }
        ErrorCode::AlreadyRunning => {
            "The same call with if_running: \"restart\" starts it anew.".into()
        }
        // The only thing that is bounded and is no `wait`: what a process is sent.
        ErrorCode::Timeout => format!(
            "What fitted waits for it. output(command_or_label: {name:?}) shows what it is doing; \
             ctrl(action: \"restart\", command_or_label: {name:?}) begins anew."
        ),
        ErrorCode::LabelInUse => "Give another label, or stop that process first.".into(),
        ErrorCode::Ambiguous => {
            "Give the id of the one you mean as command_or_label, or its pid.".into()
        }
        ErrorCode::DirectoryMissing => {
            "Give an existing directory as working_directory, with its whole path.".into()
        }
        ErrorCode::CommandNotFound if is_called(name, supervisor) => format!(
            "But a process is called that: ctrl(action: \"restart\", command_or_label: {name:?})."
        ),
        _ => in_our_words(&problem.hint),
    }
}

/// Whether someone asked to start what is the name of a process, and not its command.
fn is_called(name: &str, supervisor: &Supervisor) -> bool {
    let found = supervisor.resolve(name, None);
    found.is_ok_and(|process| process.label == name || process.id == name)
}

/// The processes that could have been meant.
fn known(problem: &Problem, supervisor: &Supervisor) -> String {
    let processes = supervisor.list(&ListQuery::default());
    if processes.is_empty() {
        return "Nothing was started yet: ctrl(action: \"start\", …) starts one.".into();
    }
    let names: Vec<String> = processes
        .iter()
        .take(NAMES)
        .map(|process| format!("{:?} ({})", process.name(), process.status.word()))
        .collect();
    let more = if processes.len() > NAMES { "; list() shows all" } else { "" };
    let meant = problem.hint.split_once('?').map(|(guess, _)| guess);
    let meant = meant.filter(|guess| guess.starts_with("Did you mean"));
    let meant = meant.map_or_else(String::new, |guess| format!("{guess}? "));
    format!("{meant}Known here: {}{more}.", names.join(", "))
}

/// Parameters have other names on this face.
fn in_our_words(sentence: &str) -> String {
    [
        ("`after`", "`cursor`"),
        ("`since`", "`since_time`"),
        ("`before`", "`before_time`"),
        ("`timeout`", "`timeout_seconds`"),
        ("--working-directory", "working_directory"),
        ("`pp <command>` in a terminal, or `tty`", "`pp <command>` in a terminal"),
    ]
    .iter()
    .fold(sentence.to_owned(), |sentence, (theirs, ours)| sentence.replace(theirs, ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_cause_lines_and_next_step_and_is_short() {
        let lines = ["building", "error: no such module"].map(str::to_owned);
        assert_eq!(
            Failure::with_lines("It exited with code 1.", &lines, "Mend it.").0,
            "It exited with code 1.\nLast lines:\nbuilding\nerror: no such module\nMend it."
        );
        let many: Vec<String> = (0..100).map(|n| format!("{n} {}", "x".repeat(90))).collect();
        let Failure(text) = Failure::with_lines(&"c".repeat(900), &many, &"n".repeat(900));
        assert!((600..1000).contains(&text.chars().count()), "{}", text.chars().count());
        assert!(text.contains("99 x"), "{text}");
    }
}
