//! The programs that get the terminal: `attach` and `less`.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

use persistproc_api::client::Client;
use persistproc_api::{ErrorCode, Problem};

use crate::tui::event::FilePosition;

/// This program, attaching to a process.
pub(super) fn attach(client: &Client, id: &str) -> Result<Command, Problem> {
    let program = env::current_exe().map_err(|error| {
        Problem::internal(format!("Cannot find the executable of persistproc: {error}."))
    })?;
    let mut command = Command::new(program);
    // The notes of `attach` use the name by which we were called.
    command.arg0(env::args_os().next().unwrap_or_default());
    command.arg("attach").arg("--data-dir").arg(client.data_dirs().data()).arg(id);
    Ok(command)
}

/// A pager on a log. It shows colours, and no other sequences.
pub(super) fn less(path: &Path, position: FilePosition) -> Command {
    let mut command = Command::new("less");
    command.arg("-R");
    match position {
        FilePosition::Line(number) => command.arg(format!("+{number}")),
        FilePosition::End => command.arg("+G"),
    };
    command.arg(path);
    command
}

pub(super) fn start(mut command: Command) -> Result<Child, Problem> {
    command.spawn().map_err(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        Problem::new(ErrorCode::StartFailed, format!("Cannot start {program}: {error}."))
            .hint("Install it, or add its directory to the PATH.")
    })
}
