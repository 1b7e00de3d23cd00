//! `init`: the script that makes a shell know persistproc. The scripts are files of their own;
//! nothing is asked of the daemon.

use std::process::ExitCode;

use crate::args::{InitArgs, InitShell};
use crate::error::Outcome;
use crate::render;

pub(crate) fn run(args: &InitArgs) -> Outcome {
    let script = match args.shell {
        InitShell::Bash => include_str!("../../shell/init.bash"),
        InitShell::Zsh => include_str!("../../shell/init.zsh"),
        InitShell::Fish => include_str!("../../shell/init.fish"),
    };
    render::lines(script.lines())?;
    Ok(ExitCode::SUCCESS)
}
