//! `require_reached`: the error of a wait that ended before its condition was met.

use nu_protocol::{LabeledError, Span};
use persistproc_api::wait::{Reason, Waited};
use persistproc_api::{ErrorCode, Problem};

use crate::value;

/// Fails if the condition of a wait was not met. The help text of the error contains the last lines
/// of output.
pub(super) fn require_reached(waited: &Waited, span: Span) -> Result<(), LabeledError> {
    if waited.reached {
        return Ok(());
    }
    let name = waited.process.name();
    let (code, message) = match waited.reason {
        Reason::Timeout => {
            let seconds = f64::from(waited.waited_seconds);
            (ErrorCode::Timeout, format!("Timed out waiting for {name} after {seconds:.0} s."))
        }
        Reason::DaemonStopping => {
            (ErrorCode::ShuttingDown, format!("The daemon shut down while waiting for {name}."))
        }
        _ => {
            let end = waited.process.end_phrase();
            (ErrorCode::NotRunning, format!("{name} {end} before the condition was met."))
        }
    };
    let problem = Problem::new(code, message).hint(hint(waited, name));
    Err(value::error(&problem, span))
}

fn hint(waited: &Waited, name: &str) -> String {
    let mut hint = String::new();
    if !waited.note.is_empty() {
        hint += &format!("{}\n", waited.note);
    }
    if !waited.output.is_empty() {
        hint += "Last lines:\n";
        for line in &waited.output {
            hint += &format!("  {line}\n");
        }
    }
    hint + &format!("For more output, run `persistproc logs {name}`.")
}
