//! [`claim`]: gets what a client hands over to a run, before its child is started.
//!
//! The client listens on a socket of its own. The shim connects to it, sends the nonce of the offer
//! and receives the descriptors. They are closed in the shim as soon as the child has executed its
//! program: a pipe whose reader has ended must not stay open here.
//!
//! If the handover fails and the child needs no descriptor above standard error, it starts without:
//! its standard input is a pipe then, to which the client copies. No flag of a descriptor is changed,
//! because the flags belong to the open file that the client and others use too.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use persistproc_api::fd_passing::FdReceiver;
use persistproc_api::frame::{Frame, MESSAGE};
use persistproc_api::handover::{HandedDescriptor, HandoverClaim, HandoverItems, HandoverOffer};
use persistproc_api::peer::is_own_user;
use persistproc_api::process::StdinSource;
use persistproc_api::{ErrorCode, Problem};

use super::child_streams::{ChildEnds, ChildStreams};

/// How long the client may take to answer.
const HANDOVER_TIMEOUT: Duration = Duration::from_secs(5);

/// What a client has handed over.
#[derive(Default)]
pub(super) struct Handed {
    pub(super) stdin: Option<OwnedFd>,
    pub(super) working_directory: Option<OwnedFd>,
    /// Descriptors above standard error, by the number that the child gets.
    pub(super) descriptors: Vec<(RawFd, OwnedFd)>,
    /// The numbers under which the child gets its own terminal.
    pub(super) terminals: Vec<RawFd>,
}

/// Gets what was offered. Without an offer, or if the handover fails and the child can do without,
/// nothing.
pub(super) fn claim(offer: Option<&HandoverOffer>) -> Result<Handed, Problem> {
    let Some(offer) = offer else { return Ok(Handed::default()) };
    match receive(offer) {
        Ok(handed) => Ok(handed),
        Err(error) if offer.descriptors.is_empty() => {
            eprintln!("nothing was handed over: {error}");
            Ok(Handed::default())
        }
        Err(error) => Err(not_handed_over(offer, &error)),
    }
}

fn receive(offer: &HandoverOffer) -> io::Result<Handed> {
    let stream = UnixStream::connect(&offer.socket)?;
    if !is_own_user(&stream, &offer.socket) {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "another user listens there"));
    }
    stream.set_read_timeout(Some(HANDOVER_TIMEOUT))?;
    stream.set_write_timeout(Some(HANDOVER_TIMEOUT))?;
    let claim = HandoverClaim { nonce: offer.nonce.clone() };
    Frame::json(MESSAGE, &claim)?.write(&stream)?;
    let mut receiver = FdReceiver { socket: &stream, fds: Vec::new() };
    let frame = Frame::read(&mut receiver)?.ok_or(ErrorKind::UnexpectedEof)?;
    let fds = receiver.fds;
    let items: HandoverItems = serde_json::from_slice(&frame.payload)?;
    if fds.len() != items.descriptors.len() {
        let message = format!("{} of {} descriptors arrived", fds.len(), items.descriptors.len());
        return Err(io::Error::other(message));
    }
    let mut handed = Handed { terminals: items.terminals, ..Handed::default() };
    for (descriptor, fd) in items.descriptors.into_iter().zip(fds) {
        match descriptor {
            HandedDescriptor::WorkingDirectory => handed.working_directory = Some(fd),
            HandedDescriptor::Number(0) => handed.stdin = Some(fd),
            HandedDescriptor::Number(number) => handed.descriptors.push((number, fd)),
        }
    }
    Ok(handed)
}

/// Replaces the child's standard input by the one that was handed over, or by `/dev/null` if
/// `planned` says so. Returns what it is.
pub(super) fn replace_stdin(
    handed: Option<OwnedFd>,
    planned: StdinSource,
    streams: &mut ChildStreams,
    ends: &mut ChildEnds,
) -> io::Result<StdinSource> {
    let (stdin, source) = match handed {
        // The next run can have it again, so this one is as good as its own.
        Some(stdin) if is_dev_null(&stdin) => (stdin, StdinSource::Own),
        Some(stdin) => (stdin, StdinSource::Handed),
        None if planned == StdinSource::DevNull => {
            (std::fs::File::open("/dev/null")?.into(), StdinSource::DevNull)
        }
        None => return Ok(StdinSource::Own),
    };
    ends.stdin = stdin;
    streams.stdin = None;
    Ok(source)
}

fn is_dev_null(fd: impl AsFd) -> bool {
    let null = rustix::fs::stat("/dev/null");
    let found = rustix::fs::fstat(fd);
    match (null, found) {
        (Ok(null), Ok(found)) => null.st_rdev == found.st_rdev && null.st_mode == found.st_mode,
        _ => false,
    }
}

fn not_handed_over(offer: &HandoverOffer, error: &io::Error) -> Problem {
    let numbers: Vec<String> = offer.descriptors.iter().map(i32::to_string).collect();
    let message = format!(
        "The open descriptors of the caller could not be handed over ({}): {error}.",
        numbers.join(", ")
    );
    let close: String = numbers.iter().map(|number| format!(" {number}>&-")).collect();
    Problem::new(ErrorCode::StartFailed, message)
        .hint(format!("If the command does not need them, close them: pp <command>{close}"))
}
