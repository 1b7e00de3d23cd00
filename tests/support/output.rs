//! `Output`: the two streams and the exit code of a finished command, with a text form for snapshots.

use std::fmt;

use super::normalizer::Normalizer;

/// The result of a finished command.
pub(crate) struct Output {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// The exit code; 128 + n if signal n killed it.
    pub(crate) code: i32,
    pub(crate) normalizer: Normalizer,
}

impl Output {
    /// Standard output as text, not normalized.
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text, not normalized.
    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error} in\n{self}"))
    }

    /// Asserts that the exit code is 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }
}

/// Standard output, standard error and the exit code, normalized. `⏎` marks a missing last newline.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let out = self.out();
        let err = self.err();
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
