//! `DetachKeys`: the keys that leave an attached process running, written as docker does:
//! `ctrl-p,ctrl-q`.

use std::str::FromStr;

/// The most keys of a sequence.
const MAX_KEYS: usize = 16;

/// A sequence of keys; empty: detaching by keys is disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DetachKeys {
    bytes: Vec<u8>,
    text: String,
}

impl DetachKeys {
    /// Ctrl+] three times.
    pub(crate) const DEFAULT: &str = "ctrl-],ctrl-],ctrl-]";

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How to press them, for a note; `None` if there are none.
    pub(crate) fn shown(&self) -> Option<String> {
        let first = self.text.split(',').next()?;
        if self.bytes.is_empty() {
            return None;
        }
        let is_repeated = self.bytes.iter().all(|byte| *byte == self.bytes[0]);
        match self.bytes.len() {
            3 if is_repeated => Some(format!("{} three times", key_name(first))),
            _ => Some(self.text.split(',').map(key_name).collect::<Vec<_>>().join(" ")),
        }
    }
}

impl FromStr for DetachKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let keys = text.split(',').filter(|_| !text.is_empty());
        let bytes: Vec<u8> = keys.map(key_byte).collect::<Result<_, _>>()?;
        if bytes.len() > MAX_KEYS {
            return Err(format!("more than {MAX_KEYS} keys"));
        }
        Ok(Self { bytes, text: text.to_owned() })
    }
}

/// The byte of a key: `a`, or `ctrl-a` with one of `a`–`z @ [ \ ] ^ _`.
fn key_byte(key: &str) -> Result<u8, String> {
    let lower = key.to_ascii_lowercase();
    match (key.as_bytes(), lower.strip_prefix("ctrl-").map(str::as_bytes)) {
        ([byte], _) if byte.is_ascii_graphic() || *byte == b' ' => Ok(*byte),
        (_, Some([letter @ b'a'..=b'z'])) => Ok(letter - b'a' + 1),
        (_, Some([b'@'])) => Ok(0),
        (_, Some([sign @ b'['..=b'_'])) => Ok(sign - b'[' + 0x1b),
        _ => Err(format!("`{key}` is not a key such as `a`, `ctrl-a` or `ctrl-]`")),
    }
}

/// `Ctrl+]` for `ctrl-]`.
fn key_name(key: &str) -> String {
    let lower = key.to_ascii_lowercase();
    match lower.strip_prefix("ctrl-") {
        Some(letter) => format!("Ctrl+{}", letter.to_ascii_uppercase()),
        None => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_in_docker() {
        let keys = |text: &str| text.parse::<DetachKeys>().map(|keys| keys.bytes);
        assert_eq!(keys("ctrl-p,ctrl-q"), Ok(vec![0x10, 0x11]));
        assert_eq!(
            keys("CTRL-],ctrl-\\,ctrl-^,ctrl-_,ctrl-@,ctrl-["),
            Ok(vec![0x1d, 0x1c, 0x1e, 0x1f, 0, 0x1b])
        );
        assert_eq!(keys("a,~, "), Ok(vec![b'a', b'~', b' ']));
        assert_eq!(keys(""), Ok(vec![]));
        assert_eq!(keys(DetachKeys::DEFAULT), Ok(vec![0x1d; 3]));
        for bad in ["ctrl-", "ctrl-1", "ab", "ctrl-a,", "ctrl-ab", "ü"] {
            assert!(keys(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_are_shown_as_they_are_pressed() {
        let shown = |text: &str| text.parse::<DetachKeys>().unwrap().shown();
        assert_eq!(shown(DetachKeys::DEFAULT).unwrap(), "Ctrl+] three times");
        assert_eq!(shown("ctrl-p,ctrl-q").unwrap(), "Ctrl+P Ctrl+Q");
        assert_eq!(shown(""), None);
    }
}
