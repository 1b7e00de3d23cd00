//! What `doctor` found: a line each, what is wrong in red.

use super::{style, words};
use crate::doctor::Finding;

/// One line per finding: how it is, what it is, and what to do.
pub(crate) fn lines(findings: &[Finding], terminal: bool) -> Vec<String> {
    findings.iter().map(|finding| line(finding, terminal)).collect()
}

fn line(finding: &Finding, terminal: bool) -> String {
    let how = if finding.ok { "ok     ".to_owned() } else { style::red("problem", terminal) };
    let fix =
        if finding.ok { style::dim(&finding.fix, terminal) } else { words::shown(&finding.fix) };
    let said = words::shown(&finding.message);
    format!("{how}  {said} {fix}").trim_end().to_owned()
}
