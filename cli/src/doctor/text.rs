//! Findings as text, one line each, with problems in red.

use super::finding::Finding;
use crate::render::{style, words};

/// One line per finding: `ok` or `problem`, the message, and the fix.
pub(crate) fn lines(findings: &[Finding], terminal: bool) -> Vec<String> {
    findings.iter().map(|finding| line(finding, terminal)).collect()
}

fn line(finding: &Finding, terminal: bool) -> String {
    let label = if finding.ok { "ok     ".to_owned() } else { style::red("problem", terminal) };
    let fix =
        if finding.ok { style::dim(&finding.fix, terminal) } else { words::shown(&finding.fix) };
    let message = words::shown(&finding.message);
    format!("{label}  {message} {fix}").trim_end().to_owned()
}
