//! The end of a run as news: [`of_run`] says whether it was by itself, and how.

use persistproc_api::cursor::Cursor;
use persistproc_api::news::NewsKind;
use persistproc_api::{Exit, Status};

use crate::supervisor::news_fold::Finding;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::view::ProcessView;
use crate::supervisor::storage::folder::ProcessFolder;

/// The end of a run.
pub(super) struct RunEnd {
    /// In microseconds since 1970.
    pub(super) time: i64,
    /// How it ended, if that is news.
    pub(super) news: Option<String>,
    /// A client has stopped it.
    pub(super) is_requested: bool,
}

/// Whether a run has ended, so that its log is complete.
pub(super) fn has_ended(view: &ProcessView, run: u32) -> bool {
    view.process.run > run || !view.process.status.is_alive()
}

/// Whether a client is ending the latest run. What it prints now is decided when it has ended.
pub(super) fn is_stopping(view: &ProcessView) -> bool {
    matches!(view.process.status, Status::Stopping { .. })
}

/// The end of a run.
pub(super) fn of_run(folder: &ProcessFolder, view: &ProcessView, run: u32) -> RunEnd {
    let record = folder.read_run(run).ok();
    let is_service = record.as_ref().is_some_and(|record| record.service);
    let status = if view.process.run == run {
        Some(view.process.status.clone())
    } else {
        folder.read().ok().zip(record).map(|(process, record)| {
            ProcessView::new(folder, &process, &record, Phase::Ended).process.status.clone()
        })
    };
    let Some(status) = status else { return RunEnd { time: 0, news: None, is_requested: true } };
    let time = status.end_time().or(status.start_time()).map_or(0, |time| time.micros());
    let is_news = matches!(status, Status::Failed { .. }) || is_unexpected(&status, is_service);
    let is_requested = matches!(status, Status::Terminated { .. });
    RunEnd { time, news: is_news.then(|| status.end_phrase()), is_requested }
}

/// Whether a run has ended although no client wanted that.
pub(crate) fn is_unexpected(status: &Status, is_service: bool) -> bool {
    match status {
        // A command that was typed has done its work. A service was meant to go on.
        Status::Exited { exit, .. } => *exit != Exit::Code(0) || is_service,
        Status::Lost { .. } => true,
        Status::Failed { .. }
        | Status::Terminated { .. }
        | Status::Running { .. }
        | Status::Stopping { .. } => false,
    }
}

/// The finding about an end at this position, with the error that caused it.
pub(super) fn finding(phrase: &str, time: i64, cause: Option<Finding>, at: Cursor) -> Finding {
    let line = match &cause {
        Some(cause) => format!("{phrase}: {}", cause.line),
        None => phrase.to_owned(),
    };
    Finding {
        kind: NewsKind::Exit,
        at,
        time,
        line,
        more: cause.as_ref().map_or(0, |cause| cause.more),
        cause: cause.as_ref().map(|cause| cause.at),
        place: cause.and_then(|cause| cause.place),
    }
}

/// Leaves out the errors that ends among these findings are about. An error that was reported before its
/// process ended is in an earlier answer, and in the end again.
pub(super) fn without_causes(mut findings: Vec<(u32, Finding)>) -> Vec<(u32, Finding)> {
    let causes: Vec<Cursor> = findings.iter().filter_map(|(_, finding)| finding.cause).collect();
    findings.retain(|(_, finding)| !causes.contains(&finding.at));
    findings
}
