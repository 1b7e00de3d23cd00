//! `OutputLease`: makes sure that a command which has started a process, and writes its output to a
//! pipe or a file, gets every byte. It reports to the shim how far the output was written, on a
//! connection of its own, and connects again if the shim is replaced.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use persistproc_api::ErrorCode;
use persistproc_api::client::{ShimConnection, ShimItem, ShimMessages};
use persistproc_api::cursor::Source;
use persistproc_api::lease::LeasedOffsets;
use persistproc_api::record::RunState;
use persistproc_api::shim::{Ask, ShimMessage};
use persistproc_api::streams::StandardStream;

use super::{AttachOptions, Sinks};
use crate::terminal::SinkObserver;

/// Written bytes are reported when there are this many. Much less than the smallest log limit.
const REPORT_BYTES: u64 = 256 << 10;

/// How long a shim that was killed may take to be replaced.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The time between two attempts to connect.
const RECONNECT_INTERVAL: Duration = Duration::from_millis(50);

/// How long the answer may take whether other clients read the output.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Takes a lease if this command started the process, and a sink of its output is a pipe or a file.
/// Then both streams must be complete: they are read in the order of their arrival.
pub(super) fn take(options: &AttachOptions, sinks: &Sinks) -> io::Result<Option<OutputLease>> {
    if !options.owns_stdin || !must_be_complete(sinks)? {
        return Ok(None);
    }
    let nothing = options.hold.then_some(0);
    let written = LeasedOffsets { stdout: nothing, stderr: nothing };
    let socket = options.shim_socket.clone();
    Ok(Some(OutputLease::take(socket, options.process.run, written)))
}

/// Whether a sink of our output is a pipe or a file, from which no byte may be missing.
pub(super) fn must_be_complete(sinks: &Sinks) -> io::Result<bool> {
    Ok(sinks.stdout.is_pipe_or_file()? || sinks.stderr.is_pipe_or_file()?)
}

/// A lease on the output of one run. Cheap to clone. It ends with this process.
#[derive(Clone, Debug)]
pub(super) struct OutputLease {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    socket: PathBuf,
    run: u32,
    state: Mutex<LeaseState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct LeaseState {
    /// `None` while there is no connection.
    connection: Option<ShimConnection>,
    /// The number of the request for the lease.
    lease_request: Option<u64>,
    /// How much of each stream was written; `None` for a stream that may lose output.
    written: LeasedOffsets,
    /// Bytes that were written and not reported.
    unreported: u64,
    /// By stream: whether it was closed after the reader of our output had gone.
    closing: [Closing; 2],
    /// The run has ended, or its shim knows no leases.
    is_over: bool,
    /// The run has ended: the rest of its output is in the log.
    has_ended: bool,
}

/// A request to close a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Closing {
    #[default]
    NotRequested,
    Requested(u64),
    /// Whether the stream is closed.
    Done(bool),
}

impl OutputLease {
    /// Takes the lease of a run from the shim that listens on this socket, without waiting for it.
    /// `written` has the streams whose output must be complete.
    fn take(socket: PathBuf, run: u32, written: LeasedOffsets) -> Self {
        let state = Mutex::new(LeaseState { written, ..LeaseState::default() });
        let shared = Arc::new(Shared { socket, run, state, changed: Condvar::new() });
        let reader = Arc::clone(&shared);
        thread::spawn(move || {
            match reader.connect() {
                Some(messages) => reader.read_messages(messages),
                // The run has ended already.
                None => reader.end_with_run(),
            }
        });
        Self { shared }
    }

    /// Whether output that is missing is a failure.
    pub(super) fn must_be_complete(&self) -> bool {
        self.shared.lock().written != LeasedOffsets::default()
    }

    /// An observer of the sink to which the output of a stream is written.
    pub(super) fn observer(&self, source: Source) -> Box<dyn SinkObserver> {
        Box::new(StreamObserver { lease: self.clone(), source })
    }

    fn add_written(&self, source: Source, bytes: usize) {
        let mut state = self.shared.lock();
        let written = match source {
            Source::Stdout => &mut state.written.stdout,
            Source::Stderr => &mut state.written.stderr,
        };
        let Some(written) = written else { return };
        *written += bytes as u64;
        state.unreported += bytes as u64;
        if state.unreported < REPORT_BYTES {
            return;
        }
        state.unreported = 0;
        if let Some(connection) = &state.connection {
            // Fails if the shim is gone, which the reader finds.
            connection.ask(Ask::Read { read: state.written }).ok();
        }
    }

    /// The reader of our output is gone. Closes the stream of the process, so that it gets SIGPIPE as
    /// in a pipeline. A run that has ended writes no more. Returns `false` if other clients read the
    /// stream, and without an answer.
    pub(super) fn close_output(&self, source: Source) -> bool {
        let stream = match source {
            Source::Stdout => StandardStream::Stdout,
            Source::Stderr => StandardStream::Stderr,
        };
        let at = source as usize;
        let is_unanswered = |state: &mut LeaseState| {
            !state.is_over && !matches!(state.closing[at], Closing::Done(_))
        };
        let deadline = Instant::now() + CLOSE_TIMEOUT;
        let mut state = self.shared.lock();
        while is_unanswered(&mut state) && Instant::now() < deadline {
            if state.closing[at] == Closing::NotRequested
                && let Some(connection) = &state.connection
                && let Ok(request) = connection.ask(Ask::CloseOutput { stream })
            {
                state.closing[at] = Closing::Requested(request);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.has_ended || state.closing[at] == Closing::Done(true)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, LeaseState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects to the shim of the run, and asks for the lease or to continue it.
    fn connect(&self) -> Option<ShimMessages> {
        let (connection, mut messages) = ShimConnection::connect(&self.socket).ok()?;
        // The first message says which run it is. The output of a later one does not belong to us.
        let ShimItem::Message(first) = messages.next()? else { return None };
        let ShimMessage::State { record, .. } = *first else { return None };
        if record.run != self.run || has_ended(&record.state) {
            self.end_with_run();
            return None;
        }
        let mut state = self.lock();
        state.lease_request = Some(connection.ask(Ask::Lease { read: state.written }).ok()?);
        state.unreported = 0;
        state.connection = Some(connection);
        // Requests of the connection before were not answered.
        for closing in &mut state.closing {
            if matches!(closing, Closing::Requested(_)) {
                *closing = Closing::NotRequested;
            }
        }
        self.changed.notify_all();
        Some(messages)
    }

    /// Receives messages until the run has ended.
    fn read_messages(&self, mut messages: ShimMessages) {
        loop {
            for item in messages.by_ref() {
                if let ShimItem::Message(message) = item {
                    self.handle_message(*message);
                }
            }
            self.lock().connection = None;
            self.changed.notify_all();
            match self.reconnect() {
                Some(next) => messages = next,
                None => return self.end(),
            }
        }
    }

    fn handle_message(&self, message: ShimMessage) {
        match message {
            ShimMessage::State { record, .. } if has_ended(&record.state) => self.end_with_run(),
            ShimMessage::Reply { number, error } => {
                let error = error.map(|problem| problem.code);
                self.handle_reply(number, error);
            }
            _ => {}
        }
    }

    fn handle_reply(&self, number: u64, error: Option<ErrorCode>) {
        let is_done = error.is_none();
        let mut state = self.lock();
        if state.lease_request == Some(number) && !is_done {
            state.is_over = true;
            state.has_ended = error == Some(ErrorCode::NotRunning);
        }
        for closing in &mut state.closing {
            if *closing == Closing::Requested(number) {
                *closing = Closing::Done(is_done);
            }
        }
        self.changed.notify_all();
    }

    fn end_with_run(&self) {
        self.lock().has_ended = true;
        self.end();
    }

    fn end(&self) {
        let mut state = self.lock();
        state.is_over = true;
        state.connection = None;
        self.changed.notify_all();
    }

    fn reconnect(&self) -> Option<ShimMessages> {
        let start = Instant::now();
        while start.elapsed() < RECONNECT_TIMEOUT && !self.lock().is_over {
            let messages = self.connect();
            if messages.is_some() {
                return messages;
            }
            thread::sleep(RECONNECT_INTERVAL);
        }
        None
    }
}

fn has_ended(state: &RunState) -> bool {
    !matches!(state, RunState::Starting { .. } | RunState::Running { .. })
}

/// Reports what is written to one sink.
#[derive(Debug)]
struct StreamObserver {
    lease: OutputLease,
    source: Source,
}

impl SinkObserver for StreamObserver {
    fn written(&mut self, bytes: usize) {
        self.lease.add_written(self.source, bytes);
    }

    fn reader_gone(&mut self) -> bool {
        self.lease.close_output(self.source)
    }
}
