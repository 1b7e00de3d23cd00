//! [`Events`]: the event stream of the daemon.

use ureq::Body;
use ureq::http::Response;

use super::sse::Messages;
use crate::event::Event;
use crate::problem::Problem;

/// The events of a live response. Ends when the daemon exits.
pub struct Events {
    messages: Messages,
}

impl Events {
    pub(super) fn new(response: Response<Body>) -> Self {
        Self { messages: Messages::new(response) }
    }
}

impl Iterator for Events {
    type Item = Result<Event, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let json = match self.messages.next()? {
                Ok(json) => json,
                Err(problem) => return Some(Err(problem)),
            };
            // A newer daemon may send events that this client does not know.
            if let Ok(event) = serde_json::from_str(&json) {
                return Some(Ok(event));
            }
        }
    }
}
