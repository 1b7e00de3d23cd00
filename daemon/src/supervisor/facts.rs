//! Facts about a process that are measured, and only on request: ports, CPU time, memory, the last
//! line and others.

pub(crate) mod url;

use std::num::NonZero;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use persistproc_api::cursor::Cursor;
use persistproc_api::facts::Facts;
use persistproc_api::output::{Lines, OutputPage, Stream};
use persistproc_api::seconds::Seconds;
use persistproc_api::{Process, Time};

use self::url::{last_url, port_of_url};
use super::facts_memo::{FactsMemo, ListeningSet, LogFacts, LogState};
use super::registry::Registry;
use crate::logs::log::Log;
use crate::logs::page;
use crate::logs::page_query::PageQuery;
use crate::platform::usage::usage;

/// How many of the first and of the last lines are searched for a URL.
const URL_LINES: u64 = 200;

/// Fewer processes than this are not worth a thread of their own.
const MIN_PART: usize = 32;

/// More threads than this wait for each other in the kernel.
const MAX_THREADS: usize = 4;

/// The processes with their facts. Reads logs and tables of the kernel, which blocks, so it runs
/// on a blocking thread.
pub(crate) async fn with_facts(
    registry: &Arc<Registry>,
    processes: Vec<Arc<Process>>,
) -> Vec<Process> {
    let registry = registry.clone();
    let processes = processes.into_iter().map(Arc::unwrap_or_clone).collect();
    let measured = tokio::task::spawn_blocking(move || measure_all(&registry, processes));
    measured.await.unwrap_or_default()
}

/// Measures the processes, many of them on several threads.
fn measure_all(registry: &Registry, mut processes: Vec<Process>) -> Vec<Process> {
    let listening = registry.listening().read();
    let measure = |part: &mut [Process]| {
        for process in part {
            process.facts = facts(registry, process, &listening).map(Box::new);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    let part = processes.len().div_ceil(threads).max(MIN_PART);
    std::thread::scope(|scope| {
        let mut parts = processes.chunks_mut(part);
        let own = parts.next();
        for others in parts {
            scope.spawn(|| measure(others));
        }
        own.map(measure);
    });
    processes
}

/// The port that a process has printed last in a URL, among those that it listens on.
pub(crate) fn printed_port(registry: &Registry, process: &Process, ports: &[u16]) -> Option<u16> {
    let folder = registry.folder(&process.id).run(process.run);
    let tail = page::last(&folder, process.run, &url_query()).unwrap_or_default();
    printed_url(registry, process, &tail, ports).and_then(|url| port_of_url(&url))
}

/// The last URL of one of these ports in the last lines, or else in the first lines.
fn printed_url(
    registry: &Registry,
    process: &Process,
    tail: &OutputPage,
    ports: &[u16],
) -> Option<String> {
    let url = last_url(tail, ports);
    if url.is_some() || ports.is_empty() {
        return url;
    }
    let folder = registry.folder(&process.id).run(process.run);
    let start = Cursor::start_of(process.run);
    let head = page::after(|_| folder.clone(), start, process.run, &url_query());
    last_url(&head.unwrap_or_default(), ports)
}

fn url_query() -> PageQuery {
    PageQuery::plain(Stream::Combined, Lines::AtMost(URL_LINES))
}

fn facts(registry: &Registry, process: &Process, listening: &ListeningSet) -> Option<Facts> {
    let handle = registry.handles().get(&process.id)?.clone();
    let view = handle.view.borrow().clone();
    let mut memo = handle.facts.lock().unwrap_or_else(PoisonError::into_inner);
    let (pids, usage) = match view.sample(&memo.members) {
        Some(members) => {
            memo.set_members(members);
            let pids: Vec<u32> = memo.members.iter().map(|member| member.identity.pid).collect();
            (pids, memo.members.iter().map(|member| member.usage).sum())
        }
        None => {
            let pids = view.live_tree();
            memo.set_members(Vec::new());
            let usage = usage(&pids);
            (pids, usage)
        }
    };
    let ports = memo.ports(&pids, listening);
    let log = log_facts(registry, process, &ports, &mut memo)?;
    let end = process.status.end_time().unwrap_or_else(Time::now);
    let uptime = process.status.start_time().map_or(0.0, |start| end.seconds_since(start));
    let has_name = process.status.is_alive() && !ports.is_empty();
    Some(Facts {
        name_url: registry.name_url(&process.id).filter(|_| has_name),
        ports,
        url: log.url,
        tree: pids.len() as u32,
        cpu_seconds: Seconds::measured(usage.cpu),
        memory: usage.memory,
        uptime: Seconds::measured(Duration::from_secs_f64(uptime)),
        log_size: log.size,
        last_line: log.last_line,
        clients: handle.clients.shown(),
    })
}

/// What the log tells, read again only if it has grown or the ports are others.
fn log_facts(
    registry: &Registry,
    process: &Process,
    ports: &[u16],
    memo: &mut FactsMemo,
) -> Option<LogFacts> {
    let folder = registry.folder(&process.id).run(process.run);
    let read = || {
        let log = Log::open(&folder).ok()?;
        let tail = page::last(&folder, process.run, &url_query()).unwrap_or_default();
        Some(LogFacts {
            url: printed_url(registry, process, &tail, ports),
            size: log.end().unwrap_or_default().bytes(Stream::Combined),
            last_line: tail.output.into_iter().rev().find(|line| !line.trim().is_empty()),
        })
    };
    // Before the log is read: what is printed meanwhile is read at the next question.
    match LogState::of(&folder, process.run, ports) {
        Some(state) => memo.log.get_or_make(state, read),
        None => read(),
    }
}
