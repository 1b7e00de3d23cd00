//! The [`Endpoint`] for the configs of agents: the daemon's URL, and the command that starts the bridge
//! for the same data directory and port.

use std::env;

use persistproc_api::Problem;

use crate::agents::Endpoint;
use crate::context::Context;

pub(crate) fn of_context(context: &Context) -> Result<Endpoint, Problem> {
    let program = env::current_exe().map_err(Problem::internal)?;
    let mut arguments = vec!["mcp".to_owned()];
    if context.has_custom_data_dir() {
        let data_dir = context.data_dirs().data().display().to_string();
        arguments.extend(["--data-dir".to_owned(), data_dir]);
    }
    if let Some(port) = context.port() {
        arguments.extend(["--port".to_owned(), port.to_string()]);
    }
    let port = context.daemon_port();
    let url = mcp_url(&format!("http://127.0.0.1:{port}"));
    Ok(Endpoint { url, program, arguments })
}

/// The MCP endpoint below the base URL of the daemon.
pub(crate) fn mcp_url(base: &str) -> String {
    format!("{base}/mcp")
}
