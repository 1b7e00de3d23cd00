//! [`ListWatch`]: the list of processes, and again after each change. It continues with the next
//! daemon if this one fails or is replaced, and ends if the daemon is shut down.

use super::{Client, Events};
use crate::event::Event;
use crate::problem::{ErrorCode, Problem};
use crate::process::{ListQuery, ProcessList};

/// A daemon that is shutting down may accept several connections before the next one has started.
const MAX_CONNECTIONS: u32 = 10;

/// The list of processes, now and after each change. Ends when the daemon is shut down, and after
/// an error.
pub struct ListWatch {
    event_client: Client,
    list_client: Client,
    query: ListQuery,
    events: Option<Events>,
    has_listed: bool,
    has_ended: bool,
}

impl ListWatch {
    /// Takes two clients, since the event stream occupies one.
    pub fn new(event_client: Client, list_client: Client, query: ListQuery) -> Self {
        // A daemon that is shutting down must not be replaced because of this request.
        let list_client = Client { launcher: None, ..list_client };
        Self { event_client, list_client, query, events: None, has_listed: false, has_ended: false }
    }

    /// Subscribes to events before it lists, so that no change is missed in between.
    fn next_list(&mut self) -> Result<Option<ProcessList>, Problem> {
        let mut connections = 0;
        while connections < MAX_CONNECTIONS {
            if self.has_listed && self.wait_for_change() == Change::ShutDown {
                return Ok(None);
            }
            if self.events.is_none() {
                // Only connections are counted: after a daemon has exited, events that it sent
                // before may still be unread, and the last one says whether it was shut down.
                connections += 1;
                match self.event_client.events() {
                    Ok(events) => self.events = Some(events),
                    Err(problem) if is_temporary(&problem) => continue,
                    Err(problem) => return Err(problem),
                }
            }
            self.has_listed = true;
            match self.list_client.list(&self.query) {
                Ok(list) => return Ok(Some(list)),
                // The event stream says whether the daemon is shut down or replaced.
                Err(problem) if is_temporary(&problem) => {}
                Err(problem) => return Err(problem),
            }
        }
        self.list_client.list(&self.query).map(Some)
    }

    /// Waits for an event. Without an event stream, it returns at once.
    fn wait_for_change(&mut self) -> Change {
        match self.events.as_mut().and_then(Iterator::next) {
            Some(Ok(Event::ShutDown)) => return Change::ShutDown,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => self.events = None,
        }
        Change::Other
    }
}

#[derive(PartialEq, Eq)]
enum Change {
    ShutDown,
    Other,
}

fn is_temporary(problem: &Problem) -> bool {
    matches!(problem.code, ErrorCode::DaemonUnreachable | ErrorCode::ShuttingDown)
}

impl Iterator for ListWatch {
    type Item = Result<ProcessList, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let list = self.next_list().transpose();
        self.has_ended = !matches!(list, Some(Ok(_)));
        list
    }
}
