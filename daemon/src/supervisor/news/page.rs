//! [`page`]: the news of many processes after a cursor.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use persistproc_api::cursor::Cursor;
use persistproc_api::news::{News, NewsCursor, NewsPage, NewsQuery};
use persistproc_api::problem::NextStep;
use persistproc_api::process::ListQuery;
use persistproc_api::{Problem, Process, Target, Time};
use tokio::time::{Instant, sleep};

use super::NewsMemory;
use super::memo::FoundNews;
use crate::logs::log::Log;
use crate::supervisor::finding;
use crate::supervisor::finding::list::list;
use crate::supervisor::line_kinds::place::Place;
use crate::supervisor::news_fold::Finding;
use crate::supervisor::reading::position::{retry_if_gone, unreadable};
use crate::supervisor::registry::Registry;
use crate::supervisor::runs::view::ProcessView;

/// How long an answer waits for the rest of an error that is being printed.
const MAX_SETTLE_TIME: Duration = Duration::from_millis(500);

/// How much later than the time of a decision it is looked at.
const DECISION_DELAY: Duration = Duration::from_millis(20);

/// The most news in one answer. Older ones are left out.
const MAX_NEWS: usize = 200;

/// News of several processes, and when more is decided.
pub(super) struct AllNews {
    pub(super) page: NewsPage,
    pub(super) cursor: NewsCursor,
    pub(super) decides_in: Option<Duration>,
}

/// The news after the cursor of the query. Waits a moment for an error that is being printed.
pub(crate) async fn page(
    registry: &Arc<Registry>,
    memory: &Arc<NewsMemory>,
    query: &NewsQuery,
) -> Result<NewsPage, Problem> {
    let ids = selected(registry, query)?;
    let after = query.after.as_deref().map(|after| parse_cursor(after, &ids)).transpose()?;
    settled(registry, memory, ids, after).await.map(|all| all.page)
}

/// The news of these processes. Waits a moment for an error that is being printed.
pub(super) async fn settled(
    registry: &Arc<Registry>,
    memory: &Arc<NewsMemory>,
    ids: Vec<String>,
    after: Option<NewsCursor>,
) -> Result<AllNews, Problem> {
    let deadline = Instant::now() + MAX_SETTLE_TIME;
    loop {
        let all = find(registry, memory, ids.clone(), after.clone()).await?;
        match all.decides_in {
            Some(time) if Instant::now() + time < deadline => sleep(time).await,
            _ => return Ok(all),
        }
    }
}

/// The ids of the processes that a query is about.
pub(super) fn selected(registry: &Registry, query: &NewsQuery) -> Result<Vec<String>, Problem> {
    let directory = query.working_directory.clone();
    let Some(target) = &query.target else {
        let query = ListQuery { working_directory: directory, ..ListQuery::default() };
        return Ok(list(registry, &query).into_iter().map(|process| process.id.clone()).collect());
    };
    let ids: Vec<&str> = target.split(',').collect();
    let are_ids = {
        let handles = registry.handles();
        ids.iter().all(|id| handles.contains_key(*id))
    };
    if are_ids {
        return Ok(ids.into_iter().map(str::to_owned).collect());
    }
    finding::process(registry, &Target::new(target, directory)).map(|process| vec![process.id])
}

/// Parses the cursor of an earlier answer, or that of the output of one process.
pub(super) fn parse_cursor(text: &str, ids: &[String]) -> Result<NewsCursor, Problem> {
    if let (Ok(cursor), [id]) = (text.parse::<Cursor>(), ids) {
        return Ok(NewsCursor { positions: [(id.clone(), cursor)].into() });
    }
    text.parse().map_err(|error| {
        Problem::parameter("after", format!("cannot be {text:?}: {error}"))
            .hint(NextStep::Omit { parameter: "after", purpose: "get a new cursor" })
    })
}

/// The news of these processes after a cursor, as far as they are decided. A process that the cursor does
/// not have was started after it.
pub(super) async fn find(
    registry: &Arc<Registry>,
    memory: &Arc<NewsMemory>,
    ids: Vec<String>,
    after: Option<NewsCursor>,
) -> Result<AllNews, Problem> {
    let (registry, memory) = (registry.clone(), memory.clone());
    // Reads logs.
    let found = tokio::task::spawn_blocking(move || {
        find_blocking(&registry, &memory, &ids, after.as_ref())
    });
    found.await.map_err(Problem::internal)?
}

fn find_blocking(
    registry: &Registry,
    memory: &NewsMemory,
    ids: &[String],
    after: Option<&NewsCursor>,
) -> Result<AllNews, Problem> {
    let mut news = Vec::new();
    let mut unexamined = 0;
    let mut decides_at: Option<i64> = None;
    let mut cursor = after.cloned().unwrap_or_default();
    cursor.positions.retain(|id, _| registry.handles().contains_key(id));
    for id in ids {
        let Some(view) = view_of(registry, id) else { continue };
        let start = |after: &NewsCursor| {
            after.positions.get(id).copied().unwrap_or_else(|| Cursor::start_of(1))
        };
        let from = after.map(start);
        let found = find_of_process(registry, memory, &view, from)?;
        cursor.positions.insert(id.clone(), found.cursor);
        unexamined += found.unexamined;
        decides_at = decides_at.into_iter().chain(found.decides_at).min();
        let mut latest = None;
        news.extend(found.findings.into_iter().map(|(run, finding)| {
            let piece = to_news(&view.process, run, finding);
            latest = latest.max(Some(piece.time));
            (latest, piece)
        }));
    }
    memory.keep(|id| registry.handles().contains_key(id));
    // By time, but those of one process stay in their order when the clock was moved back.
    news.sort_by_key(|(latest, _)| *latest);
    let mut news: Vec<News> = news.into_iter().map(|(_, piece)| piece).collect();
    let left_out = news.len().saturating_sub(MAX_NEWS);
    news.drain(..left_out);
    let page = NewsPage { news, cursor: cursor.to_string(), note: note(unexamined, left_out) };
    let now = Time::now().micros();
    let decides_in = decides_at.map(|time| {
        Duration::from_micros(u64::try_from(time - now).unwrap_or_default()) + DECISION_DELAY
    });
    Ok(AllNews { page, cursor, decides_in })
}

/// The news of one process. A log that is dropped meanwhile is read again.
fn find_of_process(
    registry: &Registry,
    memory: &NewsMemory,
    view: &ProcessView,
    from: Option<Cursor>,
) -> Result<FoundNews, Problem> {
    let memo = memory.memo(&view.process.id);
    let mut memo = memo.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = registry.folder(&view.process.id);
    retry_if_gone(|| memo.find(&folder, view, from)).map_err(unreadable)
}

/// The end of the output of each of these processes.
pub(super) async fn now(registry: &Arc<Registry>, ids: &[String]) -> NewsCursor {
    let (registry, ids) = (registry.clone(), ids.to_vec());
    // Reads the ends of indexes.
    let ends = tokio::task::spawn_blocking(move || {
        let ends = ids.into_iter().filter_map(|id| {
            let view = view_of(&registry, &id)?;
            let run = view.process.run;
            if !view.process.status.is_alive() {
                return Some((id, Cursor::start_of(run + 1)));
            }
            let log = Log::open(&registry.folder(&id).run(run));
            let end = log.and_then(|log| log.end()).unwrap_or_default();
            Some((id, Cursor { run, at: end.offsets() }))
        });
        NewsCursor { positions: ends.collect() }
    });
    ends.await.unwrap_or_default()
}

fn view_of(registry: &Registry, id: &str) -> Option<ProcessView> {
    let handle = registry.handles().get(id)?.clone();
    let view = handle.view.borrow().clone();
    (view.process.run > 0 && !view.forgotten).then_some(view)
}

fn to_news(process: &Process, run: u32, finding: Finding) -> News {
    let place = finding.place.map(|place| shown_place(&place, process));
    News {
        id: process.id.clone(),
        label: process.label.clone(),
        run,
        kind: finding.kind,
        time: Time::from_micros(finding.time),
        line: finding.line,
        place,
        more: finding.more,
        cursor: Cursor { run, at: finding.at.at }.to_string(),
    }
}

/// `path:line:column`, relative to the directory of the process.
pub(super) fn shown_place(place: &Place, process: &Process) -> String {
    let path = Path::new(&place.path);
    let path = path.strip_prefix(&process.working_directory).unwrap_or(path);
    let column = place.column.map(|column| format!(":{column}")).unwrap_or_default();
    format!("{}:{}{column}", path.display(), place.line)
}

fn note(unexamined: u64, left_out: usize) -> String {
    let mut notes = Vec::new();
    if unexamined > 0 {
        notes.push(format!("{unexamined} bytes of older output were not examined."));
    }
    if left_out > 0 {
        notes.push(format!("{left_out} older news were left out."));
    }
    notes.join(" ")
}
