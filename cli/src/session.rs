//! Attaching to a process: copies its output to ours and our keys to it, until it ends or we leave.
//!
//! Threads copy the output, read the keys and wait for signals. Each sends [`SessionEvent`]s to one
//! queue. The main thread takes them one by one; [`decide`] is the table that maps a key or a signal
//! to an action.

mod attach_session;
mod console;
mod decide;
mod exit_message;
mod follower;
mod input;
mod keyboard;
mod requests;
mod signals;
mod timestamps;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use persistproc_api::client::Client;
use persistproc_api::follow::FollowQuery;
use persistproc_api::{Problem, Process, Target};

use self::attach_session::AttachSession;
use crate::args::OnExit;
use crate::error::{Failure, Outcome};
use crate::render::words;
use crate::terminal::{Sink, Title};

pub(crate) use follower::{Follower, OutputEvent, Sinks};

/// The capacity of the event queue. A thread that finds it full blocks until there is room.
const MAX_QUEUED_EVENTS: usize = 64;

/// The process to attach to, and the options.
pub(crate) struct AttachOptions {
    pub(crate) client: Client,
    pub(crate) process: Process,
    /// The position in its output at which to begin.
    pub(crate) query: FollowQuery,
    pub(crate) on_exit: OnExit,
    /// Print no notes.
    pub(crate) silent: bool,
    /// This command started the process, so our standard input belongs to it.
    pub(crate) owns_stdin: bool,
}

/// An event that a thread of the session sends to the main thread.
enum SessionEvent {
    Output(OutputEvent),
    /// The output thread has ended, possibly with an error.
    OutputDone(Result<(), Failure>),
    /// Input from the terminal without Ctrl+C and Ctrl+Z.
    Text(Vec<u8>),
    /// Ctrl+C as a key.
    Interrupt,
    /// Ctrl+Z as a key.
    Suspend,
    /// EOF on a terminal; more input may follow.
    InputEof,
    /// Piped input could not be delivered.
    InputLost(Problem),
    /// There is piped input, but the process was started by another command.
    InputRefused,
    Signal(i32),
    /// The reply to a stop request.
    StopReply(Result<Box<Process>, Problem>),
}

/// Attaches until the process has ended or the user leaves. The exit code is that of the process, or
/// the reason for leaving.
pub(crate) fn attach(options: &AttachOptions) -> Outcome {
    let (events, inbox) = sync_channel(MAX_QUEUED_EVENTS);
    signals::forward(&events)?;
    let _title = Title::set(&words::shown(options.process.name()));
    let mut session = AttachSession::new(options, events.clone());
    copy_output(options, &events)?;
    session.read_input(options);
    handle_events(&mut session, &inbox)
}

/// Starts the thread that copies the output, and one that notices when the reader of our standard
/// output has closed it.
fn copy_output(options: &AttachOptions, events: &SyncSender<SessionEvent>) -> Result<(), Failure> {
    let mut sinks = Sinks { stdout: Sink::stdout()?, stderr: Sink::stderr()? };
    let target = Target::from(&options.process);
    let follower = Follower::new(options.client.clone(), target, options.query.clone());
    let follower_events = events.clone();
    thread::spawn(move || {
        // Sending fails only after the main thread has stopped listening, when the session is over.
        let outcome = follower.run(&mut sinks, |event| {
            follower_events.send(SessionEvent::Output(event)).ok();
        });
        follower_events.send(SessionEvent::OutputDone(outcome)).ok();
    });
    let hang_up_events = events.clone();
    let stdout = Sink::stdout()?;
    thread::spawn(move || {
        if matches!(stdout.wait_for_hang_up(), Ok(true)) {
            let broken_pipe = Err(Failure::broken_pipe());
            // Fails if the session is over.
            hang_up_events.send(SessionEvent::OutputDone(broken_pipe)).ok();
        }
    });
    Ok(())
}

fn handle_events(session: &mut AttachSession, inbox: &Receiver<SessionEvent>) -> Outcome {
    loop {
        let event = inbox.recv().map_err(Problem::internal)?;
        if let Some(outcome) = session.handle(event) {
            return outcome;
        }
    }
}
