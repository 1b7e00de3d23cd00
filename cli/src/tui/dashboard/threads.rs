//! The threads of the dashboard that wait for one thing each.

use std::process::Child;
use std::sync::mpsc::{SyncSender, sync_channel};

use persistproc_api::Process;
use persistproc_api::client::{Client, ListWatch};
use persistproc_api::process::ListQuery;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;

use crate::error::Failure;
use crate::list_facts;
use crate::tui::ActionFn;
use crate::tui::event::{UiAction, UiEvent};
use crate::tui::log_reader::LogReader;
use crate::tui::log_request::LogRequest;
use crate::tui::worker;

/// Forwards every signal. That of Ctrl+Z keeps its default action: the key is read as a key.
pub(super) fn forward_signals(events: SyncSender<UiEvent>) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT])?;
    worker::spawn(events.clone(), move || {
        for signal in signals.forever() {
            if events.send(UiEvent::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Forwards the list after each change, also of the next daemon.
pub(super) fn forward_lists(client: &Client, events: &SyncSender<UiEvent>) {
    let lists = ListWatch::new(client.clone(), client.clone(), ListQuery::default());
    let sender = events.clone();
    worker::spawn(events.clone(), move || {
        for list in lists {
            let event = match list {
                Ok(list) => UiEvent::List(list),
                Err(problem) => UiEvent::ListEnded(Err(problem)),
            };
            if sender.send(event).is_err() {
                return;
            }
        }
        // Fails if the dashboard has ended.
        sender.send(UiEvent::ListEnded(Ok(()))).ok();
    });
}

/// Measures all facts whenever the returned channel asks for it.
pub(super) fn measure(client: &Client, events: &SyncSender<UiEvent>) -> SyncSender<()> {
    let (measure, requests) = sync_channel(1);
    let (client, sender) = (client.clone(), events.clone());
    worker::spawn(events.clone(), move || {
        for () in requests {
            // Without an answer, the measurements stay as they are.
            let Ok(list) = list_facts::of_running(&client, &ListQuery::default()) else { continue };
            if sender.send(UiEvent::Facts(list)).is_err() {
                return;
            }
        }
    });
    measure
}

/// Reads a part of the log.
pub(super) fn read(reader: LogReader, request: LogRequest, events: &SyncSender<UiEvent>) {
    let sender = events.clone();
    worker::spawn(events.clone(), move || {
        let answer = reader.read(&request);
        if answer.is_err() && reader.is_cancelled() {
            return;
        }
        // Fails if the dashboard has ended. So do the next ones.
        sender.send(UiEvent::Answered { generation: request.generation, answer }).ok();
    });
}

/// Does something with a process.
pub(super) fn act(
    act: ActionFn,
    action: UiAction,
    process: Box<Process>,
    events: &SyncSender<UiEvent>,
) {
    let sender = events.clone();
    worker::spawn(events.clone(), move || {
        sender.send(UiEvent::Acted(act(&action, &process))).ok();
    });
}

/// Waits for the end of a program.
pub(super) fn wait_for(mut child: Child, events: &SyncSender<UiEvent>) {
    let sender = events.clone();
    worker::spawn(events.clone(), move || {
        // Fails for no child that exists.
        child.wait().ok();
        sender.send(UiEvent::ProgramEnded).ok();
    });
}
