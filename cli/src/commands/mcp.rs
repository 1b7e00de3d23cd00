//! `mcp`: agents connected to persistproc, and the bridge that they start.

mod install;
mod print;

use std::env;
use std::io::IsTerminal;
use std::process::ExitCode;

use persistproc_api::Problem;
use persistproc_api::data_dirs::DEFAULT_PORT;

use crate::agents::Endpoint;
use crate::args::{McpArgs, McpVerb};
use crate::bridge;
use crate::context::Context;
use crate::error::Outcome;

pub(crate) fn run(args: &McpArgs, context: &Context) -> Outcome {
    match &args.verb {
        Some(McpVerb::Print(args)) => print::run(args, context),
        Some(McpVerb::Install(args)) => install::run(args, context),
        Some(McpVerb::Uninstall(args)) => install::uninstall(args, context),
        None => bridge(context),
    }
}

/// Until the input ends. A person who typed it sees nothing happen.
fn bridge(context: &Context) -> Outcome {
    if std::io::stdin().is_terminal() {
        context.note(
            "This speaks MCP, and agents start it. `persistproc mcp install` connects them; Ctrl+D ends it.",
        );
    }
    bridge::run(context.client()?, context.client_of_running_daemon())?;
    Ok(ExitCode::SUCCESS)
}

/// Where agents are to find this persistproc: its port, and its program with the flags that
/// lead to the same data.
pub(crate) fn door(context: &Context) -> Result<Endpoint, Problem> {
    let program = env::current_exe().map_err(Problem::internal)?;
    let mut arguments = vec!["mcp".to_owned()];
    if context.has_own_place() {
        arguments
            .extend(["--data-dir".to_owned(), context.data_dirs().data().display().to_string()]);
    }
    if let Some(port) = context.port() {
        arguments.extend(["--port".to_owned(), port.to_string()]);
    }
    let port = context.port().unwrap_or(DEFAULT_PORT);
    Ok(Endpoint { url: url(&format!("http://127.0.0.1:{port}")), program, arguments })
}

/// Where MCP is, below where REST is.
pub(crate) fn url(base: &str) -> String {
    format!("{base}/mcp")
}
