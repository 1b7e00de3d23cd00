//! `completions`: a script that completes our commands and flags, for the name it was made by.

use std::io::{Write, stdout};
use std::process::ExitCode;

use crate::args::CompletionsArgs;
use crate::dispatch::{self, Name};
use crate::error::Outcome;

pub(crate) fn run(args: &CompletionsArgs) -> Outcome {
    let name = Name::of(&std::env::args_os().next().unwrap_or_default());
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut dispatch::command(name), name.word(), &mut script);
    stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
