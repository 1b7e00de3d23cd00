//! Starting shims: [`launch`] for a new run, [`take_over`] for a run whose shim was killed. The
//! socket is bound and connected to before the shim exists, so that the connection cannot fail
//! because the shim is not listening yet.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use persistproc_api::environment::Environment;
use persistproc_api::handover::HandoverOffer;
use persistproc_api::record::{ProcessRecord, RunRecord};
use persistproc_api::shim::Ask;
use persistproc_api::{ErrorCode, Problem};

use super::link::{ShimLink, SpareHandles};
use crate::logs::missing::none_if_missing;
use crate::platform::own_program;
use crate::supervisor::storage::folder::ProcessFolder;

/// Starts the shim of a new run. The executable loads while `process.json` is written; the shim
/// starts the child when it receives [`Ask::Begin`].
pub async fn launch(
    folder: &ProcessFolder,
    process: &ProcessRecord,
    record: RunRecord,
    handover: Option<HandoverOffer>,
    environment: Option<Environment>,
) -> Result<(RunRecord, ShimLink), Problem> {
    let mut link = spawn_shim(folder, record.run).map_err(|error| shim_failed(&error))?;
    // On an error the link is dropped; the shim reads EOF and exits.
    folder.write(process)?;
    let mut sent = Box::new(process.clone());
    if let Some(environment) = environment {
        sent.launch.environment = environment;
    }
    let begin =
        Ask::Begin { record: record.clone(), process: Some(sent), handover, environment: None };
    link.ask(begin).await.map_err(|error| shim_failed(&error))?;
    Ok((record, link))
}

/// Starts another shim for a run whose shim was killed, and hands it the open descriptors. If it
/// cannot take over, it closes the connection. If it cannot be started, the descriptors are returned
/// for the next attempt.
pub async fn take_over(
    folder: &ProcessFolder,
    process: &ProcessRecord,
    record: &RunRecord,
    handles: SpareHandles,
    stop_requested: bool,
    daemon_knows_exit: bool,
) -> Result<ShimLink, (io::Error, SpareHandles)> {
    let mut link = match spawn_shim(folder, record.run) {
        Ok(link) => link,
        Err(error) => return Err((error, handles)),
    };
    let request = Ask::TakeOver {
        record: record.clone(),
        process: Some(Box::new(process.clone())),
        handles: handles.iter().map(|(handle, _)| *handle).collect(),
        stop_requested,
        reports_exit: daemon_knows_exit,
    };
    match link.ask_with_handles(request, handles).await {
        Ok(_) => Ok(link),
        Err(error) => Err((error, link.into_spare_handles())),
    }
}

fn spawn_shim(folder: &ProcessFolder, run: u32) -> io::Result<ShimLink> {
    let socket = folder.socket();
    none_if_missing(fs::remove_file(&socket))?;
    let listener = UnixListener::bind(&socket)?;
    let link = ShimLink::new(UnixStream::connect(&socket)?)?;
    // The reaper reaps the shim.
    Command::new(own_program::path()?)
        .arg0("persistproc")
        .arg("shim")
        .arg(folder.run(run))
        .current_dir("/")
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::null())
        .stderr(folder.daemon_log())
        .spawn()?;
    Ok(link)
}

fn shim_failed(error: &io::Error) -> Problem {
    let message = format!("The shim of the process could not be started: {error}.");
    Problem::new(ErrorCode::StartFailed, message)
        .hint("Check the limits on processes, memory and open files.")
}
