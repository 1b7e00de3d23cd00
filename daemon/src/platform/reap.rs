//! Adopting orphaned descendants and reaping children.
//!
//! On Linux a process can be the subreaper of its descendants: when their parent exits, they
//! become its children instead of init's, so it can reap them and learn their exit status. Other
//! platforms have no subreaper; orphans go to init there.

use persistproc_api::Exit;
use rustix::process::{WaitOptions, WaitStatus};

/// Makes this process the subreaper of its descendants: none can escape by daemonizing.
pub fn become_subreaper() {
    // Supported since Linux 3.4. After a failure, orphans go to init, as on platforms without
    // subreapers.
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
}

/// Result of one [`reap_child`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// This child has exited and was reaped.
    Exited { pid: u32, exit: Exit },
    /// There are children, and none has exited.
    NoneExited,
    /// There are no children.
    NoChildren,
}

/// Reaps one child that has exited. Does not block.
pub fn reap_child() -> Reaped {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => {
                // A child that was stopped or continued has not exited.
                let Some(exit) = exit_from_status(status) else { continue };
                return Reaped::Exited { pid: pid.as_raw_nonzero().get() as u32, exit };
            }
            Ok(None) => return Reaped::NoneExited,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Reaped::NoChildren,
        }
    }
}

fn exit_from_status(status: WaitStatus) -> Option<Exit> {
    let code = status.exit_status().map(Exit::Code);
    code.or_else(|| status.terminating_signal().map(Exit::Signal))
}
