//! Pages of what a process printed: the question in words becomes one in numbers, and the answer
//! learns what no log knows.

use std::io::ErrorKind;

use jiff::Zoned;
use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::follow::runs_dropped;
use persistproc_api::output::{OutputPage, OutputQuery};
use persistproc_api::problem::NextStep;
use persistproc_api::record::RunState;
use persistproc_api::{ErrorCode, Problem, Status, Target};

use super::follow::LOOKS;
use crate::logs::log::Log;
use crate::logs::page;
use crate::logs::page_query::{Grep, MAX_PAGE_BYTES, PageQuery, ReadBudget};
use crate::logs::pattern;
use crate::supervisor::Supervisor;
use crate::supervisor::requests::times;
use crate::supervisor::storage::folder::ProcessFolder;

impl Supervisor {
    /// A page of what a process printed.
    pub async fn output(
        &self,
        target: &Target,
        query: &OutputQuery,
    ) -> Result<OutputPage, Problem> {
        let handle = self.handle(target)?;
        let (latest, end) = {
            let process = &handle.view.borrow().process;
            let unknown = matches!(process.status, Status::Lost { .. });
            (process.run, End { lost: process.lost_bytes, unknown })
        };
        let folder = ProcessFolder::new(self.data_dirs(), &handle.id);
        let question = question(query)?;
        let run = existing(&folder, query.run, latest)?;
        let cursor = query.after.as_deref().map(|after| cursor(after, &folder, run)).transpose()?;
        let read = move |budget| {
            let question = PageQuery { budget, ..question.clone() };
            let page = match cursor {
                Some(cursor) => page::after(|run| folder.run(run), cursor, run, &question)?,
                None => page::last(&folder.run(run), run, &question)?,
            };
            let end = if page.run == latest { end } else { End::of(&folder, page.run) };
            Ok(told(page, &folder, cursor, end))
        };
        // A segment that was dropped under our hands: look again at what is left.
        let patiently = move |effort| {
            let mut looks = (0..LOOKS).map(|_| read(effort));
            looks.find(|page| !page.as_ref().is_err_and(is_gone)).unwrap_or_else(|| read(effort))
        };
        let page = match patiently(ReadBudget::Small) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let thorough =
                    tokio::task::spawn_blocking(move || patiently(ReadBudget::Unlimited));
                thorough.await.map_err(Problem::internal)?
            }
            page => page,
        };
        page.map_err(|error| Problem::storage("The log cannot be read", error))
    }
}

pub(super) fn is_gone(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof)
}

/// What may be missing at the end of a run.
#[derive(Clone, Copy, Default)]
struct End {
    /// Bytes that found no room.
    lost: u64,
    /// Nobody saw it.
    unknown: bool,
}

impl End {
    fn of(folder: &ProcessFolder, run: u32) -> Self {
        folder.read_run(run).map_or_else(
            |_| Self::default(),
            |run| Self {
                lost: run.lost_bytes,
                unknown: matches!(run.state, RunState::Lost { .. }),
            },
        )
    }
}

/// A page with what its log does not know: runs that are not kept any more, and what its last run
/// may have written and the log has not.
fn told(
    mut page: OutputPage,
    folder: &ProcessFolder,
    cursor: Option<Cursor>,
    end: End,
) -> OutputPage {
    let mut notes = Vec::new();
    if let Some(cursor) = cursor.filter(|cursor| !folder.run(cursor.run).exists()) {
        page.truncated = true;
        let kept =
            folder.runs().ok().and_then(|runs| runs.into_iter().find(|run| *run > cursor.run));
        notes.push(runs_dropped(cursor.run, kept.map_or(cursor.run, |kept| kept - 1)));
    }
    notes.extend((!page.note.is_empty()).then(|| std::mem::take(&mut page.note)));
    let (run, at_end) = (page.run, page.lines_after == 0);
    if end.lost > 0 && at_end {
        let lost = end.lost;
        notes.push(format!("{lost} bytes at the end of run {run} found no retention on the disk."));
    }
    if end.unknown && at_end {
        notes.push(format!("Nobody saw how run {run} ended: its last output may be missing."));
    }
    page.truncated |= (end.lost > 0 || end.unknown) && at_end;
    page.note = notes.join(" ");
    page
}

fn question(query: &OutputQuery) -> Result<PageQuery, Problem> {
    let point = |name, text: &Option<String>| {
        text.as_deref().map(|text| times::parse(name, text, &Zoned::now())).transpose()
    };
    let context = query.context.unwrap_or(0) as usize;
    let grep = query.grep.as_deref().map(|grep| {
        let pattern = pattern::compile("grep", grep)?;
        Ok(Grep { pattern, context })
    });
    let max_bytes =
        query.bytes.map_or(MAX_PAGE_BYTES, |bytes| (bytes as usize).min(MAX_PAGE_BYTES));
    Ok(PageQuery {
        stream: query.stream,
        lines: query.lines,
        since: point("since", &query.since)?,
        before: point("before", &query.before)?,
        grep: grep.transpose()?,
        max_bytes,
        collapse: query.collapse,
        raw: query.raw,
        timestamps: query.timestamps,
        rows: query.as_rows,
        budget: ReadBudget::Unlimited,
    })
}

/// The cursor, if it is of this run or an earlier one, and not beyond the end of that run's log.
pub(super) fn cursor(text: &str, folder: &ProcessFolder, latest: u32) -> Result<Cursor, Problem> {
    let cursor: Cursor = text.parse().map_err(|error| {
        Problem::parameter("after", format!("cannot be {text:?}: {error}")).hint(new_cursor())
    })?;
    if cursor.run > latest || cursor.run == 0 {
        let predicate = format!(
            "cannot be {text:?}: it is of run {}, and the latest run is {latest}",
            cursor.run
        );
        return Err(Problem::parameter("after", predicate)
            .hint(NextStep::from("Is it of another process?").then(new_cursor())));
    }
    let end = end(folder, cursor.run)
        .map_err(|error| Problem::storage("The log cannot be read", error))?;
    match end.filter(|end| Source::BOTH.iter().any(|it| cursor.at.of(*it) > end.at.of(*it))) {
        None => Ok(cursor),
        Some(end) => {
            let predicate = format!(
                "cannot be {text:?}: the log of run {} ends before it, at \"{end}\"",
                cursor.run
            );
            Err(Problem::parameter("after", predicate).hint(
                NextStep::from("Is it of another process, or was the end of the log lost?")
                    .then(new_cursor()),
            ))
        }
    }
}

fn new_cursor() -> NextStep {
    NextStep::Omit { parameter: "after", purpose: "get a new cursor" }
}

/// The cursor at the end of a run's log; `None` of a run that is not kept any more.
fn end(folder: &ProcessFolder, run: u32) -> std::io::Result<Option<Cursor>> {
    let logs = folder.run(run);
    let look = || {
        let end = Log::open(&logs)?.end()?;
        Ok(Cursor { run, at: end.offsets() })
    };
    // A segment that was dropped under our hands: look again at what is left.
    let mut looks = (0..LOOKS).map(|_| look());
    let end = looks.find(|end| !end.as_ref().is_err_and(is_gone)).unwrap_or_else(look);
    if logs.exists() { end.map(Some) } else { Ok(None) }
}

pub(super) fn existing(
    folder: &ProcessFolder,
    asked: Option<u32>,
    latest: u32,
) -> Result<u32, Problem> {
    let Some(run) = asked else { return Ok(latest) };
    let runs =
        folder.runs().map_err(|error| Problem::storage("The runs cannot be listed", error))?;
    if runs.contains(&run) {
        return Ok(run);
    }
    let known: Vec<String> = runs.iter().map(u32::to_string).collect();
    let kept = match &known[..] {
        [] => "No run is kept.".to_owned(),
        [one] => format!("Only run {one} is kept."),
        several => format!("Kept are the runs {}.", several.join(", ")),
    };
    Err(Problem::new(ErrorCode::NotFound, format!("There is no run {run}.")).hint(kept))
}
