//! `signal`: send a signal to the process group of a process.

use std::process::ExitCode;

use persistproc_api::control::SignalRequest;

use super::target;
use crate::args::SignalArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

pub(crate) fn run(args: &SignalArgs, context: &Context) -> Outcome {
    let target = target::from_args(&args.target);
    let request = SignalRequest { signal: args.signal.clone() };
    let process = context.client()?.signal(&target, &request)?;
    if context.json() {
        render::json(&process)?;
    } else {
        render::escaped_lines([format!("Sent {} to {}", full_name(&args.signal), process.name())])?;
    }
    Ok(ExitCode::SUCCESS)
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
