//! Every flag of every command, and nothing that happens because of one.

mod control;
mod daemon;
mod late;
mod look;
mod mcp;
mod run;
mod talk;
mod values;
mod wait;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use control::{
    Action, CtrlArgs, EndArgs, ForgetArgs, IfRunningChoice, RestartArgs, StartArgs, StopArgs,
    TargetArgs,
};
pub(crate) use daemon::{
    CompletionsArgs, DoctorArgs, InitArgs, InitShell, ManArgs, PromptArgs, ServeArgs, ShutdownArgs,
};
pub(crate) use late::{Late, both_spellings};
pub(crate) use look::{ListArgs, OutputArgs, SearchArgs};
pub(crate) use mcp::{
    ConnectionArgs, InstallArgs, McpArgs, McpVerb, PrintArgs, TokenArgs, UninstallArgs,
};
pub(crate) use run::{AttachArgs, OnExit, RunArgs};
pub(crate) use talk::{SendArgs, SignalArgs};
pub(crate) use wait::{GoalChoice, WaitArgs, WaitForArgs};

/// Run a program so that every shell and every agent on this machine can see it
#[derive(Debug, Parser)]
#[command(
    name = "persistproc",
    version,
    help_template = include_str!("args/help.txt"),
)]
pub(crate) struct Root {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Flags that every command takes, before and after its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// Where processes and their logs are kept [env: PERSISTPROC_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// The port a new daemon opens [default: 8947] [env: PERSISTPROC_PORT]
    #[arg(
        long,
        global = true,
        env = "PERSISTPROC_PORT",
        hide_env = true,
        value_name = "N",
        value_parser = values::port,
    )]
    pub(crate) port: Option<u16>,

    /// Answer people or programs [default: text] [env: PERSISTPROC_FORMAT]
    #[arg(
        long,
        global = true,
        env = "PERSISTPROC_FORMAT",
        hide_env = true,
        value_enum,
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true,
        value_name = "text|json"
    )]
    pub(crate) format: Format,

    /// Say more about what happens; repeat for still more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Keep notes and hints to yourself
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) quiet: u8,
}

/// How answers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// What to do. What each of them is for is said beside its flags.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Run(Late<RunArgs>),
    Start(Late<StartArgs>),
    Attach(Late<AttachArgs>),
    #[command(visible_aliases = ["ps", "ls"])]
    List(Late<ListArgs>),
    #[command(visible_alias = "logs")]
    Output(Late<OutputArgs>),
    Search(Late<SearchArgs>),
    Wait(Late<WaitArgs>),
    Send(Late<SendArgs>),
    Signal(Late<SignalArgs>),
    Stop(Late<StopArgs>),
    Restart(Late<RestartArgs>),
    Forget(Late<ForgetArgs>),
    Ctrl(Late<CtrlArgs>),
    Serve(Late<ServeArgs>),
    Shutdown(Late<ShutdownArgs>),
    Doctor(Late<DoctorArgs>),
    Mcp(Late<McpArgs>),
    Token(Late<TokenArgs>),
    Init(Late<InitArgs>),
    Prompt(Late<PromptArgs>),
    Completions(Late<CompletionsArgs>),
    Man(Late<ManArgs>),
}
