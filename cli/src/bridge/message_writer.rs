//! `MessageWriter`: writes one message per line to standard output, and reports when it is closed.

use std::io::{self, Write};

use serde_json::{Value, json};

pub(super) struct MessageWriter {
    /// Called when a write fails.
    on_closed: Box<dyn Fn() + Send + Sync>,
}

impl MessageWriter {
    pub(super) fn new(on_closed: impl Fn() + Send + Sync + 'static) -> Self {
        Self { on_closed: Box::new(on_closed) }
    }

    /// Writes one message, under the lock of standard output. In valid JSON, newlines occur only as
    /// whitespace, so they can be replaced by spaces.
    pub(super) fn write(&self, message: &str) {
        let line = message.trim().replace(['\r', '\n'], " ") + "\n";
        let mut stdout = io::stdout().lock();
        if stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).is_err() {
            (self.on_closed)();
        }
    }

    /// Writes an error reply. `id` is `None` if the request could not be parsed.
    pub(super) fn write_error(&self, id: Option<&Value>, code: i32, message: &str) {
        let error = json!({ "code": code, "message": message });
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string());
    }
}
