//! Attaching to a process: copies its output to ours and our keys to it, until it ends or we leave.
//!
//! Threads copy the output, read the keys and wait for signals. Each sends [`SessionEvent`]s to one
//! queue. The main thread takes them one by one; [`decide`] is the table that maps a key or a signal
//! to an action.

mod attach_session;
mod background;
mod console;
mod decide;
mod exit_message;
mod follower;
mod init_process;
mod input;
mod keyboard;
mod line_writer;
mod output_lease;
mod requests;
mod screen;
mod shim_link;
mod signals;
mod timestamps;

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;

use persistproc_api::client::Client;
use persistproc_api::cursor::Source;
use persistproc_api::follow::FollowQuery;
use persistproc_api::{Problem, Process, Target};

use self::attach_session::{AttachSession, CTRL_C};
use self::output_lease::OutputLease;
use self::screen::ScreenWriter;
use crate::args::OnExit;
use crate::error::{Failure, Outcome};
use crate::render::words;
use crate::terminal::{DetachKeys, Sink, Title};

pub(crate) use follower::{Follower, OutputEvent, Sinks};
pub(crate) use line_writer::{LineWriter, OutputLine};

/// The capacity of the event queue. A thread that finds it full blocks until there is room.
const MAX_QUEUED_EVENTS: usize = 64;

/// The process to attach to, and the options.
pub(crate) struct AttachOptions {
    pub(crate) client: Client,
    pub(crate) process: Process,
    /// The socket of the shim of its runs.
    pub(crate) shim_socket: PathBuf,
    /// The position in its output at which to begin.
    pub(crate) query: FollowQuery,
    pub(crate) on_exit: OnExit,
    /// Print no notes.
    pub(crate) silent: bool,
    /// This command started the process, so our standard input belongs to it.
    pub(crate) owns_stdin: bool,
    /// Slow the process down when the reader of our output is slow, so that no output is dropped. Only
    /// for the command that started the process.
    pub(crate) hold: bool,
    /// The keys that leave the process running.
    pub(crate) detach_keys: DetachKeys,
    /// The client name of this command, for texts that name who did something.
    pub(crate) reader: &'static str,
}

/// An event that a thread of the session sends to the main thread.
enum SessionEvent {
    Output(OutputEvent),
    /// The output thread has ended, possibly with an error.
    OutputDone(Result<(), Failure>),
    /// Input from the terminal: keys, or a line.
    Typed(Vec<u8>),
    /// The terminal of the process has changed.
    TerminalChanged,
    /// The process reads its terminal or changes the mode, and we are in the background.
    TerminalNeeded {
        changes_mode: bool,
    },
    /// EOF on a terminal; more input may follow.
    InputEof,
    /// Piped input could not be delivered.
    InputLost(Problem),
    /// There is piped input, but the process was started by another command.
    InputRefused,
    Signal(i32),
    /// The reply to a stop request.
    StopReply(Result<Box<Process>, Problem>),
    /// The run has ended; its last output may not be written yet.
    RunEnded,
    /// The process has been stopped for a while, and its output is still not at its end.
    OutputOverdue,
}

/// Whether no byte of a process's output may be missing in ours: a part of ours is a pipe or a file.
pub(crate) fn output_must_be_complete() -> bool {
    // An output that is closed gets nothing.
    own_sinks().and_then(|sinks| output_lease::must_be_complete(&sinks)).unwrap_or(false)
}

fn own_sinks() -> io::Result<Sinks> {
    Ok(Sinks { stdout: Sink::stdout()?, stderr: Sink::stderr()? })
}

/// Attaches until the process has ended or the user leaves. The exit code is that of the process, or
/// the reason for leaving.
pub(crate) fn attach(options: &AttachOptions) -> Outcome {
    let (events, inbox) = sync_channel(MAX_QUEUED_EVENTS);
    signals::forward(&events)?;
    if init_process::is_init() {
        init_process::serve(options.client.clone(), &options.process)?;
    }
    let name = words::shown(options.process.name());
    let _title = (!options.silent).then(|| Title::set(&name));
    let mut session = AttachSession::new(options, events.clone())?;
    let mut sinks = own_sinks()?;
    let lease = output_lease::take(options, &sinks)?;
    if let Some(lease) = &lease {
        sinks.stdout.set_observer(lease.observer(Source::Stdout));
        sinks.stderr.set_observer(lease.observer(Source::Stderr));
        session.require_output(lease.must_be_complete());
    }
    copy_output(options, ScreenWriter { screen: session.screen(), sinks }, &events);
    watch_reader(Sink::stdout()?, Source::Stdout, lease.clone(), events.clone());
    if lease.is_some() {
        watch_reader(Sink::stderr()?, Source::Stderr, lease, events);
    }
    session.read_input(options);
    handle_events(&mut session, &inbox)
}

/// Starts the thread that copies the output.
fn copy_output(
    options: &AttachOptions,
    mut writer: ScreenWriter,
    events: &SyncSender<SessionEvent>,
) {
    let target = Target::from(&options.process);
    let follower =
        Follower::new(options.client.clone(), target, options.query.clone()).ending_before_starts();
    let events = events.clone();
    thread::spawn(move || {
        // Sending fails only after the main thread has stopped listening, when the session is over.
        let outcome = follower.run(&mut writer, |event| {
            events.send(SessionEvent::Output(event)).ok();
        });
        events.send(SessionEvent::OutputDone(outcome)).ok();
    });
}

/// Starts the thread that notices when the reader of our output has closed it. The stream of the
/// process is closed too, if the process was started by this command and has no other reader.
/// Otherwise the session ends with standard output.
fn watch_reader(
    sink: Sink,
    source: Source,
    lease: Option<OutputLease>,
    events: SyncSender<SessionEvent>,
) {
    thread::spawn(move || {
        if !matches!(sink.wait_for_hang_up(), Ok(true)) {
            return;
        }
        let is_closed = lease.is_some_and(|lease| lease.close_output(source));
        if !is_closed && source == Source::Stdout {
            // Fails if the session is over.
            events.send(SessionEvent::OutputDone(Err(Failure::broken_pipe()))).ok();
        }
    });
}

fn handle_events(session: &mut AttachSession, inbox: &Receiver<SessionEvent>) -> Outcome {
    let mut interrupt_key_pressed = false;
    loop {
        let event = match session.held_time() {
            Some(time) => match inbox.recv_timeout(time) {
                Err(RecvTimeoutError::Timeout) => {
                    session.pass_held_keys();
                    continue;
                }
                event => event.map_err(Problem::internal)?,
            },
            None => inbox.recv().map_err(Problem::internal)?,
        };
        interrupt_key_pressed |=
            matches!(&event, SessionEvent::Typed(bytes) if bytes.contains(&CTRL_C));
        if let Some(outcome) = session.handle(event) {
            return if interrupt_key_pressed {
                outcome.map_err(Failure::after_interrupt_key)
            } else {
                outcome
            };
        }
    }
}
