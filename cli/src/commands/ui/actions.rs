//! What the dashboard does with a process, and the texts that say so: those of the commands.

use persistproc_api::client::Client;
use persistproc_api::control::RestartRequest;
use persistproc_api::{Problem, Process, Target};

use crate::args::StopFlags;
use crate::commands::{forget, restart, send, signal, stop, url};
use crate::tui::UiAction;

/// Does it, and returns what was done.
pub(super) fn act(
    client: &Client,
    action: &UiAction,
    process: &Process,
) -> Result<String, Problem> {
    let target = Target::from(process);
    let lines = match action {
        UiAction::Start => start(client, &target, "Started")?,
        UiAction::Restart => start(client, &target, "Restarted")?,
        UiAction::Stop => stop::stop(client, &target, StopFlags::default())?.lines,
        UiAction::Forget => forget::forget(client, &target)?.lines,
        UiAction::OpenUrl => vec![format!("Opened {}", url::open_of(client, process)?)],
        UiAction::Send(line) => vec![send::send_line(client, &target, line)?],
        UiAction::Signal(name) => signal::signal(client, &target, name)?.lines,
    };
    Ok(lines.join(" · "))
}

fn start(client: &Client, target: &Target, verb: &str) -> Result<Vec<String>, Problem> {
    let started = client.restart_across_daemons(target, &RestartRequest::default())?;
    Ok(restart::summary(verb, &started))
}
