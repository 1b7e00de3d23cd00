//! `completions`: print a static completion script for the name the program was called by.

use std::env;
use std::io::{Write, stdout};
use std::process::ExitCode;

use crate::args::CompletionsArgs;
use crate::dispatch::{self, Name};
use crate::error::Outcome;

pub(crate) fn run(args: &CompletionsArgs) -> Outcome {
    let name = Name::from_path(&env::args_os().next().unwrap_or_default());
    let mut script = Vec::new();
    let mut command = dispatch::command(name);
    clap_complete::generate(args.shell, &mut command, name.as_str(), &mut script);
    stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
