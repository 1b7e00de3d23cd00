//! [`HookAnswer`]: what a hook answers, and [`HookAnswer::to_json`], the same in the fields of each client. A
//! client drops an answer with one field too many.

use serde_json::{Map, Value, json};

use super::client::HookClient;
use super::input::{HookEvent, HookInput};

/// An answer. Silence is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HookAnswer {
    /// The agent reads this text.
    Context(String),
    /// The shell runs this command instead. The client asks for permission as for any other.
    Rewrite(String),
    /// The command does not run; the agent reads why.
    Refuse(String),
}

/// Fields of the shell tools that put a command in the background.
const BACKGROUND_FIELDS: [&str; 2] = ["run_in_background", "is_background"];

impl HookAnswer {
    /// The answer to this input, as the client expects it. `None` for an answer that the client has no
    /// fields for.
    pub(crate) fn to_json(&self, client: HookClient, input: &HookInput) -> Option<Value> {
        match self {
            Self::Context(text) => Some(context(client, &input.event_name, text)),
            Self::Refuse(reason) => Some(refusal(client, reason)),
            Self::Rewrite(command) => {
                let HookEvent::BeforeShell(tool_input) = &input.event else { return None };
                rewrite(client, tool_input, command)
            }
        }
    }
}

fn context(client: HookClient, event_name: &str, text: &str) -> Value {
    match client {
        HookClient::ClaudeCode | HookClient::Codex | HookClient::Gemini => json!({
            "hookSpecificOutput": { "hookEventName": event_name, "additionalContext": text }
        }),
        HookClient::Cursor => json!({ "additional_context": text }),
        HookClient::Opencode => json!({ "context": text }),
    }
}

fn refusal(client: HookClient, reason: &str) -> Value {
    match client {
        HookClient::ClaudeCode | HookClient::Codex => json!({
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": reason,
            }
        }),
        HookClient::Gemini => json!({ "decision": "deny", "reason": reason }),
        // Which of the two the agent reads differs between versions.
        HookClient::Cursor => {
            json!({ "permission": "deny", "user_message": reason, "agent_message": reason })
        }
        HookClient::Opencode => json!({ "refuse": reason }),
    }
}

/// The whole input of the tool with another command: Claude Code drops the fields that are left out.
fn rewrite(client: HookClient, tool_input: &Map<String, Value>, command: &str) -> Option<Value> {
    let mut tool_input = tool_input.clone();
    tool_input.insert("command".to_owned(), command.into());
    // A managed start returns at once, and its answer is of use.
    for field in BACKGROUND_FIELDS {
        if let Some(value) = tool_input.get_mut(field) {
            *value = false.into();
        }
    }
    match client {
        // Without `permissionDecision`: the user's rules decide about the new command.
        HookClient::ClaudeCode => Some(json!({
            "hookSpecificOutput": { "hookEventName": "PreToolUse", "updatedInput": tool_input }
        })),
        HookClient::Gemini => Some(json!({
            "hookSpecificOutput": { "hookEventName": "BeforeTool", "tool_input": tool_input }
        })),
        HookClient::Cursor => Some(json!({ "updated_input": tool_input })),
        HookClient::Opencode => Some(json!({ "command": command })),
        HookClient::Codex => None,
    }
}
