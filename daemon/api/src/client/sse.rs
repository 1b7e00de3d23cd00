//! Server-sent events as messages: the data of each event, on one line. What else an event may
//! carry is not asked for here.

use std::io::{BufRead, BufReader, Read};

use ureq::Body;
use ureq::http::Response;

use crate::problem::Problem;

/// The messages of a stream. Ends when the daemon ends it.
pub struct Messages {
    body: BufReader<Box<dyn Read + Send>>,
}

impl Messages {
    pub(super) fn of(response: Response<Body>) -> Self {
        Self::new(Box::new(response.into_body().into_with_config().limit(u64::MAX).reader()))
    }

    fn new(body: Box<dyn Read + Send>) -> Self {
        Self { body: BufReader::with_capacity(64 << 10, body) }
    }
}

impl Iterator for Messages {
    type Item = Result<String, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut data, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            match self.body.read_line(&mut line) {
                // An event that was not finished is none.
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(super::broken(&error))),
            }
            let text = line.trim_end_matches(['\r', '\n']);
            if let Some(more) = text.strip_prefix("data:") {
                // JSON has line ends only where a space would do.
                let space = if data.is_empty() { "" } else { " " };
                data = data + space + more.strip_prefix(' ').unwrap_or(more);
            } else if text.is_empty() && !data.trim().is_empty() {
                return Some(Ok(data));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(stream: &'static str) -> Vec<String> {
        Messages::new(Box::new(stream.as_bytes())).map(Result::unwrap).collect()
    }

    #[test]
    fn an_event_is_a_message() {
        let stream = "id: 0\nretry: 3000\ndata: \n\n: alive\n\nevent: message\nid: 1\ndata: {\"a\":1}\n\n\
                      data:{\"b\":\r\ndata: 2}\r\n\r\ndata: {\"torn\":";
        assert_eq!(messages(stream), ["{\"a\":1}", "{\"b\": 2}"]);
        assert!(messages("").is_empty());
    }
}
