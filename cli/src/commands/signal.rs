//! `signal`: send a signal to the process groups of processes.

use persistproc_api::client::Client;
use persistproc_api::control::SignalRequest;
use persistproc_api::selection::SelectedState;
use persistproc_api::{Problem, Process, Target, signals};

use super::each::{self, ProcessReport};
use super::selected::{Purpose, SelectionRequest, WithoutTarget, as_one_name, select};
use crate::args::SignalArgs;
use crate::context::Context;
use crate::error::Outcome;

pub(crate) fn run(args: &SignalArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let is_number = args.signal.chars().all(|character| character.is_ascii_digit());
    if !is_number && !signals::is_name(&full_name(&args.signal)) {
        // The daemon refuses it before it looks for the target, which may be the signal.
        signal(&client, &Target::from_id(as_one_name(&args.target.target)), &args.signal)?;
    }
    let purpose = Purpose {
        command: &format!("signal {}", args.signal),
        question: &format!("Send {} to", full_name(&args.signal)),
        changes: true,
        state: SelectedState::Alive,
        without_target: WithoutTarget::Running,
    };
    let selected = select(&client, &SelectionRequest::new(&args.target, purpose), context)?;
    each::run(&selected, &client, context, "", |client, target| {
        signal(client, target, &args.signal)
    })
}

/// Sends a signal and reports it.
pub(super) fn signal(
    client: &Client,
    target: &Target,
    name: &str,
) -> Result<ProcessReport<Process>, Problem> {
    let process = client.signal(target, &SignalRequest { signal: name.to_owned() })?;
    let line = format!("Sent {} to {}", full_name(name), process.name());
    Ok(ProcessReport::line(process, line))
}

/// The name in capitals and with `SIG`.
fn full_name(typed: &str) -> String {
    let upper = typed.to_ascii_uppercase();
    if upper.starts_with("SIG") { upper } else { format!("SIG{upper}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_signal_has_the_same_full_name() {
        assert_eq!(["hup", "HUP", "SIGHUP", "sighup"].map(full_name), ["SIGHUP"; 4]);
    }
}
