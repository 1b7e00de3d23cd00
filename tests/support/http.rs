//! `Http`: a minimal HTTP/1.1 client that can send malformed requests: foreign hosts, wrong content
//! types, half a request. It opens one connection per request, over TCP or a Unix socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::normalizer::Normalizer;
use super::streaming::StreamingReply;

const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A client of one HTTP server.
#[derive(Clone)]
pub(crate) struct Http {
    address: Address,
    pub(super) normalizer: Normalizer,
}

#[derive(Clone)]
enum Address {
    Unix(PathBuf),
    Tcp(String, u16),
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Http {
    pub(crate) fn unix(path: PathBuf, normalizer: Normalizer) -> Self {
        Self { address: Address::Unix(path), normalizer }
    }

    pub(crate) fn tcp(host: &str, port: u16, normalizer: Normalizer) -> Self {
        Self { address: Address::Tcp(host.to_owned(), port), normalizer }
    }

    /// The path of its Unix socket.
    #[track_caller]
    pub(crate) fn socket(&self) -> &Path {
        match &self.address {
            Address::Unix(path) => path,
            Address::Tcp(..) => panic!("a TCP client has no Unix socket"),
        }
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"")
    }

    #[track_caller]
    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[], b"")
    }

    /// A POST of JSON.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        let body = body.to_string();
        self.send("POST", path, &[("content-type", "application/json")], body.as_bytes())
    }

    /// Sends any request. A `host` header replaces the default one.
    #[track_caller]
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let answer = self.try_send(method, path, headers, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Like [`Http::send`], but returns an error if no server listens or the connection breaks.
    pub(crate) fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Reply> {
        let mut streaming = self.open(method, path, headers, body)?;
        let mut body = Vec::new();
        streaming.read_to_end(&mut body)?;
        Ok(Reply {
            status: streaming.status,
            headers: streaming.headers,
            body,
            normalizer: self.normalizer.clone(),
        })
    }

    /// Sends a request and reads the head of the response. The caller reads the body as it arrives.
    pub(crate) fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<StreamingReply> {
        let mut stream = self.connect()?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("host: {}\r\n", self.host());
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head += &format!("content-length: {}\r\n", body.len());
        }
        stream.write_all(&[head.as_bytes(), b"\r\n", body].concat())?;
        let mut reader: Box<dyn BufRead + Send> = Box::new(BufReader::new(stream));
        let (status, headers) = read_head(&mut reader)?;
        Ok(StreamingReply::new(status, headers, reader))
    }

    fn host(&self) -> String {
        match &self.address {
            Address::Unix(_) => "localhost".into(),
            Address::Tcp(host, port) => format!("{host}:{port}"),
        }
    }

    fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        Ok(match &self.address {
            Address::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(READ_TIMEOUT))?;
                Box::new(stream)
            }
            Address::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port))?;
                stream.set_read_timeout(Some(READ_TIMEOUT))?;
                Box::new(stream)
            }
        })
    }
}

type Headers = Vec<(String, String)>;

fn read_head(reader: &mut impl BufRead) -> std::io::Result<(u16, Headers)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other(format!("not HTTP: {line:?}")))?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return Ok((status, headers));
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// A complete response.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    normalizer: Normalizer,
}

impl Reply {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in\n{self}"))
    }

    /// Asserts the status and returns the body as JSON.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        self.json()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// The status and the normalized body, for snapshots. JSON is pretty-printed.
impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => format!("{json:#}"),
            Err(_) => String::from_utf8_lossy(&self.body).into_owned(),
        };
        write!(f, "{}\n{}", self.status, self.normalizer.normalize(&body))
    }
}
