//! What `serve` says when it serves: where, and how to connect each agent.

use persistproc_api::daemon::TcpDoor;
use persistproc_api::data_dirs::DataDirs;

/// The whole text. `agents` says how to connect each agent to the open port.
pub(crate) fn text(dirs: &DataDirs, door: &TcpDoor, agents: &[String]) -> String {
    let mut text = format!("persistproc serves {}\n", dirs.data().display());
    text += &match door {
        TcpDoor::Open { url } => {
            let ways: String = agents.iter().map(|line| format!("  {line}\n")).collect();
            format!("REST: {url}/v1/processes\nMCP:  {url}/mcp\n\nTo connect an agent:\n{ways}")
        }
        TcpDoor::Closed { error } => format!("\nWarning: {error}\n{}\n", error.hint),
    };
    text.push_str("\nCtrl+C stops every process and the daemon. `persistproc shutdown --keep` stops the daemon alone.\n");
    text
}
