//! [`RawBytes`]: arguments and paths that are not UTF-8. JSON has text only, so such a value has two
//! fields: its text, in which U+FFFD stands for each invalid byte, and its bytes in base64.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The bytes of an argument, a path or a variable. In JSON: base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RawBytes(Vec<u8>);

impl RawBytes {
    /// The bytes of an argument or a path.
    pub fn new(text: &OsStr) -> Self {
        Self(text.as_bytes().to_owned())
    }

    /// The bytes as an argument or a path.
    pub fn to_os_string(&self) -> OsString {
        OsString::from_vec(self.0.clone())
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl From<RawBytes> for String {
    fn from(bytes: RawBytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

impl TryFrom<String> for RawBytes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        STANDARD
            .decode(&text)
            .map(Self)
            .map_err(|error| format!("{text:.60?} is not base64: {error}"))
    }
}

/// The text of words, and their bytes if a word is not UTF-8.
pub fn text_of_words(words: &[OsString]) -> (Vec<String>, Option<Vec<RawBytes>>) {
    let text = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let is_text = words.iter().all(|word| word.to_str().is_some());
    let bytes = (!is_text).then(|| words.iter().map(|word| RawBytes::new(word)).collect());
    (text, bytes)
}

/// The text of a path, and its bytes if it is not UTF-8.
pub fn text_of_path(path: &Path) -> (PathBuf, Option<RawBytes>) {
    match path.to_str() {
        Some(text) => (text.into(), None),
        None => (path.to_string_lossy().into_owned().into(), Some(RawBytes::new(path.as_os_str()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_json_and_text_has_none() {
        let word = OsString::from_vec(b"caf\xe9".to_vec());
        let (text, bytes) = text_of_words(&["cat".into(), word.clone()]);
        assert_eq!(text, ["cat", "caf\u{fffd}"]);
        let json = serde_json::to_string(&bytes).unwrap();
        assert_eq!(json, r#"["Y2F0","Y2Fm6Q=="]"#);
        let read: Option<Vec<RawBytes>> = serde_json::from_str(&json).unwrap();
        assert_eq!(read.unwrap()[1].to_os_string(), word);
        assert_eq!(text_of_words(&["é".into()]).1, None);
        assert_eq!(text_of_path(Path::new("/ü")), ("/ü".into(), None));
        let refused = serde_json::from_str::<RawBytes>(r#""?""#).unwrap_err().to_string();
        assert!(refused.contains("is not base64"), "{refused}");
    }
}
