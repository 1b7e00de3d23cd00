//! `HttpConnection`: a minimal HTTP/1.1 client with one persistent connection, over a Unix socket or
//! loopback TCP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::Fallible;
use crate::clock::TIMEOUT;

/// One connection.
pub(crate) struct HttpConnection {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One response.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl HttpConnection {
    pub(crate) fn to_socket(socket: &Path) -> Fallible<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream: Box::new(stream), buffer: vec![0; 64 << 10] })
    }

    pub(crate) fn to_port(port: u16) -> Fallible<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: Box::new(stream), buffer: vec![0; 64 << 10] })
    }

    pub(crate) fn get(&mut self, path: &str) -> Fallible<Response> {
        self.send_get(path, "application/json")?;
        self.response()
    }

    pub(crate) fn post(&mut self, path: &str, json: &str) -> Fallible<Response> {
        self.post_with(path, "", json)
    }

    /// Posts with further headers, each with its line end.
    pub(crate) fn post_with(
        &mut self,
        path: &str,
        headers: &str,
        json: &str,
    ) -> Fallible<Response> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            json.len()
        );
        self.stream.write_all((head + json).as_bytes())?;
        self.response()
    }

    /// Sends a GET request and does not read the response.
    pub(crate) fn send_get(&mut self, path: &str, accept: &str) -> Fallible {
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n\r\n");
        Ok(self.stream.write_all(head.as_bytes())?)
    }

    fn response(&mut self) -> Fallible<Response> {
        let mut filled = 0;
        let (head, length) = loop {
            filled += self.read_more(filled)?;
            if let Some(end) = self.buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n")
            {
                break (end + 4, content_length(&self.buffer[..end])?);
            }
        };
        let status = std::str::from_utf8(&self.buffer[9..12])?.parse()?;
        let Some(length) = length else {
            return Ok(Response { status, body: self.chunks(head, filled)? });
        };
        let end = head + length;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while filled < end {
            filled += self.read_more(filled)?;
        }
        Ok(Response { status, body: self.buffer[head..end].to_vec() })
    }

    /// The body of an answer in chunks that begins at `at`; `filled` bytes have been read.
    fn chunks(&mut self, mut at: usize, mut filled: usize) -> Fallible<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line_end = self.buffer[at..filled].windows(2).position(|two| two == b"\r\n");
            let size = match line_end {
                Some(end) => {
                    let digits = std::str::from_utf8(&self.buffer[at..at + end])?;
                    Some((at + end + 2, usize::from_str_radix(digits, 16)?))
                }
                None => None,
            };
            match size {
                Some((start, length)) if filled >= start + length + 2 => {
                    body.extend_from_slice(&self.buffer[start..start + length]);
                    at = start + length + 2;
                    if length == 0 {
                        return Ok(body);
                    }
                }
                _ => {
                    if self.buffer.len() == filled {
                        self.buffer.resize(2 * filled, 0);
                    }
                    filled += self.read_more(filled)?;
                }
            }
        }
    }

    fn read_more(&mut self, filled: usize) -> Fallible<usize> {
        match self.stream.read(&mut self.buffer[filled..])? {
            0 => Err("the daemon closed the connection".into()),
            count => Ok(count),
        }
    }
}

/// `None`: the answer comes in chunks.
fn content_length(head: &[u8]) -> Fallible<Option<usize>> {
    let text = std::str::from_utf8(head)?.to_ascii_lowercase();
    let value = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    Ok(value.map(|value| value.trim().parse()).transpose()?)
}
