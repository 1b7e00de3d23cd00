//! Messages on standard output, a line each: whole, never two at once. It says so when nobody
//! reads them any more.

use std::io::{self, Write};

use serde_json::{Value, json};

/// Standard output.
pub(super) struct Out {
    unread: Box<dyn Fn() + Send + Sync>,
}

impl Out {
    pub(super) fn new(unread: impl Fn() + Send + Sync + 'static) -> Self {
        Self { unread: Box::new(unread) }
    }

    /// Writes one message. Line ends in it are mere space: JSON has no others.
    pub(super) fn write(&self, message: &str) {
        let line = message.trim().replace(['\r', '\n'], " ") + "\n";
        let mut stdout = io::stdout().lock();
        if stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).is_err() {
            (self.unread)();
        }
    }

    /// Answers a request, if one can be named, with an error.
    pub(super) fn error(&self, id: Option<&Value>, code: i32, message: &str) {
        let error = json!({ "code": code, "message": message });
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string());
    }
}
