//! The flags of `mcp`, by which agents are connected, and of `token`.

use clap::{Args, Subcommand};

use crate::agents::{Agent, Scope};

/// Connect agents to persistproc; alone, be the bridge that an agent starts
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Alone it speaks MCP on standard input and output: agents start it that way. \
                  `persistproc mcp install` shows the agents on this machine."
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

/// Print what to write into an agent's settings, and where
#[derive(Debug, Args)]
pub(crate) struct PrintArgs {
    /// Which agent [default: all of them, in short]
    #[arg(value_enum)]
    pub(crate) agent: Option<Agent>,

    #[command(flatten)]
    pub(crate) to: ConnectionArgs,
}

/// Connect an agent: by its own command, or by a change of its settings
#[derive(Debug, Args)]
#[command(
    after_help = "Whatever else stands in the settings stays, comments included, and the file as \
                  it was is kept beside it. Running it again changes nothing."
)]
pub(crate) struct InstallArgs {
    /// Which agent [default: show those on this machine]
    #[arg(value_enum)]
    pub(crate) agent: Option<Agent>,

    #[command(flatten)]
    pub(crate) to: ConnectionArgs,

    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Take persistproc out of an agent's settings
#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    /// Which agent
    #[arg(value_enum)]
    pub(crate) agent: Agent,

    /// Whose settings: this user's, or those of this directory
    #[arg(
        long,
        value_enum,
        default_value = "user",
        hide_possible_values = true,
        value_name = "user|project"
    )]
    pub(crate) scope: Scope,

    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// How the agent is to talk to persistproc, and for whom.
#[derive(Debug, Args)]
pub(crate) struct ConnectionArgs {
    /// Over `persistproc mcp`, which the agent starts, instead of HTTP
    #[arg(long)]
    pub(crate) stdio: bool,

    /// Whose settings: this user's, or those of this directory
    #[arg(
        long,
        value_enum,
        default_value = "user",
        hide_possible_values = true,
        value_name = "user|project"
    )]
    pub(crate) scope: Scope,
}

/// Print the token that lets another user's program in
#[derive(Debug, Args)]
#[command(after_help = "Programs of this user need none. Others send it as the header \
                  `Authorization: Bearer <token>`.")]
pub(crate) struct TokenArgs {}
