//! HTTP/1.1 over a Unix socket or loopback, by hand: one connection, kept alive, with as little in
//! the way as can be.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::Fallible;
use crate::clock::PATIENCE;

/// One connection.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    pub(crate) fn open(socket: &Path) -> Fallible<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: Box::new(stream), buffer: vec![0; 64 << 10] })
    }

    pub(crate) fn on_loopback(port: u16) -> Fallible<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: Box::new(stream), buffer: vec![0; 64 << 10] })
    }

    pub(crate) fn get(&mut self, path: &str) -> Fallible<Answer> {
        self.ask(path, "application/json")?;
        self.answer()
    }

    pub(crate) fn post(&mut self, path: &str, json: &str) -> Fallible<Answer> {
        self.post_with(path, "", json)
    }

    /// With more headers, each with an end of line.
    pub(crate) fn post_with(&mut self, path: &str, headers: &str, json: &str) -> Fallible<Answer> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            json.len()
        );
        self.stream.write_all((head + json).as_bytes())?;
        self.answer()
    }

    /// Asks, and leaves the answer unread.
    pub(crate) fn ask(&mut self, path: &str, accept: &str) -> Fallible {
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n\r\n");
        Ok(self.stream.write_all(head.as_bytes())?)
    }

    fn answer(&mut self) -> Fallible<Answer> {
        let mut filled = 0;
        let (head, length) = loop {
            filled += self.more(filled)?;
            if let Some(end) = self.buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n")
            {
                break (end + 4, length(&self.buffer[..end])?);
            }
        };
        let end = head + length;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while filled < end {
            filled += self.more(filled)?;
        }
        let status = std::str::from_utf8(&self.buffer[9..12])?.parse()?;
        Ok(Answer { status, body: self.buffer[head..end].to_vec() })
    }

    fn more(&mut self, filled: usize) -> Fallible<usize> {
        match self.stream.read(&mut self.buffer[filled..])? {
            0 => Err("the daemon closed the connection".into()),
            count => Ok(count),
        }
    }
}

fn length(head: &[u8]) -> Fallible<usize> {
    let text = std::str::from_utf8(head)?.to_ascii_lowercase();
    let value = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    Ok(value.ok_or("an answer without a length")?.trim().parse()?)
}
