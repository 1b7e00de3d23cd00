//! The text that `serve` prints when it listens: the URLs, and how to connect each agent.

use persistproc_api::daemon::TcpStatus;
use persistproc_api::data_dirs::DataDirs;

/// The whole text. `remembered` are the flags that were given to an earlier `serve`, `agents` the
/// lines with the command that connects each agent.
pub(crate) fn text(
    dirs: &DataDirs,
    tcp: &TcpStatus,
    remembered: &[String],
    agents: &[String],
) -> String {
    let mut text = format!("persistproc serves {}\n", dirs.data().display());
    if !remembered.is_empty() {
        let flags = remembered.join(", ");
        text += &format!("As an earlier `serve` was given: {flags}. --defaults forgets them.\n");
    }
    text += &match tcp {
        TcpStatus::Open { url } => {
            let agents: String = agents.iter().map(|line| format!("  {line}\n")).collect();
            format!("REST: {url}/v1/processes\nMCP:  {url}/mcp\n\nTo connect an agent:\n{agents}")
        }
        TcpStatus::Closed { error } => format!("\nWarning: {error}\n{}\n", error.hint),
    };
    text.push_str("\nCtrl+C stops every process and the daemon. `persistproc shutdown --keep` stops the daemon alone.\n");
    text
}
