//! Invalid bodies: the error names the field, and no process is started.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Http, World};

const JSON: (&str, &str) = ("content-type", "application/json");

/// The answer to a start request with one field changed.
fn start_with(rest: &Http, name: &str, value: Value) -> String {
    let mut body = json!({"command": ["sleep", "1000"], "working_directory": "/"});
    body[name] = value;
    rest.post("/v1/processes", &body).to_string()
}

#[test]
fn an_invalid_start_request_names_its_field() {
    let world = World::new();
    let rest = world.rest();
    assert_snapshot!(start_with(&rest, "comand", json!("x")), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`comand` is not a field of this route.",
      "hint": "Did you mean `command`? Known fields: `command`, `command_base64`, `working_directory`, `working_directory_base64`, `label`, `environment`, `inherit_environment`, `client_environment`, `tty`, `streams`, `redirected`, `unbuffered`, `service`, `if_running`, `unless_used`, `wait`, `umask`, `limits`, `inherited`, `stop_timeout`, `assign_port`, `handover`.",
      "parameter": "comand"
    }
    "#);
    assert_snapshot!(start_with(&rest, "command", json!([])), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`command` is empty.",
      "hint": "Example: `\"command\": \"npm run dev\"`.",
      "parameter": "command"
    }
    "#);
    assert_snapshot!(start_with(&rest, "command", json!("  ")), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`command` is empty.",
      "hint": "Example: `\"command\": \"npm run dev\"`.",
      "parameter": "command"
    }
    "#);
    assert_snapshot!(start_with(&rest, "command", json!("echo 'open")), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`command` has a quote that is never closed: \"echo 'open\".",
      "hint": "Close it, or give the command as a list of words.",
      "parameter": "command"
    }
    "#);
    assert_snapshot!(start_with(&rest, "command", json!(7)), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`command` cannot be 7: a command is a line of text or a list of words.",
      "hint": "Example: `\"command\": \"npm run dev\"`.",
      "parameter": "command"
    }
    "#);
    assert_snapshot!(start_with(&rest, "working_directory", json!("relative")), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`working_directory` is not an absolute path: \"relative\".",
      "hint": "Example: `\"working_directory\": \"/home/me/project\"`.",
      "parameter": "working_directory"
    }
    "#);
    assert_snapshot!(start_with(&rest, "working_directory", json!("/not/there")), @r#"
    422
    {
      "code": "directory_missing",
      "message": "The directory /not/there does not exist.",
      "hint": "Create it, or give an existing directory."
    }
    "#);
    assert_snapshot!(start_with(&rest, "label", json!("")), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`label` cannot be \"\": it is empty.",
      "hint": "Example: `\"label\": \"web\"`.",
      "parameter": "label"
    }
    "#);
    assert_snapshot!(start_with(&rest, "environment", json!({"A=B": "c"})), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`environment` cannot have the variable \"A=B\".",
      "hint": "A name is not empty and has no `=`; neither a name nor a value has a NUL. Example: `\"environment\": {\"PORT\":\"3000\"}`.",
      "parameter": "environment"
    }
    "#);
    assert_snapshot!(start_with(&rest, "if_running", json!("panic")), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`if_running` cannot be \"panic\": unknown variant `panic`, expected one of `return`, `error`, `restart`.",
      "hint": "Example: `\"if_running\": \"return\"`.",
      "parameter": "if_running"
    }
    "#);
    assert!(world.list().is_empty());
}

#[test]
fn a_body_that_is_not_json_is_rejected() {
    let world = World::new();
    let rest = world.rest();
    let post = |headers: &[_], body: &[u8]| rest.send("POST", "/v1/processes", headers, body);
    assert_snapshot!(post(&[JSON], b"{\"command\": "), @r#"
    422
    {
      "code": "invalid_request",
      "message": "The body is not valid JSON: EOF while parsing a value at line 1 column 12.",
      "hint": "Send an object with the fields of this route, or `{}`."
    }
    "#);
    assert_snapshot!(post(&[JSON], b""), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`command` is missing.",
      "hint": "Example: `\"command\": \"npm run dev\"`.",
      "parameter": "command"
    }
    "#);
    assert_snapshot!(post(&[JSON], b"[1, 2]"), @r#"
    422
    {
      "code": "invalid_request",
      "message": "The body is not a JSON object.",
      "hint": "Send an object with the fields of this route."
    }
    "#);
    assert_snapshot!(post(&[("content-type", "text/plain")], b"{}"), @r#"
    415
    {
      "code": "unsupported_media_type",
      "message": "The content type of the body is not JSON.",
      "hint": "Send it with `Content-Type: application/json`."
    }
    "#);
    assert_snapshot!(post(&[], b"{}"), @r#"
    415
    {
      "code": "unsupported_media_type",
      "message": "The content type of the body is not JSON.",
      "hint": "Send it with `Content-Type: application/json`."
    }
    "#);
    assert_snapshot!(post(&[("content-type", "application/x-www-form-urlencoded")], b"a=b"), @r#"
    415
    {
      "code": "unsupported_media_type",
      "message": "The content type of the body is not JSON.",
      "hint": "Send it with `Content-Type: application/json`."
    }
    "#);
}

#[test]
fn a_body_above_the_limit_is_rejected() {
    let world = World::new();
    let rest = world.rest();
    let label = "x".repeat(32 << 20);
    // The daemon may answer, or close the connection before it has read the body.
    let body = json!({"command": "true", "working_directory": "/", "label": label}).to_string();
    if let Ok(reply) = rest.try_send("POST", "/v1/processes", &[JSON], body.as_bytes()) {
        assert_eq!(reply.expect(413)["code"], "too_large");
    }
    assert!(rest.get("/v1/processes").expect(200)["processes"].as_array().unwrap().is_empty());
}
