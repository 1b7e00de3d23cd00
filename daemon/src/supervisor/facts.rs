//! What has to be measured to be known: ports, CPU, memory, the last line. Only when someone
//! asks, and then once; nothing here runs by itself.

use std::sync::LazyLock;

use persistproc_api::cursor::Cursor;
use persistproc_api::facts::Facts;
use persistproc_api::output::{Lines, OutputPage, Stream};
use persistproc_api::process::ListQuery;
use persistproc_api::seconds::Seconds;
use persistproc_api::{Process, Time};
use regex::Regex;

use super::Supervisor;
use super::runs::view::ProcessView;
use super::storage::folder::ProcessFolder;
use crate::logs::log::Log;
use crate::logs::page;
use crate::logs::page_query::PageQuery;
use crate::platform::{sockets, tree};

/// Where a URL is looked for: among the first lines and the last.
const LINES: u64 = 200;

/// A URL of this machine, as dev servers print it.
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let host = r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|[a-z0-9-]+\.localhost)";
    Regex::new(&format!(r"https?://{host}(?::\d+)?(?:/[^\s'\x22<>)\]]*)?")).ok()
});

/// The first URL of this machine in a line.
pub(super) fn url_in(line: &str) -> Option<String> {
    let found = URL.as_ref()?.find(line)?;
    Some(found.as_str().trim_end_matches(['.', ',', ';']).to_owned())
}

impl Supervisor {
    /// The list with facts. Reads logs and the kernel's tables, so it is kept off the async threads.
    pub async fn list_with_facts(&self, query: &ListQuery) -> Vec<Process> {
        self.with_facts(self.list(query)).await
    }

    /// Those that were listed, with facts: for whoever shows only some of them.
    pub async fn with_facts(&self, processes: Vec<Process>) -> Vec<Process> {
        let supervisor = self.clone();
        let measured = tokio::task::spawn_blocking(move || {
            let listening = sockets::listening();
            let measure = |mut process: Process| {
                process.facts = supervisor.facts(&process, &listening).map(Box::new);
                process
            };
            processes.into_iter().map(measure).collect()
        });
        measured.await.unwrap_or_default()
    }

    fn facts(&self, process: &Process, listening: &[sockets::ListeningSocket]) -> Option<Facts> {
        let view = self.handles().get(&process.id)?.view.borrow().clone();
        let pids = tree_of(&view);
        let usage = tree::usage(&pids);
        let folder = ProcessFolder::new(self.data_dirs(), &process.id).run(process.run);
        let log = Log::open(&folder).ok()?;
        let tail = page::last(&folder, process.run, &plain(LINES)).unwrap_or_default();
        let head = || {
            let start = Cursor::start_of(process.run);
            page::after(|_| folder.clone(), start, process.run, &plain(LINES)).unwrap_or_default()
        };
        let end = process.status.end_time().unwrap_or_else(Time::now);
        let uptime = process.status.start_time().map_or(0.0, |start| end.seconds_since(start));
        Some(Facts {
            ports: sockets::ports_of(&pids, listening),
            url: last_url(&tail).or_else(|| last_url(&head())),
            tree: pids.len() as u32,
            cpu_seconds: Seconds::measured(usage.cpu),
            memory: usage.memory,
            uptime: Seconds::measured(std::time::Duration::from_secs_f64(uptime)),
            log_size: log.end().unwrap_or_default().bytes(Stream::Combined),
            last_line: tail.output.into_iter().rev().find(|line| !line.trim().is_empty()),
        })
    }
}

/// The living processes of a run.
pub(super) fn tree_of(view: &ProcessView) -> Vec<u32> {
    match view.shim {
        Some(shim) if view.process.status.is_alive() && tree::is_alive(shim) => {
            tree::descendants(shim.pid)
        }
        _ => Vec::new(),
    }
}

/// The last URL that lines show.
pub(super) fn last_url(page: &OutputPage) -> Option<String> {
    page.output.iter().rev().find_map(|line| url_in(line))
}

fn plain(lines: u64) -> PageQuery {
    PageQuery::plain(Stream::Combined, Lines::AtMost(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_as_dev_servers_print_them() {
        for (line, url) in [
            ("  ➜  Local:   http://localhost:5173/", "http://localhost:5173/"),
            (
                "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...",
                "http://0.0.0.0:8000/",
            ),
            ("listening on https://127.0.0.1:8443.", "https://127.0.0.1:8443"),
            ("ready - http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(url_in(line).as_deref(), Some(url), "{line}");
        }
        assert_eq!(url_in("see https://vite.dev/config"), None);
    }
}
