//! What happens to processes, as an iterator. It knows the one kind of line that carries an
//! event; all else a stream of events may hold is passed over.

use std::io::{BufRead, BufReader, Read};

use ureq::Body;
use ureq::http::Response;

use crate::event::Event;
use crate::problem::Problem;

/// A live answer. Ends when the daemon leaves.
pub struct Events {
    body: BufReader<Box<dyn Read + Send>>,
}

impl Events {
    pub(super) fn new(response: Response<Body>) -> Self {
        let body = response.into_body().into_with_config().limit(u64::MAX).reader();
        Self { body: BufReader::new(Box::new(body)) }
    }
}

impl Iterator for Events {
    type Item = Result<Event, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = String::new();
        loop {
            line.clear();
            match self.body.read_line(&mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(super::broken(&error))),
            }
            // A newer daemon may tell more than we know.
            let data = line.strip_prefix("data:");
            if let Some(event) = data.and_then(|json| serde_json::from_str(json.trim()).ok()) {
                return Some(Ok(event));
            }
        }
    }
}
