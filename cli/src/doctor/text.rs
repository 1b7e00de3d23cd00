//! Findings as text, with problems in red.

use unicode_width::UnicodeWidthStr;

use super::finding::Finding;
use crate::render::wrapping::wrap;
use crate::render::{style, words};

const OK: &str = "ok     ";

const PROBLEM: &str = "problem";

/// One line per finding: `ok` or `problem`, the message, and the fix. With the width of a terminal,
/// lines are broken at words.
pub(crate) fn lines(findings: &[Finding], width: Option<u16>) -> Vec<String> {
    findings.iter().flat_map(|finding| finding_lines(finding, width)).collect()
}

fn finding_lines(finding: &Finding, width: Option<u16>) -> Vec<String> {
    let is_terminal = width.is_some();
    let message = words::shown(&finding.message);
    let fix = words::shown(&finding.fix);
    let label = if finding.ok { OK } else { PROBLEM };
    let line = format!("{label}  {message} {fix}").trim_end().to_owned();
    let lines = match width.map(usize::from) {
        Some(width) if line.width() > width => wrap(&line, width),
        _ if finding.ok && !fix.is_empty() => {
            vec![format!("{label}  {message} {}", style::dim(&fix, is_terminal))]
        }
        _ => vec![line],
    };
    let painted = |line: String| match line.strip_prefix(PROBLEM) {
        Some(rest) => style::red(PROBLEM, is_terminal) + rest,
        None => line,
    };
    lines.into_iter().map(painted).collect()
}
