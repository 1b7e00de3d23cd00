//! Server-sent events: the content type and the encoding of one event.

use serde::Serialize;

/// The content type of a stream of server-sent events.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// Encodes one event. JSON on one line contains no line break, so it fits into one `data` field.
pub(super) fn encode_event(name: &str, data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {json}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_in_the_data_is_escaped() {
        assert_eq!(encode_event("line", &"a\nb"), "event: line\ndata: \"a\\nb\"\n\n");
    }
}
