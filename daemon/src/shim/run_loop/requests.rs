//! What clients ask of a run, and the replies.

use persistproc_api::frame::{self, Frame};
use persistproc_api::process::Size;
use persistproc_api::shim::{Ask, ShimMessage, ShimRequest};
use persistproc_api::{ErrorCode, Problem, Time};
use rustix::process::Signal;

use super::RunLoop;
use crate::shim::child_stdin::ChildStdin;
use crate::shim::termination::TerminationEvent;

/// The number of a request that this shim doesn't know.
#[derive(serde::Deserialize)]
struct RequestNumber {
    number: u64,
}

impl RunLoop {
    /// Handles one frame of a client.
    pub(super) fn handle_frame(&mut self, key: u64, frame: &Frame) {
        if frame.kind == frame::STDIN {
            self.handle_stdin(key, frame);
            return;
        }
        match serde_json::from_slice(&frame.payload) {
            Ok(ShimRequest { number, ask }) => self.handle_request(key, number, ask),
            Err(_) => self.refuse_unknown(key, frame),
        }
    }

    /// A frame with the number of the request, followed by bytes for the child's stdin. What a
    /// viewer types is for the terminal, even if that is not stdin.
    fn handle_stdin(&mut self, key: u64, frame: &Frame) {
        let Some((number, bytes)) = frame.payload.split_first_chunk::<8>() else { return };
        let number = u64::from_be_bytes(*number);
        self.note_keys(key, bytes);
        let input = match &mut self.keys {
            Some(keys) if self.viewers.contains(key) => keys,
            _ => &mut self.stdin,
        };
        let result = input.push(bytes, (key, number));
        self.finish_stdin_request(key, number, result);
    }

    fn handle_request(&mut self, key: u64, number: u64, ask: Ask) {
        let result = match ask {
            Ask::Stop { force, timeout, by, interrupt } => {
                if self.goes_on() {
                    self.stop_requested = true;
                    self.record.stopped_by = self.record.stopped_by.take().or(by);
                }
                let event = match (force, interrupt) {
                    (true, _) => TerminationEvent::KillRequested,
                    (false, true) => TerminationEvent::InterruptRequested,
                    (false, false) => TerminationEvent::StopRequested,
                };
                self.end_lease();
                self.handle_event(event, timeout.duration());
                Ok(())
            }
            // The run has begun already.
            Ask::Begin { .. } | Ask::TakeOver { .. } => Ok(()),
            Ask::Exited { exit } => {
                if let Some(adopted) = &mut self.adopted {
                    adopted.report_exit(exit);
                }
                Ok(())
            }
            Ask::Signal { signal } => self.signal_group(signal),
            Ask::Resize { size } => self.resize_for(key, size),
            Ask::Bind => {
                self.bind_again();
                Ok(())
            }
            Ask::Describe => {
                self.describe(key);
                Ok(())
            }
            Ask::CloseStdin => {
                let result = self.stdin.close((key, number));
                self.finish_stdin_request(key, number, result);
                return;
            }
            Ask::View { size } => self.add_viewer(key, size),
            Ask::Terminal => self.answer_facts(key),
            Ask::Lease { read } => self.lease(key, read),
            Ask::Read { read } => return self.lease_read(key, read),
            Ask::CloseOutput { stream } => match self.close_output(key, number, stream) {
                Some(result) => result,
                None => return,
            },
            Ask::KeepOutput { stream } => self.keep_output(stream),
            Ask::Watch { after } => {
                // A reader waits for output, perhaps because files are missing.
                self.log.check_files_if_due(Time::now().micros());
                self.clients.notify_after(key, after);
                self.clients.notify_growth(self.log.end());
                return;
            }
        };
        self.reply(key, number, result.err());
    }

    /// A client of a newer version sent a request that this shim doesn't know. Without a reply the
    /// client would wait forever.
    fn refuse_unknown(&mut self, key: u64, frame: &Frame) {
        let number =
            serde_json::from_slice(&frame.payload).map_or(0, |RequestNumber { number }| number);
        self.reply(key, number, Some(unknown_request()));
    }

    /// A request that was queued is replied to when its bytes have been written.
    fn finish_stdin_request(&mut self, key: u64, number: u64, result: Result<(), Problem>) {
        match result {
            Ok(()) => self.write_stdin(),
            Err(problem) => self.reply(key, number, Some(problem)),
        }
    }

    /// Writes queued bytes to the child's stdin, and replies to the requests that are done.
    pub(super) fn write_stdin(&mut self) {
        let mut done = self.stdin.write();
        done.extend(self.keys.iter_mut().flat_map(ChildStdin::write));
        for ((key, number), problem) in done {
            self.reply(key, number, problem);
        }
    }

    pub(super) fn reply(&mut self, key: u64, number: u64, error: Option<Problem>) {
        self.clients.send(key, &ShimMessage::Reply { number, error });
    }

    pub(super) fn resize(&self, size: Size) -> Result<(), Problem> {
        match &self.streams {
            Some(streams) if streams.terminal().is_some() => {
                streams.resize(size).map_err(Problem::internal)
            }
            _ => Err(Problem::invalid("The process has no terminal, so it has no size.")
                .hint("Start it with a terminal: run `pp <command>` in a terminal, or set `tty`.")),
        }
    }

    fn signal_group(&self, signal: i32) -> Result<(), Problem> {
        let signal = Signal::from_named_raw(signal).ok_or_else(|| {
            Problem::invalid(format!("This system has no signal {signal}."))
                .hint("Run `kill -l` to see all signals.")
        })?;
        let ended = || Problem::new(ErrorCode::NotRunning, "The process has ended.");
        let group = self.child_group().filter(|_| self.child_exit.is_none()).ok_or_else(ended)?;
        rustix::process::kill_process_group(group, signal).map_err(|_| ended())
    }
}

fn unknown_request() -> Problem {
    let message = "This process was started by an older persistproc that cannot do this.";
    Problem::new(ErrorCode::InvalidRequest, message).hint("Restart the process, then try again.")
}
