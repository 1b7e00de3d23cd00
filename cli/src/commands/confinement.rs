//! Before a start: [`prepare`] replaces a daemon that could not give the process what this shell has,
//! and says what cannot be given.

use std::io::{IsTerminal, stderr};

use crate::context::Context;
use crate::error::Failure;

/// Compares this process with the daemon, if one is running. Notes are for people: among the output
/// of a program that goes to a pipe or a file they would be errors.
pub(super) fn prepare(context: &Context) -> Result<(), Failure> {
    let check = context.client()?.replace_confined_daemon()?;
    if !stderr().is_terminal() {
        return Ok(());
    }
    if !check.replaced_for.is_empty() {
        let gained = check.replaced_for.join(", ");
        context.note(&format!(
            "A new daemon replaces the old one, which could not give this process {gained}. All \
             processes keep running."
        ));
    }
    if !check.not_passed_on.is_empty() {
        let lost = check.not_passed_on.join(", ");
        context.note(&format!(
            "The process does not have this shell's {lost}: it has those of the daemon."
        ));
    }
    Ok(())
}
