//! HTTP over the daemon's Unix socket: the one place that knows the HTTP library's plumbing.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Agent, Error};

use super::Line;
use crate::place::Place;
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
    /// Anything else.
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Io(cause)
                if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) =>
            {
                Self::NobodyListens
            }
            _ => Self::Other(error),
        }
    }
}

impl Failure {
    pub(super) fn problem(self, place: &Place) -> Problem {
        match self {
            Self::NobodyListens => Problem::new(
                ErrorCode::DaemonUnreachable,
                format!("No daemon runs for {}.", place.data().display()),
            )
            .hint("Start one with `persistproc serve`."),
            Self::Other(error) => super::broken(&error),
        }
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
        if let Some(line) = &self.line {
            line.opened(&stream)?;
        }
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(SocketTransport { stream, buffers, line: self.line.clone() }))
    }
}

#[derive(Debug)]
struct SocketTransport {
    stream: UnixStream,
    buffers: LazyBuffers,
    line: Option<Line>,
}

impl Transport for SocketTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let sent = self.stream.write_all(&self.buffers.output()[..amount]);
        if let (Err(_), Some(line)) = (&sent, &self.line) {
            line.broke_off();
        }
        Ok(sent?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.set_read_timeout(timeout.not_zero().map(|after| *after))?;
        let into = self.buffers.input_append_buf();
        let amount = loop {
            match self.stream.read(into) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    if let Some(line) = &self.line {
                        line.failed(&error);
                    }
                    return Err(error.into());
                }
                Ok(amount) => break amount,
            }
        };
        self.buffers.input_appended(amount);
        if let Some(line) = self.line.as_ref().filter(|_| amount > 0) {
            line.answered();
        }
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
