//! The arguments of `mcp` and its subcommands.

use clap::{Args, Subcommand};

use crate::agents::{Agent, Scope};

/// Connect AI agents over MCP
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Without a subcommand, speaks MCP on standard input and output: agents start it \
                  that way. `persistproc mcp install` lists the agents on this machine."
)]
pub(crate) struct McpArgs {
    #[command(subcommand)]
    pub(crate) verb: Option<McpVerb>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum McpVerb {
    Print(PrintArgs),
    Install(InstallArgs),
    Uninstall(UninstallArgs),
}

/// Print the settings for an agent, and where they belong
#[derive(Debug, Args)]
pub(crate) struct PrintArgs {
    /// Agent to print the settings for [default: a summary of all]
    #[arg(value_enum)]
    pub(crate) agent: Option<Agent>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Add persistproc to an agent's settings
#[derive(Debug, Args)]
#[command(
    after_help = "Uses the agent's own command where it has one, else edits its settings file: \
                  other settings and comments are kept, and a copy of the original is saved \
                  beside it. Safe to run again.\n\n\
                  Claude Code, Codex, Cursor, Gemini CLI and opencode also get hooks: at the start of \
                  a session they learn what runs in the project, and after an edit what it broke.\n\n\
                  Examples:\n  \
                  persistproc mcp install claude-code         Connect Claude Code\n  \
                  persistproc mcp install cursor --dry-run    Show what would change"
)]
pub(crate) struct InstallArgs {
    /// Agent to connect [default: list the agents on this machine]
    #[arg(value_enum)]
    pub(crate) agent: Option<Agent>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    /// Let the agent also look at its shell commands before they run: dev servers start under
    /// persistproc, and commands that would end its processes are refused
    #[arg(long, conflicts_with = "no_hooks")]
    pub(crate) guard_shell: bool,

    /// Connect the MCP server only. Without hooks, the agent has to ask what runs and what broke
    #[arg(long)]
    pub(crate) no_hooks: bool,

    /// Write a plugin folder for Claude Code instead of entries in its settings
    #[arg(long, conflicts_with_all = ["no_hooks", "http"])]
    pub(crate) plugin: bool,

    /// Show what would change, without changing it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Remove persistproc from an agent's settings
#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    /// Agent to disconnect
    #[arg(value_enum)]
    pub(crate) agent: Agent,

    /// Settings to change: of this user, or of the project in this directory
    #[arg(
        long,
        value_enum,
        default_value = "user",
        hide_possible_values = true,
        value_name = "user|project"
    )]
    pub(crate) scope: Scope,

    /// Show what would change, without changing it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// How the agent connects to persistproc, and for whom.
#[derive(Debug, Args)]
pub(crate) struct ConnectionArgs {
    /// Let the agent connect over HTTP instead of starting `persistproc mcp`
    #[arg(long)]
    pub(crate) http: bool,

    /// Let the agent start `persistproc mcp`, which is the default
    #[arg(long, hide = true, conflicts_with = "http")]
    pub(crate) stdio: bool,

    /// Settings to use: of this user, or of the project in this directory
    #[arg(
        long,
        value_enum,
        default_value = "user",
        hide_possible_values = true,
        value_name = "user|project"
    )]
    pub(crate) scope: Scope,
}
