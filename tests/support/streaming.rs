//! An answer whose body is still coming: taken out of its chunks, as bytes, as frames, or as
//! server-sent events. Reading blocks until there is something, so nothing here polls.

use std::io::{self, BufRead, Read};

use persistproc_api::frame::{self, Frame};
use serde_json::Value;

/// A live answer.
pub(crate) struct StreamingReply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    body: Box<dyn BufRead + Send>,
    left: Left,
}

/// What is still to be read.
#[derive(Clone, Copy)]
enum Left {
    /// A body in chunks; so much of the present one.
    Chunk(usize),
    /// A body of known length.
    Bytes(usize),
    /// Until the connection ends.
    ToTheEnd,
}

impl StreamingReply {
    pub(super) fn new(
        status: u16,
        headers: Vec<(String, String)>,
        body: Box<dyn BufRead + Send>,
    ) -> Self {
        let value =
            |name: &str| headers.iter().find(|(found, _)| found == name).map(|(_, value)| value);
        let left = match (value("transfer-encoding"), value("content-length")) {
            (Some(_), _) => Left::Chunk(0),
            (None, Some(length)) => Left::Bytes(length.parse().expect("a length is a number")),
            (None, None) => Left::ToTheEnd,
        };
        Self { status, headers, body, left }
    }

    /// The next frame; `None` at the end.
    #[track_caller]
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        Frame::read(self).unwrap()
    }

    /// Reads frames until a stream has brought this text; answers all it brought.
    #[track_caller]
    pub(crate) fn until_bytes(&mut self, kind: u8, part: &str) -> String {
        let mut seen = Vec::new();
        loop {
            let Some(frame) = self.frame() else { panic!("ended without {part:?}: {seen:?}") };
            if frame.kind == kind {
                seen.extend(frame.payload);
            }
            let text = String::from_utf8_lossy(&seen);
            if text.contains(part) {
                return text.into_owned();
            }
        }
    }

    /// Reads frames until this event, by its name.
    #[track_caller]
    pub(crate) fn until_event(&mut self, name: &str) -> Value {
        loop {
            let Some(frame) = self.frame() else { panic!("ended without the event {name}") };
            if frame.kind == frame::EVENT {
                let event: Value = serde_json::from_slice(&frame.payload).unwrap();
                if event["event"] == name {
                    return event;
                }
            }
        }
    }

    /// The next server-sent event: its fields, in order; `None` at the end.
    pub(crate) fn sse(&mut self) -> Option<Vec<(String, String)>> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() && !fields.is_empty() {
                return Some(fields);
            }
            // A comment begins with a colon and keeps the connection alive.
            if let Some((name, value)) = line.split_once(':').filter(|(name, _)| !name.is_empty()) {
                fields.push((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()));
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let (mut line, mut byte) = (Vec::new(), [0]);
        while self.read(&mut byte).unwrap() == 1 {
            if byte[0] == b'\n' {
                return Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned());
            }
            line.push(byte[0]);
        }
        None
    }

    /// Reads the length of the next chunk; 0 at the last one.
    fn chunk(&mut self) -> io::Result<usize> {
        let mut line = String::new();
        while line.trim().is_empty() {
            line.clear();
            if self.body.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)
    }
}

impl Read for StreamingReply {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = match self.left {
            Left::ToTheEnd => return self.body.read(into),
            Left::Chunk(0) => self.chunk()?,
            Left::Chunk(left) | Left::Bytes(left) => left,
        };
        let most = left.min(into.len());
        let read = self.body.read(&mut into[..most])?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = match self.left {
            // The end of a chunked body stays the end.
            Left::Chunk(_) if left == 0 => Left::Bytes(0),
            Left::Chunk(_) => Left::Chunk(left - read),
            Left::Bytes(_) | Left::ToTheEnd => Left::Bytes(left - read),
        };
        Ok(read)
    }
}
