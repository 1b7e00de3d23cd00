//! How a process ended that was no child of ours: the kernel's list tells until whoever inherited
//! it collects it, and newer kernels (Linux 6.15) tell whoever watched it for ever. Else nobody
//! knows.

#[cfg(target_os = "linux")]
use std::time::Duration;

use persistproc_api::Exit;
use persistproc_api::record::Identity;

use super::pidfd::PidFd;

/// Whoever inherited it has to collect it first.
#[cfg(target_os = "linux")]
const PATIENCE: Duration = Duration::from_secs(1);

/// How a process ended that has ended.
#[cfg(target_os = "linux")]
pub fn exit_of(process: Identity, watch: &PidFd) -> Option<Exit> {
    listed(process).or_else(|| told(watch))
}

/// As long as it is listed, it is with its end.
#[cfg(target_os = "linux")]
fn listed(process: Identity) -> Option<Exit> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid)).ok()?;
    let fields: Vec<_> = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace().collect();
    let started: u64 = fields.get(19)?.parse().ok()?;
    let ended = fields.first() == Some(&"Z") && started == process.started;
    fields.get(49).filter(|_| ended)?.parse().ok().map(exit_from_status)
}

#[cfg(target_os = "linux")]
fn told(watch: &PidFd) -> Option<Exit> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let told = ask(watch)?;
    if let Told::So(exit) = told {
        return Some(exit);
    }
    let limit = Timespec { tv_sec: PATIENCE.as_secs() as i64, tv_nsec: 0 };
    // What is waited for is told without being asked for: that nothing is left of it.
    poll(&mut [PollFd::new(watch, PollFlags::empty())], Some(&limit)).ok()?;
    match ask(watch)? {
        Told::So(exit) => Some(exit),
        Told::NotYet => None,
    }
}

/// How a process ended that has ended.
#[cfg(not(target_os = "linux"))]
pub fn exit_of(_: Identity, _: &PidFd) -> Option<Exit> {
    None
}

#[cfg(target_os = "linux")]
enum Told {
    NotYet,
    So(Exit),
}

/// The first 64 bytes of what the kernel tells.
#[cfg(target_os = "linux")]
#[repr(C)]
#[derive(Default)]
struct Info {
    mask: u64,
    group: u64,
    numbers: [u32; 11],
    exit: i32,
}

/// `None`: this kernel does not tell.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix has no name for this question yet")]
fn ask(watch: &PidFd) -> Option<Told> {
    use rustix::ioctl::{Updater, ioctl, opcode};
    const EXIT: u64 = 1 << 3;
    let mut info = Info { mask: EXIT, ..Info::default() };
    // SAFETY: `PIDFD_GET_INFO` takes this shape, whose size is part of its number.
    let asked = unsafe {
        ioctl(watch, Updater::<{ opcode::read_write::<Info>(0xFF, 11) }, Info>::new(&mut info))
    };
    asked.ok()?;
    Some(if info.mask & EXIT == 0 { Told::NotYet } else { Told::So(exit_from_status(info.exit)) })
}

/// A wait status as the kernel packs it.
#[cfg(target_os = "linux")]
fn exit_from_status(status: i32) -> Exit {
    match status & 0x7F {
        0 => Exit::Code(status >> 8 & 0xFF),
        signal => Exit::Signal(signal),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_told_before_it_is_collected_and_perhaps_after() {
        for (script, exit) in
            [("read it; exit 7", Exit::Code(7)), ("read it; kill -9 $$", Exit::Signal(9))]
        {
            let mut command = std::process::Command::new("sh");
            let script = command.args(["-c", script]).stdin(std::process::Stdio::piped());
            let mut child = script.spawn().unwrap();
            let process = crate::platform::tree::identity(child.id()).unwrap();
            let watch = PidFd::from_identity(process).unwrap();
            drop(child.stdin.take());
            assert!(watch.wait(Duration::from_secs(10)));
            assert_eq!(exit_of(process, &watch), Some(exit), "not collected yet");
            child.wait().unwrap();
            // An older kernel does not know any more.
            assert!(exit_of(process, &watch).is_none_or(|told| told == exit));
        }
    }
}
