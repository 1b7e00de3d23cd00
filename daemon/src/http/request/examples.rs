//! Example values of parameters, for hints and for the OpenAPI document.

use serde_json::{Value, json};

/// A valid value of the parameter with this name. A name means the same on every route.
pub(in crate::http) fn example(name: &str) -> Option<Value> {
    Some(match name {
        "after" => json!("1-0-0"),
        "against" => json!(1),
        "base64" => json!("eWVzCg=="),
        "before" => json!("14:00"),
        "bytes" => json!(8000),
        "columns" => json!(120),
        "command" => json!("npm run dev"),
        "command_base64" => json!(["bHM=", "Y2Fm6Q=="]),
        "context" => json!(2),
        "environment" => json!({ "PORT": "3000" }),
        "file" => json!("app.js"),
        "follow" => json!("web,api"),
        "for" => json!("ready"),
        "from_line" => json!(1000),
        "grep" => json!("error|warn"),
        "handover" => json!({ "socket": "/tmp/client.sock", "nonce": "5f0e" }),
        "if_running" => json!("return"),
        "inherited" => json!({ "niceness": 10 }),
        "label" => json!("web"),
        "lines" => json!(100),
        "newest" => json!(200),
        "pattern" => json!("ready in"),
        "pid" => json!(4711),
        "port" => json!(3000),
        "quiet" => json!(2),
        "rows" => json!(40),
        "program" => json!("ntfy publish my-topic"),
        "redirected" => json!(["stderr"]),
        "run" => json!(1),
        "client_environment" => json!({ "PATH": "/usr/bin:/bin" }),
        "signal" => json!("HUP"),
        "since" => json!("5m"),
        "skip" => json!(0),
        "status" => json!("running"),
        "stop_timeout" | "timeout" => json!(8),
        "stream" => json!("stdout"),
        "streams" => json!("split"),
        "target" => json!("web"),
        "text" => json!("yes\n"),
        "tty" => json!({ "rows": 40, "columns": 120 }),
        "limits" => json!({ "nofile": 4096 }),
        "umask" => json!(18),
        "wait" => json!({ "for": "ready" }),
        "working_directory" => json!("/home/me/project"),
        "working_directory_base64" => json!("L2hvbWUvY2Fm6Q=="),
        "as_rows"
        | "assign_port"
        | "collapse"
        | "eof"
        | "facts"
        | "for_change"
        | "force"
        | "inherit_environment"
        | "interrupt"
        | "keep"
        | "on"
        | "color"
        | "only_in_directory"
        | "raw"
        | "strays"
        | "texts"
        | "timestamps"
        | "unbuffered"
        | "unless_used"
        | "service" => json!(true),
        _ => return None,
    })
}
