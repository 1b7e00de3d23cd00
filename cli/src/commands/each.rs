//! Acts on one process or on each of several, and prints what was done: one line each, or in JSON an
//! object or an array.

use std::process::ExitCode;
use std::thread;

use persistproc_api::client::Client;
use persistproc_api::{Problem, Process, Target};
use serde::Serialize;

use super::selected::Selected;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render::{self, problem, words};

/// How many requests run in parallel.
const PARALLEL_REQUESTS: usize = 16;

/// What was done with one process.
pub(super) struct ProcessReport<T> {
    /// The answer of the daemon.
    pub(super) answer: T,
    pub(super) lines: Vec<String>,
    /// Lines that are output of the process, or made of it. They are printed unchanged.
    pub(super) details: Vec<String>,
    /// For standard error; empty: none.
    pub(super) note: String,
    pub(super) exit_code: u8,
}

impl<T: Serialize> ProcessReport<T> {
    /// A success that one line describes.
    pub(super) fn line(answer: T, line: String) -> Self {
        Self { answer, lines: vec![line], details: Vec::new(), note: String::new(), exit_code: 0 }
    }

    /// Prints the report of a single process.
    pub(super) fn print(&self, context: &Context) -> Outcome {
        if context.json() {
            render::json(&self.answer)?;
        } else {
            self.print_text(context)?;
        }
        Ok(ExitCode::from(self.exit_code))
    }

    fn print_text(&self, context: &Context) -> Result<(), Failure> {
        render::escaped_lines(&self.lines)?;
        if !self.note.is_empty() {
            context.note(&words::shown(&self.note));
        }
        render::lines(&self.details)
    }
}

/// An element of the array that several processes have in JSON.
#[derive(Serialize)]
#[serde(untagged)]
enum Element<'a, T> {
    Done(T),
    Failed {
        id: &'a str,
        label: &'a str,
        error: String,
        #[serde(flatten)]
        problem: Problem,
    },
}

/// Acts on each of the processes, some at a time, and prints the results in their order. A failure
/// does not keep the others; the exit code is that of the worst. `nothing` is printed for an empty
/// selection.
pub(super) fn run<T: Serialize + Send>(
    selected: &Selected,
    client: &Client,
    context: &Context,
    nothing: &str,
    act: impl Fn(&Client, &Target) -> Result<ProcessReport<T>, Problem> + Sync,
) -> Outcome {
    match &selected.processes[..] {
        [only] if !selected.is_list => act(client, &Target::from(only))?.print(context),
        [] if !context.json() => {
            render::lines([nothing])?;
            Ok(ExitCode::SUCCESS)
        }
        several => run_several(several, client, context, act),
    }
}

fn run_several<T: Serialize + Send>(
    processes: &[Process],
    client: &Client,
    context: &Context,
    act: impl Fn(&Client, &Target) -> Result<ProcessReport<T>, Problem> + Sync,
) -> Outcome {
    let mut worst = 0;
    let mut elements = Vec::new();
    for chunk in processes.chunks(PARALLEL_REQUESTS) {
        thread::scope(|scope| -> Result<(), Failure> {
            let act = &act;
            let threads: Vec<_> = chunk
                .iter()
                .map(|process| {
                    let client = client.clone();
                    scope.spawn(move || act(&client, &Target::from(process)))
                })
                .collect();
            for (thread, process) in threads.into_iter().zip(chunk) {
                let result = thread.join().unwrap_or_else(|_| {
                    Err(Problem::internal("A thread that sends a request has panicked."))
                });
                let (element, exit_code) = report(result, process, context)?;
                elements.push(element);
                worst = worst.max(exit_code);
            }
            Ok(())
        })?;
    }
    if context.json() {
        render::json(&elements)?;
    }
    Ok(ExitCode::from(worst))
}

/// Prints the result of one of several processes, if it is printed as text. Returns it as an element of
/// the array, with its exit code.
fn report<'a, T: Serialize>(
    result: Result<ProcessReport<T>, Problem>,
    process: &'a Process,
    context: &Context,
) -> Result<(Element<'a, T>, u8), Failure> {
    match result {
        Ok(report) => {
            if !context.json() {
                report.print_text(context)?;
            }
            Ok((Element::Done(report.answer), report.exit_code))
        }
        Err(problem) => {
            if !context.json() {
                // Fails if standard error is closed. The exit code still reports the failure.
                problem::print(&problem).ok();
            }
            let exit_code = Failure::from(problem.clone()).code();
            let error = problem.message.clone();
            let element =
                Element::Failed { id: &process.id, label: &process.label, error, problem };
            Ok((element, exit_code))
        }
    }
}
