//! `init`: the script that makes a shell know persistproc. The scripts are files of their own;
//! nothing is asked of the daemon.

mod nu;

use std::process::ExitCode;

use persistproc_api::Problem;

use crate::args::{InitArgs, InitShell};
use crate::error::Outcome;
use crate::render;

pub(crate) fn run(args: &InitArgs) -> Outcome {
    if args.install && args.shell != InitShell::Nu {
        let problem = Problem::invalid("Only Nushell's script has a place of its own.");
        return Err(problem.hint("The first lines of the script say where it goes.").into());
    }
    let script = match args.shell {
        InitShell::Bash => include_str!("../../shell/init.bash"),
        InitShell::Zsh => include_str!("../../shell/init.zsh"),
        InitShell::Fish => include_str!("../../shell/init.fish"),
        InitShell::Nu => return nu::run(args),
    };
    render::lines(script.lines())?;
    Ok(ExitCode::SUCCESS)
}
