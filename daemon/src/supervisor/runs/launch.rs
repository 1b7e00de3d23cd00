//! A new run: its folder and record, the shim's socket, the shim. The socket is bound and
//! connected to before the shim exists, so there is no moment in which it could be missed.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use persistproc_api::record::{FORMAT, ProcessRecord, RunRecord, RunState};
use persistproc_api::shim::Ask;
use persistproc_api::{ErrorCode, Problem, Time};

use super::link::{ShimLink, SpareHandles};
use crate::logs::missing::none_if_missing;
use crate::supervisor::storage::folder::ProcessFolder;

/// Starts the shim of a run. It loads while what to run is written down, and begins when it is.
pub async fn launch(
    folder: &ProcessFolder,
    process: &ProcessRecord,
    run: u32,
    started_by: Option<String>,
) -> Result<(RunRecord, ShimLink), Problem> {
    let (tty, state) = (process.tty.is_some(), RunState::Starting { time: Time::now() });
    let (lost_bytes, shim, stopped_by) = (0, None, None);
    let record =
        RunRecord { format: FORMAT, run, tty, lost_bytes, started_by, stopped_by, shim, state };
    let failed = |error: io::Error| {
        Problem::new(
            ErrorCode::StartFailed,
            format!("The process could not be given a parent: {error}."),
        )
        .hint("Is the machine out of processes, memory or file descriptors?")
    };
    let mut link = start(folder, run).map_err(failed)?;
    // Without it there is no run: the link is dropped, and the shim leaves.
    folder.write(process)?;
    link.ask(Ask::Begin { record: record.clone() }).await.map_err(failed)?;
    Ok((record, link))
}

/// Starts another shim for a run whose first one was killed; it goes on with what that one had
/// open. Nothing comes back but the end of the connection when it cannot.
pub async fn take_over(
    folder: &ProcessFolder,
    record: &RunRecord,
    ends: SpareHandles,
    asked: bool,
    tells_exit: bool,
) -> io::Result<ShimLink> {
    let mut link = start(folder, record.run)?;
    let (record, names) = (record.clone(), ends.iter().map(|(end, _)| *end).collect());
    link.hand(Ask::TakeOver { record, ends: names, asked, tells_exit }, ends).await?;
    Ok(link)
}

fn start(folder: &ProcessFolder, run: u32) -> io::Result<ShimLink> {
    let socket = folder.socket();
    none_if_missing(fs::remove_file(&socket))?;
    let listener = UnixListener::bind(&socket)?;
    let link = ShimLink::new(UnixStream::connect(&socket)?)?;
    // Whoever collects our children collects it too.
    Command::new(own_program()?)
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

/// This very program, even when its file was replaced by a newer one meanwhile.
fn own_program() -> io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}
