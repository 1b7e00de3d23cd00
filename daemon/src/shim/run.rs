//! The loop of one run: waits for the child's output, its end, requests and deadlines, and does
//! what [`super::ending`] says. It decides nothing itself.

mod end;
mod requests;
mod wait;

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use persistproc_api::record::{self, Identity, RunRecord};
use persistproc_api::shim::{ShimMessage, SpareHandle};
use persistproc_api::{Problem, Time};

use self::end::Ended;
use crate::logs::entry::Source;
use crate::logs::writer::Writer;
use crate::platform::pidfd::PidFd;
use crate::shim::clients::Clients;
use crate::shim::ending::{Event, Phase};
use crate::shim::gather::{Gather, NAP};
use crate::shim::held::Held;
use crate::shim::inherited::Inherited;
use crate::shim::signals::Signals;
use crate::shim::stdin::Stdin;
use crate::shim::streams::{Got, Streams};

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
    /// The child as something to wait for, for whoever comes after us.
    watch: Option<PidFd>,
    phase: Phase,
    deadline: Option<Instant>,
    stop_timeout: Duration,
    ended: Option<Ended>,
    /// The child was started by another shim.
    inherited: Option<Inherited>,
    /// One of its tree may have ended.
    look_again: bool,
    /// Someone asked for the end before it came.
    asked: bool,
    gather: [Gather; 2],
    ready_since: i64,
    held: Held,
}

/// What a run begins with: a child that was just started, or could not be.
pub(super) struct Start {
    pub record: RunRecord,
    pub log: Writer,
    pub streams: Option<Streams>,
    pub child: Option<Identity>,
    pub watch: Option<PidFd>,
    pub stop_timeout: Duration,
    pub held: Held,
    pub inherited: Option<Inherited>,
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
        let Start { record, log, mut streams, child, watch, stop_timeout, held, inherited } = start;
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
            watch,
            phase: Phase::Running,
            deadline: None,
            stop_timeout,
            ended: None,
            inherited,
            look_again: true,
            asked: false,
            gather: Default::default(),
            ready_since: 0,
            held,
        }
    }

    /// Someone may have asked for its end already.
    pub(super) fn asked(self, asked: bool) -> Self {
        Self { asked, ..self }
    }

    /// Stays until the child and all its descendants are gone and everything is on disk.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        // A run is written down before it is told of; one that goes on is known.
        if self.inherited.is_none() {
            self.write_record();
        }
        for key in self.clients.keys() {
            self.greet(key);
        }
        if self.inherited.is_some() {
            self.write_record();
        }
        while self.child.is_some() && !self.collect() {
            self.turn().map_err(Problem::internal)?;
        }
        self.drain();
        self.record.lost_bytes = self.log.finish();
        if let Some(state) = self.outcome() {
            self.record.state = state;
            let written = self.write_record();
            let record = self.record.clone();
            self.clients.tell_all(&ShimMessage::State { record, ends: Vec::new() });
            if !written {
                self.wait_to_be_heard();
            }
        }
        self.clients.farewell();
        Ok(())
    }

    /// Tells someone new how the run stands, and hands over what another shim would need.
    fn greet(&mut self, key: u64) {
        let (mut ends, mut files) = (Vec::new(), Vec::new());
        let stdin = self.stdin.end().map(|fd| (SpareHandle::Stdin, fd));
        let read = self.streams.iter().flat_map(Streams::ends);
        let held = self.held.file().map(|fd| (SpareHandle::Held, fd));
        let child = self.watch.as_ref().map(|watch| (SpareHandle::Child, watch.as_fd()));
        let all = stdin.into_iter().chain(read).chain(held).chain(child);
        for (end, fd) in all.filter(|_| self.child.is_some()) {
            // Without a spare handle the child lives no longer than we do, and that is all.
            if let Ok(file) = fd.try_clone_to_owned() {
                ends.push(end);
                files.push(file);
            }
        }
        self.clients.hand(key, &ShimMessage::State { record: self.record.clone(), ends }, files);
    }

    /// A full disk must not end the run: the daemon is told all the same and writes it too.
    fn write_record(&self) -> bool {
        let path = self.folder.join(record::RUN_FILE);
        let written = record::write(&path, &self.record);
        written.inspect_err(|error| eprintln!("{}: {error}", path.display())).is_ok()
    }

    /// Waits once and handles what came.
    fn turn(&mut self) -> io::Result<()> {
        let ready = self.wait()?;
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.deadline = None;
            self.happened(Event::TimeUp, self.stop_timeout);
            self.look_again = true;
        }
        self.look_again |= ready.watched;
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
            for key in self.clients.accept(&self.listener) {
                self.greet(key);
            }
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
        self.held.begin(source, self.log.bytes(source));
        let Got::Bytes(count) = streams.read(source, &mut self.held) else { return false };
        let now = Time::now().micros();
        let rolled = self.log.append(source, self.held.bytes(), now);
        self.held.stored(self.log.lost());
        self.clients.log_grew(self.log.end());
        if rolled {
            self.clients.tell_all(&ShimMessage::Rolled);
        }
        let flood = self.gather[source as usize].nap_after(count, now - self.ready_since);
        if flood && !streams.is_tty() && self.ended.is_none() {
            std::thread::sleep(NAP);
        }
        self.ready_since = Time::now().micros();
        true
    }

    /// After the last process of the tree is gone, what is still in pipes and terminals is all there will ever be.
    fn drain(&mut self) {
        for source in Source::BOTH {
            while self.read(source) {}
        }
    }
}

fn empty(pipe: &UnixStream) {
    let mut bytes = [0; 64];
    while io::Read::read(&mut &*pipe, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
}
