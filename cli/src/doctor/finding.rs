//! [`Finding`]: the result of one check.

use serde::Serialize;

/// The name of the check, its result, and the next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The name of the check, for programs.
    pub(crate) check: &'static str,
    pub(crate) ok: bool,
    pub(crate) message: String,
    /// The next step, or an optional improvement if there is no problem. Empty if there is neither.
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
