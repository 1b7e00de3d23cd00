//! A new run: its folder and record, the shim's socket, the shim. The socket is bound and
//! connected to before the shim exists, so there is no moment in which it could be missed.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Stdio;

use persistproc_api::record::{FORMAT, ProcessRecord, RunRecord, RunState};
use persistproc_api::shim::Ask;
use persistproc_api::{ErrorCode, Problem, Time};
use tokio::process::Command;

use super::link::Link;
use super::store::Folder;
use crate::logs::segment::found;

/// Starts the shim of a run. It loads while what to run is written down, and begins when it is.
pub async fn launch(
    folder: &Folder,
    process: &ProcessRecord,
    run: u32,
    started_by: Option<String>,
) -> Result<(RunRecord, Link), Problem> {
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

fn start(folder: &Folder, run: u32) -> io::Result<Link> {
    let socket = folder.socket();
    found(fs::remove_file(&socket))?;
    let listener = UnixListener::bind(&socket)?;
    let link = Link::new(UnixStream::connect(&socket)?)?;
    let mut shim = Command::new(own_program()?)
        .arg0("persistproc")
        .arg("shim")
        .arg(folder.run(run))
        .current_dir("/")
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::null())
        .stderr(folder.daemon_log())
        .spawn()?;
    // Nobody waits for the shim's own exit; somebody has to collect it.
    tokio::spawn(async move { shim.wait().await });
    Ok(link)
}

/// This very program, even when its file was replaced by a newer one meanwhile.
fn own_program() -> io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}
