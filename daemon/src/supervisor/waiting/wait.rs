//! Until something happens to a process: a port opens, a line matches, it ends, it is quiet, the
//! time is up. What the output shows is told by the log; only ports have to be looked for, and
//! only while someone waits for one.

use std::time::Duration;

use persistproc_api::cursor::Cursor;
use persistproc_api::follow::FollowQuery;
use persistproc_api::output::{Lines, OutputPage, OutputQuery};
use persistproc_api::seconds::Seconds;
use persistproc_api::start::Started;
use persistproc_api::wait::{Goal, Reason, WaitRequest, Waited};
use persistproc_api::{Problem, Process, Target};
use tokio::time::{Instant, sleep_until};

use super::condition::Condition;
use super::ports::OpenPorts;
use super::progress::WaitProgress;
use super::readiness;
use crate::logs::lines::LineAssembler;
use crate::supervisor::reading::follow::Follower;
use crate::supervisor::{Supervisor, facts};

/// Between two looks at the kernel's table of ports, at least.
const LOOK: Duration = Duration::from_millis(5);

/// Where the table is long, looking must not become the machine's main work.
const REST: u32 = 2;

/// A server that opened its port may print its URL a moment later.
const URL_GRACE: Duration = Duration::from_millis(15);

/// One that says that it is ready is about to, however busy the machine is.
const URL_SOON: Duration = Duration::from_millis(50);

/// What ended a wait.
pub(crate) struct WaitEnd {
    pub(crate) reason: Reason,
    pub(crate) line: Option<String>,
}

impl Supervisor {
    /// Waits until something happens to a process.
    pub async fn wait(&self, target: &Target, request: &WaitRequest) -> Result<Waited, Problem> {
        let (process, began) = (self.resolve(target)?, Instant::now());
        let condition = Condition::new(request)?;
        let after =
            request.after.clone().unwrap_or_else(|| Cursor::start_of(process.run).to_string());
        let query = FollowQuery { after: Some(after), wait: true, ..FollowQuery::default() };
        let mut follower = self.follow(&Target::from(&process), &query).await?;
        let mut progress = WaitProgress {
            condition: &condition,
            ports: OpenPorts::default(),
            lines: LineAssembler::default(),
            spoke: began,
            dropped: 0,
            notes: Vec::new(),
            url: false,
        };
        let mut pause = LOOK;
        let end = loop {
            let quiet = (condition.goal == Goal::Quiet).then(|| progress.spoke + condition.quiet);
            tokio::select! {
                items = follower.next() => match items {
                    Some(items) => match progress.take(items) {
                        Some(end) if end.reason == Reason::Ready => {
                            break until_url(end, &mut follower, &mut progress).await;
                        }
                        Some(end) => break end,
                        None => {}
                    },
                    None => break WaitEnd { reason: Reason::Exit, line: None },
                },
                () = sleep_until(began + condition.timeout) => break WaitEnd { reason: Reason::Timeout, line: None },
                () = sleep_until(quiet.unwrap_or(began)), if quiet.is_some() => {
                    break WaitEnd { reason: Reason::Quiet, line: None };
                }
                () = tokio::time::sleep(pause), if condition.wants_ports() => {
                    let looked = Instant::now();
                    if self.look(&process.id, &mut progress) {
                        let open = WaitEnd { reason: Reason::Port, line: None };
                        break until_url(open, &mut follower, &mut progress).await;
                    }
                    pause = LOOK.max(looked.elapsed() * REST);
                }
            }
        };
        if progress.ports.open.is_empty() && matches!(condition.goal, Goal::Ready | Goal::Port) {
            self.look(&process.id, &mut progress);
        }
        self.answer(&process.id, &condition, end, progress, began).await
    }

    /// Looks for open ports of the process's own tree; whether the one that is wanted is there.
    fn look(&self, id: &str, progress: &mut WaitProgress<'_>) -> bool {
        let view = self.handles().get(id).map(|handle| handle.view.borrow().clone());
        if let Some(view) = view {
            progress.ports.look(&view);
        }
        match progress.condition.port {
            Some(port) => progress.ports.open.contains(&port),
            None => !progress.ports.open.is_empty(),
        }
    }

    async fn answer(
        &self,
        id: &str,
        condition: &Condition,
        end: WaitEnd,
        progress: WaitProgress<'_>,
        began: Instant,
    ) -> Result<Waited, Problem> {
        let mut page = self.newest(id, condition).await?;
        let process = self.resolve(&Target::from_id(id))?;
        let url = end.line.as_deref().and_then(facts::url_in).or_else(|| facts::last_url(&page));
        let WaitProgress { dropped: dropped_bytes, mut notes, .. } = progress;
        if end.reason == Reason::Exit {
            notes.extend(self.in_the_way(&process, &page.output));
        }
        if dropped_bytes > 0 {
            notes.push(format!(
                "{dropped_bytes} bytes of output were dropped by the log limit before they could \
                 be looked at."
            ));
        }
        if condition.lines == 0 {
            page.output.clear();
        }
        Ok(Waited {
            reason: end.reason,
            reached: condition.is(end.reason),
            process,
            matched_line: end.line,
            ports: progress.ports.open,
            url,
            output: page.output,
            cursor: page.cursor,
            dropped_bytes,
            note: notes.join(" "),
            waited_seconds: Seconds::measured(began.elapsed()),
        })
    }

    /// The newest lines; of them, where the caller has seen a part already, those that it has not.
    async fn newest(&self, id: &str, condition: &Condition) -> Result<OutputPage, Problem> {
        let target = Target::from_id(id);
        let lines = Lines::AtMost(condition.lines.max(1));
        if condition.after.is_some() {
            let after = condition.after.clone();
            let query = OutputQuery { lines, after, ..OutputQuery::default() };
            let page = self.output(&target, &query).await?;
            if page.lines_after == 0 {
                return Ok(page);
            }
        }
        self.output(&target, &OutputQuery { lines, ..OutputQuery::default() }).await
    }

    /// Who holds the port that the last lines complain about. Some programs complain without a
    /// number; then it may stand in the command.
    fn in_the_way(&self, process: &Process, lines: &[String]) -> Option<String> {
        let complaint =
            lines.iter().rev().find_map(|line| readiness::port_in_use(line, &process.command));
        let port = complaint?;
        let Some(holder) = crate::platform::sockets::holder_of(port) else {
            return Some(format!("Port {port} is in use."));
        };
        let views: Vec<_> =
            self.handles().values().map(|handle| handle.view.borrow().clone()).collect();
        let ours = views.iter().find(|view| facts::tree_of(view).contains(&holder.pid));
        let name = ours.map_or_else(String::new, |view| {
            format!(", managed here as `{}`", view.process.name())
        });
        Some(format!("Port {port} is held by PID {}, `{}`{name}.", holder.pid, holder.command))
    }

    /// What a start or restart does after it: waits, if that was asked for.
    pub(crate) async fn then_wait(
        &self,
        mut started: Started,
        wait: Option<WaitRequest>,
    ) -> Result<Started, Problem> {
        if let Some(wait) = wait {
            let waited = self.wait(&Target::from(&started.process), &wait).await?;
            started.process = Process { facts: None, ..waited.process.clone() };
            started.waited = Some(Box::new(waited));
        }
        Ok(started)
    }
}

/// Checks a wait before anything is started for it.
pub(crate) fn check(request: &WaitRequest) -> Result<(), Problem> {
    Condition::new(request).map(drop)
}

/// It is ready, by its port or its word; the line with the URL may be on its way.
async fn until_url(
    mut end: WaitEnd,
    follower: &mut Follower,
    progress: &mut WaitProgress<'_>,
) -> WaitEnd {
    let grace = if end.reason == Reason::Ready { URL_SOON } else { URL_GRACE };
    let (began, mut until) = (Instant::now(), Instant::now() + grace);
    while !progress.has_url()
        && let Ok(Some(items)) = tokio::time::timeout_at(until, follower.next()).await
    {
        if let Some(WaitEnd { reason: Reason::Ready, line }) = progress.take(items) {
            end.line = line.or(end.line);
            // Once more, and not for as long as it goes on saying so.
            until = began + URL_GRACE + URL_SOON;
        }
    }
    end
}
