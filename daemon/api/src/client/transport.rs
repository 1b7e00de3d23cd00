//! HTTP over the daemon's Unix socket: the one place that knows the HTTP library's plumbing, and
//! how far a request got that has no answer.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Agent, Error};

use super::{Line, peer};
use crate::data_dirs::DataDirs;
use crate::problem::{ErrorCode, Problem};

/// An agent whose every connection goes to this socket.
pub(super) fn agent(socket: PathBuf) -> Agent {
    agent_with(SocketConnector { socket, line: None })
}

/// An agent for one exchange, whose connection another thread may cut.
pub(super) fn agent_on(socket: PathBuf, line: Line) -> Agent {
    agent_with(SocketConnector { socket, line: Some(line) })
}

fn agent_with(connector: SocketConnector) -> Agent {
    let config = Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("persistproc/", env!("CARGO_PKG_VERSION")))
        // An answer's first bytes should come with its head: one read for a short one.
        .input_buffer_size(16 << 10)
        .output_buffer_size(8 << 10)
        .build();
    Agent::with_parts(config, connector, Nowhere)
}

/// Why there was no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no socket, or nobody behind it.
    NobodyListens,
    /// A daemon was there, and went before it had read the whole request.
    Unheard(Error),
    /// Somebody else listens there; nothing was said to them.
    Stranger,
    /// Anything else.
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Io(cause)
                if matches!(
                    cause.kind(),
                    ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::NotADirectory
                ) =>
            {
                Self::NobodyListens
            }
            Error::Io(cause) if cause.get_ref().is_some_and(|inner| inner.is::<Unheard>()) => {
                Self::Unheard(error)
            }
            Error::Io(cause) if cause.get_ref().is_some_and(|inner| inner.is::<Stranger>()) => {
                Self::Stranger
            }
            _ => Self::Other(error),
        }
    }
}

/// The same for those who asked.
#[derive(Clone, Debug)]
pub enum Lost {
    /// The daemon cannot have acted: it never had the whole request.
    Unsent(Problem),
    /// It may have acted, or not.
    Unanswered(Problem),
}

impl Lost {
    /// What to tell a person.
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Unsent(problem) | Self::Unanswered(problem) => problem,
        }
    }
}

impl Failure {
    /// Nobody can have acted on the request: it can be sent again.
    pub(super) fn is_unheard(&self) -> bool {
        matches!(self, Self::NobodyListens | Self::Unheard(_))
    }

    pub(super) fn lost(self, dirs: &DataDirs) -> Lost {
        match self {
            Self::NobodyListens => {
                let message = format!("No daemon runs for {}.", dirs.data().display());
                let problem = Problem::new(ErrorCode::DaemonUnreachable, message);
                Lost::Unsent(problem.hint("Start one with `persistproc serve`."))
            }
            Self::Stranger => {
                let socket = dirs.socket();
                let message = format!("Another user listens at {}.", socket.display());
                let problem = Problem::new(ErrorCode::DaemonUnreachable, message);
                Lost::Unsent(problem.hint(
                    "Nothing was said to them. Set PERSISTPROC_RUNTIME_DIR to a directory of your own.",
                ))
            }
            Self::Unheard(error) => Lost::Unsent(super::broken(&error)),
            Self::Other(error) => Lost::Unanswered(super::broken(&error)),
        }
    }
}

/// The mark on a connection that leads to another user.
#[derive(Debug)]
struct Stranger;

impl std::error::Error for Stranger {}

impl std::fmt::Display for Stranger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("another user listens there")
    }
}

/// The mark on an error by which the request did not get through.
#[derive(Debug)]
struct Unheard(io::Error);

impl Unheard {
    fn mark(error: io::Error) -> io::Error {
        io::Error::new(error.kind(), Self(error))
    }
}

impl std::error::Error for Unheard {}

impl std::fmt::Display for Unheard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug)]
struct SocketConnector {
    socket: PathBuf,
    line: Option<Line>,
}

impl Connector for SocketConnector {
    type Out = SocketTransport;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let stream = UnixStream::connect(&self.socket)?;
        if !peer::is_ours(&stream, &self.socket) {
            return Err(io::Error::other(Stranger).into());
        }
        if let Some(line) = &self.line {
            line.opened(&stream)?;
        }
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(SocketTransport { stream, buffers, answered: false }))
    }
}

#[derive(Debug)]
struct SocketTransport {
    stream: UnixStream,
    buffers: LazyBuffers,
    /// The answer to the present request has begun.
    answered: bool,
}

impl SocketTransport {
    /// On Linux a Unix socket is reset when its other end goes with something still unread, or
    /// without having been accepted.
    fn unread(&self, error: &io::Error) -> bool {
        cfg!(target_os = "linux") && !self.answered && error.kind() == ErrorKind::ConnectionReset
    }
}

impl Transport for SocketTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        self.answered = false;
        Ok(self.stream.write_all(&self.buffers.output()[..amount]).map_err(Unheard::mark)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.set_read_timeout(timeout.not_zero().map(|after| *after))?;
        let into = self.buffers.input_append_buf();
        let amount = loop {
            match self.stream.read(into) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if self.unread(&error) => return Err(Unheard::mark(error).into()),
                Err(error) => return Err(error.into()),
                Ok(amount) => break amount,
            }
        };
        self.buffers.input_appended(amount);
        self.answered |= amount > 0;
        Ok(amount > 0)
    }

    /// A pooled connection is good while the daemon has neither closed it nor said anything.
    fn is_open(&mut self) -> bool {
        let mut byte = [0];
        self.stream.set_nonblocking(true).is_ok()
            && matches!(self.stream.read(&mut byte), Err(error) if error.kind() == ErrorKind::WouldBlock)
            && self.stream.set_nonblocking(false).is_ok()
    }
}

/// The socket is known; there is no name to resolve.
#[derive(Debug)]
struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// Why there is no answer from a daemon that did this with its door.
    fn failure(other_end: impl FnOnce(UnixListener) + Send) -> Failure {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| other_end(listener));
            agent(path).get("http://localhost/").call().unwrap_err().into()
        })
    }

    /// Waits until the request is there, reads so much of it, and goes.
    fn reading(much: usize) -> impl FnOnce(UnixListener) {
        move |listener| {
            let (mut stream, _) = listener.accept().unwrap();
            rustix::net::recv(&stream, &mut [0; 1], rustix::net::RecvFlags::PEEK).unwrap();
            let mut request = vec![0; much];
            let read = stream.read(&mut request).unwrap();
            assert!(read == much || request[..read].ends_with(b"\r\n\r\n"));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_request_that_nobody_read_was_not_heard() {
        assert!(failure(drop).is_unheard(), "never accepted");
        assert!(failure(reading(0)).is_unheard(), "accepted, and never read");
        assert!(failure(reading(4)).is_unheard(), "read in part");
        assert!(!failure(reading(8 << 10)).is_unheard(), "read to its end");
    }
}
