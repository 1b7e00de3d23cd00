//! [`HookInput`]: what a client sends on standard input, as one shape for all clients. Unknown events and
//! the input of another client have none: both are answered with silence.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::client::HookClient;

/// One call of a hook.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HookInput {
    pub(crate) event: HookEvent,
    /// The client's name of the event, which its answer repeats.
    pub(crate) event_name: String,
    pub(crate) session: String,
    /// The directory of the project, or of the command.
    pub(crate) directory: PathBuf,
}

/// The moment at which a hook is called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum HookEvent {
    SessionStart,
    /// A tool has run, or the user has sent a message: context can be added.
    Context,
    /// The input of the shell tool, which has the command in its field `command`.
    BeforeShell(Map<String, Value>),
}

impl HookInput {
    /// Reads the input of this client. `None` if it is of another client, or of no known event.
    pub(crate) fn parse(client: HookClient, input: &[u8]) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_slice(input).ok()?;
        if shape(&fields) != client {
            return None;
        }
        let name_field = if client == HookClient::Opencode { "event" } else { "hook_event_name" };
        let event_name = text(&fields, name_field)?;
        let event = event(client, event_name, &fields)?;
        let session = text(&fields, "session_id").or_else(|| text(&fields, "conversation_id"))?;
        let directory = directory(&fields, &event)?;
        Some(Self {
            event,
            event_name: event_name.to_owned(),
            session: session.to_owned(),
            directory,
        })
    }
}

impl HookEvent {
    /// The command that the shell tool will run.
    pub(crate) fn command(&self) -> Option<&str> {
        match self {
            Self::BeforeShell(tool_input) => text(tool_input, "command"),
            Self::SessionStart | Self::Context => None,
        }
    }
}

/// The client whose input has these fields. Clients run the hooks of each other's settings.
fn shape(fields: &Map<String, Value>) -> HookClient {
    let has = |name: &str| fields.contains_key(name);
    if has("cursor_version") || has("workspace_roots") {
        HookClient::Cursor
    } else if has("event") && !has("hook_event_name") {
        HookClient::Opencode
    } else if has("timestamp") {
        HookClient::Gemini
    } else if has("turn_id") || has("model") && has("permission_mode") {
        HookClient::Codex
    } else {
        HookClient::ClaudeCode
    }
}

fn event(client: HookClient, name: &str, fields: &Map<String, Value>) -> Option<HookEvent> {
    let tool = || text(fields, if client == HookClient::Opencode { "tool" } else { "tool_name" });
    let shell = |name: &str| {
        let arguments = if client == HookClient::Opencode { "args" } else { "tool_input" };
        let is_shell = tool() == Some(name);
        let input = fields.get(arguments).and_then(Value::as_object).filter(|_| is_shell);
        input.cloned().map(HookEvent::BeforeShell)
    };
    match (client, name) {
        (HookClient::ClaudeCode | HookClient::Codex | HookClient::Gemini, "SessionStart")
        | (HookClient::Cursor, "sessionStart")
        | (HookClient::Opencode, "session_start") => Some(HookEvent::SessionStart),
        (
            HookClient::ClaudeCode | HookClient::Codex,
            "PostToolUse" | "PostToolBatch" | "UserPromptSubmit",
        )
        | (HookClient::Gemini, "AfterTool" | "BeforeAgent")
        | (HookClient::Cursor, "postToolUse")
        | (HookClient::Opencode, "after_tool") => Some(HookEvent::Context),
        (HookClient::ClaudeCode | HookClient::Codex, "PreToolUse") => shell("Bash"),
        (HookClient::Gemini, "BeforeTool") => shell("run_shell_command"),
        (HookClient::Cursor, "preToolUse") => shell("Shell"),
        (HookClient::Opencode, "before_shell") => shell("bash"),
        _ => None,
    }
}

/// The directory of a shell command, or that of the client, or the first of its workspace.
fn directory(fields: &Map<String, Value>, event: &HookEvent) -> Option<PathBuf> {
    let of_command = match event {
        HookEvent::BeforeShell(input) => text(input, "cwd").or_else(|| text(input, "dir_path")),
        HookEvent::SessionStart | HookEvent::Context => None,
    };
    let of_workspace = || fields.get("workspace_roots")?.as_array()?.first()?.as_str();
    let of_client = || text(fields, "cwd").or_else(|| text(fields, "directory"));
    let found = of_command.or_else(of_client).or_else(of_workspace)?;
    Some(found.into())
}

/// A text that is not empty.
fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
