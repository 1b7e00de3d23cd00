//! The arguments of `hook`.

use clap::Args;

use crate::hook::client::HookClient;

/// Answer a hook of an AI agent
#[derive(Debug, Args)]
#[command(
    after_help = "Agents run this at their events, with a JSON object on standard input: `persistproc \
                  mcp install` adds it to their settings. It tells an agent what runs in its directory, \
                  and what broke after an edit. It starts no daemon, and prints nothing if there is \
                  nothing to say or anything fails; it exits with 0 then, too. \
                  An answer takes at most 40 milliseconds; PERSISTPROC_HOOK_TIMEOUT sets another time."
)]
pub(crate) struct HookArgs {
    /// Agent that runs the hook
    #[arg(value_enum, value_name = "AGENT")]
    pub(crate) client: HookClient,

    /// Look at shell commands: start dev servers with `persistproc start`, and refuse commands such as
    /// `pkill node` that would end a process of persistproc
    #[arg(long)]
    pub(crate) guard_shell: bool,
}
