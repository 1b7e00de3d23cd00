//! The transport of `ureq` over the daemon's Unix socket, and [`TransportError`], which says how far
//! a request without a response got.

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

use super::answer_wait::{self, AnswerWait, Unresponsive};
use super::cancel_handle::CancelHandle;
use super::exchange::disconnected;
use crate::data_dirs::DataDirs;
use crate::peer;
use crate::problem::{ErrorCode, Problem};

/// An agent for one exchange over this socket, which waits for its answer with `answer_wait`, and which
/// `cancel` can cancel.
pub(super) fn agent(
    socket: PathBuf,
    answer_wait: AnswerWait,
    cancel: Option<CancelHandle>,
) -> Agent {
    let connector = SocketConnector { socket, answer_wait, cancel };
    let config = Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("persistproc/", env!("CARGO_PKG_VERSION")))
        // Large enough to read the head and the body of a short response at once.
        .input_buffer_size(16 << 10)
        .output_buffer_size(8 << 10)
        .build();
    Agent::with_parts(config, connector, NoResolver)
}

/// Why an exchange has no response.
#[derive(Debug)]
pub(super) enum TransportError {
    /// The socket does not exist or refuses connections.
    NoDaemon,
    /// The daemon exited before it had read the whole request.
    NotRead(Error),
    /// Another user listens on the socket; nothing was sent.
    OtherUser,
    /// The daemon has not answered in time.
    Unresponsive(Problem),
    /// The daemon exited before it answered.
    Disconnected(Error),
    Other(Error),
}

impl From<Error> for TransportError {
    fn from(error: Error) -> Self {
        let Error::Io(cause) = &error else { return Self::Other(error) };
        let marker = cause.get_ref();
        if marker.is_some_and(|inner| inner.is::<NotReadMarker>()) {
            return Self::NotRead(error);
        }
        if marker.is_some_and(|inner| inner.is::<OtherUserMarker>()) {
            return Self::OtherUser;
        }
        if let Some(problem) = Unresponsive::in_error(cause) {
            return Self::Unresponsive(problem);
        }
        match cause.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::NotADirectory => {
                Self::NoDaemon
            }
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                Self::Disconnected(error)
            }
            _ => Self::Other(error),
        }
    }
}

/// Why an exchange failed, and whether the daemon may have acted on the request.
#[derive(Clone, Debug)]
pub enum ExchangeError {
    /// The daemon has not received the whole request, so it has not acted on it.
    Undelivered(Problem),
    /// The daemon may have acted on the request.
    Unanswered(Problem),
}

impl ExchangeError {
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Undelivered(problem) | Self::Unanswered(problem) => problem,
        }
    }
}

impl TransportError {
    /// Whether no daemon can have acted on the request, so that it can be sent again.
    pub(super) fn is_undelivered(&self) -> bool {
        matches!(self, Self::NoDaemon | Self::NotRead(_))
    }

    /// Whether the request can be sent again: no daemon can have acted on it, or it only reads, and the
    /// daemon exited before it answered.
    pub(super) fn can_be_repeated(&self, method: &str) -> bool {
        self.is_undelivered() || (method == "GET" && matches!(self, Self::Disconnected(_)))
    }

    pub(super) fn into_exchange_error(self, dirs: &DataDirs) -> ExchangeError {
        match self {
            Self::NoDaemon => {
                let message = format!("No daemon is running for {}.", dirs.data().display());
                let problem = Problem::new(ErrorCode::DaemonUnreachable, message);
                ExchangeError::Undelivered(
                    problem.hint("Run `persistproc serve` to start a daemon."),
                )
            }
            Self::OtherUser => {
                let socket = dirs.socket();
                let message = format!("Another user listens on {}.", socket.display());
                let problem = Problem::new(ErrorCode::DaemonUnreachable, message);
                ExchangeError::Undelivered(problem.hint(
                    "Nothing was sent. Set PERSISTPROC_DATA_DIR and PERSISTPROC_RUNTIME_DIR to \
                     directories that you own.",
                ))
            }
            Self::NotRead(error) => ExchangeError::Undelivered(disconnected(&error)),
            Self::Unresponsive(problem) => ExchangeError::Unanswered(problem),
            Self::Disconnected(error) | Self::Other(error) => {
                ExchangeError::Unanswered(disconnected(&error))
            }
        }
    }
}

/// Marks the error of a connection to a socket of another user.
#[derive(Debug)]
struct OtherUserMarker;

impl std::error::Error for OtherUserMarker {}

impl std::fmt::Display for OtherUserMarker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("another user listens on the socket")
    }
}

/// Marks an error after which the daemon has not read the whole request.
#[derive(Debug)]
struct NotReadMarker(io::Error);

impl NotReadMarker {
    fn mark(error: io::Error) -> io::Error {
        io::Error::new(error.kind(), Self(error))
    }
}

impl std::error::Error for NotReadMarker {}

impl std::fmt::Display for NotReadMarker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug)]
struct SocketConnector {
    socket: PathBuf,
    answer_wait: AnswerWait,
    cancel: Option<CancelHandle>,
}

impl Connector for SocketConnector {
    type Out = SocketTransport;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let mut answer_wait = self.answer_wait.clone();
        let stream = answer_wait
            .run(|timeout| answer_wait::connect(&self.socket, timeout))
            .map_err(|error| match error.kind() {
                ErrorKind::PermissionDenied if peer::is_of_other_user(&self.socket) => {
                    io::Error::other(OtherUserMarker)
                }
                _ => error,
            })?;
        if !peer::is_own_user(&stream, &self.socket) {
            return Err(io::Error::other(OtherUserMarker).into());
        }
        if let Some(cancel) = &self.cancel {
            cancel.register(&stream)?;
        }
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(SocketTransport { stream, buffers, answer_wait, has_response: false }))
    }
}

#[derive(Debug)]
struct SocketTransport {
    stream: UnixStream,
    buffers: LazyBuffers,
    answer_wait: AnswerWait,
    /// Whether a part of the response to the current request was received.
    has_response: bool,
}

impl SocketTransport {
    /// Whether the daemon exited before it had read the request. On Linux, a Unix socket is reset if
    /// the peer closes it with unread data, or never accepts it.
    fn is_not_read(&self, error: &io::Error) -> bool {
        cfg!(target_os = "linux")
            && !self.has_response
            && error.kind() == ErrorKind::ConnectionReset
    }
}

impl Transport for SocketTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        self.has_response = false;
        let mut left = &self.buffers.output()[..amount];
        while !left.is_empty() {
            let written = self.answer_wait.run(|timeout| {
                self.stream.set_write_timeout(Some(timeout))?;
                self.stream.write(left)
            });
            match written {
                Ok(0) => return Err(NotReadMarker::mark(ErrorKind::WriteZero.into()).into()),
                Ok(count) => left = &left[count..],
                // The daemon may answer later, so the request must not be sent again.
                Err(error) if Unresponsive::in_error(&error).is_some() => return Err(error.into()),
                Err(error) => return Err(NotReadMarker::mark(error).into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let into = self.buffers.input_append_buf();
        let mut more = if self.has_response { self.answer_wait.for_more() } else { None };
        let answer_wait = match &mut more {
            Some(more) => Some(more),
            None => (!self.has_response).then_some(&mut self.answer_wait),
        };
        let read = match answer_wait {
            Some(answer_wait) => answer_wait.run(|timeout| {
                self.stream.set_read_timeout(Some(timeout))?;
                self.stream.read(into)
            }),
            None => {
                self.stream.set_read_timeout(None)?;
                read_uninterrupted(&mut self.stream, into)
            }
        };
        let amount = match read {
            Err(error) if self.is_not_read(&error) => {
                return Err(NotReadMarker::mark(error).into());
            }
            read => read?,
        };
        self.buffers.input_appended(amount);
        self.has_response |= amount > 0;
        Ok(amount > 0)
    }

    /// A pooled connection can be used while the daemon has neither closed it nor sent anything.
    fn is_open(&mut self) -> bool {
        let mut byte = [0];
        self.stream.set_nonblocking(true).is_ok()
            && matches!(self.stream.read(&mut byte), Err(error) if error.kind() == ErrorKind::WouldBlock)
            && self.stream.set_nonblocking(false).is_ok()
    }
}

fn read_uninterrupted(stream: &mut UnixStream, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(into) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// `ureq` resolves the host before it connects. The connector ignores the address.
#[derive(Debug)]
struct NoResolver;

impl Resolver for NoResolver {
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
    use crate::client::answer_wait::{AnswerKind, WaitPolicy};

    /// The error of a request to this daemon.
    fn error_of(daemon: impl FnOnce(UnixListener) + Send) -> TransportError {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| daemon(listener));
            let answer_wait =
                AnswerWait::begin(&WaitPolicy::default(), path.clone(), AnswerKind::PROMPT);
            agent(path, answer_wait, None).get("http://localhost/").call().unwrap_err().into()
        })
    }

    /// A daemon that waits for the request, reads this many bytes of it, and exits.
    fn reading(length: usize) -> impl FnOnce(UnixListener) {
        move |listener| {
            let (mut stream, _) = listener.accept().unwrap();
            rustix::net::recv(&stream, &mut [0; 1], rustix::net::RecvFlags::PEEK).unwrap();
            let mut request = vec![0; length];
            let read = stream.read(&mut request).unwrap();
            assert!(read == length || request[..read].ends_with(b"\r\n\r\n"));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_request_that_was_not_read_is_undelivered() {
        assert!(error_of(drop).is_undelivered(), "never accepted");
        assert!(error_of(reading(0)).is_undelivered(), "accepted, and never read");
        assert!(error_of(reading(4)).is_undelivered(), "read in part");
        assert!(!error_of(reading(8 << 10)).is_undelivered(), "read to its end");
    }
}
