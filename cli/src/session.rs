//! Watching a process: its output to our output, our keys to it, until it ends or we leave.
//! Three things happen at once, each in a thread of its own: output is copied, keys are read,
//! signals are awaited. All they find out comes to one place as events, and what to do about
//! an event is decided in [`decide`], a table without any waiting in it.

mod decide;
mod farewell;
mod follower;
mod input;
mod keyboard;
mod prompt;
mod requests;
mod signals;
mod stamps;
mod watch;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use persistproc_api::client::Client;
use persistproc_api::follow::FollowQuery;
use persistproc_api::{Problem, Process, Target};

use crate::args::OnExit;
use crate::error::{Failure, Outcome};
use crate::render::words;
use crate::terminal::{Sink, Title};

pub(crate) use follower::{Follower, Sinks, Told};

/// How many events may wait. Whoever finds the queue full waits too; nobody is in a hurry.
const EVENTS: usize = 64;

/// What there is to watch, and how.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) process: Process,
    /// Where in its output to begin.
    pub(crate) query: FollowQuery,
    pub(crate) on_exit: OnExit,
    /// Say nothing of our own.
    pub(crate) silent: bool,
    /// This very command started it: its standard input is ours.
    pub(crate) ours: bool,
}

/// What happens while we watch.
enum Event {
    /// From the output's thread.
    Told(Told),
    /// The output's thread is at its end; after an error, of what kind.
    OutputOver(Result<(), Failure>),
    /// Bytes from the terminal that are not one of our keys.
    Text(Vec<u8>),
    /// Ctrl+C as a key.
    Interrupt,
    /// Ctrl+Z as a key.
    Suspend,
    /// No more input, for now.
    InputEnd,
    /// Some input was not delivered.
    InputLost(Problem),
    /// There is input, and it is not ours to give.
    InputUnwanted,
    Signal(i32),
    /// A request to stop was answered.
    StopAnswer(Result<Box<Process>, Problem>),
}

impl Session {
    /// Returns when the process has ended or we leave it: the exit code is the process's own,
    /// or says why we left.
    pub(crate) fn run(self) -> Outcome {
        let (events, inbox) = sync_channel(EVENTS);
        signals::forward(&events)?;
        let _title = Title::set(&words::shown(self.process.name()));
        let mut watch = watch::Watch::new(&self, events.clone());
        self.copy_output(&events)?;
        watch.read_input(&self);
        listen(&mut watch, &inbox)
    }

    fn copy_output(&self, events: &SyncSender<Event>) -> Result<(), Failure> {
        let mut sinks = Sinks { stdout: Sink::stdout()?, stderr: Sink::stderr()? };
        let target = Target::from(&self.process);
        let follower = Follower::new(self.client.clone(), target, self.query.clone());
        let out = events.clone();
        thread::spawn(move || {
            // Nobody listens any more when we are leaving; then nothing matters.
            let outcome = follower.run(&mut sinks, |told| {
                out.send(Event::Told(told)).ok();
            });
            out.send(Event::OutputOver(outcome)).ok();
        });
        let (out, stdout) = (events.clone(), Sink::stdout()?);
        thread::spawn(move || {
            if matches!(stdout.wait_for_hang_up(), Ok(true)) {
                out.send(Event::OutputOver(Err(Failure::broken_pipe()))).ok();
            }
        });
        Ok(())
    }
}

fn listen(watch: &mut watch::Watch, inbox: &Receiver<Event>) -> Outcome {
    loop {
        let event = inbox.recv().map_err(Problem::internal)?;
        if let Some(outcome) = watch.take(event) {
            return outcome;
        }
    }
}
