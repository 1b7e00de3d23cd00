//! [`Dashboard`]: the main thread. It takes the events that wait, does what follows from them, and
//! draws once.

mod programs;
mod threads;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use persistproc_api::client::{CancelHandle, Client};
use persistproc_api::{Problem, Time};
use rustix::process::{Pid, Signal, kill_current_process_group, kill_process};
use signal_hook::consts::{SIGCONT, SIGINT, SIGWINCH};

use super::event::{UiEffect, UiEvent};
use super::follower::Followers;
use super::key_reader::KeyReader;
use super::log_reader::LogReader;
use super::model::{Overlay, UiModel, UiSettings};
use super::screen::UiScreen;
use super::{ActionFn, UiEnd, UiOptions, clipboard, draw, update};
use crate::death::DeathSignal;
use crate::error::Failure;
use crate::render::style;

/// How many events may wait. A thread that finds the queue full blocks.
const MAX_QUEUED_EVENTS: usize = 64;

/// How long the first drawing waits for the list, so that it is not drawn twice.
const FIRST_PAINT_DELAY: Duration = Duration::from_millis(30);

/// How often the facts of a process that has just started are measured, until it listens on a port.
/// The daemon sends no event for a port.
const PORT_INTERVAL: Duration = Duration::from_secs(1);

/// The shortest time between two measurements that no event asks for.
const MEASURE_INTERVAL: Duration = Duration::from_secs(5);

/// The dashboard and its threads.
pub(super) struct Dashboard {
    model: UiModel,
    // Before the screen: it stops reading before the terminal is given back.
    keys: Option<KeyReader>,
    screen: UiScreen,
    client: Client,
    act: ActionFn,
    events: SyncSender<UiEvent>,
    inbox: Receiver<UiEvent>,
    reader: LogReader,
    followers: Followers,
    /// Cancels the request for a part of the log.
    reading: CancelHandle,
    /// Asks for a measurement of all facts.
    measure: SyncSender<()>,
    measured_at: Instant,
    /// The program that has the terminal.
    program: Option<Pid>,
}

impl Dashboard {
    /// Takes the terminal and starts the threads.
    pub(super) fn open(options: UiOptions) -> Result<Self, Failure> {
        let UiOptions { client, target, reader, detach_keys, act } = options;
        let (events, inbox) = sync_channel(MAX_QUEUED_EVENTS);
        let mut screen = UiScreen::open()?;
        threads::forward_signals(events.clone())?;
        threads::forward_lists(&client, &events);
        let client = client.of_running_daemon();
        let measure = threads::measure(&client, &events);
        screen.show(false)?;
        let keys = KeyReader::start(screen.keys(), events.clone())?;
        let settings = UiSettings {
            home: std::env::var_os("HOME").map(Into::into),
            reader,
            detach_keys,
            has_colours: style::use_colour(true),
        };
        let reader = LogReader::new(client.clone(), settings.has_colours);
        Ok(Self {
            model: UiModel::new(settings, UiScreen::size(), target),
            keys: Some(keys),
            screen,
            client,
            act,
            events,
            inbox,
            reader,
            followers: Followers::default(),
            reading: CancelHandle::default(),
            measure,
            measured_at: Instant::now(),
            program: None,
        })
    }

    /// Runs until the user leaves.
    pub(super) fn run(mut self) -> Result<UiEnd, Failure> {
        let mut timeout = Some(FIRST_PAINT_DELAY);
        loop {
            let mut event = match self.next_event(timeout) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(UiEnd::Left),
            };
            self.model.now = Time::now();
            if event.is_none() {
                self.tick();
            }
            // No more than the queue holds: in a flood there is always one more.
            for _ in 0..MAX_QUEUED_EVENTS {
                let Some(next) = event.take() else { break };
                if let Some(end) = self.take(next)? {
                    return Ok(end);
                }
                event = self.inbox.try_recv().ok();
            }
            if let Some(left) = event
                && let Some(end) = self.take(left)?
            {
                return Ok(end);
            }
            if !self.model.log.is_reading() {
                self.reading.cancel();
            }
            if !self.model.log.is_following() {
                self.followers.stop();
            }
            self.draw()?;
            timeout = self.next_tick();
        }
    }

    fn next_event(&self, timeout: Option<Duration>) -> Result<UiEvent, RecvTimeoutError> {
        match timeout {
            Some(timeout) => self.inbox.recv_timeout(timeout),
            None => self.inbox.recv().map_err(RecvTimeoutError::from),
        }
    }

    /// When something changes on the screen without an event.
    fn next_tick(&self) -> Option<Duration> {
        if !self.screen.is_shown() {
            return None;
        }
        let list = &self.model.list;
        let port = list.awaits_port(self.model.now).then_some(PORT_INTERVAL);
        [list.next_change(self.model.now), port].into_iter().flatten().min()
    }

    fn tick(&mut self) {
        let now = self.model.now;
        self.model.list.refresh(now);
        if self.model.list.awaits_port(now) || self.measured_at.elapsed() > MEASURE_INTERVAL {
            self.measure();
        }
    }

    fn measure(&mut self) {
        self.measured_at = Instant::now();
        // Full if a measurement waits already.
        self.measure.try_send(()).ok();
    }

    fn draw(&mut self) -> Result<(), Failure> {
        if self.screen.is_shown() {
            let mut buffer = UiScreen::blank(self.model.size);
            draw::draw(&self.model, &mut buffer);
            self.screen.paint(buffer)?;
        }
        Ok(())
    }

    /// Takes an event; returns the end of the dashboard, if that follows.
    fn take(&mut self, event: UiEvent) -> Result<Option<UiEnd>, Failure> {
        match event {
            UiEvent::Keys(keys) => {
                let selected = self.model.list.selected_index();
                for key in keys {
                    let effects = update::press(&mut self.model, key);
                    if let Some(end) = self.perform(effects)? {
                        return Ok(Some(end));
                    }
                }
                if self.model.list.selected_index() != selected
                    && self.measured_at.elapsed() > MEASURE_INTERVAL
                {
                    self.measure();
                }
                Ok(None)
            }
            UiEvent::Signal(signal) => self.take_signal(signal).map(|()| None),
            UiEvent::InputEnded => Ok(Some(UiEnd::Left)),
            UiEvent::ListEnded(result) => {
                self.end_program();
                self.screen.hide();
                result?;
                Ok(Some(UiEnd::ShutDown))
            }
            UiEvent::Panicked => {
                Err(Problem::internal("A thread of the dashboard has panicked.").into())
            }
            UiEvent::ProgramEnded => {
                self.program = None;
                self.show()?;
                Ok(None)
            }
            event => {
                let is_list = matches!(event, UiEvent::List(_));
                let effects = update::update(&mut self.model, event);
                if is_list {
                    self.measure();
                }
                self.perform(effects)
            }
        }
    }

    fn take_signal(&mut self, signal: i32) -> Result<(), Failure> {
        match signal {
            SIGWINCH => {
                update::resize(&mut self.model, UiScreen::size());
                Ok(())
            }
            // Of the program that has the terminal.
            SIGINT | SIGCONT if self.program.is_some() => Ok(()),
            // We were stopped from outside. A shell has changed the mode of the terminal meanwhile.
            SIGCONT => {
                self.screen.hide();
                self.screen.show(self.model.uses_mouse)
            }
            _ => {
                self.end_program();
                self.screen.hide();
                DeathSignal::new(signal).map_or(Ok(()), |death| Err(Failure::death(death)))
            }
        }
    }

    /// Ends the program that has the terminal, because the dashboard ends.
    fn end_program(&mut self) {
        if let Some(program) = self.program.take() {
            // Fails if it has ended.
            kill_process(program, Signal::TERM).ok();
        }
    }

    fn perform(&mut self, effects: Vec<UiEffect>) -> Result<Option<UiEnd>, Failure> {
        for effect in effects {
            match effect {
                UiEffect::Quit => return Ok(Some(UiEnd::Left)),
                UiEffect::Suspend => self.suspend()?,
                UiEffect::Attach(id) => {
                    self.give_terminal_to(programs::attach(&self.client, &id))?;
                }
                UiEffect::Less(path, position) => {
                    self.give_terminal_to(Ok(programs::less(&path, position)))?;
                }
                UiEffect::Copy(text) => clipboard::copy(&text)?,
                UiEffect::UseMouse(is_used) => self.screen.use_mouse(is_used)?,
                UiEffect::Act(action, process) => {
                    threads::act(self.act.clone(), action, process, &self.events);
                }
                UiEffect::Follow(request) => {
                    self.reading.cancel();
                    self.followers.start(request, &self.client, &self.reader, &self.events);
                }
                UiEffect::Read(request) => {
                    self.reading.cancel();
                    self.reading = CancelHandle::default();
                    let reader = self.reader.cancelled_by(self.reading.clone());
                    threads::read(reader, request, &self.events);
                }
            }
        }
        Ok(None)
    }

    /// Stops our process group, as the terminal does for Ctrl+Z.
    fn suspend(&mut self) -> Result<(), Failure> {
        self.keys = None;
        self.screen.hide();
        // Without a shell that does job control, the kernel discards the signal.
        kill_current_process_group(Signal::TSTP).ok();
        self.show()
    }

    /// Shows the dashboard again, after a program or a shell had the terminal.
    fn show(&mut self) -> Result<(), Failure> {
        self.screen.show(self.model.uses_mouse)?;
        self.keys = Some(KeyReader::start(self.screen.keys(), self.events.clone())?);
        update::resize(&mut self.model, UiScreen::size());
        Ok(())
    }

    /// Starts a program that reads our keys.
    fn give_terminal_to(
        &mut self,
        command: Result<std::process::Command, Problem>,
    ) -> Result<(), Failure> {
        self.keys = None;
        self.screen.hide();
        match command.and_then(programs::start) {
            Ok(child) => {
                self.program = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                threads::wait_for(child, &self.events);
                Ok(())
            }
            Err(problem) => {
                self.model.overlay = Overlay::Problem(Box::new(problem));
                self.show()
            }
        }
    }
}
