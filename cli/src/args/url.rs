//! The arguments of `url` and `open`.

use clap::Args;

use super::target::TargetArgs;

/// Print the URL of a process
#[derive(Debug, Args)]
#[command(
    after_help = "The URL is the one that the process printed for its port, or else one with the \
                  port on which it listens.\n\n\
                  Example: curl \"$(pp url web)\""
)]
pub(crate) struct UrlArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// Open the URL of a process in the browser
#[derive(Debug, Args)]
#[command(after_help = "Uses $BROWSER, or else the default browser.")]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
