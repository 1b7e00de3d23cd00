//! The command-line arguments: the root command, the global flags, and one file per verb. This module
//! only parses; [`crate::commands`] runs the verbs.
//!
//! Shared by several verbs: [`target`] and [`selection_flags`] (the processes to act on), [`stop_flags`] (how to stop a run),
//! [`choices`] (values from a closed set), [`parsers`] (values that are validated), [`examples`] (the
//! examples of the help pages).

mod attach;
mod changes;
mod choices;
mod completions;
mod ctrl;
mod dashboard;
mod deferred;
mod doctor;
mod env;
pub(crate) mod examples;
mod forget;
mod hook;
mod init;
mod label;
mod list;
mod man;
mod mcp;
mod news;
mod notify;
mod output;
pub(crate) mod parsers;
mod port;
mod prompt;
mod restart;
mod run;
mod runs;
mod search;
mod selection_flags;
mod send;
mod serve;
mod setup;
mod shutdown;
mod signal;
mod start;
mod stop;
mod stop_flags;
mod target;
mod token;
mod ui;
mod url;
mod wait;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use attach::{AttachArgs, OnExit};
pub(crate) use changes::ChangesArgs;
pub(crate) use choices::{ColorChoice, GoalChoice, IfRunningChoice};
pub(crate) use completions::CompletionsArgs;
pub(crate) use ctrl::{Action, CtrlArgs};
pub(crate) use dashboard::DashboardArgs;
pub(crate) use deferred::{Deferred, with_underscore_aliases};
pub(crate) use doctor::DoctorArgs;
pub(crate) use env::EnvArgs;
pub(crate) use forget::ForgetArgs;
pub(crate) use hook::HookArgs;
pub(crate) use init::{InitArgs, InitShell};
pub(crate) use label::LabelArgs;
pub(crate) use list::ListArgs;
pub(crate) use man::ManArgs;
pub(crate) use mcp::{ConnectionArgs, InstallArgs, McpArgs, McpVerb, PrintArgs, UninstallArgs};
pub(crate) use news::NewsArgs;
pub(crate) use notify::NotifyArgs;
pub(crate) use output::OutputArgs;
pub(crate) use parsers::Assignment;
pub(crate) use port::PortArgs;
pub(crate) use prompt::PromptArgs;
pub(crate) use restart::RestartArgs;
pub(crate) use run::RunArgs;
pub(crate) use runs::RunsArgs;
pub(crate) use search::SearchArgs;
pub(crate) use selection_flags::{EndedFlags, ScopeFlags};
pub(crate) use send::SendArgs;
pub(crate) use serve::ServeArgs;
pub(crate) use setup::SetupArgs;
pub(crate) use shutdown::ShutdownArgs;
pub(crate) use signal::SignalArgs;
pub(crate) use start::StartArgs;
pub(crate) use stop::StopArgs;
pub(crate) use stop_flags::StopFlags;
pub(crate) use target::{OptionalTargetArgs, TargetArgs};
pub(crate) use token::TokenArgs;
pub(crate) use ui::UiArgs;
pub(crate) use url::{OpenArgs, UrlArgs};
pub(crate) use wait::{WaitAfterStartArgs, WaitArgs};

/// Run programs that every shell and agent on this machine can see
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

/// Flags of every verb, accepted before and after its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Directory of process records and logs [env: PERSISTPROC_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// TCP port for a new daemon [default: 8947] [env: PERSISTPROC_PORT]
    #[arg(
        long,
        global = true,
        env = "PERSISTPROC_PORT",
        hide_env = true,
        value_name = "N",
        value_parser = parsers::port,
    )]
    pub(crate) port: Option<u16>,

    /// Output format [default: text] [env: PERSISTPROC_FORMAT]
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
    format: Format,

    /// Same as --format json
    #[arg(long, global = true, hide = true)]
    pub(crate) json: bool,

    /// Show more: the data directory and socket, and the log files after `start`
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Suppress notes and hints
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) quiet: u8,
}

impl Globals {
    /// How answers are printed.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// The verbs. The help text of each is the doc comment of its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Run(Deferred<RunArgs>),
    Start(Deferred<StartArgs>),
    Attach(Deferred<AttachArgs>),
    #[command(visible_aliases = ["ps", "ls"])]
    List(Deferred<ListArgs>),
    Ui(Deferred<UiArgs>),
    #[command(visible_alias = "logs")]
    Output(Deferred<OutputArgs>),
    Search(Deferred<SearchArgs>),
    News(Deferred<NewsArgs>),
    Notify(Deferred<NotifyArgs>),
    Changes(Deferred<ChangesArgs>),
    Runs(Deferred<RunsArgs>),
    Wait(Deferred<WaitArgs>),
    Port(Deferred<PortArgs>),
    Url(Deferred<UrlArgs>),
    Open(Deferred<OpenArgs>),
    Dashboard(Deferred<DashboardArgs>),
    Env(Deferred<EnvArgs>),
    Send(Deferred<SendArgs>),
    Signal(Deferred<SignalArgs>),
    Stop(Deferred<StopArgs>),
    Restart(Deferred<RestartArgs>),
    Label(Deferred<LabelArgs>),
    Forget(Deferred<ForgetArgs>),
    Ctrl(Deferred<CtrlArgs>),
    Serve(Deferred<ServeArgs>),
    Shutdown(Deferred<ShutdownArgs>),
    Doctor(Deferred<DoctorArgs>),
    Setup(Deferred<SetupArgs>),
    Mcp(Deferred<McpArgs>),
    Hook(Deferred<HookArgs>),
    Token(Deferred<TokenArgs>),
    Init(Deferred<InitArgs>),
    Prompt(Deferred<PromptArgs>),
    Completions(Deferred<CompletionsArgs>),
    Man(Deferred<ManArgs>),
}
