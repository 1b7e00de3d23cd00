//! One type byte, a 32-bit big-endian length, that many bytes: the framing of live output for
//! terminals and of the talk between daemon and shim. It knows no meaning of any type byte.

use std::io::{self, ErrorKind, Read, Write};

/// Bytes of the child's standard output.
pub const STDOUT: u8 = 1;
/// Bytes of the child's standard error.
pub const STDERR: u8 = 2;
/// An event as JSON.
pub const EVENT: u8 = 3;
/// A message as JSON, between daemon and shim.
pub const MESSAGE: u8 = 4;
/// Bytes for the child's standard input, between daemon and shim, behind an eight-byte number.
pub const STDIN: u8 = 5;
/// When the bytes in the frames that follow came: microseconds since 1970 as eight bytes, the
/// most significant first.
pub const TIME: u8 = 6;

/// The bytes before a payload.
pub const HEADER: usize = 5;

/// The longest payload; a longer one means that the other side speaks something else.
pub const LONGEST: usize = 4 << 20;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame of this type around these bytes.
    pub fn new(kind: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self { kind, payload: payload.into() }
    }

    /// A frame around a value as JSON.
    pub fn json(kind: u8, value: &impl serde::Serialize) -> io::Result<Self> {
        Ok(Self::new(kind, serde_json::to_vec(value)?))
    }

    /// Appends the frame to a buffer.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend(header(self.kind, self.payload.len()));
        out.extend(&self.payload);
    }

    /// Writes the frame in one call.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len());
        self.encode(&mut bytes);
        to.write_all(&bytes)
    }

    /// Reads the next frame; `None` at a clean end between frames.
    pub fn read(mut from: impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; HEADER];
        let mut filled = 0;
        while filled < HEADER {
            match from.read(&mut head[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => filled += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (kind, length) = parse_header(head)?;
        let mut payload = vec![0; length];
        from.read_exact(&mut payload)?;
        Ok(Some(Self { kind, payload }))
    }

    /// Takes the first whole frame off the front of a buffer, if there is one.
    pub fn decode(buffer: &mut Vec<u8>) -> io::Result<Option<Self>> {
        let Some(head) = buffer.first_chunk::<HEADER>() else { return Ok(None) };
        let (kind, length) = parse_header(*head)?;
        if buffer.len() < HEADER + length {
            return Ok(None);
        }
        let payload = buffer[HEADER..HEADER + length].to_vec();
        buffer.drain(..HEADER + length);
        Ok(Some(Self { kind, payload }))
    }
}

/// The five bytes before a payload of this type and length.
pub fn header(kind: u8, length: usize) -> [u8; HEADER] {
    let [a, b, c, d] = (length as u32).to_be_bytes();
    [kind, a, b, c, d]
}

fn parse_header([kind, a, b, c, d]: [u8; HEADER]) -> io::Result<(u8, usize)> {
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if length > LONGEST {
        return Err(io::Error::new(ErrorKind::InvalidData, "a frame longer than any of ours"));
    }
    Ok((kind, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cut() {
        let frames = [Frame::new(1, "abc"), Frame::new(2, ""), Frame::new(3, vec![0; 300])];
        let mut bytes = Vec::new();
        frames.iter().for_each(|frame| frame.encode(&mut bytes));

        let (mut buffer, mut seen) = (Vec::new(), Vec::new());
        for byte in bytes {
            buffer.push(byte);
            seen.extend(Frame::decode(&mut buffer).unwrap());
        }
        assert_eq!(seen, frames);
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_giant_length_is_refused_before_memory_is_taken() {
        assert!(Frame::read(&[1, 255, 255, 255, 255][..]).is_err());
        assert!(Frame::read(&[1, 0][..]).is_err());
        assert!(Frame::read(&[][..]).unwrap().is_none());
    }
}
