//! [`answer`]: the result of a wait: the newest lines, the open ports, the URL, and a note about the
//! cause of an end.

use persistproc_api::cursor::Cursor;
use persistproc_api::output::{Lines, OutputPage, OutputQuery};
use persistproc_api::process::ended_with_sentence;
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Reason, Waited};
use persistproc_api::{Problem, Process, Target};
use tokio::time::Instant;

use super::condition::Condition;
use super::evidence::Evidence;
use super::progress::{WaitEnd, WaitProgress};
use crate::supervisor::facts::url::{last_url, own_url_in};
use crate::supervisor::finding;
use crate::supervisor::reading::page::page;
use crate::supervisor::registry::Registry;

/// What a running process without its program is.
const GOES_ON: &str = "Its program has exited with code 0; what the program started runs on and is \
                       the process now.";

pub(super) async fn answer(
    registry: &Registry,
    target: &Target,
    condition: &Condition,
    end: WaitEnd,
    progress: WaitProgress<'_>,
    started: Instant,
) -> Result<Waited, Problem> {
    let mut page = newest_lines(registry, target, condition).await?;
    let process = finding::process(registry, target)?;
    let ports = progress.ports.found.all_ports();
    let line = end.line.as_deref();
    let url = line.and_then(|line| own_url_in(line, &ports)).or(end.url);
    let url = url.or_else(|| last_url(&page, &ports));
    let mut notes = progress.notes;
    // A reloader goes on when the program that it has started could not begin to listen.
    let never_listened = end.reason == Reason::Timeout && condition.wants_ports();
    if end.reason == Reason::Exit || never_listened {
        let evidence = Evidence::read(registry, &process);
        if !ended_well(&process) {
            notes.extend(evidence.first_error(&page.output));
        }
        notes.extend(evidence.port_conflict(registry, &process));
        notes.extend(ended_with_sentence(&process.ended_with));
    }
    if process.leader_exit.is_some() {
        notes.push(GOES_ON.to_owned());
    }
    if progress.ports.is_elsewhere && end.ready_by.is_some() {
        notes.push("Its ports are those of another network namespace.".to_owned());
    }
    notes.extend(restarted_since(condition, &process));
    let dropped_bytes = progress.dropped_bytes;
    if dropped_bytes > 0 {
        notes.push(format!(
            "{dropped_bytes} bytes of output were dropped by the log limit before they could be \
             searched."
        ));
    }
    if condition.lines == 0 {
        page.output.clear();
    }
    Ok(Waited {
        reason: end.reason,
        ready_by: end.ready_by,
        reached: condition.is_met_by(end.reason),
        process,
        matched_line: end.line,
        ports,
        url,
        output: page.output,
        cursor: page.cursor,
        dropped_bytes,
        note: notes.join(" "),
        waited_seconds: Seconds::measured(started.elapsed()),
    })
}

/// The newest lines; if the condition has a cursor, those after it, unless they are more than the
/// page holds.
async fn newest_lines(
    registry: &Registry,
    target: &Target,
    condition: &Condition,
) -> Result<OutputPage, Problem> {
    let newest =
        OutputQuery { lines: Lines::AtMost(condition.lines.max(1)), ..OutputQuery::default() };
    let handle = finding::handle(registry, target)?;
    if condition.after.is_some() {
        let query = OutputQuery { after: condition.after.clone(), ..newest.clone() };
        let after_cursor = page(registry, &handle, &query).await?;
        if after_cursor.lines_after == 0 {
            return Ok(after_cursor);
        }
    }
    page(registry, &handle, &newest).await
}

/// Whether the cursor of the request is of an earlier run.
fn restarted_since(condition: &Condition, process: &Process) -> Option<String> {
    let after: Cursor = condition.after.as_ref()?.parse().ok()?;
    (after.run < process.run).then(|| format!("Restarted since the cursor: run {}.", process.run))
}

fn ended_well(process: &Process) -> bool {
    process.status.exit().is_some_and(|exit| exit.shell_code() == 0)
}
