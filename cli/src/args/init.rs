//! The arguments of `init`.

use clap::{Args, ValueEnum};

use super::parsers;

/// Print or install the shell integration
#[derive(Debug, Args)]
#[command(
    after_help = "The integration completes commands, flags, processes and programs, and defines \
                  pp-wrap and pp-unwrap. Load it from the shell's startup file, or let --install \
                  do that:\n\n  \
                  ~/.bashrc    eval \"$(persistproc init bash)\"\n  \
                  ~/.zshrc     eval \"$(persistproc init zsh)\"\n  \
                  config.fish  persistproc init fish | source\n\n\
                  Nushell cannot load a script that a command prints: `persistproc init nu \
                  --install` writes a file and registers the plugin."
)]
pub(crate) struct InitArgs {
    /// Shell to integrate with
    #[arg(value_enum)]
    pub(crate) shell: InitShell,

    /// Run this command under persistproc when it is typed at a prompt; may be repeated
    #[arg(long, value_name = "WORDS", conflicts_with = "uninstall")]
    pub(crate) wrap: Vec<String>,

    /// Define this name instead of pp
    #[arg(long, value_name = "NAME", default_value = "pp", value_parser = parsers::command_name, conflicts_with_all = ["no_pp", "uninstall"])]
    pub(crate) cmd: String,

    /// Do not define pp, pp-wrap and pp-unwrap
    #[arg(long, conflicts_with = "uninstall")]
    pub(crate) no_pp: bool,

    /// Add the integration to the shell's startup file
    #[arg(long, conflicts_with = "uninstall")]
    pub(crate) install: bool,

    /// Remove the integration from the shell's startup file
    #[arg(long)]
    pub(crate) uninstall: bool,

    /// Show what --install or --uninstall would change
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The shells that have an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InitShell {
    Bash,
    Zsh,
    Fish,
    Nu,
}

impl InitShell {
    /// The name as it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Nu => "nu",
        }
    }
}
