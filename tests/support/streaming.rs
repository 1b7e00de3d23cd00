//! `StreamingReply`: a response whose body is read while it arrives, as bytes, as frames or as
//! server-sent events. Reads block; nothing here polls.

use std::io::{self, BufRead, Read};

use persistproc_api::frame::{self, Frame};
use serde_json::Value;

/// A response with an unread body. Its [`Read`] implementation decodes chunks.
pub(crate) struct StreamingReply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    body: Box<dyn BufRead + Send>,
    remaining: Remaining,
}

/// How much of the body is unread.
#[derive(Clone, Copy)]
enum Remaining {
    /// A chunked body; this many bytes of the current chunk.
    Chunk(usize),
    /// A body of known length; this many bytes.
    Bytes(usize),
    /// A body that ends with the connection.
    UntilEof,
}

impl StreamingReply {
    pub(super) fn new(
        status: u16,
        headers: Vec<(String, String)>,
        body: Box<dyn BufRead + Send>,
    ) -> Self {
        let value =
            |name: &str| headers.iter().find(|(found, _)| found == name).map(|(_, value)| value);
        let remaining = match (value("transfer-encoding"), value("content-length")) {
            (Some(_), _) => Remaining::Chunk(0),
            (None, Some(length)) => {
                Remaining::Bytes(length.parse().expect("content-length is a number"))
            }
            (None, None) => Remaining::UntilEof,
        };
        Self { status, headers, body, remaining }
    }

    /// The next frame, or `None` at EOF.
    #[track_caller]
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        Frame::read(self).unwrap()
    }

    /// Reads frames until those of `kind` contain `part`; returns all their bytes so far as text.
    #[track_caller]
    pub(crate) fn until_bytes(&mut self, kind: u8, part: &str) -> String {
        let mut seen = Vec::new();
        loop {
            let Some(frame) = self.frame() else { panic!("EOF before {part:?}: {seen:?}") };
            if frame.kind == kind {
                seen.extend(frame.payload);
            }
            let text = String::from_utf8_lossy(&seen);
            if text.contains(part) {
                return text.into_owned();
            }
        }
    }

    /// Reads frames until the event with this name and returns it.
    #[track_caller]
    pub(crate) fn until_event(&mut self, name: &str) -> Value {
        loop {
            let Some(frame) = self.frame() else { panic!("EOF before the event {name}") };
            if frame.kind == frame::EVENT {
                let event: Value = serde_json::from_slice(&frame.payload).unwrap();
                if event["event"] == name {
                    return event;
                }
            }
        }
    }

    /// The fields of the next server-sent event in order, or `None` at EOF.
    pub(crate) fn sse(&mut self) -> Option<Vec<(String, String)>> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() && !fields.is_empty() {
                return Some(fields);
            }
            // A line that begins with a colon is a keep-alive comment.
            if let Some((name, value)) = line.split_once(':').filter(|(name, _)| !name.is_empty()) {
                fields.push((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()));
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        while self.read(&mut byte).unwrap() == 1 {
            if byte[0] == b'\n' {
                return Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned());
            }
            line.push(byte[0]);
        }
        None
    }

    /// Reads the length of the next chunk. The last chunk has length 0.
    fn read_chunk_length(&mut self) -> io::Result<usize> {
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
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = match self.remaining {
            Remaining::UntilEof => return self.body.read(buffer),
            Remaining::Chunk(0) => self.read_chunk_length()?,
            Remaining::Chunk(left) | Remaining::Bytes(left) => left,
        };
        let most = left.min(buffer.len());
        let read = self.body.read(&mut buffer[..most])?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.remaining = match self.remaining {
            // After the last chunk every read returns EOF.
            Remaining::Chunk(_) if left == 0 => Remaining::Bytes(0),
            Remaining::Chunk(_) => Remaining::Chunk(left - read),
            Remaining::Bytes(_) | Remaining::UntilEof => Remaining::Bytes(left - read),
        };
        Ok(read)
    }
}
