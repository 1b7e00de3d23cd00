//! `forget`: remove the record and the logs of an ended process.

use std::process::ExitCode;

use super::target;
use crate::args::ForgetArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, words};

pub(crate) fn run(args: &ForgetArgs, context: &Context) -> Outcome {
    let target = target::from_args(&args.target);
    let forgotten = context.client()?.forget(&target)?;
    if context.json() {
        render::json(&forgotten)?;
    } else {
        let runs = match forgotten.runs {
            1 => "1 run".to_owned(),
            runs => format!("{runs} runs"),
        };
        let name = forgotten.process.name();
        let size = words::size(forgotten.log_bytes);
        render::escaped_lines([format!("Forgot {name} ({runs}, {size} of logs)")])?;
    }
    Ok(ExitCode::SUCCESS)
}
