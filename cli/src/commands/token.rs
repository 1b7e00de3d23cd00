//! `token`: print the daemon's bearer token, which the daemon creates when it first starts.

use std::fs;
use std::io::ErrorKind;
use std::process::ExitCode;

use persistproc_api::Problem;

use crate::context::Context;
use crate::error::Outcome;
use crate::render;

pub(crate) fn run(context: &Context) -> Outcome {
    let path = context.data_dirs().token();
    let unreadable = |error| Problem::storage(format!("cannot read {}", path.display()), error);
    let token = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Any request starts the daemon.
            context.client()?.daemon()?;
            fs::read_to_string(&path).map_err(unreadable)?
        }
        result => result.map_err(unreadable)?,
    };
    if context.json() {
        render::json(&serde_json::json!({ "token": token.trim() }))?;
    } else {
        render::lines([token.trim()])?;
    }
    Ok(ExitCode::SUCCESS)
}
