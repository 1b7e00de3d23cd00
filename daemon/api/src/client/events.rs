//! [`Events`]: what happens to processes, from the event stream of the daemon.

use ureq::Body;
use ureq::http::Response;

use super::Messages;
use crate::event::Event;
use crate::problem::Problem;

/// The events of a live response. Ends when the daemon leaves.
pub struct Events {
    messages: Messages,
}

impl Events {
    pub(super) fn new(response: Response<Body>) -> Self {
        Self { messages: Messages::of(response) }
    }
}

impl Iterator for Events {
    type Item = Result<Event, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.messages.next()? {
                // A newer daemon may send events that this client does not know.
                Ok(json) => {
                    if let Ok(event) = serde_json::from_str(&json) {
                        return Some(Ok(event));
                    }
                }
                Err(problem) => return Some(Err(problem)),
            }
        }
    }
}
