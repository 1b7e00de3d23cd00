//! `run`: start a program, or find it running, and attach to it.

mod other_tools;
mod stream_plan;

use persistproc_api::client::Client;
use persistproc_api::follow::FollowQuery;
use persistproc_api::start::{IfRunning, StartRequest, Started};
use persistproc_api::{ErrorCode, Problem};

use self::stream_plan::{StreamFlags, StreamPlan};
use super::{attach, confinement, env, environment, older_daemon, shell_words, start};
use crate::args::{IfRunningChoice, RunArgs, StartArgs};
use crate::context::Context;
use crate::dispatch;
use crate::error::{self, Failure, Outcome};
use crate::handover::Handover;
use crate::paths;
use crate::render::words;
use crate::session::{self, AttachOptions};
use crate::terminal;

pub(crate) fn run(args: RunArgs, context: &Context) -> Outcome {
    if args.implied {
        other_tools::refuse(&args.words, context)?;
    }
    if args.detach {
        return start::run(&start_args(args), context);
    }
    let on_exit = args.attach.on_exit;
    let silent = args.attach.raw || context.quiet();
    let hold = !args.no_hold;
    let detach_keys = args.attach.detach_keys.clone();
    let words = shell_words::text(&args.words);
    let mut request = start_request(args)?;
    confinement::prepare(context)?;
    // Without a handover, our input is copied to the process.
    let lease = hold && session::output_must_be_complete();
    let has_terminal = request.launch.tty.is_some();
    let handover = Handover::prepare(context.data_dirs(), has_terminal, lease).ok();
    request.handover = handover.as_ref().map(Handover::offer);
    let (client, started) = older_daemon::start(&request, context, Client::start)?;
    let started = started.map_err(|problem| {
        let word = words.first().map_or("", |word| word);
        start_failure(shell_words::explain(suggest_verb(problem, word), &words))
    })?;
    if started.already_running && !silent {
        context.note(&attach::note(&started.process, &detach_keys));
        let folder = context.data_dirs().process(&started.process.id);
        let differs = env::note_of_joined(&folder, &request.launch.environment, "--fresh");
        differs.iter().for_each(|note| context.note(note));
    }
    if !started.note.is_empty() && !silent {
        context.note(&words::shown(&started.note));
    }
    if let Some(handover) = handover {
        handover.finish(&started);
    }
    let options = AttachOptions {
        client: client.without_reports().attached(),
        query: output_query(&started),
        shim_socket: context.data_dirs().shim_socket(&started.process.id),
        owns_stdin: !started.already_running,
        hold,
        process: started.process,
        on_exit,
        silent,
        detach_keys,
        reader: context.client_name(),
    };
    session::attach(&options)
}

/// The same program as `start` takes it.
fn start_args(args: RunArgs) -> StartArgs {
    let if_running = if args.fresh { IfRunningChoice::Restart } else { IfRunningChoice::default() };
    StartArgs {
        working_directory: args.working_directory,
        env: args.env,
        label: args.label,
        assign_port: args.assign_port,
        if_running,
        words: args.words,
        ..StartArgs::default()
    }
}

fn start_request(args: RunArgs) -> Result<StartRequest, Problem> {
    let directory = match &args.working_directory {
        Some(directory) => paths::absolute_directory(Some(directory))?,
        None => paths::current_directory()?,
    };
    let flags = StreamFlags { split: args.split, no_tty: args.no_tty };
    let StreamPlan { tty, streams, redirected } =
        stream_plan::plan(stream_plan::own_descriptors(), flags);
    let mut request = environment::start_request(&args.words, directory);
    environment::assign(&mut request.launch.environment, &args.env);
    environment::set_program_variable(&mut request.launch.environment, &args.words);
    request.launch.unbuffered = false;
    request.launch.service = false;
    request.launch.streams = streams;
    request.launch.redirected = redirected;
    if tty {
        request.launch.tty = Some(terminal::size());
        request.launch.inherited = request.launch.inherited.with_terminal(terminal::is_in_use());
    }
    request.launch.assign_port = args.assign_port.then_some(true);
    request.label = args.label;
    request.if_running = if args.fresh { IfRunning::Restart } else { IfRunning::Return };
    environment::spare_other_clients(&mut request);
    Ok(request)
}

/// Suggests what to type if the program was not found and its name is a verb of other tools, or
/// resembles one of ours: `pp lsit`.
fn suggest_verb(problem: Problem, word: &str) -> Problem {
    if problem.code != ErrorCode::CommandNotFound {
        return problem;
    }
    let similar = || dispatch::similar_verb(word).map(|verb| format!("Did you mean `pp {verb}`?"));
    // Replaces the hint that names a similar program: the verb is more likely meant.
    match other_tools::hint(word).map(str::to_owned).or_else(similar) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// Exits as a shell does if the program is missing (127) or cannot be executed (126).
fn start_failure(problem: Problem) -> Failure {
    match problem.code {
        ErrorCode::CommandNotFound | ErrorCode::PermissionDenied => {
            let code = error::shell_code(&problem);
            Failure::with_code(problem, code)
        }
        _ => problem.into(),
    }
}

/// A new run is shown from its first byte, one that was already running from its newest lines.
fn output_query(started: &Started) -> FollowQuery {
    if started.already_running {
        return attach::newest_screenful();
    }
    FollowQuery { after: Some(started.cursor.clone()), wait: true, ..FollowQuery::default() }
}
