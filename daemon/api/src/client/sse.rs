//! [`Messages`]: the data of server-sent events. Their names and ids are ignored.

use std::io::{BufRead, BufReader, Read};

use ureq::Body;
use ureq::http::Response;

use super::exchange;
use crate::problem::Problem;

const BUFFER_BYTES: usize = 64 << 10;

/// The data of each event of a stream, on one line. Ends when the daemon ends the stream.
pub struct Messages {
    body: BufReader<Box<dyn Read + Send>>,
}

impl Messages {
    pub(super) fn new(response: Response<Body>) -> Self {
        Self::from_reader(Box::new(exchange::reader(response)))
    }

    fn from_reader(body: Box<dyn Read + Send>) -> Self {
        Self { body: BufReader::with_capacity(BUFFER_BYTES, body) }
    }
}

impl Iterator for Messages {
    type Item = Result<String, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut data = String::new();
        let mut line = String::new();
        loop {
            line.clear();
            match self.body.read_line(&mut line) {
                // An incomplete event is discarded.
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(exchange::disconnected(&error))),
            }
            let text = line.trim_end_matches(['\r', '\n']);
            if let Some(more) = text.strip_prefix("data:") {
                // JSON has line breaks only where a space means the same.
                let separator = if data.is_empty() { "" } else { " " };
                data = data + separator + more.strip_prefix(' ').unwrap_or(more);
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
        Messages::from_reader(Box::new(stream.as_bytes())).map(Result::unwrap).collect()
    }

    #[test]
    fn the_data_of_an_event_is_a_message() {
        let stream = "id: 0\nretry: 3000\ndata: \n\n: alive\n\nevent: message\nid: 1\ndata: {\"a\":1}\n\n\
                      data:{\"b\":\r\ndata: 2}\r\n\r\ndata: {\"torn\":";
        assert_eq!(messages(stream), ["{\"a\":1}", "{\"b\": 2}"]);
        assert!(messages("").is_empty());
    }
}
