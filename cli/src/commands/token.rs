//! `token`: print the daemon's bearer token, which the daemon creates when it first starts.

use std::io::ErrorKind;
use std::process::ExitCode;

use persistproc_api::private_file::MAX_SHORT_FILE_BYTES;
use persistproc_api::{Problem, private_file};

use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render;

pub(crate) fn run(context: &Context) -> Outcome {
    let token = read(context)?;
    if context.json() {
        render::json(&serde_json::json!({ "token": token }))?;
    } else {
        render::lines([token])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The token. Starts a daemon, which creates it, if none has run yet.
pub(super) fn read(context: &Context) -> Result<String, Failure> {
    let path = context.data_dirs().token();
    let unreadable = |error| Problem::storage(format!("cannot read {}", path.display()), error);
    let token = match private_file::read(&path, MAX_SHORT_FILE_BYTES) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Any request starts the daemon.
            context.client()?.daemon()?;
            private_file::read(&path, MAX_SHORT_FILE_BYTES).map_err(unreadable)?
        }
        result => result.map_err(unreadable)?,
    };
    Ok(String::from_utf8_lossy(&token).trim().to_owned())
}
