//! `attach`: connect the terminal to a process that is already running.

use std::env;
use std::io::{IsTerminal, stdout};
use std::path::PathBuf;

use persistproc_api::follow::FollowQuery;
use persistproc_api::output::Lines;
use persistproc_api::problem::NextStep;
use persistproc_api::selection::SelectedState;
use persistproc_api::{ErrorCode, Problem, Process, Time};

use super::selected::{self, Purpose, SelectionRequest, WithoutTarget};
use crate::args::AttachArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render::attach_note::{self, NoteContext};
use crate::render::words;
use crate::session::{self, AttachOptions};
use crate::terminal::{self, DetachKeys};

const PURPOSE: Purpose<'static> = Purpose {
    command: "attach",
    question: "Attach to",
    changes: true,
    state: SelectedState::Alive,
    without_target: WithoutTarget::Running,
};

/// Rows of the screen that are left free for the shell's prompt and our notes.
const FREE_ROWS: u16 = 3;

pub(crate) fn run(args: &AttachArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let directory = args.working_directory.as_deref();
    let request = SelectionRequest::of_words(&args.target, directory, PURPOSE);
    let process = selected::one(&client, &request, context)?;
    if !process.status.is_alive() {
        return Err(not_running(&process, context.client_name()).into());
    }
    let silent = args.attach.raw || context.quiet();
    if terminal::stdin_is_terminal() && !silent {
        context.note(&note(&process, &args.attach.detach_keys));
    }
    let options = AttachOptions {
        client: client.without_reports().attached(),
        shim_socket: context.data_dirs().shim_socket(&process.id),
        process,
        query: newest_screenful(),
        on_exit: args.attach.on_exit,
        silent,
        owns_stdin: false,
        hold: false,
        detach_keys: args.attach.detach_keys.clone(),
        reader: context.client_name(),
    };
    session::attach(&options)
}

/// The note about a process that was running before this command attaches to it.
pub(super) fn note(process: &Process, detach_keys: &DetachKeys) -> String {
    let directory = env::current_dir().unwrap_or_default();
    let home = env::var_os("HOME").map(PathBuf::from);
    let context = NoteContext {
        now: Time::now(),
        directory: &directory,
        home: home.as_deref(),
        can_type: terminal::stdin_is_terminal(),
        detach_keys: detach_keys.shown(),
    };
    attach_note::note(process, &context)
}

/// A query for the newest output that fits on the screen, and everything that follows.
pub(super) fn newest_screenful() -> FollowQuery {
    let lines = if stdout().is_terminal() {
        let rows = terminal::size().rows.saturating_sub(FREE_ROWS).max(1);
        Lines::AtMost(rows.into())
    } else {
        Lines::default()
    };
    FollowQuery { lines, wait: true, ..FollowQuery::default() }
}

fn not_running(process: &Process, reader: &str) -> Problem {
    let age = words::age(&process.status, Time::now()).map(|age| format!(" {age} ago"));
    let end = words::end_phrase(process, reader);
    let message = format!("{} {end}{}.", process.name(), age.unwrap_or_default());
    let next = NextStep::restart(process.name(), "start it again")
        .then(NextStep::output(process.name(), "see its output"));
    Problem::new(ErrorCode::NotRunning, message).hint(next)
}
