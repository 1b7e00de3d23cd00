//! [`Frame`]: a type byte, a 32-bit big-endian length, and that many bytes. Live output and the
//! messages between the daemon and a shim are sent in frames.

use std::io::{self, ErrorKind, Read, Write};

/// Type of a frame with bytes of the child's standard output.
pub const STDOUT: u8 = 1;
/// Type of a frame with bytes of the child's standard error.
pub const STDERR: u8 = 2;
/// Type of a frame with an event as JSON.
pub const EVENT: u8 = 3;
/// Type of a frame with a message between daemon and shim as JSON.
pub const MESSAGE: u8 = 4;
/// Type of a frame from the daemon to a shim with an eight-byte number, followed by bytes for the
/// child's standard input.
pub const STDIN: u8 = 5;
/// Type of a frame with the time of arrival of the bytes that follow: microseconds since 1970 as
/// eight bytes, big-endian.
pub const TIME: u8 = 6;

/// Type of a frame from a shim to a viewer with output of the child's terminal that belongs to neither
/// of its output streams, because both are redirected.
pub const TERMINAL: u8 = 7;

/// Bytes of the header before a payload.
pub const HEADER: usize = 5;

/// The longest payload, in bytes: room for the environment and the arguments of a process, as JSON. A
/// longer one means that the peer speaks another protocol.
pub const MAX_PAYLOAD: usize = 16 << 20;

/// A type byte and a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame with these bytes.
    pub fn new(kind: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self { kind, payload: payload.into() }
    }

    /// A frame with a value as JSON.
    pub fn json(kind: u8, value: &impl serde::Serialize) -> io::Result<Self> {
        Ok(Self::new(kind, serde_json::to_vec(value)?))
    }

    /// Appends the encoded frame to a buffer.
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

    /// Reads the next frame; `None` at EOF between frames.
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

    /// Removes the first frame from the front of a buffer; `None` while it is incomplete.
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

/// The header of a payload with this type and length.
pub fn header(kind: u8, length: usize) -> [u8; HEADER] {
    let [a, b, c, d] = (length as u32).to_be_bytes();
    [kind, a, b, c, d]
}

fn parse_header([kind, a, b, c, d]: [u8; HEADER]) -> io::Result<(u8, usize)> {
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if length > MAX_PAYLOAD {
        return Err(io::Error::new(ErrorKind::InvalidData, "the frame is longer than 4 MiB"));
    }
    Ok((kind, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_decoded_from_any_pieces() {
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
    fn a_length_over_the_maximum_is_refused_before_memory_is_allocated() {
        assert!(Frame::read(&[1, 255, 255, 255, 255][..]).is_err());
        assert!(Frame::read(&[1, 0][..]).is_err());
        assert!(Frame::read(&[][..]).unwrap().is_none());
    }
}
