//! This program as the first process of a container: it passes signals on to the process, as the
//! program itself would get them there, and reaps the orphans that the kernel gives to it.

use std::io;
use std::thread;

use persistproc_api::client::Client;
use persistproc_api::control::SignalRequest;
use persistproc_api::{Process, Target, signals};
use rustix::process::{WaitOptions, getpid, wait};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

/// The signals that are passed on.
const FORWARDED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Whether this is the first process of a container.
pub(super) fn is_init() -> bool {
    getpid().is_init()
}

/// Passes signals on to the process and reaps orphans, from now on.
pub(super) fn serve(client: Client, process: &Process) -> io::Result<()> {
    let mut caught = Signals::new(FORWARDED.into_iter().chain([SIGCHLD]))?;
    let target = Target::from(process);
    thread::spawn(move || {
        reap_orphans();
        for signal in caught.forever() {
            if signal == SIGCHLD {
                reap_orphans();
            } else {
                // Fails if the process has ended; then this program is about to end too.
                let request = SignalRequest { signal: signals::name_or_number(signal) };
                client.signal(&target, &request).ok();
            }
        }
    });
    Ok(())
}

/// Reaps all children that have exited. A thread that waits for one of them gets an error instead of
/// its exit status.
fn reap_orphans() {
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
}
