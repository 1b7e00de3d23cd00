//! `setup`: connect all shells and agents of this user, or disconnect them with `--undo`. It does what
//! `init` and `mcp` do for each of them, shows all changes first, and asks once.

mod change;
mod report;
mod survey;

use std::process::ExitCode;

use persistproc_api::{ErrorCode, Problem};

use self::change::{Applied, Change};
use self::report::SetupReport;
use self::survey::Survey;
use super::mcp::endpoint;
use crate::agents::config_paths::ConfigPaths;
use crate::args::SetupArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render::{self, problem};
use crate::terminal::question;

pub(crate) fn run(args: &SetupArgs, context: &Context) -> Outcome {
    let paths = ConfigPaths::from_environment()?;
    let endpoint = endpoint::of_context(context)?;
    let survey = Survey::new(args.undo, &paths, &endpoint, context);
    if context.json() {
        return run_as_json(survey, args);
    }
    survey.problems.iter().try_for_each(problem::print)?;
    if survey.changes.is_empty() {
        render::lines(report::nothing_to_do(&survey, args.undo))?;
        return Ok(exit_code(&survey.problems));
    }
    render::lines(report::preview(&survey, &paths))?;
    if args.dry_run {
        let undo = if args.undo { " --undo" } else { "" };
        context.note(&format!("Nothing was changed. Run `persistproc setup{undo}` to do it."));
        return Ok(exit_code(&survey.problems));
    }
    confirm(args, survey.changes.len())?;
    let mut problems = survey.problems;
    let applied = apply(&survey.changes, &mut problems, problem::print)?;
    render::lines(report::summary(&applied, args.undo, &paths))?;
    Ok(exit_code(&problems))
}

fn run_as_json(survey: Survey, args: &SetupArgs) -> Outcome {
    let Survey { changes, settled, mut problems } = survey;
    if !args.dry_run && !args.yes && !changes.is_empty() {
        return Err(needs_yes("The format JSON has no question.", args.undo).into());
    }
    let changes: Vec<_> = if args.dry_run {
        changes.iter().map(|change| (change, None)).collect()
    } else {
        let applied = apply(&changes, &mut problems, |_| Ok(()))?;
        applied.into_iter().map(|applied| (applied.change, applied.backup)).collect()
    };
    render::json(&SetupReport::new(&changes, &settled, &problems, args.dry_run))?;
    Ok(exit_code(&problems))
}

/// Makes the changes. A problem with one of them does not stop the others.
fn apply<'a>(
    changes: &'a [Change],
    problems: &mut Vec<Problem>,
    report: impl Fn(&Problem) -> std::io::Result<()>,
) -> Result<Vec<Applied<'a>>, Failure> {
    let mut all = Vec::new();
    for change in changes {
        match change.apply() {
            Ok(applied) => all.push(applied),
            Err(problem) => {
                report(&problem)?;
                problems.push(problem);
            }
        }
    }
    Ok(all)
}

/// Asks, unless `--yes` is given.
fn confirm(args: &SetupArgs, changes: usize) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    if !question::can_ask() {
        return Err(needs_yes("There is no terminal to ask in.", args.undo).into());
    }
    let text = if changes == 1 {
        "Make this change?".to_owned()
    } else {
        format!("Make these {changes} changes?")
    };
    if question::confirm(&text)? {
        return Ok(());
    }
    let problem = Problem::new(ErrorCode::NotFound, "Nothing was changed.");
    Err(Failure::with_code(problem, 1))
}

fn needs_yes(message: &str, undo: bool) -> Problem {
    let undo = if undo { " --undo" } else { "" };
    let command = format!("`persistproc setup{undo} --yes`");
    Problem::invalid(message)
        .hint(format!("Nothing was changed. Run {command} to make the changes without a question."))
}

fn exit_code(problems: &[Problem]) -> ExitCode {
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
