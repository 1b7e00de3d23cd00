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
        let end = head + length;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while filled < end {
            filled += self.read_more(filled)?;
        }
        let status = std::str::from_utf8(&self.buffer[9..12])?.parse()?;
        Ok(Response { status, body: self.buffer[head..end].to_vec() })
    }

    fn read_more(&mut self, filled: usize) -> Fallible<usize> {
        match self.stream.read(&mut self.buffer[filled..])? {
            0 => Err("the daemon closed the connection".into()),
            count => Ok(count),
        }
    }
}

fn content_length(head: &[u8]) -> Fallible<usize> {
    let text = std::str::from_utf8(head)?.to_ascii_lowercase();
    let value = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    Ok(value.ok_or("the response has no content length")?.trim().parse()?)
}
