//! What connected clients ask of a run, and their replies.

use persistproc_api::frame::{self, Frame};
use persistproc_api::process::Size;
use persistproc_api::shim::{Ask, ShimMessage, ShimRequest};
use persistproc_api::{ErrorCode, Problem};
use rustix::process::Signal;

use super::Run;
use crate::shim::ending::Event;

impl Run {
    pub(super) fn handle(&mut self, key: u64, frame: &Frame) {
        if frame.kind == frame::STDIN {
            let Some((number, bytes)) = frame.payload.split_first_chunk::<8>() else { return };
            let number = u64::from_be_bytes(*number);
            let accepted = self.stdin.accept(bytes, (key, number));
            return self.stdin_accepted(key, number, accepted);
        }
        let Ok(ShimRequest { number, ask }) = serde_json::from_slice(&frame.payload) else {
            // Someone newer wants what we do not know: say so instead of leaving them waiting.
            let number =
                serde_json::from_slice::<Numbered>(&frame.payload).map_or(0, |it| it.number);
            let message = "This process was started by an older persistproc that cannot do this.";
            let error =
                Problem::new(ErrorCode::InvalidRequest, message).hint("A restart mends that.");
            return self.clients.tell(key, &ShimMessage::Reply { number, error: Some(error) });
        };
        let outcome = match ask {
            Ask::Stop { force, timeout, by } => {
                if self.ended.is_none() {
                    self.asked = true;
                    self.record.stopped_by = self.record.stopped_by.take().or(by);
                }
                let event = if force { Event::KillAsked } else { Event::StopAsked };
                self.happened(event, timeout.duration());
                Ok(())
            }
            // It has begun.
            Ask::Begin { .. } | Ask::TakeOver { .. } => Ok(()),
            Ask::Exited { exit } => {
                self.inherited.iter_mut().for_each(|inherited| inherited.told(exit));
                Ok(())
            }
            Ask::Signal { signal } => self.signal(signal),
            Ask::Resize { size } => self.resize(size),
            Ask::CloseStdin => {
                let accepted = self.stdin.close((key, number));
                return self.stdin_accepted(key, number, accepted);
            }
            Ask::Watch { after } => {
                self.clients.watch(key, after);
                return self.clients.log_grew(self.log.end());
            }
        };
        self.clients.tell(key, &ShimMessage::Reply { number, error: outcome.err() });
    }

    fn stdin_accepted(&mut self, key: u64, number: u64, accepted: Result<(), Problem>) {
        match accepted {
            Ok(()) => self.write_stdin(),
            Err(error) => {
                self.clients.tell(key, &ShimMessage::Reply { number, error: Some(error) });
            }
        }
    }

    pub(super) fn write_stdin(&mut self) {
        for ((key, number), error) in self.stdin.write() {
            self.clients.tell(key, &ShimMessage::Reply { number, error });
        }
    }

    fn resize(&self, size: Size) -> Result<(), Problem> {
        match &self.streams {
            Some(streams) if streams.is_tty() => streams.resize(size).map_err(Problem::internal),
            _ => Err(Problem::invalid("The process has pipes, not a terminal; it has no size.")
                .hint("Only a process started with a terminal has one: `pp <command>` in a terminal, or `tty`.")),
        }
    }

    fn signal(&self, signal: i32) -> Result<(), Problem> {
        let signal = Signal::from_named_raw(signal)
            .ok_or_else(|| Problem::invalid(format!("{signal} is not a signal of this system.")))?;
        let gone = || Problem::new(ErrorCode::NotRunning, "The process has ended.");
        let group = self.group().filter(|_| self.ended.is_none()).ok_or_else(gone)?;
        rustix::process::kill_process_group(group, signal).map_err(|_| gone())
    }
}

/// The number alone, of a request that makes no sense otherwise.
#[derive(serde::Deserialize)]
struct Numbered {
    number: u64,
}
