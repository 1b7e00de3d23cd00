//! `forget`: the record of an ended process and its logs, gone.

use std::process::ExitCode;

use super::target::Target;
use crate::args::ForgetArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

pub(crate) fn run(args: &ForgetArgs, context: &Context) -> Outcome {
    let target = Target::of(&args.target);
    let process = context.client()?.forget(&target.name, target.directory())?;
    if context.json() {
        render::json(&process)?;
    } else {
        render::lines([format!("Forgot {}", process.label)])?;
    }
    Ok(ExitCode::SUCCESS)
}
