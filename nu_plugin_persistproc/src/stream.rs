//! Output of one or more processes as rows, in order of time. What is there already is merged by
//! when it came; what comes from then on is taken as it comes.

mod merge;
mod raw;

pub(crate) use merge::Merged;
pub(crate) use raw::{Bytes, Raw};

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use nu_protocol::{LabeledError, Spanned};
use persistproc_api::client::{Client, RowItem, Rows};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::output::{Lines, OutputQuery, Row};
use persistproc_api::{Problem, Process, Target};

use crate::call::Call;

/// Rows that wait to be taken. The writer of a slow reader waits, and so does the daemon's.
const WAITING: usize = 64;

/// Whose a row is.
#[derive(Debug, PartialEq)]
pub(crate) struct Who {
    pub(crate) id: String,
    pub(crate) label: String,
}

/// A row and whose it is.
pub(crate) type Owned = (Arc<Who>, Row);

/// What is asked of each process.
pub(crate) struct Wanted {
    /// How it begins, and whether it goes on.
    pub(crate) live: FollowQuery,
    /// What has to be looked for, rather than read as it lies there.
    pub(crate) page: Option<OutputQuery>,
}

/// Rows, as they are asked for.
pub(crate) type Stream = Box<dyn Iterator<Item = Result<Owned, Problem>> + Send>;

/// The rows of these processes.
pub(crate) fn open(
    call: &Call<'_>,
    targets: &[Spanned<String>],
    wanted: &Wanted,
) -> Result<Stream, LabeledError> {
    let processes = call.processes(targets)?;
    if let Some(page) = &wanted.page {
        return pages(call, &processes, targets, page);
    }
    let single = processes.len() == 1;
    let mut sources = Vec::new();
    for (process, target) in processes.iter().zip(targets) {
        let query = FollowQuery { wait: wanted.live.wait && single, ..wanted.live.clone() };
        sources.push(call.ask(target.span, |client| Source::open(client, process, &query))?);
    }
    if single || !wanted.live.wait {
        return Ok(Box::new(Merged::new(sources)));
    }
    // Everybody's connection is there before the first row, so that Ctrl+C finds them all.
    let clients = sources.iter().map(|_| call.client()).collect();
    Ok(Box::new(Followed::new(sources, clients, wanted.live.clone())))
}

/// Whole answers, merged.
fn pages(
    call: &Call<'_>,
    processes: &[Process],
    targets: &[Spanned<String>],
    query: &OutputQuery,
) -> Result<Stream, LabeledError> {
    let mut sources = Vec::new();
    for (process, target) in processes.iter().zip(targets) {
        let page = call.ask(target.span, |client| client.output(&Target::from(process), query))?;
        let who = who(process);
        let rows: Vec<_> = page.rows.unwrap_or_default();
        sources.push(rows.into_iter().map(move |row| Ok((Arc::clone(&who), row))));
    }
    Ok(Box::new(Merged::new(sources)))
}

fn who(process: &Process) -> Arc<Who> {
    Arc::new(Who { id: process.id.clone(), label: process.label.clone() })
}

/// The rows of one process.
pub(crate) struct Source {
    rows: Rows,
    who: Arc<Who>,
    /// Everything after this is new to whoever has taken what was given.
    cursor: Option<String>,
    /// How many more are wanted.
    left: u64,
}

impl Source {
    fn open(client: &Client, process: &Process, query: &FollowQuery) -> Result<Self, Problem> {
        let rows = client.rows(&Target::from(process), query)?;
        // Behind a cursor it is the first lines that are wanted.
        let left = match (query.lines, &query.after) {
            (Lines::AtMost(lines), Some(_)) if !query.wait => lines,
            _ => u64::MAX,
        };
        Ok(Self { rows, who: who(process), cursor: None, left })
    }
}

impl Iterator for Source {
    type Item = Result<Owned, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            match self.rows.next()? {
                Ok(RowItem::Row(row)) => {
                    self.left -= 1;
                    self.cursor = Some(row.cursor.clone());
                    return Some(Ok((Arc::clone(&self.who), row)));
                }
                Ok(RowItem::Event(event)) => {
                    if let FollowEvent::Run { cursor, .. } = *event {
                        self.cursor = Some(cursor);
                    }
                }
                Err(problem) => return Some(Err(problem)),
            }
        }
        None
    }
}

/// Several processes: first what is there, then what comes.
struct Followed {
    there: Merged<Source>,
    /// Who reads on behind it, once that is over.
    next: Option<(Vec<Client>, FollowQuery)>,
    comes: Option<Receiver<Result<Owned, Problem>>>,
}

impl Followed {
    fn new(sources: Vec<Source>, clients: Vec<Client>, query: FollowQuery) -> Self {
        Self { there: Merged::new(sources), next: Some((clients, query)), comes: None }
    }

    /// A thread for each, as each may be silent for ever.
    fn go_on(&mut self) -> Option<Receiver<Result<Owned, Problem>>> {
        let (clients, query) = self.next.take()?;
        let (to, comes) = sync_channel(WAITING);
        for (source, client) in self.there.take_sources().into_iter().zip(clients) {
            let query = FollowQuery { after: source.cursor.clone(), ..query.clone() };
            let to = to.clone();
            thread::spawn(move || tell(&client, &source.who, &query, &to));
        }
        Some(comes)
    }
}

/// Tells of every row until nobody listens.
fn tell(
    client: &Client,
    who: &Arc<Who>,
    query: &FollowQuery,
    to: &SyncSender<Result<Owned, Problem>>,
) {
    let rows = match client.rows(&Target::from_id(&who.id), query) {
        Ok(rows) => rows,
        Err(problem) => {
            // Nobody listens: then nobody has to know.
            to.send(Err(problem)).ok();
            return;
        }
    };
    for item in rows {
        let told = match item {
            Ok(RowItem::Row(row)) => to.send(Ok((Arc::clone(who), row))),
            Ok(RowItem::Event(_)) => continue,
            Err(problem) => to.send(Err(problem)),
        };
        if told.is_err() {
            return;
        }
    }
}

impl Iterator for Followed {
    type Item = Result<Owned, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.comes.is_none() {
            if let Some(row) = self.there.next() {
                return Some(row);
            }
            self.comes = self.go_on();
        }
        self.comes.as_ref()?.recv().ok()
    }
}
