//! [`Finding`]: the result of one check.

use serde::Serialize;

/// What was checked, the result, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The name of the check, for programs.
    pub(crate) check: &'static str,
    pub(crate) ok: bool,
    pub(crate) message: String,
    /// The next step; where all is well, an optional improvement. Empty if there is none.
    pub(crate) fix: String,
}

impl Finding {
    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, ok: true, message: message.into(), fix: String::new() }
    }

    pub(super) fn problem(
        check: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { check, ok: false, message: message.into(), fix: fix.into() }
    }

    /// The finding with an optional improvement.
    pub(super) fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.fix = advice.into();
        self
    }
}
