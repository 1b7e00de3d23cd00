//! `output --lines all`: page after page, so that neither the daemon nor the client holds more than
//! one page in memory. With `--format json` the answer is one value and is held whole.

use std::mem;

use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::cursor::Cursor;
use persistproc_api::output::{Lines, OutputPage};

use super::query;
use crate::args::OutputArgs;
use crate::context::Context;
use crate::error::Failure;
use crate::render;

/// Lines in one page.
const PAGE_LINES: u64 = 10_000;

/// Returns whether there was a line.
pub(super) fn run(
    client: &Client,
    target: &Target,
    args: &OutputArgs,
    context: &Context,
) -> Result<bool, Failure> {
    let process = client.process(target)?;
    let target = Target::from(&process);
    let last_run = args.run.unwrap_or(process.run);
    let start = args.after.clone().unwrap_or_else(|| Cursor::start_of(last_run).to_string());
    let mut query = query::page(args, context);
    query.lines = Lines::AtMost(PAGE_LINES);
    // A query names a cursor or a line. Later pages name the cursor of the page before.
    query.after = Some(start).filter(|_| args.from_line.is_none());
    let mut whole = OutputPage::default();
    let mut has_lines = false;
    let mut dropped = Dropped { bytes: 0, lines: Some(0) };
    loop {
        let page = client.output(&target, &query)?;
        // Stop at the first page that reaches the end: chasing output that arrives meanwhile might
        // never finish.
        let is_last = page.output.is_empty() || (page.lines_after == 0 && page.run >= last_run);
        query.after = Some(page.cursor.clone());
        query.from_line = None;
        dropped.add(&page);
        has_lines |= !page.output.is_empty();
        if is_last && page.dropped_bytes == 0 && page.truncated && !context.json() {
            // What is missing at the end.
            context.note(&page.note);
        }
        if context.json() {
            append(&mut whole, page);
        } else {
            super::print_lines(page.output, args)?;
        }
        if is_last {
            break;
        }
    }
    if dropped.bytes > 0 {
        whole.note = dropped.note();
        whole.truncated = true;
        whole.dropped_bytes = dropped.bytes;
        whole.dropped_lines = dropped.lines;
        context.note(&whole.note);
    }
    if context.json() {
        render::json(&whole)?;
    }
    Ok(has_lines)
}

/// Output that the log limit dropped before it was read, summed over the pages.
struct Dropped {
    bytes: u64,
    /// `None` if a page does not report how many lines were dropped.
    lines: Option<u64>,
}

impl Dropped {
    fn add(&mut self, page: &OutputPage) {
        self.bytes += page.dropped_bytes;
        self.lines = self.lines.zip(page.dropped_lines).map(|(sum, lines)| sum + lines);
    }

    fn note(&self) -> String {
        let lines = self.lines.map(|lines| format!(" ({lines} lines)")).unwrap_or_default();
        let bytes = self.bytes;
        format!("{bytes} bytes of output{lines} were dropped by the log limit before this.")
    }
}

/// Appends the lines of a page; the other fields become those of the page.
fn append(whole: &mut OutputPage, page: OutputPage) {
    let is_first = whole.cursor.is_empty();
    let lines_before = if is_first { page.lines_before } else { whole.lines_before };
    let mut output = mem::take(&mut whole.output);
    output.extend(page.output);
    *whole = OutputPage { output, lines_before, ..page };
}
