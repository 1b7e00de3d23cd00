//! `init`: print the shell integration, or install it where the shell loads it at startup.

pub(super) mod install;
mod nu;

use std::process::ExitCode;

use persistproc_api::Problem;

use crate::args::{InitArgs, InitShell};
use crate::context::Context;
use crate::error::Outcome;
use crate::render;
use crate::shells::Integration;

pub(crate) fn run(args: &InitArgs, context: &Context) -> Outcome {
    let integration = Integration::from_args(args)?;
    if integration.shell == InitShell::Nu {
        return nu::run(&integration, args, context);
    }
    if args.install || args.uninstall {
        return install::run(&integration, args, context);
    }
    if args.dry_run {
        let problem = Problem::invalid("`--dry-run` needs `--install` or `--uninstall`.");
        return Err(problem.hint("Without them, `init` only prints the script.").into());
    }
    render::lines(integration.script().lines())?;
    Ok(ExitCode::SUCCESS)
}
