//! Children that lose their parent: who gets them, and how one that was inherited ended. Only
//! Linux hands them to us; elsewhere they go to the system and are never seen again.

use persistproc_api::Exit;
use rustix::process::{WaitOptions, WaitStatus};

/// Descendants that lose their parent become our children: none can escape.
pub fn become_subreaper() {
    // Refused by no kernel since 3.4; without it a killed shim costs its child, as elsewhere.
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
}

/// What collecting the next ended child brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// This one ended so.
    Exited { pid: u32, exit: Exit },
    /// Nobody ended.
    NoneExited,
    /// We have no children.
    NoChildren,
}

/// Collects a child that ended, if there is one.
pub fn reap_child() -> Reaped {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => {
                // One that was stopped or goes on has not ended.
                let Some(exit) = exit_of(status) else { continue };
                return Reaped::Exited { pid: pid.as_raw_nonzero().get() as u32, exit };
            }
            Ok(None) => return Reaped::NoneExited,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Reaped::NoChildren,
        }
    }
}

fn exit_of(status: WaitStatus) -> Option<Exit> {
    let code = status.exit_status().map(Exit::Code);
    code.or_else(|| status.terminating_signal().map(Exit::Signal))
}
