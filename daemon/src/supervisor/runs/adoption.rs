//! [`Adoption`]: a run that an earlier daemon began, until its shim has answered this one. A shim that
//! does not answer is not taken for dead: it may be stopped, or its socket may have been deleted. The
//! adoption ends when the shim answers or exits.

use std::future::pending;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use persistproc_api::record::{Identity, RunRecord};
use persistproc_api::shim::ShimMessage;
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::time::{Instant, sleep_until};

use super::link::ShimLink;
use crate::platform::pidfd::PidFd;
use crate::platform::readable::{Readable, readable};
use crate::platform::tree;
use crate::supervisor::storage::folder::ProcessFolder;

/// How many shims may send their descriptors at a time. The kernel limits how many descriptors of a
/// user are in flight.
const MAX_GREETINGS: usize = 16;

/// How long a shim that does not answer keeps its place among them.
const GREETING_TIMEOUT: Duration = Duration::from_secs(1);

/// How long after a broken or refused connection the next one is tried; doubled each time.
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(100);

/// The longest of these delays.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// How many sockets may appear before an adoption has seen them.
const MAX_QUEUED_SOCKETS: usize = 1024;

/// How long a connected shim of which no process is known may take to answer.
const UNKNOWN_SHIM_TIMEOUT: Duration = Duration::from_secs(10);

/// The adoptions of a daemon, as far as they concern each other. Clones share them.
#[derive(Clone)]
pub struct Adoptions {
    greetings: Arc<Semaphore>,
    unfinished: watch::Sender<usize>,
    /// The ids of processes whose sockets have changed; `None`: all may have.
    sockets: broadcast::Sender<Option<String>>,
}

/// A run whose shim has not answered yet.
pub struct Adoption {
    folder: ProcessFolder,
    shim: Option<Identity>,
    /// The shim, if it is known and alive.
    exit: Option<Readable>,
    link: Option<ShimLink>,
    /// The place of the shim among those that are greeted, and when it loses that place.
    greeting: Option<(OwnedSemaphorePermit, Instant)>,
    /// When a shim without a process counts as gone.
    unknown_until: Instant,
    must_connect: bool,
    /// When a connection that broke off or was refused is tried again.
    retry: Option<Instant>,
    retry_delay: Duration,
    sockets: broadcast::Receiver<Option<String>>,
    adoptions: Adoptions,
}

/// How an adoption ends.
pub enum Adopted {
    /// The shim has answered.
    Answered(Box<RunRecord>, ShimLink),
    /// The shim is gone.
    ShimGone,
}

impl Default for Adoptions {
    fn default() -> Self {
        let greetings = Arc::new(Semaphore::new(MAX_GREETINGS));
        Self {
            greetings,
            unfinished: watch::Sender::new(0),
            sockets: broadcast::Sender::new(MAX_QUEUED_SOCKETS),
        }
    }
}

impl Adoptions {
    /// Begins the adoption of a run. `shim` is its shim, if it is known.
    pub fn begin(&self, folder: &ProcessFolder, shim: Option<Identity>) -> Adoption {
        self.unfinished.send_modify(|count| *count += 1);
        let exit = shim.and_then(PidFd::from_identity);
        let exit = exit.and_then(|exit| readable(exit.into()).ok());
        Adoption {
            folder: folder.clone(),
            shim,
            exit,
            link: None,
            greeting: None,
            unknown_until: Instant::now() + UNKNOWN_SHIM_TIMEOUT,
            must_connect: true,
            retry: None,
            retry_delay: FIRST_RETRY_DELAY,
            sockets: self.sockets.subscribe(),
            adoptions: self.clone(),
        }
    }

    /// The socket of the shim of this process has appeared or is gone; `None`: those of all may be. What is
    /// missing is asked for again: a shim cannot bind while the directory is missing.
    pub fn socket_changed(&self, id: Option<&str>) {
        // Fails without an adoption.
        self.sockets.send(id.map(str::to_owned)).ok();
    }

    /// Resolves when no adoption is unfinished.
    pub async fn until_finished(&self) {
        // Fails only if the sender is gone, which `self` holds.
        self.unfinished.subscribe().wait_for(|count| *count == 0).await.ok();
    }
}

impl Drop for Adoption {
    fn drop(&mut self) {
        self.adoptions.unfinished.send_modify(|count| *count -= 1);
    }
}

impl Adoption {
    /// The folder of the process.
    pub fn folder(&self) -> &ProcessFolder {
        &self.folder
    }

    /// The shim, if it is known.
    pub fn shim(&self) -> Option<Identity> {
        self.shim
    }

    /// Resolves with the end of the adoption. Cancellation-safe.
    pub async fn outcome(&mut self) -> Adopted {
        loop {
            if self.must_connect {
                self.connect().await;
            }
            if self.exit.is_none() && self.link.is_none() {
                return Adopted::ShimGone;
            }
            let place_end = self.greeting.as_ref().map(|(_, end)| *end);
            let unknown_end = self.exit.is_none().then_some(self.unknown_until);
            tokio::select! {
                message = next_message(&mut self.link) => match message {
                    Some(ShimMessage::State { record, .. }) => {
                        self.greeting = None;
                        match self.link.take() {
                            Some(link) if link.lacks_handles() => self.retry_later(),
                            Some(link) => return Adopted::Answered(record, link),
                            None => {}
                        }
                    }
                    Some(_) => {}
                    None => self.disconnected(),
                },
                () = exited(self.exit.as_ref()) => return Adopted::ShimGone,
                changed = self.sockets.recv() => self.note_socket(changed),
                () = until(self.retry) => {
                    self.retry = None;
                    self.must_connect = true;
                }
                () = until(place_end) => self.greeting = None,
                () = until(unknown_end) => return Adopted::ShimGone,
            }
        }
    }

    async fn connect(&mut self) {
        // Fails only for a closed semaphore, which this one never is.
        let permit = self.adoptions.greetings.clone().acquire_owned().await.ok();
        self.greeting = permit.map(|permit| (permit, Instant::now() + GREETING_TIMEOUT));
        self.must_connect = false;
        match UnixStream::connect(self.folder.socket()).and_then(ShimLink::new) {
            Ok(link) => self.link = Some(link),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.greeting = None;
                self.ask_to_bind();
            }
            // A socket refuses between `bind` and `listen`; descriptors may be short.
            Err(_) => self.retry_later(),
        }
    }

    /// The shim has closed the connection, for example because its descriptors could not be sent.
    fn disconnected(&mut self) {
        self.link = None;
        self.retry_later();
    }

    fn retry_later(&mut self) {
        self.greeting = None;
        self.retry = Some(Instant::now() + self.retry_delay);
        self.retry_delay = (self.retry_delay * 2).min(MAX_RETRY_DELAY);
    }

    fn note_socket(&mut self, changed: Result<Option<String>, RecvError>) {
        let is_ours = match changed {
            Ok(Some(id)) => self.folder.id() == id,
            // It may be among all, or among those that were missed.
            Ok(None) | Err(_) => true,
        };
        self.must_connect |= is_ours && self.link.is_none();
    }

    /// Asks the shim to bind its socket again. Shims of 0.3.0 ignore that. When it has done so, the
    /// watch of the runtime directory reports the socket.
    fn ask_to_bind(&self) {
        let Some(shim) = self.shim.filter(|shim| tree::is_alive(*shim)) else { return };
        if let Some(pid) = Pid::from_raw(shim.pid as i32) {
            // Fails if it has exited since.
            kill_process(pid, Signal::HUP).ok();
        }
    }
}

async fn next_message(link: &mut Option<ShimLink>) -> Option<ShimMessage> {
    match link {
        Some(link) => link.next().await,
        None => pending().await,
    }
}

async fn exited(exit: Option<&Readable>) {
    match exit {
        // An error means that the descriptor is no pidfd any more, which cannot be.
        Some(exit) => drop(exit.readable().await),
        None => pending().await,
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
