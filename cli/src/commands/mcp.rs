//! `mcp`: connect agents to persistproc, or be the stdio bridge that an agent starts.

pub(crate) mod endpoint;
pub(crate) mod hooks;
mod install;
mod print;

use std::io::{IsTerminal, stdin};
use std::process::ExitCode;

use crate::args::{McpArgs, McpVerb};
use crate::bridge;
use crate::context::Context;
use crate::error::Outcome;

pub(crate) fn run(args: &McpArgs, context: &Context) -> Outcome {
    match &args.verb {
        Some(McpVerb::Print(args)) => print::run(args, context),
        Some(McpVerb::Install(args)) => install::run(args, context),
        Some(McpVerb::Uninstall(args)) => install::uninstall(args, context),
        None => run_bridge(context),
    }
}

/// Runs the bridge until EOF on standard input. In a terminal it prints a note first, because the
/// bridge itself prints nothing before it receives a message.
fn run_bridge(context: &Context) -> Outcome {
    if stdin().is_terminal() {
        context.note(
            "Speaking MCP on standard input and output, as agents expect. Run `persistproc mcp \
             install` to connect an agent; press Ctrl+D to exit.",
        );
    }
    bridge::run(context.client()?, context.client_of_running_daemon())?;
    Ok(ExitCode::SUCCESS)
}
