//! Reads standard input in a thread: keys and lines become session events, a pipe is copied directly to
//! the process.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::sync::mpsc::SyncSender;
use std::thread::{self, Thread};

use persistproc_api::client::Client;
use persistproc_api::control::StdinRequest;
use persistproc_api::{ErrorCode, Problem, Target};
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::SIGHUP;

use super::{SessionEvent, requests};
use crate::terminal::{self, Key};

/// Maximum number of bytes that are read at once and sent in one request.
const MAX_CHUNK_BYTES: usize = 64 << 10;

/// Reads the terminal until it hangs up. While we are in the background the thread is parked; the
/// caller unparks it when we return to the foreground.
pub(super) fn read_terminal(events: SyncSender<SessionEvent>) -> Thread {
    let reader = thread::spawn(move || {
        let mut buffer = vec![0; MAX_CHUNK_BYTES];
        while let Some(chunk) = next_chunk(&mut buffer) {
            if send_keys(chunk, &events).is_none() {
                return;
            }
        }
        // The kernel sends SIGHUP only to the session leader and the foreground group. Sending the event
        // fails if the session is over.
        events.send(SessionEvent::Signal(SIGHUP)).ok();
    });
    reader.thread().clone()
}

/// Reads the next chunk; `None` after a hang-up. An empty chunk is EOF, after which more input may
/// follow: Ctrl+D.
fn next_chunk(buffer: &mut [u8]) -> Option<&[u8]> {
    loop {
        let hung_up = wait_for_input()?;
        // A read in the background would stop us with SIGTTIN.
        if !hung_up && !terminal::in_foreground() {
            thread::park();
            continue;
        }
        match rustix::io::read(io::stdin(), &mut *buffer) {
            Ok(0) if hung_up => return None,
            Ok(length) => return buffer.get(..length),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(_) => return None,
        }
    }
}

/// Waits for input; returns whether the terminal has hung up.
fn wait_for_input() -> Option<bool> {
    let stdin = io::stdin();
    let mut fds = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
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

fn send_keys(chunk: &[u8], events: &SyncSender<SessionEvent>) -> Option<()> {
    if chunk.is_empty() {
        return events.send(SessionEvent::InputEof).ok();
    }
    for key in terminal::split_keys(chunk) {
        let event = match key {
            Key::Text(text) => SessionEvent::Text(text.to_vec()),
            Key::Interrupt => SessionEvent::Interrupt,
            Key::Suspend => SessionEvent::Suspend,
        };
        events.send(event).ok()?;
    }
    Some(())
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
