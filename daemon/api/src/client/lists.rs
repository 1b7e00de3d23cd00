//! The processes, and again at every change, whoever the daemon is by then. Those who only look on
//! start the next daemon when this one fails or is replaced, and end when it was shut down.

use super::{Client, Events};
use crate::event::Event;
use crate::problem::{ErrorCode, Problem};
use crate::process::{ListQuery, ProcessList};

/// A daemon that leaves may be met several times before the next one is there.
const ATTEMPTS: u32 = 10;

/// A list now and one at every change. Ends when the daemon is shut down, and after a problem.
pub struct Lists {
    listens: Client,
    asks: Client,
    query: ListQuery,
    events: Option<Events>,
    looked: bool,
    over: bool,
}

impl Lists {
    /// Two clients, since one listens all the while.
    pub fn new(listens: Client, asks: Client, query: ListQuery) -> Self {
        // A daemon that is about to leave must not be replaced by the question what there is.
        let asks = Client { launcher: None, ..asks };
        Self { listens, asks, query, events: None, looked: false, over: false }
    }

    /// Whoever watches listens first and looks then, so that no change falls in between.
    fn look(&mut self) -> Result<Option<ProcessList>, Problem> {
        for _ in 0..ATTEMPTS {
            if self.looked && self.shut_down() {
                return Ok(None);
            }
            if self.events.is_none() {
                match self.listens.events() {
                    Ok(events) => self.events = Some(events),
                    Err(problem) if passes(&problem) => continue,
                    Err(problem) => return Err(problem),
                }
            }
            self.looked = true;
            match self.asks.list(&self.query) {
                Ok(list) => return Ok(Some(list)),
                // Why it leaves is told on the other line.
                Err(problem) if passes(&problem) => {}
                Err(problem) => return Err(problem),
            }
        }
        self.asks.list(&self.query).map(Some)
    }

    /// Waits for a change; without a daemon there is nothing to wait for.
    fn shut_down(&mut self) -> bool {
        match self.events.as_mut().and_then(Iterator::next) {
            Some(Ok(Event::ShutDown)) => return true,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => self.events = None,
        }
        false
    }
}

fn passes(problem: &Problem) -> bool {
    matches!(problem.code, ErrorCode::DaemonUnreachable | ErrorCode::ShuttingDown)
}

impl Iterator for Lists {
    type Item = Result<ProcessList, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let looked = self.look().transpose();
        self.over = !matches!(looked, Some(Ok(_)));
        looked
    }
}
