//! Splits raw input into keys: Ctrl+C, Ctrl+Z, and the text between them.

/// A part of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    /// Bytes without Ctrl+C and Ctrl+Z.
    Text(&'a [u8]),
    /// Ctrl+C.
    Interrupt,
    /// Ctrl+Z.
    Suspend,
}

const CTRL_C: u8 = 0x03;
const CTRL_Z: u8 = 0x1a;

/// Splits a chunk of input at each Ctrl+C and Ctrl+Z. A paste stays in one piece.
pub(crate) fn split_keys(chunk: &[u8]) -> impl Iterator<Item = Key<'_>> {
    chunk.split_inclusive(|byte| matches!(*byte, CTRL_C | CTRL_Z)).flat_map(|part| {
        let (text, key) = match part {
            [text @ .., CTRL_C] => (text, Some(Key::Interrupt)),
            [text @ .., CTRL_Z] => (text, Some(Key::Suspend)),
            text => (text, None),
        };
        (!text.is_empty()).then_some(Key::Text(text)).into_iter().chain(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_keys_are_found_anywhere_in_a_chunk() {
        use Key::{Interrupt, Suspend, Text};
        let keys = |chunk| split_keys(chunk).collect::<Vec<_>>();
        assert_eq!(keys(b""), []);
        assert_eq!(keys(b"hello\x1b[A\x04"), [Text(b"hello\x1b[A\x04")]);
        assert_eq!(keys(b"ab\x03y"), [Text(b"ab"), Interrupt, Text(b"y")]);
        assert_eq!(keys(b"\x03\x03\x1a"), [Interrupt, Interrupt, Suspend]);
    }
}
