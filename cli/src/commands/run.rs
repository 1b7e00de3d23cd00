//! `run`: start it or find it running, then watch it.

use std::io::IsTerminal;

use persistproc_api::follow::FollowQuery;
use persistproc_api::limits;
use persistproc_api::output::Lines;
use persistproc_api::start::{Command, IfRunning, StartRequest, Started};
use persistproc_api::{ErrorCode, Problem, Process, Time};

use super::request;
use crate::args::RunArgs;
use crate::context::{self, Context};
use crate::dispatch;
use crate::error::{self, Failure, Outcome};
use crate::render::words;
use crate::session::Session;
use crate::terminal;

pub(crate) fn run(args: RunArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let (on_exit, raw) = (args.watch.on_exit, args.watch.raw);
    let word = args.words.first().cloned().unwrap_or_default();
    let started = client.start(&start_request(args)?);
    let started = started.map_err(|problem| not_started(meant(problem, &word)))?;
    let silent = raw || context.quiet();
    if started.already_running && !silent {
        context.note(&running_already(&started.process));
    }
    let query = beginning(&started);
    let ours = !started.already_running;
    Session { client, process: started.process, query, on_exit, silent, ours }.run()
}

fn start_request(args: RunArgs) -> Result<StartRequest, Problem> {
    let directory = context::directory(None)?;
    Ok(StartRequest {
        command: Command::typed(args.words, &directory),
        working_directory: directory,
        label: args.label,
        environment: request::environment(Default::default()),
        inherit_environment: false,
        tty: (terminal::is_interactive() && !args.no_tty).then(terminal::size),
        if_running: if args.fresh { IfRunning::Restart } else { IfRunning::Return },
        wait: None,
        umask: Some(request::umask()),
        limits: limits::own(),
        stop_timeout: None,
    })
}

/// A word that is no program may have been meant as a command of ours.
fn meant(problem: Problem, word: &str) -> Problem {
    match dispatch::verb_like(word) {
        Some(verb) if problem.code == ErrorCode::CommandNotFound => {
            // One guess is enough, and this one is likelier than any program.
            problem.hint(format!("Did you mean `pp {verb}`?"))
        }
        _ => problem,
    }
}

/// Scripts know two of these by their codes.
fn not_started(problem: Problem) -> Failure {
    match problem.code {
        ErrorCode::CommandNotFound | ErrorCode::PermissionDenied => {
            let code = error::shell_code(&problem);
            Failure::with_code(problem, code)
        }
        _ => problem.into(),
    }
}

/// A new run from its first byte, an old one from its last lines.
fn beginning(started: &Started) -> FollowQuery {
    match started.already_running {
        true => last_lines(),
        false => FollowQuery {
            after: Some(started.cursor.clone()),
            wait: true,
            ..FollowQuery::default()
        },
    }
}

/// A screenful of what is there, and then all that comes.
pub(super) fn last_lines() -> FollowQuery {
    let lines = match std::io::stdout().is_terminal() {
        true => Lines::AtMost(terminal::size().rows.saturating_sub(3).max(1).into()),
        false => Lines::default(),
    };
    FollowQuery { lines, wait: true, ..FollowQuery::default() }
}

fn running_already(process: &Process) -> String {
    let facts = [
        process.status.pid().map(|pid| format!("pid {pid}")),
        words::age(&process.status, Time::now()).map(|age| format!("for {age}")),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    format!(
        "{} is running already ({facts}); showing its last lines. Ctrl+C to leave or stop it.",
        process.command_line()
    )
}
