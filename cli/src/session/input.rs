//! Reads our input in threads: what is typed on the terminal becomes session events, a pipe is copied
//! directly to the process.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::{self, Thread};
use std::time::Duration;

use persistproc_api::client::Client;
use persistproc_api::control::StdinRequest;
use persistproc_api::{ErrorCode, Problem, Target};
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::SIGHUP;

use super::shim_link::ShimLink;
use super::{SessionEvent, requests};
use crate::terminal::TerminalHandle;

/// Maximum number of bytes that are read at once and sent in one request.
const MAX_CHUNK_BYTES: usize = 64 << 10;

/// While a typed line waits and the process does not read, this is how long until the next look. The
/// start of a read is no event. The time doubles with each look, up to [`MAX_LINE_INTERVAL`].
const MIN_LINE_INTERVAL: Duration = Duration::from_millis(20);

const MAX_LINE_INTERVAL: Duration = Duration::from_millis(500);

/// Reads the terminal until it hangs up.
pub(super) struct TerminalReader {
    pub(super) terminal: TerminalHandle,
    /// Whether keys are read as they are typed. Otherwise a line is read when the process waits for
    /// one; until then it may be meant for another program.
    pub(super) reads_keys: Arc<AtomicBool>,
    pub(super) link: Option<ShimLink>,
    pub(super) events: SyncSender<SessionEvent>,
}

impl TerminalReader {
    /// Starts the thread. While we are in the background it is parked; the caller unparks it when we
    /// return to the foreground.
    pub(super) fn start(self) -> Thread {
        let reader = thread::spawn(move || {
            let mut buffer = vec![0; MAX_CHUNK_BYTES];
            while let Some(chunk) = self.next_chunk(&mut buffer) {
                let event = match chunk {
                    [] => SessionEvent::InputEof,
                    chunk => SessionEvent::Typed(chunk.to_vec()),
                };
                if self.events.send(event).is_err() {
                    return;
                }
            }
            // The kernel sends SIGHUP only to the session leader and the foreground group. Sending
            // the event fails if the session is over.
            self.events.send(SessionEvent::Signal(SIGHUP)).ok();
        });
        reader.thread().clone()
    }

    /// Reads the next chunk; `None` after a hang-up. An empty chunk is EOF, after which more input may
    /// follow: Ctrl+D.
    fn next_chunk<'a>(&self, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
        let mut interval = MIN_LINE_INTERVAL;
        loop {
            let hung_up = self.wait_for_input()?;
            // A read in the background would stop us with SIGTTIN.
            if !hung_up && !self.terminal.in_foreground() {
                thread::park();
                continue;
            }
            if !hung_up && !self.may_read() {
                thread::park_timeout(interval);
                interval = (interval * 2).min(MAX_LINE_INTERVAL);
                continue;
            }
            match rustix::io::read(&self.terminal, &mut *buffer) {
                Ok(0) if hung_up => return None,
                Ok(length) => return buffer.get(..length),
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(_) => return None,
            }
        }
    }

    /// Whether the input is for our process.
    fn may_read(&self) -> bool {
        if self.reads_keys.load(Ordering::Relaxed) {
            return true;
        }
        // Another program reads keys, for example a pager.
        if !self.terminal.is_in_original_mode() {
            return false;
        }
        let facts = self.link.as_ref().and_then(ShimLink::ask_facts);
        facts.is_some_and(|facts| facts.canonical && facts.echo && facts.awaits_input)
    }

    /// Waits for input; returns whether the terminal has hung up.
    fn wait_for_input(&self) -> Option<bool> {
        let mut fds = [PollFd::new(&self.terminal, PollFlags::IN)];
        loop {
            match poll(&mut fds, None) {
                Ok(_) => {
                    let hang_up = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
                    return Some(fds[0].revents().intersects(hang_up));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return None,
            }
        }
    }
}

/// Copies a pipe or a file to the process, then closes the input of the process. Back-pressure: the
/// next chunk is read after the process has accepted the one before.
pub(super) fn forward_pipe(client: Client, target: Target, events: SyncSender<SessionEvent>) {
    thread::spawn(move || {
        if let Err(problem) = copy(&client, &target)
            && problem.code != ErrorCode::NotRunning
        {
            // Fails if the session is over.
            events.send(SessionEvent::InputLost(problem)).ok();
        }
    });
}

/// Reports an error if a pipe or a file contains input. An empty one is ignored.
pub(super) fn refuse_pipe(events: SyncSender<SessionEvent>) {
    thread::spawn(move || {
        let mut byte = [0];
        if matches!(io::stdin().read(&mut byte), Ok(1)) {
            // Fails if the session is over.
            events.send(SessionEvent::InputRefused).ok();
        }
    });
}

fn copy(client: &Client, target: &Target) -> Result<(), Problem> {
    let mut buffer = vec![0; MAX_CHUNK_BYTES];
    loop {
        let length = match io::stdin().read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // A closed or unreadable descriptor counts as EOF.
            Err(_) => 0,
        };
        if length == 0 {
            let eof = StdinRequest { eof: true, ..StdinRequest::default() };
            return client.stdin(target, &eof).map(drop);
        }
        client.stdin(target, &requests::stdin_request(&buffer[..length]))?;
    }
}
