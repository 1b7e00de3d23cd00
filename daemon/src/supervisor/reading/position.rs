//! Where a request begins to read: its run and its cursor, checked against the logs that are kept;
//! and how a read is retried when retention drops a segment under it.

use std::io::{self, ErrorKind};

use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::output::Stream;
use persistproc_api::problem::NextStep;
use persistproc_api::streams::Streams;
use persistproc_api::{ErrorCode, Problem, Process};

use crate::logs::log::Log;
use crate::supervisor::storage::folder::ProcessFolder;

/// How often a read is retried. A log that was deleted by hand never comes back, and its follower
/// must be sent the end.
pub(super) const MAX_RETRIES: u32 = 20;

/// Whether a read failed because the file is gone, or shorter than the index says.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof)
}

/// Reads, and retries if retention has dropped a segment in the meantime.
pub(crate) fn retry_if_gone<T>(mut read: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..MAX_RETRIES {
        let outcome = read();
        if !outcome.as_ref().is_err_and(is_gone) {
            return outcome;
        }
    }
    read()
}

/// The run that a request names, if it is kept; the latest run, if it names none.
pub(crate) fn kept_run(
    folder: &ProcessFolder,
    requested: Option<u32>,
    latest: u32,
) -> Result<u32, Problem> {
    let Some(run) = requested else { return Ok(latest) };
    let runs =
        folder.runs().map_err(|error| Problem::storage("The runs cannot be listed", error))?;
    if runs.contains(&run) {
        return Ok(run);
    }
    let known: Vec<String> = runs.iter().map(u32::to_string).collect();
    let kept = match &known[..] {
        [] => "No run is kept.".to_owned(),
        [only] => format!("Only run {only} is kept."),
        several => format!("The runs {} are kept.", several.join(", ")),
    };
    Err(Problem::new(ErrorCode::NotFound, format!("There is no run {run}.")).hint(kept))
}

/// An error if the request is about the stderr of a run whose stderr is not apart.
pub(super) fn check_stream(
    stream: Stream,
    folder: &ProcessFolder,
    process: &Process,
    run: u32,
) -> Result<(), Problem> {
    let (streams, tty) = if run == process.run {
        (process.streams, process.tty)
    } else {
        // The log of a run whose record cannot be read is shown as it is.
        let record = folder.read_run(run).ok();
        record.map_or((Streams::Split, false), |record| (record.streams, record.tty))
    };
    if stream != Stream::Stderr || streams == Streams::Split {
        return Ok(());
    }
    let what = if tty { "terminal" } else { "pipe" };
    let predicate = format!(
        "cannot be `stderr`: run {run} of `{}` has one {what} for both of its streams",
        process.name()
    );
    let hint = NextStep::output(process.name(), "see both in order")
        .then("To keep standard error apart, start it with `pp run --split`.");
    Err(Problem::parameter("stream", predicate).hint(hint))
}

/// Parses a cursor. It must be of the latest run or an earlier one, and not beyond the end of that
/// run's log.
pub(super) fn cursor(text: &str, folder: &ProcessFolder, latest: u32) -> Result<Cursor, Problem> {
    let cursor: Cursor = text.parse().map_err(|error| {
        Problem::parameter("after", format!("cannot be {text:?}: {error}")).hint(new_cursor())
    })?;
    if cursor.run > latest || cursor.run == 0 {
        let predicate = format!(
            "cannot be {text:?}: it is from run {}, and the latest run is {latest}",
            cursor.run
        );
        return Err(Problem::parameter("after", predicate)
            .hint(NextStep::from("Is it from another process?").then(new_cursor())));
    }
    let end = end_of_log(folder, cursor.run).map_err(unreadable)?;
    let is_beyond =
        |end: &Cursor| Source::BOTH.iter().any(|source| cursor.at.of(*source) > end.at.of(*source));
    if let Some(end) = end.filter(is_beyond) {
        let predicate = format!(
            "cannot be {text:?}: the log of run {} ends before it, at \"{end}\"",
            cursor.run
        );
        return Err(Problem::parameter("after", predicate).hint(
            NextStep::from("Is it from another process, or was the end of the log lost?")
                .then(new_cursor()),
        ));
    }
    Ok(cursor)
}

pub(crate) fn unreadable(error: io::Error) -> Problem {
    Problem::storage("The log cannot be read", error)
}

fn new_cursor() -> NextStep {
    NextStep::Omit { parameter: "after", purpose: "get a new cursor" }
}

/// The cursor at the end of a run's log; `None` for a run that is not kept.
fn end_of_log(folder: &ProcessFolder, run: u32) -> io::Result<Option<Cursor>> {
    let logs = folder.run(run);
    let end = retry_if_gone(|| {
        let end = Log::open(&logs)?.end()?;
        Ok(Cursor { run, at: end.offsets() })
    });
    if logs.exists() { end.map(Some) } else { Ok(None) }
}
