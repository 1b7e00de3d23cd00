//! What a command left behind: its two streams and its exit code, as one text for snapshots.

use std::fmt;

use super::normalizer::Normalizer;

/// The end of a command.
pub(crate) struct Output {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// The exit code; 128 + n when a signal ended it.
    pub(crate) code: i32,
    pub(crate) normalizer: Normalizer,
}

impl Output {
    /// Standard output as text, untouched.
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text, untouched.
    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error} in\n{self}"))
    }

    /// The same, after making sure that the command succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }
}

/// Standard output, then standard error, then the code; paths, pids and times made the same.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (out, err) = (self.out(), self.err());
        f.write_str(&self.normalizer.normalize(&out))?;
        if !out.is_empty() && !out.ends_with('\n') {
            f.write_str("⏎\n")?;
        }
        if !err.is_empty() {
            write!(f, "--- stderr\n{}", self.normalizer.normalize(&err))?;
            f.write_str(if err.ends_with('\n') { "" } else { "⏎\n" })?;
        }
        write!(f, "--- exit {}", self.code)
    }
}
