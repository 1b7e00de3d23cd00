//! Standard input: keys and lines become events, a pipe goes straight to the process.
//! It does not know what any key means.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::sync::mpsc::SyncSender;
use std::thread::{self, Thread};

use persistproc_api::client::Client;
use persistproc_api::control::StdinRequest;
use persistproc_api::{ErrorCode, Problem, Target};
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::SIGHUP;

use super::{Event, requests};
use crate::terminal::{self, Key};

/// As much as one request carries.
const CHUNK: usize = 64 << 10;

/// Reads the terminal until it is gone. The thread is to be unparked when we come back to the
/// foreground.
pub(super) fn read_terminal(events: SyncSender<Event>) -> Thread {
    let reader = thread::spawn(move || {
        let mut buffer = vec![0; CHUNK];
        while let Some(chunk) = next_chunk(&mut buffer) {
            if send_keys(chunk, &events).is_none() {
                return;
            }
        }
        // The terminal is gone. The kernel says so too, but not to everyone.
        events.send(Event::Signal(SIGHUP)).ok();
    });
    reader.thread().clone()
}

/// An empty chunk is an end of input that more may follow, as after Ctrl+D.
fn next_chunk(buffer: &mut [u8]) -> Option<&[u8]> {
    loop {
        let gone = wait_for_input()?;
        // To read in the background is to be stopped: another job has the keys now.
        if !gone && !terminal::in_foreground() {
            thread::park();
            continue;
        }
        match rustix::io::read(io::stdin(), &mut *buffer) {
            Ok(0) if gone => return None,
            Ok(length) => return buffer.get(..length),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(_) => return None,
        }
    }
}

/// Whether the other end has hung up.
fn wait_for_input() -> Option<bool> {
    let stdin = io::stdin();
    let mut fds = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
    loop {
        match poll(&mut fds, None) {
            Ok(_) => {
                let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
                return Some(fds[0].revents().intersects(gone));
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

fn send_keys(chunk: &[u8], events: &SyncSender<Event>) -> Option<()> {
    if chunk.is_empty() {
        return events.send(Event::InputEnd).ok();
    }
    for key in terminal::split(chunk) {
        let event = match key {
            Key::Text(text) => Event::Text(text.to_vec()),
            Key::Interrupt => Event::Interrupt,
            Key::Suspend => Event::Suspend,
        };
        events.send(event).ok()?;
    }
    Some(())
}

/// Hands a pipe or a file on to the process, and then its end. The process may take its time:
/// no more is read than it has taken.
pub(super) fn forward_pipe(client: Client, target: Target, events: SyncSender<Event>) {
    thread::spawn(move || {
        if let Err(problem) = copy(&client, &target)
            && problem.code != ErrorCode::NotRunning
        {
            events.send(Event::InputLost(problem)).ok();
        }
    });
}

/// Bytes that would go nowhere are an error, not a loss; a pipe that just ends says nothing.
pub(super) fn refuse_pipe(events: SyncSender<Event>) {
    thread::spawn(move || {
        let mut byte = [0];
        if matches!(io::stdin().read(&mut byte), Ok(1)) {
            events.send(Event::InputUnwanted).ok();
        }
    });
}

fn copy(client: &Client, target: &Target) -> Result<(), Problem> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = match io::stdin().read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // Closed or unreadable: as good as empty.
            Err(_) => 0,
        };
        if length == 0 {
            let end = StdinRequest { eof: true, ..StdinRequest::default() };
            return client.stdin(target, &end).map(drop);
        }
        client.stdin(target, &requests::bytes(&buffer[..length]))?;
    }
}
