//! [`Handover`]: what `run` hands over to a process that it starts, because it exists only once: an
//! input that is no terminal, the open descriptors above standard error, and the directory.
//!
//! The start request names a socket of ours. The shim connects to it before it starts the child, and
//! gets duplicates of the descriptors. When the request is answered, the child has executed its
//! program, and our own copies are closed: a pipe must end when the process at its end does.
//!
//! If the request finds the process running, nothing is handed over.
//!
//! | module | contents |
//! |---|---|
//! | `items` | what there is to hand over |
//! | `open_descriptors` | the descriptors that were open when this program began |
//! | `giver` | the socket, and the thread that answers the shim |

mod giver;
mod items;
mod open_descriptors;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::handover::HandoverOffer;
use persistproc_api::start::Started;

use rustix::fs::{FileType, fstat};

use self::giver::Giver;
use self::items::Items;

/// What is handed over to the run that a start request begins.
pub(crate) struct Handover {
    giver: Giver,
    offer: HandoverOffer,
}

impl Handover {
    /// Prepares a handover. `has_terminal`: the child gets a terminal. Without a socket there is
    /// none, and our input is copied to the process. `lease`: we will ask for a lease on the output.
    pub(crate) fn prepare(dirs: &DataDirs, has_terminal: bool, lease: bool) -> io::Result<Self> {
        let items = Items::collect(has_terminal);
        let nonce = random_text()?;
        let mut offer = items.offer();
        offer.socket = dirs.handover_socket(&nonce);
        offer.nonce = nonce;
        offer.lease = lease;
        let giver = Giver::listen(dirs, &offer, items)?;
        Ok(Self { giver, offer })
    }

    /// For the start request.
    pub(crate) fn offer(&self) -> HandoverOffer {
        self.offer.clone()
    }

    /// Closes what the process has got.
    pub(crate) fn finish(self, started: &Started) {
        let (items, is_given) = self.giver.finish();
        if started.already_running {
            // They are the user's and stay open, as under a program that does not use them.
            items.keep_open();
        } else if is_given && !started.process.stdin.is_own() {
            close_stdin();
        }
    }
}

/// Replaces our standard input by an empty one of the same kind, so that the process alone holds it.
fn close_stdin() {
    let kind = fstat(io::stdin()).map(|found| FileType::from_raw_mode(found.st_mode));
    let empty: io::Result<OwnedFd> = match kind {
        Ok(FileType::Fifo | FileType::Socket) => io::pipe().map(|(reader, _)| reader.into()),
        _ => File::open("/dev/null").map(OwnedFd::from),
    };
    if let Ok(empty) = empty {
        // If this fails, the writer of a pipe does not notice that the process has ended.
        rustix::stdio::dup2_stdin(&empty).ok();
    }
}

/// 128 random bits in hex.
fn random_text() -> io::Result<String> {
    let mut bytes = [0; 16];
    io::Read::read_exact(&mut File::open("/dev/urandom")?, &mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
