//! `list --watch`: the list again at every change. On a terminal it is drawn on the alternate screen,
//! where the times go on; elsewhere it is printed again, in JSON as one document per line.

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use persistproc_api::client::{Client, ListWatch};
use persistproc_api::process::ProcessList;
use persistproc_api::{Problem, Time};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::screen::AlternateScreen;
use super::{ListView, note_shutdown};
use crate::context::Context;
use crate::death::DeathSignal;
use crate::error::{Failure, Outcome};
use crate::list_facts;
use crate::render;
use crate::terminal::{self, TerminalHandle};

/// How often the times are drawn again. They have seconds.
const TICK: Duration = Duration::from_secs(1);

/// How many events may wait. A thread that finds the queue full blocks.
const MAX_QUEUED_EVENTS: usize = 16;

enum WatchEvent {
    List(Box<ProcessList>),
    /// The daemon was shut down, or a request has failed.
    End(Result<(), Problem>),
    Signal(i32),
    /// The key `q`.
    Quit,
}

/// Shows the list until the daemon is shut down or the user leaves.
pub(super) fn run(client: Client, view: &ListView, context: &Context) -> Outcome {
    let lists = ListWatch::new(client.clone(), client, view.query.clone());
    if view.is_terminal && stdout().is_terminal() {
        return Watch::new(view, context)?.run(lists);
    }
    for list in lists {
        let list = view.in_scope(list?);
        if context.json() {
            render::json_line(&list)?;
        } else {
            view.print(&list, context)?;
        }
    }
    context.note("The daemon was shut down.");
    Ok(ExitCode::SUCCESS)
}

/// The list on the alternate screen.
struct Watch<'a> {
    view: &'a ListView,
    context: &'a Context,
    /// Asks for facts. It starts no daemon.
    client: Client,
    screen: AlternateScreen,
    list: Option<ProcessList>,
}

impl<'a> Watch<'a> {
    fn new(view: &'a ListView, context: &'a Context) -> Result<Self, Failure> {
        let client = context.client_of_running_daemon();
        Ok(Self { view, context, client, screen: AlternateScreen::enter()?, list: None })
    }

    fn run(mut self, lists: ListWatch) -> Outcome {
        let (sender, events) = sync_channel(MAX_QUEUED_EVENTS);
        forward_signals(sender.clone())?;
        if let Some(keys) = self.screen.keys() {
            forward_keys(keys, sender.clone());
        }
        forward_lists(lists, sender);
        loop {
            match self.next_event(&events) {
                None => self.tick(),
                Some(WatchEvent::List(list)) => {
                    self.list = Some(self.with_urls(self.view.in_scope(*list)));
                }
                Some(WatchEvent::End(result)) => return self.end(result),
                Some(WatchEvent::Quit) => return Ok(ExitCode::SUCCESS),
                Some(WatchEvent::Signal(signal)) => {
                    if let Some(death) = DeathSignal::new(signal) {
                        return Err(Failure::death(death));
                    }
                    self.handle_signal(signal)?;
                }
            }
            self.draw()?;
        }
    }

    /// The next event; `None` after a tick. An empty list has no times that go on.
    fn next_event(&self, events: &Receiver<WatchEvent>) -> Option<WatchEvent> {
        let has_times = self.list.as_ref().is_some_and(|list| !list.processes.is_empty());
        if !has_times {
            return Some(events.recv().unwrap_or(WatchEvent::Quit));
        }
        match events.recv_timeout(TICK) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(WatchEvent::Quit),
        }
    }

    fn with_urls(&self, mut list: ProcessList) -> ProcessList {
        self.view.add_urls(&self.client, &mut list);
        list
    }

    /// Measures again what changes without an event.
    fn tick(&mut self) {
        let Some(mut list) = self.list.take() else { return };
        if self.view.query.facts {
            // Without an answer, the measurements stay as they are.
            list = self.client.list(&self.view.query).unwrap_or(list);
        } else if list_facts::awaits_port(&list.processes, Time::now()) {
            self.view.add_urls(&self.client, &mut list);
        }
        self.list = Some(list);
    }

    fn draw(&mut self) -> Result<(), Failure> {
        let Some(list) = &self.list else { return Ok(()) };
        let rows = usize::from(terminal::size().rows);
        let mut lines = self.view.lines(list, Some(rows));
        lines.truncate(rows);
        Ok(self.screen.draw(&lines)?)
    }

    fn handle_signal(&mut self, signal: i32) -> Result<(), Failure> {
        match signal {
            SIGTSTP => {
                self.screen.hide();
                // Stops this command, as the signal does without a handler. Fails for no signal that
                // exists.
                emulate_default_handler(SIGTSTP).ok();
                self.screen.show()?;
            }
            SIGCONT => self.screen.show()?,
            // The size is read at each drawing.
            _ => {}
        }
        Ok(())
    }

    fn end(mut self, result: Result<(), Problem>) -> Outcome {
        self.screen.hide();
        result?;
        if let Some(list) = &self.list {
            note_shutdown(list, self.context);
        }
        self.context.note("The daemon was shut down.");
        Ok(ExitCode::SUCCESS)
    }
}

fn forward_lists(lists: ListWatch, sender: SyncSender<WatchEvent>) {
    thread::spawn(move || {
        for list in lists {
            let event = match list {
                Ok(list) => WatchEvent::List(Box::new(list)),
                Err(problem) => WatchEvent::End(Err(problem)),
            };
            if sender.send(event).is_err() {
                return;
            }
        }
        // Fails if the watch has ended.
        sender.send(WatchEvent::End(Ok(()))).ok();
    });
}

fn forward_signals(sender: SyncSender<WatchEvent>) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if sender.send(WatchEvent::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Forwards `q`, as in other programs that fill the screen.
fn forward_keys(terminal: TerminalHandle, sender: SyncSender<WatchEvent>) {
    thread::spawn(move || {
        let mut keys = [0; 64];
        // In the background, reading would stop this command.
        while terminal.in_foreground()
            && let Ok(count @ 1..) = rustix::io::read(&terminal, &mut keys)
        {
            if keys[..count].contains(&b'q') {
                // Fails if the watch has ended.
                sender.send(WatchEvent::Quit).ok();
                return;
            }
        }
    });
}
