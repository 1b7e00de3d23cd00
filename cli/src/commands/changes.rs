//! `changes`: which messages of a process are new since an earlier run or its last rebuild, and which are
//! gone.

use std::process::ExitCode;

use persistproc_api::Target;
use persistproc_api::changes::ChangesQuery;
use persistproc_api::words;

use super::selected;
use crate::args::ChangesArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

pub(crate) fn run(args: &ChangesArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let process = selected::one_to_read(&client, &args.target, "changes", context)?;
    let query = ChangesQuery { against: args.against, working_directory: None };
    let changes = client.changes(&Target::from(&process), &query)?;
    if context.json() {
        render::json(&changes)?;
    } else {
        render::lines(changes.lines().iter().map(|line| words::shown(line)))?;
        if !changes.note.is_empty() {
            context.note(&changes.note);
        }
    }
    Ok(ExitCode::SUCCESS)
}
