//! [`keys`]: the keys in the bytes that a terminal sends.

use super::keys::UiKey;

/// What a terminal sends before and after a text that is pasted.
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// The keys in a chunk of input. Sequences of keys that the dashboard does not know are skipped.
pub(super) fn keys(mut input: &[u8]) -> Vec<UiKey> {
    let mut found = Vec::new();
    while let Some(first) = input.first() {
        if let Some(pasted) = input.strip_prefix(PASTE_BEGIN) {
            let end = position(pasted, PASTE_END);
            let text = String::from_utf8_lossy(&pasted[..end.unwrap_or(pasted.len())]);
            found.extend(text.chars().map(UiKey::Pasted));
            input = end.map_or(&[], |end| &pasted[end + PASTE_END.len()..]);
            continue;
        }
        let (key, length) = match first {
            0x1b => escape(input),
            b'\r' | b'\n' => (Some(UiKey::Enter), 1),
            b'\t' => (Some(UiKey::Tab), 1),
            0x7f | 0x08 => (Some(UiKey::Backspace), 1),
            1..=26 => (Some(UiKey::Ctrl(char::from(first + b'a' - 1))), 1),
            0..=0x1f => (None, 1),
            _ => character(input),
        };
        found.extend(key);
        input = &input[length..];
    }
    found
}

/// Whether the chunk ends within a sequence, so that more is to be read, if it comes soon.
pub(super) fn is_incomplete(input: &[u8]) -> bool {
    if let Some(begin) = position(input, PASTE_BEGIN)
        && position(&input[begin..], PASTE_END).is_none()
    {
        return true;
    }
    let Some(at) = input.iter().rposition(|byte| *byte == 0x1b) else { return false };
    match &input[at + 1..] {
        [] | [b'O'] => true,
        [b'[', rest @ ..] => !rest.iter().any(|byte| is_final(*byte)),
        _ => false,
    }
}

fn position(input: &[u8], part: &[u8]) -> Option<usize> {
    input.windows(part.len()).position(|window| window == part)
}

fn is_final(byte: u8) -> bool {
    (0x40..=0x7e).contains(&byte)
}

/// A key that begins with an escape, and its length.
fn escape(input: &[u8]) -> (Option<UiKey>, usize) {
    match input.get(1) {
        Some(b'[') => {
            let length = input[2..].iter().position(|byte| is_final(*byte)).map(|at| at + 3);
            let length = length.unwrap_or(input.len());
            (sequence(&input[2..length]), length)
        }
        Some(b'O') if input.len() > 2 => (sequence(&input[2..3]), 3),
        // No key with Alt has a meaning: one after Escape, typed quickly, is a key of its own.
        _ => (Some(UiKey::Escape), 1),
    }
}

/// A key by its control sequence, without the introducer.
fn sequence(body: &[u8]) -> Option<UiKey> {
    Some(match body {
        b"A" => UiKey::Up,
        b"B" => UiKey::Down,
        b"C" => UiKey::Right,
        b"D" => UiKey::Left,
        b"H" | b"1~" | b"7~" => UiKey::Home,
        b"F" | b"4~" | b"8~" => UiKey::End,
        b"5~" => UiKey::PageUp,
        b"6~" => UiKey::PageDown,
        [b'<', report @ .., b'M'] => return mouse(report),
        _ => return None,
    })
}

/// A report of the mouse, as in SGR mode: button, column, row.
fn mouse(report: &[u8]) -> Option<UiKey> {
    let text = std::str::from_utf8(report).ok()?;
    let mut numbers = text.split(';').map(str::parse::<u16>);
    let (button, _, row) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    match button {
        0 => Some(UiKey::Click(row.saturating_sub(1))),
        64 => Some(UiKey::WheelUp),
        65 => Some(UiKey::WheelDown),
        _ => None,
    }
}

/// A character and its length. What is not UTF-8 is skipped.
fn character(input: &[u8]) -> (Option<UiKey>, usize) {
    let chunk = input.utf8_chunks().next();
    let first = chunk.and_then(|chunk| chunk.valid().chars().next());
    (first.map(UiKey::Char), first.map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_a_chunk() {
        use UiKey::{
            Backspace, Char, Click, Ctrl, Down, End, Enter, Escape, Home, PageUp, Pasted, Up,
        };
        for (input, expected) in [
            (&b"jG/"[..], vec![Char('j'), Char('G'), Char('/')]),
            (b"\x1b[A\x1bOB\x1b[1~\x1b[F\x1b[5~", vec![Up, Down, Home, End, PageUp]),
            (b"\x1b", vec![Escape]),
            (b"\x1b\x1b[A", vec![Escape, Up]),
            (b"\x03\x1a\r\x7f", vec![Ctrl('c'), Ctrl('z'), Enter, Backspace]),
            ("ü日".as_bytes(), vec![Char('ü'), Char('日')]),
            (b"\x1b[<0;10;4M\x1b[<0;10;4m\x1b[<64;1;1M", vec![Click(3), UiKey::WheelUp]),
            (b"\x1b[15~\xff\x00", vec![]),
            (b"\x1bq", vec![Escape, Char('q')]),
            (b"\x1b[200~xy\x1b[201~z", vec![Pasted('x'), Pasted('y'), Char('z')]),
        ] {
            assert_eq!(keys(input), expected, "{input:?}");
        }
    }

    #[test]
    fn a_sequence_may_come_in_two_chunks() {
        for (input, expected) in [
            (&b"\x1b"[..], true),
            (b"\x1b[", true),
            (b"\x1b[1;5", true),
            (b"\x1b[A", false),
            (b"\x1b[200~x", true),
        ] {
            assert_eq!(is_incomplete(input), expected, "{input:?}");
        }
        assert!(!is_incomplete(b"abc"));
    }
}
