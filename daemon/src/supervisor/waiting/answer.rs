//! [`answer`]: the result of a wait: the newest lines, the open ports, the URL, and a note about a
//! port that is in use.

use persistproc_api::output::{Lines, OutputPage, OutputQuery};
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Reason, Waited};
use persistproc_api::{Problem, Process, Target};
use tokio::time::Instant;

use super::condition::Condition;
use super::progress::{WaitEnd, WaitProgress};
use super::readiness::port_in_use;
use crate::platform::sockets;
use crate::supervisor::facts::url::{last_url, url_in};
use crate::supervisor::finding;
use crate::supervisor::reading::page::page;
use crate::supervisor::registry::Registry;

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
    let url = end.line.as_deref().and_then(url_in).or_else(|| last_url(&page));
    let mut notes = progress.notes;
    if end.reason == Reason::Exit {
        notes.extend(port_conflict(registry, &process, &page.output));
    }
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
        reached: condition.is_met_by(end.reason),
        process,
        matched_line: end.line,
        ports: progress.ports.open,
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
    if condition.after.is_some() {
        let query = OutputQuery { after: condition.after.clone(), ..newest.clone() };
        let after_cursor = page(registry, target, &query).await?;
        if after_cursor.lines_after == 0 {
            return Ok(after_cursor);
        }
    }
    page(registry, target, &newest).await
}

/// The holder of the port that the last lines complain about. A complaint without a number may be
/// about a port in the command.
fn port_conflict(registry: &Registry, process: &Process, lines: &[String]) -> Option<String> {
    let port = lines.iter().rev().find_map(|line| port_in_use(line, &process.command))?;
    let Some(holder) = sockets::holder_of(port) else {
        return Some(format!("Port {port} is in use."));
    };
    let views = registry.views();
    let managed = views.iter().find(|view| view.live_tree().contains(&holder.pid));
    let name = managed
        .map_or_else(String::new, |view| format!(", managed here as `{}`", view.process.name()));
    Some(format!("Port {port} is held by PID {}, `{}`{name}.", holder.pid, holder.command))
}
