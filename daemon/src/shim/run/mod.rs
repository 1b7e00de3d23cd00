//! The loop of one run: waits for the child's output, its end, requests and deadlines, and does
//! what [`super::ending`] says. It decides nothing itself.

mod requests;
mod wait;

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use persistproc_api::record::{self, Identity, RunRecord, RunState};
use persistproc_api::shim::Message;
use persistproc_api::{Exit, Problem, Time};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};

use crate::logs::entry::Source;
use crate::logs::writer::Writer;
use crate::platform::tree;
use crate::shim::clients::Clients;
use crate::shim::ending::{self, Action, Event, Phase};
use crate::shim::gather::{Gather, NAP};
use crate::shim::signals::Signals;
use crate::shim::stdin::Stdin;
use crate::shim::streams::{Got, PIPE_SIZE, Streams};

/// What a child that ended by itself leaves behind has this long.
const GRACE: Duration = Duration::from_millis(500);

/// Between one look at a tree that is being killed and the next, when nothing is heard from it.
const KILL_AGAIN: Duration = Duration::from_millis(10);

/// A run, from its child's first byte to its record's last.
pub(super) struct Run {
    folder: PathBuf,
    record: RunRecord,
    listener: UnixListener,
    signals: Signals,
    log: Writer,
    streams: Option<Streams>,
    stdin: Stdin,
    clients: Clients,
    child: Option<Identity>,
    phase: Phase,
    deadline: Option<Instant>,
    stop_timeout: Duration,
    ended: Option<(Exit, Time)>,
    /// Someone asked for the end before it came.
    asked: bool,
    gather: [Gather; 2],
    ready_since: i64,
    buffer: Vec<u8>,
}

/// What a run begins with: a child that was just started, or could not be.
pub(super) struct Start {
    pub record: RunRecord,
    pub log: Writer,
    pub streams: Option<Streams>,
    pub child: Option<Identity>,
    pub stop_timeout: Duration,
}

impl Run {
    /// A run at its beginning.
    pub(super) fn new(
        folder: &Path,
        listener: UnixListener,
        signals: Signals,
        clients: Clients,
        start: Start,
    ) -> Self {
        let Start { record, log, mut streams, child, stop_timeout } = start;
        let second = streams.as_ref().and_then(Streams::second_terminal);
        let stdin = Stdin::new(streams.as_mut().and_then(|streams| streams.stdin.take()), second);
        Self {
            folder: folder.to_owned(),
            record,
            listener,
            signals,
            log,
            streams,
            stdin,
            clients,
            child,
            phase: Phase::Running,
            deadline: None,
            stop_timeout,
            ended: None,
            asked: false,
            gather: Default::default(),
            ready_since: 0,
            // Fresh zero pages cost no memory until a read touches them.
            buffer: vec![0; PIPE_SIZE],
        }
    }

    /// Stays until the child and all its descendants are gone and everything is on disk.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        self.write_record();
        self.clients.tell_all(&Message::State { record: self.record.clone() });
        while self.child.is_some() {
            self.turn().map_err(Problem::internal)?;
            if self.collect() {
                break;
            }
        }
        self.drain();
        self.record.lost_bytes = self.log.finish();
        if let (Some(child), Some((exit, end_time)), RunState::Running { start_time, .. }) =
            (self.child, self.ended, &self.record.state)
        {
            let (start_time, asked) = (*start_time, self.asked);
            self.record.state = RunState::Ended { child, start_time, end_time, exit, asked };
            self.write_record();
            self.clients.tell_all(&Message::State { record: self.record.clone() });
        }
        self.clients.farewell();
        Ok(())
    }

    /// A full disk must not end the run: the daemon is told all the same and writes it too.
    fn write_record(&self) {
        let path = self.folder.join(record::RUN_FILE);
        if let Err(error) = record::write(&path, &self.record) {
            eprintln!("{}: {error}", path.display());
        }
    }

    /// Waits once and handles what came.
    fn turn(&mut self) -> io::Result<()> {
        let ready = self.wait()?;
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.deadline = None;
            self.happened(Event::TimeUp, self.stop_timeout);
        }
        for source in ready.sources {
            self.read(source);
        }
        if ready.terminate {
            empty(&self.signals.terminate);
            self.asked |= self.ended.is_none();
            self.happened(Event::StopAsked, self.stop_timeout);
        }
        if ready.child {
            empty(&self.signals.child);
        }
        if ready.listener {
            self.clients.accept(&self.listener, &Message::State { record: self.record.clone() });
        }
        if ready.stdin {
            self.write_stdin();
        }
        for key in ready.writable {
            self.clients.flush(key);
        }
        for key in ready.readable {
            for frame in self.clients.receive(key) {
                self.handle(key, &frame);
            }
        }
        Ok(())
    }

    /// Reads once, stores, tells; in a flood rests before the next read.
    fn read(&mut self, source: Source) -> bool {
        let Some(streams) = &mut self.streams else { return false };
        let Got::Bytes(count) = streams.read(source, &mut self.buffer) else { return false };
        let now = Time::now().micros();
        let rolled = self.log.append(source, &self.buffer[..count], now);
        self.clients.log_grew(self.log.end());
        if rolled {
            self.clients.tell_all(&Message::Rolled);
        }
        let flood = self.gather[source as usize].nap_after(count, now - self.ready_since);
        if flood && !streams.is_tty() && self.ended.is_none() {
            std::thread::sleep(NAP);
        }
        self.ready_since = Time::now().micros();
        true
    }

    /// Collects every child that ended; answers whether none is left.
    fn collect(&mut self) -> bool {
        let mut child_ended = false;
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => {
                    let pid = pid.as_raw_nonzero().get() as u32;
                    if self.child.is_some_and(|child| child.pid == pid) && self.ended.is_none() {
                        self.ended = exit_of(status).map(|exit| (exit, Time::now()));
                        child_ended = true;
                    }
                }
                Ok(None) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return true,
            }
        }
        if child_ended {
            self.happened(Event::ChildEnded, self.stop_timeout);
        }
        false
    }

    /// After the last process of the tree is gone, what is still in pipes and terminals is all there will ever be.
    fn drain(&mut self) {
        for source in Source::BOTH {
            while self.read(source) {}
        }
    }

    fn group(&self) -> Option<Pid> {
        Pid::from_raw(self.child?.pid as i32)
    }

    /// Asks the table and does what it says. `timeout` is what a deadline that begins now lasts.
    fn happened(&mut self, event: Event, timeout: Duration) {
        let (next, actions) = ending::step(self.phase, event);
        self.phase = next;
        for action in actions {
            match action {
                Action::TerminateGroup => {
                    self.deadline = Some(Instant::now() + timeout);
                    if let Some(group) = self.group() {
                        // A group that is gone already is what was wanted.
                        rustix::process::kill_process_group(group, Signal::TERM).ok();
                        rustix::process::kill_process_group(group, Signal::CONT).ok();
                    }
                }
                Action::TerminateTree => self.signal_tree(Signal::TERM),
                Action::Grace => self.deadline = Some(Instant::now() + GRACE),
                Action::KillTree => {
                    self.signal_tree(Signal::KILL);
                    self.deadline = Some(Instant::now() + KILL_AGAIN);
                }
            }
        }
    }

    fn signal_tree(&self, signal: Signal) {
        for pid in tree::descendants(std::process::id()) {
            if let Some(pid) = Pid::from_raw(pid as i32) {
                // One that ended since is what was wanted.
                rustix::process::kill_process(pid, signal).ok();
            }
        }
        if !cfg!(target_os = "linux")
            && let Some(group) = self.group()
        {
            rustix::process::kill_process_group(group, signal).ok();
        }
    }
}

fn exit_of(status: WaitStatus) -> Option<Exit> {
    let code = status.exit_status().map(Exit::Code);
    code.or_else(|| status.terminating_signal().map(Exit::Signal))
}

fn empty(pipe: &UnixStream) {
    let mut bytes = [0; 64];
    while io::Read::read(&mut &*pipe, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
}
