//! [`Notifier`]: the task that turns edges into notices. It sleeps until an edge comes.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use persistproc_api::output::{Lines, Stream};
use persistproc_api::{Process, Time};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::decision::{
    Decision, LOOP_ENDS, NoticeFacts, NoticeKind, Occasion, QUIET_TIME, SLOW_START, decide,
};
use super::store::{NoticeRecord, NoticeStore, ShownNotice};
use super::text::NoticeText;
use crate::logs::page;
use crate::logs::page_query::PageQuery;
use crate::supervisor::edges::{Edge, EndCircumstances};
use crate::supervisor::line_kinds::error_lines;
use crate::supervisor::news::run_end::is_unexpected;
use crate::supervisor::registry::Registry;
use crate::supervisor::waiting::slow_start::until_ready;

/// How long clients may take to come back to a daemon that has replaced another one.
const RETURN_TIME: Duration = Duration::from_secs(3);

/// How many of the last lines are searched for an error.
const SEARCHED_LINES: u64 = 400;

/// The task that decides about notices.
pub(super) struct Notifier {
    registry: Arc<Registry>,
    store: Arc<NoticeStore>,
    /// To the task that runs the program.
    notices: mpsc::Sender<NoticeText>,
    /// When each process has ended by itself, the latest ends.
    ends: HashMap<String, VecDeque<Instant>>,
    /// The processes that are crash-looping, and when that can be shown.
    postponed: BTreeMap<String, Instant>,
    /// The tasks that wait until a run is ready.
    starts: HashMap<String, AbortHandle>,
}

impl Notifier {
    pub(super) fn new(
        registry: Arc<Registry>,
        store: Arc<NoticeStore>,
        notices: mpsc::Sender<NoticeText>,
    ) -> Self {
        let (ends, postponed, starts) = (HashMap::new(), BTreeMap::new(), HashMap::new());
        Self { registry, store, notices, ends, postponed, starts }
    }

    /// Runs as long as the daemon.
    pub(super) async fn run(mut self, mut edges: mpsc::Receiver<Edge>) {
        let started = Instant::now();
        let mut returned = self.store.get().is_any_on().then(|| started + RETURN_TIME);
        loop {
            let next = self.postponed.values().min().copied();
            tokio::select! {
                edge = edges.recv() => match edge {
                    // Whether a client watches an end is known when clients have had time to return.
                    Some(Edge::Ended { process, .. })
                        if returned.is_some() && process.status.end_time().is_some() => {}
                    Some(edge) => self.handle(edge),
                    None => return,
                },
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    self.show_postponed();
                }
                () = sleep_until(returned.unwrap_or_else(Instant::now)), if returned.is_some() => {
                    returned = None;
                    self.find_ends_since(started);
                }
            }
        }
    }

    fn handle(&mut self, edge: Edge) {
        match edge {
            Edge::Started { process } => self.started(&process),
            Edge::Ended { process, end } => self.ended(&process, end),
            Edge::Ready { process, seconds, place, is_watched } => {
                let after = Duration::from_secs_f64(seconds);
                if let Decision::Show(_) =
                    self.decide(&process.id, Occasion::Ready { after }, is_watched)
                {
                    let text = NoticeText::ready(process.name(), seconds, place.as_deref());
                    self.show(&process.id, NoticeKind::Ready, text);
                }
            }
            Edge::Forgotten { id } => self.forgotten(&id),
        }
    }

    /// A run has started: waits until it is ready.
    fn started(&mut self, process: &Process) {
        self.stop_waiting(&process.id);
        let handle = self.registry.handles().get(&process.id).cloned();
        let Some(handle) = handle.filter(|_| self.store.get().is_on(&process.id)) else { return };
        let (registry, process) = (self.registry.clone(), process.clone());
        let id = process.id.clone();
        let task = tokio::spawn(async move {
            let ready = until_ready(&registry, &handle, process.run, SLOW_START).await;
            let Some(ready) = ready else { return };
            let is_watched = handle.watchers.were_there_since(ready.looked_before);
            let (seconds, place) = (ready.after.as_secs_f64(), ready.place);
            registry.edges().send(|| Edge::Ready { process, seconds, place, is_watched });
        });
        self.starts.insert(id, task.abort_handle());
    }

    fn ended(&mut self, process: &Process, end: EndCircumstances) {
        let id = &process.id;
        self.stop_waiting(id);
        self.note_considered(process);
        let is_own = is_unexpected(&process.status, end.is_service) && !end.is_answer;
        let occasion = if is_own {
            Occasion::UnexpectedEnd { ends: self.count_end(id) }
        } else {
            Occasion::ExpectedEnd
        };
        match self.decide(id, occasion, end.is_watched) {
            Decision::Show(kind) => self.show_end(process, kind),
            Decision::Later(time) => {
                self.postponed.entry(id.clone()).or_insert_with(|| Instant::now() + time);
            }
            Decision::Silent => {}
        }
    }

    /// Counts an end by itself. Returns how many there were within the quiet time.
    fn count_end(&mut self, id: &str) -> usize {
        let ends = self.ends.entry(id.to_owned()).or_default();
        ends.push_back(Instant::now());
        ends.retain(|time| time.elapsed() < QUIET_TIME);
        let count = ends.len();
        if ends.len() > LOOP_ENDS {
            ends.pop_front();
        }
        if count < LOOP_ENDS && self.store.get().is_known_loop(id) {
            self.note(|record| record.end_loop(id));
        }
        count
    }

    fn decide(&self, id: &str, occasion: Occasion, is_watched: bool) -> Decision {
        let record = self.store.get();
        decide(NoticeFacts {
            occasion,
            is_on: record.is_on(id),
            is_watched,
            since_notice: record.since_notice(id, Time::now()),
            is_known_loop: record.is_known_loop(id),
        })
    }

    /// Shows the crash loops that could not be shown before, unless a run lives now.
    fn show_postponed(&mut self) {
        let now = Instant::now();
        let due: Vec<String> = self
            .postponed
            .iter()
            .filter(|(_, time)| **time <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            self.postponed.remove(&id);
            let handle = self.registry.handles().get(&id).cloned();
            let Some(handle) = handle.filter(|handle| !handle.is_alive()) else { continue };
            let occasion = Occasion::UnexpectedEnd { ends: LOOP_ENDS };
            match self.decide(&id, occasion, handle.watchers.are_there()) {
                Decision::Show(kind) => self.show_end(&handle.process(), kind),
                Decision::Later(time) => {
                    self.postponed.insert(id, now + time);
                }
                Decision::Silent => {}
            }
        }
    }

    /// Ends that came while no daemon ran, or since this one has started.
    fn find_ends_since(&mut self, started: Instant) {
        let considered = self.store.get().considered;
        let handles: Vec<_> = self.registry.handles().values().cloned().collect();
        for handle in handles {
            let process = handle.process();
            let end_time = process.status.end_time();
            if process.run == 0 || end_time.is_none() || end_time <= considered {
                continue;
            }
            let record = self.registry.folder(&process.id).read_run(process.run);
            let end = EndCircumstances {
                is_service: record.is_ok_and(|record| record.service),
                is_watched: handle.watchers.were_there_since(started.into_std()),
                is_answer: false,
            };
            self.ended(&process, end);
        }
    }

    fn show_end(&mut self, process: &Process, kind: NoticeKind) {
        let phrase = process.status.end_phrase();
        let detail = self.error_of(process);
        let name = process.name();
        let text = if kind == NoticeKind::CrashLooping {
            NoticeText::crash_looping(name, LOOP_ENDS, &phrase, &detail)
        } else {
            NoticeText::ended(name, &phrase, &detail)
        };
        self.show(&process.id, kind, text);
    }

    /// The first error among the last lines of the run, otherwise its last line.
    fn error_of(&self, process: &Process) -> String {
        let folder = self.registry.folder(&process.id).run(process.run);
        let query = PageQuery::plain(Stream::Combined, Lines::AtMost(SEARCHED_LINES));
        let lines = page::last(&folder, process.run, &query).map(|page| page.output);
        let mut lines = lines.unwrap_or_default();
        lines.retain(|line| !line.trim().is_empty());
        let error = lines.iter().find(|line| error_lines::is_message(line));
        error.or(lines.last()).cloned().unwrap_or_else(|| "It has printed nothing.".to_owned())
    }

    /// Notes that a notice is shown, and has it shown. In this order: it may be missing after the death of
    /// the daemon, and is not repeated.
    fn show(&mut self, id: &str, kind: NoticeKind, text: NoticeText) {
        let is_loop = kind == NoticeKind::CrashLooping;
        self.note(|record| {
            record.shown.insert(id.to_owned(), ShownNotice { time: Time::now(), is_loop });
        });
        self.postponed.remove(id);
        if self.notices.try_send(text).is_err() {
            tracing::warn!("too many notices: one of {id} is not shown");
        }
    }

    fn note_considered(&self, process: &Process) {
        let Some(time) = process.status.end_time() else { return };
        self.note(|record| record.considered = record.considered.max(Some(time)));
    }

    fn note(&self, change: impl FnOnce(&mut NoticeRecord)) {
        if let Err(problem) = self.store.note(change) {
            tracing::warn!("the next daemon may repeat a notice: {problem}");
        }
    }

    fn forgotten(&mut self, id: &str) {
        self.stop_waiting(id);
        self.ends.remove(id);
        self.postponed.remove(id);
        let forgotten = self.store.update(|record| {
            record.except.remove(id);
            record.shown.remove(id);
            record.is_any_on()
        });
        match forgotten {
            Ok(is_any_on) => self.registry.edges().want(is_any_on),
            Err(problem) => tracing::warn!("{problem}"),
        }
    }

    fn stop_waiting(&mut self, id: &str) {
        if let Some(task) = self.starts.remove(id) {
            task.abort();
        }
    }
}
