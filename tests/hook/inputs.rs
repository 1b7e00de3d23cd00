//! The input of each client's hooks, in the shape that the real clients send: project `shop`, session
//! `s-1`.

use std::path::Path;

use serde_json::{Value, json};

/// The clients, as `persistproc hook` calls them.
pub(crate) const CLIENTS: [&str; 5] = ["claude-code", "codex", "cursor", "gemini", "opencode"];

/// The input at the start of a session.
pub(crate) fn session_start(client: &str, directory: &Path) -> Value {
    let own = match client {
        "claude-code" => json!({"hook_event_name": "SessionStart", "source": "startup"}),
        "codex" => json!({
            "hook_event_name": "SessionStart", "source": "startup", "transcript_path": null,
            "model": "m-1", "permission_mode": "default"
        }),
        "gemini" => json!({
            "hook_event_name": "SessionStart", "source": "startup", "timestamp": "2026-11-28T10:00:00Z"
        }),
        "cursor" => return cursor("sessionStart", directory, json!({"composer_mode": "agent"})),
        _ => return opencode("session_start", directory, json!({})),
    };
    common(directory, own)
}

/// The input before a shell command.
pub(crate) fn before_shell(client: &str, directory: &Path, command: &str) -> Value {
    let input = json!({"command": command, "description": "Start the server"});
    let own = match client {
        "claude-code" => json!({
            "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t-1",
            "prompt_id": "p-1", "permission_mode": "default", "effort": {"level": "high"},
            "tool_input": {
                "command": command, "description": "Start the server", "run_in_background": true,
                "timeout": 60000
            },
        }),
        "codex" => json!({
            "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t-1",
            "turn_id": "u-1", "model": "m-1", "permission_mode": "default",
            "transcript_path": null, "tool_input": {"command": command},
        }),
        "gemini" => json!({
            "hook_event_name": "BeforeTool", "tool_name": "run_shell_command", "tool_input": input,
            "timestamp": "2026-11-28T10:00:00Z",
        }),
        "cursor" => {
            let own = json!({
                "tool_name": "Shell", "tool_use_id": "t-1", "cwd": "",
                "tool_input": {"command": command, "cwd": "", "timeout": 30000}
            });
            return cursor("preToolUse", directory, own);
        }
        _ => return opencode("before_shell", directory, json!({"tool": "bash", "args": input})),
    };
    common(directory, own)
}

/// The input after an edit of `src/cart.js`.
pub(crate) fn after_edit(client: &str, directory: &Path) -> Value {
    let file = directory.join("src/cart.js");
    let edit = json!({"file_path": file, "old_string": "1", "new_string": "2"});
    let own = match client {
        "claude-code" => json!({
            "hook_event_name": "PostToolUse", "tool_name": "Edit", "tool_use_id": "t-2",
            "permission_mode": "default", "tool_input": edit, "duration_ms": 12,
            "tool_response": {"filePath": file, "originalFile": "x".repeat(200_000)},
        }),
        "codex" => json!({
            "hook_event_name": "PostToolUse", "tool_name": "apply_patch", "tool_use_id": "t-2",
            "turn_id": "u-1", "model": "m-1", "permission_mode": "default", "transcript_path": null,
            "tool_input": {"command": "*** Begin Patch\n*** Add File: a\n+x\n*** Update File: b\n\
                           *** Delete File: c\n*** Update File: d\n*** Move to: e\n*** End Patch"},
            "tool_response": "Done",
        }),
        "gemini" => json!({
            "hook_event_name": "AfterTool", "tool_name": "replace", "tool_input": edit,
            "tool_response": {"llmContent": "", "error": {"message": "none"}},
            "timestamp": "2026-11-28T10:00:00Z",
        }),
        "cursor" => {
            let own = json!({
                "tool_name": "Write", "tool_use_id": "t-2", "tool_input": edit,
                "tool_output": "{\"ok\":true}", "duration": 12, "cwd": ""
            });
            return cursor("postToolUse", directory, own);
        }
        _ => return opencode("after_tool", directory, json!({"tool": "edit", "args": edit})),
    };
    common(directory, own)
}

fn common(directory: &Path, own: Value) -> Value {
    let common = json!({"session_id": "s-1", "transcript_path": "/tmp/t.jsonl", "cwd": directory});
    merged(common, own)
}

fn cursor(event: &str, directory: &Path, own: Value) -> Value {
    let common = json!({
        "conversation_id": "s-1", "generation_id": "g-1", "model": "m-1", "hook_event_name": event,
        "cursor_version": "3.9.16", "workspace_roots": [directory, "/work/other"],
        "user_email": "me@example.com", "transcript_path": null,
    });
    merged(common, own)
}

fn opencode(event: &str, directory: &Path, own: Value) -> Value {
    merged(json!({"event": event, "session_id": "s-1", "directory": directory}), own)
}

fn merged(mut fields: Value, own: Value) -> Value {
    let Value::Object(own) = own else { panic!("not an object") };
    fields.as_object_mut().unwrap().extend(own);
    fields
}
