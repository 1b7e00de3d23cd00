//! [`StreamPlan`]: which standard streams of the program are a terminal, and which share one pipe.
//! Each of our three descriptors is decided for itself, as if the program had inherited it.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use persistproc_api::streams::{StandardStream, Streams};
use rustix::termios::isatty;

/// The device number of `/dev/tty`, which is another name of the terminal of its reader.
const DEV_TTY: u64 = 5 << 8;

/// How the program gets its standard streams.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StreamPlan {
    /// It has a terminal.
    pub(super) tty: bool,
    pub(super) streams: Streams,
    /// The streams that are not its terminal, if it has one.
    pub(super) redirected: Vec<StandardStream>,
}

/// What one of our descriptors is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DescriptorKind {
    /// A terminal, by its device number.
    Terminal(u64),
    /// `/dev/null`, or closed.
    Null,
    /// Any other file, by device and inode.
    File(u64, u64),
}

/// The flags that change the plan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StreamFlags {
    pub(super) split: bool,
    pub(super) no_tty: bool,
}

/// Plans the streams of a program from our stdin, stdout and stderr.
pub(super) fn plan(descriptors: [DescriptorKind; 3], flags: StreamFlags) -> StreamPlan {
    let [_, stdout, stderr] = descriptors;
    let is_terminal = |kind: &DescriptorKind| matches!(kind, DescriptorKind::Terminal(_));
    let tty = !flags.no_tty && descriptors.iter().any(is_terminal);
    let is_merged = match (stdout, stderr) {
        _ if flags.split => false,
        // The program has pipes though we have a terminal.
        (DescriptorKind::Terminal(_), DescriptorKind::Terminal(_)) if flags.no_tty => false,
        (DescriptorKind::Terminal(stdout), DescriptorKind::Terminal(stderr)) => {
            stdout == stderr || [stdout, stderr].contains(&DEV_TTY)
        }
        (DescriptorKind::File(..), _) => stdout == stderr,
        _ => false,
    };
    let all = [StandardStream::Stdin, StandardStream::Stdout, StandardStream::Stderr];
    let redirected =
        all.into_iter().zip(&descriptors).filter(|(_, kind)| tty && !is_terminal(kind));
    StreamPlan {
        tty,
        streams: if is_merged { Streams::Merged } else { Streams::Split },
        redirected: redirected.map(|(stream, _)| stream).collect(),
    }
}

/// Our stdin, stdout and stderr.
pub(super) fn own_descriptors() -> [DescriptorKind; 3] {
    [
        kind_of(std::io::stdin().as_fd()),
        kind_of(std::io::stdout().as_fd()),
        kind_of(std::io::stderr().as_fd()),
    ]
}

fn kind_of(descriptor: BorrowedFd<'_>) -> DescriptorKind {
    let duplicate = descriptor.try_clone_to_owned().map(File::from);
    let Ok(metadata) = duplicate.and_then(|file| file.metadata()) else {
        return DescriptorKind::Null;
    };
    if isatty(descriptor) {
        return DescriptorKind::Terminal(metadata.rdev());
    }
    let null = std::fs::metadata("/dev/null").map(|null| null.rdev());
    if metadata.file_type().is_char_device() && null.is_ok_and(|null| null == metadata.rdev()) {
        return DescriptorKind::Null;
    }
    DescriptorKind::File(metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use super::DescriptorKind::{File, Null, Terminal};
    use super::*;

    const PTS: DescriptorKind = Terminal(0x8803);
    const OTHER_PTS: DescriptorKind = Terminal(0x8804);
    const FILE: DescriptorKind = File(1, 100);
    const PIPE: DescriptorKind = File(14, 200);

    #[test]
    fn each_descriptor_is_decided_for_itself() {
        let table = [
            ("pp x", [PTS, PTS, PTS]),
            ("pp x 2>/dev/tty", [PTS, PTS, Terminal(DEV_TTY)]),
            ("pp x 2>/dev/pts/4", [PTS, PTS, OTHER_PTS]),
            ("pp x 2>file", [PTS, PTS, FILE]),
            ("pp x 2>/dev/null", [PTS, PTS, Null]),
            ("pp x </dev/null", [Null, PTS, PTS]),
            ("pp x | y", [PTS, PIPE, PTS]),
            ("x | pp y", [PIPE, PTS, PTS]),
            ("x | pp y | z", [PIPE, File(14, 201), PTS]),
            ("pp x 2>&1 | y", [PTS, PIPE, PIPE]),
            ("pp x >file 2>&1", [PTS, FILE, FILE]),
            ("pp x >file 2>file2", [PTS, FILE, File(1, 101)]),
            ("pp x >/dev/null 2>&1", [PTS, Null, Null]),
            ("cron", [Null, FILE, FILE]),
            ("an agent with two pipes", [Null, PIPE, File(14, 201)]),
            ("an agent with one pipe", [Null, PIPE, PIPE]),
            ("a service", [Null, Null, Null]),
        ];
        let mut lines = String::new();
        for (command, descriptors) in table {
            let show = |flags| {
                let StreamPlan { tty, streams, redirected } = plan(descriptors, flags);
                let kind = if tty { "terminal" } else { "pipes" };
                format!("{kind} {streams:?} {redirected:?}")
            };
            let split = show(StreamFlags { split: true, ..StreamFlags::default() });
            let no_tty = show(StreamFlags { no_tty: true, ..StreamFlags::default() });
            let plain = show(StreamFlags::default());
            lines += &format!("{command}: {plain} | {split} | {no_tty}\n");
        }
        insta::assert_snapshot!(lines);
    }
}
